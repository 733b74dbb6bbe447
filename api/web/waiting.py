"""Papers that wait for a person: how many there are, and which one is next."""

from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from akta.access.principal import Principal
from akta.records.models import Record
from akta.records.visibility import visible_to

#: The states in which a paper waits for a person.
WAITING = ("review", "quarantined")


def waiting_counts(session: Session, principal: Principal) -> dict[str, int]:
    """How many papers of whatever day wait for a person, by state."""
    counted = dict.fromkeys(WAITING, 0)
    query = select(Record.state, func.count()).where(visible_to(principal), Record.state.in_(WAITING))
    for state, count in session.execute(query.group_by(Record.state)):
        counted[state] = count
    return counted


def next_to_review(session: Session, principal: Principal, record_id: str) -> dict[str, Any] | None:
    """The paper in review that comes after this one; after the last, the oldest one again."""
    query = (
        select(Record.id, Record.title, Record.file_name)
        .where(*waits(principal, "review"), Record.id != record_id)
        .order_by(Record.id <= record_id, Record.id)
        .limit(1)
    )
    row = session.execute(query).first()
    return {"id": row.id, "title": row.title or row.file_name} if row else None


def waits(principal: Principal, state: str) -> tuple[ColumnElement[bool], ...]:
    """The condition on `Record` for the papers of a state that somebody may see."""
    return visible_to(principal), Record.state == state
