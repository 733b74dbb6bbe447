"""Invisible words over a picture, so that a scan can be searched and copied from.

Each word is drawn in text mode 3 (invisible) with its height taken from its box
and stretched to the box's width, in a font that has Polish letters.
"""

from collections.abc import Sequence
from pathlib import Path

from fpdf import FPDF
from fpdf.enums import TextMode

from akta.kernel.errors import AktaError
from ingest.model import Page

_FONTS = (
    Path("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf"),
    Path("/usr/share/fonts/dejavu/DejaVuSans.ttf"),
    Path("/usr/share/fonts/truetype/liberation/LiberationSans-Regular.ttf"),
)
_MONO = (
    Path("/usr/share/fonts/truetype/dejavu/DejaVuSansMono.ttf"),
    Path("/usr/share/fonts/dejavu/DejaVuSansMono.ttf"),
    *_FONTS,
)


class FontMissingError(AktaError):
    """No font with Polish letters is installed."""

    code = "font_missing"


def text_font(*, mono: bool = False) -> Path:
    """A font with Latin letters and Polish diacritics; Debian's fonts-dejavu-core has it."""
    for path in _MONO if mono else _FONTS:
        if path.exists():
            return path
    raise FontMissingError("No font was found. Install the package fonts-dejavu-core.")


def text_layer(pages: Sequence[Page]) -> bytes:
    """A PDF with one page for each of `pages`, of its size, holding only invisible words."""
    pdf = FPDF(unit="pt")
    pdf.set_auto_page_break(False)
    pdf.set_margin(0)
    pdf.add_font("text", fname=text_font())
    pdf.c_margin = 0
    for page in pages:
        pdf.add_page(format=(page.width, page.height))
        with pdf.local_context(text_mode=TextMode.INVISIBLE):
            for word in page.words:
                _draw(pdf, word.text, word.box, page)
    return bytes(pdf.output())


def _draw(pdf: FPDF, text: str, box: tuple[float, float, float, float], page: Page) -> None:
    left, top = box[0] * page.width, box[1] * page.height
    width, height = (box[2] - box[0]) * page.width, (box[3] - box[1]) * page.height
    if width <= 0 or height <= 0:
        return
    pdf.set_font("text", size=max(1.0, min(300.0, height)))
    pdf.set_stretching(100)
    natural = pdf.get_string_width(text)
    if natural <= 0:
        return
    pdf.set_stretching(100 * width / natural)
    pdf.text(left, top + height * 0.8, text)


def readable(pages: Sequence[Page]) -> bytes:
    """A plain PDF of a paper that has no picture of its own: its words where they stand."""
    pdf = FPDF(unit="pt")
    pdf.set_auto_page_break(False)
    pdf.set_margin(0)
    pdf.c_margin = 0
    pdf.add_font("mono", fname=text_font(mono=True))
    for page in pages:
        pdf.add_page(format=(page.width, page.height))
        for word in page.words:
            left, top = word.box[0] * page.width, word.box[1] * page.height
            width, height = (
                (word.box[2] - word.box[0]) * page.width,
                (word.box[3] - word.box[1]) * page.height,
            )
            pdf.set_font("mono", size=max(2.0, min(40.0, height * 0.78)))
            pdf.set_stretching(100)
            natural = pdf.get_string_width(word.text)
            if natural > width > 0:
                pdf.set_stretching(100 * width / natural)
            pdf.text(left, top + height * 0.8, word.text)
    return bytes(pdf.output())
