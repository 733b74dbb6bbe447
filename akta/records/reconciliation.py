"""What came in against where it is: received = filed + in review + quarantined + rejected + in progress."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Integer, cast, func, literal_column, select, true
from sqlalchemy.orm import Session

from akta.access.principal import Principal
from akta.events.models import Job
from akta.kernel.clock import civil_date
from akta.records.models import IN_PROGRESS, Receipt, Record
from akta.records.visibility import visible_to

ENDS = ("filed", "review", "quarantined", "rejected", "destroyed")
STUCK_AFTER = timedelta(minutes=10)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_QUARTER = timedelta(minutes=15)


#: What the keys of jobs begin with that take a record from "in progress" to an end.
WORKING = ("process", "split", "arrange")


@dataclass(slots=True)
class Tally:
    """Counts of receipts by the state of their record."""

    received: int = 0
    filed: int = 0
    review: int = 0
    quarantined: int = 0
    rejected: int = 0
    destroyed: int = 0
    in_progress: int = 0

    @property
    def adds_up(self) -> bool:
        ends = self.filed + self.review + self.quarantined + self.rejected + self.destroyed
        return self.received == ends + self.in_progress

    def add(self, state: str, count: int) -> None:
        self.received += count
        name = "in_progress" if state in IN_PROGRESS else state
        setattr(self, name, getattr(self, name) + count)

    def as_dict(self) -> dict[str, int]:
        return {name: getattr(self, name) for name in ("received", *ENDS, "in_progress")}


@dataclass(slots=True)
class Reconciliation:
    """Totals, by civil day of receipt and channel, and what is stuck.

    `jobless` records are in progress though no job waits or runs for them; the upkeep
    asks for them again.

    `total` counts receipts independently of the groups, so that `adds_up` is a
    check and not a tautology.
    """

    counted: int
    duplicates: int
    total: Tally
    groups: dict[tuple[str, str], Tally]
    stuck: list[dict[str, Any]] = field(default_factory=list)
    jobless: int = 0

    @property
    def adds_up(self) -> bool:
        return self.counted == self.total.received and self.total.adds_up


def reconcile(
    session: Session, principal: Principal, now: datetime, zone: str, *, everything: bool = False
) -> Reconciliation:
    """The reconciliation over all receipts (`everything`) or those whose record the principal may see."""
    quarter = _quarter_hour(session)
    base = (
        select(
            quarter, Receipt.channel, Record.state, func.count(), func.sum(cast(Receipt.duplicate, Integer))
        )
        .join(Record, Record.id == Receipt.record_id)
        .group_by(quarter, Receipt.channel, Record.state)
    )
    counting = select(func.count()).select_from(Receipt)
    if not everything:
        base = base.where(visible_to(principal))
        counting = counting.join(Record, Record.id == Receipt.record_id).where(visible_to(principal))
    total, duplicates = Tally(), 0
    groups: dict[tuple[str, str], Tally] = {}
    days: dict[int, str] = {}
    for number, channel, state, count, repeated in session.execute(base):
        if number not in days:
            days[number] = civil_date(_EPOCH + number * _QUARTER, zone).isoformat()
        groups.setdefault((days[number], channel), Tally()).add(state, count)
        total.add(state, count)
        duplicates += repeated
    return Reconciliation(
        counted=session.scalar(counting) or 0,
        duplicates=duplicates,
        total=total,
        groups=dict(sorted(groups.items(), reverse=True)),
        stuck=_stuck(session, principal, now, everything=everything),
        jobless=session.scalar(
            select(func.count())
            .select_from(Record)
            .where(without_job(), true() if everything else visible_to(principal))
        )
        or 0,
    )


def _quarter_hour(session: Session) -> ColumnElement[int]:
    """The number of the quarter of an hour of receipt; no zone begins its day within one."""
    width: ColumnElement[int] = literal_column(str(int(_QUARTER.total_seconds())), Integer)
    if session.get_bind().dialect.name == "sqlite":
        return cast(func.strftime("%s", Receipt.received_at), Integer) // width
    return cast(func.floor(func.extract("epoch", Receipt.received_at) / width), Integer)


def work_on(record_id: str) -> list[str]:
    """The keys of the jobs that keep a record in progress."""
    return [f"{kind}:{record_id}" for kind in WORKING]


def without_job() -> ColumnElement[bool]:
    """The condition on records that are in progress though no job waits or runs for them."""
    keys = [f"{kind}:" + Record.id for kind in WORKING]
    live = select(Job.id).where(Job.key.in_(keys), Job.state.in_(("ready", "running")))
    return Record.state.in_(IN_PROGRESS) & ~live.exists()


def tally_since(session: Session, condition: ColumnElement[bool], since: datetime) -> Tally:
    """The counts of receipts since a moment, of those that a condition on receipt and record lets through."""
    tally = Tally()
    for state, count in session.execute(
        select(Record.state, func.count())
        .join(Receipt, Receipt.record_id == Record.id)
        .where(condition, Receipt.received_at >= since)
        .group_by(Record.state)
    ):
        tally.add(state, count)
    return tally


def _stuck(
    session: Session, principal: Principal, now: datetime, *, everything: bool
) -> list[dict[str, Any]]:
    """Records in progress for long, with what their job says."""
    query = select(Record).where(Record.state.in_(IN_PROGRESS), Record.received_at < now - STUCK_AFTER)
    if not everything:
        query = query.where(visible_to(principal))
    stuck = []
    for record in session.scalars(query.order_by(Record.id).limit(100)):
        job = session.scalars(
            select(Job)
            .where(Job.key.in_(work_on(record.id)))
            .order_by(Job.state.in_(("ready", "running")).desc(), Job.created_at.desc())
            .limit(1)
        ).first()
        if job is None or job.state in ("done", "parked", "cancelled"):
            why = "no job: the worker asks for it again within a minute"
        elif job.state == "running":
            why = f"being read since try {job.attempt}"
        else:
            why = f"waits for a worker; last error: {job.error}" if job.error else "waits for a worker"
        stuck.append(
            {
                "record": record.id,
                "file_name": record.file_name,
                "since": record.received_at.isoformat(),
                "job": job.id if job else None,
                "why": why,
            }
        )
    return stuck
