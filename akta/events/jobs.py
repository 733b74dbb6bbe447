"""Writing, claiming and finishing jobs.

A job is claimed under a lease that its worker renews while it works. A worker
that died loses its lease and the job is taken again; a worker that was only
slow finds out at its next transaction (`Claim.hold`) and undoes it. Messages of
a broker carry nothing but a job's id, so a lost or doubled message changes
nothing.
"""

import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, case, delete, func, select, text, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session, aliased

from akta.events.models import Job
from akta.kernel.errors import AktaError, ConflictError, NotFoundError
from akta.kernel.ids import new_id

LEASE = timedelta(seconds=60)
#: Finished jobs are kept this long for those who ask what happened.
KEEP_DONE = timedelta(days=7)
#: The longest pause between two tries, in seconds.
_LONGEST_PAUSE = 600

#: Smaller comes first.
PRIORITY_INDEX = 10
PRIORITY_READ = 50
PRIORITY_RENDER = 80


class LeaseLostError(AktaError):
    """Another worker has taken the job over; whatever this one did must not be committed."""

    code = "lease_lost"


class PermanentJobError(AktaError):
    """Trying again cannot help; the job is parked at once."""

    code = "job_failed"


@dataclass(frozen=True, slots=True)
class Claim:
    """A job taken under a lease; `owner` and `attempt` fence its transactions.

    `lost` is set by whoever renews the lease once it finds that another has the job.
    """

    id: str
    kind: str
    key: str
    payload: dict[str, Any]
    attempt: int
    max_attempts: int
    owner: str
    waits: int = 0
    lost: threading.Event = field(default_factory=threading.Event, compare=False, repr=False)

    @property
    def tries(self) -> int:
        """The number of this try, not counting those that met an outage."""
        return self.attempt - self.waits

    def check(self) -> None:
        """For a long wait: raises LeaseLostError once the lease is known to be lost."""
        if self.lost.is_set():
            raise LeaseLostError("Another worker has taken this job over.", job=self.id)

    def look(self, session: Session) -> None:
        """Raises LeaseLostError if the job was cancelled or taken over; changes nothing."""
        mine = (Job.id == self.id, Job.owner == self.owner, Job.attempt == self.attempt)
        if session.scalar(select(Job.id).where(*mine, Job.state == "running")) is None:
            raise LeaseLostError("Another worker has taken this job over.", job=self.id)

    def hold(self, session: Session, now: datetime) -> None:
        """Renew the lease inside the caller's transaction.

        Called in each transaction of the job's handler, so that its changes and
        its right to make them commit together. Raises LeaseLostError.
        """
        done = session.execute(
            update(Job)
            .where(
                Job.id == self.id,
                Job.owner == self.owner,
                Job.attempt == self.attempt,
                Job.state == "running",
            )
            .values(lease_until=now + LEASE)
        )
        if done.rowcount != 1:  # type: ignore[attr-defined]
            raise LeaseLostError("Another worker has taken this job over.", job=self.id)


def enqueue(
    session: Session,
    kind: str,
    payload: dict[str, Any],
    *,
    key: str,
    now: datetime,
    priority: int = PRIORITY_READ,
    delay: timedelta = timedelta(0),
    max_attempts: int = 5,
) -> None:
    """Write a job into the caller's transaction.

    If a job with the same key is waiting already it serves both, and its row is
    touched: that lock makes a claimer wait until this transaction's change can
    be seen, so the waiting job cannot miss it.
    """
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    run_after = now + delay
    statement = insert(Job).values(
        id=new_id(),
        kind=kind,
        key=key,
        payload=payload,
        priority=priority,
        state="ready",
        attempt=0,
        max_attempts=max_attempts,
        run_after=run_after,
        publish_at=run_after,
        created_at=now,
    )
    session.execute(
        statement.on_conflict_do_update(
            index_elements=[Job.key],
            # As text: PostgreSQL does not match a partial index by a parameter of a prepared statement.
            index_where=text("state = 'ready'"),
            set_={
                "publish_at": case((Job.run_after > run_after, run_after), else_=Job.publish_at),
                "run_after": case((Job.run_after > run_after, run_after), else_=Job.run_after),
                "priority": case((Job.priority > priority, priority), else_=Job.priority),
            },
        )
    )


