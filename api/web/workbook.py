"""The tables of a paper as a workbook to reckon with."""

import io
import re

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.worksheet._write_only import WriteOnlyWorksheet

from api.web.tables import amount_of
from ingest.tables import Table

#: What XML cannot hold.
_UNFIT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def as_workbook(tables: list[Table]) -> bytes:
    """An XLSX of the tables. Amounts become numbers; whatever a paper says, no cell is a formula."""
    book = Workbook(write_only=True)
    for at, table in enumerate(tables, 1):
        sheet = book.create_sheet(f"{at} (p. {table.page})")
        for row_at, row in enumerate(table.rows):
            bold = table.headed and row_at == 0
            sheet.append([_cell(sheet, cell.text if cell else "", bold=bold) for cell in row])
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()


def _cell(sheet: WriteOnlyWorksheet, text: str, *, bold: bool) -> WriteOnlyCell:
    amount = None if bold else amount_of(text)
    cell = WriteOnlyCell(sheet, value=amount if amount is not None else _UNFIT.sub("", text))
    if amount is not None:
        cell.number_format = "#,##0.00"
    else:
        cell.data_type = "s"
    if bold:
        cell.font = Font(bold=True)
    return cell
