"""What may come next in a query, and what may have been meant: only from what one may see.

Words come from papers within the asker's scopes (`SearchEngine.complete`), values of fields
from the facets of such papers, parties from the register as the asker sees it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from akta.access.principal import Principal
from akta.records.doctypes.current import current
from akta.records.doctypes.tree import TypeTree
from akta.records.parties.visible import list_parties
from indexer.analysis import fold, tokens, words
from indexer.inflection import word_forms
from indexer.model import FACETS, SearchEngine
from indexer.query import parse
from indexer.query.ast import And, Everything, Field, Or, Query, Term
from indexer.query.names import FIELDS, named_so
from indexer.spelling import spelled

#: Parts of a query longer than this are not completed.
_LONGEST = 60
_QUOTES = '"„“”«»'
_PIECE = re.compile(rf"[-+!]*(?P<word>[^\s(){_QUOTES}]*)$")
_QUOTED = re.compile(rf"(?P<name>[^\W\d]\w*):[{_QUOTES}](?P<value>[^{_QUOTES}]*)$")
_VALUE = re.compile(r"(?P<name>[^\W\d]\w*):(?P<values>.*)")
_WORDS: tuple[Field, ...] = ("title", "party", "file")
#: Words of a query that are corrected, at most.
_CORRECTED = 5


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A text to put in place of `start` to `end` (code points) of the query.

    `kind` is word, field, value or party; `count` says how many papers have a value.
    """

    kind: str
    text: str
    start: int
    end: int
    count: int | None = None


def suggest(
    session: Session, engine: SearchEngine, principal: Principal, text: str, position: int, limit: int
) -> list[Suggestion]:
    """How the part of the query that ends at a position (code points) may go on, the likeliest first."""
    before = text[:position]
    if quoted := _QUOTED.search(before):
        field = FIELDS.get(fold(quoted["name"]))
        if field == "party" and len(quoted["value"]) <= _LONGEST:
            at = quoted.start("name")
            return _parties(session, principal, quoted["name"], quoted["value"], (at, position), limit)
    piece = _PIECE.search(before)
    if piece is None or len(piece["word"]) > _LONGEST:
        return []
    typed, start = piece["word"], piece.start("word")
    if named := _VALUE.fullmatch(typed):
        field = FIELDS.get(fold(named["name"]))
        if field is None:
            return []
        last = named["values"].rpartition(",")[2]
        if field == "party" and "," not in named["values"]:
            return _parties(session, principal, named["name"], last, (start, position), limit)
        span = (position - len(last), position)
        if field in _WORDS:
            return _words(session, engine, principal, last, field, span, limit)
        return _values(engine, principal, field, last, span)[:limit]
    span = (start, position)
    found = _words(session, engine, principal, typed, "any", span, limit)
    quotes = sum(before.count(sign) for sign in _QUOTES)
    return (_fields(typed, span)[:2] if quotes % 2 == 0 else []) + found


def up_the_tree(counts: dict[str, int], types: TypeTree) -> dict[str, int]:
    """Counts by type, with the types above those that the index has."""
    out: dict[str, int] = {}
    for code, count in counts.items():
        for above in types.path(code):
            out[above] = out.get(above, 0) + count
    return dict(sorted(out.items(), key=lambda e: (-e[1], e[0])))


def did_you_mean(session: Session, engine: SearchEngine, principal: Principal, text: str) -> str | None:
    """The query with the words that no visible paper has replaced by such as some have; None if none is.

    Words to be left out, beginnings and numbers stay. Raises QueryError.
    """
    scopes = principal.tokens()
    instead: dict[str, str] = {}
    for word in list(dict.fromkeys(_asked(parse(text))))[:_CORRECTED]:
        if engine.known([word, *word_forms(word)], scopes=scopes):
            continue
        shown = spelled(session, principal, engine.correct(word, scopes=scopes))
        if shown:
            instead[word] = next(iter(shown.values()))
    if not instead:
        return None
    parts, at = [], 0
    for token in tokens(text):
        if token.text in instead and text[token.end : token.end + 1] != ":":
            parts += [text[at : token.start], instead[token.text]]
            at = token.end
    return "".join([*parts, text[at:]])


def _asked(query: Query) -> list[str]:
    """The words a query looks for that may be misspelt."""
    match query:
        case And(parts) | Or(parts):
            return [word for part in parts for word in _asked(part)]
        case Term(text, "any" | "title" | "party", False):
            return [word for word in words(text) if word.isalpha() and len(word) > 3]
        case _:
            return []


def _fields(typed: str, span: tuple[int, int]) -> list[Suggestion]:
    plain = fold(typed)
    if not plain:
        return []
    names = sorted((name for name in FIELDS if name.startswith(plain)), key=lambda n: (len(n), n))
    seen: dict[Field, str] = {}
    for name in names:
        seen.setdefault(FIELDS[name], name)
    return [Suggestion("field", f"{name}:", *span) for name in seen.values()]


def _words(
    session: Session,
    engine: SearchEngine,
    principal: Principal,
    typed: str,
    field: str,
    span: tuple[int, int],
    limit: int,
) -> list[Suggestion]:
    found = words(typed)
    if len(found) != 1:
        return []
    offers = engine.complete(found[0], scopes=principal.tokens(), limit=limit, field=field)
    shown = spelled(session, principal, offers)
    return [Suggestion("word", shown[o.word], *span) for o in offers if o.word in shown]


def _values(
    engine: SearchEngine, principal: Principal, field: Field, typed: str, span: tuple[int, int]
) -> list[Suggestion]:
    if field not in FACETS:
        return []
    page = engine.search(Everything(), scopes=principal.tokens(), limit=0, facets=(field,))
    counts = page.facets[field]
    if field == "type":
        counts = up_the_tree(counts, current())
    found = []
    for code, count in counts.items():
        name = named_so(field, code, typed)
        if name is not None:
            found.append(Suggestion("value", name, *span, count))
    return sorted(found, key=lambda s: (-(s.count or 0), s.text))


def _parties(
    session: Session, principal: Principal, name: str, typed: str, span: tuple[int, int], limit: int
) -> list[Suggestion]:
    told: list[Mapping[str, Any]] = []
    if typed.strip():
        told += list_parties(session, principal, typed, limit=limit)[0]
    plain = str.maketrans(dict.fromkeys(_QUOTES, " "))
    return [
        Suggestion("party", f'{name}:"{" ".join(p["name"].translate(plain).split())}"', *span, p["papers"])
        for p in sorted(told, key=lambda p: (-p["papers"], p["name"]))
        if p["name"]
    ]