def claim(
    session: Session,
    owner: str,
    now: datetime,
    *,
    job_id: str | None = None,
    kinds: Sequence[str] | None = None,
) -> Claim | None:
    """Take the next job that may run, or the one named; None if there is none.

    Expired leases are taken over, and come first. A job whose key another live job
    is working on has to wait. The caller commits before it starts to work.
    """
    query = select(Job).where(~busy(now)).limit(1).with_for_update(skip_locked=True)
    if job_id is not None:
        query = query.where(Job.id == job_id)
    if kinds is not None:
        query = query.where(Job.kind.in_(kinds))
    job = session.scalars(query.where(*_expired(now)).order_by(Job.lease_until)).first()
    if job is None and job_id is not None:
        job = session.scalars(query.where(Job.state == "ready", Job.run_after <= now)).first()
    elif job is None:
        for priority in _priorities(session):
            job = session.scalars(query.where(*_due(priority, now)).order_by(Job.run_after, Job.id)).first()
            if job is not None:
                break
    if job is None:
        return None
    job.state = "running"
    job.owner = owner
    job.attempt += 1
    job.lease_until = now + LEASE
    job.publish_at, job.published_at = job.lease_until, None
    session.flush()
    return Claim(job.id, job.kind, job.key, job.payload, job.attempt, job.max_attempts, owner, job.waits)


def busy(now: datetime) -> ColumnElement[bool]:
    """The condition on jobs whose key another live job is working on."""
    other = aliased(Job)
    return (
        select(other.id)
        .where(other.key == Job.key, other.id != Job.id, other.state == "running", other.lease_until > now)
        .exists()
    )


