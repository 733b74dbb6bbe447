"""Simulating a draft: what it would do to every record, counted, with nothing written but the counts.

Each batch reads records and computes their keeping under the draft, then notes how far it came; a job that
dies goes on there. The result holds for exactly this draft and the versions that it would replace.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from akta.access.principal import Principal
from akta.access.roles import Right
from akta.audit.log import AuditLog
from akta.db.engine import Database
from akta.events.jobs import Claim, enqueue, finish
from akta.kernel.clock import Clock, civil_date
from akta.kernel.errors import NotFoundError
from akta.kernel.ids import new_id
from akta.records.models import Record, RecordClass
from retention.keeping.computing import deriver_of
from retention.keeping.deciding import Derived, Deriver
from retention.keeping.facts import known_of
from retention.keeping.length import compare
from retention.keeping.reports import seen_by
from retention.keeping.walking import next_of_classes
from retention.keeping.writing import Tally, merge_reports
from retention.schedules.drafts import (
    Change,
    changes_of,
    classes_in,
    digest_now,
    locked_draft,
    require_reading,
)
from retention.schedules.fileplan import row_of
from retention.schedules.models import ScheduleDraft, Simulation

JOB_SIMULATE: Final = "retention.simulate"
_PRIORITY: Final = 60
_BATCH: Final = 1000
#: What is read of a record; not its derivation, which is large.
_COLUMNS: Final = (
    *(Record.id, Record.received_at, Record.ended_at, Record.document_date, Record.state),
    *(Record.case_id, Record.class_code, Record.locked_through, Record.held),
    *(Record.retention_state, Record.retain_through, Record.retention_conflict),
)


def ask_simulation(
    session: Session, audit: AuditLog, principal: Principal, draft_id: str, now: datetime
) -> Simulation:
    """Ask for a draft to be simulated against the whole archive. One under way for the same serves again."""
    principal.require(Right.SCHEDULE)
    draft = locked_draft(session, draft_id)
    digest = digest_now(session, draft)
    under_way = session.scalars(
        select(Simulation).where(
            Simulation.draft_id == draft.id,
            Simulation.digest == digest,
            Simulation.state.in_(("waiting", "running")),
        )
    ).first()
    if under_way is not None:
        return under_way
    made = Simulation(
        id=new_id(),
        draft_id=draft.id,
        digest=digest,
        state="waiting",
        cursor="",
        total=0,
        seen=0,
        report={},
        actor=principal.actor,
        asked_at=now,
    )
    session.add(made)
    session.flush()
    key = f"simulate:{made.id}"
    enqueue(session, JOB_SIMULATE, {"simulation": made.id}, key=key, now=now, priority=_PRIORITY)
    audit.note(
        session,
        now,
        principal.actor,
        "schedule.simulated",
        f"schedule:{draft.id}",
        simulation=made.id,
        digest=digest,
    )
    return made


def latest_simulation(session: Session, draft_id: str) -> Simulation | None:
    """The newest simulation of a draft."""
    query = select(Simulation).where(Simulation.draft_id == draft_id).order_by(Simulation.id.desc())
    return session.scalars(query.limit(1)).first()


def get_simulation(session: Session, principal: Principal, simulation_id: str) -> Simulation:
    """A simulation. Raises NotFoundError."""
    require_reading(principal)
    found = session.get(Simulation, simulation_id)
    if found is None:
        raise NotFoundError("There is no such simulation.", simulation=simulation_id[:40])
    return found


def sum_of(report: dict[str, Any], what: str) -> int:
    """How many records of all classes a report counts as something."""
    return sum(int(counts.get(what, 0)) for counts in report.get("classes", {}).values())


class Simulator:
    """Runs `retention.simulate` jobs. `zone` is that of civil dates."""

    def __init__(self, database: Database, clock: Clock, zone: str) -> None:
        self._db = database
        self._clock = clock
        self._zone = zone

    def run(self, claim: Claim) -> None:
        """Go through the records of the draft's classes, from where it came to."""
        begun = self._begin(claim)
        if begun is None:
            return
        changes, cursor = begun
        classes = {
            c.new.code: row_of(c.new, c.version, self._clock.now()) for c in changes if c.old is not None
        }
        deriver: Deriver | None = None
        while True:
            today = civil_date(self._clock.now(), self._zone)
            with self._db.read() as session:
                rows, cursor = next_of_classes(session, _COLUMNS, classes, cursor, _BATCH)
                deriver = deriver_of(session, today, deriver)
                tally = self._tally(session, rows, classes, deriver)
            if not rows:
                break
            self._note(claim, cursor, tally)
        self._end(claim)

    def given_up(self, session: Session, claim: Claim, _error: str) -> None:
        """Say on the simulation that it failed, in the transaction that parks its job."""
        row = session.get(Simulation, claim.payload["simulation"], with_for_update=True)
        if row is not None and row.state != "done":
            row.state, row.ended_at = "failed", self._clock.now()

    def _begin(self, claim: Claim) -> tuple[list[Change], str] | None:
        now = self._clock.now()
        with self._db.write() as session:
            claim.hold(session, now)
            row = self._row(session, claim)
            draft = session.get(ScheduleDraft, row.draft_id) if row is not None else None
            if row is None or draft is None or row.state == "done" or draft.state != "draft":
                if row is not None and row.state != "done":
                    row.state, row.ended_at = "failed", now
                finish(session, claim, now)
                return None
            if digest_now(session, draft) != row.digest:  # other versions were published meanwhile
                row.state, row.ended_at = "failed", now
                finish(session, claim, now)
                return None
            changes = changes_of(session, classes_in(draft))
            if row.state == "waiting":
                codes = [change.new.code for change in changes]
                row.total = (
                    session.scalar(select(func.count()).select_from(Record).where(*_among(codes))) or 0
                )
            row.state = "running"
            return changes, row.cursor

    def _tally(
        self, session: Session, rows: Sequence[Any], classes: dict[str, RecordClass], deriver: Deriver
    ) -> Tally:
        tally = Tally(seen=len(rows))
        known = known_of(session, rows, self._zone) if rows else {}
        fixed = _derivations(session, [row.id for row in rows if row.locked_through is not None])
        for row in rows:
            before = fixed.get(row.id)
            derived = deriver.derive(classes[row.class_code], known[row.id], row.locked_through, before)
            for what in effects(row, derived, deriver.today):
                tally.count(row.class_code, what, row.id)
        return tally

    def _note(self, claim: Claim, cursor: str, tally: Tally) -> None:
        now = self._clock.now()
        with self._db.write() as session:
            claim.hold(session, now)
            row = self._row(session, claim)
            assert row is not None
            row.cursor = cursor
            row.seen += tally.seen
            row.report = merge_reports(row.report, tally.as_data())

    def _end(self, claim: Claim) -> None:
        now = self._clock.now()
        with self._db.write() as session:
            row = self._row(session, claim)
            assert row is not None
            row.state, row.ended_at = "done", now
            finish(session, claim, now)

    def _row(self, session: Session, claim: Claim) -> Simulation | None:
        number = claim.payload["simulation"]
        return session.get(Simulation, number, with_for_update=True, populate_existing=True)


