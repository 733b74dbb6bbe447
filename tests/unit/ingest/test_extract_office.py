"""Office packages: their text in order, and what is refused or flagged."""

import io
import zipfile
from datetime import date
from pathlib import Path

import docx
import openpyxl
import pytest

from ingest.extract import office
from ingest.extract.context import ReadContext, RefusalError
from ingest.extract.options import ReadOptions
from ingest.model import Reading, Refusal

OOXML = "application/vnd.openxmlformats-officedocument"
DOCX = f"{OOXML}.wordprocessingml.document"
XLSX = f"{OOXML}.spreadsheetml.sheet"
PPTX = f"{OOXML}.presentationml.presentation"
W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def packed(parts: dict[str, str]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as package:
        for name, text in parts.items():
            package.writestr(name, text)
    return buffer.getvalue()


def read(tmp_path: Path, data: bytes, media_type: str) -> Reading | Refusal:
    path = tmp_path / "in"
    path.write_bytes(data)
    try:
        return office.extract(path, media_type, ReadContext(ReadOptions(), tmp_path, "in"))
    except RefusalError as error:
        return error.refusal


def test_word_paragraphs_and_tables_stay_in_order(tmp_path: Path) -> None:
    document = docx.Document()
    document.sections[0].header.paragraphs[0].text = "Firma sp. z o.o."
    document.add_paragraph("Umowa o pracę")
    table = document.add_table(rows=2, cols=2)
    for cell, text in zip(
        (c for r in table.rows for c in r.cells), ["Imię", "Anna", "Etat", "1/2"], strict=True
    ):
        cell.text = text
    document.add_paragraph("Podpis")
    document.save(str(tmp_path / "d.docx"))
    result = read(tmp_path, (tmp_path / "d.docx").read_bytes(), DOCX)
    assert isinstance(result, Reading)
    assert [line for line in result.text.splitlines() if line] == [
        "Firma sp. z o.o.",
        "Umowa o pracę",
        "Imię  Anna",
        "Etat  1/2",
        "Podpis",
    ]


def test_deleted_revisions_are_left_out(tmp_path: Path) -> None:
    body = "<w:p><w:r><w:t>zostaje</w:t></w:r><w:del><w:r><w:delText>znika</w:delText></w:r></w:del></w:p>"
    result = read(
        tmp_path, packed({"word/document.xml": f"<w:document {W}><w:body>{body}</w:body></w:document>"}), DOCX
    )
    assert isinstance(result, Reading)
    assert result.text == "zostaje"


def test_each_sheet_is_a_page_with_dates_as_dates(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    first = book.active
    assert first is not None
    first.title = "Koszty"
    first.append(["Data", "Kwota"])
    first.append([date(2026, 3, 4), 12.5])
    book.create_sheet("Uwagi").append(["brak"])
    book.save(tmp_path / "b.xlsx")
    result = read(tmp_path, (tmp_path / "b.xlsx").read_bytes(), XLSX)
    assert isinstance(result, Reading)
    assert [p.text.splitlines() for p in result.pages] == [
        ["Koszty", "Data        Kwota", "2026-03-04  12.5"],
        ["Uwagi", "brak"],
    ]


def test_slides_are_pages_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    a = 'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'
    slides = {
        f"ppt/slides/slide{n}.xml": f"<s {a}><a:p><a:r><a:t>Slajd {n}</a:t></a:r></a:p></s>"
        for n in (10, 2, 1)
    }
    result = read(tmp_path, packed(slides), PPTX)
    assert isinstance(result, Reading)
    assert [p.text for p in result.pages] == ["Slajd 1", "Slajd 2", "Slajd 10"]


def test_open_document_text(tmp_path: Path) -> None:
    content = (
        '<o:document-content xmlns:o="urn:o" xmlns:t="urn:t" xmlns:b="urn:b">'
        "<o:body><o:text><t:h>Protokół</t:h>"
        '<t:p>Kwota<t:tab/>10<t:s t:c="2"/>zł</t:p><b:table><b:table-row>'
        "<b:table-cell><t:p>a</t:p></b:table-cell>"
        "<b:table-cell><t:p>b</t:p></b:table-cell></b:table-row></b:table></o:text></o:body></o:document-content>"
    )
    result = read(tmp_path, packed({"content.xml": content}), "application/vnd.oasis.opendocument.text")
    assert isinstance(result, Reading)
    assert [" ".join(line.split()) for line in result.text.splitlines()] == ["Protokół", "Kwota 10 zł", "a b"]


def test_macros_and_outside_templates_are_flagged(tmp_path: Path) -> None:
    relations = '<Relationships><Relationship Type="x/attachedTemplate" TargetMode="External" Target="http://x/"/></Relationships>'
    parts = {
        "word/document.xml": f"<w:document {W}/>",
        "word/vbaProject.bin": "x",
        "word/_rels/settings.xml.rels": relations,
    }
    result = read(tmp_path, packed(parts), DOCX)
    assert isinstance(result, Reading)
    assert result.flags == ("active_content", "external_references")


@pytest.mark.parametrize(
    ("part", "reason"),
    [
        ('<!DOCTYPE w [<!ENTITY a "b">]><w>&a;</w>', "forbidden_xml"),
        ("<w>" + " " * (40 * 1024 * 1024) + "</w>", "expands_too_much"),
        ("<w><unclosed>", "damaged"),
    ],
)
def test_bombs_entities_and_broken_parts_are_refused(tmp_path: Path, part: str, reason: str) -> None:
    result = read(tmp_path, packed({"word/document.xml": part}), DOCX)
    assert isinstance(result, Refusal)
    assert result.reason == reason


def test_a_cut_package_is_refused(tmp_path: Path) -> None:
    data = packed({"word/document.xml": f"<w:document {W}/>"})
    result = read(tmp_path, data[: len(data) // 2], DOCX)
    assert isinstance(result, Refusal)
    assert result.reason == "damaged"
