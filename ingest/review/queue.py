"""The queue as it is kept and asked for.

It is kept in the transaction of whatever changes a record: papers come into review and leave
it on many ways, and all of them tell that the record changed.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, delete, func, literal_column, or_, select, tuple_, update
from sqlalchemy.orm import Session

from akta.access.principal import Principal
from akta.access.roles import Right
from akta.kernel.errors import ConflictError, InvalidError, NotFoundError
from akta.kernel.ids import is_id
from akta.records.events import RecordChanged
from akta.records.masking import sensitive_on
from akta.records.models import Field, Record
from akta.records.queue import ReviewItem, ReviewKey, ReviewSkip
from akta.records.visibility import get_visible, visible_to
from ingest.filing import date_of
from ingest.review.ranking import MOST_ALIKE, Facts, bucket, forward, rank

#: How long a paper is kept for the person it was given to.
TAKEN: Final = timedelta(minutes=10)
#: How long a paper that was put off stays away from the one who did.
PUT_OFF: Final = timedelta(hours=4)
_TELLING: Final = ("nip:", "iban:", "tax:", "reg:", "name:")
#: Fields whose amount says what a doubt may cost; a sensitive one says nothing.
MONEY: Final = ("amount_due", "total", "net_pay")
#: Doubts about what a paper is.
KIND_DOUBTS: Final = frozenset(["unsure_type", "not_ours"])
_EVEN: Final = 0.5  # of a doubt of which nothing is known
_CURSOR: Final = re.compile(r"(-?\d{1,15})\.([0-9a-z]{26})")

Place = tuple[int, str]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which papers of the queue are asked for; None means all. `owner` is the number of a user."""

    domain: str | None = None
    doc_type: str | None = None
    reason: str | None = None
    owner: str | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        """As conditions on `Record`."""
        columns = (
            (Record.domain, self.domain),
            (Record.doc_type, self.doc_type),
            (Record.reason, self.reason),
            (Record.owner_id, self.owner),
        )
        # Not by the indexes of these columns: few steps along the order find a page of them, where
        # an index finds all papers there are and leaves them to be sorted.
        return [func.coalesce(column, "") == value for column, value in columns if value is not None]


# -- keeping -----------------------------------------------------------------------


def keep_queue(session: Session, event: RecordChanged) -> None:
    """Put a record that changed into the queue, at its place, or take it out."""
    record = session.get(Record, event.record_id)
    if record is None:
        return
    item = session.get(ReviewItem, record.id)
    if record.state != "review":
        if item is not None:
            sender = item.sender
            session.delete(item)
            session.flush()
            _resettle(session, sender)
            session.execute(delete(ReviewSkip).where(ReviewSkip.record_id == record.id))
        return
    before = item.sender if item else None
    made = rank(_facts(session, record))
    sender = _main_key(session, record.id)
    if item is None:
        item = ReviewItem(record_id=record.id, alike=1)
    elif sender is None:
        item.alike = 1
    item.sender, item.base, item.terms = sender, made.base, list(made.terms)
    item.rank = made.base - forward(item.alike)
    session.add(item)
    session.flush()
    for one in {before, sender}:
        _resettle(session, one)


def keep_keys(session: Session, record_id: str, keys: dict[str, float]) -> None:
    """Keep by which keys the sender of a paper that goes to review is known."""
    session.execute(delete(ReviewKey).where(ReviewKey.record_id == record_id))
    for key, weight in keys.items():
        session.add(ReviewKey(record_id=record_id, key=key[:120], weight=weight))
    session.flush()


def _main_key(session: Session, record_id: str) -> str | None:
    """The key that tells most; papers that share it are counted as of one sender."""
    keys = session.scalars(select(ReviewKey.key).where(ReviewKey.record_id == record_id)).all()
    told = [key for start in _TELLING for key in sorted(keys) if key.startswith(start)]
    return told[0] if told else None


