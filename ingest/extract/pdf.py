"""PDF: the text layer where it is good, recognition page by page where it is not."""

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import pikepdf
import pypdfium2 as pdfium
import pypdfium2.raw as raw

from ingest.extract.context import ReadContext, RefusalError
from ingest.extract.image import looks_blank
from ingest.extract.pdf_inside import BROKEN, Inside, has_no_pages, look_inside
from ingest.extract.pdf_words import layer_is_good, page_words
from ingest.extract.xml import structured_from_xml
from ingest.model import TEXT_LAYER, Child, Page, Reading, Refusal, Structured, Word
from ingest.ocr.engines import recogniser
from ingest.ocr.fingerprint import fingerprint
from ingest.ocr.neural import neural_lines
from ingest.ocr.page import recognise_page
from ingest.ocr.straighten import straighten
from ingest.piles.marks import marks_of

# It would say for each dynamic form that it cannot run it; nobody wants it to.
logging.getLogger("pypdfium2").setLevel(logging.ERROR)

_VERSION = f"pdfium {pdfium.PDFIUM_INFO.build}"
#: Scans are rendered at their own resolution within these bounds (dots per inch).
_LEAST_DPI, _MOST_DPI = 150, 300
#: Beyond this a page is a plan or a poster: rendered coarser, its lettering is large enough.
_MOST_RENDERED = 40_000_000
_COVERING = 0.5
#: A layer over a scanned page is only a stamp or a header if it has fewer words than this ...
_STAMP_WORDS = 60
#: ... and they stand on less than this share of the page's height.
_STAMP_HEIGHT = 0.15
#: A page of no more words than this may be a separator sheet; its barcodes are looked for at this resolution.
_SHEET_WORDS, _SHEET_DPI = 80, 110
#: Pages with a text layer that get a fingerprint, and pixels of their longer side for it.
_LOOKED_AT_PAGES, _LOOKED_AT = 8, 800
#: What Factur-X, ZUGFeRD 1 and 2, XRechnung and Order-X call the data inside a PDF.
_DATA_NAMES = frozenset(["factur-x.xml", "zugferd-invoice.xml", "xrechnung.xml", "order-x.xml"])
_TOO_MANY_PIXELS = "a picture of too many pixels"
_NOT_LOADED = "the page cannot be loaded"
_NOT_DRAWN = "the page cannot be drawn"
#: Sides of a page in points: from a postage stamp's edge to a roll of 14 metres.
_LEAST_SIDE, _MOST_SIDE = 1.0, 40_000.0


def extract(path: Path, media_type: str, context: ReadContext) -> Reading | Refusal:
    """Read a PDF. Refuses one that needs a password, has no pages, or cannot be opened."""
    flags: set[str] = set()
    password = context.options.password
    opened, repaired = path, context.out_dir / "repaired.pdf"
    try:
        document = _open(path, password)
    except RefusalError as refusal:
        if refusal.refusal.reason != "damaged" or not _repair(path, password, repaired):
            raise
        opened = repaired
        document = _open(repaired, password)
        flags.add("damaged")
    try:
        if raw.FPDF_GetSecurityHandlerRevision(document) >= 0:
            flags.add("encrypted_open")
        inside = look_inside(path, password, context.options.max_pixels)
        flags |= inside.flags
        count = len(document)
        if count == 0:
            raise RefusalError("no_pages")
        if inside.only_dynamic_form and count <= 1:
            raise RefusalError("active_page", detail="XFA")
        _show_forms(document)
        total = min(count, context.options.max_pages)
        if total < count:
            flags.add("partly_read")

        def reopen() -> Callable[[int], Page]:
            again = _open(opened, password)
            _show_forms(again)
            return lambda number: _page(again, number, context, inside)

        pages = context.read_pages(
            total, lambda number: _page(document, number, context, inside), flags, reopen
        )
    finally:
        document.close()
        repaired.unlink(missing_ok=True)
    if pages and not context.skip_pages and all(p.outcome == "failed" for p in pages):
        errors = [p.error or "" for p in pages]
        if all(e.startswith(_TOO_MANY_PIXELS) for e in errors):
            return Refusal("too_many_pixels", {"detail": errors[0]})
        if all(e in (_NOT_LOADED, _NOT_DRAWN) for e in errors):
            return Refusal("damaged", {"detail": errors[0]})
    children, parts, structured = _attachments(inside, pages, context, flags)
    return Reading(
        media_type,
        tuple(pages),
        structured=structured,
        children=children,
        flags=tuple(flags),
        total_pages=count,
        parts=parts,
    )


def _open(path: Path, password: str | None) -> pdfium.PdfDocument:
    try:
        return pdfium.PdfDocument(path, password=password)
    except pdfium.PdfiumError as error:
        if getattr(error, "err_code", None) == raw.FPDF_ERR_PASSWORD or "password" in str(error).lower():
            raise RefusalError("needs_password") from error
        if has_no_pages(path, password):
            raise RefusalError("no_pages") from error
        raise RefusalError("damaged", detail="the PDF cannot be opened") from error


