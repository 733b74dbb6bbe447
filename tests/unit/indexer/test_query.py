"""The query language."""

import pytest

from indexer.query import QueryError, parse
from indexer.query.ast import And, Between, Everything, Exact, Not, Nothing, Or, Phrase, Query, Term


def _t(text: str, field: str = "any") -> Term:
    return Term(text, field)  # type: ignore[arg-type]  # fields are written out in the tests


@pytest.mark.parametrize(
    ("typed", "tree"),
    [
        ("", Everything()),
        ("   ", Everything()),
        ("faktura orlen", And((_t("faktura"), _t("orlen")))),
        ("a AND b ORAZ c", And((_t("a"), _t("b"), _t("c")))),
        ("a OR b LUB c", Or((_t("a"), _t("b"), _t("c")))),
        ("a b OR c", Or((And((_t("a"), _t("b"))), _t("c")))),
        ("(a OR b) c", And((Or((_t("a"), _t("b"))), _t("c")))),
        ("-a", Not(_t("a"))),
        ("NOT a", Not(_t("a"))),
        ("NIE a", Not(_t("a"))),
        ("NOT NOT a", _t("a")),
        ("-(a b)", Not(And((_t("a"), _t("b"))))),
        ("+a", _t("a")),
        ('"nota korygująca"', Phrase("nota korygująca")),
        ("„nota korygująca”", Phrase("nota korygująca")),
        ('-"a b"', Not(Phrase("a b"))),
        ("fakt*", Term("fakt", prefix=True)),
        ("faktvra~", Term("faktvra", fuzzy=True)),
        ("faktvra~1", Term("faktvra", fuzzy=True)),
        ("word^2", _t("word")),
        ("vendor:orlen", _t("orlen", "party")),
        ("Dostawca:orlen", _t("orlen", "party")),
        ("sprzedawca:orlen", _t("orlen", "party")),
        ("vendor:(orlen OR lotos) x", And((Or((_t("orlen", "party"), _t("lotos", "party"))), _t("x")))),
        ('vendor:"Orlen SA"', Phrase("Orlen SA", "party")),
        ('vendor: "Orlen SA"', Phrase("Orlen SA", "party")),
        ("nip:526-000-12-46", _t("526-000-12-46", "number")),
        ('numer:"526 000 12 46"', _t("526 000 12 46", "number")),
        ("NIP: 526-000-12-46", _t("526-000-12-46", "number")),
        ("type:faktura", Exact("type", ("invoice", "bill"))),
        ("type:zus", Exact("type", ("social_insurance", "zus_dra", "zus_zua"))),
        ("rodzaj:PIT-11", Exact("type", ("pit_11",))),
        ("typ:invoice", Exact("type", ("invoice", "bill"))),
        ("rodzaj:faktura,paragon", Exact("type", ("invoice", "bill", "receipt"))),
        ('rodzaj:"umowa o pracę"', Exact("type", ("employment_contract",))),
        ("domain:kadry", Exact("domain", ("hr",))),
        ("dziedzina:hr", Exact("domain", ("hr",))),
        ("status:kwarantanna", Exact("state", ("quarantined",))),
        ("język:polski", Exact("language", ("pl",))),
        ("waluta:zł", Exact("currency", ("pln",))),
        ("klasa:ks-1", Exact("class", ("KS-1",))),
        ("class:ks*", Exact("class", ("KS*",))),
        ("hold:tak", Exact("hold", ("yes",))),
        ("wstrzymanie:nie", Exact("hold", ("no",))),
    ],
)
def test_tree(typed: str, tree: Query) -> None:
    assert parse(typed) == tree


@pytest.mark.parametrize(
    ("typed", "low", "high"),
    [
        ("total:500", 50000, 50099),
        ("total:500,00", 50000, 50000),
        ("total:>500", 50001, None),
        ("total:>=500", 50000, None),
        ("total:<500", None, 49999),
        ("total:<=500", None, 50000),
        ("kwota:500..1000", 50000, 100000),
        ("razem:500-1000", 50000, 100000),
        ("total:..1000", None, 100000),
        ("total:500..", 50000, None),
        ("total:1 234,50", 123450, 123450),
        ("total:1.234,50", 123450, 123450),
        ("total:1,234.50", 123450, 123450),
        ("total:>1 000", 100001, None),
        ("total:500zł", 50000, 50099),
        ("total:500 ", 50000, 50099),
        ("total: 500", 50000, 50099),
        ("total:> 500", 50001, None),
        ("total>500", 50001, None),
        ("total:-5", -500, -500),
    ],
)
def test_amounts(typed: str, low: int | None, high: int | None) -> None:
    assert parse(typed) == Between("total", low, high)


