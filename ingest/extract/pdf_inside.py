"""What a PDF carries besides its pages: scripts, actions, forms, attached files. Nothing is run or fetched."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pikepdf

_MAX_OBJECTS = 30_000
_MAX_ATTACHMENTS = 50
_MAX_ATTACHMENT = 64 * 1024**2
_ACTIVE = {"/JavaScript", "/Launch", "/SubmitForm", "/ImportData", "/RichMediaExecute", "/Rendition"}
_OUTSIDE = {"/URI", "/GoToR", "/GoToE", "/SubmitForm"}


@dataclass(slots=True)
class Inside:
    """`attachments` are (untrusted name, bytes)."""

    flags: set[str] = field(default_factory=set)
    has_forms: bool = False
    only_dynamic_form: bool = False
    attachments: list[tuple[str, bytes]] = field(default_factory=list)


def look_inside(path: Path, password: str | None) -> Inside:
    """Look through the file's objects; a file too broken for this has no findings but `damaged`."""
    found = Inside()
    try:
        with pikepdf.open(path, password=password or "", suppress_warnings=True) as pdf:
            if pdf.get_warnings():
                found.flags.add("damaged")
            _form(pdf, found)
            _objects(pdf, found)
            _files(pdf, found)
    except (pikepdf.PdfError, ValueError, KeyError, TypeError, RuntimeError, AttributeError, RecursionError):
        found.flags.add("damaged")
    return found


def _form(pdf: pikepdf.Pdf, found: Inside) -> None:
    form = pdf.Root.get("/AcroForm")
    if not isinstance(form, pikepdf.Dictionary):
        return
    fields = form.get("/Fields")
    found.has_forms = isinstance(fields, pikepdf.Array) and len(fields) > 0
    if "/XFA" in form:
        found.flags.add("active_content")
        found.only_dynamic_form = not found.has_forms


def _objects(pdf: pikepdf.Pdf, found: Inside) -> None:
    if "/JavaScript" in pdf.Root.get("/Names", {}) or "/AA" in pdf.Root:
        found.flags.add("active_content")
    for count, item in enumerate(pdf.objects):
        if count == _MAX_OBJECTS:
            found.flags.add("partly_read")
            return
        if not isinstance(item, pikepdf.Dictionary):
            continue
        _look(item, found)
        for key in ("/A", "/OpenAction"):
            inner = item.get(key)
            if isinstance(inner, pikepdf.Dictionary):
                _look(inner, found)


def _look(item: Any, found: Inside) -> None:
    if "/JS" in item or "/AA" in item:
        found.flags.add("active_content")
    kind = item.get("/S")
    if isinstance(kind, pikepdf.Name):
        if str(kind) in _ACTIVE:
            found.flags.add("active_content")
        if str(kind) in _OUTSIDE:
            found.flags.add("external_references")


def _files(pdf: pikepdf.Pdf, found: Inside) -> None:
    for name in list(pdf.attachments)[:_MAX_ATTACHMENTS]:
        try:
            data = bytes(pdf.attachments[name].get_file().read_bytes())
        except (pikepdf.PdfError, ValueError, KeyError, TypeError, RuntimeError):
            found.flags.add("damaged")
            continue
        if len(data) <= _MAX_ATTACHMENT:
            found.attachments.append((name, data))
        else:
            found.flags.add("partly_read")
