"""Links between leaves: setting, taking back, and the root that each leaf has by them."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from akta.events.bus import bus
from akta.kernel.ids import new_id
from akta.records.events import PartiesJoined
from akta.records.parties.models import Party, PartyMerge, PartyPair


def join(
    session: Session, roots: Iterable[str], into: str, *, kind: str, actor: str, reason: str, now: datetime
) -> PartyMerge:
    """Link parties (by their roots) into another; papers stay with their leaves."""
    moved = sorted(set(roots) - {into})
    row = PartyMerge(
        id=new_id(),
        kind=kind,
        into_id=into,
        moved=moved,
        reason=reason,
        actor=actor,
        at=now,
        undone_by=None,
        undone_at=None,
    )
    session.add(row)
    session.flush()
    session.execute(update(Party).where(Party.id.in_(moved)).values(merged_into=into, merge_id=row.id))
    session.execute(update(Party).where(Party.root_id.in_(moved)).values(root_id=into))
    session.expire_all()
    bus.publish(session, PartiesJoined(into))
    return row


def part(session: Session, row: PartyMerge, actor: str, now: datetime) -> list[str]:
    """Take a merge back: the leaves it linked are roots again, with all that hangs on them."""
    linked = select(Party.id, Party.root_id).where(Party.merge_id == row.id)
    found = session.execute(linked).all()
    session.execute(update(Party).where(Party.merge_id == row.id).values(merged_into=None, merge_id=None))
    row.undone_by, row.undone_at = actor, now
    session.flush()
    reroot(session, {root for _, root in found})
    return [leaf for leaf, _ in found]


def reroot(session: Session, roots: Iterable[str]) -> None:
    """Work the roots out again for all leaves that have one of these."""
    session.flush()
    rows = session.execute(
        select(Party.id, Party.merged_into, Party.root_id).where(Party.root_id.in_(sorted(set(roots))))
    ).all()
    parent = {leaf: into for leaf, into, _ in rows}
    for leaf, _, before in rows:
        top = leaf
        while (above := parent.get(top)) is not None:
            top = above
        if top != before:
            session.execute(update(Party).where(Party.id == leaf).values(root_id=top))
    session.expire_all()


def set_pair(
    session: Session, one: str, other: str, state: str, score: float, actor: str, now: datetime
) -> None:
    """Keep that two leaves are likely one, or apart; what a person kept apart stays so."""
    a, b = sorted((one, other))
    pair = session.get(PartyPair, (a, b))
    if pair is None:
        session.add(PartyPair(a_id=a, b_id=b, state=state, score=score, actor=actor, at=now))
    elif state == "apart":
        pair.state, pair.actor, pair.at = state, actor, now
    elif pair.state == "likely":
        pair.score = max(pair.score, score)
    session.flush()


def as_data(row: PartyMerge) -> dict[str, Any]:
    """A merge as plain data."""
    return {
        "id": row.id,
        "kind": row.kind,
        "into": row.into_id,
        "moved": row.moved if row.kind != "split" else sorted({m["to"] for m in row.moved}),
        "actor": row.actor,
        "at": row.at.isoformat(),
        "reason": row.reason,
        "undone_at": row.undone_at.isoformat() if row.undone_at else None,
    }
