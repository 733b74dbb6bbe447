"""Having the store itself protect what holds cover, and what must be kept until a known day.

Whenever holds change over a record a note is left in the same transaction; a job asks the store for what
should be by then, reads back what is, and tries again until both agree. What is wanted of a file
follows from all records that share it, as they are when the job runs. Only stores that can refuse a
deletion by themselves (S3 with Object Lock) are asked.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import Select, delete, or_, select, union, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from akta.db.engine import Database
from akta.events.jobs import PRIORITY_RENDER, Claim, enqueue, finish
from akta.kernel.clock import Clock
from akta.kernel.errors import AktaError, OutageError
from akta.records.blobs import lock_name
from akta.records.events import HoldsChanged, RecordChanged
from akta.records.holds import Hold, HoldItem, StoreGuard
from akta.records.models import Record, Rendition, Version
from akta.storage.port import BlobMissingError, BlobStore

JOB_MIRROR: Final = "records.mirror_holds"
#: Of the two clocks: beyond, a date set in the store would not mean the same day.
MOST_APART: Final = timedelta(minutes=5)
_BATCH: Final = 100


class StoreNotReadyError(OutageError):
    """The store does not protect yet what it should; the job tries again."""

    code = "store_not_ready"


def ask(session: Session, record_ids: Iterable[str], now: datetime) -> None:
    """Note records whose files the store should look after anew, in the caller's transaction."""
    ids = sorted(set(record_ids))
    if not ids:
        return
    add = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    statement = add(StoreGuard)
    session.execute(
        statement.on_conflict_do_update(
            index_elements=[StoreGuard.record_id], set_={"turn": StoreGuard.turn + 1}
        ),
        [{"record_id": i, "turn": 1, "asked_at": now} for i in ids],
    )
    enqueue(session, JOB_MIRROR, {}, key="mirror-holds", now=now, priority=PRIORITY_RENDER, max_attempts=1000)


def on_holds(clock: Clock) -> Callable[[Session, HoldsChanged], None]:
    """The subscriber for records that holds cover now, or no more."""

    def subscriber(session: Session, event: HoldsChanged) -> None:
        ask(session, event.record_ids, clock.now())

    return subscriber


def on_changed(clock: Clock) -> Callable[[Session, RecordChanged], None]:
    """The subscriber, where days of keeping are mirrored too, for records that have one."""

    def subscriber(session: Session, event: RecordChanged) -> None:
        record = session.get(Record, event.record_id)
        if record is not None and record.state == "filed" and record.retention_state == "until":
            ask(session, [record.id], clock.now())

    return subscriber


def held_blob(sha256: str) -> Select[str]:
    """The query for a record under a hold that needs the blob."""
    return (
        select(HoldItem.record_id)
        .join(Hold, Hold.id == HoldItem.hold_id)
        .where(
            HoldItem.active,
            Hold.released_at.is_(None),
            or_(
                HoldItem.record_id.in_(select(Version.record_id).where(Version.sha256 == sha256)),
                HoldItem.record_id.in_(select(Rendition.record_id).where(Rendition.sha256 == sha256)),
            ),
        )
        .limit(1)
    )


@dataclass(frozen=True, slots=True)
class StoreMirror:
    """Runs `records.mirror_holds` jobs. With `dates` the last day of keeping is set in the store too."""

    database: Database
    store: BlobStore
    clock: Clock
    zone: str
    dates: bool = False

    def mirror(self, claim: Claim) -> None:
        """See to all records that wait. Raises StoreNotReadyError while some cannot be seen to."""
        after = ""
        left: list[str] = []
        apart = self._apart()
        while True:
            claim.check()
            with self.database.read() as session:
                asked = select(StoreGuard.record_id, StoreGuard.turn).where(StoreGuard.record_id > after)
                rows = session.execute(asked.order_by(StoreGuard.record_id).limit(_BATCH)).all()
            if not rows:
                break
            for record_id, turn in rows:
                claim.check()
                error = self._see_to(record_id, apart)
                self._end(claim, record_id, turn, error)
                if error:
                    left.append(error)
            after = rows[-1][0]
        if left:
            raise StoreNotReadyError(f"{len(left)} records wait for the store: {left[0]}")
        with self.database.write() as session:
            finish(session, claim, self.clock.now())

    # -- parts -----------------------------------------------------------------------

    def _apart(self) -> timedelta:
        there = self.store.clock()
        return abs(there - datetime.now(UTC)) if there is not None else timedelta(0)

    def _see_to(self, record_id: str, apart: timedelta) -> str:
        """Bring each file of a record to what is wanted; what stands in the way, or nothing."""
        with self.database.read() as session:
            files = union(
                select(Version.sha256).where(Version.record_id == record_id),
                select(Rendition.sha256).where(Rendition.record_id == record_id),
            )
            names = sorted(session.scalars(files))
            until = self._until(session, record_id)
        late = ""
        if until is not None and apart > MOST_APART:
            until, late = None, f"its clock and ours are {int(apart.total_seconds())} s apart"
        for name in names:
            try:
                if problem := self._bring(name, until):
                    return problem
            except BlobMissingError:
                continue  # verification says so
            except AktaError as error:
                return error.message
        return late

    def _bring(self, name: str, until: datetime | None) -> str:
        with self.database.write() as session:  # so that nothing is placed or released between both
            lock_name(session, name)
            wanted = session.scalar(held_blob(name)) is not None
            if self.store.protection(name).legal_hold != wanted:
                self.store.set_legal_hold(name, wanted)
        if until is not None:
            self.store.protect(name, retain_until=until)
        there = self.store.protection(name)
        if there.legal_hold != wanted:
            return "the store does not hold what it was asked to hold, or holds what it was asked to let go"
        if until is not None and (there.retain_until is None or there.retain_until < until):
            return "the store does not keep a file as long as it was asked to"
        return ""

    def _until(self, session: Session, record_id: str) -> datetime | None:
        """The first instant after the last day of keeping, in the archive's zone."""
        record = session.get(Record, record_id)
        if not self.dates or record is None or record.state != "filed":
            return None
        if record.retention_state != "until" or record.retain_through is None:
            return None
        day = record.retain_through + timedelta(days=1)
        return datetime.combine(day, time(), ZoneInfo(self.zone)).astimezone(UTC)

    def _end(self, claim: Claim, record_id: str, turn: int, error: str) -> None:
        with self.database.write() as session:
            claim.hold(session, self.clock.now())
            mine = (StoreGuard.record_id == record_id, StoreGuard.turn == turn)
            if error:
                session.execute(update(StoreGuard).where(*mine).values(error=error[:500]))
            else:
                session.execute(delete(StoreGuard).where(*mine))
