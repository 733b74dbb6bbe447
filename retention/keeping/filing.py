"""Filing a record: its class, and until when it is kept."""

from collections.abc import Iterable
from datetime import date
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from akta.audit.log import AuditLog
from akta.db.engine import Database
from akta.kernel.clock import Clock
from akta.records.doctypes.current import current
from akta.records.events import RecordMoved, RecordUnderstood
from akta.records.models import Record, RecordClass
from retention.keeping.computing import deriver_of, recompute_records
from retention.keeping.facts import Known, facts_stand_still, known_of
from retention.keeping.writing import Origin, assign
from retention.rules import Fact
from retention.schedules.fileplan import class_for, codes, import_plan, lock_plan, shipped_plans

#: Domains whose papers are about people: without a class they are confidential all the same.
_PERSONAL: Final = frozenset({"hr", "lab"})


class Keeping:
    """Finds classes and computes keeping; subscribes to `RecordUnderstood` and `RecordMoved`."""

    def __init__(self, audit: AuditLog, clock: Clock, zone: str, jurisdiction: str) -> None:
        self._audit = audit
        self._clock = clock
        self._zone = zone
        self._jurisdiction = jurisdiction

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
            record.class_code = cls.code
            record.confidentiality = max(cls.confidentiality, _level_of_type(record))
            session.flush()
            known = known_of(session, [record], self._zone)[record.id]
            derived = deriver_of(session).derive(cls, known, record.locked_through)
            assign(session, record, derived, origin)
        if moved:
            self._note_reclassified(session, record, before, origin)

    def on_moved(self, session: Session, event: RecordMoved) -> None:
        """Compute the keeping of a record that was put into a case or taken out of it."""
        cause = f"case:{event.after or event.before}"
        self.recompute(session, [event.record_id], Origin(cause, event.actor, self._clock.now()))

    def recompute(self, session: Session, record_ids: Iterable[str], origin: Origin) -> None:
        """Compute the keeping of a few records anew, in the caller's transaction, which has locked them."""
        recompute_records(session, sorted(record_ids), self._zone, origin)

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
