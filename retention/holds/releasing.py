"""Releasing a hold, or single records from it. Nothing is destroyed by it, now or later.

Records that no other hold covers may be changed again; they are not thought of for destruction until the
time of grace is over, and then only as any other record is: proposed, reviewed, approved.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Select, exists, select, update
from sqlalchemy.orm import Session

from akta.access.principal import Principal
from akta.access.roles import Right
from akta.audit.log import AuditLog
from akta.events.bus import bus
from akta.events.jobs import PRIORITY_INDEX, enqueue
from akta.kernel.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from akta.records.events import HoldsEnded
from akta.records.guard import batches, family, lock_all, newest_bytes
from akta.records.holds import Hold, HoldItem
from akta.records.models import Record
from akta.records.visibility import visible_to
from retention.holds.covering import INSIDE, told, unmark
from retention.holds.matching import ask_to_match

JOB_RELEASE: Final = "retention.release_hold"
GRACE_DAYS: Final = 30
#: More are released by a job, so that no transaction is long.
AT_ONCE: Final = 5000
_PRIORITY: Final = PRIORITY_INDEX + 2


def release_hold(
    session: Session,
    audit: AuditLog,
    principal: Principal,
    hold_id: str,
    reason: str,
    now: datetime,
    *,
    grace_days: int = GRACE_DAYS,
    record_ids: Sequence[str] = (),
) -> Hold:
    """Release a hold, or only some records (and what was found in them) from it.

    Its rows stay; a record that another hold covers stays held. Of a large hold the records are freed
    by a job, and it holds to the last of them. Raises ForbiddenError if it covers a record that the
    principal may not see, NotFoundError, ConflictError, InvalidError.
    """
    principal.require(Right.HOLD)
    if not reason.strip():
        raise InvalidError("Say why the hold is released.")
    hold = session.get(Hold, hold_id, with_for_update=True, populate_existing=True)
    if hold is None:
        raise NotFoundError("There is no such hold.", hold=hold_id[:40])
    if hold.released_at is not None:
        raise ConflictError("This hold was released already.")
    if hold.state != "active":
        raise ConflictError("This hold is being placed or released; wait until that is done.")
    grace_until = now + timedelta(days=grace_days)
    if record_ids:
        _release_some(session, audit, principal, hold, record_ids, reason, now, grace_until)
        return hold
    _must_see(session, principal, _active_items(hold_id))
    hold.released_by, hold.release_reason = principal.actor, reason.strip()[:2000]
    hold.grace_until = grace_until
    ids = list(session.scalars(_active_items(hold_id).order_by(HoldItem.record_id).limit(AT_ONCE + 1)))
    if len(ids) > AT_ONCE:
        hold.state = "releasing"
        audit.append(
            session,
            at=now,
            actor=principal.actor,
            action="hold.release_begun",
            subject=f"hold:{hold_id}",
            details={"reason": reason.strip()[:500]},
        )
        enqueue(
            session,
            JOB_RELEASE,
            {"hold_id": hold_id},
            key=f"release-hold:{hold_id}",
            now=now,
            priority=_PRIORITY,
            max_attempts=1000,
        )
        return hold
    freed = free_items(session, hold.id, ids, principal.actor, now, grace_until)
    end(
        session,
        audit,
        hold,
        now,
        {"reason": reason.strip()[:500], **freed_told(session, ids), "freed": freed},
    )
    return hold


def free_items(
    session: Session, hold_id: str, ids: Sequence[str], actor: str, now: datetime, grace_until: datetime
) -> int:
    """Take records from under a hold; returns how many no hold covers any more."""
    lock_all(session, ids)
    for some in batches(ids):
        session.execute(
            update(HoldItem)
            .where(HoldItem.hold_id == hold_id, HoldItem.record_id.in_(some), HoldItem.active)
            .values(active=False, released_at=now, released_by=actor, grace_until=grace_until)
        )
    freed = unmark(session, ids)
    bus.publish(session, HoldsEnded(tuple(freed), actor))
    return len(freed)


def end(session: Session, audit: AuditLog, hold: Hold, now: datetime, details: dict[str, object]) -> None:
    """The last step of a release: no record is under the hold any more."""
    hold.state, hold.released_at = "released", now
    session.flush()
    ask_to_match(session, now)  # what waited for this hold waits no more
    audit.append(
        session,
        at=now,
        actor=hold.released_by or "",
        action="hold.released",
        subject=f"hold:{hold.id}",
        details=details,
    )


def freed_told(session: Session, ids: Sequence[str]) -> dict[str, object]:
    """Records of a release for the log."""
    return told(ids, newest_bytes(session, ids))


def _release_some(
    session: Session,
    audit: AuditLog,
    principal: Principal,
    hold: Hold,
    record_ids: Sequence[str],
    reason: str,
    now: datetime,
    grace_until: datetime,
) -> None:
    wanted = set(record_ids)
    there: set[str] = set()
    for some in batches(wanted):
        seen = _active_items(hold.id).where(
            HoldItem.record_id.in_(some),
            exists(select(Record.id).where(Record.id == HoldItem.record_id, visible_to(principal))),
        )
        there.update(session.scalars(seen))
    for missing in sorted(wanted - there)[:1]:
        raise NotFoundError("The hold does not cover this record.", record=missing[:40])
    inside = set(family(session, wanted)) - wanted
    for some in batches(inside):  # what was named by itself, or found by a query, stays
        wanted.update(
            session.scalars(
                _active_items(hold.id).where(HoldItem.record_id.in_(some), HoldItem.how == INSIDE)
            )
        )
    ids = sorted(wanted)
    for some in batches(ids):
        _must_see(session, principal, _active_items(hold.id).where(HoldItem.record_id.in_(some)))
    freed = free_items(session, hold.id, ids, principal.actor, now, grace_until)
    audit.append(
        session,
        at=now,
        actor=principal.actor,
        action="hold.records_released",
        subject=f"hold:{hold.id}",
        details={"reason": reason.strip()[:500], **freed_told(session, ids), "freed": freed},
    )


def _active_items(hold_id: str) -> Select[str]:
    return select(HoldItem.record_id).where(HoldItem.hold_id == hold_id, HoldItem.active)


def _must_see(session: Session, principal: Principal, items: Select[str]) -> None:
    unseen = items.where(
        ~exists(select(Record.id).where(Record.id == HoldItem.record_id, visible_to(principal)))
    )
    if session.scalar(unseen.limit(1)) is not None:
        raise ForbiddenError(
            "The hold covers records that you may not see. Somebody who may see them all must release it."
        )
