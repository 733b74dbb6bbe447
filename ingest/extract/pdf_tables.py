"""Ruled tables on a page of a born-digital PDF. Slow (a second parser): ask only where rows are wanted."""

from dataclasses import dataclass
from pathlib import Path

import pdfplumber
from pdfminer.pdfexceptions import PDFException
from pdfplumber.utils.exceptions import PdfminerException

Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell; `box` in fractions of the page as shown, origin at the top left. `text` may be empty."""

    text: str
    box: Box


@dataclass(frozen=True, slots=True)
class Table:
    """A table as rows of cells; None stands where a cell is part of a wider or higher neighbour."""

    box: Box
    rows: tuple[tuple[Cell | None, ...], ...]


def tables(path: Path, page: int, password: str | None = None) -> list[Table]:
    """The tables with ruled lines on page `page` (from 1), top to bottom.

    Returns an empty list for a page that is not there or a file this parser
    cannot open: pdfium reads much that it does not.
    """
    try:
        with pdfplumber.open(path, pages=[page], password=password or "") as document:
            return [_table(found, document.pages[0]) for found in document.pages[0].find_tables()]
    except (PdfminerException, PDFException, IndexError, KeyError, TypeError, ValueError, RecursionError):
        return []


def _table(found: pdfplumber.table.Table, page: pdfplumber.page.Page) -> Table:
    texts = found.extract()
    rows = tuple(
        tuple(
            None if cell is None else Cell((text or "").strip(), _fractions(cell, page))
            for cell, text in zip(row.cells, words, strict=True)
        )
        for row, words in zip(found.rows, texts, strict=True)
    )
    return Table(_fractions(found.bbox, page), rows)


def _fractions(box: Box, page: pdfplumber.page.Page) -> Box:
    left, top = float(page.bbox[0]), float(page.bbox[1])
    width, height = max(1e-6, float(page.width)), max(1e-6, float(page.height))
    x0, y0, x1, y1 = (float(v) for v in box)
    return (x0 - left) / width, (y0 - top) / height, (x1 - left) / width, (y1 - top) / height
