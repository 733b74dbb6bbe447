"""What every search engine does, whatever it is made of."""

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
import tantivy
from whoosh.index import open_dir

from akta.kernel.errors import InvalidError
from indexer.model import FACETS, SORTS, IndexBusyError, IndexDamagedError, SearchEngine
from indexer.query import parse
from tests.contracts.engines import ENGINES, in_folders
from tests.unit.indexer.documents import paper

Make = Callable[..., SearchEngine]


@pytest.fixture(params=sorted(ENGINES))
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def make(name: str, tmp_path: Path) -> Make:
    """Opens the engine on the test's folder; each call is like another process."""

    def opened(patience: float = 10.0) -> SearchEngine:
        return ENGINES[name](tmp_path / "index", patience=patience)

    return opened


def _ids(engine: SearchEngine, query: str, scopes: frozenset[str] | None = None) -> set[str]:
    page = engine.search(parse(query), scopes=scopes, limit=100)
    assert page.total == len(page.hits)
    return {hit.record_id for hit in page.hits}


def _order(engine: SearchEngine, query: str, sort: str) -> list[str]:
    return [hit.record_id for hit in engine.search(parse(query), scopes=None, sort=sort).hits]


# -- finding -----------------------------------------------------------------

_PAPERS = [
    paper(
        "stal",
        text="Sprzedawca Stal-Pol Sp. z o.o. NIP 526-000-12-46\nZapłacono przelewem, razem 1 234,50 zł",
        title="Faktura FV/2026/0412",
        parties=("Stal-Pol Sp. z o.o.", "Urząd Miasta Łódź"),
        identifiers=("PL61 1090 1014 0000 0712 1981 2874", "R-2026-000077"),
        total=Decimal("1234.50"),
        amounts=(Decimal("1003.66"), Decimal("230.84")),
        document_date=date(2026, 3, 5),
        due_date=date(2026, 3, 19),
        keep_until=date(2031, 12, 31),
        record_class="KS-1",
        file_name="FV_2026_0412.pdf",
        party_ids=("p1", "p2"),
    ),
    paper(
        "skan",
        text="Faktvra VAT za paliwo, Orlen, zamó-\nwienie nr 77",
        total=Decimal("99.00"),
        document_date=date(2025, 12, 31),
        received_on=date(2026, 2, 1),
        currency="EUR",
        record_class="KS-2",
        party_ids=("p1",),
    ),
    paper(
        "umowa",
        text="Pracownikowi przysługuje urlop. Umowy o pracę nie wypowiedziano.",
        domain="hr",
        doc_type="employment_contract",
        parties=("Jan Kowalski",),
        on_hold=True,
        state="review",
        total=None,
    ),
    paper(
        "report",
        text="Laboratory report: sample tested, results within limits, e-mail jan@lab.example 12:30",
        domain="lab",
        doc_type="lab_report",
        language="en",
        currency=None,
        channel="Mail",
        confidence=0.7,
    ),
]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", {"stal", "skan", "umowa", "report"}),
        ("sprzedawca", {"stal"}),
        ("ZAPLACONO", {"stal"}),
        ("łodz", {"stal"}),
        ("przelew", {"stal"}),
        ("pracownik", {"umowa"}),
        ("umowa", {"umowa"}),
        ("result tests", {"report"}),
        ("faktura", {"stal", "skan"}),
        ("paliow", {"skan"}),
        ("zamówienie", {"skan"}),
        ("email", {"report"}),
        ("stalpol", {"stal"}),
        ("12:30", {"report"}),
        ("jan@lab.example", {"report"}),
        ("sprzedawca orlen", set()),
        ("sprzedawca OR orlen", {"stal", "skan"}),
        ("faktura -orlen", {"stal"}),
        ("-faktura", {"skan", "umowa", "report"}),
        ("-(faktura OR umowa)", {"skan", "report"}),
        ("NOT hold:yes", {"stal", "skan", "report"}),
        ('"vat za paliwo"', {"skan"}),
        ('"za vat paliwo"', set()),
        ('"o pracę"', {"umowa"}),
        ('"z o.o. urząd"', set()),
        ("zapl*", {"stal"}),
        ("f*", {"stal", "skan"}),
        ("pracwonikowi~", {"umowa"}),
        ("5260001246", {"stal"}),
        ("526 000 12 46", {"stal"}),
        ("PL5260001246", {"stal"}),
        ("nip:526-000-12-46", {"stal"}),
        ("vendor_nip:5260001246", {"stal"}),
        ("PL 526 000 12 46", {"stal"}),
        ("pl 526-000-12-46", {"stal"}),
        ("1234,5", {"stal"}),
        ("1 234,5 zł", {"stal"}),
        ("FV/2026/0412", {"stal"}),
        ("fv-2026-0412", {"stal"}),
        ("2026 0412", {"stal"}),
        ("fv/2026*", {"stal"}),
        ("PL61109010140000071219812874", {"stal"}),
        ("61 1090 1014 0000 0712 1981 2874", {"stal"}),
        ("receipt:R-2026-000077", {"stal"}),
        ("1234.50", {"stal"}),
        ("1.234,50", {"stal"}),
        ("230,84", {"stal"}),
        ("05.03.2026", {"stal"}),
        ("vendor:stal", {"stal"}),
        ('dostawca:"urząd miasta"', {"stal"}),
        ("dostawca:orlen", set()),
        ("title:faktura", {"stal"}),
        ("plik:fv", {"stal"}),
        ("total:>1000", {"stal"}),
        ("total:1234,50", {"stal"}),
        ("total:<100", {"skan"}),
        ("total:0..2000", {"stal", "skan"}),
        ("amount:230,84", {"stal"}),
        ("amount:1003", {"stal"}),
        ("amount:>2000", set()),
        ("date:2026", {"stal"}),
        ("date:2025..2026-03", {"stal", "skan"}),
        ("date:<2026", {"skan"}),
        ("due:2026-03", {"stal"}),
        ("keep:>2030", {"stal"}),
        ("received:2026-02", {"skan"}),
        ("type:faktura", {"stal", "skan"}),
        ("type:faktura,umowa_o_pracę", {"stal", "skan", "umowa"}),
        ("type:lab*", {"report"}),
        ("domain:kadry", {"umowa"}),
        ("state:review", {"umowa"}),
        ("hold:tak", {"umowa"}),
        ("class:ks-1", {"stal"}),
        ("klasa:ks-*", {"stal", "skan"}),
        ("language:en", {"report"}),
        ("currency:eur", {"skan"}),
        ("channel:mail", {"report"}),
        ("year:2026", {"stal"}),
        ("rok:2025,2026", {"stal", "skan"}),
        ("month:2026-03", {"stal"}),
        ("miesiąc:12.2025", {"skan"}),
        ("amount_band:1000..5000", {"stal"}),
        ("przedział_kwot:0..100", {"skan"}),
        ("confidence:<0.8", {"report"}),
        ("pewność:90%", {"skan", "stal", "umowa"}),
        ("confidence:0,5..0,79", {"report"}),
        ("confidence_band:50..80", {"report"}),
        ("party_id:p1", {"stal", "skan"}),
        ("party_id:p2,p9", {"stal"}),
        ("fakturom", {"stal"}),
        ("umow", {"umowa"}),
        ("2026/0412", {"stal"}),
        ("FV/2O26/O412", {"stal"}),
        ("V/2026/04", {"stal"}),
        ("FV/2026/0413", {"stal"}),
        ("26/041", {"stal"}),
        ("526-000-12-47", {"stal"}),
        ("NIP 52600O1246", {"stal"}),
        ("1O90-1O14-0000", {"stal"}),
        ("-FV/2O26/O412", {"stal", "skan", "umowa", "report"}),
        ("2031/77/99", set()),
        ("1234.51", set()),
    ],
)
def test_golden_queries(filled: SearchEngine, query: str, found: set[str]) -> None:
    assert _ids(filled, query) == found


