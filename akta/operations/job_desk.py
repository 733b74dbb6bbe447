"""Jobs as administrators see them: what waits, runs and was given up; ending one that nobody needs."""

from datetime import datetime
from typing import Literal, get_args

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from akta.access.principal import Principal
from akta.access.roles import Right
from akta.audit.checking import JOB_CHECK
from akta.audit.log import AuditLog
from akta.events.models import Job
from akta.kernel.errors import ConflictError, InvalidError, NotFoundError
from indexer.saved.alerts import JOB_TELL
from ingest.jobnames import (
    JOB_DUPLICATES,
    JOB_LEARN,
    JOB_LOOK_AGAIN,
    JOB_PARTIES,
    JOB_RENDER,
    JOB_TRAIN,
    JOB_UNLEARN,
)

JobState = Literal["ready", "running", "parked", "cancelled"]
STATES: tuple[JobState, ...] = get_args(JobState)
#: These make something better or sooner. All others are owed: a paper waits, or keeping, a hold, a
#: destruction or the index would stay other than the archive says.
DISPENSABLE = frozenset(
    {
        JOB_CHECK,
        JOB_DUPLICATES,
        JOB_LEARN,
        JOB_LOOK_AGAIN,
        JOB_PARTIES,
        JOB_RENDER,
        JOB_TELL,
        JOB_TRAIN,
        JOB_UNLEARN,
    }
)
_MOST = 200
_LONGEST_REASON = 300


def list_jobs(session: Session, principal: Principal, state: JobState, limit: int = _MOST) -> list[Job]:
    """Jobs in a state, at most `limit`: waiting ones in the order they are taken, others the newest first."""
    principal.require(Right.SYSTEM)
    order = (Job.priority, Job.run_after, Job.id) if state == "ready" else (Job.id.desc(),)
    return list(session.scalars(select(Job).where(Job.state == state).order_by(*order).limit(limit)))


def count_jobs(session: Session, principal: Principal) -> dict[str, int]:
    """How many jobs there are in each state but done."""
    principal.require(Right.SYSTEM)
    query = select(Job.state, func.count()).where(Job.state.in_(STATES)).group_by(Job.state)
    found: dict[str, int] = dict(session.execute(query).all())
    return {state: found.get(state, 0) for state in STATES}


def may_cancel(job: Job) -> bool:
    """Whether the job is one that can be left undone, and has not ended."""
    return job.kind in DISPENSABLE and job.state in ("ready", "running", "parked")


def cancel_job(
    session: Session, audit: AuditLog, principal: Principal, job_id: str, reason: str, now: datetime
) -> None:
    """Leave a job undone, for a reason; whoever works on it stops at its next transaction.

    Raises ForbiddenError, InvalidError without a reason, NotFoundError, and ConflictError for one that has
    ended or that must be done.
    """
    principal.require(Right.SYSTEM)
    said = reason.strip()
    if not 0 < len(said) <= _LONGEST_REASON:
        raise InvalidError(f"Say in at most {_LONGEST_REASON} characters why the job is left undone.")
    job = session.get(Job, job_id, with_for_update=True)
    if job is None:
        raise NotFoundError("There is no such job.", job=job_id)
    if job.state not in ("ready", "running", "parked"):
        raise ConflictError("This job has ended already.", state=job.state)
    if job.kind not in DISPENSABLE:
        raise ConflictError("The archive relies on this job. Mend what its error names and try it again.")
    job.state, job.owner, job.lease_until = "cancelled", None, None
    job.finished_at, job.error = now, f"cancelled: {said}"
    audit.append(
        session,
        at=now,
        actor=principal.actor,
        action="job.cancelled",
        subject=f"job:{job.id}",
        details={"kind": job.kind, "key": job.key, "reason": said},
    )
