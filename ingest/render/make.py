"""Making renditions of one paper. Runs in the limited child process."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import fpdf
import img2pdf
import pikepdf
import PIL
import pypdfium2 as pdfium
from PIL import Image

from ingest.extract.image import plain, upright
from ingest.model import Page
from ingest.render.overlay import readable, text_layer
from ingest.render.pictures import PREVIEW_SIDE, THUMBNAIL_SIDE, picture_of_image, picture_of_pdf

_OCR = "tesseract"
_AGENT_PDF = f"pikepdf {pikepdf.__version__} fpdf2 {fpdf.__version__}"
_AGENT_PICTURE = f"pdfium {pdfium.PDFIUM_INFO.build} pillow {PIL.__version__}"


@dataclass(frozen=True, slots=True)
class Made:
    """A rendition in the output folder; `page` is 0 for the whole document."""

    kind: str
    page: int
    path: str
    media_type: str
    agent: str


def render(
    original: Path,
    media_type: str,
    pages: Sequence[Page],
    wanted: Sequence[tuple[str, int]],
    out: Path,
    password: str | None = None,
) -> list[Made]:
    """Make the wanted renditions (`searchable_pdf`, `preview`, `thumbnail`); what fails is left out."""
    source, kind = original, media_type
    readable_pdf: Path | None = None
    if media_type != "application/pdf" and not media_type.startswith("image/"):
        shown = [p for p in pages if p.width > 0 and p.height > 0][:400]
        if not shown:
            return []
        readable_pdf = out / "readable.pdf"
        readable_pdf.write_bytes(readable(shown))
        source, kind = readable_pdf, "application/pdf"
    made: list[Made] = []
    for name, number in wanted:
        try:
            if name == "searchable_pdf":
                path = readable_pdf or _searchable(source, kind, pages, out, password)
                if path is not None:
                    made.append(Made(name, 0, path.name, "application/pdf", _AGENT_PDF))
            else:
                side = PREVIEW_SIDE if name == "preview" else THUMBNAIL_SIDE
                target = out / f"{name}-{number}.jpg"
                rotation = next((p.rotation for p in pages if p.number == number), 0)
                if kind == "application/pdf":
                    document = pdfium.PdfDocument(source, password=password)
                    try:
                        picture_of_pdf(document, number, side, rotation, target)
                    finally:
                        document.close()
                else:
                    picture_of_image(source, number, side, rotation, target)
                made.append(Made(name, number, target.name, "image/jpeg", _AGENT_PICTURE))
        except (
            OSError,
            ValueError,
            RuntimeError,
            IndexError,
            KeyError,
            TypeError,
            SyntaxError,
            pikepdf.PdfError,
            img2pdf.ImageOpenError,
            Image.DecompressionBombError,
        ):
            continue
    return made


def _searchable(
    source: Path, kind: str, pages: Sequence[Page], out: Path, password: str | None
) -> Path | None:
    target = out / "searchable.pdf"
    read = [p for p in pages if p.reader == _OCR and p.words]
    if kind == "application/pdf":
        if not read:
            return None  # the original can be searched as it is
        with pikepdf.open(source, password=password or "") as pdf:
            _lay_over(pdf, read, turn=True)
            pdf.save(target)
        return target
    data = _picture_pdf(source, pages)
    with pikepdf.open(io.BytesIO(data)) as pdf:
        _lay_over(pdf, read, turn=False)  # the picture was turned while it was put in
        pdf.save(target)
    return target


def _lay_over(pdf: pikepdf.Pdf, read: Sequence[Page], *, turn: bool) -> None:
    """Put the words of recognised pages invisibly over them."""
    if not read:
        return
    with pikepdf.open(io.BytesIO(text_layer(read))) as layer:
        for index, page in enumerate(read):
            if page.number > len(pdf.pages):
                continue
            below = pdf.pages[page.number - 1]
            if turn and page.rotation:
                below.rotate(page.rotation, relative=True)
            below.add_overlay(layer.pages[index], pikepdf.Rectangle(below.trimbox))


def _picture_pdf(source: Path, pages: Sequence[Page]) -> bytes:
    """The picture as a PDF: its bytes as they are where PDF can hold them, else encoded without loss."""
    sizes = {p.number: (p.width, p.height) for p in pages}
    untouched = all(p.rotation == 0 for p in pages)
    first = sizes.get(1, (595.0, 842.0))
    layout = img2pdf.get_layout_fun(first)
    if untouched and len(pages) <= 1:
        try:
            return bytes(img2pdf.convert(str(source), layout_fun=layout, rotation=img2pdf.Rotation.ifvalid))
        except (img2pdf.AlphaChannelError, img2pdf.ImageOpenError, ValueError, TypeError, KeyError, OSError):
            pass
    frames: list[bytes] = []
    with Image.open(source) as opened:
        for number in sorted(sizes) or [1]:
            if number > 1:
                opened.seek(number - 1)
            turned, already = upright(opened)
            picture = plain(turned)
            rotation = next((p.rotation for p in pages if p.number == number), 0)
            rest = (rotation - already) % 360
            if rest:
                picture = picture.rotate(-rest, expand=True)
            buffer = io.BytesIO()
            picture.save(buffer, "JPEG", quality=85)
            frame_layout = img2pdf.get_layout_fun(sizes.get(number, first))
            frames.append(bytes(img2pdf.convert(buffer.getvalue(), layout_fun=frame_layout)))
    with pikepdf.new() as joined:
        for frame in frames:
            with pikepdf.open(io.BytesIO(frame)) as part:
                joined.pages.extend(part.pages)
        joined_bytes = io.BytesIO()
        joined.save(joined_bytes)
        return joined_bytes.getvalue()
