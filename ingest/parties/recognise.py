"""Linking a record to the parties it names, made where they are not known yet.

Which leaf a paper belongs to follows from the paper alone, so papers may come in any order
and at the same moment. Which leaves are one party is asked only when a leaf says something new.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from akta.audit.log import AuditLog
from akta.kernel.ids import new_id
from akta.records.parties.cleaning import lock_register, prune
from akta.records.parties.models import Party, PartyBlock, PartyMark, RecordParty
from akta.records.parties.names import blocks
from ingest.parties.linking import link
from ingest.parties.mentions import LINKING, Mention, mentions

_OF_SENDER = ("reg", "tax")


def attach_parties(
    session: Session,
    audit: AuditLog,
    record_id: str,
    values: Mapping[str, str],
    now: datetime,
    sender: Mapping[str, float] | None = None,
) -> None:
    """Link the record to the parties that its fields name.

    Without `sender` (nothing was read anew) the numbers of the sender stay as they were.
    """
    named = mentions(record_id, values, sender)
    was = session.execute(
        select(RecordParty.party_id, RecordParty.core).where(RecordParty.record_id == record_id)
    ).all()
    if not named and not was:
        return
    lock_register(session)
    kept: set[tuple[str, str]] = set()
    if sender is None:
        kept = {
            (row.kind, row.value)
            for row in session.execute(
                select(PartyMark.kind, PartyMark.value).where(
                    PartyMark.record_id == record_id,
                    PartyMark.role == "vendor",
                    PartyMark.kind.in_(_OF_SENDER),
                )
            )
        }
    session.execute(delete(PartyMark).where(PartyMark.record_id == record_id))
    session.execute(delete(RecordParty).where(RecordParty.record_id == record_id))
    fresh: dict[str, None] = {}
    for mention in named:
        marks = mention.marks | (kept if mention.role == "vendor" else set())
        leaf, news = _leaf(session, mention, now)
        news = _add_blocks(session, leaf, mention.core) or news
        news = _add_marks(session, record_id, mention.role, leaf, marks) or news
        session.add(
            RecordParty(
                record_id=record_id, role=mention.role, party_id=leaf, name=mention.name, core=mention.core
            )
        )
        if news:
            fresh[leaf] = None
    session.flush()
    prune(session, [(row.party_id, row.core) for row in was])
    for leaf in fresh:
        link(session, audit, leaf, now)


def _leaf(session: Session, mention: Mention, now: datetime) -> tuple[str, bool]:
    """The mention's leaf and whether it was made now; a spelling that was split off has one of its own."""
    split = f"{mention.key}|{mention.core}"[:200]
    found = {
        party.key: party
        for party in session.scalars(select(Party).where(Party.key.in_((mention.key, split))))
    }
    party = found.get(split) or found.get(mention.key)
    if party is None:
        made = make_leaf(session, mention.key, mention.nip, mention.kind, now)
        return made.id, True
    if mention.kind == "company" != party.kind or party.kind == "unknown" != mention.kind:
        party.kind = mention.kind
        return party.id, True
    return party.id, False


def make_leaf(session: Session, key: str, nip: str | None, kind: str, now: datetime) -> Party:
    """A leaf that is a party of its own."""
    new = new_id()
    party = Party(
        id=new,
        key=key,
        name="",
        nip=nip[:20] if nip else None,
        created_at=now,
        kind=kind,
        named_by=None,
        root_id=new,
        merged_into=None,
        merge_id=None,
    )
    session.add(party)
    session.flush()
    return party


def _add_blocks(session: Session, leaf: str, core: str) -> bool:
    known = select(PartyBlock.block).where(PartyBlock.party_id == leaf, PartyBlock.core == core)
    if session.scalar(known.limit(1)) is not None:
        return False
    rows = [{"party_id": leaf, "core": core, "block": block} for block in sorted(blocks(core))]
    session.execute(insert(PartyBlock), rows)
    return True


def _add_marks(
    session: Session, record_id: str, role: str, leaf: str, marks: Iterable[tuple[str, str]]
) -> bool:
    """Keep the marks of a mention; True if one of them is new of the leaf."""
    wanted = sorted(marks)
    if not wanted:
        return False
    known = {
        (row.kind, row.value)
        for row in session.execute(
            select(PartyMark.kind, PartyMark.value)
            .where(PartyMark.party_id == leaf, PartyMark.value.in_([value for _, value in wanted]))
            .distinct()
        )
    }
    session.execute(
        insert(PartyMark),
        [
            {"record_id": record_id, "role": role, "kind": kind, "value": value, "party_id": leaf}
            for kind, value in wanted
        ],
    )
    return any(mark not in known and mark[0] in (*LINKING, "place") for mark in wanted)
