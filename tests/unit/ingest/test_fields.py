"""Amounts, dates, identifiers, totals and parties, spelling by spelling."""

import time
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.fields.amounts import amounts_in, normal
from ingest.fields.dated import choose_dates
from ingest.fields.dates import find_dates
from ingest.fields.find import find_fields
from ingest.fields.identifiers import find_ibans, find_nips, iban_ok, nip_ok, pesel_ok, regon_ok
from ingest.fields.names import FIELDS
from ingest.fields.rows import Row, rows_of
from ingest.fields.simple import WANTED
from ingest.fields.totals import find_totals
from ingest.model import Page, Reading, Word


def rows(text: str) -> list[Row]:
    return rows_of(Reading("text/plain", (Page(1, 595, 842, "recognised", "text", "1", text),)))


def boxed(lines: list[list[tuple[str, float, float]]], confidence: float = 0.95) -> list[Row]:
    """Rows of words given as (text, x0, x1), one list a line."""
    words = []
    for number, line in enumerate(lines):
        top = 0.05 + 0.04 * number
        words.extend(Word(t, (x0, top, x1, top + 0.02), confidence, number) for t, x0, x1 in line)
    return rows_of(Reading("image/png", (Page(1, 595, 842, "recognised", "t", "1", "", tuple(words), 0.9),)))


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("1 234,50", "1234.50"),
        ("1.234,50", "1234.50"),
        ("1,234.50", "1234.50"),
        ("1'234.50", "1234.50"),
        ("1234,50 zł", "1234.50"),
        ("$1,234.50", "1234.50"),
        ("RM1,234.50", "1234.50"),
        ("€ 1.234", "1234.00"),
        ("12 345 678,90", "12345678.90"),
        ("-3,00", "-3.00"),
        ("0.07", "0.07"),
    ],
)
def test_an_amount_is_read_in_every_spelling(written: str, value: str) -> None:
    (row,) = rows(f"Total: {written}")
    (found,) = amounts_in(row, ocr=False)
    assert normal(found.value) == value


@pytest.mark.parametrize("text", ["23%", "12.03.2026", "2026-03-12", "10:45", "ABC123.45X", "1.234.567.8"])
def test_what_is_no_amount_is_not_read_as_one(text: str) -> None:
    (row,) = rows(f"code {text} end")
    assert [a for a in amounts_in(row, ocr=False) if a.cents] == []


def test_letters_that_ocr_put_for_digits_are_mended_only_on_scans() -> None:
    (row,) = rows("SUMA 1O5,5O")
    assert [a.value for a in amounts_in(row, ocr=True)] == [Decimal("105.50")]
    assert amounts_in(row, ocr=False) == []


@given(
    st.integers(0, 99_999_999), st.sampled_from([(" ", ","), (".", ","), (",", "."), ("", "."), ("", ",")])
)
def test_any_amount_survives_being_written(cents: int, style: tuple[str, str]) -> None:
    group, point = style
    written = f"{cents // 100:,}".replace(",", group) + point + f"{cents % 100:02d}"
    (row,) = rows(f"Razem {written} zł")
    assert [normal(a.value) for a in amounts_in(row, ocr=False)] == [f"{cents // 100}.{cents % 100:02d}"]


@pytest.mark.parametrize(
    ("written", "iso"),
    [
        ("12.03.2026", "2026-03-12"),
        ("12 marca 2026 r.", "2026-03-12"),
        ("March 12, 2026", "2026-03-12"),
        ("12-Mar-2026", "2026-03-12"),
        ("2026/03/12", "2026-03-12"),
        ("7. Mai 2026", "2026-05-07"),
        ("1er février 2026", "2026-02-01"),
        ("19 april 2026", "2026-04-19"),
        ("25 grudnia 2025", "2025-12-25"),
    ],
)
def test_a_date_is_read_in_every_spelling(written: str, iso: str) -> None:
    found, _ = find_dates(rows(f"Datum: {written}"), american=False)
    assert [d.value.isoformat() for d in found] == [iso]


def test_day_and_month_are_settled_by_another_date_of_the_paper() -> None:
    found, settled = find_dates(rows("Date: 03/12/26\nDue: 03/28/26"), american=False)
    assert settled
    assert [d.value.isoformat() for d in found] == ["2026-03-12", "2026-03-28"]


def test_day_and_month_that_nothing_settles_are_a_doubt() -> None:
    choice = choose_dates(rows("Invoice date: 03/04/2026"), american=False, prefer_timed=False)
    assert [(f.name, f.value) for f in choice.fields] == [("date", "2026-04-03")]
    assert choice.doubtful == ("date",)


def test_a_date_that_does_not_exist_is_no_date() -> None:
    assert find_dates(rows("31.02.2026 and 2026-13-01"), american=False)[0] == []


def test_check_digits() -> None:
    assert nip_ok("5261040828")
    assert not nip_ok("5261040827")
    assert regon_ok("123456785")
    assert not regon_ok("123456786")
    assert pesel_ok("44051401359")
    assert not pesel_ok("44051401358")
    assert not pesel_ok("44133101350")
    assert iban_ok("PL61109010140000071219812874")
    assert not iban_ok("PL61109010140000071219812875")