def _show_forms(document: pdfium.PdfDocument) -> None:
    if document.get_formtype() not in (raw.FORMTYPE_NONE, None):
        document.init_forms()


def _repair(path: Path, password: str | None, target: Path) -> bool:
    """Let qpdf rebuild what pdfium could not open: it finds the catalogue without a trailer."""
    try:
        with pikepdf.open(path, password=password or "", suppress_warnings=True) as pdf:
            if not len(pdf.pages):
                return False
            pdf.save(target, encryption=False)
    except (*BROKEN, OSError):
        target.unlink(missing_ok=True)
        return False
    return True


def _page(document: pdfium.PdfDocument, number: int, context: ReadContext, inside: Inside) -> Page:
    try:
        page = document[number - 1]
    except pdfium.PdfiumError:
        return _failed(number, _NOT_LOADED)
    try:
        if inside.has_forms:
            # Values of form fields become part of the page, as they are seen.
            raw.FPDFPage_Flatten(page, raw.FLAT_NORMALDISPLAY)
            page.close()
            page = document[number - 1]
        width, height = page.get_size()
        words, text = page_words(page)
        if not (_LEAST_SIDE <= width <= _MOST_SIDE and _LEAST_SIDE <= height <= _MOST_SIDE):
            # Nobody can draw it, but what is written on it may be sound.
            if not layer_is_good(text, words):
                return _failed(number, f"a page of {width:.5g} × {height:.5g} points cannot be drawn")
            width, height = (min(_MOST_SIDE, max(_LEAST_SIDE, side)) for side in (width, height))
            return Page(number, width, height, "recognised", TEXT_LAYER, _VERSION, text, words, 1.0)
        if number in inside.oversized:
            return _failed(number, f"{_TOO_MANY_PIXELS}: {inside.oversized[number]}")
        pictures = list(_pictures(page, width, height))
        for _, _, pixels in pictures:
            if pixels > context.options.max_pixels:
                return _failed(number, f"{_TOO_MANY_PIXELS}: {pixels}")
        covered = max((p.share for p in pictures), default=0.0)
        if not context.options.ignore_text_layer and _layer_serves(text, words, covered):
            marks = _marks(page, words, context)
            return Page(
                *(number, width, height, "recognised", TEXT_LAYER, _VERSION, text, words, 1.0),
                marks=marks,
                picture=_looks(page, number, (width, height)),
            )
        if not text.strip() and not pictures and not _draws(page):
            return Page(number, width, height, "blank", TEXT_LAYER, _VERSION)
        return _recognise(page, number, (width, height), pictures, context)
    except pdfium.PdfiumError:
        return _failed(number, _NOT_DRAWN)
    finally:
        page.close()


def _marks(page: pdfium.PdfPage, words: tuple[Word, ...], context: ReadContext) -> tuple[str, ...]:
    """Barcodes on a page that is read without its picture: a separator sheet has few words."""
    if context.of_pages < 2 or len(words) > _SHEET_WORDS:
        return ()
    bitmap = page.render(scale=_SHEET_DPI / 72, grayscale=True)
    try:
        return marks_of(bitmap.to_pil(), context.options.split_labels)
    finally:
        bitmap.close()


def _looks(page: pdfium.PdfPage, number: int, size: tuple[float, float]) -> str | None:
    """The fingerprint of a page that is read without its picture; of the first pages, which tell enough."""
    if number > _LOOKED_AT_PAGES:
        return None
    bitmap = page.render(scale=_LOOKED_AT / max(size), grayscale=True)
    try:
        return fingerprint(bitmap.to_pil())
    finally:
        bitmap.close()


def _layer_serves(text: str, words: tuple[Word, ...], covered: float) -> bool:
    """Whether the text layer is the page's text; `covered` is the share of the largest picture on it."""
    useful = sum(c.isalnum() for c in text)
    if useful == 0 or not layer_is_good(text, words):
        return False
    if covered < _COVERING:
        return True
    if useful < 25:
        return False
    # Something like a fax header, a stamp or page numbers put over a scan leaves most of the page unread.
    lines = {w.line: w.box for w in words}
    height = sum(max(0.0, box[3] - box[1]) for box in lines.values())
    return len(words) >= _STAMP_WORDS or height >= _STAMP_HEIGHT


