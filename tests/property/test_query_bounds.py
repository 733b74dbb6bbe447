"""Any query string is answered by every engine, or is a QueryError; and none costs without bound."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from indexer.engines import forms
from indexer.model import FACETS, SORTS, SearchEngine
from indexer.query import Query, QueryError, parse
from indexer.query.names import FIELDS
from indexer.query.parser import MAX_OPEN
from tests.contracts.engines import ENGINES
from tests.contracts.test_search_engine import PAPERS

_SIGNS = (
    *(":", "(", ")", '"', "„", "-", "NOT ", " OR ", "..", ">", "<=", "*", "~2", "^3", " ", ",", "%", "/"),
    *(
        ".*",
        "(a+)+",
        "[a-z]*",
        "\\d+",
        "a{9}",
        "a|b",
        "^$",
        "\\",
        "&",
        "#",
        "~",
        "\x00",
        "\u0301",
        "{* TO b}",
    ),
    *("faktura", "FV/2O26/O4", "526 000 12 46", "1 234,50", "2026-03", "0.8", "łódź", "½", "ß", "😀"),
)
_PIECES = st.sampled_from([*(f"{name}:" for name in sorted(FIELDS)), *_SIGNS]) | st.text(max_size=4)
_QUERIES = st.lists(_PIECES, max_size=14).map("".join) | st.text(max_size=60)


@pytest.fixture(scope="module", params=sorted(ENGINES))
def engine(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[SearchEngine]:
    made = ENGINES[request.param](Path(tmp_path_factory.mktemp("index")))
    made.apply(PAPERS, [])
    yield made
    made.close()


def _tree(text: str) -> Query | None:
    """The tree, None where the text is told to be wrong; the place of the mistake is in it."""
    try:
        return parse(text)
    except QueryError as error:
        place = error.params["position"]
    assert 0 <= place <= len(text)
    return None


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(_QUERIES, st.sampled_from(SORTS))
@example("class:(a+)+*", "relevance")
@example("class:a b&c#~-[x]{2}*", "newest")
@example("channel:\x00*", "relevance")
@example("klasa:{*,currency:\\d*", "total")
def test_any_text_is_answered_or_told_to_be_wrong(engine: SearchEngine, text: str, sort: str) -> None:
    query = _tree(text)
    if query is None:
        return
    scopes = frozenset({"accounting/1"})
    page = engine.search(query, scopes=scopes, limit=2, facets=FACETS, sort=sort)
    assert page.total >= len(page.hits)
    if page.next is not None:
        rest = engine.search(query, scopes=scopes, limit=9, sort=sort, after=page.next)
        assert len(page.hits) + len(rest.hits) == page.total


@given(st.text(max_size=30))
def test_any_beginning_and_any_word_is_answered(engine: SearchEngine, text: str) -> None:
    assert len(engine.complete(text, scopes=None, limit=5)) <= 5
    assert len(engine.correct(text, scopes=None, limit=5)) <= 5
    engine.known([text], scopes=None)


def _leaves(form: forms.Form) -> Iterator[forms.Form]:
    match form:
        case forms.Best(parts) | forms.Each(parts):
            for part in parts:
                yield from _leaves(part)
        case forms.Except(part):
            yield from _leaves(part)
        case _:
            yield form


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.sampled_from(["faktura", "a*", "umowy~", "FV/2026/03/117*", '"x y"', "typ:f*"]), max_size=99)
)
def test_a_query_opens_to_a_bounded_number_of_looks(parts: list[str]) -> None:
    query = _tree(" OR ".join(parts)[:4000])
    if query is None:
        return
    for misread in (False, True):
        leaves = list(_leaves(forms.lower(query, misread=misread)))
        fields = len(forms.WORDS)
        assert sum(isinstance(leaf, forms.Start) for leaf in leaves) <= MAX_OPEN * (fields + 1)
        assert (
            sum(isinstance(leaf, forms.Near) for leaf in leaves)
            <= (MAX_OPEN + forms.MAX_GUESSES) * fields + 99
        )


@pytest.mark.parametrize(
    "text",
    [
        "słowo " * 10_000,
        " OR ".join(f"{c}*" for c in "abcdefghijklmnop"),
        "a~ " * 13,
        "x" * 5000,
        "typ:" + "f*," * 13,
    ],
)
def test_too_much_is_told(text: str) -> None:
    with pytest.raises(QueryError):
        parse(text)
