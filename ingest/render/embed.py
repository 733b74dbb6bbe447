"""Pictures as pages of a PDF, without loss wherever PDF can hold them as they are."""

import io
from collections.abc import Sequence
from pathlib import Path

import img2pdf
import pikepdf
from PIL import ExifTags

from ingest.extract.image import load, plain, upright
from ingest.extract.image import opened as opened_picture
from ingest.model import Page

#: Formats whose bytes have lost something already; what must be decoded is encoded again as JPEG.
_LOSSY = {"JPEG", "MPO", "WEBP", "JPEG2000", "HEIF", "AVIF"}
#: Formats that a PDF cannot hold as they are.
_FOREIGN = {"WEBP", "HEIF", "AVIF"}
_QUALITY = 92
#: EXIF orientations that mirror; a PDF page can be turned but not mirrored.
_MIRRORED = {2, 4, 5, 7}
_A4 = (595.0, 842.0)


def picture_pdf(source: Path, pages: Sequence[Page]) -> bytes:
    """A PDF with a page for each frame, of the size and the rotation that the pages of its reading have.

    Raises:
        OSError, ValueError, img2pdf.ImageOpenError: the picture cannot be decoded.
    """
    rotations = {p.number: p.rotation for p in pages}
    try:
        data = _as_it_is(source, pages)
        turn = True
    except (img2pdf.AlphaChannelError, img2pdf.ImageOpenError, *_UNFIT):
        data = _decoded(source, pages)
        turn = False
    with pikepdf.open(io.BytesIO(data)) as pdf:
        for number, page in enumerate(pdf.pages, start=1):
            if turn and rotations.get(number):
                page.rotate(rotations[number], relative=False)
        out = io.BytesIO()
        pdf.save(out)
    return out.getvalue()


_UNFIT = (OSError, ValueError, TypeError, KeyError, NotImplementedError, SyntaxError, EOFError)


def _as_it_is(source: Path, pages: Sequence[Page]) -> bytes:
    with opened_picture(source) as opened:
        first_only = opened.format != "TIFF"
        if opened.getexif().get(ExifTags.Base.Orientation, 1) in _MIRRORED or opened.format in _FOREIGN:
            raise ValueError("must be decoded")
    sizes = {p.number: _unturned(p) for p in pages}
    frame = 0

    def layout(_width: int, _height: int, _dpi: tuple[float, float]) -> tuple[float, float, float, float]:
        nonlocal frame
        frame += 1
        width, height = sizes.get(frame, sizes.get(1, _A4))
        return width, height, width, height

    made = img2pdf.convert(
        str(source),
        layout_fun=layout,
        rotation=img2pdf.Rotation.none,
        first_frame_only=first_only,
        nodate=True,
    )
    return bytes(made)


def _unturned(page: Page) -> tuple[float, float]:
    return (page.height, page.width) if page.rotation in (90, 270) else (page.width, page.height)


def _decoded(source: Path, pages: Sequence[Page]) -> bytes:
    """Each frame decoded, turned upright, put on white and encoded again."""
    with opened_picture(source) as opened, pikepdf.new() as joined:
        lossy = opened.format in _LOSSY
        for page in sorted(pages, key=lambda p: p.number):
            if page.number > 1:
                opened.seek(page.number - 1)
            load(opened, set())
            turned, already = upright(opened)
            picture = plain(turned)
            rest = (page.rotation - already) % 360
            if rest:
                picture = picture.rotate(-rest, expand=True)
            encoded = io.BytesIO()
            if lossy:
                picture.save(encoded, "JPEG", quality=_QUALITY)
            else:
                picture.save(encoded, "PNG", compress_level=4)
            layout = img2pdf.get_layout_fun((page.width, page.height))
            one = bytes(img2pdf.convert(encoded.getvalue(), layout_fun=layout, nodate=True))
            with pikepdf.open(io.BytesIO(one)) as part:
                joined.pages.extend(part.pages)
        out = io.BytesIO()
        joined.save(out)
        return out.getvalue()
