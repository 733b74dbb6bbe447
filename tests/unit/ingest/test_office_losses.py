"""What an office document shows beside its plain run of text is read, too."""

import io
from datetime import date, datetime, time, timedelta
from pathlib import Path

import openpyxl
from openpyxl.comments import Comment

from ingest.model import Reading, Refusal
from tests.unit.ingest.test_extract_office import PPTX, XLSX, packed, read


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


ODF = "application/vnd.oasis.opendocument"


def _open_document(kind: str, body: str, styles: str = "") -> dict[str, str]:
    spaces = " ".join(f'xmlns:{p}="urn:{p}"' for p in ("office", "text", "table", "draw", "style", "xlink"))
    return {
        "content.xml": f"<office:document-content {spaces}><office:body><office:{kind}>{body}"
        f"</office:{kind}></office:body></office:document-content>",
        "styles.xml": f"<office:document-styles {spaces}>{styles}</office:document-styles>",
    }


def test_an_open_document_keeps_margins_notes_shapes_and_lists_in_cells(tmp_path: Path) -> None:
    body = (
        "<text:tracked-changes><text:p>usunięte</text:p></text:tracked-changes>"
        "<text:p>Kwota<text:note><text:note-citation>1</text:note-citation><text:note-body>"
        "<text:p>Przypis</text:p></text:note-body></text:note> brutto"
        "<office:annotation><text:p>Uwaga</text:p></office:annotation></text:p>"
        "<text:p><draw:custom-shape><text:p>Kształt</text:p></draw:custom-shape>Obok</text:p>"
        "<table:table><table:table-header-rows><table:table-row><table:table-cell><text:p>Lista</text:p>"
        "</table:table-cell></table:table-row></table:table-header-rows><table:table-row><table:table-cell>"
        "<text:list><text:list-item><text:p>raz</text:p></text:list-item><text:list-item><text:p>dwa</text:p>"
        "</text:list-item></text:list><table:table><table:table-row><table:table-cell>"
        "<text:p>w środku</text:p>"
        "</table:table-cell></table:table-row></table:table></table:table-cell></table:table-row></table:table>"
    )
    styles = (
        "<style:header><text:p>Firma</text:p></style:header><style:header-left><text:p>Firma</text:p>"
        "</style:header-left><style:footer><text:p><text:page-number>1</text:page-number></text:p>"
        "<text:p>Strona <text:page-number>1</text:page-number></text:p></style:footer>"
    )
    result = read(tmp_path, packed(_open_document("text", body, styles)), f"{ODF}.text")
    assert _lines(result) == [
        [
            "Firma",
            "Kwota1 brutto",
            "Przypis",
            "Uwaga",
            "Obok",
            "Kształt",
            "Lista",
            "raz dwa w środku",
            "Strona 1",
        ]
    ]


def test_cells_of_an_open_sheet_stay_in_their_columns(tmp_path: Path) -> None:
    def cell(text: str, times: int = 1) -> str:
        return f'<table:table-cell table:number-columns-repeated="{times}">{text}</table:table-cell>'

    rows = (
        "<table:table-row>"
        + "".join(cell(f"<text:p>{t}</text:p>") for t in "ABCD")
        + "</table:table-row><table:table-row>"
        + cell("<text:p>x</text:p>")
        + cell("", 2)
        + cell("<office:annotation><text:p>Sprawdzone</text:p></office:annotation><text:p>y</text:p>")
        + cell("", 16_000)
        + '</table:table-row><table:table-row table:number-rows-repeated="2">'
        + cell("<text:p>7</text:p>", 2)
        + "</table:table-row>"
        + f'<table:table-row table:number-rows-repeated="1000000">{cell("", 16_000)}</table:table-row>'
    )
    body = f'<table:table table:name="Arkusz">{rows}</table:table>'
    result = read(tmp_path, packed(_open_document("spreadsheet", body)), f"{ODF}.spreadsheet")
    assert isinstance(result, Reading)
    assert [line.rstrip() for line in result.text.splitlines()] == [
        "Arkusz",
        "A  B  C  D",
        "x        y",
        "7  7",
        "7  7",
        "Sprawdzone",
    ]


def test_a_locked_open_document_is_told(tmp_path: Path) -> None:
    parts = _open_document("text", "<text:p/>") | {
        "META-INF/manifest.xml": "<m><f><encryption-data/></f></m>"
    }
    result = read(tmp_path, packed(parts), f"{ODF}.text")
    assert isinstance(result, Refusal)
    assert (result.reason, result.params) == ("unsupported_format", {"detected": "locked OpenDocument file"})


def test_slides_are_in_the_order_shown_with_their_own_notes(tmp_path: Path) -> None:
    def text(words: str) -> str:
        return f'<s xmlns:a="urn:a"><a:p><a:r><a:t>{words}</a:t></a:r></a:p></s>'

    def relations(*targets: tuple[str, str]) -> str:
        inner = "".join(
            f'<Relationship Id="r{n}" Type="x/{kind}" Target="{target}"/>'
            for n, (kind, target) in enumerate(targets)
        )
        return f"<R>{inner}</R>"

    parts = {
        "ppt/presentation.xml": '<p xmlns:r="urn:r"><sldId r:id="r1"/><sldId r:id="r0"/></p>',
        "ppt/_rels/presentation.xml.rels": relations(
            ("slide", "slides/slide1.xml"), ("slide", "slides/slide2.xml")
        ),
        "ppt/slides/slide1.xml": text("Pierwszy z pliku"),
        "ppt/slides/slide2.xml": text("Pokazany najpierw"),
        "ppt/slides/_rels/slide2.xml.rels": relations(
            ("notesSlide", "../notesSlides/notesSlide1.xml"),
            ("diagramData", "../diagrams/data1.xml"),
            ("comments", "../comments/comment1.xml"),
        ),
        "ppt/notesSlides/notesSlide1.xml": text("Notatka"),
        "ppt/diagrams/data1.xml": text("Krok diagramu"),
        "ppt/comments/comment1.xml": "<c><cm><text>Uwaga</text></cm></c>",
    }
    assert _lines(read(tmp_path, packed(parts), PPTX)) == [
        ["Pokazany najpierw", "Krok diagramu", "Notatka", "Uwaga"],
        ["Pierwszy z pliku"],
    ]
