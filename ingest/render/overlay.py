"""Invisible words over a picture, so that a scan can be searched and copied from.

Each word is drawn in text mode 3 (invisible) with its height taken from its box
and stretched to the box's width.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pikepdf
from fpdf import FPDF

from akta.kernel.errors import AktaError
from ingest.model import Page
from ingest.render import glyphless

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


def lay_over(page: pikepdf.Page, font: pikepdf.Object, read: Page) -> None:
    """Put the words of a recognised page invisibly over a PDF page that shows the same.

    The boxes of `read` are fractions of the page as it is shown, that is with the
    page's /Rotate as it is now, and cropped to its crop box.
    """
    name = page.add_resource(font, pikepdf.Name.Font, _free_name(page))
    page.contents_add(b"q\n", prepend=True)
    page.contents_add(b"\nQ\n" + _drawing(page, str(name).encode(), read))


def _free_name(page: pikepdf.Page) -> pikepdf.Name:
    """A name for the font that the page has not got, the same for the same page."""
    taken = page.resources.get("/Font") or pikepdf.Dictionary()
    names = (f"/{glyphless.FONT_NAME}{n or ''}" for n in range(len(taken) + 1))
    return pikepdf.Name(next(name for name in names if name not in taken))


def shown_box(page: pikepdf.Page) -> tuple[float, float, float, float]:
    """The part of the page that is shown, in its own coordinates: x0, y0, x1, y1."""
    media, crop = _box(page.mediabox), _box(page.cropbox)
    x0, y0 = max(media[0], crop[0]), max(media[1], crop[1])
    x1, y1 = min(media[2], crop[2]), min(media[3], crop[3])
    return (x0, y0, x1, y1) if x1 > x0 and y1 > y0 else media


def _box(values: Any) -> tuple[float, float, float, float]:
    a, b, c, d = (float(v) for v in values)
    return min(a, c), min(b, d), max(a, c), max(b, d)


def _drawing(page: pikepdf.Page, font: bytes, read: Page) -> bytes:
    x0, y0, x1, y1 = shown_box(page)
    turned = int(page.rotation) % 360
    # From upright coordinates of the page as shown (origin bottom left) to its own (ISO 32000-1, 8.3.3).
    matrix = {
        0: (1, 0, 0, 1, x0, y0),
        90: (0, 1, -1, 0, x1, y0),
        180: (-1, 0, 0, -1, x1, y1),
        270: (0, -1, 1, 0, x0, y1),
    }.get(turned, (1, 0, 0, 1, x0, y0))
    width, height = (y1 - y0, x1 - x0) if turned in (90, 270) else (x1 - x0, y1 - y0)
    parts = [b"q %s cm BT 3 Tr %s 1 Tf\n" % (b" ".join(b"%.4f" % v for v in matrix), font)]
    for word in read.words:
        left, top, right, bottom = word.box
        across, up = (right - left) * width, (bottom - top) * height
        if across <= 0 or up <= 0 or not word.text:
            continue
        code = word.text.encode("utf-16-be", "replace")
        stretched = across / (len(code) / 2 * glyphless.WIDTH / 1000)
        baseline = (1 - bottom) * height - up * glyphless.DESCENT / 1000
        # The space at the end keeps words apart for programs that copy letter by letter.
        parts.append(
            b"%.4f 0 0 %.4f %.3f %.3f Tm <%s0020> Tj\n"
            % (stretched, up, left * width, baseline, code.hex().upper().encode("ascii"))
        )
    parts.append(b"ET Q\n")
    return b"".join(parts)


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
