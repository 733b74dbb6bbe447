"""Holds as the database has them against the log, the flags on records, the frozen searches and the store.

It finds what somebody with access to the database did past the triggers: a hold or an item made up, ended or
taken away, a flag changed, a record destroyed under a hold.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from akta.audit.models import AuditEntry
from akta.audit.reading import details_of
from akta.records.holds import Hold, HoldFound, HoldItem, HoldScope, HoldSearch, StoreGuard
from akta.records.models import Record, Rendition, Version
from akta.storage.port import BlobMissingError, BlobStore
from retention.holds.covering import INSIDE, UNREAD, digest_of, still_held

#: Holds of before scopes were there: their entries did not say how many items they added.
_COUNTED = "added"


def compare(session: Session, say: Callable[[str], None]) -> int:
    """Say each disagreement, in one snapshot; returns how many holds were looked at."""
    _against_log(session, say)
    _flags(session, say)
    _searches(session, say)
    _destroyed_under_hold(session, say)
    return session.scalar(select(func.count()).select_from(Hold)) or 0


def against_store(
    session: Session, store: BlobStore, say: Callable[[str], None], note: Callable[[str], None]
) -> int:
    """The store's own holds against ours; returns how many files were looked at. What waits is noted."""
    waiting = set(session.scalars(select(StoreGuard.record_id)))
    if waiting:
        note(f"{len(waiting)} records wait for the store to protect their files, or to let them go.")
    under = (
        select(HoldItem.record_id)
        .join(Hold, Hold.id == HoldItem.hold_id)
        .where(HoldItem.active, Hold.released_at.is_(None))
    )
    wanted: dict[str, str] = {}
    for model in (Version, Rendition):
        for sha256, record_id in session.execute(
            select(model.sha256, model.record_id).where(model.record_id.in_(under))
        ):
            wanted[sha256] = record_id
    seen = 0
    for sha256, record_id in sorted(wanted.items()):
        if record_id in waiting:
            continue
        seen += 1
        try:
            if not store.protection(sha256).legal_hold:
                say(
                    f"The store does not hold blob {sha256} of record {record_id}, which a legal hold covers."
                )
        except BlobMissingError:
            continue  # said where blobs are looked at
    return seen


def _against_log(session: Session, say: Callable[[str], None]) -> None:
    placed: set[str] = set()
    released: set[str] = set()
    added: Counter[str] = Counter()
    counted: set[str] = set()
    freed: Counter[str] = Counter()
    replayed: set[str] = set()
    reasons: dict[str, str] = {}
    said: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for hold_id, action, details in _entries(session):
        again = action == "hold.replayed"  # from the ledger, after a restore
        if action == "hold.placed" or (again and details.get("placed")):
            placed.add(hold_id)
            if _COUNTED in details:
                counted.add(hold_id)
        if action == "hold.released" or (again and details.get("released")):
            released.add(hold_id)
        if _COUNTED in details:
            added[hold_id] += int(details[_COUNTED])
        if action == "hold.records_released":
            freed[hold_id] += int(details.get("count", 0))
        if again:
            replayed.add(hold_id)
        if action == "hold.placed" and "reason" in details:
            reasons[hold_id] = str(details["reason"])
        if action in ("hold.placed", "hold.extended"):
            said[hold_id] += [(str(s.get("kind")), str(s.get("value"))) for s in _scopes(details)]
    holds = {hold.id: hold for hold in session.scalars(select(Hold))}
    for hold_id in sorted(placed - holds.keys()):
        say(f"The log says that hold {hold_id} was placed, but there is no such hold.")
    for hold_id, hold in sorted(holds.items()):
        if hold_id not in placed:
            say(f"Hold {hold_id} is not in the log.")
        if (hold.released_at is not None) != (hold_id in released):
            is_, was = ("released", "not") if hold.released_at else ("in force", "released")
            say(f"Hold {hold_id} is {is_}, but by the log it was {was}.")
        if hold.reason[:500] != reasons.get(hold_id, hold.reason[:500]):
            say(f"Hold {hold_id} has another reason than the log says.")
    asked = select(HoldItem.hold_id, func.count()).where(HoldItem.how != INSIDE).group_by(HoldItem.hold_id)
    rows: Counter[str] = Counter()
    for hold_id, count in session.execute(asked):
        rows[hold_id] = count
    for hold_id in sorted(counted):
        if rows[hold_id] != added[hold_id]:
            say(f"Hold {hold_id} has {rows[hold_id]} records, but by the log it was given {added[hold_id]}.")
    # A replay of the ledger, and a release that goes on, are told of all their records together.
    by_log = {
        i for i, hold in holds.items() if hold.state in ("active", "placing") and i in counted - replayed
    }
    _ended_items(session, {i: freed[i] for i in by_log}, say)
    _scopes_of(session, {i: said[i] for i in by_log}, say)


