"""The head of a receipt: whose it is, where they are, and how their country writes a day."""

from collections.abc import Sequence
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.fields.dates import find_dates
from ingest.fields.find import find_fields
from ingest.fields.found import FoundField
from ingest.fields.rows import Row, rows_of
from ingest.model import Page, Reading, Word

_FOOT: Final = "Date: 03/04/2026 12:10\nHerbata 2 x 4,00\nTotal 8,00\nCash 10,00\nChange 2,00"


def _rows(text: str, words: Sequence[Word] = ()) -> list[Row]:
    page = Page(1, 300, 600, "recognised", "test", "1", text, tuple(words))
    return rows_of(Reading("text/plain", (page,)))


def _head(text: str) -> dict[str, FoundField]:
    return {f.name: f for f in find_fields(_rows(f"{text}\n{_FOOT}"), "receipt", False, {}).fields}


@pytest.mark.parametrize(
    ("text", "vendor", "address"),
    [
        (
            "KEDAI BUNGA SDN BHD\n(412345-K)\n"
            "NO.7, JALAN MAWAR 2,\n43200 CHERAS,\nSELANGOR\nTEL : 03-1234 567",
            "KEDAI BUNGA SDN BHD",
            "NO.7, JALAN MAWAR 2, 43200 CHERAS, SELANGOR",
        ),
        (
            "KEDAI BUNGA\nSDN BHD\nCo. Reg: 412345-K\n"
            "Lot 12, Jalan Mawar 2\n43200 Cheras\nGST ID : 000412345678",
            "KEDAI BUNGA SDN BHD",
            "Lot 12, Jalan Mawar 2, 43200 Cheras",
        ),
        (
            "Tkalnia Polesie Sp. z o.o.\nsklep firmowy\n"
            "ul. Lniana 5\n80-001 Gdańsk\nNIP 5260001246\nPARAGON FISKALNY",
            "Tkalnia Polesie Sp. z o.o.",
            "ul. Lniana 5, 80-001 Gdańsk",
        ),
        (
            "Owned by: Miller & Sons Ltd\n4 High Street\nLeeds LS1 4AB\nVAT No 123456789",
            "Miller & Sons Ltd",
            "4 High Street, Leeds LS1 4AB",
        ),
        (
            "Buchhandlung Roth GmbH\n29.03.2026 18:19\nLindenstr. 4\n10969 Berlin\nÖFFNUNGSZEITEN 9-20 Uhr",
            "Buchhandlung Roth GmbH",
            "Lindenstr. 4, 10969 Berlin",
        ),
        ("Dion Trading Sdn Bhd (Co. No:20154-T)\nTEL 03-1234567", "Dion Trading Sdn Bhd", None),
        ("QUIET BAKERY\nThank you\nwelcome again", "QUIET BAKERY", None),
    ],
)
def test_name_and_address(text: str, vendor: str, address: str | None) -> None:
    found = _head(text)
    assert found["vendor"].value == vendor
    assert (found["address"].value if "address" in found else None) == address


def test_the_branch_of_a_chain_belongs_to_its_address() -> None:
    found = _head(
        "HURTOWNIA MART S/B (519999-X)\nLOT 28, JALAN ANGSA,\n41150 KLANG, SELANGOR\n1245-DESA SRI\nGST NO 1"
    )
    assert found["address"].value == "LOT 28, JALAN ANGSA, 41150 KLANG, SELANGOR, 1245-DESA SRI"


def test_goods_are_no_address() -> None:
    assert "address" not in _head("PASAR KECIL\nCABBAGE 2.20\nFISH, CAKE 1.20 SR")


@pytest.mark.parametrize(
    ("text", "settled"),
    [
        ("KEDAI SDN BHD\nTotal RM 8.00", True),
        ("Sklep\nNIP 5260001246", True),
        ("Shop\nSpringfield, NJ 07001", True),
        ("Shop\nSales Tax 1.00\nTotal £ 8", False),
        ("Shop", False),
    ],
)
def test_a_country_settles_the_day(text: str, settled: bool) -> None:
    found = find_fields(_rows(f"{text}\n{_FOOT}"), "receipt", False, {})
    assert ("date" not in found.doubtful) is settled


@pytest.mark.parametrize(
    "text", ["Date : 0 4 - 0 6 - 2 0 2 6 1 5 : 5 3", "05:23PM\t568268\t04-06~26", "04 - 06 - 2026"]
)
def test_days_as_tills_print_them(text: str) -> None:
    found, _ = find_dates(_rows(text), american=False)
    assert [f.value.isoformat() for f in found] == ["2026-06-04"]


def _words(text: str, left: float, top: float) -> list[Word]:
    words = []
    for part in text.split():
        right = left + 0.02 * len(part)
        words.append(Word(part, (left, top, right, top + 0.02), 0.9, int(top * 1000)))
        left = right + 0.02
    return words


def test_bent_lines_over_each_other_stay_apart() -> None:
    upper = _words("MEI RESTAURANT LTD", 0.2, 0.100)
    lower = [
        Word(w, (x, 0.106, x + 0.018, 0.126), 0.9, 106)
        for w, x in (("NO", 0.1), ("2,", 0.262), ("U5", 0.482), ("BM", 0.56))
    ]
    texts = [r.text.replace("\t", " ") for r in _rows("", upper + lower)]
    assert texts == ["MEI RESTAURANT LTD", "NO 2, U5 BM"]


def test_columns_of_a_table_stay_together() -> None:
    cells = [
        Word(w, (x, 0.1 + 0.001 * line, x + 0.05, 0.12), 0.9, line)
        for line, (w, x) in enumerate(
            (("Nazwa", 0.1), ("szt.", 0.3), ("8,00", 0.5), ("23%", 0.7), ("9,84", 0.9))
        )
    ]
    assert len(_rows("", cells)) == 1


@given(st.lists(st.text(alphabet="abcde 0123456789-,./()NOLOT\t", max_size=40), max_size=12))
def test_any_head_is_read_without_error(lines: list[str]) -> None:
    _head("\n".join(lines))
