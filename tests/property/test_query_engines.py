"""Both engines find what a plain filter over the documents finds, for whoever asks."""

import tempfile
from collections import Counter
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from indexer.analysis import words
from indexer.inflection import word_forms
from indexer.model import IndexDocument
from indexer.query import parse
from indexer.query.ast import And, Between, Everything, Exact, Not, Nothing, Or, Phrase, Query, Term
from tests.contracts.engines import ENGINES
from tests.unit.indexer.documents import paper

_WORDS = [
    "faktura",
    "faktvra",
    "fakturami",
    "umowa",
    "umowy",
    "orlen",
    "orelN",
    "lotos",
    "kot",
    "koty",
    "rok",
]
_TOKENS = ["accounting/1", "hr/1", "hr/2", "owner:x"]


@dataclass(frozen=True)
class _Plain:
    """The filter: a document's words and values, compared one by one."""

    document: IndexDocument

    def _fields(self, field: str) -> list[list[str]]:
        document = self.document
        own = {
            "title": words(document.title),
            "party": [w for p in document.parties for w in words(p)],
            "body": words(document.text),
            "file": words(document.file_name),
        }
        return list(own.values()) if field == "any" else [own[field]]

    def fits(self, query: Query, strict: bool = False) -> bool:
        match query:
            case Everything():
                return True
            case Nothing():
                return False
            case And(parts):
                return all(self.fits(p, strict) for p in parts)
            case Or(parts):
                return any(self.fits(p, strict) for p in parts)
            case Not(part):
                return not self.fits(part, strict=True)
            case Exact(field, values):
                return {"domain": self.document.domain, "type": self.document.doc_type}[field] in values
            case Between("total", low, high):
                total = self.document.total
                return total is not None and (low or 0) <= total * 100 <= (10**18 if high is None else high)
            case Between(_, low, high):
                day = self.document.document_date
                number = 0 if day is None else int(day.strftime("%Y%m%d"))
                return day is not None and (low or 0) <= number <= (10**18 if high is None else high)
            case Phrase(text, field):
                wanted = words(text)
                return any(
                    found[i : i + len(wanted)] == wanted
                    for found in self._fields(field)
                    for i in range(len(found))
                )
            case Term():
                return any(
                    self._says(word, query, strict) for found in self._fields(query.field) for word in found
                )

    def _says(self, word: str, term: Term, strict: bool) -> bool:
        (wanted,) = words(term.text)
        if term.prefix:
            return word.startswith(wanted)
        if word == wanted:
            return True
        if term.field == "any" and len(wanted) >= 3 and set(word_forms(word)) & set(word_forms(wanted)):
            return True
        reach = 2 if term.fuzzy and len(wanted) >= 8 else 1
        return (term.fuzzy or (len(wanted) >= 5 and not strict)) and _apart(word, wanted) <= reach


@cache
def _apart(a: str, b: str) -> int:
    """Letters to put in, leave out, change or swap to get from one word to the other, by the definition."""
    if not a or not b:
        return len(a) + len(b)
    ways = [_apart(a[1:], b) + 1, _apart(a, b[1:]) + 1, _apart(a[1:], b[1:]) + (a[0] != b[0])]
    if len(a) > 1 and len(b) > 1 and a[0] == b[1] and a[1] == b[0]:
        ways.append(_apart(a[2:], b[2:]) + 1)
    return min(ways)


_some = st.lists(st.sampled_from(_WORDS), max_size=5).map(" ".join)


@st.composite
def _documents(draw: st.DrawFn) -> list[IndexDocument]:
    return [
        paper(
            f"{n:02}",
            text=draw(_some),
            title=draw(_some),
            parties=tuple(draw(st.lists(st.sampled_from(_WORDS), max_size=1))),
            scopes=tuple(draw(st.lists(st.sampled_from(_TOKENS), max_size=2, unique=True))),
            domain=draw(st.sampled_from(["hr", "accounting", None])),
            doc_type=draw(st.sampled_from(["invoice", "receipt"])),
            total=draw(
                st.sampled_from([None, Decimal("0.50"), Decimal(500), Decimal("500.50"), Decimal(900)])
            ),
            document_date=draw(
                st.sampled_from([None, date(2025, 12, 31), date(2026, 1, 1), date(2026, 3, 5)])
            ),
        )
        for n in range(draw(st.integers(1, 9)))
    ]


_leaf = st.one_of(
    st.sampled_from(_WORDS),
    st.sampled_from(_WORDS).map(lambda w: f"title:{w}"),
    st.sampled_from(_WORDS).map(lambda w: f"vendor:{w}"),
    st.sampled_from(["fak*", "u*", "kot*", "k*", "title:f*", "faktura~", "fakturmai~", "kto~", "zzz"]),
    st.tuples(st.sampled_from(_WORDS), st.sampled_from(_WORDS)).map(lambda p: f'"{p[0]} {p[1]}"'),
    st.sampled_from(["total:>500", "total:500", "total:<=500", "total:0..600", "date:2026", "date:<2026-03"]),
    st.sampled_from(["type:faktura", "type:invoice,receipt", "domain:kadry", "date:2026..2025"]),
)
_query = st.recursive(
    _leaf,
    lambda inner: st.one_of(
        inner.map(lambda q: f"-({q})"),
        st.tuples(inner, inner).map(lambda p: f"({p[0]} {p[1]})"),
        st.tuples(inner, inner).map(lambda p: f"({p[0]} OR {p[1]})"),
    ),
    max_leaves=6,
)
_asker = st.none() | st.frozensets(st.sampled_from(_TOKENS))


@pytest.mark.parametrize("name", sorted(ENGINES))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(_documents(), st.lists(st.tuples(_query, _asker), min_size=4, max_size=12), st.integers(0, 9))
def test_engines_find_what_a_plain_filter_finds(
    name: str,
    documents: list[IndexDocument],
    asked: list[tuple[str, frozenset[str] | None]],
    cut: int,
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        engine = ENGINES[name](Path(folder))
        engine.apply(documents[:cut], [])
        engine.apply(documents[cut:], [("98", 1)])
        for text, scopes in asked:
            query = parse(text)
            allowed = [d for d in documents if scopes is None or scopes & set(d.scopes)]
            expected = [d for d in allowed if _Plain(d).fits(query)]
            page = engine.search(query, scopes=scopes, limit=50, facets=("domain", "type"))
            assert sorted(h.record_id for h in page.hits) == [d.record_id for d in expected], text
            assert page.total == len(expected)
            assert page.facets["domain"] == Counter(d.domain for d in expected if d.domain)
            assert page.facets["type"] == Counter(d.doc_type for d in expected)
            paged = [
                h.record_id
                for offset in range(0, len(expected), 2)
                for h in engine.search(query, scopes=scopes, limit=2, offset=offset).hits
            ]
            assert paged == [h.record_id for h in page.hits]
        engine.close()
