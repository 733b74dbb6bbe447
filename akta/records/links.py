"""Links to a record that people give to colleagues: until when, and why.

A link widens nothing: who follows it must be signed in and see the record anyway, so it is no secret. It
says which record was meant, for how long, and that somebody passed it on.
"""

import secrets
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, ForeignKey, String, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from akta.access.principal import Principal
from akta.access.roles import Right
from akta.audit.log import AuditLog
from akta.db.base import Base, Id, Instant
from akta.kernel.errors import AktaError, ConflictError, ForbiddenError, InvalidError, NotFoundError
from akta.kernel.ids import new_id
from akta.records.visibility import get_visible

#: The longest that a link leads anywhere, and links of a record that do at once.
LONGEST: Final = timedelta(days=366)
MOST: Final = 50
_MOST_NOTE: Final = 500


class RecordLink(Base):
    """A link to a record. `word` is what its address ends with. It goes with the record's content."""

    __tablename__ = "record_links"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    word: Mapped[str] = mapped_column(String(32), unique=True)
    record_id: Mapped[str] = mapped_column(ForeignKey("records.id"), index=True)
    note: Mapped[str] = mapped_column(String(_MOST_NOTE))
    made_by: Mapped[str] = mapped_column(String(120))
    made_at: Mapped[datetime] = mapped_column(Instant)
    until: Mapped[datetime] = mapped_column(Instant)
    ended_by: Mapped[str | None] = mapped_column(String(120))
    ended_at: Mapped[datetime | None] = mapped_column(Instant)


class LinkOverError(AktaError):
    """The link led to a record that the person may see, and leads nowhere any more."""

    code = "link_over"


def make_link(
    session: Session,
    audit: AuditLog,
    principal: Principal,
    record_id: str,
    *,
    until: datetime,
    note: str,
    now: datetime,
) -> RecordLink:
    """A new link to a record that the principal may see, good until an instant (not included).

    Raises NotFoundError, InvalidError, ConflictError (too many links).
    """
    record = get_visible(session, principal, record_id)
    note = note.strip()
    if len(note) > _MOST_NOTE:
        raise InvalidError(f"A note has at most {_MOST_NOTE} characters.")
    if not now < until <= now + LONGEST:
        raise InvalidError("A link is good from now on, for a year at most. Say another day.")
    there = select(func.count()).select_from(RecordLink).where(RecordLink.record_id == record.id, *_good(now))
    if (session.scalar(there) or 0) >= MOST:
        raise ConflictError(f"The record has {MOST} links that are good. End one of them first.")
    link = RecordLink(
        id=new_id(),
        word=secrets.token_urlsafe(18),
        record_id=record.id,
        note=note,
        made_by=principal.actor,
        made_at=now,
        until=until,
    )
    session.add(link)
    # The note may name people: it stays out of the log, which outlives the record.
    details = {"link": link.id, "until": until.isoformat()}
    _note(session, audit, principal, "record.shared", record.id, now, details)
    return link


def end_link(
    session: Session, audit: AuditLog, principal: Principal, record_id: str, link_id: str, now: datetime
) -> RecordLink:
    """End a link: by who made it, or by those who decide about papers or let go of them.

    Ending one that has ended changes nothing. Raises NotFoundError, ForbiddenError.
    """
    record = get_visible(session, principal, record_id)
    link = session.get(RecordLink, link_id, with_for_update=True)
    if link is None or link.record_id != record.id:
        raise NotFoundError("There is no such link.")
    if not may_end(principal, link):
        raise ForbiddenError("A link is ended by who made it, or by an officer or clerk.")
    if link.ended_at is None and now < link.until:
        link.ended_at, link.ended_by = now, principal.actor
        _note(session, audit, principal, "record.share_ended", record.id, now, {"link": link.id})
    return link


def may_end(principal: Principal, link: RecordLink) -> bool:
    """Whether the principal may end a link to a record that they see."""
    return link.made_by == principal.actor or any(
        principal.may(right) for right in (Right.DECIDE, Right.HOLD, Right.DISPOSE)
    )


def links_of(session: Session, record_id: str, now: datetime) -> list[RecordLink]:
    """The links of a record that are good, those that end first first. The caller may see the record."""
    query = select(RecordLink).where(RecordLink.record_id == record_id, *_good(now))
    return list(session.scalars(query.order_by(RecordLink.until, RecordLink.id)))


def follow(session: Session, audit: AuditLog, principal: Principal, word: str, now: datetime) -> str:
    """The number of the record that a link leads to; that it was followed is written down.

    Raises NotFoundError for a link that never was and for a record that the principal may not see, good or
    not; LinkOverError.
    """
    link = session.scalars(select(RecordLink).where(RecordLink.word == word[:64])).first()
    if link is None:
        raise NotFoundError("There is no such record.")
    record = get_visible(session, principal, link.record_id)
    if link.ended_at is not None or now >= link.until:
        raise LinkOverError("This link is over. Ask who gave it to you for a new one, or search the record.")
    _note(session, audit, principal, "record.share_opened", record.id, now, {"link": link.id})
    return record.id


def _good(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return RecordLink.ended_at.is_(None), RecordLink.until > now


def _note(
    session: Session,
    audit: AuditLog,
    principal: Principal,
    action: str,
    record_id: str,
    now: datetime,
    details: dict[str, str],
) -> None:
    audit.append(
        session, at=now, actor=principal.actor, action=action, subject=f"record:{record_id}", details=details
    )
