"""Filing a record: its class, and until when it is kept."""

from collections.abc import Iterable
from datetime import date
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from akta.audit.log import AuditLog
from akta.db.engine import Database
from akta.kernel.clock import Clock, civil_date
from akta.records.doctypes.current import current
from akta.records.events import (
    CaseChanged,
    HoldsEnded,
    PartiesRegrouped,
    RecordDestroyed,
    RecordFiled,
    RecordMoved,
    RecordUnderstood,
)
from akta.records.models import Record, RecordClass
from retention.keeping.computing import classes_of, deriver_of, recompute_records
from retention.keeping.deciding import Deriver
from retention.keeping.extensions import forget_words
from retention.keeping.facts import Known, facts_may_change, facts_stand_still, known_of
from retention.keeping.recomputing import any_event_on, ask, ask_deferred, roots_of
from retention.keeping.writing import Origin, assign
from retention.rules import Fact
from retention.schedules.fileplan import class_for, codes, import_plan, lock_plan, shipped_plans

#: Domains whose papers are about people: without a class they are confidential all the same.
_PERSONAL: Final = frozenset({"hr", "lab"})


class Keeping:
    """Finds classes and computes keeping; listens to all that changes what is known of records."""

    def __init__(self, audit: AuditLog, clock: Clock, zone: str, jurisdiction: str) -> None:
        self._audit = audit
        self._clock = clock
        self._zone = zone
        self._jurisdiction = jurisdiction
        self._remembered: Deriver | None = None

    def has_plan(self, database: Database) -> bool:
        """Whether there is any class."""
        with database.read() as session:
            return session.scalar(select(RecordClass.id).limit(1)) is not None

    def load_first_plan(self, database: Database) -> None:
        """Bring the shipped file plan into a database; classes it has stay as the company has them.

        Safe by several processes at once, and after one that died.
        """
        with database.write() as session:
            lock_plan(session)
            there = codes(session)
            new = [cls for cls in shipped_plans() if cls.code not in there]
            import_plan(session, self._audit, "system:setup", new, self._clock.now())

    def on_understood(self, session: Session, event: RecordUnderstood) -> None:
        """File the record in the class of its type and compute its keeping, in the event's transaction.

        A record that had another class before is reclassified: it is computed from what triggers
        its new class, never ends before what a locked class has fixed, and both ends are in the log.
        """
        record = session.get_one(Record, event.record_id)
        before = (record.class_code, record.retention_state, record.retain_through)
        facts_stand_still(session)
        cls = class_for(session, record.domain, record.doc_type, self._jurisdiction, record.subtype)
        moved = before[0] is not None and before[0] != (cls.code if cls else None)
        cause = "reclassified" if moved else "filed" if before[0] is None else "read"
        origin = Origin(cause, event.actor, self._clock.now())
        if cls is None:
            record.class_code = None
            if record.domain in _PERSONAL:
                record.confidentiality = max(record.confidentiality, 2)
            assign(session, record, None, origin)
        else:
            self._file_in(session, record, cls, max(cls.confidentiality, _level_of_type(record)), origin)
        if moved:
            self._note_reclassified(session, record, before, origin)

    def reclassify(self, session: Session, record: Record, cls: RecordClass, actor: str) -> None:
        """Put a locked record into another class by a person's decision, and compute it from the same facts.

        It never ends before what a locked class has fixed, and is never less confidential than it was.
        """
        before = (record.class_code, record.retention_state, record.retain_through)
        facts_stand_still(session)
        origin = Origin("reclassified", actor, self._clock.now())
        self._file_in(session, record, cls, max(record.confidentiality, cls.confidentiality), origin)
        self._note_reclassified(session, record, before, origin)

    def _file_in(
        self, session: Session, record: Record, cls: RecordClass, confidentiality: int, origin: Origin
    ) -> None:
        record.class_code, record.confidentiality = cls.code, confidentiality
        session.flush()
        known = known_of(session, [record], self._zone)[record.id]
        derived = self._deriver(session).derive(cls, known, record.locked_through, record.retention)
        assign(session, record, derived, origin)

    def on_filed(self, session: Session, event: RecordFiled) -> None:
        """The day of filing is a fact itself: computed once more where a rule of the class asks for it."""
        record = session.get_one(Record, event.record_id)
        cls = classes_of(session, {record.class_code}).get(record.class_code) if record.class_code else None
        if cls is not None and "filed" in self._deriver(session).asked(cls):
            self.recompute(session, [record.id], Origin("filed", event.actor, self._clock.now()))

    def on_moved(self, session: Session, event: RecordMoved) -> None:
        """Compute the keeping of a record that was put into a case or taken out of it."""
        cause = f"case:{event.after or event.before}"
        self.recompute(session, [event.record_id], Origin(cause, event.actor, self._clock.now()))

    def on_case_changed(self, session: Session, event: CaseChanged) -> None:
        """A case was closed or opened again: its records are computed anew by a job."""
        ask(session, "case", event.case_id, f"case:{event.case_id}", event.actor, self._clock.now())
        facts_may_change(session)

    def on_parties_regrouped(self, session: Session, event: PartiesRegrouped) -> None:
        """Leaves were linked or parted: what was recorded of one may be about papers of another now."""
        roots = roots_of(session, event.party_ids)
        if any_event_on(session, roots):
            for root in sorted(roots):
                ask(session, "party", root, f"party:{root}", event.actor, self._clock.now())

    def on_holds_ended(self, session: Session, event: HoldsEnded) -> None:
        """What waited for the end of holds is computed anew, and what a hold had stopped the clock of."""
        now = self._clock.now()
        ask_deferred(session, event.actor, now)
        codes = select(Record.class_code).where(Record.id.in_(event.record_ids)).distinct()
        deriver = self._deriver(session)
        found = classes_of(session, {code for code in session.scalars(codes) if code})
        stopped = {code for code, cls in found.items() if deriver.stops_for_holds(cls)}
        query = select(Record.id).where(Record.id.in_(event.record_ids), Record.class_code.in_(stopped))
        for record_id in sorted(session.scalars(query)) if stopped else ():
            ask(session, "record", record_id, "hold_ended", event.actor, now)

    def on_destroyed(self, session: Session, event: RecordDestroyed) -> None:
        """People's words go with a destroyed record; what was computed stays with its stub."""
        forget_words(session, event.record_id)

    def recompute(self, session: Session, record_ids: Iterable[str], origin: Origin) -> None:
        """Compute the keeping of a few records anew, in the caller's transaction, which has locked them."""
        recompute_records(session, sorted(record_ids), self._zone, origin)

    def _deriver(self, session: Session) -> Deriver:
        """What derives keeping today; the process remembers the rules it has read."""
        today = civil_date(self._clock.now(), self._zone)
        self._remembered = deriver_of(session, today, self._remembered)
        return self._remembered

    def facts(self, session: Session, record: Record) -> dict[str, Fact]:
        """What is known about a record that a rule may ask for."""
        return self.known(session, record).facts

    def known(self, session: Session, record: Record) -> Known:
        """Facts, extensions and legal entity of a record."""
        return known_of(session, [record], self._zone)[record.id]

    def _note_reclassified(
        self,
        session: Session,
        record: Record,
        before: tuple[str | None, str | None, date | None],
        origin: Origin,
    ) -> None:
        code, outcome, through = before
        self._audit.note(
            session,
            origin.at,
            origin.actor,
            "record.reclassified",
            f"record:{record.id}",
            before={"class": code, "outcome": outcome, "retain_through": through and through.isoformat()},
            after={
                "class": record.class_code,
                "outcome": record.retention_state,
                "retain_through": record.retain_through and record.retain_through.isoformat(),
            },
        )


def _level_of_type(record: Record) -> int:
    """The confidentiality that a definition asks for its papers, also from those above it; 1 for none."""
    types = current()
    path = types.path(record.subtype or record.doc_type or "")
    return max([1, *(t.confidentiality or 1 for t in map(types.get, path) if t is not None)])
