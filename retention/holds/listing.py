"""Holds as they are told: lists, one with all that belongs to it, its records, its evidence.

Of records only those are told and counted that the one who asks may see.
"""

from collections.abc import Iterable
from datetime import date
from typing import Any

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from akta.access.models import User
from akta.access.principal import Principal
from akta.access.roles import Right
from akta.kernel.errors import ForbiddenError, NotFoundError
from akta.records.holds import Hold, HoldFound, HoldItem, HoldNotice, HoldScope, HoldSearch, StoreGuard
from akta.records.models import Case, Record
from akta.records.parties.visible import described
from akta.records.visibility import visible_to


def records_of(session: Session, hold_id: str) -> int:
    """How many records a hold covers now."""
    covered = (
        select(func.count())
        .select_from(HoldItem)
        .where(HoldItem.hold_id == hold_id, HoldItem.active, HoldItem.provisional.is_(False))
    )
    return session.scalar(covered) or 0


def may_read(principal: Principal) -> None:
    """Raise ForbiddenError for who is neither officer nor auditor."""
    if not (principal.may(Right.HOLD) or principal.may(Right.AUDIT)):
        raise ForbiddenError("Holds are for officers and auditors.")


def list_holds(
    session: Session, principal: Principal, *, today: date | None = None, overdue: bool = False
) -> list[dict[str, Any]]:
    """All holds with how many records each covers, newest first; `overdue`: whose review day is over."""
    may_read(principal)
    asked = select(Hold).order_by(Hold.id.desc())
    if overdue:
        asked = asked.where(Hold.released_at.is_(None), Hold.review_on < today)
    holds = session.scalars(asked).all()
    counts = _counts(session, principal, [hold.id for hold in holds])
    names = _names(session, holds)
    return [_summary(hold, counts.get(hold.id, (0, 0, 0)), names, today) for hold in holds]


def count_overdue(session: Session, principal: Principal, today: date) -> int:
    """How many holds in force should have been reviewed by now."""
    may_read(principal)
    query = select(func.count()).select_from(Hold).where(Hold.released_at.is_(None), Hold.review_on < today)
    return session.scalar(query) or 0


def hold_detail(
    session: Session, principal: Principal, hold_id: str, *, today: date | None = None
) -> dict[str, Any]:
    """One hold: what it reaches, who was told, how far the store is. Raises NotFoundError."""
    may_read(principal)
    hold = _hold(session, hold_id)
    counts = _counts(session, principal, [hold_id]).get(hold_id, (0, 0, 0))
    told, acknowledged = session.execute(
        select(func.count(), func.count(HoldNotice.acknowledged_at)).where(HoldNotice.hold_id == hold_id)
    ).one()
    waiting = (
        select(func.count())
        .select_from(StoreGuard)
        .join(HoldItem, HoldItem.record_id == StoreGuard.record_id)
        .where(HoldItem.hold_id == hold_id)
    )
    return {
        **_summary(hold, counts, _names(session, [hold]), today),
        "notice": hold.notice,
        "release_reason": hold.release_reason,
        "released_by": hold.released_by,
        "scopes": _scopes(session, principal, hold_id),
        "searches": _searches(session, principal, hold_id),
        "custodians": told,
        "acknowledged": acknowledged,
        "waits_for_the_store": session.scalar(waiting) or 0,
    }


def hold_records(
    session: Session, principal: Principal, hold_id: str, *, after: str | None = None, limit: int = 100
) -> tuple[list[tuple[Record, HoldItem]], str | None]:
    """The records of a hold, also those that were released from it, and the cursor of the next page."""
    may_read(principal)
    _hold(session, hold_id)
    asked = (
        select(Record, HoldItem)
        .join(HoldItem, HoldItem.record_id == Record.id)
        .where(HoldItem.hold_id == hold_id, visible_to(principal))
        .order_by(HoldItem.record_id)
        .limit(limit + 1)
    )
    if after is not None:
        asked = asked.where(HoldItem.record_id > after)
    rows = [(record, item) for record, item in session.execute(asked)]
    return rows[:limit], rows[limit - 1][1].record_id if len(rows) > limit else None


def evidence(
    session: Session, principal: Principal, hold_id: str, *, after: str | None = None, limit: int = 1000
) -> dict[str, Any]:
    """The frozen searches of a hold, and of the newest search what it found, record by record.

    The digest of a search is over all that it found; `complete` says whether the one who asks sees
    all of that, and so can reckon it again.
    """
    may_read(principal)
    _hold(session, hold_id)
    searches = _searches(session, principal, hold_id)
    newest = next((s for s in reversed(searches) if s["digest"]), None)
    items: list[dict[str, Any]] = []
    cursor = None
    if newest is not None:
        asked = (
            select(HoldFound)
            .join(Record, Record.id == HoldFound.record_id)
            .where(HoldFound.search_id == newest["id"], visible_to(principal))
            .order_by(HoldFound.record_id)
            .limit(limit + 1)
        )
        if after is not None:
            asked = asked.where(HoldFound.record_id > after)
        rows = session.scalars(asked).all()
        items = [
            {"record": r.record_id, "sha256": r.sha256, "record_version": r.row_version} for r in rows[:limit]
        ]
        cursor = rows[limit - 1].record_id if len(rows) > limit else None
    return {"hold": hold_id, "searches": searches, "items": items, "next_cursor": cursor}


