"""Telling custodians of a hold, reminding them, and their saying that they have read it.

All of it happens inside Akta: a notice stands on the custodian's own pages until it is
acknowledged. Who does not is reminded every so many days, as the hold says.
It tells the matter and what the officer wrote, and no record.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from akta.access.models import User
from akta.access.principal import Principal
from akta.access.roles import Right
from akta.audit.log import AuditLog
from akta.kernel.errors import ConflictError, ForbiddenError, NotFoundError
from akta.records.holds import Hold, HoldNotice


def person(session: Session, name: str) -> User:
    """An active account by its login or number. Raises NotFoundError."""
    wanted = name.strip()
    user = session.scalars(
        select(User).where((User.login == wanted.lower()) | (User.id == wanted), User.active)
    ).first()
    if user is None:
        raise NotFoundError(f"There is no account '{wanted[:40]}'.", user=wanted[:40])
    return user


def send(
    session: Session,
    audit: AuditLog,
    principal: Principal,
    hold: Hold,
    custodians: Sequence[str],
    now: datetime,
) -> list[str]:
    """Tell people of a hold that were not told yet; returns their numbers. Raises NotFoundError."""
    users = {user.id: user for user in (person(session, name) for name in custodians)}
    known = set(session.scalars(select(HoldNotice.user_id).where(HoldNotice.hold_id == hold.id)))
    fresh = sorted(users.keys() - known)
    for user_id in fresh:
        session.add(HoldNotice(hold_id=hold.id, user_id=user_id, sent_at=now, reminders=0))
    if fresh:
        audit.append(
            session,
            at=now,
            actor=principal.actor,
            action="hold.notice_sent",
            subject=f"hold:{hold.id}",
            details={"to": [f"user:{i}" for i in fresh]},
        )
    return fresh


def remind(session: Session, audit: AuditLog, principal: Principal, hold_id: str, now: datetime) -> int:
    """Remind those who have not acknowledged; returns how many. Raises NotFoundError, ConflictError."""
    principal.require(Right.HOLD)
    hold = session.get(Hold, hold_id)
    if hold is None:
        raise NotFoundError("There is no such hold.", hold=hold_id[:40])
    if hold.released_at is not None:
        raise ConflictError("This hold was released already.")
    open_ones = session.scalars(
        select(HoldNotice)
        .where(HoldNotice.hold_id == hold_id, HoldNotice.acknowledged_at.is_(None))
        .order_by(HoldNotice.user_id)
        .with_for_update()
    ).all()
    for notice in open_ones:
        notice.reminded_at = now
        notice.reminders += 1
    if open_ones:
        audit.append(
            session,
            at=now,
            actor=principal.actor,
            action="hold.reminded",
            subject=f"hold:{hold_id}",
            details={"to": [f"user:{n.user_id}" for n in open_ones]},
        )
    return len(open_ones)


def remind_due(session: Session, audit: AuditLog, now: datetime) -> int:
    """Remind those whose last word of a hold is older than its interval; how many. Twice does no more.

    After a time without Akta everybody is reminded once. Accounts that are closed are left alone: nobody
    reads there, and the hold's page says so.
    """
    waiting = session.execute(
        _open(now).order_by(HoldNotice.hold_id, HoldNotice.user_id).with_for_update(of=HoldNotice)
    )
    told: dict[str, tuple[Hold, list[str]]] = {}
    for notice, hold in waiting:
        if _next(notice, hold) <= now:
            notice.reminded_at = now
            notice.reminders += 1
            told.setdefault(hold.id, (hold, []))[1].append(notice.user_id)
    for hold_id, (hold, users) in told.items():
        audit.append(
            session,
            at=now,
            actor="system:upkeep",
            action="hold.reminded",
            subject=f"hold:{hold_id}",
            details={"to": [f"user:{user}" for user in users], "every_days": hold.remind_days},
        )
    return sum(len(users) for _, users in told.values())


def any_to_remind(session: Session, now: datetime) -> bool:
    """Whether `remind_due` would remind anybody; for those who do not want to write for nothing."""
    return any(_next(notice, hold) <= now for notice, hold in session.execute(_open(now)))


def _open(now: datetime) -> Select[HoldNotice, Hold]:
    """Notices that wait for their custodian and may be due, with their holds."""
    last = func.coalesce(HoldNotice.reminded_at, HoldNotice.sent_at)
    return (
        select(HoldNotice, Hold)
        .join(Hold, Hold.id == HoldNotice.hold_id)
        .join(User, User.id == HoldNotice.user_id)
        .where(
            HoldNotice.acknowledged_at.is_(None),
            Hold.released_at.is_(None),
            Hold.remind_days > 0,
            User.active,
            last <= now - timedelta(days=1),  # the shortest interval
        )
    )


def _next(notice: HoldNotice, hold: Hold) -> datetime:
    return (notice.reminded_at or notice.sent_at) + timedelta(days=hold.remind_days)


def acknowledge(
    session: Session, audit: AuditLog, principal: Principal, hold_id: str, now: datetime
) -> HoldNotice:
    """Say that one has read the notice of a hold. Twice is the same as once. Raises NotFoundError."""
    notice = None
    if principal.user_id is not None:
        notice = session.get(HoldNotice, (hold_id, principal.user_id), with_for_update=True)
    if notice is None:
        raise NotFoundError("There is no such notice.", hold=hold_id[:40])
    if notice.acknowledged_at is None:
        notice.acknowledged_at = now
        audit.append(
            session,
            at=now,
            actor=principal.actor,
            action="hold.acknowledged",
            subject=f"hold:{hold_id}",
            details={"reminders": notice.reminders},
        )
    return notice


def my_notices(session: Session, principal: Principal) -> list[dict[str, Any]]:
    """A person's notices of holds that are not over, those to be acknowledged first."""
    if principal.user_id is None:
        return []
    rows = session.execute(
        select(HoldNotice, Hold)
        .join(Hold, Hold.id == HoldNotice.hold_id)
        .where(HoldNotice.user_id == principal.user_id, Hold.released_at.is_(None))
        .order_by(HoldNotice.acknowledged_at.is_not(None), Hold.placed_at.desc(), Hold.id)
    )
    return [
        {
            "hold": hold.id,
            "matter": hold.matter,
            "notice": hold.notice,
            "sent_at": notice.sent_at.isoformat(),
            "reminders": notice.reminders,
            "reminded_at": notice.reminded_at.isoformat() if notice.reminded_at else None,
            "acknowledged_at": notice.acknowledged_at.isoformat() if notice.acknowledged_at else None,
        }
        for notice, hold in rows
    ]


