"""Making renditions of one paper. Runs in the limited child process."""

import io
import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import fpdf
import img2pdf
import pdfplumber
import pikepdf
import PIL
import pypdfium2 as pdfium
from PIL import Image

from akta.records.renditions import REDACTED, TABLES
from ingest.extract.context import ReadContext
from ingest.extract.layout import MAX_TEXT_PAGES, TYPESET, laid_again
from ingest.extract.options import ReadOptions
from ingest.extract.typeset import Drawn
from ingest.model import TEXT_LAYER, Page, Reading
from ingest.read import read_file
from ingest.render.archival import make_archival
from ingest.render.embed import picture_pdf
from ingest.render.glyphless import add_font
from ingest.render.overlay import lay_over, readable
from ingest.render.pictures import PREVIEW_SIDE, THUMBNAIL_SIDE, picture_of_image, picture_of_pdf
from ingest.render.redact import Box, redacted
from ingest.tables import as_json, find_tables

_AGENT_PDF = f"pikepdf {pikepdf.__version__} img2pdf {img2pdf.__version__} fpdf2 {fpdf.__version__}"
_AGENT_PICTURE = f"pdfium {pdfium.PDFIUM_INFO.build} pillow {PIL.__version__}"


#: Places of words are kept with this precision, in fractions of the page.
_NEAR = 0.001


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
    file_name: str = "",
    boxes: Mapping[int, Sequence[Box]] | None = None,
) -> list[Made]:
    """Make the wanted renditions: `searchable_pdf`, `preview`, `thumbnail`, `tables`, `redacted`.

    What fails is left out. `file_name` is what the sender called the file; it helps to read again what was
    set as pages. `boxes` are the areas that a redacted copy has not.
    """
    source, kind = original, media_type
    readable_pdf: Path | None = None
    shown: list[Page] = []
    if media_type != "application/pdf" and not media_type.startswith("image/"):
        shown = [p for p in pages if p.width > 0 and p.height > 0 and (p.words or not p.text.strip())]
        shown = shown[:MAX_TEXT_PAGES]
        if not shown:
            return []
        readable_pdf = out / "readable.pdf"
        readable_pdf.write_bytes(readable(shown, _drawn(original, shown, file_name, out)))
        source, kind = readable_pdf, "application/pdf"
    made: list[Made] = []
    for name, number in wanted:
        try:
            if name == "searchable_pdf":
                path = readable_pdf or _searchable(source, kind, pages, out, password)
                if path is not None:
                    made.append(Made(name, 0, path.name, "application/pdf", _AGENT_PDF))
            elif name == REDACTED:
                path = redacted(source, kind, shown or pages, boxes or {}, out, password)
                made.append(Made(name, 0, path.name, "application/pdf", f"{_AGENT_PICTURE} redacted"))
            elif name == TABLES:
                made += _tables(original, media_type, pages, out, password)
            elif readable_pdf is not None and number > len(shown):
                made += _picture_of_text(pages, name, number, out)
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
            EOFError,
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


def _picture_of_text(pages: Sequence[Page], name: str, number: int, out: Path) -> list[Made]:
    """The picture of a page beyond those that are set: its text as it stands."""
    page = next((p for p in pages if p.number == number and p.text.strip()), None)
    if page is None:
        return []
    target = out / f"{name}-{number}.jpg"
    document = pdfium.PdfDocument(readable([laid_again(page)]))
    try:
        picture_of_pdf(document, 1, PREVIEW_SIDE if name == "preview" else THUMBNAIL_SIDE, 0, target)
    finally:
        document.close()
    return [Made(name, number, target.name, "image/jpeg", _AGENT_PICTURE)]


def _tables(
    original: Path, media_type: str, pages: Sequence[Page], out: Path, password: str | None
) -> list[Made]:
    found = find_tables(original, media_type, pages, password)
    if not found:
        return []
    target = out / "tables.json"
    target.write_text(json.dumps(as_json(found), ensure_ascii=False, separators=(",", ":")), "utf-8")
    return [Made(TABLES, 0, target.name, "application/json", f"pdfplumber {pdfplumber.__version__}")]


def _drawn(original: Path, pages: Sequence[Page], file_name: str, out: Path) -> dict[int, Drawn]:
    """What the pages that were set have besides words, by reading the file again.

    A page that is no longer set with the same words in the same places has nothing: its
    words are drawn as they stand.
    """
    kept = {p.number: p for p in pages if p.reader_version == TYPESET}
    if not kept:
        return {}
    folder = out / "again"
    folder.mkdir()
    context = ReadContext(ReadOptions(), folder, file_name)
    try:
        again = read_file(original, context)
    finally:
        shutil.rmtree(folder)
    found: dict[int, Drawn] = {}
    for page in again.pages if isinstance(again, Reading) else ():
        before, drawn = kept.get(page.number), context.drawn.get(page.number)
        if before is not None and drawn is not None and _same(before, page):
            found[page.number] = drawn
    return found


def _same(one: Page, other: Page) -> bool:
    return len(one.words) == len(other.words) and all(
        a.text == b.text and all(abs(p - q) < _NEAR for p, q in zip(a.box, b.box, strict=True))
        for a, b in zip(one.words, other.words, strict=True)
    )


def _searchable(
    source: Path, kind: str, pages: Sequence[Page], out: Path, password: str | None
) -> Path | None:
    target = out / "searchable.pdf"
    read = [p for p in pages if p.reader != TEXT_LAYER and p.words]
    if kind == "application/pdf":
        if not read:
            return None  # the original can be searched as it is
        with pikepdf.open(source, password=password or "") as pdf:
            for page in read:
                if page.rotation and page.number <= len(pdf.pages):
                    pdf.pages[page.number - 1].rotate(page.rotation, relative=True)
            _lay_over(pdf, read)
            make_archival(pdf)
            pdf.save(target, deterministic_id=True, min_version="1.7")
        return target
    with pikepdf.open(io.BytesIO(picture_pdf(source, pages))) as pdf:
        _lay_over(pdf, read)
        make_archival(pdf)
        pdf.save(target, deterministic_id=True, min_version="1.7")
    return target


def _lay_over(pdf: pikepdf.Pdf, read: Sequence[Page]) -> None:
    font = add_font(pdf) if read else None
    for page in read:
        if font is not None and page.number <= len(pdf.pages):
            lay_over(pdf.pages[page.number - 1], font, page)
