"""Requests of persons as plain data, and what comes up again."""

from datetime import date
from typing import Any

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from akta.access.principal import Principal
from akta.access.roles import Right
from akta.kernel.errors import ForbiddenError
from akta.records.models import Record
from akta.records.visibility import visible_to
from retention.requests.models import SubjectItem, SubjectRequest
from retention.requests.service import ARTICLES

KINDS_TEXT = {
    "access": ("Access", "Dostęp do danych"),
    "erasure": ("Erasure", "Usunięcie danych"),
    "restriction": ("Restriction", "Ograniczenie przetwarzania"),
    "objection": ("Objection", "Sprzeciw"),
}
DECISIONS_TEXT = {
    "erase": ("Erase", "Usunąć"),
    "redact": ("Give out with areas blacked out", "Wydać z zaczernieniem"),
    "restrict": ("Only officers see it", "Ograniczyć dostęp"),
    "refuse": ("Refuse", "Odmówić"),
    "give": ("Give out", "Wydać"),
}


def list_requests(
    session: Session, principal: Principal, today: date, language: str, *, limit: int = 100
) -> list[dict[str, Any]]:
    """The requests, those that must be answered first on top."""
    _require(principal)
    query = select(SubjectRequest).order_by(
        SubjectRequest.state.desc(), SubjectRequest.due_on, SubjectRequest.id
    )
    return [
        request_data(session, principal, one, today, language) for one in session.scalars(query.limit(limit))
    ]


def count_open(session: Session, principal: Principal, today: date) -> tuple[int, int]:
    """How many requests wait for an answer, and how many of them too long."""
    _require(principal)
    query = select(func.count(), func.count().filter(SubjectRequest.due_on < today))
    waiting, late = session.execute(query.where(SubjectRequest.state == "open")).one()
    return waiting, late


def request_data(
    session: Session, principal: Principal, made: SubjectRequest, today: date, language: str
) -> dict[str, Any]:
    """A request with how many of its records, of those that may be seen, wait for a decision."""
    counted = (
        select(SubjectItem.decision, func.count())
        .join(Record, Record.id == SubjectItem.record_id)
        .where(SubjectItem.request_id == made.id, visible_to(principal))
        .group_by(SubjectItem.decision)
    )
    counts = {decision or "waiting": count for decision, count in session.execute(counted)}
    return {
        "id": made.id,
        "kind": made.kind,
        "kind_text": _say(KINDS_TEXT, made.kind, language),
        "subject": made.subject,
        "contact": made.contact,
        "note": made.note,
        "received_on": made.received_on.isoformat(),
        "due_on": made.due_on.isoformat(),
        "extended": made.extended,
        "late": made.state == "open" and made.due_on < today,
        "state": made.state,
        "identity": made.identity_how or None,
        "registered_by": made.registered_by,
        "closed_at": made.closed_at.isoformat() if made.closed_at else None,
        "counts": counts,
    }


def items_data(
    session: Session, principal: Principal, made: SubjectRequest, language: str
) -> list[dict[str, Any]]:
    """The records of a request that may be seen, with what was decided on each."""
    query = (
        select(SubjectItem, Record)
        .join(Record, Record.id == SubjectItem.record_id)
        .where(SubjectItem.request_id == made.id, visible_to(principal))
        .order_by(SubjectItem.record_id)
    )
    return [_item(item, record, language) for item, record in session.execute(query)]


def coming_up_again(
    session: Session, principal: Principal, today: date, language: str, *, limit: int = 200
) -> list[dict[str, Any]]:
    """What was refused or restricted because of a hold or a duty that has ended since; a query, no more."""
    _require(principal)
    passing = [article for article, ends in ARTICLES.items() if ends]
    query = (
        select(SubjectItem, Record)
        .join(Record, Record.id == SubjectItem.record_id)
        .where(
            or_(SubjectItem.decision == "restrict", SubjectItem.decision == "refuse"),
            SubjectItem.article.in_(passing),
            SubjectItem.asked_again_at.is_(None),
            visible_to(principal),
            Record.state == "filed",
            ~Record.held,
            and_(Record.retention_state == "until", Record.retain_through < today),
        )
        .order_by(SubjectItem.decided_at, SubjectItem.record_id)
    )
    return [
        {**_item(item, record, language), "request": item.request_id}
        for item, record in session.execute(query.limit(limit))
    ]


def _item(item: SubjectItem, record: Record, language: str) -> dict[str, Any]:
    return {
        "record": item.record_id,
        "title": record.title or record.file_name,
        "record_state": record.state,
        "class": record.class_code,
        "kept_through": record.retain_through.isoformat() if record.retain_through else None,
        "retention_state": record.retention_state,
        "held": record.held,
        "restricted": record.restricted,
        "decision": item.decision,
        "decision_text": _say(DECISIONS_TEXT, item.decision, language),
        "article": item.article,
        "reason": item.reason,
        "decided_by": item.decided_by,
        "disposition": item.disposition_id,
    }


def _require(principal: Principal) -> None:
    if not {Right.DISPOSE, Right.AUDIT} & principal.rights:
        raise ForbiddenError("Requests of persons are for officers and auditors.")


def _say(table: dict[str, tuple[str, str]], code: str | None, language: str) -> str:
    pair = table.get(code or "")
    return (pair[1] if language == "pl" else pair[0]) if pair else ""
