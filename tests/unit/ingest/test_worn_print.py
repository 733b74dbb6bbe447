"""Fields of papers that were printed or read badly: what is put right, and what is left alone."""

from collections.abc import Sequence

import pytest

from ingest.fields.dated import choose_dates
from ingest.fields.find import find_fields
from ingest.fields.found import FoundField
from ingest.fields.misread import mended_address, mended_name
from ingest.fields.rows import Row, rows_of
from ingest.model import Page, Reading, Word
from ingest.ocr.fusion import Line, fuse

_FOOT = "Date: 13/04/2026 12:10\nTea 2 x 4,00\nTotal 8,00\nCash 10,00\nChange 2,00"


def _rows(text: str, words: Sequence[Word] = ()) -> list[Row]:
    page = Page(1, 300, 600, "recognised", "test", "1", text, tuple(words))
    return rows_of(Reading("text/plain", (page,)))


def _fields(text: str, doc_type: str = "receipt", ocr: bool = True) -> dict[str, FoundField]:
    return {f.name: f for f in find_fields(_rows(text), doc_type, ocr, {}).fields}


def _words(text: str, left: float, top: float, line: int, sure: float = 0.95) -> list[Word]:
    made = []
    for part in text.split():
        made.append(Word(part, (left, top, left + 0.01 * len(part), top + 0.012), sure, line))
        left += 0.01 * (len(part) + 1)
    return made


@pytest.mark.parametrize(
    ("read", "right"),
    [
        ("12, Jaian Mawar 7/4, Perindustian", "12, Jalan Mawar 7/4, Perindustrian"),
        ("HQ: 7, J1n SS2/3, 47400 PJ", "HQ: 7, Jln SS2/3, 47400 PJ"),
        ("Warszava, ul. Kowalska 5", "Warszawa, ul. Kowalska 5"),
        ("ul. Zielna 4, 00-950 Warszawa", "ul. Zielna 4, 00-950 Warszawa"),
        ("Roads End, Squares", "Roads End, Squares"),
    ],
)
def test_common_words_of_addresses_are_put_right(read: str, right: str) -> None:
    assert mended_address(read) == right


def test_names_keep_what_is_no_line_of_business() -> None:
    assert mended_name("KWN Hardwae Centre") == "KWN Hardware Centre"
    assert mended_name("Tradink Kowalski") == "Trading Kowalski"
    assert mended_name("Restauro Sp. z o.o.") == "Restauro Sp. z o.o."


def test_the_raw_text_stays_as_it_was_read() -> None:
    found = _fields(f"KWN HARDWAE SDN BHD\n7, Jaian Mawar\n43200 Cheras\nTEL 03-123456\n{_FOOT}")
    assert (found["vendor"].value, found["vendor"].raw) == ("KWN HARDWARE SDN BHD", "KWN HARDWAE SDN BHD")
    assert found["address"].value == "7, Jalan Mawar, 43200 Cheras"


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("Receipt\nNo 17\n27:03/2026 Kasa 2\nTotal 9,00", "2026-03-27"),
        ("Receipt\n27032026\tNo :CS-20243\nTotal 9,00", "2026-03-27"),
        ("Receipt\nRef 27032026\nDate 28.03.2026\nTotal 9,00", "2026-03-28"),
        ("Receipt\nTel 12345678\nTotal 9,00", None),
    ],
)
def test_a_day_whose_strokes_were_lost_is_taken_where_there_is_no_other(text: str, day: str | None) -> None:
    fields = choose_dates(_rows(text), american=False, prefer_timed=True).fields
    assert next((f.value for f in fields if f.name == "date"), None) == day


def test_the_day_of_the_order_is_not_the_invoices() -> None:
    text = "Order Date: 15-10-2026\nInvoice Date: 20-10-2026\nTotal 9,00"
    assert _fields(text, "invoice")["date"].value == "2026-10-20"
    assert _fields("Order Date: 15-10-2026\nTotal 9,00", "invoice")["date"].value == "2026-10-15"


def test_a_lots_number_is_no_postal_code() -> None:
    text = (
        f"FUEL STATION\nLOT 26151 BANDAR MAWAR,\n11 1/4 MILES CHERAS,\n43000 KAJANG\nTEL 03-123456\n{_FOOT}"
    )
    assert _fields(text)["address"].value == "LOT 26151 BANDAR MAWAR, 11 1/4 MILES CHERAS, 43000 KAJANG"


