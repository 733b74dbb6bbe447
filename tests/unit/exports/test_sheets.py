"""Tables as files: every value comes back as it was, and nothing becomes a formula."""

import csv
import io
import zipfile
from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from indexer.exports.sheets import CsvSheet, XlsxSheet, guarded
from indexer.exports.table import Cell, headers

_TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\r"), max_size=60)
_CELLS = st.one_of(
    st.none(),
    _TEXTS,
    st.integers(-(10**12), 10**12),
    st.decimals(-(10**9), 10**9, places=2, allow_nan=False, allow_infinity=False),
    st.dates(date(1901, 1, 1), date(2200, 1, 1)),
)


def _csv(rows: list[list[Cell]], *, for_excel: bool = False, language: str = "en") -> bytes:
    out = io.BytesIO()
    sheet = CsvSheet(out.write, for_excel=for_excel, language=language)
    for row in rows:
        sheet.add(row)
    return out.getvalue()


def _xlsx(rows: list[list[Cell]]) -> io.BytesIO:
    out = io.BytesIO()
    with XlsxSheet(out, "A & <B>") as sheet:
        for row in rows:
            sheet.add(row)
    out.seek(0)
    return out


def test_what_a_spreadsheet_would_run_is_text() -> None:
    for text in (
        "=1+1",
        "+1+cmd|' /C calc'!A0",
        "-2+3+cmd",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "\n=1",
        " =1",
        "\u200b=1",
        "\ufeff=1",
        "＝1",
        "＋1",
        "－1",
        "＠A",
        "|cmd",
        "%00",
        "\x00=1",
    ):
        row = next(csv.reader(io.StringIO(_csv([[text]]).decode(), newline="")))
        assert row[0].startswith("'"), repr(text)
        cell = load_workbook(_xlsx([["head"], [text]])).active["A2"]
        assert cell.data_type != "f", repr(text)
    for text in ("FV/1/2026", "a=b", "-12.50", "-5", "1 234,50", "", "Łódź"):
        assert guarded(text) == text


@given(st.lists(st.lists(_CELLS, min_size=1, max_size=5), min_size=1, max_size=8))
def test_csv_comes_back(rows: list[list[Cell]]) -> None:
    read = list(csv.reader(io.StringIO(_csv(rows).decode("utf-8"), newline="")))
    told = [
        [
            ""
            if c is None
            else guarded(c)
            if isinstance(c, str)
            else f"{c:f}"
            if isinstance(c, Decimal)
            else str(c)
            for c in row
        ]
        for row in rows
    ]
    assert read == told


@given(st.lists(st.lists(_CELLS, min_size=1, max_size=5), min_size=1, max_size=6))
def test_xlsx_comes_back(rows: list[list[Cell]]) -> None:
    book = load_workbook(_xlsx([["head"], *rows]))
    assert book.sheetnames == ["A & <B>"]
    sheet = book.active
    for at, row in enumerate(rows, 2):
        for column, value in enumerate(row, 1):
            cell = sheet.cell(at, column)
            assert cell.data_type != "f"
            if isinstance(value, date):
                assert cell.value.date() == value
            elif isinstance(value, Decimal):
                assert Decimal(str(cell.value)) == value
            elif isinstance(value, str):
                kept = "".join(c for c in value if c in "\t\n" or (c >= " " and c not in "\x7f\ufffe\uffff"))
                assert (cell.value or "") == kept
            else:
                assert cell.value == value


def test_for_excel_there_is_a_mark_and_polish_has_semicolons() -> None:
    rows: list[list[Cell]] = [["Kwota", "Data"], [Decimal("1234.50"), date(2026, 3, 1)]]
    assert _csv(rows) == b"Kwota,Data\r\n1234.50,2026-03-01\r\n"
    assert _csv(rows, for_excel=True) == b"\xef\xbb\xbfKwota,Data\r\n1234.50,2026-03-01\r\n"
    polish = _csv(rows, for_excel=True, language="pl")
    assert polish.decode("utf-8-sig") == "Kwota;Data\r\n1234,50;2026-03-01\r\n"


def test_headers_are_in_both_languages_and_unlike_each_other() -> None:
    english, polish = headers("en"), headers("pl")
    assert len(english) == len(polish) == len(set(english)) == len(set(polish))
    assert "Title" in english
    assert "Tytuł" in polish


def test_the_headers_of_a_workbook_stay_in_sight() -> None:
    out = _xlsx([["head"], ["x"]])
    sheet = load_workbook(out).active
    assert sheet.freeze_panes == "A2"
    assert sheet["A1"].font.b
    with zipfile.ZipFile(out) as parts:
        assert parts.testzip() is None
