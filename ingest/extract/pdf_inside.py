"""What a PDF carries besides its pages: scripts, actions, forms, files. Nothing is run or fetched."""

import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pikepdf

from ingest.extract.context import RefusalError

_MAX_OBJECTS = 30_000
_MAX_NESTING = 24
_MAX_ATTACHMENTS = 50
_MAX_ATTACHMENT = 64 * 1024**2
#: Most that the drawing of a page may unpack to. Dense maps and drawings stay below half of it.
_MAX_CONTENT = 32 * 1024**2
_DEFLATE_RATIO = 1032  # deflate cannot pack tighter (zlib's technical details)
_ACTIVE = {"/JavaScript", "/Launch", "/SubmitForm", "/ImportData", "/RichMediaExecute", "/Rendition"}
#: Actions that ask for another file or place even without a click on a link to the web.
_OUTSIDE = {"/GoToR", "/GoToE", "/SubmitForm"}
#: What pikepdf throws over a broken file.
BROKEN = (
    pikepdf.PdfError,
    pikepdf.PasswordError,
    pikepdf.DataDecodingError,
    ValueError,
    KeyError,
    TypeError,
    RuntimeError,
    AttributeError,
    RecursionError,
    OverflowError,
)


@dataclass(slots=True)
class Inside:
    """`attachments` are (untrusted name, bytes); `oversized` pages by number, with a picture's pixels."""

    flags: set[str] = field(default_factory=set)
    has_forms: bool = False
    only_dynamic_form: bool = False
    attachments: list[tuple[str, bytes]] = field(default_factory=list)
    oversized: dict[int, int] = field(default_factory=dict)


def look_inside(path: Path, password: str | None, max_pixels: int) -> Inside:
    """Look through the file's objects; a file too broken for this has no findings but `damaged`.

    Raises:
        RefusalError: `expands_too_much`, if what draws a page is a decompression bomb.
    """
    found = Inside()
    try:
        with pikepdf.open(path, password=password or "", suppress_warnings=True) as pdf:
            if pdf.get_warnings():
                found.flags.add("damaged")
            _form(pdf, found)
            if _objects(pdf, found) > max_pixels:
                _find_oversized(pdf, found, max_pixels)
            _files(pdf, found)
    except BROKEN:
        found.flags.add("damaged")
    return found


def _form(pdf: pikepdf.Pdf, found: Inside) -> None:
    needs_rendering = bool(pdf.Root.get("/NeedsRendering", False))
    form = pdf.Root.get("/AcroForm")
    if isinstance(form, pikepdf.Dictionary):
        fields = form.get("/Fields")
        found.has_forms = isinstance(fields, pikepdf.Array) and len(fields) > 0
        if "/XFA" in form:
            found.flags.add("active_content")
            found.only_dynamic_form = not found.has_forms
    if needs_rendering:
        # ISO 32000-1, 7.7.2: the pages stored are a stand-in, a program makes the real ones.
        found.flags.add("active_content")
        found.only_dynamic_form = True


def has_no_pages(path: Path, password: str | None) -> bool:
    """Whether it is a whole PDF without a page, which other programs call broken."""
    try:
        with pikepdf.open(path, password=password or "", suppress_warnings=True) as pdf:
            return len(pdf.pages) == 0 and pdf.Root.get("/Type") == pikepdf.Name.Catalog
    except BROKEN:
        return False


def _objects(pdf: pikepdf.Pdf, found: Inside) -> int:
    """Look at all objects; returns the pixels of the largest picture."""
    largest = 0
    names = pdf.Root.get("/Names")
    if (isinstance(names, pikepdf.Dictionary) and "/JavaScript" in names) or "/AA" in pdf.Root:
        found.flags.add("active_content")
    opening = pdf.Root.get("/OpenAction")
    if isinstance(opening, pikepdf.Dictionary) and opening.get("/S") == pikepdf.Name.URI:
        found.flags.add("external_references")
    for count, item in enumerate(pdf.objects):
        if count == _MAX_OBJECTS:
            found.flags.add("partly_read")
            break
        if isinstance(item, pikepdf.Stream):
            _weigh(item)
            largest = max(largest, _pixels(item))
        elif isinstance(item, pikepdf.Dictionary):
            _look(item, found)
            for key in ("/A", "/OpenAction"):
                inner = item.get(key)
                if isinstance(inner, pikepdf.Dictionary):
                    _look(inner, found)
            if item.get("/Subtype") == pikepdf.Name.FileAttachment:
                _attached(item, found)
    return largest


def _pixels(stream: pikepdf.Stream) -> int:
    if stream.get("/Subtype") != pikepdf.Name.Image:
        return 0
    width, height = stream.get("/Width", 0), stream.get("/Height", 0)
    return max(0, width) * max(0, height) if isinstance(width, int) and isinstance(height, int) else 0


