"""What must go when a paper no longer names a party: its spelling, its marks, at last the party."""

from collections.abc import Iterable, Sequence

from sqlalchemy import delete, func, or_, select, text, update
from sqlalchemy.orm import Session

from akta.records.parties.models import Party, PartyBlock, PartyMark, PartyMerge, PartyPair, RecordParty

_LOCK = 4_018_640_772


def lock_register(session: Session) -> None:
    """One change of the register of parties at a time. Take it after the locks of records.

    SQLite's writers wait for each other anyway.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:n)"), {"n": _LOCK})


def forget_record(session: Session, record_id: str) -> None:
    """Remove what a record says of parties, and the spellings and parties that only it named."""
    lock_register(session)
    named = session.execute(
        select(RecordParty.party_id, RecordParty.core).where(RecordParty.record_id == record_id)
    ).all()
    session.execute(delete(PartyMark).where(PartyMark.record_id == record_id))
    session.execute(delete(RecordParty).where(RecordParty.record_id == record_id))
    prune(session, [(row.party_id, row.core) for row in named])


def prune(session: Session, spellings: Iterable[tuple[str, str]]) -> None:
    """Remove of these (leaf, core) what no paper says any more."""
    gone = set(spellings)
    for party_id, core in sorted(gone):
        still = select(RecordParty.record_id).where(
            RecordParty.party_id == party_id, RecordParty.core == core
        )
        if session.scalar(still.limit(1)) is None:
            session.execute(
                delete(PartyBlock).where(PartyBlock.party_id == party_id, PartyBlock.core == core)
            )
    for party_id in sorted({party for party, _ in gone}):
        _prune_leaf(session, party_id)


def _prune_leaf(session: Session, party_id: str) -> None:
    party = session.get(Party, party_id)
    if party is None or _named(session, [party_id]):
        return
    base = party.key.partition("|")[0] if "|" in party.key else None
    root_id = party.root_id
    group = list(session.scalars(select(Party.id).where(Party.root_id == root_id)))
    if not _named(session, group):
        remove_leaves(session, group)
        session.execute(delete(PartyMerge).where(PartyMerge.into_id.in_(group)))
    else:  # the links of others go through it: it stays as a knot that says nothing
        session.execute(delete(PartyBlock).where(PartyBlock.party_id == party_id, PartyBlock.core != ""))
        session.execute(delete(PartyPair).where(or_(PartyPair.a_id == party_id, PartyPair.b_id == party_id)))
        session.execute(update(Party).where(Party.id == party_id).values(key=f"gone:{party_id}", nip=None))
    session.expire_all()
    if base is not None:  # a spelling split off: the leaf it was split from may have waited, empty
        waiting = session.scalars(select(Party.id).where(Party.key == base)).first()
        others = select(Party.id).where(Party.key.startswith(base + "|", autoescape=True))
        if waiting is not None and session.scalar(others.limit(1)) is None:
            _prune_leaf(session, waiting)


def remove_leaves(session: Session, ids: Sequence[str]) -> None:
    """Remove leaves that no paper names, with all that hangs on them."""
    session.flush()
    session.execute(delete(PartyPair).where(or_(PartyPair.a_id.in_(ids), PartyPair.b_id.in_(ids))))
    session.execute(delete(PartyBlock).where(PartyBlock.party_id.in_(ids)))
    session.execute(delete(Party).where(Party.id.in_(ids)))


def _named(session: Session, ids: Sequence[str]) -> bool:
    count = select(func.count()).select_from(
        select(RecordParty.record_id).where(RecordParty.party_id.in_(ids)).limit(1).subquery()
    )
    return bool(session.scalar(count))
