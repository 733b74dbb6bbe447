"""Bringing records under a hold and letting them go again: by sets, never record by record."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, Final

from sqlalchemy import ColumnElement, insert, inspect, select, update
from sqlalchemy.orm import Session, aliased

from akta.events.bus import bus
from akta.records.events import HoldsChanged
from akta.records.guard import batches, family, lock_all, newest_bytes
from akta.records.holds import Hold, HoldItem
from akta.records.models import Record

#: How a record came under a hold.
NAMED: Final = "named"
INSIDE: Final = "inside"
CASE: Final = "case"
PARTY: Final = "party"
QUERY: Final = "query"
UNREAD: Final = "unread"
#: So many numbers of records stand in an entry of the log; the digest is over all.
_TOLD: Final = 200


@dataclass(frozen=True, slots=True)
class Covered:
    """What a hold covers now that it did not: all `fresh` records, and which of them came by themselves.

    `rows` are items that were not there before, without those of papers inside others.
    """

    fresh: tuple[str, ...]
    rows: int

    def as_details(self, bytes_of: Mapping[str, str]) -> dict[str, Any]:
        """For an entry of the log."""
        return {**told(self.fresh, bytes_of), "added": self.rows}


def cover(
    session: Session,
    hold_id: str,
    record_ids: Iterable[str],
    how: str,
    now: datetime,
    *,
    again: bool = False,
) -> tuple[Covered, dict[str, str]]:
    """Put records, and all that was found in them, under a hold; locks them in the order of their numbers.

    What was released from this hold by a person stays free, unless `again`. Those that are destroyed
    are left out. Returns what is new, and the bytes of those records.
    """
    named = set(record_ids)
    ids = lock_all(session, family(session, named))
    known = _items(session, hold_id, ids)
    fresh = [i for i in ids if i not in known]
    kept = [i for i, item in known.items() if _comes_back(item, again)]
    bytes_of = newest_bytes(session, [*fresh, *kept])
    if fresh:
        session.execute(
            insert(HoldItem),
            [
                {
                    "hold_id": hold_id,
                    "record_id": i,
                    "added_at": now,
                    "active": True,
                    "provisional": False,
                    "how": how if i in named else INSIDE,
                    "sha256": bytes_of.get(i),
                    "released_at": None,
                    "released_by": None,
                    "grace_until": None,
                }
                for i in fresh
            ],
        )
    for i in kept:
        item = known[i]
        if item.provisional:
            item.how, item.sha256 = how, bytes_of.get(i)
        item.active, item.provisional = True, False
        item.released_at = item.released_by = item.grace_until = None
    session.flush()
    new = tuple(sorted((*fresh, *kept)))
    mark(session, new)
    return Covered(new, sum(i in named for i in fresh)), bytes_of


def keep_unread(session: Session, hold_id: str, record_ids: Iterable[str], now: datetime) -> list[str]:
    """Keep records that could not be read from being destroyed; returns those that are new."""
    ids = lock_all(session, record_ids)
    known = _items(session, hold_id, ids)
    fresh = [i for i in ids if i not in known]
    bytes_of = newest_bytes(session, fresh)
    for i in fresh:
        session.add(
            HoldItem(
                hold_id=hold_id,
                record_id=i,
                added_at=now,
                active=True,
                provisional=True,
                how=UNREAD,
                sha256=bytes_of.get(i),
            )
        )
    for item in known.values():
        if item.provisional and not item.active and item.released_at is None:
            item.active = True
    session.flush()
    return fresh


def mark(session: Session, record_ids: Iterable[str]) -> None:
    """Say on the records' rows that they are held, and tell those who follow records."""
    for some in batches(record_ids):
        session.execute(
            update(Record)
            .where(Record.id.in_(some))
            .values(held=True, row_version=Record.row_version + 1)
            .execution_options(synchronize_session=False)
        )
        _tell(session, some)


def unmark(session: Session, record_ids: Iterable[str]) -> list[str]:
    """Free the (locked) records that no hold covers any more; returns them."""
    freed: list[str] = []
    for some in batches(record_ids):
        free = list(
            session.scalars(
                select(Record.id)
                .where(Record.id.in_(some), Record.held, Record.state != "destroyed", ~still_held())
                .order_by(Record.id)
            )
        )
        session.execute(
            update(Record)
            .where(Record.id.in_(free))
            .values(held=False, row_version=Record.row_version + 1)
            .execution_options(synchronize_session=False)
        )
        freed += free
        _tell(session, some)
    return freed


def still_held() -> ColumnElement[bool]:
    """The condition on `Record` that a hold covers it."""
    item, hold = aliased(HoldItem), aliased(Hold)
    return (
        select(item.record_id)
        .join(hold, hold.id == item.hold_id)
        .where(
            item.record_id == Record.id,
            item.active,
            item.provisional.is_(False),
            hold.released_at.is_(None),
        )
        .exists()
    )


def told(record_ids: Iterable[str], bytes_of: Mapping[str, str]) -> dict[str, Any]:
    """Records as an entry of the log tells them: how many, the first of them, and the digest of all."""
    ids = sorted(record_ids)
    return {"records": ids[:_TOLD], "count": len(ids), "digest": digest_of((i, bytes_of.get(i)) for i in ids)}


def digest_of(rows: Iterable[tuple[str, str | None]]) -> str:
    """SHA-256 over a line `record sha256` for each of the rows, which come in the order of the records."""
    out = sha256()
    for record_id, content in rows:
        out.update(f"{record_id} {content or '-'}\n".encode())
    return out.hexdigest()


def _items(session: Session, hold_id: str, ids: Iterable[str]) -> dict[str, HoldItem]:
    known: dict[str, HoldItem] = {}
    for some in batches(ids):
        asked = select(HoldItem).where(HoldItem.hold_id == hold_id, HoldItem.record_id.in_(some))
        for item in session.scalars(asked.execution_options(populate_existing=True)):
            known[item.record_id] = item
    return known


def _comes_back(item: HoldItem, again: bool) -> bool:
    if item.provisional:
        return True
    return not item.active and again


def _tell(session: Session, ids: list[str]) -> None:
    # Rows that the session has loaded are out of date now.
    changed = set(ids)
    for loaded in list(session.identity_map.values()):
        if isinstance(loaded, Record) and (inspect(loaded).identity or ("",))[0] in changed:
            session.expire(loaded)
    bus.publish(session, HoldsChanged(tuple(ids)))
