"""Sensitive values in what a search shows: masked in snippets, and not offered as words.

The text of a page is searched as it stands, by those who may see the record. A list of hits is seen by
whoever passes by, so what the record's sensitive fields say is masked in it, in any way of writing
numbers; a name word by word. What the page says beside its fields is not known and not masked.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from akta.records.doctypes.current import current
from akta.records.doctypes.sensitive import all_sensitive, sensitive_fields
from akta.records.masking import MASK
from akta.records.models import Field, Record
from akta.records.parties.models import ROLES
from indexer.analysis import tokens
from indexer.snippets import Snippet

#: Shorter values (a number of results) would mask half of the text and tell nothing in it.
_LEAST: Final = 3
_LONGEST: Final = 80
_MOST_PARTS: Final = 100
#: What may stand between two signs of a value: amounts are spread over columns.
_GAP: Final = r"[\W_]{0,8}"


@dataclass(frozen=True, slots=True)
class Hidden:
    """What a record's sensitive fields say: as they are found in a text, and as folded words."""

    pattern: re.Pattern[str] | None
    words: frozenset[str]


def hidden_of(session: Session, record_ids: Iterable[str]) -> dict[str, Hidden]:
    """Of these records those that have sensitive fields, by id."""
    ids = sorted(set(record_ids))
    if not ids:
        return {}
    tree = current()
    finest = func.coalesce(Record.subtype, Record.doc_type)
    said: dict[str, list[tuple[str, str]]] = {}
    for record_id, code, domain, name, value, raw in session.execute(
        select(Record.id, finest, Record.domain, Field.name, Field.value, Field.raw)
        .join(Field, Field.record_id == Record.id)
        .where(Record.id.in_(ids), Field.name.in_(all_sensitive(tree)))
    ):
        if name in sensitive_fields(code, domain, tree):
            said.setdefault(record_id, []).extend((name, text) for text in {value, raw} if text)
    return {record_id: _hidden(values) for record_id, values in said.items()}


def _hidden(values: Sequence[tuple[str, str]]) -> Hidden:
    parts: dict[str, None] = {}
    words: set[str] = set()
    for name, text in values:
        words |= {token.text for token in tokens(text)}
        pieces = re.findall(r"\w+", text) if name in ROLES else re.split(r"[;\n]", text)
        for piece in pieces:
            signs = [c for c in piece if c.isalnum()][:_LONGEST]
            if len(signs) >= _LEAST:
                parts.setdefault(_GAP.join(map(re.escape, signs)))
    # The longest first: a name within a longer one must not leave the rest of it.
    chosen = sorted(parts, key=len, reverse=True)[:_MOST_PARTS]
    made = re.compile(rf"(?<!\w)(?:{'|'.join(chosen)})(?!\w)", re.IGNORECASE) if chosen else None
    return Hidden(made, frozenset(words))


def masked(snippet: Snippet, hidden: Hidden) -> Snippet:
    """The snippet with masks in place of what is hidden; no picture of its place is to be shown."""
    if hidden.pattern is None:
        return replace(snippet, picture=False)
    parts: list[str] = []
    hits: list[tuple[int, int]] = []
    spans = [match.span() for match in hidden.pattern.finditer(snippet.text)]
    at, length = 0, 0

    def take(start: int, end: int) -> None:
        hits.extend(
            (a - start + length, b - start + length) for a, b in snippet.hits if start <= a and b <= end
        )

    for start, end in spans:
        take(at, start)
        parts += [snippet.text[at:start], MASK]
        length += start - at + len(MASK)
        at = end
    take(at, len(snippet.text))
    parts.append(snippet.text[at:])
    return replace(snippet, text="".join(parts), hits=tuple(hits), picture=False)
