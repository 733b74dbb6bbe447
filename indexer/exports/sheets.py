"""Tables as files, written row by row: CSV, and XLSX without anything kept in memory or beside the file.

Whatever a paper says, no cell becomes a formula: in XLSX a text is an inline string, which no program
evaluates; in CSV, which knows no types, a text that a spreadsheet would take for a formula is led by an
apostrophe (OWASP, "CSV Injection").
"""

import csv
import io
import re
import zipfile
from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from types import TracebackType
from typing import IO, Protocol, Self
from xml.sax.saxutils import escape

from indexer.exports.table import Cell

#: What XML cannot hold.
_UNFIT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
#: What begins a formula, also after white space and in its full-width forms.
_FORMULA = re.compile(r"[\s\ufeff\u200b]*[=+\-@|%\uff1d\uff0b\uff0d\uff20]|[\t\r\n]")
_PLAIN_NUMBER = re.compile(r"-?\d{1,15}(?:[.,]\d{1,6})?")
#: A cell of a spreadsheet holds no more.
_LONGEST = 32_000
_EPOCH = date(1899, 12, 30)


class Sheet(Protocol):
    """A table being written."""

    def add(self, row: Sequence[Cell]) -> None: ...


class CsvSheet:
    """CSV by RFC 4180, in UTF-8.

    `for_excel` writes the byte order mark without which Excel takes UTF-8 for something else and, in
    Polish, semicolons and decimal commas, as a Polish Excel expects.
    """

    def __init__(self, write: Callable[[bytes], object], *, for_excel: bool, language: str) -> None:
        self._write = write
        self._comma = for_excel and language == "pl"
        self._line = io.StringIO(newline="")
        self._csv = csv.writer(self._line, delimiter=";" if self._comma else ",", lineterminator="\r\n")
        if for_excel:
            write(b"\xef\xbb\xbf")

    def add(self, row: Sequence[Cell]) -> None:
        self._csv.writerow([self._cell(value) for value in row])
        # A lone surrogate cannot be written; it is no letter of any paper either.
        self._write(self._line.getvalue().encode("utf-8", "replace"))
        self._line.seek(0)
        self._line.truncate()

    def _cell(self, value: Cell) -> str:
        if value is None:
            return ""
        if isinstance(value, Decimal):
            told = f"{value:f}"
            return told.replace(".", ",") if self._comma else told
        if isinstance(value, date):
            return value.isoformat()
        return str(value) if isinstance(value, int) else guarded(value)


def guarded(text: str) -> str:
    """A text for a cell of a CSV that no spreadsheet takes for a formula."""
    text = _UNFIT.sub("", text)[:_LONGEST]
    risky = _FORMULA.match(text) is not None and _PLAIN_NUMBER.fullmatch(text) is None
    return "'" + text if risky else text


class XlsxSheet:
    """An XLSX of one sheet: bold headers that stay in sight, texts, numbers, dates, amounts."""

    def __init__(self, target: IO[bytes], title: str) -> None:
        self._zip = zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=1)
        for name, text in _PARTS.items():
            self._zip.writestr(name, text.replace("TITLE", escape(title[:31], {'"': "&quot;"})))
        self._sheet = self._zip.open("xl/worksheets/sheet1.xml", "w", force_zip64=True)
        self._sheet.write(_SHEET_HEAD.encode())
        self._rows = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self._sheet.write(b"</sheetData></worksheet>")
        self._sheet.close()
        self._zip.close()

    def add(self, row: Sequence[Cell]) -> None:
        bold = ' s="1"' if not self._rows else ""
        self._rows += 1
        cells = "".join(_xml(value, bold) for value in row)
        self._sheet.write(f'<row r="{self._rows}">{cells}</row>'.encode("utf-8", "replace"))


def _xml(value: Cell, style: str) -> str:
    if value is None or value == "":
        return "<c/>"
    if isinstance(value, Decimal):
        return f'<c s="3"><v>{value:f}</v></c>'
    if isinstance(value, date):
        # A spreadsheet knows no days before 1900.
        if value.year < 1901:
            return _xml(value.isoformat(), style)
        return f'<c s="2"><v>{(value - _EPOCH).days}</v></c>'
    if isinstance(value, int):
        return f"<c{style}><v>{value}</v></c>"
    text = escape(_UNFIT.sub("", value)[:_LONGEST])
    return f'<c t="inlineStr"{style}><is><t xml:space="preserve">{text}</t></is></c>'


_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_PARTS = {
    "[Content_Types].xml": f'{_XML}<Types xmlns="{_PACKAGE}/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{_KIND}.sheet.main+xml"/>'
    f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_KIND}.worksheet+xml"/>'
    f'<Override PartName="/xl/styles.xml" ContentType="{_KIND}.styles+xml"/></Types>',
    "_rels/.rels": f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": f'{_XML}<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}">'
    '<sheets><sheet name="TITLE" sheetId="1" r:id="rId1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
    f'<Relationship Id="rId2" Type="{_OFFICE}/styles" Target="styles.xml"/></Relationships>',
    "xl/styles.xml": f'{_XML}<styleSheet xmlns="{_MAIN}">'
    '<numFmts count="1"><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd"/></numFmts>'
    '<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font>'
    '<font><b/><sz val="11"/><name val="Calibri"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill>'
    '<fill><patternFill patternType="gray125"/></fill></fills>'
    '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    '<cellXfs count="4"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    '<xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/>'
    '<xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
    '<xf numFmtId="4" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>',
}
_SHEET_HEAD = (
    f'{_XML}<worksheet xmlns="{_MAIN}"><sheetViews><sheetView workbookViewId="0">'
    '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>'
    '<cols><col min="1" max="1" width="28" customWidth="1"/><col min="2" max="2" width="44" customWidth="1"/>'
    '<col min="3" max="19" width="16" customWidth="1"/></cols><sheetData>'
)
