"""Ruled tables on a page of a born-digital PDF. Slow (a second parser): ask only where rows are wanted."""

from collections.abc import Collection
from itertools import islice
from pathlib import Path
from typing import Final

import pdfplumber
import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c
from pdfminer.pdfexceptions import PDFException
from pdfplumber.utils.exceptions import PdfminerException

from ingest.tables.model import Box, Cell, Table

#: Drawn strokes or areas; a table of rows has more.
_LEAST_PATHS: Final = 4


def pages_with_rules(path: Path, numbers: Collection[int], password: str | None = None) -> frozenset[int]:
    """Those of the pages (from 1) on which enough is drawn that a table could be ruled; cheap to ask."""
    try:
        document = pdfium.PdfDocument(path, password=password)
    except pdfium.PdfiumError:
        return frozenset()
    try:
        return frozenset(n for n in numbers if n <= len(document) and _draws(document, n))
    finally:
        document.close()


def _draws(document: pdfium.PdfDocument, number: int) -> bool:
    try:
        page = document[number - 1]
    except pdfium.PdfiumError:
        return False
    paths = page.get_objects(filter=[pdfium_c.FPDF_PAGEOBJ_PATH])
    return len(list(islice(paths, _LEAST_PATHS))) == _LEAST_PATHS


def ruled_tables(path: Path, page: int, password: str | None = None) -> list[Table]:
    """The tables with ruled lines on page `page` (from 1), top to bottom.

    Returns an empty list for a page that is not there or a file this parser
    cannot open: pdfium reads much that it does not.
    """
    try:
        with pdfplumber.open(path, pages=[page], password=password or "") as document:
            return [_table(found, document.pages[0], page) for found in document.pages[0].find_tables()]
    except (PdfminerException, PDFException, IndexError, KeyError, TypeError, ValueError, RecursionError):
        return []


def _table(found: pdfplumber.table.Table, page: pdfplumber.page.Page, number: int) -> Table:
    texts = found.extract()
    rows = tuple(
        tuple(
            None if cell is None else Cell((text or "").strip(), _fractions(cell, page))
            for cell, text in zip(row.cells, words, strict=True)
        )
        for row, words in zip(found.rows, texts, strict=True)
    )
    return Table(number, _fractions(found.bbox, page), rows)


def _fractions(box: Box, page: pdfplumber.page.Page) -> Box:
    left, top = float(page.bbox[0]), float(page.bbox[1])
    width, height = max(1e-6, float(page.width)), max(1e-6, float(page.height))
    x0, y0, x1, y1 = (float(v) for v in box)
    return (x0 - left) / width, (y0 - top) / height, (x1 - left) / width, (y1 - top) / height