def test_a_chains_company_and_the_shops_address_over_it() -> None:
    text = (
        "TQ FOR SHOPPING\nNO 105, BLOCK A,\nJALAN 16/11, 46350 PETALING JAYA\ncareline : 1800 88 1231\n"
        f"DAILY RETAIL SB(306295-X) FKA BISON STORES SB\nTAX REG ID CBP 000709361664\nQTY PRICE AMT\n{_FOOT}"
    )
    found = _fields(text)
    assert found["vendor"].value == "DAILY RETAIL SB"
    assert found["address"].value == "NO 105, BLOCK A, JALAN 16/11, 46350 PETALING JAYA"


def test_the_place_of_the_shop_is_no_part_of_the_companys_name() -> None:
    assert _fields(f"NINE OUNCE CO. THE GARDEN MALL\n{_FOOT}")["vendor"].value == "NINE OUNCE CO."
    kept = "ROTH GMBH & CO. KG"
    assert _fields(f"{kept}\n{_FOOT}")["vendor"].value == kept


def test_what_was_typed_into_a_form_stands_in_its_boxes() -> None:
    """A form's values come as one line of the text layer, wherever on the page they stand."""
    words = [
        *_words("Form W-2 Wage and Tax Statement 2026", 0.05, 0.02, 0),
        *_words("Department of the Treasury Internal Revenue Service", 0.05, 0.05, 1),
        *_words("1 Wages, tips, other compensation", 0.5, 0.10, 2),
        *_words("6 Medicare tax withheld", 0.5, 0.20, 3),
        *_words("Employee's first name Last name", 0.05, 0.30, 4),
        *_words("23,677.70", 0.5, 0.12, 5),
        *_words("353.95", 0.5, 0.22, 5),
        *_words("Ann", 0.05, 0.32, 5),
        *_words("Hodges", 0.30, 0.32, 5),
    ]
    found = {f.name: f.value for f in find_fields(_rows("x", words), "tax_form", False, {}).fields}
    assert (found["wages"], found["medicare_tax"], found["employee"]) == ("23677.70", "353.95", "Ann Hodges")


def test_a_slanting_line_stays_one() -> None:
    words = [
        Word(f"w{i}", (0.1 * i, 0.1 + 0.004 * i, 0.1 * i + 0.05, 0.112 + 0.004 * i), 1.0, 0) for i in range(9)
    ]
    assert [r.text.replace("\t", " ") for r in _rows("x", words)] == ["w0 w1 w2 w3 w4 w5 w6 w7 w8"]


def test_one_line_over_the_other_is_not_woven_into_it() -> None:
    """The neural reader's boxes are padded: those of neighbouring lines may share half their height."""
    upper = Line(tuple(_words("MEI CHAN RESTAURANT", 0.12, 0.130, 0)), (0.11, 0.130, 0.82, 0.169), 0.99)
    lower = Line(tuple(_words("NO 2, JALAN MAWAR", 0.10, 0.149, 0)), (0.10, 0.149, 0.86, 0.193), 0.97)
    wide = [
        Line(
            tuple(Word(w.text, (w.box[0], n.box[1], w.box[2], n.box[3]), 0.99, 0) for w in n.words),
            n.box,
            n.score,
        )
        for n in (upper, lower)
    ]
    assert fuse([], wide)[0] == "MEI CHAN RESTAURANT\nNO 2, JALAN MAWAR"


def test_accents_come_only_from_a_paper_that_has_them() -> None:
    neural = [Line(tuple(_words("TABLE 8", 0.1, 0.1, 0)), (0.1, 0.1, 0.17, 0.112), 0.9)]
    assert fuse(_words("TABŁE 8", 0.1, 0.1, 0, 0.9), neural)[0] == "TABLE 8"
    polish = _words("TABŁE 8", 0.1, 0.1, 0, 0.9) + _words("Łódź płatność", 0.1, 0.3, 1, 0.95)
    assert fuse(polish, neural)[0].startswith("TABŁE 8")


def test_a_number_under_its_heading_is_found() -> None:
    words = [
        *_words("Invoice INV-9", 0.05, 0.02, 0),
        *_words("SELLER", 0.05, 0.10, 1),
        *_words("P.O. NUMBER", 0.20, 0.10, 1),
        *_words("TERMS", 0.40, 0.10, 1),
        *_words("PO-3344", 0.22, 0.12, 2),
    ]
    found = {f.name: f.value for f in find_fields(_rows("x", words), "invoice", False, {}).fields}
    assert found["po_number"] == "PO-3344"


def test_what_was_paid_before_leaves_the_total_and_what_is_due_apart() -> None:
    found = _fields("Total\t19,647.68\nAmount Paid\t15,000.00\nBalance Due:\t4,647.68", "invoice", False)
    assert (found["total"].value, found["amount_due"].value) == ("19647.68", "4647.68")