def _find_oversized(pdf: pikepdf.Pdf, found: Inside, max_pixels: int) -> None:
    """Which pages draw a picture of too many pixels, in forms, patterns and masks too."""
    for number, page in enumerate(pdf.pages, start=1):
        seen: set[tuple[int, int]] = set()
        waiting: list[tuple[Any, int]] = [(page.resources, 0)]
        if "/Annots" in page.obj:
            waiting.append((page.obj.Annots, 0))
        while waiting and len(seen) < _MAX_OBJECTS:
            item, depth = waiting.pop()
            if depth > _MAX_NESTING or item.objgen in seen:
                continue
            if item.objgen != (0, 0):
                seen.add(item.objgen)
            if isinstance(item, pikepdf.Stream):
                if _pixels(item) > max_pixels:
                    found.oversized[number] = _pixels(item)
                    break
                item = item.stream_dict
            inner = item.items() if isinstance(item, pikepdf.Dictionary) else enumerate(item)
            waiting += [
                (v, depth + 1)
                for key, v in inner
                if key not in ("/Parent", "/P", "/Dest", "/A")
                and isinstance(v, (pikepdf.Stream, pikepdf.Dictionary, pikepdf.Array))
            ]


def _look(item: Any, found: Inside) -> None:
    if "/JS" in item or "/AA" in item:
        found.flags.add("active_content")
    kind = item.get("/S")
    if isinstance(kind, pikepdf.Name):
        if str(kind) in _ACTIVE:
            found.flags.add("active_content")
        if str(kind) in _OUTSIDE:
            found.flags.add("external_references")


def _weigh(stream: pikepdf.Stream) -> None:
    """Refuse a stream that is no picture and unpacks beyond `_MAX_CONTENT`."""
    if stream.get("/Subtype") == pikepdf.Name.Image or stream.get("/Type") == pikepdf.Name.EmbeddedFile:
        return  # pictures are judged by their size, files by their own extractors
    filters = stream.get("/Filter")
    names = [str(f) for f in filters] if isinstance(filters, pikepdf.Array) else [str(filters)]
    flates = sum(n in ("/FlateDecode", "/Fl") for n in names)
    length = stream.get("/Length", 0)
    if flates == 0 or (flates == 1 and isinstance(length, int) and length * _DEFLATE_RATIO < _MAX_CONTENT):
        return
    data = bytes(stream.read_raw_bytes())
    for name in names:
        if name not in ("/FlateDecode", "/Fl"):
            return
        inflate = zlib.decompressobj()
        try:
            data = inflate.decompress(data, _MAX_CONTENT + 1)
        except zlib.error:
            return
        if len(data) > _MAX_CONTENT:
            raise RefusalError("expands_too_much", detail=f"a page's drawing over {_MAX_CONTENT} bytes")


def _attached(annotation: Any, found: Inside) -> None:
    """The file pinned to a page by an annotation."""
    spec = annotation.get("/FS")
    if not isinstance(spec, pikepdf.Dictionary) or len(found.attachments) >= _MAX_ATTACHMENTS:
        return
    files = spec.get("/EF")
    stream = files.get("/UF", files.get("/F")) if isinstance(files, pikepdf.Dictionary) else None
    if isinstance(stream, pikepdf.Stream):
        _keep(found, str(spec.get("/UF", spec.get("/F", "attachment"))), stream)


def _files(pdf: pikepdf.Pdf, found: Inside) -> None:
    for name in list(pdf.attachments)[: _MAX_ATTACHMENTS - len(found.attachments)]:
        try:
            stream = pdf.attachments[name].get_file().obj
        except BROKEN:
            found.flags.add("damaged")
            continue
        if isinstance(stream, pikepdf.Stream):
            _keep(found, name, stream)
    # ISO 32000-2, 14.13: some writers of Factur-X name the file only as associated with the document.
    named = {name for name, _ in found.attachments}
    associated = pdf.Root.get("/AF")
    for spec in list(associated)[:_MAX_ATTACHMENTS] if isinstance(associated, pikepdf.Array) else ():
        if isinstance(spec, pikepdf.Dictionary) and str(spec.get("/UF", spec.get("/F", ""))) not in named:
            _attached(pikepdf.Dictionary(FS=spec), found)


def _keep(found: Inside, untrusted_name: str, stream: pikepdf.Stream) -> None:
    try:
        facts = stream.get("/Params")
        length = facts.get("/Size", 0) if isinstance(facts, pikepdf.Dictionary) else 0
        if isinstance(length, int) and length > _MAX_ATTACHMENT:
            found.flags.add("partly_read")
            return
        raw = bytes(stream.read_raw_bytes())
        data = _inflated(raw) if stream.get("/Filter") == pikepdf.Name.FlateDecode else None
        if data is None:
            data = bytes(stream.read_bytes())
    except BROKEN:
        found.flags.add("damaged")
        return
    if len(data) > _MAX_ATTACHMENT:
        found.flags.add("partly_read")
    else:
        found.attachments.append((untrusted_name, data))


def _inflated(raw: bytes) -> bytes | None:
    """At most one byte more than an attachment may have; None if it is no plain deflate stream."""
    try:
        return zlib.decompressobj().decompress(raw, _MAX_ATTACHMENT + 1)
    except zlib.error:
        return None