def _expired(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return Job.state == "running", Job.lease_until <= now


def _due(priority: int, now: datetime) -> tuple[ColumnElement[bool], ...]:
    return Job.state == "ready", Job.priority == priority, Job.run_after <= now


def _priorities(session: Session) -> Iterator[int]:
    """The priorities of waiting jobs, most urgent first; each costs one step in the index.

    Asking for one priority after the other keeps jobs that are not due out of sight: an
    outage leaves thousands of them.
    """
    least = select(func.min(Job.priority)).where(Job.state == "ready")
    priority = session.scalar(least)
    while priority is not None:
        yield priority
        priority = session.scalar(least.where(Job.priority > priority))


def finish(session: Session, taken: Claim, now: datetime) -> None:
    """Mark the job done, in the transaction of its last change. Raises LeaseLostError."""
    taken.hold(session, now)
    session.execute(
        update(Job)
        .where(Job.id == taken.id)
        .values(state="done", finished_at=now, lease_until=None, owner=None, error=None)
    )


def fail(session: Session, taken: Claim, error: str, now: datetime, *, permanent: bool = False) -> bool:
    """Give the job back after a failure: later again, or parked after the last try.

    The delay doubles from two seconds up to ten minutes. Returns whether it was
    parked. A lease lost meanwhile leaves the job to its new worker.
    """
    job = _still_taken(session, taken, error)
    if job is None:
        return False
    job.failures += 1
    if permanent or job.failures >= taken.max_attempts:
        job.state = "parked"
        job.finished_at = now
        return True
    _again(session, job, now, 2**job.failures)
    return False


def wait(session: Session, taken: Claim, error: str, now: datetime) -> None:
    """Give the job back because something all work needs is away; it has as many tries as before.

    The delay doubles from two seconds up to ten minutes, for as long as the outage lasts.
    """
    job = _still_taken(session, taken, error)
    if job is not None:
        job.waits += 1
        _again(session, job, now, 2 ** min(job.waits, 10))


def _still_taken(session: Session, taken: Claim, error: str) -> Job | None:
    """The job with its error and without an owner, or None if another worker has it."""
    job = session.get(Job, taken.id, with_for_update=True)
    if job is None or job.owner != taken.owner or job.attempt != taken.attempt or job.state != "running":
        return None
    job.error = error[:2000]
    job.owner = None
    job.lease_until = None
    return job


def _again(session: Session, job: Job, now: datetime, seconds: float) -> None:
    twin = session.scalar(select(Job.id).where(Job.key == job.key, Job.state == "ready"))
    if twin is not None:  # the same work is waiting already
        job.state = "done"
        job.finished_at = now
        return
    job.state = "ready"
    job.run_after = now + timedelta(seconds=min(_LONGEST_PAUSE, seconds))
    job.publish_at, job.published_at = job.run_after, None


def release_leases(session: Session, owner_prefix: str, now: datetime) -> int:
    """Let the jobs of a worker that is known to be dead be taken at once; returns how many."""
    done = session.execute(
        update(Job)
        .where(Job.state == "running", Job.owner.startswith(owner_prefix, autoescape=True))
        .values(lease_until=now, publish_at=now)
    )
    return int(done.rowcount)  # type: ignore[attr-defined]


def retry(session: Session, job_id: str, now: datetime) -> Job:
    """Put a parked or cancelled job back in the queue, with all its tries; returns it.

    Raises NotFoundError, and ConflictError for a job in another state.
    """
    job = session.get(Job, job_id, with_for_update=True)
    if job is None:
        raise NotFoundError("There is no such job.", job=job_id)
    if job.state not in ("parked", "cancelled"):
        raise ConflictError("Only a parked or cancelled job can be tried again.", state=job.state)
    twin = session.scalar(select(Job.id).where(Job.key == job.key, Job.state == "ready"))
    job.state, job.finished_at = ("done", now) if twin else ("ready", None)
    job.attempt = job.failures = job.waits = 0
    job.run_after = job.publish_at = now
    job.published_at = None
    return job


def cancel(session: Session, keys: Sequence[str], why: str, now: datetime) -> int:
    """End the live jobs under these keys undone; returns how many.

    Whoever works on one finds out at its next `Claim.hold` and undoes its transaction,
    so a transaction that changes what such a job works on calls this before anything else:
    workers lock their job first, too.
    """
    done = session.execute(
        update(Job)
        .where(Job.key.in_(keys), Job.state.in_(("ready", "running")))
        .values(state="cancelled", owner=None, lease_until=None, finished_at=now, error=why)
    )
    return int(done.rowcount)  # type: ignore[attr-defined]


def settle(session: Session, keys: Sequence[str], now: datetime) -> None:
    """Say that what was given up under these keys has been seen to: newer work takes its place."""
    session.execute(
        update(Job)
        .where(Job.key.in_(keys), Job.state.in_(("parked", "cancelled")))
        .values(state="done", finished_at=now)
    )


def waiting(session: Session, now: datetime, *, most: int) -> int:
    """How many jobs could be claimed right now, counted up to `most`."""

    def count(conditions: Iterable[ColumnElement[bool]], order: Any, limit: int) -> int:
        # The order makes sure that the index is walked, and no further than to the limit.
        some = select(Job.id).where(*conditions).order_by(order).limit(limit).subquery()
        return session.scalar(select(func.count()).select_from(some)) or 0

    found = count(_expired(now), Job.lease_until, most)
    for priority in _priorities(session) if found < most else ():
        found += count(_due(priority, now), Job.run_after, most - found)
        if found >= most:
            break
    return found


def prune(session: Session, older_than: datetime) -> int:
    """Remove finished jobs; what is parked stays until a person has seen to it."""
    done = session.execute(delete(Job).where(Job.state == "done", Job.finished_at < older_than))
    return int(done.rowcount)  # type: ignore[attr-defined]
