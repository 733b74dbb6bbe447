"""The papers filed unseen that a person is asked about."""

from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from akta.access.principal import Principal
from akta.access.roles import Right
from akta.db.hints import unindexed
from akta.records.judgements import Judgement
from akta.records.models import Record
from akta.records.visibility import visible_to


def waiting(principal: Principal) -> tuple[ColumnElement[bool], ...]:
    """The condition on `Record` joined with `Judgement`: asked, not answered, and theirs to see."""
    return (
        Judgement.asked.is_(True),
        Judgement.how.is_(None),
        Judgement.current.is_(True),
        unindexed(Record.state) == "filed",  # as most are; few are asked about
        visible_to(principal),
    )


def count(session: Session, principal: Principal) -> int:
    """How many papers somebody is asked about."""
    query = select(func.count()).select_from(Judgement).join(Record, Record.id == Judgement.record_id)
    return session.scalar(query.where(*waiting(principal))) or 0


def listed(session: Session, principal: Principal, after: str, limit: int) -> list[Record]:
    """The papers somebody is asked about, the oldest first. Raises ForbiddenError."""
    principal.require(Right.CORRECT)
    query = select(Record).join(Judgement, Record.id == Judgement.record_id)
    found = query.where(*waiting(principal), Judgement.record_id > after)
    found = found.order_by(Judgement.record_id).limit(limit)
    return list(session.scalars(found))


def asked(session: Session, principal: Principal, record_id: str) -> bool:
    """Whether somebody is asked about this paper."""
    if not principal.may(Right.CORRECT):
        return False
    query = select(Record.id).join(Judgement, Record.id == Judgement.record_id)
    return session.scalar(query.where(*waiting(principal), Record.id == record_id).limit(1)) is not None


def as_item(record: Record) -> dict[str, Any]:
    """What a list of spot checks says of a paper."""
    return {
        "id": record.id,
        "version": record.row_version,
        "title": record.title or record.file_name,
        "domain": record.domain,
        "doc_type": record.doc_type,
        "confidence": record.confidence,
        "received_at": record.received_at.isoformat(),
    }
