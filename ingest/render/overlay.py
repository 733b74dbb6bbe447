"""Invisible words over a picture, so that a scan can be searched and copied from.

Each word is drawn in text mode 3 (invisible) with its height taken from its box
and stretched to the box's width.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import pikepdf
from fpdf import FPDF

from akta.kernel.errors import AktaError
from ingest.extract.metrics import Face, font_file
from ingest.extract.typeset import BASELINE, Drawn
from ingest.model import Page
from ingest.render import glyphless


class FontMissingError(AktaError):
    """No font with Polish letters is installed."""

    code = "font_missing"


def text_font(face: Face = "r") -> Path:
    """A font with Latin letters and Polish diacritics; Debian's fonts-dejavu-core has it."""
    found = font_file(face)
    if found is None:
        raise FontMissingError("No font was found. Install the package fonts-dejavu-core.")
    return found


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


def readable(pages: Sequence[Page], drawn: Mapping[int, Drawn] | None = None) -> bytes:
    """A PDF of a paper that has no picture of its own: its words where they stand.

    `drawn` has, by number, what the pages that were set have besides their words.
    """
    pdf = FPDF(unit="pt")
    pdf.set_auto_page_break(False)
    pdf.set_margin(0)
    pdf.c_margin = 0
    known = drawn or {}
    for face in sorted({face for d in known.values() for face in d.faces} | {"m"}):
        pdf.add_font(face, fname=text_font(cast(Face, face)))
    for page in pages:
        pdf.add_page(format=(page.width, page.height))
        besides = known.get(page.number)
        if besides is not None:
            _shapes(pdf, page, besides)
        for index, word in enumerate(page.words):
            left, top = word.box[0] * page.width, word.box[1] * page.height
            width, height = (
                (word.box[2] - word.box[0]) * page.width,
                (word.box[3] - word.box[1]) * page.height,
            )
            if besides is not None:
                pdf.set_font(besides.faces[index], size=height)
            else:
                pdf.set_font("m", size=max(2.0, min(40.0, height * 0.78)))
            pdf.set_stretching(100)
            natural = pdf.get_string_width(word.text)
            if natural > width > 0:
                pdf.set_stretching(100 * width / natural)
            pdf.text(left, top + height * (BASELINE if besides is not None else 0.8), word.text)
    return bytes(pdf.output())


def _shapes(pdf: FPDF, page: Page, drawn: Drawn) -> None:
    for boxes, grey in ((drawn.shades, 232), (drawn.rules, 120)):
        pdf.set_fill_color(grey)
        for x0, y0, x1, y1 in boxes:
            pdf.rect(
                x0 * page.width,
                y0 * page.height,
                (x1 - x0) * page.width,
                max(0.3, (y1 - y0) * page.height),
                style="F",
            )
