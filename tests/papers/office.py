"""A sheet as a Word document or a workbook, the same bytes every time."""

import io
import zipfile
from collections.abc import Sequence
from datetime import datetime

import docx
import openpyxl
from docx.document import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.shared import Pt

from tests.papers.sheet import Band, Block, Break, Frame, Grid, Pairs, Sheet, Side, Text

_ALIGN = {"l": WD_ALIGN_PARAGRAPH.LEFT, "c": WD_ALIGN_PARAGRAPH.CENTER, "r": WD_ALIGN_PARAGRAPH.RIGHT}


def as_docx(sheet: Sheet, title: str, author: str, when: datetime) -> bytes:
    """A Word document of the sheet's blocks in order."""
    document = docx.Document()
    properties = document.core_properties
    properties.title, properties.author = title[:250], author[:250]
    properties.created = properties.modified = when
    _write(document, sheet.blocks)
    out = io.BytesIO()
    document.save(out)
    return _frozen(out.getvalue())


def _write(document: Document, blocks: Sequence[Block]) -> None:
    for block in blocks:
        match block:
            case Text():
                paragraph = document.add_paragraph()
                paragraph.alignment = _ALIGN[block.align]
                run = paragraph.add_run(block.text)
                run.bold = block.bold
                run.font.size = Pt(10.5 * block.size)
            case Band():
                document.add_paragraph().add_run(block.text).bold = True
            case Pairs(style="colon"):
                for label, value in block.items:
                    document.add_paragraph(f"{label}: {value}" if label else value)
            case Pairs():
                _table(document, [[label, value] for label, value in block.items], 2)
            case Grid():
                rows = [block.head, *block.rows] if block.head else block.rows
                _table(document, rows, len(block.widths))
            case Side():
                _write(document, block.left)
                _write(document, block.right)
            case Frame():
                _write(document, block.blocks)
            case Break():
                document.add_page_break()
            case _:
                pass  # air and lines mean nothing here


def _table(document: Document, rows: Sequence[Sequence[str]], columns: int) -> None:
    table = document.add_table(rows=len(rows), cols=columns)
    table.style = "Table Grid"
    cells = list(table._cells)  # reading `table.cell` one by one is quadratic
    for n, row in enumerate(rows):
        for m, value in enumerate(row):
            cells[n * columns + m].text = value


def as_xlsx(sheet: Sheet, title: str, author: str, when: datetime) -> bytes:
    """A workbook with one sheet: blocks below each other, tables in columns."""
    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    page.title = "".join(c for c in title if c not in "[]:*?/\\")[:31] or "Sheet"
    book.properties.title, book.properties.creator = title, author
    book.properties.created = book.properties.modified = when
    for row in _rows(sheet.blocks):
        page.append([_cell(value) for value in row])
    out = io.BytesIO()
    book.save(out)
    return _frozen(out.getvalue(), when)


def _cell(value: str) -> str | float:
    plain = value.replace(" ", "").replace(" ", "")
    if plain.count(",") == 1 and plain.replace(",", "").lstrip("-").isdigit():
        return float(plain.replace(",", "."))
    if "." in plain and plain.replace(".", "", 1).lstrip("-").isdigit():
        return float(plain)
    return value


def _rows(blocks: Sequence[Block]) -> list[list[str]]:
    out: list[list[str]] = []
    for block in blocks:
        match block:
            case Text() | Band():
                out.append([block.text])
            case Pairs():
                out.extend([label, value] for label, value in block.items)
            case Grid():
                out.extend([list(block.head)] if block.head else [])
                out.extend(list(row) for row in block.rows)
            case Side():
                out.extend(_rows(block.left) + _rows(block.right))
            case Frame():
                out.extend(_rows(block.blocks))
            case _:
                out.append([])
    return out


def _frozen(data: bytes, when: datetime | None = None) -> bytes:
    """The same archive with its members' clocks stopped, and its `modified` property if `when` is given."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(data)) as source,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for item in source.infolist():
            content = source.read(item)
            if when is not None and item.filename == "docProps/core.xml":
                start, end = content.find(b"<dcterms:modified"), content.find(b"</dcterms:modified>")
                opening = content.find(b">", start) + 1
                content = content[:opening] + f"{when:%Y-%m-%dT%H:%M:%SZ}".encode() + content[end:]
            info = zipfile.ZipInfo(item.filename, (1980, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(info, content)
    return out.getvalue()