def open_notices(session: Session, principal: Principal) -> int:
    """How many notices a person has not acknowledged."""
    if principal.user_id is None:
        return 0
    asked = (
        select(func.count())
        .select_from(HoldNotice)
        .join(Hold, Hold.id == HoldNotice.hold_id)
        .where(
            HoldNotice.user_id == principal.user_id,
            HoldNotice.acknowledged_at.is_(None),
            Hold.released_at.is_(None),
        )
    )
    return session.scalar(asked) or 0


def notices_of(session: Session, principal: Principal, hold_id: str) -> list[dict[str, Any]]:
    """Who was told of a hold and who acknowledged it, for officers and auditors. Raises NotFoundError."""
    if not (principal.may(Right.HOLD) or principal.may(Right.AUDIT)):
        raise ForbiddenError("Holds are for officers and auditors.")
    hold = session.get(Hold, hold_id)
    if hold is None:
        raise NotFoundError("There is no such hold.", hold=hold_id[:40])
    rows = session.execute(
        select(HoldNotice, User.login, User.name, User.active)
        .join(User, User.id == HoldNotice.user_id)
        .where(HoldNotice.hold_id == hold_id)
        .order_by(HoldNotice.acknowledged_at.is_not(None), User.login)
    )
    return [
        {
            "user": notice.user_id,
            "login": login,
            "name": name,
            "account_active": active,
            "sent_at": notice.sent_at.isoformat(),
            "reminders": notice.reminders,
            "reminded_at": notice.reminded_at.isoformat() if notice.reminded_at else None,
            "next_reminder_at": _next(notice, hold).isoformat()
            if active and hold.remind_days and not (notice.acknowledged_at or hold.released_at)
            else None,
            "acknowledged_at": notice.acknowledged_at.isoformat() if notice.acknowledged_at else None,
        }
        for notice, login, name, active in rows
    ]
