"""Parties as somebody may see them: only through the records that they may see.

Names, counts, spellings and numbers that come from other records alone are not shown, and a
party of which no paper can be seen is not there. A name that a person gave is seen by all
who see the party.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, bindparam, false, func, or_, select
from sqlalchemy.orm import Session

from akta.access.principal import Principal
from akta.kernel.errors import NotFoundError
from akta.records.masking import sensitive_there
from akta.records.models import Record
from akta.records.parties.models import ROLES, Party, PartyBlock, PartyMark, PartyMerge, RecordParty
from akta.records.parties.names import fold, words
from akta.records.views import summary
from akta.records.visibility import visible_to

#: Kinds of marks that are shown as identifiers; numbers of people stay on their papers.
IDENTIFIERS: Final = ("nip", "regon", "iban", "reg", "tax")
#: Fields of which the account of a party comes.
_ACCOUNTS: Final = ("bank_account", "account")
_MOST_SPELLINGS: Final = 200
_MOST_MERGES: Final = 100
_MOST_LEAVES: Final = 300
#: Papers of a leaf that a list looks at, and the page of one party.
MOST_LOOKED_AT: Final = 200
_MOST_OF_ONE: Final = 5000
_NUMBER_FROM: Final = 6


def may_see(principal: Principal) -> ColumnElement[bool]:
    """The condition on `Record` for what a party may be seen through."""
    return and_(visible_to(principal), Record.state != "destroyed")


def told_of(principal: Principal) -> ColumnElement[bool]:
    """The condition on `Record` and `RecordParty` for what a party is told through.

    Whom papers name in a sensitive role only (patients) stands in no list: they are found through a search
    of their papers, by what one knows of them.
    """
    hidden = (and_(RecordParty.role == role, sensitive_there(role)) for role in ROLES)
    return and_(may_see(principal), ~or_(false(), *hidden))


def root_of(session: Session, principal: Principal, party_id: str) -> Party:
    """The party that a leaf belongs to; NotFoundError if there is none that the principal may see."""
    leaf = session.get(Party, party_id)
    if leaf is not None and visible_leaves(session, principal, [leaf.root_id]):
        root = session.get(Party, leaf.root_id)
        if root is not None:
            return root
    raise NotFoundError("There is no such party.", party=party_id[:40])


def visible_leaves(session: Session, principal: Principal, root_ids: Sequence[str]) -> set[str]:
    """The leaves of these parties that a record the principal may see names."""
    seen = (
        select(RecordParty.record_id)
        .join(Record, Record.id == RecordParty.record_id)
        .where(RecordParty.party_id == Party.id, may_see(principal))
    )
    return set(session.scalars(select(Party.id).where(Party.root_id.in_(root_ids), seen.exists())))


def list_parties(
    session: Session, principal: Principal, text: str = "", *, after: str | None = None, limit: int = 50
) -> tuple[list[dict[str, Any]], str | None]:
    """Parties whose name, spelling or number fits, newest first, and the cursor of the next page."""
    seen = (
        select(RecordParty.record_id)
        .join(Record, Record.id == RecordParty.record_id)
        .where(RecordParty.party_id == Party.id, told_of(principal))
    )
    query = select(Party.root_id).where(seen.exists())
    if text.strip():
        found = _fitting(principal, text)
        if found is None:
            return [], None
        query = query.where(Party.root_id.in_(found))
    if after is not None:
        query = query.where(Party.root_id < after)
    ids = session.scalars(query.distinct().order_by(Party.root_id.desc()).limit(limit + 1)).all()
    told = described(session, principal, ids[:limit])
    return [told[i] for i in ids[:limit]], ids[limit - 1] if len(ids) > limit else None


def _fitting(principal: Principal, text: str) -> Any:
    """The roots of what fits a text; None if it has nothing to look for."""
    compact = "".join(c for c in text if c.isalnum())
    asked = fold(text).split()
    parts: list[Any] = []
    if len(compact) >= _NUMBER_FROM and any(c.isdigit() for c in compact):
        spelt = {compact.upper(), compact.lower(), compact.upper().removeprefix("PL")}
        parts.append(
            select(PartyMark.party_id)
            .join(Record, Record.id == PartyMark.record_id)
            .where(PartyMark.kind.in_(IDENTIFIERS), PartyMark.value.in_(spelt), may_see(principal))
        )
    if asked:
        parts.append(_spelt(principal, asked, prefix=True))
        parts.append(_given(asked))
    if not parts:
        return None
    return select(Party.root_id).where(or_(*(Party.id.in_(part) for part in parts)))


def _block(word: str, *, prefix: bool) -> ColumnElement[bool]:
    if prefix:
        return PartyBlock.block.startswith(f"w:{word}"[:80], autoescape=True)
    return PartyBlock.block == f"w:{word}"[:80]


def _spelt(principal: Principal, asked: Sequence[str], *, prefix: bool) -> Any:
    """Leaves with a spelling that has all the words and stands on a visible record."""
    query = (
        select(RecordParty.party_id)
        .join(Record, Record.id == RecordParty.record_id)
        .where(may_see(principal))
    )
    for number, word in enumerate(asked):
        last = prefix and number == len(asked) - 1
        query = query.where(
            select(PartyBlock.party_id)
            .where(
                PartyBlock.party_id == RecordParty.party_id,
                PartyBlock.core == RecordParty.core,
                _block(word, prefix=last),
            )
            .exists()
        )
    # The indexed way in: the leaves that have the longest word at all.
    rarest = max(asked, key=len)
    way_in = select(PartyBlock.party_id).where(
        PartyBlock.core != "", _block(rarest, prefix=prefix and rarest == asked[-1])
    )
    return query.where(RecordParty.party_id.in_(way_in)).distinct()


def _given(asked: Sequence[str]) -> Any:
    """Parties that a person gave a name with all the words."""
    query = select(Party.id).where(Party.named_by.is_not(None))
    for word in asked:
        has = select(PartyBlock.party_id).where(PartyBlock.core == "", _block(word, prefix=False))
        query = query.where(Party.id.in_(has))
    return query


def leaves_spelt(session: Session, principal: Principal, text: str, *, prefix: bool = False) -> list[str]:
    """All leaves of the parties that have a spelling with these words, for a search of papers.

    Empty where none fits, or so many that the words tell no party.
    """
    asked = [w for w in fold(text).split() if w] or words(text)
    if not asked:
        return []
    found = or_(Party.id.in_(_spelt(principal, asked, prefix=prefix)), Party.id.in_(_given(asked)))
    roots = session.scalars(select(Party.root_id).where(found).distinct().limit(_MOST_LEAVES + 1)).all()
    leaves = session.scalars(
        select(Party.id).where(Party.root_id.in_(roots)).order_by(Party.id).limit(_MOST_LEAVES + 1)
    ).all()
    return list(leaves) if len(leaves) <= _MOST_LEAVES else []


def leaves_of(session: Session, principal: Principal, party_ids: Sequence[str]) -> list[str]:
    """All leaves of the parties that these leaves belong to, of those that the principal may see."""
    roots = set(session.scalars(select(Party.root_id).where(Party.id.in_(party_ids))))
    return sorted(visible_leaves(session, principal, sorted(roots)))


def roots_of(session: Session, party_ids: Iterable[str]) -> dict[str, str]:
    """The party (its root) that each of these leaves belongs to."""
    query = select(Party.id, Party.root_id).where(Party.id.in_(sorted(set(party_ids))))
    return {row.id: row.root_id for row in session.execute(query)}


def described(
    session: Session,
    principal: Principal,
    root_ids: Iterable[str],
    *,
    most: int = MOST_LOOKED_AT,
    numbered: bool = True,
) -> dict[str, dict[str, Any]]:
    """What a list shows of each party: name, kind, numbers, spellings and how many papers name it.

    Of each of its leaves only the latest `most` papers that may be seen are looked at: a party can be on half
    of all papers, and its name would take seconds to tell. Where there are more, `more` says so and all
    counts are of these. Their tax numbers are left out unless `numbered`.
    """
    wanted = list(dict.fromkeys(root_ids))
    leaves: dict[str, tuple[str, str]] = {
        leaf: (root, kind)
        for leaf, root, kind in session.execute(
            select(Party.id, Party.root_id, Party.kind).where(Party.root_id.in_(wanted))
        )
    }
    roots = {p.id: p for p in session.scalars(select(Party).where(Party.id.in_(wanted)))}
    spellings: dict[str, dict[str, dict[str, Any]]] = {root: {} for root in wanted}
    records: dict[str, dict[str, datetime]] = {root: {} for root in wanted}
    more: set[str] = set()
    latest = _latest(principal)
    for leaf in leaves:
        root = leaves[leaf][0]
        rows = session.execute(latest, {"leaf": leaf, "most": most + 1}).all()
        if len(rows) > most:
            more.add(root)
        for record_id, name, core, received in rows[:most]:
            records[root][record_id] = received
            spelt = spellings[root].setdefault(
                name, {"name": name, "core": core, "papers": 0, "last_seen": received}
            )
            spelt["papers"] += 1
            spelt["last_seen"] = max(spelt["last_seen"], received)
    told = {}
    numbers = _numbers_of(session, principal, leaves, most) if numbered else {}
    for root in wanted:
        known = sorted(
            ({**s, "last_seen": s["last_seen"].isoformat()} for s in spellings[root].values()),
            key=lambda s: (-s["papers"], s["last_seen"], s["name"]),
        )
        party = roots.get(root)
        own = party.name if party is not None and party.named_by is not None else ""
        kinds = {kind for of_root, kind in leaves.values() if of_root == root}
        seen = records[root]
        told[root] = {
            "id": root,
            "name": own or (best_name(known) if known else ""),
            "named_by_person": bool(own),
            "kind": next((k for k in ("company", "person") if k in kinds), "unknown"),
            "nip": sorted(numbers.get(root, ())),
            "papers": len(seen),
            "more": root in more,
            "last_seen": max(seen.values()).isoformat() if seen else None,
            "spellings": known[:_MOST_SPELLINGS],
        }
    return told


def _latest(principal: Principal) -> Any:
    """The latest papers of a leaf that may be seen: number, spelling, the same folded, day of receipt."""
    return (
        select(RecordParty.record_id, RecordParty.name, RecordParty.core, Record.received_at)
        .join(Record, Record.id == RecordParty.record_id)
        .where(RecordParty.party_id == bindparam("leaf"), told_of(principal))
        .order_by(RecordParty.record_id.desc())
        .limit(bindparam("most"))
    )


def _numbers_of(
    session: Session, principal: Principal, leaves: dict[str, tuple[str, str]], most: int
) -> dict[str, set[str]]:
    """Tax numbers by party, from as many of the papers of each leaf."""
    numbers: dict[str, set[str]] = {}
    marks = (
        select(PartyMark.value)
        .join(Record, Record.id == PartyMark.record_id)
        .where(PartyMark.party_id == bindparam("leaf"), PartyMark.kind == "nip", may_see(principal))
        .order_by(PartyMark.record_id.desc())
        .limit(most)
    )
    for leaf, (root, _) in leaves.items():
        for value in session.scalars(marks, {"leaf": leaf}):
            numbers.setdefault(root, set()).add(value)
    return numbers


def best_name(spellings: Sequence[dict[str, Any]]) -> str:
    """The spelling that most papers have; of equals the one not all in capitals, then the longest."""
    return str(
        max(spellings, key=lambda s: (s["papers"], not s["name"].isupper(), len(s["name"]), s["name"]))[
            "name"
        ]
    )


def _marks(principal: Principal, root_ids: Sequence[str]) -> Any:
    return (
        select(Party.root_id, PartyMark.kind, PartyMark.value)
        .join(Party, Party.id == PartyMark.party_id)
        .join(Record, Record.id == PartyMark.record_id)
        .where(Party.root_id.in_(root_ids), may_see(principal))
        .where(~and_(PartyMark.kind == "iban", or_(*(sensitive_there(name) for name in _ACCOUNTS))))
    )


def party_detail(
    session: Session,
    principal: Principal,
    party_id: str,
    *,
    after: str | None = None,
    limit: int = 50,
    language: str = "en",
) -> dict[str, Any]:
    """One party with spellings, identifiers, its papers (newest first) and the merges that made it."""
    root = root_of(session, principal, party_id)
    told = described(session, principal, [root.id], most=_MOST_OF_ONE)[root.id]
    if not told["papers"]:
        raise NotFoundError("There is no such party.", party=party_id[:40])
    identifiers = [
        {"kind": kind, "value": value, "papers": count}
        for kind, value, count in session.execute(
            _marks(principal, [root.id])
            .where(PartyMark.kind.in_(IDENTIFIERS))
            .with_only_columns(PartyMark.kind, PartyMark.value, func.count(PartyMark.record_id.distinct()))
            .group_by(PartyMark.kind, PartyMark.value)
            .order_by(PartyMark.kind, PartyMark.value)
            .limit(_MOST_SPELLINGS)
        )
    ]
    query = (
        select(Record, func.min(RecordParty.role))
        .join(RecordParty, RecordParty.record_id == Record.id)
        .join(Party, Party.id == RecordParty.party_id)
        .where(Party.root_id == root.id, told_of(principal))
        .group_by(Record.id)
        .order_by(Record.id.desc())
        .limit(limit + 1)
    )
    if after is not None:
        query = query.where(Record.id < after)
    rows = session.execute(query).all()
    ids = [record.id for record, _ in rows[:limit]]
    roles: dict[str, list[str]] = {}
    for record_id, role in session.execute(
        select(RecordParty.record_id, RecordParty.role)
        .join(Party, Party.id == RecordParty.party_id)
        .where(RecordParty.record_id.in_(ids), Party.root_id == root.id)
        .order_by(RecordParty.role)
    ):
        roles.setdefault(record_id, []).append(role)
    return {
        **told,
        "identifiers": identifiers,
        "records": [
            {**summary(record, language), "roles": roles.get(record.id, [])} for record, _ in rows[:limit]
        ],
        "next_cursor": ids[-1] if len(rows) > limit else None,
        "merges": _merges(session, principal, root.id),
    }


def _merges(session: Session, principal: Principal, root_id: str) -> list[dict[str, Any]]:
    """The decisions that can be taken back, newest first; those over what cannot be seen are left out."""
    leaves = visible_leaves(session, principal, [root_id])
    ids = set(
        session.scalars(select(Party.merge_id).where(Party.root_id == root_id, Party.merge_id.is_not(None)))
    )
    splits = select(PartyMerge).where(PartyMerge.kind == "split", PartyMerge.into_id.in_(leaves))
    rows = session.scalars(
        select(PartyMerge)
        .where(or_(PartyMerge.id.in_(ids), PartyMerge.id.in_(splits.with_only_columns(PartyMerge.id))))
        .where(PartyMerge.undone_at.is_(None))
        .order_by(PartyMerge.id.desc())
        .limit(_MOST_MERGES)
    ).all()
    out = []
    for row in rows:
        moved = row.moved if row.kind != "split" else [m["to"] for m in row.moved]
        below = _under(session, moved) & leaves
        if below:
            names = _leaf_names(session, principal, sorted(below))
            out.append(
                {
                    "id": row.id,
                    "kind": row.kind,
                    "actor": row.actor,
                    "at": row.at.isoformat(),
                    "reason": row.reason,
                    "names": names,
                }
            )
    return out


def _under(session: Session, ids: Iterable[str]) -> set[str]:
    """These leaves and all that are linked into them."""
    found, level = set(ids), set(ids)
    while level:
        level = set(session.scalars(select(Party.id).where(Party.merged_into.in_(sorted(level))))) - found
        found |= level
    return found


def _leaf_names(session: Session, principal: Principal, leaves: Sequence[str]) -> list[str]:
    query = (
        select(RecordParty.name, func.count())
        .join(Record, Record.id == RecordParty.record_id)
        .where(RecordParty.party_id.in_(leaves), told_of(principal))
        .group_by(RecordParty.name)
        .order_by(func.count().desc(), RecordParty.name)
        .limit(5)
    )
    return [name for name, _ in session.execute(query)]
