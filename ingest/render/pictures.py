"""Pictures of pages for the screen."""

from pathlib import Path

import pypdfium2 as pdfium
import pypdfium2.raw as raw
from PIL import Image

from ingest.extract.image import load, plain, square, tallness, upright
from ingest.extract.image import opened as opened_picture

#: Long sides in pixels.
PREVIEW_SIDE = 1400
THUMBNAIL_SIDE = 220
_QUALITY = 78
_MAX_PIXELS = 150_000_000


def picture_of_image(source: Path, number: int, side: int, rotation: int, out: Path) -> None:
    """A JPEG of a frame, upright, its long side at most `side`."""
    Image.MAX_IMAGE_PIXELS = _MAX_PIXELS
    with opened_picture(source) as opened:
        if number > 1:
            opened.seek(number - 1)
        elif opened.format == "JPEG":
            opened.draft("RGB" if opened.mode == "RGB" else "L", (side, side))  # decodes at a fraction
        tall = tallness(opened)
        load(opened, set())
        turned, already = upright(opened)
        picture = plain(square(turned, tall))
        rest = (rotation - already) % 360
        if rest:
            picture = picture.rotate(-rest, expand=True)
        _save(picture, side, out)


def picture_of_pdf(document: pdfium.PdfDocument, number: int, side: int, rotation: int, out: Path) -> None:
    """A JPEG of a PDF's page, its long side at most `side`."""
    if document.get_formtype() not in (raw.FORMTYPE_NONE, None) and document.formenv is None:
        document.init_forms()
    page = document[number - 1]
    width, height = page.get_size()
    scale = min(side / max(width, height, 1), 8.0)
    picture = page.render(scale=scale, may_draw_forms=True).to_pil()
    if rotation:
        picture = picture.rotate(-rotation, expand=True)
    _save(picture.convert("RGB") if picture.mode not in ("L", "RGB") else picture, side, out)
    page.close()


def _save(picture: Image.Image, side: int, out: Path) -> None:
    picture.thumbnail((side, side), Image.Resampling.BILINEAR, reducing_gap=2.0)
    picture.save(out, "JPEG", quality=_QUALITY)