def _ended_items(session: Session, freed: dict[str, int], say: Callable[[str], None]) -> None:
    """Records that a hold in force no longer covers, against those that were released singly."""
    ended = (
        select(HoldItem.hold_id, func.count())
        .where(~HoldItem.active, ~HoldItem.provisional)
        .group_by(HoldItem.hold_id)
    )
    for hold_id, count in session.execute(ended):
        # One that was covered again leaves fewer ended than were released.
        if hold_id in freed and count > freed[hold_id]:
            say(f"Hold {hold_id} no longer covers {count} records, but by the log {freed[hold_id]} released.")
    forged = select(HoldItem.hold_id, HoldItem.record_id).where(HoldItem.provisional, HoldItem.how != UNREAD)
    for hold_id, record_id in session.execute(forged.limit(100)):
        say(f"Hold {hold_id} covers record {record_id} only for a time, though it was read.")


def _scopes_of(session: Session, said: dict[str, list[tuple[str, str]]], say: Callable[[str], None]) -> None:
    """What a hold in force reaches, against what it was said to reach."""
    rows: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for hold_id, kind, value in session.execute(select(HoldScope.hold_id, HoldScope.kind, HoldScope.value)):
        rows[hold_id].append((kind, value))
    for hold_id, scopes in sorted(said.items()):
        if sorted(rows[hold_id]) != sorted(scopes):
            say(f"Hold {hold_id} does not reach what the log says that it reaches.")


def _scopes(details: dict[str, Any]) -> list[dict[str, Any]]:
    scopes = details.get("scopes")
    return [s for s in scopes if isinstance(s, dict)] if isinstance(scopes, list) else []


def _entries(session: Session) -> Iterator[tuple[str, str, dict[str, Any]]]:
    query = (
        select(AuditEntry.subject, AuditEntry.action, AuditEntry.body)
        .where(AuditEntry.subject.startswith("hold:"))
        .order_by(AuditEntry.seq)
        .execution_options(yield_per=500)
    )
    for subject, action, body in session.execute(query):
        yield subject.removeprefix("hold:"), action, details_of(body)


def _flags(session: Session, say: Callable[[str], None]) -> None:
    unmarked = select(Record.id).where(~Record.held, still_held()).order_by(Record.id).limit(100)
    for record_id in session.scalars(unmarked):
        say(f"Record {record_id} is under a legal hold, but its row does not say so.")
    forged = select(Record.id).where(Record.held, ~still_held()).order_by(Record.id).limit(100)
    for record_id in session.scalars(forged):
        say(f"Record {record_id} says that it is held, but no hold covers it.")
    over = (
        select(HoldItem.hold_id, HoldItem.record_id)
        .join(Hold, Hold.id == HoldItem.hold_id)
        .where(HoldItem.active, Hold.released_at.is_not(None))
        .limit(100)
    )
    for hold_id, record_id in session.execute(over):
        say(f"Hold {hold_id} is released, but still covers record {record_id}: Akta did not release it.")
    bytes_gone = (
        select(HoldItem.record_id)
        .where(
            HoldItem.active,
            HoldItem.sha256.is_not(None),
            ~select(Version.id)
            .where(Version.record_id == HoldItem.record_id, Version.sha256 == HoldItem.sha256)
            .exists(),
        )
        .distinct()
        .limit(100)
    )
    for record_id in session.scalars(bytes_gone):
        say(f"Record {record_id} no longer has the bytes that it had when it came under a hold.")


def _searches(session: Session, say: Callable[[str], None]) -> None:
    for search in session.scalars(select(HoldSearch).where(HoldSearch.digest.is_not(None))).all():
        rows = session.execute(
            select(HoldFound.record_id, HoldFound.sha256)
            .where(HoldFound.search_id == search.id)
            .order_by(HoldFound.record_id)
            .execution_options(yield_per=5000)
        )
        if digest_of(_lines(rows)) != search.digest:
            say(f"What search {search.id} of a hold found was changed: the digest does not fit.")
    told = {
        details["search"]: details["digest"]
        for _, action, details in _entries(session)
        if action == "hold.searched" and {"search", "digest"} <= details.keys()
    }
    kept: dict[str, str | None] = {}
    for search_id, digest in session.execute(select(HoldSearch.id, HoldSearch.digest)):
        kept[search_id] = digest
    for search_id, digest in sorted(told.items()):
        if kept.get(search_id) != digest:
            say(f"Search {search_id} of a hold is not as the log has it.")


def _lines(rows: Iterable[Any]) -> Iterator[tuple[str, str | None]]:
    yield from rows


def _destroyed_under_hold(session: Session, say: Callable[[str], None]) -> None:
    query = (
        select(Record.id, HoldItem.hold_id)
        .join(HoldItem, HoldItem.record_id == Record.id)
        .where(
            Record.state == "destroyed",
            or_(Record.destroyed_at.is_(None), HoldItem.added_at <= Record.destroyed_at),
            or_(HoldItem.active, HoldItem.released_at > Record.destroyed_at),
        )
        .order_by(Record.id)
        .limit(100)
    )
    for record_id, hold_id in session.execute(query):
        say(f"Record {record_id} was destroyed while hold {hold_id} covered it.")
