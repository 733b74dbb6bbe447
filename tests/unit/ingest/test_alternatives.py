"""Other values of doubtful fields: found, explained, bounded."""

import time
from dataclasses import asdict

import pytest

from ingest.fields.alternatives import MOST, Alternative, suggest
from ingest.fields.found import FoundField
from ingest.fields.identifiers import nip_ok
from ingest.fields.rows import rows_of
from ingest.model import Page, Reading, Word
from ingest.understand import understand


def _reading(text: str) -> Reading:
    return Reading("text/plain", (Page(1, 1, 1, "recognised", "text", "1", text, ()),))


def _alternatives(text: str, name: str, value: str = "") -> tuple[Alternative, ...]:
    rows = rows_of(_reading(text))
    mine = {name: FoundField(name, value, value, 0.4, 1, None, "label")} if value else {}
    return suggest(rows, False, mine, [name]).get(name, ())


def _values(text: str, name: str, value: str = "") -> list[str]:
    return [a.value for a in _alternatives(text, name, value)]


def test_the_other_order_of_day_and_month_comes_first() -> None:
    found = _alternatives("Invoice\nDate: 04/03/2026\nPaid 17/03/2026\n", "date", "2026-03-04")
    assert (found[0].value, found[0].why, found[0].raw) == ("2026-04-03", "other order", "04/03/2026")
    assert "2026-03-17" in [a.value for a in found]


def test_net_and_tax_make_the_total() -> None:
    text = "Netto 100,00 PLN\nVAT 23,00 PLN\nDo zaplaty 132,00 PLN\nInne 123,00\n"
    found = _alternatives(text, "total", "132.00")
    assert (found[0].value, found[0].why, found[0].raw) == ("123.00", "net+vat=total", "123,00")
    # A sum that stands nowhere is offered too, without a place.
    found = _alternatives(text.replace("Inne 123,00\n", ""), "total", "132.00")
    assert (found[0].value, found[0].page, found[0].raw) == ("123.00", None, "")


@pytest.mark.parametrize("printed", ["526-000-12-46", "5260001246"])
def test_a_tax_number_whose_digit_was_misread(printed: str) -> None:
    wrong = printed.replace("6", "8", 1) if printed.count("-") else "5280001246"
    found = _alternatives(f"Sprzedawca Firma\nNIP {wrong}\n", "vendor_nip", wrong.replace("-", ""))
    assert "5260001246" in [a.value for a in found]
    assert all(nip_ok(a.value) and a.why == "nip checksum" and a.raw == wrong for a in found)


def test_other_numbers_and_names() -> None:
    text = "Tkalnia Polesie Sp. z o.o.\nMeble Dab S.A.\nFaktura nr FV/12/2026\nZamowienie nr ZAM/77/26\n"
    assert "ZAM/77/26" in _values(text, "invoice_number", "FV/12/2026")
    assert "Meble Dab S.A." in _values(text, "vendor", "Tkalnia Polesie Sp. z o.o.")


def test_the_present_value_is_not_among_them_and_none_comes_twice() -> None:
    text = "Total 10.00\nTotal 20.00\nTotal 20.00\nTotal 30.00\n"
    found = _values(text, "total", "20.00")
    assert "20.00" not in found
    assert len(found) == len(set(found)) >= 2


def test_they_have_their_place() -> None:
    words = tuple(
        Word(text, (0.1 * n, 0.2, 0.1 * n + 0.08, 0.22), 0.9, 1)
        for n, text in enumerate(["Date", "04/03/2026", "Total", "12.50"])
    )
    reading = Reading(
        "image/png", (Page(1, 1, 1, "recognised", "t", "1", "Date 04/03/2026 Total 12.50", words),)
    )
    found = suggest(rows_of(reading), True, {}, ["date"])["date"]
    assert found[0].page == 1
    assert found[0].box == pytest.approx((0.1, 0.2, 0.18, 0.22))


def test_a_paper_of_ten_thousand_amounts_is_bounded() -> None:
    lines = [
        f"Total {n}.{n % 100:02d} NIP 12345678{n % 90 + 10} 0{n % 9 + 1}/0{n % 8 + 1}/2026"
        for n in range(10_000)
    ]
    reading = _reading("INVOICE nr 1/2026\nSeller Acme Ltd\n" + "\n".join(lines))
    before = time.process_time()
    understood = understand(reading)
    # No wall time is asserted: a hundred times what it takes says only that it is not quadratic.
    assert time.process_time() - before < 60
    stored = [asdict(a) for others in understood.suggestions.values() for a in others]
    assert len(stored) <= 12 * MOST
    assert len(repr(stored)) < 60_000
    assert all(len(a["value"]) <= 200 and len(a["raw"]) <= 200 for a in stored)


SURE = """Faktura VAT nr FV/1/2026
Data wystawienia 2026-03-01
Sprzedawca: Kuznia SA
NIP 5260001246
Nabywca: Dab SA
Netto 100,00 zl
VAT 23,00 zl
Do zaplaty 123,00 zl
"""


def test_only_what_is_doubted_has_them() -> None:
    sure = understand(_reading(SURE))
    assert (sure.doubts, dict(sure.suggestions)) == ((), {})
    unlabelled = SURE.replace("Netto 100,00 zl\nVAT 23,00 zl\nDo zaplaty", "Inne 900,00\nOgol klienta:")
    doubted = understand(_reading(unlabelled))
    assert doubted.doubts
    assert not {"vendor_nip", "currency"} & doubted.suggestions.keys()
