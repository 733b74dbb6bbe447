"""Excel 5 to 2003 workbooks (MS-XLS), through xlrd: a page for each sheet, cells as they are shown."""

import os
from typing import Any, Final

import xlrd
from xlrd.biffh import error_text_from_code

from ingest.extract.cellformat import EPOCH, EPOCH_1904, shown
from ingest.extract.context import RefusalError
from ingest.extract.layout import Lines

_MOST_ROWS: Final = 20_000
_MOST_CELLS: Final = 256
_MOST_NOTES: Final = 5000


def write(data: bytes, lines: Lines) -> None:
    """All sheets, hidden ones too, in the workbook's order, with the notes on their cells.

    Raises RefusalError: `needs_password`, `damaged`.
    """
    with open(os.devnull, "w", encoding="utf-8") as nowhere:  # noqa: PTH123 - os.devnull is no path of ours
        try:
            book = xlrd.open_workbook(
                file_contents=data, logfile=nowhere, formatting_info=True, ragged_rows=True
            )
            for sheet in book.sheets():
                _write_sheet(book, sheet, lines)
        except MemoryError:
            raise
        except Exception as error:  # xlrd throws whatever a broken record makes it meet
            if isinstance(error, xlrd.XLRDError) and "encrypted" in str(error).lower():
                raise RefusalError("needs_password") from error
            raise RefusalError("damaged", detail="Excel workbook whose records cannot be read") from error


def _write_sheet(book: Any, sheet: Any, lines: Lines) -> None:
    rows: list[list[str]] = []
    for number in range(sheet.nrows):
        if len(rows) >= _MOST_ROWS or sheet.row_len(number) > _MOST_CELLS:
            lines.flags.add("partly_read")
        if len(rows) >= _MOST_ROWS:
            break
        cells = [_value(book, cell) for cell in sheet.row_slice(number, 0, _MOST_CELLS)]
        while cells and not cells[-1]:
            cells.pop()
        if cells:
            rows.append(cells)
    notes = [note.text.strip() for _place, note in sorted(sheet.cell_note_map.items())[:_MOST_NOTES]]
    if rows or notes:
        lines.new_section()
        lines.add(sheet.name)
        lines.sheet_of_cells(sheet.name, rows)
        for note in filter(None, notes):
            lines.extend(note.split("\n"))


def _value(book: Any, cell: Any) -> str:
    if cell.ctype in (xlrd.XL_CELL_EMPTY, xlrd.XL_CELL_BLANK):
        return ""
    if cell.ctype == xlrd.XL_CELL_BOOLEAN:
        return "TRUE" if cell.value else "FALSE"
    if cell.ctype == xlrd.XL_CELL_ERROR:
        return str(error_text_from_code.get(cell.value, "#"))
    if cell.ctype == xlrd.XL_CELL_TEXT:
        return str(cell.value)
    index = cell.xf_index
    form = book.format_map.get(book.xf_list[index].format_key) if index is not None else None
    code = form.format_str if form is not None else "General"
    return shown(float(cell.value), code or "General", EPOCH_1904 if book.datemode else EPOCH)
