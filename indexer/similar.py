"""Papers like one, and papers that belong with it, of those that may be seen.

Like are papers with its telling words: frequent on it, rare among all. They are asked for as
any query is, within the scopes, so nothing of an unseen paper is told; how rare a word is counts
over all papers, as it does in every ranking.
"""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from akta.access.principal import Principal
from akta.records.masking import MASK, sensitive_on
from akta.records.models import Field, Party, Record, RecordParty
from akta.records.visibility import get_visible, visible_to
from indexer.analysis import words
from indexer.loading import texts_of
from indexer.model import SearchEngine
from indexer.parties import with_parties
from indexer.query import ast

#: Numbers that belong to a matter and not to a party.
NUMBERS = (
    *("invoice_number", "document_number", "order_number", "po_number", "reference", "ksef_number"),
    *("serial_number", "sample_id", "message_control_id"),
)
_TEXT = 200_000
#: Words of the paper that are weighed, and that are asked for.
_WEIGHED, _ASKED = 400, 25
#: So much of the weightiest words a paper like it must have.
_SHARE = 0.3
_LEAST_NUMBER = 4


@dataclass(frozen=True, slots=True)
class Related:
    """Records with the likeness to one (`similar`, by falling score), or with what they share with it.

    `numbers` and `parties` are pairs of the other record and the number or name that is shared;
    `case` are those of the same case. Newest first.
    """

    similar: list[tuple[Record, float]] = field(default_factory=list)
    numbers: list[tuple[Record, str]] = field(default_factory=list)
    parties: list[tuple[Record, str]] = field(default_factory=list)
    case: list[Record] = field(default_factory=list)


def related(
    session: Session, engine: SearchEngine, principal: Principal, record_id: str, limit: int
) -> Related:
    """What a record is related to, of each kind at most `limit`. Raises NotFoundError."""
    record = get_visible(session, principal, record_id)
    made = Related()
    text = "\n".join([record.title, *texts_of(session, [record.id]).get(record.id, [])])[:_TEXT]
    like = telling(engine, text)
    if like:
        least = max(1, math.ceil(len(like) * _SHARE))
        made.similar.extend(_found(session, engine, principal, record, ast.Alike(tuple(like), least), limit))
    hidden = sensitive_on(record)
    numbers = session.scalars(
        select(Field.value)
        .where(Field.record_id == record.id, Field.name.in_(frozenset(NUMBERS) - hidden))
        .order_by(Field.name)
    )
    for number in dict.fromkeys(n.strip() for n in numbers):
        if len(number) >= _LEAST_NUMBER and any(c.isdigit() for c in number):
            having = _found(session, engine, principal, record, ast.Phrase(number, "number"), limit)
            made.numbers.extend((other, number) for other, _ in having)
    parties = session.execute(
        select(RecordParty.party_id, RecordParty.name, RecordParty.role)
        .where(RecordParty.record_id == record.id)
        .order_by(RecordParty.role)
    ).all()
    # The index counts nobody whom a paper names in a sensitive role, so these are asked of the register.
    secret = {row.party_id for row in parties if row.role in hidden}
    made.parties.extend((other, MASK) for other in _naming(session, principal, record, secret, limit))
    for leaf, name in {row.party_id: row.name for row in parties if row.role not in hidden}.items():
        query = with_parties(session, principal, ast.Exact("party_id", (leaf,)))
        naming = _found(session, engine, principal, record, query, limit)
        made.parties.extend((other, name) for other, _ in naming)
    if record.case_id is not None:
        made.case.extend(
            session.scalars(
                select(Record)
                .where(Record.case_id == record.case_id, Record.id != record.id)
                .where(Record.state != "destroyed", visible_to(principal))
                .order_by(Record.id.desc())
                .limit(limit)
            )
        )
    return Related(made.similar, _once(made.numbers, limit), _once(made.parties, limit), made.case)


def telling(engine: SearchEngine, text: str) -> list[str]:
    """The words of a text that tell most about it, the weightiest first, of those that others have too."""
    often = Counter(w for w in words(text) if 2 < len(w) < 25 and w.isalpha())
    chosen = [word for word, _ in often.most_common(_WEIGHED)]
    having, among = engine.frequencies(chosen)
    weights = {
        word: (1 + math.log(often[word])) * math.log((among + 1) / having[word])
        for word in chosen
        if 1 < having[word] <= max(10, among * _SHARE)
    }
    return sorted(weights, key=lambda w: (-weights[w], w))[:_ASKED]


def _found(
    session: Session,
    engine: SearchEngine,
    principal: Principal,
    record: Record,
    query: ast.Query,
    limit: int,
) -> list[tuple[Record, float]]:
    """What fits and may be seen, without the record itself."""
    page = engine.search(query, scopes=principal.tokens(), limit=limit + 1)
    ids = [hit.record_id for hit in page.hits]
    rows = session.scalars(
        select(Record).where(Record.id.in_(ids), Record.state != "destroyed", visible_to(principal))
    )
    found = {row.id: row for row in rows if row.id != record.id}
    return [(found[h.record_id], h.score) for h in page.hits if h.record_id in found][:limit]


def _naming(
    session: Session, principal: Principal, record: Record, leaves: set[str], limit: int
) -> list[Record]:
    """The other records that may be seen and name one of these parties, the newest first."""
    roots = select(Party.root_id).where(Party.id.in_(leaves))
    named = (
        select(RecordParty.record_id)
        .join(Party, Party.id == RecordParty.party_id)
        .where(Party.root_id.in_(roots), RecordParty.record_id == Record.id)
    )
    query = select(Record).where(
        named.exists(), Record.id != record.id, Record.state != "destroyed", visible_to(principal)
    )
    return list(session.scalars(query.order_by(Record.id.desc()).limit(limit))) if leaves else []


def _once(pairs: Sequence[tuple[Record, str]], limit: int) -> list[tuple[Record, str]]:
    first: dict[str, tuple[Record, str]] = {}
    for record, shared in pairs:
        first.setdefault(record.id, (record, shared))
    return sorted(first.values(), key=lambda pair: pair[0].id, reverse=True)[:limit]
