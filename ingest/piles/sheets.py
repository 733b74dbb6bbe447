"""Separator sheets to print: one between two papers of a pile, and the scan falls apart by itself."""

from datetime import UTC, datetime

import numpy as np
import zxingcpp
from fpdf import FPDF
from PIL import Image

from ingest.piles.plan import MOST_SHEETS, SEPARATOR
from ingest.render.overlay import text_font

_A4 = (595.28, 841.89)
_LINES = (
    ("Kartka rozdzielająca", 30),
    ("Separator sheet", 30),
    ("", 14),
    ("Włóż tę kartkę przed każdym kolejnym dokumentem skanowanego pliku.", 13),
    ("Akta podzieli plik w tym miejscu, a kartkę pominie. Można jej używać wielokrotnie.", 13),
    ("", 8),
    ("Put this sheet before each further paper of a pile to be scanned.", 13),
    ("Akta splits the pile here and leaves the sheet out. It can be used again and again.", 13),
)


def separator_sheets(count: int = 1) -> bytes:
    """A PDF of `count` equal A4 sheets (1 to `MOST_SHEETS`), the mark twice on each.

    Raises:
        ValueError: `count` is out of bounds.
    """
    if not 1 <= count <= MOST_SHEETS:
        raise ValueError(f"1 to {MOST_SHEETS} sheets")
    code = zxingcpp.create_barcode(SEPARATOR, zxingcpp.BarcodeFormat.QRCode, ec_level="H").to_image(scale=1)
    dots = Image.fromarray(np.asarray(code)).convert("L")
    size = dots.width
    pdf = FPDF(unit="pt", format=_A4)
    pdf.set_creation_date(datetime(2000, 1, 1, tzinfo=UTC))
    pdf.set_auto_page_break(False)
    pdf.set_title("Akta")
    pdf.add_font("sans", fname=text_font())
    for _ in range(count):
        pdf.add_page()
        for top in (110.0, 530.0):
            side = 200.0
            cell = side / size
            for y in range(size):
                for x in range(size):
                    if dots.getpixel((x, y)) == 0:
                        pdf.rect(
                            (_A4[0] - side) / 2 + x * cell, top + y * cell, cell + 0.05, cell + 0.05, "F"
                        )
        pdf.set_y(345.0)
        for line, height in _LINES:
            if line:
                pdf.set_font("sans", size=height)
                pdf.cell(w=0, h=height * 1.45, text=line, align="C", new_x="LMARGIN", new_y="NEXT")
            else:
                pdf.ln(height)
    return bytes(pdf.output())