def test_identifiers_lose_their_separators() -> None:
    assert [n[0] for n in find_nips("NIP: 526-10-40-828 oraz PL 7251801126")] == ["5261040828", "7251801126"]
    assert find_ibans("Konto 61 1090 1014 0000 0712 1981 2874")[0][0] == "PL61109010140000071219812874"
    assert find_ibans("Konto 61 1090 1014 0000 0712 1981 2875") == []


def test_net_vat_and_total_are_proved_by_arithmetic() -> None:
    found = find_totals(rows("Razem netto 100,00\nKwota VAT 23,00\nDo zapłaty 123,00 zł"), ocr=False)
    assert {f.name: f.value for f in found.fields} == {"total": "123.00", "net": "100.00", "vat": "23.00"}
    assert {f.check for f in found.fields} == {"net+vat=total"}
    assert not found.doubtful


def test_cash_and_change_are_never_the_total() -> None:
    found = find_totals(rows("TOTAL 21,38\nCASH 50,00\nCHANGE 28,62"), ocr=False)
    total = found.fields[0]
    assert (total.value, total.check) == ("21.38", "cash-change=total")


def test_a_total_is_found_by_arithmetic_where_its_label_is_lost() -> None:
    found = find_totals(rows("Bread 21,38\nT0TL 21,38\nCASH 50,00\nCHANGE 28,62"), ocr=True)
    assert found.fields[0].value == "21.38"


def test_a_value_under_its_column_heading_is_found_with_its_box() -> None:
    table = boxed(
        [
            [("Invoice", 0.1, 0.17), ("No", 0.18, 0.21), ("Date", 0.5, 0.55)],
            [("A-771", 0.1, 0.16), ("12.03.2026", 0.5, 0.6)],
        ]
    )
    fields = {f.name: f for f in find_fields(table, "invoice", False, {}).fields}
    assert fields["invoice_number"].value == "A-771"
    assert fields["invoice_number"].box == pytest.approx((0.1, 0.09, 0.16, 0.11))
    assert fields["date"].value == "2026-03-12"


def test_words_read_with_little_confidence_give_less_sure_fields() -> None:
    line = [[("Total", 0.1, 0.2), ("12.50", 0.5, 0.6)]]
    sure, unsure = (find_totals(boxed(line, c), ocr=True).fields[0].confidence for c in (0.99, 0.2))
    assert unsure < sure


def test_what_the_file_states_outranks_what_is_read() -> None:
    stated = {"total": "99.00"}
    fields = {
        f.name: f for f in find_fields(rows("Total 12,50\nDate 12.03.2026"), "receipt", False, stated).fields
    }
    assert (fields["total"].value, fields["total"].source) == ("99.00", "structured")
    assert fields["date"].value == "2026-03-12"


def test_ten_thousand_amounts_stay_fast() -> None:
    text = (
        "\n".join(f"item {i} {i}.50 {i}.75 {i}.99 {i + 1}.05 {i}.10" for i in range(2000)) + "\nTOTAL 77.70"
    )
    started = time.process_time()
    find_fields(rows(text), "invoice", True, {})
    assert time.process_time() - started < 3.0


@given(
    st.text(max_size=400),
    st.sampled_from(["invoice", "receipt", "payslip", "bank_statement", "tax_form", "resume"]),
)
def test_any_text_yields_known_fields_in_bounds(text: str, doc_type: str) -> None:
    for found in find_fields(rows(text), doc_type, True, {}).fields:
        assert found.name in FIELDS
        assert 0.0 <= found.confidence <= 1.0
        assert found.value


def test_every_field_looked_for_has_a_name_people_know() -> None:
    assert {name for names in WANTED.values() for name in names.split()} <= set(FIELDS)


def test_a_clock_written_with_dots_settles_nothing() -> None:
    found, settled = find_dates(rows("Date 06/01/18 12.17.26 PM"), american=False)
    assert [d.value.isoformat() for d in found] == ["2018-01-06"]
    assert not settled


def test_change_due_is_no_due_date() -> None:
    choice = choose_dates(rows("CHANGE DUE\n29/06/2018 8:26:57 AM"), american=False, prefer_timed=True)
    assert [(f.name, f.value) for f in choice.fields] == [("date", "2018-06-29")]


@pytest.mark.parametrize(
    ("total", "account", "doubtful"),
    [
        ("1 234,50", "61 1090 1014 0000 0712 1981 2874", ()),
        ("1 244,50", "61 1090 1014 0000 0712 1981 2874", ("total",)),
        ("1 234,50", "PL62 1090 1014 0000 0712 1981 2874", ("bank_account",)),
    ],
)
def test_an_invoice_whose_figures_contradict_each_other_is_asked_about(
    total: str, account: str, doubtful: tuple[str, ...]
) -> None:
    text = (
        "Faktura VAT nr FV/2026/414\nData wystawienia: 2026-03-01\nSprzedawca: Modra Kuźnia sp. z o.o.\n"
        f"NIP: 526-000-12-46\nRazem netto: 1003,66 PLN\nVAT 23%: 230,84 PLN\nDo zapłaty: {total} PLN\n"
        f"Numer konta: {account}\n"
    )
    page = Page(1, 595, 842, "recognised", "text", "1", text)
    found = find_fields(rows_of(Reading("text/plain", (page,))), "invoice", False, {})
    assert found.doubtful == doubtful