def _waiting(session: Session, sender: str | None) -> int:
    """How many papers of a sender wait, counted no further than matters; at least one."""
    if sender is None:
        return 1
    some = select(ReviewItem.record_id).where(ReviewItem.sender == sender).limit(MOST_ALIKE)
    return max(1, session.scalar(select(func.count()).select_from(some.subquery())) or 1)


def _resettle(session: Session, sender: str | None) -> None:
    """Bring the other papers of a sender to the place that their number gives them.

    Rows that somebody else holds are left: an order a little behind is better than a wait.
    """
    if sender is None:
        return
    count = bucket(_waiting(session, sender))
    stale = (
        select(ReviewItem)
        .where(ReviewItem.sender == sender, ReviewItem.alike != count)
        .order_by(ReviewItem.record_id)
        .limit(2 * MOST_ALIKE)
        .with_for_update(skip_locked=True)
    )
    for item in session.scalars(stale):
        item.alike, item.rank = count, item.base - forward(count)
    session.flush()


def _facts(session: Session, record: Record) -> Facts:
    asked = select(Field.name, Field.value, Field.confidence).where(Field.record_id == record.id)
    fields = {name: (value, confidence) for name, value, confidence in session.execute(asked)}
    told = [name for name in MONEY if name in fields and name not in sensitive_on(record)]
    amount = next((a for name in told if (a := _decimal(fields[name][0]))), None)
    due = date_of(fields["due_date"][0]) if "due_date" in fields else None
    wrong, places = 0.0, 0
    for doubt in record.doubts or [{"reason": record.reason, "params": {}}]:
        names = doubtful_names(doubt)
        places += max(1, len(names))
        if doubt["reason"] in KIND_DOUBTS:
            wrong = max(wrong, 1 - (record.confidence or 0.0))
        elif names:
            sure = [fields[name][1] if name in fields else _EVEN for name in names]
            wrong = max(wrong, 1 - min(sure))
        else:
            wrong = max(wrong, _EVEN)
    currency = fields["currency"][0] if "currency" in fields else ""
    return Facts(record.received_at, amount, currency[:3], due, wrong, places)


def doubtful_names(doubt: dict[str, Any]) -> list[str]:
    """The fields that a doubt is about."""
    params = doubt.get("params") or {}
    if doubt["reason"] == "unsure_fields":
        return [name for name in str(params.get("fields", "")).split(", ") if name]
    return [str(params["field"])] if params.get("field") else []


def _decimal(value: str) -> Decimal | None:
    try:
        found = Decimal(value)
    except InvalidOperation:
        return None
    return found if found.is_finite() and abs(found) < Decimal("1e15") else None


# -- asking ------------------------------------------------------------------------


def cursor_of(item: ReviewItem) -> str:
    """The place of a paper in the order, to go on from."""
    return f"{item.rank}.{item.record_id}"


def place_of(cursor: str | None) -> Place | None:
    """The inverse of `cursor_of`. Raises InvalidError."""
    if cursor is None:
        return None
    match = _CURSOR.fullmatch(cursor)
    if match is None or not is_id(match.group(2)):
        raise InvalidError("That is not a cursor of this list.", cursor=cursor[:40])
    return int(match.group(1)), match.group(2)


def person_of(principal: Principal) -> str:
    """Who claims and skips: a person is the same on the web and with a token."""
    return principal.user_id or principal.actor


def waiting(
    session: Session, principal: Principal, wanted: Wanted, after: Place | None, limit: int
) -> list[tuple[Record, ReviewItem]]:
    """The papers in review that a principal may see, the most valuable doubt first."""
    principal.require(Right.READ)
    rows = session.execute(_ordered(principal, wanted, after).limit(limit))
    return [(row[0], row[1]) for row in rows]


