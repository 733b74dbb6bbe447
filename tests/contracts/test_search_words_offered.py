"""Completion and correction: from what occurs, and only in what may be seen."""

import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from indexer.analysis import words
from indexer.model import IndexDocument, SearchEngine
from tests.contracts.engines import ENGINES
from tests.unit.indexer.documents import paper

BOOKS, HR = frozenset({"accounting/1"}), frozenset({"hr/1"})


@pytest.fixture(params=sorted(ENGINES))
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> SearchEngine:
    return ENGINES[request.param](tmp_path / "index")


def _offered(engine: SearchEngine, beginning: str, scopes: frozenset[str] | None = BOOKS) -> list[str]:
    return [offer.word for offer in engine.complete(beginning, scopes=scopes)]


def _corrected(engine: SearchEngine, word: str, scopes: frozenset[str] | None = BOOKS) -> list[str]:
    return [offer.word for offer in engine.correct(word, scopes=scopes)]


def test_words_that_occur_complete_the_most_frequent_first(engine: SearchEngine) -> None:
    engine.apply(
        [
            *(paper(f"a{n}", text="Faktura za paliwo") for n in range(3)),
            paper("b", text="Fakturę korygującą", title="Faktor"),
        ],
        [],
    )
    assert _offered(engine, "fakt") == ["faktura", "faktor", "fakture"]
    assert _offered(engine, "korygu") == ["korygujaca"]
    assert _offered(engine, "xyz") == _offered(engine, "") == _offered(engine, "a" * 70) == []
    assert [o.word for o in engine.complete("fak", scopes=BOOKS, field="title")] == ["faktor"]
    assert len(engine.complete("fak", scopes=None, limit=2)) == 2


def test_of_one_or_two_letters_only_titles_and_parties_tell(engine: SearchEngine) -> None:
    engine.apply([paper("a", text="paliwo", title="Paragon", parties=("PAK Serwis",))], [])
    assert _offered(engine, "pa") == ["pak", "paragon"]
    assert "paliwo" in _offered(engine, "pal")


def test_slips_are_corrected(engine: SearchEngine) -> None:
    engine.apply(
        [paper("a", text="wynagrodzenie zasadnicze faktura Kowalski"), paper("b", text="faktura")], []
    )
    assert _corrected(engine, "faktvra") == ["faktura"]
    assert _corrected(engine, "faktrua") == ["faktura"]
    assert _corrected(engine, "wynagordzeine") == ["wynagrodzenie"]
    assert _corrected(engine, "kowalsky") == ["kowalski"]
    assert _corrected(engine, "zupelnie") == _corrected(engine, "fak") == _corrected(engine, "Łódź") == []


def test_what_may_not_be_seen_is_never_offered(engine: SearchEngine) -> None:
    engine.apply(
        [
            paper("a", text="faktura jawna", scopes=("accounting/1",)),
            *(paper(f"h{n}", text="faktoring tajny", title="Faktoring", scopes=("hr/1",)) for n in range(5)),
        ],
        [],
    )
    assert _offered(engine, "fakt") == ["faktura"]
    assert _offered(engine, "fa") == []
    assert _corrected(engine, "faktorimg") == []
    assert _corrected(engine, "faktorimg", HR) == ["faktoring"]
    assert not engine.known(["faktoring"], scopes=BOOKS)
    assert engine.known(["faktoring"], scopes=HR)
    assert engine.known(["xyz", "faktura"], scopes=BOOKS)
    for nobody in (frozenset[str](), frozenset({"lab/1"})):
        assert engine.complete("fakt", scopes=nobody) == engine.correct("faktvra", scopes=nobody) == []
        assert not engine.known(["faktura"], scopes=nobody)
    assert _offered(engine, "fakt", None) == ["faktoring", "faktura"]


def test_what_is_removed_is_no_longer_offered(engine: SearchEngine) -> None:
    engine.apply([paper("a", text="tajemnica"), *(paper(f"b{n}", text="jawne") for n in range(9))], [])
    assert _offered(engine, "tajem") == ["tajemnica"]
    engine.apply([], [("a", 1)])
    for scopes in (BOOKS, None):
        assert _offered(engine, "tajem", scopes) == []
        assert _corrected(engine, "tajemnice", scopes) == []
        assert not engine.known(["tajemnica"], scopes=scopes)


def test_an_index_that_is_not_there_offers_nothing(engine: SearchEngine) -> None:
    assert engine.complete("fak", scopes=None) == []
    assert engine.correct("faktvra", scopes=None) == []
    assert not engine.known(["faktura"], scopes=None)


_WORD = st.sampled_from(
    ["faktura", "faktoring", "fakturze", "umowa", "umowy", "orlen", "olej", "pensja", "pensje"]
)
_TOKEN = st.sampled_from(["accounting/1", "hr/1", "hr/2", "owner:x"])


@st.composite
def _papers(draw: st.DrawFn) -> list[IndexDocument]:
    return [
        paper(
            f"{n:02}",
            text=" ".join(draw(st.lists(_WORD, max_size=4))),
            title=" ".join(draw(st.lists(_WORD, max_size=2))),
            scopes=tuple(draw(st.lists(_TOKEN, max_size=2, unique=True))),
        )
        for n in range(draw(st.integers(1, 7)))
    ]


@pytest.mark.parametrize("name", sorted(ENGINES))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    _papers(),
    st.frozensets(_TOKEN, max_size=3),
    st.sampled_from(["f", "fak", "faktu", "um", "umo", "o", "ole", "pens"]),
    st.sampled_from(["faktuar", "fakturz", "umova", "orlem", "pemsja"]),
)
def test_an_offer_stands_on_a_paper_that_may_be_seen(
    name: str, papers: list[IndexDocument], scopes: frozenset[str], beginning: str, slip: str
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        engine = ENGINES[name](Path(folder))
        engine.apply(papers, [])
        seen = {p.record_id: {*words(p.text), *words(p.title)} for p in papers if scopes & set(p.scopes)}
        for offer in (*engine.complete(beginning, scopes=scopes), *engine.correct(slip, scopes=scopes)):
            assert offer.word in seen[offer.record_id]
        known = {w for found in seen.values() for w in found}
        if len(beginning) > 2:
            whole = {o.word for o in engine.complete(beginning, scopes=scopes)}
            assert whole == {w for w in known if w.startswith(beginning)}
        engine.close()