def effects(row: Any, derived: Derived, today: date) -> list[str]:
    """What a draft does to one record, in the words of the report."""
    how = compare(row.retention_state, row.retain_through, derived.outcome, derived.retain_through)
    found: list[str] = ["unchanged" if how == "same" else how]
    if how == "shorter" and row.held:
        found.append("held")
    if _due(derived.outcome, derived.retain_through, today) and not _due(
        row.retention_state, row.retain_through, today
    ):
        found.append("newly_due")
    if derived.outcome == "open" and row.retention_state != "open":
        found.append("newly_open")
    if derived.derivation.get("conflicts"):
        found.append("conflict")
    return found


def _due(outcome: str | None, through: date | None, today: date) -> bool:
    return outcome == "until" and through is not None and through < today


def _among(codes: list[str]) -> tuple[Any, ...]:
    return Record.class_code.in_(codes), Record.state != "destroyed"


def as_data(session: Session, principal: Principal, row: Simulation, valid: bool) -> dict[str, Any]:
    """A simulation as plain data; `valid`: it still holds for the draft and what it would replace."""
    return {
        "id": row.id,
        "draft": row.draft_id,
        "digest": row.digest,
        "state": row.state,
        "valid": valid,
        "total": row.total,
        "seen": row.seen,
        "report": seen_by(session, principal, row.report),
        "actor": row.actor,
        "asked_at": row.asked_at.isoformat(),
        "ended_at": row.ended_at.isoformat() if row.ended_at else None,
    }


def _derivations(session: Session, ids: list[str]) -> dict[str, Any]:
    """The stored derivations of these records: large, and asked for only where a day is fixed."""
    if not ids:
        return {}
    rows = session.execute(select(Record.id, Record.retention).where(Record.id.in_(ids)))
    return dict(rows.all())