def counts(session: Session, principal: Principal, wanted: Wanted) -> dict[str, Any]:
    """How many papers wait of those asked for: in all, by domain, type, and reason."""
    principal.require(Right.READ)
    columns = (Record.domain, Record.doc_type, Record.reason)
    asked = select(*columns, func.count()).where(
        visible_to(principal), Record.state == literal_column("'review'"), *wanted.conditions()
    )  # a literal, because SQLite compares it with the condition of the index
    out: dict[str, Any] = {"total": 0, "domain": {}, "doc_type": {}, "reason": {}}
    for domain, doc_type, why, count in session.execute(asked.group_by(*columns)):
        out["total"] += count
        for name, value in (("domain", domain), ("doc_type", doc_type), ("reason", why)):
            key = value or "none"
            out[name][key] = out[name].get(key, 0) + count
    return out


def skipped(session: Session, principal: Principal, record_ids: Sequence[str], now: datetime) -> set[str]:
    """Which of these papers the person put off."""
    asked = select(ReviewSkip.record_id).where(
        ReviewSkip.person == person_of(principal),
        ReviewSkip.until > now,
        ReviewSkip.record_id.in_(record_ids),
    )
    return set(session.scalars(asked))


def take_next(
    session: Session, principal: Principal, wanted: Wanted, after: Place | None, now: datetime
) -> tuple[Record, ReviewItem] | None:
    """Give the person the next paper that nobody else looks at; their last one is free again.

    Papers that they put off are passed over. None where there is nothing (more).
    """
    principal.require(Right.CORRECT)
    me = person_of(principal)
    put_off = select(ReviewSkip.record_id).where(
        ReviewSkip.record_id == ReviewItem.record_id, ReviewSkip.person == me, ReviewSkip.until > now
    )
    query = (
        _ordered(principal, wanted, after)
        .where(free_for(me, now), ~put_off.exists())
        .limit(1)
        .with_for_update(of=ReviewItem, skip_locked=True)
    )
    row = session.execute(query).first()
    mine = update(ReviewItem).where(ReviewItem.taken_by == me)
    if row is None:
        session.execute(mine.values(taken_by=None, taken_until=None))
        return None
    record, item = row[0], row[1]
    mine = mine.where(ReviewItem.record_id != item.record_id)
    session.execute(mine.values(taken_by=None, taken_until=None))
    item.taken_by, item.taken_until = me, now + TAKEN
    session.flush()
    return record, item


def put_off(session: Session, principal: Principal, record_id: str, now: datetime) -> datetime:
    """Pass a paper over for this person; until when. Raises ConflictError if it is not in review."""
    principal.require(Right.CORRECT)
    get_visible(session, principal, record_id)
    item = session.get(ReviewItem, record_id, with_for_update=True, populate_existing=True)
    if item is None:
        raise ConflictError("Only a paper in review can be put off.")
    me = person_of(principal)
    skip = session.get(ReviewSkip, (record_id, me)) or ReviewSkip(record_id=record_id, person=me)
    skip.until = now + PUT_OFF
    session.add(skip)
    if item.taken_by == me:
        item.taken_by = item.taken_until = None
    session.flush()
    return skip.until


def free_for(me: str, now: datetime) -> ColumnElement[bool]:
    """Whether nobody else looks at a paper."""
    return or_(ReviewItem.taken_by.is_(None), ReviewItem.taken_by == me, ReviewItem.taken_until <= now)


def item_of(session: Session, record_id: str) -> ReviewItem:
    """The place of a paper in the queue. Raises NotFoundError."""
    item = session.get(ReviewItem, record_id)
    if item is None:
        raise NotFoundError("This paper does not wait for review.", record=record_id)
    return item


def _ordered(principal: Principal, wanted: Wanted, after: Place | None) -> Select[Record, ReviewItem]:
    # A row of the queue is there exactly while its record is in review. To ask for the state as
    # well would have SQLite look all of them up by it and sort them, rather than walk the order.
    query = (
        select(Record, ReviewItem)
        .select_from(ReviewItem)
        .join(Record, Record.id == ReviewItem.record_id)
        .where(visible_to(principal), *wanted.conditions())
        .order_by(ReviewItem.rank, ReviewItem.record_id)
    )
    if after is not None:
        query = query.where(tuple_(ReviewItem.rank, ReviewItem.record_id) > after)
    return query
