"""Papers that wait for a person: how many there are, and which one is next."""

from typing import Any

from sqlalchemy import ColumnElement, func, literal_column, or_, select
from sqlalchemy.orm import Session

from akta.access.principal import Principal
from akta.access.roles import Right
from akta.records.models import Receipt, Record
from akta.records.queue import ReviewItem
from akta.records.visibility import visible_to
from ingest.review.queue import Wanted, waiting

#: The states in which a paper waits for a person.
WAITING = ("review", "quarantined")


def waiting_counts(session: Session, principal: Principal) -> dict[str, int]:
    """How many papers of whatever day wait for a person, by state."""
    query = select(func.count()).select_from(Record).where(visible_to(principal))
    # Said in the statement itself, as the index of just these states is.
    return {
        state: session.scalar(query.where(Record.state == literal_column(f"'{state}'"))) or 0
        for state in WAITING
    }


def concerns(principal: Principal) -> ColumnElement[bool]:
    """What is counted of the papers that came in: those somebody may see, and those they brought in."""
    return or_(visible_to(principal), Receipt.owner_id == principal.user_id)


def next_to_review(session: Session, principal: Principal, record_id: str) -> dict[str, Any] | None:
    """The paper in review that comes after this one in the order; after the last, the first one again."""
    if Right.READ not in principal.rights:
        return None
    item = session.get(ReviewItem, record_id)
    here = (item.rank, item.record_id) if item else None
    everything = Wanted()
    rows = waiting(session, principal, everything, here, 1) or waiting(
        session, principal, everything, None, 1
    )
    others = [record for record, _ in rows if record.id != record_id]
    return {"id": others[0].id, "title": others[0].title or others[0].file_name} if others else None


def waits(principal: Principal, state: str) -> tuple[ColumnElement[bool], ...]:
    """The condition on `Record` for the papers of a state that somebody may see."""
    return visible_to(principal), Record.state == state