def _hold(session: Session, hold_id: str) -> Hold:
    hold = session.get(Hold, hold_id)
    if hold is None:
        raise NotFoundError("There is no such hold.", hold=hold_id[:40])
    return hold


def _counts(session: Session, principal: Principal, ids: list[str]) -> dict[str, tuple[int, int, int]]:
    """Of each hold: records ever, held now, kept unread now."""
    held = case((HoldItem.active & HoldItem.provisional.is_(False), 1), else_=0)
    unread = case((HoldItem.active & HoldItem.provisional, 1), else_=0)
    rows = session.execute(
        select(HoldItem.hold_id, func.count(), func.sum(held), func.sum(unread))
        .join(Record, Record.id == HoldItem.record_id)
        .where(HoldItem.hold_id.in_(ids), visible_to(principal))
        .group_by(HoldItem.hold_id)
    )
    return {hold_id: (int(ever), int(now), int(dark)) for hold_id, ever, now, dark in rows}


def _names(session: Session, holds: Iterable[Hold]) -> dict[str, str]:
    wanted = {actor.removeprefix("user:") for hold in holds for actor in (hold.owner, hold.placed_by)}
    rows = session.execute(select(User.id, User.name).where(User.id.in_(wanted)))
    return {f"user:{user_id}": name for user_id, name in rows}


def _summary(
    hold: Hold, counts: tuple[int, int, int], names: dict[str, str], today: date | None
) -> dict[str, Any]:
    over = hold.released_at is not None
    return {
        "id": hold.id,
        "matter": hold.matter,
        "reason": hold.reason,
        "authority": hold.authority,
        "state": hold.state,
        "owner": hold.owner,
        "owner_name": names.get(hold.owner, hold.owner.partition(":")[2]),
        "placed_by": hold.placed_by,
        "placed_by_name": names.get(hold.placed_by, hold.placed_by.partition(":")[2]),
        "placed_at": hold.placed_at.isoformat(),
        "review_on": hold.review_on.isoformat() if hold.review_on else None,
        "overdue": bool(not over and today and hold.review_on and hold.review_on < today),
        "released_at": hold.released_at.isoformat() if hold.released_at else None,
        "grace_until": hold.grace_until.isoformat() if hold.grace_until else None,
        "remind_days": hold.remind_days,
        "records": counts[0],
        "held_now": counts[1],
        "unread_now": counts[2],
    }


def _scopes(session: Session, principal: Principal, hold_id: str) -> list[dict[str, Any]]:
    rows = session.scalars(select(HoldScope).where(HoldScope.hold_id == hold_id).order_by(HoldScope.id)).all()
    parties = described(session, principal, [row.value for row in rows if row.kind == "party"])
    cases: dict[str, str] = {}
    for case_id, title in session.execute(
        select(Case.id, Case.title).where(Case.id.in_([row.value for row in rows if row.kind == "case"]))
    ):
        cases[case_id] = title
    return [
        {
            "kind": row.kind,
            "value": row.value,
            "name": row.value
            if row.kind == "query"
            else cases.get(row.value, "")
            if row.kind == "case"
            else parties.get(row.value, {}).get("name", ""),
            "reach": row.reach,
            "added_by": row.added_by,
            "added_at": row.added_at.isoformat(),
        }
        for row in rows
    ]


def _searches(session: Session, principal: Principal, hold_id: str) -> list[dict[str, Any]]:
    rows = session.scalars(
        select(HoldSearch).where(HoldSearch.hold_id == hold_id).order_by(HoldSearch.id)
    ).all()
    seen: dict[str, int] = {}
    for search_id, count in session.execute(
        select(HoldFound.search_id, func.count())
        .join(Record, Record.id == HoldFound.record_id)
        .where(HoldFound.search_id.in_([row.id for row in rows]), visible_to(principal))
        .group_by(HoldFound.search_id)
    ):
        seen[search_id] = count
    return [
        {
            "id": row.id,
            "query": row.query,
            "at": row.at.isoformat(),
            "found": seen.get(row.id, 0),
            "digest": row.digest,
            "complete": row.digest is not None and seen.get(row.id, 0) == row.found,
        }
        for row in rows
    ]
