"""What every search engine does, whatever it is made of."""

import time
from datetime import date
from decimal import Decimal

import pytest

from akta.kernel.errors import InvalidError
from indexer.model import FACETS, SORTS, SearchEngine
from indexer.query import parse
from tests.contracts.engines import ENGINES, Make, ids
from tests.unit.indexer.documents import paper


def _order(engine: SearchEngine, query: str, sort: str) -> list[str]:
    return [hit.record_id for hit in engine.search(parse(query), scopes=None, sort=sort).hits]


# -- finding -----------------------------------------------------------------

PAPERS = [
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
    assert ids(filled, query) == found


@pytest.fixture(scope="module", params=sorted(ENGINES))
def filled(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> SearchEngine:
    engine = ENGINES[request.param](tmp_path_factory.mktemp("filled") / "index")
    engine.apply(PAPERS[:2], [])
    engine.apply(PAPERS[2:], [])
    return engine


def test_a_word_to_be_left_out_is_not_guessed_at(make: Make) -> None:
    engine = make()
    engine.apply([paper("a", text="faktura"), paper("b", text="faktvra")], [])
    assert ids(engine, "faktura") == {"a", "b"}
    assert ids(engine, "-faktura") == {"b"}


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


def test_facets_asked_for_again_are_those_of_now_and_of_the_one_who_asks(make: Make) -> None:
    engine = make()
    engine.apply([paper("a", text="faktura", scopes=("accounting/1",))], [])

    def domains(scope: str, opened: SearchEngine = engine) -> dict[str, int]:
        page = opened.search(parse("faktura"), scopes=frozenset({scope}), facets=("domain",))
        return page.facets["domain"]

    first = domains("accounting/1")
    first["accounting"] = 99  # what one was given is theirs
    assert domains("accounting/1") == {"accounting": 1}
    assert domains("hr/1") == {}
    make().apply([paper("b", text="faktura", scopes=("accounting/1",))], [])  # another process
    assert domains("accounting/1") == {"accounting": 2}
    engine.apply([], [("a", 9), ("b", 9)])
    assert domains("accounting/1") == {}


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
    assert ids(engine, "faktura") == {"a", "b", "c"}
    assert ids(engine, "-nothing", frozenset({"hr/3"})) == {"b"}


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
    assert ids(engine, "słowo") == {"odd"}
    assert ids(engine, "keep:>9000-01-01") == {"odd"}
    assert ids(engine, "domain:accounting") == set()


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
