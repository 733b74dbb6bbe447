"""Legal holds: placed and released by officers, kept on record for ever."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from akta.access.principal import Principal
from akta.access.roles import Right
from akta.audit.log import AuditLog
from akta.events.bus import bus
from akta.kernel.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from akta.kernel.ids import new_id
from akta.records.events import HoldsEnded
from akta.records.guard import active_holds, changed, family, lock
from akta.records.models import Hold, HoldItem, Record
from akta.records.visibility import get_visible, visible_to


@dataclass(frozen=True, slots=True)
class PlaceHold:
    """What is asked for: a matter, its reason and authority, and the records it covers."""

    matter: str
    reason: str
    record_ids: tuple[str, ...]
    authority: str = ""
    review_on: date | None = None


def place_hold(
    session: Session, audit: AuditLog, principal: Principal, command: PlaceHold, now: datetime
) -> Hold:
    """Place a hold; from its commit on nothing can change or destroy the records.

    It covers what was found in them too, and what will be. Each record's row is
    locked first, so a destruction under way either finishes before or fails. Raises
    NotFoundError if one is not there (nothing is placed then).
    """
    principal.require(Right.HOLD)
    if not command.matter.strip() or not command.reason.strip() or not command.record_ids:
        raise InvalidError("A hold needs a matter, a reason and at least one record.")
    hold = Hold(
        id=new_id(),
        matter=command.matter.strip()[:200],
        reason=command.reason.strip(),
        authority=command.authority.strip()[:200],
        placed_by=principal.actor,
        placed_at=now,
        review_on=command.review_on,
    )
    session.add(hold)
    session.flush()
    for record_id in set(command.record_ids):
        get_visible(session, principal, record_id)
    covered = family(session, command.record_ids)
    for record_id in covered:
        record = lock(session, record_id)
        session.add(HoldItem(hold_id=hold.id, record_id=record_id, added_at=now, active=True))
        record.held = True
        changed(session, record)
    audit.append(
        session,
        at=now,
        actor=principal.actor,
        action="hold.placed",
        subject=f"hold:{hold.id}",
        details={"records": covered, "reason": hold.reason[:500]},
    )
    return hold


def release_hold(
    session: Session, audit: AuditLog, principal: Principal, hold_id: str, reason: str, now: datetime
) -> None:
    """Release a hold. Its rows stay; a record that another hold covers stays held.

    Raises ForbiddenError if it covers a record that the principal may not see.
    """
    principal.require(Right.HOLD)
    if not reason.strip():
        raise InvalidError("Say why the hold is released.")
    hold = session.get(Hold, hold_id, with_for_update=True)
    if hold is None:
        raise NotFoundError("There is no such hold.", hold=hold_id)
    if hold.released_at is not None:
        raise ConflictError("This hold was released already.")
    ids = sorted(
        session.scalars(select(HoldItem.record_id).where(HoldItem.hold_id == hold_id, HoldItem.active))
    )
    seen = set(session.scalars(select(Record.id).where(Record.id.in_(ids), visible_to(principal))))
    if not seen.issuperset(ids):
        raise ForbiddenError(
            "The hold covers records that you may not see. Somebody who may see them all must release it."
        )
    records = [lock(session, record_id) for record_id in ids]
    hold.released_by, hold.released_at = principal.actor, now
    session.execute(update(HoldItem).where(HoldItem.hold_id == hold_id).values(active=False))
    session.flush()
    for record in records:
        record.held = bool(active_holds(session, record.id))
        changed(session, record)
    free = tuple(record.id for record in records if not record.held)
    bus.publish(session, HoldsEnded(free, principal.actor))
    audit.append(
        session,
        at=now,
        actor=principal.actor,
        action="hold.released",
        subject=f"hold:{hold_id}",
        details={"reason": reason.strip()[:500], "records": ids},
    )


def records_of(session: Session, hold_id: str) -> int:
    """How many records a hold covers now."""
    covered = select(func.count()).where(HoldItem.hold_id == hold_id, HoldItem.active)
    return session.scalar(covered) or 0


def list_holds(session: Session, principal: Principal) -> list[dict[str, Any]]:
    """All holds with how many records each covers, newest first."""
    if Right.HOLD not in principal.rights and Right.AUDIT not in principal.rights:
        raise ForbiddenError("Holds are for officers and auditors.")
    counted = session.execute(select(HoldItem.hold_id, func.count()).group_by(HoldItem.hold_id))
    counts: dict[str, int] = dict(counted.all())
    return [
        {
            "id": hold.id,
            "matter": hold.matter,
            "reason": hold.reason,
            "authority": hold.authority,
            "placed_by": hold.placed_by,
            "placed_at": hold.placed_at.isoformat(),
            "released_at": hold.released_at.isoformat() if hold.released_at else None,
            "records": counts.get(hold.id, 0),
        }
        for hold in session.scalars(select(Hold).order_by(Hold.id.desc()))
    ]
