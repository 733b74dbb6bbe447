"""What an office document shows beside its plain run of text is read, too."""

import io
from datetime import date, datetime, time, timedelta
from pathlib import Path

import openpyxl
from openpyxl.comments import Comment

from ingest.model import Reading
from tests.unit.ingest.test_extract_office import XLSX, packed, read


def _lines(result: object) -> list[list[str]]:
    assert isinstance(result, Reading), result
    return [[" ".join(line.split()) for line in p.text.splitlines() if line.strip()] for p in result.pages]


def _workbook() -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Rozliczenie"
    rows = [
        ("Kwota", 1234.5, '#,##0.00 "zł"'),
        ("Udział", 0.125, "0.0%"),
        ("NIP", 5260001246, "000-000-00-00"),
        ("Dnia", date(2026, 3, 4), "dd.mm.yyyy"),
        ("Chwila", datetime(2026, 3, 4, 15, 30), "yyyy-mm-dd hh:mm"),
        ("Godzina", time(8, 5), "hh:mm"),
        ("Razem godzin", timedelta(hours=42), "[h]:mm:ss"),
        ("Ułamek", 0.1 + 0.2, "General"),
        ("Saldo", -5, "0.00;(0.00)"),
    ]
    for label, value, code in rows:
        sheet.append([label, value])
        sheet.cell(sheet.max_row, 2).number_format = code
    sheet.merge_cells("A10:B10")
    sheet["A10"] = "Scalona komórka"
    sheet["A1"].comment = Comment("Uwaga księgowej", "Anna")
    sheet.oddHeader.center.text = "Firma && Syn"
    sheet.oddHeader.center.font = "Arial,Bold"
    sheet.oddFooter.left.text = "Strona &P z &N"
    hidden = book.create_sheet("Ukryty")
    hidden.append(["tajne"])
    hidden.sheet_state = "hidden"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_a_workbook_shows_its_numbers_notes_and_margins(tmp_path: Path) -> None:
    assert _lines(read(tmp_path, _workbook(), XLSX)) == [
        [
            "Rozliczenie",
            "Firma & Syn",
            "Kwota 1234.50 zł",
            "Udział 12.5%",
            "NIP 526-000-12-46",
            "Dnia 2026-03-04",
            "Chwila 2026-03-04 15:30",
            "Godzina 08:05",
            "Razem godzin 42:00:00",
            "Ułamek 0.3",
            "Saldo (5.00)",
            "Scalona komórka",
            "Uwaga księgowej",
            "Strona z",
        ],
        ["Ukryty", "tajne"],
    ]


def test_text_in_shapes_on_a_sheet_is_read(tmp_path: Path) -> None:
    relation = '<R><Relationship Id="r1" Type="x/{kind}" Target="{target}"/></R>'
    parts = {
        "xl/workbook.xml": '<w xmlns:r="urn:r"><sheets><sheet name="A" r:id="r1"/></sheets></w>',
        "xl/_rels/workbook.xml.rels": relation.format(kind="worksheet", target="worksheets/s.xml"),
        "xl/worksheets/s.xml": "<s/>",
        "xl/worksheets/_rels/s.xml.rels": relation.format(kind="drawing", target="../drawings/d.xml"),
        "xl/drawings/d.xml": '<d xmlns:a="urn:a"><a:p><a:r><a:t>W ramce</a:t></a:r></a:p></d>',
    }
    assert _lines(read(tmp_path, packed(parts), XLSX)) == [["A", "W ramce"]]
