"""Who is signed in, where and since when; ending that, for oneself and for administrators."""

from datetime import datetime
from hashlib import sha256

from sqlalchemy import select
from sqlalchemy.orm import Session

from akta.access.accounts import end_sessions, find_user
from akta.access.models import WebSession
from akta.access.principal import Principal
from akta.access.roles import Right
from akta.access.sessions import SESSION_IDLE
from akta.audit.log import AuditLog
from akta.kernel.errors import NotFoundError

_NUMBER = 16


def list_sessions(session: Session, user_id: str, now: datetime) -> list[WebSession]:
    """A person's live sessions, the one that was used last first."""
    query = select(WebSession).where(
        WebSession.user_id == user_id, WebSession.expires_at > now, WebSession.seen_at > now - SESSION_IDLE
    )
    return list(session.scalars(query.order_by(WebSession.seen_at.desc(), WebSession.id)))


def number_of(row: WebSession) -> str:
    """What a session is called on pages: the beginning of the hash of its secret."""
    return row.id[:_NUMBER]


def is_of(row: WebSession, secret: str) -> bool:
    """Whether a cookie's secret is that of this session."""
    return row.id == sha256(secret.encode()).hexdigest()


def end_own_session(
    session: Session, audit: AuditLog, principal: Principal, number: str, now: datetime
) -> None:
    """End one of the principal's own sessions. Raises NotFoundError."""
    _end_one(session, audit, principal, principal.user_id or "", number, now)


def end_own_others(
    session: Session, audit: AuditLog, principal: Principal, secret: str, now: datetime
) -> int:
    """End all of the principal's sessions but that of this secret; returns how many."""
    others = [row for row in list_sessions(session, principal.user_id or "", now) if not is_of(row, secret)]
    for row in others:
        session.delete(row)
    if others:
        _note_ended(session, audit, principal.actor, principal.user_id or "", len(others), now)
    return len(others)


def end_session_of(
    session: Session, audit: AuditLog, principal: Principal, login: str, number: str, now: datetime
) -> None:
    """End a session of somebody else, for administrators. Raises ForbiddenError, NotFoundError."""
    principal.require(Right.USERS)
    _end_one(session, audit, principal, find_user(session, login).id, number, now)


def end_sessions_of(
    session: Session, audit: AuditLog, principal: Principal, login: str, now: datetime
) -> int:
    """End all sessions of somebody, for administrators; returns how many. Raises as `end_session_of`."""
    principal.require(Right.USERS)
    user = find_user(session, login)
    count = len(list_sessions(session, user.id, now))
    end_sessions(session, user.id)
    _note_ended(session, audit, principal.actor, user.id, count, now)
    return count


def _end_one(
    session: Session, audit: AuditLog, principal: Principal, user_id: str, number: str, now: datetime
) -> None:
    mine = select(WebSession).where(
        WebSession.user_id == user_id, WebSession.id.startswith(number[:_NUMBER], autoescape=True)
    )
    row = session.scalars(mine).first() if len(number) == _NUMBER else None
    if row is None:
        raise NotFoundError("There is no such session. It may have ended already.")
    session.delete(row)
    _note_ended(session, audit, principal.actor, user_id, 1, now)


def _note_ended(
    session: Session, audit: AuditLog, actor: str, user_id: str, count: int, now: datetime
) -> None:
    audit.append(
        session,
        at=now,
        actor=actor,
        action="user.sessions_ended",
        subject=f"user:{user_id}",
        details={"sessions": count},
    )