def _recognise(
    page: pdfium.PdfPage,
    number: int,
    size: tuple[float, float],
    pictures: list["_Picture"],
    context: ReadContext,
) -> Page:
    """Render the page at the resolution of its scan, and read it."""
    largest = max(pictures, default=_Picture(0.0, 0, 0))
    dpi = largest.dpi if largest.share > 0.8 else context.options.ocr_dpi
    dpi = round(max(_LEAST_DPI, min(_MOST_DPI, dpi)) * context.options.enlarge)
    pixels = size[0] * size[1] * (dpi / 72) ** 2
    most = min(context.options.max_pixels, _MOST_RENDERED)
    if pixels > most:
        dpi = int(dpi * (most / pixels) ** 0.5)
    if dpi < 40:
        return _failed(number, f"a page of {size[0]:.0f} × {size[1]:.0f} points is too large to render")
    bitmap = page.render(scale=dpi / 72, grayscale=True)
    picture = bitmap.to_pil()
    if looks_blank(picture):
        bitmap.close()
        return Page(number, *size, "blank", TEXT_LAYER, _VERSION)
    flat = straighten(picture) if context.options.straighten else None
    read = picture if flat is None else flat.picture
    target = context.out_dir / f"page-{number}.pgm"
    read.save(target, format="PPM")

    def turn(degrees: int) -> tuple[Path, tuple[int, int]]:
        rotated = read.rotate(-degrees, expand=True, fillcolor=255)
        turned = context.out_dir / f"page-{number}-turned.pgm"
        rotated.save(turned, format="PPM")
        return turned, rotated.size

    try:
        marks = marks_of(picture, context.options.split_labels) if context.of_pages > 1 else ()
        page_read = recognise_page(
            recogniser(context.options.ocr_engine),
            target,
            read.size,
            number=number,
            size=size,
            languages=context.options.languages,
            dpi=dpi,
            turn=turn,
            second=neural_lines if context.options.second_reader else None,
            always=context.options.second_always,
            one_column=context.options.one_column,
        )
        if flat is not None:
            page_read = replace(page_read, words=flat.put_back(page_read.words, page_read.rotation))
        return replace(page_read, marks=marks, picture=fingerprint(read, page_read.rotation))
    finally:
        bitmap.close()
        for left in context.out_dir.glob(f"page-{number}*.pgm"):
            left.unlink()


class _Picture(NamedTuple):
    """A picture on a page: its share of the page's area, dots per inch as it is placed, pixels in all."""

    share: float
    dpi: int
    pixels: int


def _pictures(page: pdfium.PdfPage, width: float, height: float) -> Iterator[_Picture]:
    """The pictures on a page (of its first two hundred)."""
    for index, item in enumerate(page.get_objects(filter=[raw.FPDF_PAGEOBJ_IMAGE], max_depth=3)):
        if index == 200:
            return
        try:
            left, bottom, right, top = item.get_bounds()
            across, down = item.get_px_size()
        except pdfium.PdfiumError:
            continue
        share = min(1.0, max(0.0, (right - left) * (top - bottom) / (width * height)))
        # A scan that lies on its side has its longer side of pixels along the longer side of its place.
        inches = max(0.1, max(right - left, top - bottom) / 72)
        yield _Picture(share, round(max(across, down) / inches), across * down)


def _draws(page: pdfium.PdfPage) -> bool:
    """Whether the page has anything painted on it that could be text as curves."""
    paths = 0
    for item in page.get_objects(max_depth=2):
        if item.type in (raw.FPDF_PAGEOBJ_SHADING, raw.FPDF_PAGEOBJ_IMAGE):
            return True
        paths += item.type == raw.FPDF_PAGEOBJ_PATH
        if paths > 20:
            return True
    return False


def _attachments(
    inside: Inside, pages: Sequence[Page], context: ReadContext, flags: set[str]
) -> tuple[tuple[Child, ...], tuple[Child, ...], Structured | None]:
    """Children, parts, and the data of the paper itself if one of the files inside is that."""
    data_files, structured = _own_data(inside, pages, context)
    children: list[Child] = []
    parts: list[Child] = []
    for index, (name, data) in enumerate(inside.attachments):
        try:
            (parts if index in data_files else children).append(context.new_child(name, data))
        except RefusalError:
            flags.add("partly_read")
            break
    return tuple(children), tuple(parts), structured


def _own_data(
    inside: Inside, pages: Sequence[Page], context: ReadContext
) -> tuple[list[int], Structured | None]:
    """Which files inside are the paper's own data, and what the first of them states.

    Those are files with names from the standards (the same invoice in several versions of
    ZUGFeRD is one paper), or the only business paper among the files
    if its number stands on the pages: an invoice attached to a letter is a paper of its own.
    """
    known = [i for i, (name, _) in enumerate(inside.attachments) if name.lower() in _DATA_NAMES]
    others = [i for i in range(len(inside.attachments)) if i not in known]
    found: list[tuple[int, Structured]] = []
    for index in (*known, *others):
        data = inside.attachments[index][1]
        if not data[:200].lstrip(b"\xef\xbb\xbf\xff\xfe \r\n\t\x00").startswith(b"<"):
            continue
        stated = structured_from_xml(data)
        if stated is None or not stated.fields:
            continue
        if found and found[0][0] in known and index not in known:
            break
        same = not found or stated.fields.get("document_number") == found[0][1].fields.get("document_number")
        if index not in known or same:
            found.append((index, stated))
    if found and found[0][0] in known:
        return [index for index, _ in found], found[0][1]
    if len(found) != 1:
        return [], None
    number = "".join(found[0][1].fields.get("document_number", "").split())
    shown = "".join("".join(p.text for p in pages).split())
    # Of pages read in an earlier attempt there is no text here.
    return ([found[0][0]], found[0][1]) if number and (number in shown or context.skip_pages) else ([], None)


def _failed(number: int, error: str) -> Page:
    return Page(number, 595.0, 842.0, "failed", TEXT_LAYER, _VERSION, error=error[:200])