@pytest.mark.parametrize(
    ("typed", "low", "high"),
    [
        ("date:2025", 20250101, 20251231),
        ("data:2026-02", 20260201, 20260228),
        ("date:2024-02", 20240201, 20240229),
        ("date:2026-03-05", 20260305, 20260305),
        ("date:05.03.2026", 20260305, 20260305),
        ("date:03.2026", 20260301, 20260331),
        ("date:2025..2026-03", 20250101, 20260331),
        ("date:2025-2026", 20250101, 20261231),
        ("date:>2025", 20251232, None),
        ("date:>=2025", 20250101, None),
        ("date:<2025-06", None, 20250600),
        ("date:<=2025-06", None, 20250630),
        ("date:..2025", None, 20251231),
        ("data<2025", None, 20250100),
    ],
)
def test_dates(typed: str, low: int | None, high: int | None) -> None:
    assert parse(typed) == Between("date", low, high)


@pytest.mark.parametrize(
    ("typed", "field"), [("termin:2026", "due"), ("przyjęto:2026", "received"), ("przechować:2026", "keep")]
)
def test_the_other_dates(typed: str, field: str) -> None:
    assert parse(typed) == Between(field, 20260101, 20261231)  # type: ignore[arg-type]


def test_a_range_the_wrong_way_round_fits_nothing() -> None:
    assert parse("date:2026..2025") == Nothing()


def test_a_number_typed_with_spaces_is_also_looked_for_whole() -> None:
    tree = parse("526 000 12 46")
    assert isinstance(tree, Or)
    assert _t("526 000 12 46", "number") in tree.parts


@pytest.mark.parametrize(
    ("typed", "tree"),
    [
        ('"unclosed words', Phrase("unclosed words")),
        ("(((a", _t("a")),
        ("a))", _t("a")),
        ("a OR", _t("a")),
        ("OR a", _t("a")),
        ("a AND", _t("a")),
        ("a -", _t("a")),
        ("a vendor:", _t("a")),
        ("a !!! ???", _t("a")),
        ("12:30", _t("12:30")),
        ("http://akta.example/x", _t("http://akta.example/x")),
        ("localhost:8080", _t("localhost:8080")),
        ("Uwaga:pilne", _t("Uwaga:pilne")),
        ("do: zapłaty", And((_t("do"), _t("zapłaty")))),
        ("-" * 3000 + "a", Not(_t("a"))),
        ('"a b"~2', Phrase("a b")),
    ],
)
def test_it_is_lenient(typed: str, tree: Query) -> None:
    assert parse(typed) == tree


@pytest.mark.parametrize(
    ("typed", "position", "said"),
    [
        ("type:", 5, "'type:' needs a value after the colon."),
        ("-typ: ", 5, "'typ:' needs a value after the colon."),
        ("type:*", 6, "'type:' needs a value after the colon."),
        ("%%%", 0, "There is no word, number or field in the query that could be found."),
        ("NOT", 0, "There is no word, number or field in the query that could be found."),
        ("!!! ???", 0, "There is no word, number or field in the query that could be found."),
        ("(())", 0, "There is no word, number or field in the query that could be found."),
        ('""', 0, "There is no word, number or field in the query that could be found."),
    ],
)
def test_what_asks_for_nothing_does_not_find_everything(typed: str, position: int, said: str) -> None:
    with pytest.raises(QueryError) as caught:
        parse(typed)
    assert (caught.value.message, caught.value.params["position"]) == (said, position)


@pytest.mark.parametrize(
    ("typed", "position", "says"),
    [
        ("x vendro:orlen", 2, "vendor"),
        ("frobnicate:x", 0, "title, party, number"),
        ("frobnicate:(a b)", 0, "title, party, number"),
        ('x -frobnicate:"a b"', 2, "title, party, number"),
        ("date:2026-13", 5, "2026-03-31"),
        ("date:2026-02-30", 5, "2026-03-31"),
        ("total:abc", 6, "1234,50"),
        ("total:..", 6, "1234,50"),
        ("total:1e400", 6, "1234,50"),
        ("total:99999999999999999999", 6, "1234,50"),
        ("hold:perhaps", 5, "yes or no"),
        ("state:needs", 6, "filed, review"),
        ("state:review,needs", 13, "'needs'"),
        ("stan:przegl", 5, "filed, review"),
        ("type:faktoora", 5, "invoice"),
        ("domain:qq*", 7, "accounting"),
        ("nosuch:1", 0, "no field"),
        ("vendor_nop:5260001246", 0, "vendor_nip"),
        ("(" * 30 + "a", 20, "brackets"),
        ("a " * 101, 200, "100 words"),
        ("-".join(["a"] * 200), 0, "100 words"),
        ("a" * 4001, 4000, "4000 characters"),
    ],
)
def test_errors_say_where_and_what(typed: str, position: int, says: str) -> None:
    with pytest.raises(QueryError) as caught:
        parse(typed)
    assert caught.value.code == "query_invalid"
    assert caught.value.params["position"] == position
    assert says in caught.value.message


def test_a_position_after_leading_blanks() -> None:
    with pytest.raises(QueryError) as caught:
        parse("   frobnicate:x")
    assert caught.value.params["position"] == 3