@pytest.fixture(scope="module", params=sorted(ENGINES))
def filled(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> SearchEngine:
    engine = ENGINES[request.param](tmp_path_factory.mktemp("filled") / "index")
    engine.apply(_PAPERS[:2], [])
    engine.apply(_PAPERS[2:], [])
    return engine


def test_a_word_to_be_left_out_is_not_guessed_at(make: Make) -> None:
    engine = make()
    engine.apply([paper("a", text="faktura"), paper("b", text="faktvra")], [])
    assert _ids(engine, "faktura") == {"a", "b"}
    assert _ids(engine, "-faktura") == {"b"}


def test_the_word_itself_comes_before_a_guess_and_the_title_before_the_text(make: Make) -> None:
    engine = make()
    engine.apply(
        [
            paper("1-near", text="faktvra"),
            paper("2-stem", text="faktury"),
            paper("3-word", text="faktura"),
            paper("4-title", title="faktura"),
        ],
        [],
    )
    assert _order(engine, "faktura", "relevance") == ["4-title", "3-word", "2-stem", "1-near"]


def test_orders_and_pages(make: Make) -> None:
    engine = make()
    engine.apply(
        [
            paper("01", total=Decimal(5), document_date=None),
            paper("02", total=None, document_date=date(2024, 1, 1)),
            paper("03", total=Decimal("-7"), document_date=date(2026, 1, 1)),
            paper("04", total=Decimal(50), document_date=date(2025, 1, 1)),
        ],
        [],
    )
    assert _order(engine, "", "newest") == ["04", "03", "02", "01"]
    assert _order(engine, "", "oldest") == ["01", "02", "03", "04"]
    assert _order(engine, "", "date") == ["03", "04", "02", "01"]
    assert _order(engine, "", "total") == ["04", "01", "03", "02"]
    page = engine.search(parse(""), scopes=None, limit=2, offset=1, sort="oldest")
    assert [h.record_id for h in page.hits] == ["02", "03"]
    assert page.total == 4
    beyond = engine.search(parse(""), scopes=None, limit=2, offset=9)
    assert (beyond.hits, beyond.total) == ((), 4)
    none = engine.search(parse(""), scopes=None, limit=0)
    assert (none.hits, none.total) == ((), 4)


def test_orders_go_over_parts_of_the_index_without_any_date(make: Make) -> None:
    engine = make()
    engine.apply([paper("1", document_date=None, domain=None)], [])
    engine.apply([paper("2", document_date=date(2026, 1, 1))], [])
    engine.apply([paper("3", document_date=date(2020, 1, 1)), paper("4", total=Decimal(1))], [])
    assert _order(engine, "", "date")[:2] == ["2", "3"]
    assert _order(engine, "", "total")[0] == "4"
    page = engine.search(parse(""), scopes=None, facets=("year", "domain"))
    assert page.facets == {"year": {"2026": 1, "2020": 1}, "domain": {"accounting": 3}}


def test_an_unknown_order_is_an_error_and_an_unknown_facet_is_left_out(make: Make) -> None:
    engine = make()
    with pytest.raises(InvalidError, match="newest"):
        engine.search(parse(""), scopes=None, sort="best")
    assert engine.search(parse(""), scopes=None, facets=("colour",)).facets == {}


def test_every_order_goes_with_facets_and_scopes(filled: SearchEngine) -> None:
    for sort in SORTS:
        page = filled.search(
            parse("faktura"), scopes=frozenset({"accounting/1"}), facets=FACETS, sort=sort, limit=1
        )
        assert page.total == 2
        assert page.facets["currency"] == {"pln": 1, "eur": 1}
        assert page.facets["year"] == {"2026": 1, "2025": 1}
        assert page.facets["hold"] == {"no": 2}
        assert page.facets["month"] == {"2026-03": 1, "2025-12": 1}
        assert page.facets["party"] == {"p1": 2, "p2": 1}
        assert page.facets["amount_band"] == {"1000..5000": 1, "0..100": 1}
        assert page.facets["confidence_band"] == {"90..95": 2}


# -- who sees what -----------------------------------------------------------


def test_scopes_filter_hits_totals_and_facets(make: Make) -> None:
    engine = make()
    engine.apply(
        [
            paper("a", text="faktura", scopes=("accounting/1",)),
            paper("b", text="faktura", scopes=("hr/3", "owner:01abc"), domain="hr"),
            paper("c", text="faktura", scopes=()),
        ],
        [],
    )

    def seen(*scopes: str) -> tuple[set[str], dict[str, int]]:
        page = engine.search(parse("faktura"), scopes=frozenset(scopes), facets=("domain",))
        assert page.total == len(page.hits)
        return {h.record_id for h in page.hits}, page.facets["domain"]

    assert seen() == (set(), {})
    assert seen("accounting/1") == ({"a"}, {"accounting": 1})
    assert seen("owner:01abc") == ({"b"}, {"hr": 1})
    assert seen("accounting/1", "hr/3", "owner:01abc") == ({"a", "b"}, {"accounting": 1, "hr": 1})
    assert seen("accounting/2", "owner:01ab", "accounting") == (set(), {})
    assert _ids(engine, "faktura") == {"a", "b", "c"}
    assert _ids(engine, "-nothing", frozenset({"hr/3"})) == {"b"}


# -- changes -----------------------------------------------------------------


def test_an_empty_index_answers(make: Make) -> None:
    engine = make()
    page = engine.search(parse("faktura"), scopes=None, facets=("domain",))
    assert (page.hits, page.total, page.facets) == ((), 0, {"domain": {}})
    assert (engine.count(), list(engine.versions()), engine.traces()) == (0, [], 0)


def test_nothing_to_do_is_done(make: Make) -> None:
    engine = make()
    engine.apply([], [])
    assert engine.count() == 0


def test_a_newer_version_replaces_and_an_older_or_the_same_does_not(make: Make) -> None:
    engine = make()
    engine.apply([paper("a", 2, "pierwsza")], [])
    engine.apply([paper("a", 1, "starsza"), paper("b", 1, "inna")], [])
    engine.apply([paper("a", 2, "podmieniona")], [])
    assert _ids(engine, "pierwsza") == {"a"}
    assert _ids(engine, "starsza OR podmieniona") == set()
    engine.apply([paper("a", 4, "czwarta"), paper("a", 3, "trzecia")], [])
    assert _ids(engine, "czwarta") == {"a"}
    assert _ids(engine, "pierwsza OR trzecia") == set()
    assert sorted(engine.versions()) == [("a", 4), ("b", 1)]
    assert engine.count() == 2


def test_what_is_removed_is_not_found_and_does_not_come_back(make: Make) -> None:
    engine = make()
    engine.apply([paper("a", 3, "tajne"), paper("b", 1, "jawne")], [])
    engine.apply([], [("a", 2)])
    assert _ids(engine, "tajne") == {"a"}
    engine.apply([], [("a", 3)])
    engine.apply([], [("a", 3), ("never-there", 7)])
    engine.apply([paper("a", 3, "tajne"), paper("a", 2, "tajne")], [])
    for query in ("tajne", "taj*", "tajme~", "-jawne", '"tajne"'):
        assert _ids(engine, query) == set()
    page = engine.search(parse(""), scopes=None, facets=FACETS)
    assert [h.record_id for h in page.hits] == ["b"]
    assert page.facets["domain"] == {"accounting": 1}
    assert list(engine.versions()) == [("b", 1)]
    assert engine.count() == 1
    engine.apply([paper("a", 4, "tajne")], [])
    assert _ids(engine, "tajne") == {"a"}


def test_at_the_same_version_a_removal_wins_in_one_batch(make: Make) -> None:
    engine = make()
    engine.apply([paper("a", 3, "tajne"), paper("b", 4, "jawne")], [("a", 3), ("b", 3)])
    assert list(engine.versions()) == [("b", 4)]


def test_many_removals_leave_the_rest_in_place(make: Make) -> None:
    engine = make()
    engine.apply([paper(f"{n:03}", text=f"wspólne numer{n}") for n in range(120)], [])
    engine.apply([], [(f"{n:03}", 1) for n in range(0, 120, 2)])
    assert engine.count() == 60
    assert {int(i) % 2 for i, _ in engine.versions()} == {1}
    assert engine.search(parse("wspólne"), scopes=None).total == 60


def _vocabulary(name: str, root: Path) -> set[str]:
    """All words in the engine's files, also those of documents that are no more."""
    (live,) = root.glob("index/gen-*")
    if name == "tantivy":
        return {w for w, _ in tantivy.Index.open(str(live)).searcher().terms_with_prefix("body", "")}
    with open_dir(str(live)).reader() as reader:
        return {w.decode() for w in reader.lexicon("body")}


@in_folders
def test_a_rebuild_leaves_no_trace_of_what_was_removed(make: Make, name: str, tmp_path: Path) -> None:
    engine = make()
    engine.apply([paper("a", 1, "tajnehaslo"), *(paper(f"b{n}", 1, "jawne") for n in range(9))], [])
    engine.apply([], [("a", 1)])
    assert "tajnehaslo" in _vocabulary(name, tmp_path)
    assert engine.traces() == 1
    assert engine.rebuild([[paper("b", 2, "jawne"), paper("c", 1, "inne")], [paper("b", 2, "jawne")]]) == 2
    assert _vocabulary(name, tmp_path) == {"jawne", "inne"}
    assert engine.traces() == 0
    assert sorted(engine.versions()) == [("b", 2), ("c", 1)]


@in_folders
def test_no_text_is_kept(make: Make, tmp_path: Path) -> None:
    engine = make()
    sentence = "Kwartalne zestawienie poufnych wynagrodzeń"
    engine.apply([paper("a", text=sentence, title=sentence, parties=(sentence,))], [])
    assert _ids(engine, "poufne wynagrodzenia") == {"a"}
    for path in (tmp_path / "index").rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert sentence.encode() not in content
            assert b"kwartalne zestawienie" not in content


# -- several at once ---------------------------------------------------------


def test_another_reader_sees_a_commit_and_a_rebuild_at_once(make: Make) -> None:
    writer, reader = make(), make()
    assert _ids(reader, "faktura") == set()
    writer.apply([paper("a", text="faktura")], [])
    assert _ids(reader, "faktura") == {"a"}
    writer.apply([paper("b", text="faktura")], [])
    assert _ids(reader, "faktura") == {"a", "b"}
    reader.apply([], [("a", 1)])
    assert _ids(writer, "faktura") == {"b"}
    writer.rebuild([[paper("z", text="faktura")]])
    assert _ids(reader, "faktura") == {"z"}
    reader.close()
    assert _ids(reader, "faktura") == {"z"}


@in_folders
def test_a_second_writer_waits_or_is_told_to_try_again(make: Make) -> None:
    holder, hurried, patient = make(), make(patience=0.2), make(patience=20)
    inside, leave = threading.Event(), threading.Event()

    def slowly():  # type: ignore[no-untyped-def]
        yield [paper("a", text="faktura")]
        inside.set()
        assert leave.wait(20)

    building = threading.Thread(target=lambda: holder.rebuild(slowly()))
    building.start()
    assert inside.wait(20)
    try:
        with pytest.raises(IndexBusyError) as caught:
            hurried.apply([paper("b")], [])
        assert caught.value.code == "index_busy"
        waiting = threading.Thread(target=lambda: patient.apply([paper("c", text="faktura")], []))
        waiting.start()
        time.sleep(0.2)
    finally:
        leave.set()
        building.join(20)
    waiting.join(20)
    assert _ids(make(), "faktura") == {"a", "c"}


def test_threads_may_search_while_another_writes(make: Make) -> None:
    engine = make()
    engine.apply([paper("always", text="faktura")], [])
    wrong: list[object] = []
    done = threading.Event()

    def look() -> None:
        try:
            while not done.is_set():
                if "always" not in _ids(engine, "faktura"):
                    wrong.append("not found")
        except BaseException as error:
            wrong.append(error)

    lookers = [threading.Thread(target=look) for _ in range(3)]
    for looker in lookers:
        looker.start()
    for n in range(8):
        engine.apply([paper(f"n{n}", text="faktura")], [])
    engine.rebuild([[paper("always", text="faktura")]])
    done.set()
    for looker in lookers:
        looker.join(20)
    assert wrong == []


# -- bad days ----------------------------------------------------------------

_WRITER = """
import sys
from pathlib import Path
from tests.contracts.engines import ENGINES
from tests.unit.indexer.documents import paper

engine = ENGINES[sys.argv[1]](Path(sys.argv[2]))
start = int(sys.argv[3])
for n in range(start, start + 100_000):
    gone = [(f"{n - 3:06}", 1)] if n % 5 == 0 else []
    engine.apply([paper(f"{n:06}", text=f"faktura numer{n} " + "opis " * 200)], gone)
    print(n, flush=True)
"""


@in_folders
def test_kill_9_loses_nothing_that_was_acknowledged(make: Make, name: str, tmp_path: Path) -> None:
    root = tmp_path / "index"
    expected: dict[str, int] = {}
    start = 1
    for turn in range(4):
        writer = subprocess.Popen(
            [sys.executable, "-c", _WRITER, name, str(root), str(start)],
            stdout=subprocess.PIPE,
            cwd=Path(__file__).parents[2],
        )
        assert writer.stdout is not None
        first = writer.stdout.readline()
        assert first
        time.sleep(0.15 + 0.11 * turn)
        os.kill(writer.pid, signal.SIGKILL)
        rest = writer.stdout.read()
        writer.wait()
        said = [int(line) for line in (first + rest).split()]
        for n in said:
            expected[f"{n:06}"] = 1
            if n % 5 == 0:
                expected.pop(f"{n - 3:06}", None)
        engine = make()
        found = dict(engine.versions())
        # The change that was being written when it was killed may be in or not, but whole.
        unsure = said[-1] + 1
        found.pop(f"{unsure:06}", None)
        if unsure % 5 == 0:
            found.pop(f"{unsure - 3:06}", None)
            expected.pop(f"{unsure - 3:06}", None)
        assert found == expected
        assert f"{said[-1]:06}" in _ids(engine, f"numer{said[-1]}")
        engine.apply([paper(f"x{turn}", text="po awarii")], [])
        assert f"x{turn}" in _ids(engine, "awaria")
        expected = dict(engine.versions())
        engine.close()
        start = unsure + 1


@in_folders
@pytest.mark.parametrize(
    "pointer", ["", "garbage", "gen-missing tantivy-3", "../../etc tantivy-3", "\0" * 40]
)
def test_a_wrong_pointer_is_damage_and_a_rebuild_mends_it(make: Make, tmp_path: Path, pointer: str) -> None:
    make().apply([paper("a", text="faktura")], [])
    (tmp_path / "index" / "current").write_text(pointer)
    _assert_damaged_then_mended(make)


@in_folders
def test_a_lost_pointer_is_damage(make: Make, tmp_path: Path) -> None:
    make().apply([paper("a", text="faktura")], [])
    (tmp_path / "index" / "current").unlink()
    _assert_damaged_then_mended(make)


@in_folders
def test_a_lost_generation_is_damage(make: Make, tmp_path: Path) -> None:
    make().apply([paper("a", text="faktura")], [])
    for folder in (tmp_path / "index").glob("gen-*"):
        shutil.rmtree(folder)
    _assert_damaged_then_mended(make)


def _assert_damaged_then_mended(make: Make) -> None:
    engine = make()
    for attempt in (
        lambda: engine.search(parse("faktura"), scopes=None),
        engine.count,
        lambda: list(engine.versions()),
        lambda: engine.apply([paper("b")], []),
    ):
        with pytest.raises(IndexDamagedError) as caught:
            attempt()
        assert caught.value.code == "index_damaged"
    assert engine.rebuild([[paper("b", text="faktura")]]) == 1
    assert _ids(engine, "faktura") == {"b"}


@in_folders
@pytest.mark.parametrize("how", ["emptied", "halved", "gone", "overwritten"])
def test_any_broken_file_is_damage_or_does_no_harm(make: Make, tmp_path: Path, how: str) -> None:
    root = tmp_path / "index"
    make().apply([paper(f"{n:03}", text=f"faktura numer{n} " * 20) for n in range(40)], [])
    kept = tmp_path / "kept"
    shutil.copytree(root, kept)
    told = 0
    for broken in sorted(p.relative_to(kept) for p in kept.glob("gen-*/*") if p.stat().st_size):
        shutil.rmtree(root)
        shutil.copytree(kept, root)
        path = root / broken
        size = path.stat().st_size
        if how == "gone":
            path.unlink()
        elif how == "overwritten":
            path.write_bytes(b"\xa5" * size)
        else:
            os.truncate(path, 0 if how == "emptied" else size // 2)
        engine = make()
        try:
            assert len(_ids(engine, "faktura")) == 40
            assert engine.count() == 40
        except IndexDamagedError:
            told += 1
        with suppress(IndexDamagedError):
            engine.close()
        assert make().rebuild([[paper("b", text="faktura")]]) == 1
        assert _ids(make(), "faktura") == {"b"}
    assert told >= 2


@in_folders
def test_a_failed_rebuild_leaves_the_old_index(make: Make, tmp_path: Path) -> None:
    engine = make()
    engine.apply([paper("a", text="faktura")], [])

    def breaks():  # type: ignore[no-untyped-def]
        yield [paper("b", text="faktura")]
        raise RuntimeError("the database went away")

    with pytest.raises(RuntimeError):
        engine.rebuild(breaks())
    assert _ids(engine, "faktura") == {"a"}
    assert list((tmp_path / "index").glob("draft-*")) == []


@in_folders
def test_a_rebuild_that_was_killed_leaves_nothing_behind(make: Make, tmp_path: Path) -> None:
    engine = make()
    engine.apply([paper("a", text="faktura")], [])
    left = tmp_path / "index" / "draft-00left"
    left.mkdir()
    (left / "x").write_bytes(b"half")
    assert _ids(engine, "faktura") == {"a"}
    engine.rebuild([[paper("a", text="faktura")]])
    assert not left.exists()


# -- odd documents -----------------------------------------------------------


def test_odd_values_are_taken_in(make: Make) -> None:
    engine = make()
    engine.apply(
        [
            paper(
                "odd",
                text="x" * 5000 + " \x00\x01 \ud7ff " + "słowo-" * 500 + "1" * 400,
                title="\n\t",
                parties=("", "  "),
                identifiers=("", "///", "a" * 500),
                amounts=(Decimal("NaN"), Decimal("1e40"), Decimal("-0.005")),
                total=Decimal("Infinity"),
                document_date=date(1, 1, 1),
                keep_until=date(9999, 12, 31),
                file_name="",
                domain=None,
                doc_type=None,
                language=None,
                currency=None,
            )
        ],
        [],
    )
    assert _ids(engine, "słowo") == {"odd"}
    assert _ids(engine, "keep:>9000-01-01") == {"odd"}
    assert _ids(engine, "domain:accounting") == set()


def test_a_short_beginning_over_many_words_is_answered_soon(make: Make) -> None:
    engine = make()
    letters = "abcdefghijklmnopqrstuvwxyz"
    engine.rebuild(
        [paper(f"{n:04}", text=" ".join(f"a{letters[k % 26]}{n}x{k}" for k in range(40))) for _ in (0,)]
        for n in range(300)
    )
    start = time.process_time()
    page = engine.search(parse("a* ab* -zz*"), scopes=frozenset({"accounting/1"}), facets=("domain",))
    assert time.process_time() - start < 5
    assert page.total > 0
