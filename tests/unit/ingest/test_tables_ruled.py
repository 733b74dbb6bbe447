"""Ruled tables of a born-digital page."""

from pathlib import Path

import pytest
from fpdf import FPDF

from ingest.render.overlay import text_font
from ingest.tables.ruled import ruled_tables

ROWS = (("Nazwa", "Ilość", "Wartość"), ("Śruba M6", "100", "12,50"), ("Nakrętka", "", "7,00"))


def _pdf(path: Path) -> None:
    pdf = FPDF(unit="pt", format=(400, 600))
    pdf.add_font("f", fname=text_font())
    pdf.set_font("f", size=12)
    pdf.add_page()
    pdf.text(40, 40, "bez tabeli")
    pdf.add_page()
    pdf.set_margin(0)
    for index, row in enumerate(ROWS):
        pdf.set_xy(40, 60 + 30 * index)
        for text in row:
            pdf.cell(100, 30, text, border=1)
    pdf.output(str(path))


def test_cells_are_found_with_their_places(tmp_path: Path) -> None:
    _pdf(tmp_path / "a.pdf")
    (table,) = ruled_tables(tmp_path / "a.pdf", 2)
    assert tuple(tuple(c.text if c else None for c in row) for row in table.rows) == ROWS
    assert table.box == pytest.approx((0.1, 0.1, 0.85, 0.25), abs=0.005)
    cell = table.rows[1][2]
    assert cell is not None
    assert cell.box == pytest.approx((0.6, 0.15, 0.85, 0.2), abs=0.005)


def test_a_page_without_a_table_or_none_at_all(tmp_path: Path) -> None:
    _pdf(tmp_path / "a.pdf")
    assert ruled_tables(tmp_path / "a.pdf", 1) == []
    assert ruled_tables(tmp_path / "a.pdf", 9) == []


def test_rubble_has_no_tables(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(b"%PDF-1.4 rubble")
    assert ruled_tables(tmp_path / "a.pdf", 1) == []
