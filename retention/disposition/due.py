"""What is due: found by a query whenever somebody asks, never by a clock that acts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session

from akta.access.principal import Principal
from akta.records.models import Record
from akta.records.visibility import visible_to
from retention.disposition.models import OPEN, Disposition, DispositionItem


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which of the due records: kept through a day before `before` (a civil date), of a class, of a domain.

    Empty texts mean all.
    """

    before: date
    domain: str = ""
    class_code: str = ""


def due(principal: Principal, wanted: Wanted) -> Select[Record]:
    """The filed records that the principal may see, whose keeping is over and that no disposition holds."""
    query = select(Record).where(
        visible_to(principal),
        or_(Record.state == "filed", and_(Record.state == "rejected", Record.reason == "merged")),
        ~Record.held,
        Record.retention_state == "until",
        Record.retain_through < wanted.before,
        ~_waiting(),
    )
    if wanted.domain:
        query = query.where(Record.domain == wanted.domain)
    if wanted.class_code:
        query = query.where(Record.class_code == wanted.class_code)
    return query


def in_open_disposition(session: Session, ids: Sequence[str]) -> list[str]:
    """Those of the records that a disposition holds which has not ended."""
    return list(session.scalars(select(Record.id).where(Record.id.in_(ids), _waiting())))


def count_due(session: Session, principal: Principal, wanted: Wanted) -> int:
    """How many are due."""
    return session.scalar(select(func.count()).select_from(due(principal, wanted).subquery())) or 0


def _waiting() -> ColumnElement[bool]:
    return (
        select(DispositionItem.record_id)
        .join(Disposition, Disposition.id == DispositionItem.disposition_id)
        .where(
            DispositionItem.record_id == Record.id,
            Disposition.state.in_(OPEN),
            DispositionItem.decision.in_(("open", "accept")),
            DispositionItem.outcome.is_(None),
        )
        .exists()
    )
