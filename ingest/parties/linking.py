"""Which leaves are one party: linked where nothing speaks against it, suggested where it is only likely.

Two tax numbers are never linked here. A spelling that two numbers bear belongs to neither:
a link made before the second was known is taken back. What a person kept apart stays apart.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from akta.audit.log import AuditLog
from akta.records.parties.likeness import Judged, Side, judge
from akta.records.parties.models import Party, PartyBlock, PartyMark, PartyMerge, PartyPair
from ingest.parties.forest import join, part, set_pair
from ingest.parties.mentions import LINKING

ACTOR: Final = "system:worker"
_MOST_BY_MARK: Final = 40
_MOST_BY_NAME: Final = 60
_MOST_SPELLINGS: Final = 30
_MOST_LIKELY: Final = 8


def link(session: Session, audit: AuditLog, leaf: str, now: datetime) -> None:
    """Look for the party that a leaf, of which something new is known, belongs to."""
    mine = sides(session, [leaf]).get(leaf)
    if mine is None:
        return
    others = sides(session, _candidates(session, leaf, mine))
    judged = {other: judge(mine, side) for other, side in others.items()}
    judged = {other: told for other, told in judged.items() if told.verdict != "no"}
    if not judged:
        return
    roots: dict[str, str] = _roots(session, Party.id.in_([leaf, *judged]))
    taxes = _taxes(session, set(roots.values()))
    own = roots[leaf]
    apart = _apart(session, own, set(roots.values()))
    same = {o for o, told in judged.items() if told.verdict == "same" and roots[o] not in apart | {own}}
    numbers: set[str] = set().union(*(taxes[roots[o]] for o in same), taxes[own])
    joining = {roots[o] for o in same}
    likely = {o for o in judged if o not in same and roots[o] not in apart | {own}}
    if len(numbers) > 1:  # what has a number other than ours, or one of several, is not ours by itself
        doubtful = {o for o in same if taxes[roots[o]] - taxes[own]}
        joining = {roots[o] for o in same - doubtful}
        likely |= doubtful
        if taxes[own]:
            for other in sorted(doubtful):
                _withdraw(session, audit, other, now)
    for other in sorted(likely, key=lambda o: (-_score(judged[o]), o))[:_MOST_LIKELY]:
        set_pair(session, leaf, other, "likely", _score(judged[other]), ACTOR, now)
    if joining:
        _join(session, audit, own, joining, taxes, now)


def _score(told: Judged) -> float:
    """Surer first: what is the same but for a doubt, then what shares marks, then likeness of names."""
    return (2.0 if told.verdict == "same" else 0.0) + len(told.shared) * 0.1 + told.name


def _join(
    session: Session, audit: AuditLog, own: str, joining: set[str], taxes: dict[str, set[str]], now: datetime
) -> None:
    every = joining | {own}
    # Into the one with a number; else into the eldest.
    into = min(every, key=lambda root: (not taxes[root], root))
    for moved in sorted(every - {into}):  # one row for each, so that each can be taken back alone
        row = join(session, [moved], into, kind="link", actor=ACTOR, reason="", now=now)
        audit.append(
            session,
            at=now,
            actor=ACTOR,
            action="party.linked",
            subject=f"party:{into}",
            details={"merge": row.id, "moved": row.moved},
        )


def _withdraw(session: Session, audit: AuditLog, leaf: str, now: datetime) -> None:
    """Take an automatic link of a leaf without number back: its spelling is another number's as well."""
    party = session.get(Party, leaf)
    if party is None or party.nip is not None or party.merge_id is None:
        return
    row = session.get(PartyMerge, party.merge_id)
    if row is None or row.kind != "link" or party.merged_into is None:
        return
    into = party.merged_into
    part(session, row, ACTOR, now)
    set_pair(session, leaf, into, "likely", 2.0, ACTOR, now)
    audit.append(
        session,
        at=now,
        actor=ACTOR,
        action="party.unlinked",
        subject=f"party:{into}",
        details={"merge": row.id, "moved": row.moved},
    )


def sides(session: Session, leaves: Sequence[str]) -> dict[str, Side]:
    """What is known of each leaf, from all papers."""
    cores: dict[str, set[str]] = defaultdict(set)
    marks: dict[str, set[tuple[str, str]]] = defaultdict(set)
    parties = session.execute(select(Party.id, Party.nip, Party.kind).where(Party.id.in_(leaves))).all()
    for party, core in session.execute(
        select(PartyBlock.party_id, PartyBlock.core)
        .where(PartyBlock.party_id.in_(leaves), PartyBlock.core != "")
        .distinct()
    ):
        if len(cores[party]) < _MOST_SPELLINGS:
            cores[party].add(core)
    for party, kind, value in session.execute(
        select(PartyMark.party_id, PartyMark.kind, PartyMark.value)
        .where(PartyMark.party_id.in_(leaves))
        .distinct()
        .limit(5000)
    ):
        marks[party].add((kind, value))
    return {p: Side(cores[p], marks[p], nip, kind == "person") for p, nip, kind in parties if cores[p]}


def _candidates(session: Session, leaf: str, mine: Side) -> list[str]:
    found: set[str] = set()
    for kind, value in sorted(mine.marks):
        if kind in LINKING:
            found |= set(
                session.scalars(
                    select(PartyMark.party_id)
                    .where(PartyMark.kind == kind, PartyMark.value == value, PartyMark.party_id != leaf)
                    .distinct()
                    .limit(_MOST_BY_MARK)
                )
            )
    keys = session.scalars(
        select(PartyBlock.block)
        .where(PartyBlock.party_id == leaf, PartyBlock.core != "", ~PartyBlock.block.startswith("w:"))
        .distinct()
        .limit(60)
    ).all()
    hits = func.count()
    by_name = session.execute(
        select(PartyBlock.party_id, hits)
        .where(PartyBlock.block.in_(keys), PartyBlock.party_id != leaf)
        .group_by(PartyBlock.party_id)
        .order_by(hits.desc(), PartyBlock.party_id)
        .limit(_MOST_BY_NAME)
    )
    return sorted(found | {party for party, _ in by_name})


def _roots(session: Session, wanted: ColumnElement[bool]) -> dict[str, str]:
    rows = session.execute(select(Party.id, Party.root_id).where(wanted))
    return {row.id: row.root_id for row in rows}


def _taxes(session: Session, roots: set[str]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {root: set() for root in roots}
    for root, nip in session.execute(
        select(Party.root_id, Party.nip).where(Party.root_id.in_(roots), Party.nip.is_not(None))
    ):
        found[root].add(str(nip))
    return found


def _apart(session: Session, own: str, roots: set[str]) -> set[str]:
    """The roots that a person kept apart from ours."""
    leaves = _roots(session, Party.root_id.in_(roots | {own}))
    ours = [leaf for leaf, root in leaves.items() if root == own]
    pairs = session.execute(
        select(PartyPair.a_id, PartyPair.b_id).where(
            PartyPair.state == "apart", or_(PartyPair.a_id.in_(ours), PartyPair.b_id.in_(ours))
        )
    )
    return {leaves[x] for pair in pairs for x in pair if x in leaves and leaves[x] != own}
