"""Stages of analysis: what each finds, and that each can be switched off."""

from pathlib import Path

import pytest

from indexer.model import SearchEngine
from indexer.query import parse
from indexer.query.ast import Alike, Phrase
from indexer.stages import Stages
from tests.contracts.engines import ENGINES
from tests.unit.indexer.documents import paper


def _ids(engine: SearchEngine, query: str) -> set[str]:
    return {hit.record_id for hit in engine.search(parse(query), scopes=None, limit=100).hits}


_PAIRS = [
    ("umowę", "umów"),
    ("umowe", "umów"),
    ("psów", "pies"),
    ("zapłacono", "zapłacić"),
    ("zaplacono", "zapłacić"),
    ("received", "receive"),
    ("studies", "study"),
    ("Szlifotermów", "szlifoterm"),
    ("drukobot", "drukobotow"),
]


@pytest.mark.parametrize(("said", "asked"), _PAIRS)
def test_forms_of_one_word_find_each_other_with_and_without_diacritics(
    name: str, tmp_path: Path, said: str, asked: str
) -> None:
    engine = ENGINES[name](tmp_path / "index")
    engine.apply([paper("a", text=said), paper("b", text="coś innego")], [])
    assert _ids(engine, asked) == {"a"}


_STAGES = [
    ("lemmas", "psów", "pies"),
    ("stems", "fakturomatami", "fakturomat"),
    ("near", "faktvra", "faktura"),
    ("parts", "FV/2026/03/11745", "2026/03/117"),
    ("misread", "FV/2026/03/11745", "FV/2026/03/11746"),
]


@pytest.mark.parametrize(("stage", "said", "asked"), _STAGES)
def test_each_stage_of_analysis_can_be_switched_off(
    name: str, tmp_path: Path, stage: str, said: str, asked: str
) -> None:
    with_it = ENGINES[name](tmp_path / "with")
    # Another stage may find it too, so the others that guess are off on both sides.
    rest = dict.fromkeys({"lemmas", "stems", "near", "parts", "misread"} - {stage}, False)
    alone = ENGINES[name](tmp_path / "alone", stages=Stages(**rest))
    without = ENGINES[name](tmp_path / "without", stages=Stages(**{**rest, stage: False}))
    found = []
    for engine in (with_it, alone, without):
        engine.apply([paper("a", parties=(said,), identifiers=(said,))], [])
        found.append(_ids(engine, f"nr:{asked}" if stage in ("parts", "misread") else asked))
    assert found == [{"a"}, {"a"}, set()]


def test_the_word_itself_ranks_above_guesses_however_common_it_is(name: str, tmp_path: Path) -> None:
    engine = ENGINES[name](tmp_path / "index")
    itself = [paper(f"m-{n:02}", text="netto razem") for n in range(30)]
    guesses = [paper(i, text="nefto razem") for i in ("a", "z")]
    guesses.append(paper("title", title="Nefto", text="razem"))
    engine.apply([*itself, *guesses], [])
    for query in ("netto", "razem netto", "netto OR inne"):
        hits = engine.search(parse(query), scopes=None, limit=100).hits
        assert {hit.record_id for hit in hits[:30]} == {one.record_id for one in itself}, query
        assert hits[30].record_id == "title"
        assert hits[29].score > hits[30].score > hits[31].score > 0


def test_a_form_of_the_word_in_a_long_paper_ranks_above_a_guess_in_a_title(name: str, tmp_path: Path) -> None:
    engine = ENGINES[name](tmp_path / "index")
    text = "koparki " + " ".join(f"inne{n} rzeczy" for n in range(3000))
    others = [paper(f"o{n}", text="coś krótkiego") for n in range(20)]
    engine.apply([paper("long", text=text), paper("guess", title="Koparta"), *others], [])
    hits = engine.search(parse("koparka"), scopes=None).hits
    assert [hit.record_id for hit in hits] == ["long", "guess"]
    assert hits[0].score > hits[1].score > 0


_MISREAD = [
    ("settlement", "settlernent"),
    ("settlements", "settlernent"),
    ("settlernent", "settlement"),
    ("spotkania", "5potkania"),
    ("rozwiązanie", "rozvviązanie"),
    ("podatek", "poclatek"),
    ("przelew", "prze1ew"),
]


@pytest.mark.parametrize(("said", "asked"), _MISREAD)
def test_letters_read_as_two_or_as_digits_are_forgiven(
    name: str, tmp_path: Path, said: str, asked: str
) -> None:
    engine = ENGINES[name](tmp_path / "index")
    engine.apply([paper("a", text=said), paper("b", text="coś innego")], [])
    assert _ids(engine, asked) == {"a"}
    assert _ids(engine, f"coś OR -{asked}") == {"a", "b"}
    engine.close()
    without = ENGINES[name](tmp_path / "index", stages=Stages(near=False))
    assert _ids(without, asked) == set()


def test_papers_alike_have_enough_of_the_words_and_those_with_more_come_first(
    name: str, tmp_path: Path
) -> None:
    engine = ENGINES[name](tmp_path / "index")
    texts = {
        "all": "folia karton tasma paleta",
        "half": "folia karton inne",
        "one": "folia inne",
        "none": "inne",
    }
    engine.apply([paper(i, text=text) for i, text in texts.items()], [])
    engine.apply([paper("hidden", text=texts["all"], scopes=("hr/1",))], [])
    asked = Alike(("folia", "karton", "tasma", "paleta", "xyz"), 2)
    page = engine.search(asked, scopes=frozenset({"accounting/1"}))
    assert [hit.record_id for hit in page.hits] == ["all", "half"]
    engine.apply([], [("all", 1)])
    assert [h.record_id for h in engine.search(asked, scopes=None).hits] == ["hidden", "half"]
    counts, among = engine.frequencies(["folia", "paleta", "xyz"])
    assert counts["folia"] >= 3
    assert counts["xyz"] == 0
    assert among >= 4


def test_a_number_as_it_stands_is_not_guessed_at(name: str, tmp_path: Path) -> None:
    engine = ENGINES[name](tmp_path / "index")
    engine.apply(
        [paper("a", identifiers=("ZAM/2026/1177",)), paper("b", identifiers=("ZAM/2026/11778",))], []
    )
    found = engine.search(Phrase("zam-2026-1177", "number"), scopes=None)
    assert [hit.record_id for hit in found.hits] == ["a"]
    assert engine.search(Phrase("ZAM/2026/1179", "number"), scopes=None).total == 0
