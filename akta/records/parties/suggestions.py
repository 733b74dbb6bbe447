"""What is likely one party and waits for a person, as somebody may see it."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session, aliased

from akta.access.principal import Principal
from akta.records.models import Record
from akta.records.parties.likeness import Side, judge
from akta.records.parties.models import Party, PartyMark, PartyPair, RecordParty
from akta.records.parties.visible import described, may_see, told_of


def list_suggestions(
    session: Session, principal: Principal, *, offset: int = 0, limit: int = 50, party_id: str | None = None
) -> tuple[list[dict[str, Any]], int | None]:
    """Pairs that are likely one party, surest first; both must be seen, and what speaks for it too."""
    a, b = aliased(Party), aliased(Party)
    query = (
        select(PartyPair, a.root_id, b.root_id)
        .join(a, a.id == PartyPair.a_id)
        .join(b, b.id == PartyPair.b_id)
        .where(PartyPair.state == "likely", a.root_id != b.root_id)
        .where(_leaf_seen(principal, PartyPair.a_id), _leaf_seen(principal, PartyPair.b_id))
        .order_by(PartyPair.score.desc(), PartyPair.a_id, PartyPair.b_id)
    )
    if party_id is not None:
        query = query.where(or_(a.root_id == party_id, b.root_id == party_id))
    rows = session.execute(query.offset(offset).limit(limit + 1)).all()
    apart = _apart(session, [r for _, x, y in rows for r in (x, y)])
    told = described(session, principal, {r for _, x, y in rows for r in (x, y)})
    done: set[frozenset[str]] = set()
    items = []
    for pair, one, other in rows[:limit]:
        both = frozenset((one, other))
        if both in done or both in apart:
            continue
        judged = judge(
            visible_side(session, principal, pair.a_id), visible_side(session, principal, pair.b_id)
        )
        if judged.verdict == "no":
            continue
        done.add(both)
        parties = sorted((told[one], told[other]), key=lambda p: (not p["nip"], -p["papers"], p["id"]))
        items.append(
            {
                "parties": parties,
                "likeness": round(judged.name, 3),
                "shared": sorted(judged.shared),
            }
        )
    return items, offset + limit if len(rows) > limit else None


def _leaf_seen(principal: Principal, leaf: Any) -> ColumnElement[bool]:
    return (
        select(RecordParty.record_id)
        .join(Record, Record.id == RecordParty.record_id)
        .where(RecordParty.party_id == leaf, told_of(principal))
        .exists()
    )


def _apart(session: Session, roots: Sequence[str]) -> set[frozenset[str]]:
    a, b = aliased(Party), aliased(Party)
    rows = session.execute(
        select(a.root_id, b.root_id)
        .select_from(PartyPair)
        .join(a, a.id == PartyPair.a_id)
        .join(b, b.id == PartyPair.b_id)
        .where(PartyPair.state == "apart", a.root_id.in_(roots), b.root_id.in_(roots))
    )
    return {frozenset((x, y)) for x, y in rows}


def visible_side(session: Session, principal: Principal, leaf_id: str) -> Side:
    """What the principal's records say of a leaf."""
    party = session.get(Party, leaf_id)
    names = session.execute(
        select(RecordParty.name, RecordParty.core)
        .join(Record, Record.id == RecordParty.record_id)
        .where(RecordParty.party_id == leaf_id, may_see(principal))
        .distinct()
        .limit(50)
    ).all()
    marks = session.execute(
        select(PartyMark.kind, PartyMark.value)
        .join(Record, Record.id == PartyMark.record_id)
        .where(PartyMark.party_id == leaf_id, may_see(principal))
        .distinct()
        .limit(200)
    ).all()
    return Side(
        {core for _, core in names},
        {(kind, value) for kind, value in marks},
        party.nip if party else None,
        party is not None and party.kind == "person",
    )
