"""A copy of a paper without some areas: each page becomes a picture in which they are black.

Nothing of the original file goes over: no text layer, no objects under the black, no metadata. The words
that are searched and copied are laid over anew, without those that any area touches.
"""

import io
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import img2pdf
import pikepdf
import pypdfium2 as pdfium
from PIL import Image, ImageDraw

from ingest.extract.image import load, plain, square, tallness, upright
from ingest.extract.image import opened as opened_picture
from ingest.model import Page, Word
from ingest.render.glyphless import add_font
from ingest.render.overlay import lay_over

#: An area (x0, y0, x1, y1) in fractions of the page as it is shown.
Box = tuple[float, float, float, float]
_DPI = 200
_LONGEST_SIDE = 5000
_QUALITY = 85
#: Areas grow by so much on each side: what a hand drew narrowly hides no half letter.
_MARGIN = 0.002


def redacted(
    source: Path,
    kind: str,
    pages: Sequence[Page],
    boxes: Mapping[int, Sequence[Box]],
    out: Path,
    password: str | None,
) -> Path:
    """Write `redacted.pdf` with every page of the paper; `kind` is a PDF's or a picture's media type.

    Raises ValueError if an area lies on a page that is not there: a copy with less hidden is none.
    """
    known = {page.number: page for page in pages}
    target = out / "redacted.pdf"
    made: list[bytes] = []
    shown: list[Page] = []
    for number, picture, size in _pictures(source, kind, known, password):
        areas = [_grown(box) for box in boxes.get(number, ())]
        _blacken(picture, areas)
        made.append(_as_page(picture, size))
        page = known.get(number)
        if page is not None:
            shown.append(
                replace(
                    page, number=len(made), rotation=0, words=tuple(w for w in page.words if _clear(w, areas))
                )
            )
    if not set(boxes) <= set(range(1, len(made) + 1)):
        raise ValueError("an area lies on a page that is not there")
    with pikepdf.new() as pdf:
        for data in made:
            with pikepdf.open(io.BytesIO(data)) as part:
                pdf.pages.extend(part.pages)
        font = add_font(pdf) if any(page.words for page in shown) else None
        for page in shown:
            if font is not None and page.words:
                lay_over(pdf.pages[page.number - 1], font, page)
        if "/Info" in pdf.trailer:
            del pdf.trailer["/Info"]
        pdf.save(target, deterministic_id=True)
    return target


def _pictures(
    source: Path, kind: str, known: Mapping[int, Page], password: str | None
) -> "list[tuple[int, Image.Image, tuple[float, float]]]":
    found = []
    if kind == "application/pdf":
        document = pdfium.PdfDocument(source, password=password)
        try:
            for number in range(1, len(document) + 1):
                page = document[number - 1]
                width, height = page.get_size()
                scale = min(_DPI / 72, _LONGEST_SIDE / max(width, height, 1))
                picture = page.render(scale=scale, may_draw_forms=True).to_pil().convert("RGB")
                turned = known[number].rotation if number in known else 0
                if turned:
                    picture = picture.rotate(-turned, expand=True)
                size = (height, width) if turned in (90, 270) else (width, height)
                found.append((number, picture, size))
                page.close()
        finally:
            document.close()
        return found
    with opened_picture(source) as opened:
        for number, page in sorted(known.items()):
            if number > 1:
                opened.seek(number - 1)
            tall = tallness(opened)
            load(opened, set())
            turned_picture, already = upright(opened)
            picture = plain(square(turned_picture, tall))
            rest = (page.rotation - already) % 360
            if rest:
                picture = picture.rotate(-rest, expand=True)
            picture = picture.convert("RGB")
            picture.thumbnail((_LONGEST_SIDE, _LONGEST_SIDE))
            found.append((number, picture, (page.width, page.height)))
    return found


def _blacken(picture: Image.Image, areas: Sequence[Box]) -> None:
    draw = ImageDraw.Draw(picture)
    width, height = picture.size
    for x0, y0, x1, y1 in areas:
        draw.rectangle((x0 * width, y0 * height, x1 * width, y1 * height), fill=(0, 0, 0))


def _as_page(picture: Image.Image, size: tuple[float, float]) -> bytes:
    encoded = io.BytesIO()
    picture.save(encoded, "JPEG", quality=_QUALITY)
    layout = img2pdf.get_layout_fun(size)
    return bytes(img2pdf.convert(encoded.getvalue(), layout_fun=layout, nodate=True))


def _grown(box: Box) -> Box:
    x0, y0, x1, y1 = box
    return max(0.0, x0 - _MARGIN), max(0.0, y0 - _MARGIN), min(1.0, x1 + _MARGIN), min(1.0, y1 + _MARGIN)


def _clear(word: Word, areas: Sequence[Box]) -> bool:
    """Whether no area touches the word."""
    left, top, right, bottom = word.box
    return all(right <= x0 or left >= x1 or bottom <= y0 or top >= y1 for x0, y0, x1, y1 in areas)
