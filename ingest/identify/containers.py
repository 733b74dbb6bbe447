"""Formats that are told by what is inside a ZIP archive or an OLE compound file."""

import re
import struct
import zipfile
from pathlib import Path

import olefile

from ingest.extract.context import RefusalError
from ingest.identify.identity import Identity
from ingest.identify.zipdir import open_zip, read_member
from ingest.model import Refusal

_OOXML = "application/vnd.openxmlformats-officedocument"
_CONTENT_TYPES = "[Content_Types].xml"
_MAIN_PART = re.compile(
    rb"application/vnd\.(?:openxmlformats-officedocument|ms-(?:word|excel|powerpoint|visio))\.([\w.]+?)"
    rb"\.main(?:\+xml)?[\"']"
)

#: What a main part's content type says, by its last words: media type, name, macros.
_OFFICE: dict[str, tuple[str, str]] = {
    "wordprocessingml.document": (f"{_OOXML}.wordprocessingml.document", "Word document"),
    "wordprocessingml.template": (f"{_OOXML}.wordprocessingml.document", "Word template"),
    "document": (f"{_OOXML}.wordprocessingml.document", "Word document with macros"),
    "template": (f"{_OOXML}.wordprocessingml.document", "Word template with macros"),
    "spreadsheetml.sheet": (f"{_OOXML}.spreadsheetml.sheet", "Excel workbook"),
    "spreadsheetml.template": (f"{_OOXML}.spreadsheetml.sheet", "Excel template"),
    "sheet": (f"{_OOXML}.spreadsheetml.sheet", "Excel workbook with macros"),
    "presentationml.presentation": (f"{_OOXML}.presentationml.presentation", "PowerPoint presentation"),
    "presentationml.slideshow": (f"{_OOXML}.presentationml.presentation", "PowerPoint show"),
    "presentationml.template": (f"{_OOXML}.presentationml.presentation", "PowerPoint template"),
    "presentation": (f"{_OOXML}.presentationml.presentation", "PowerPoint presentation with macros"),
    "slideshow": (f"{_OOXML}.presentationml.presentation", "PowerPoint show with macros"),
}
_ODF = "application/vnd.oasis.opendocument"
_ODF_KINDS = {
    f"{_ODF}.text": "OpenDocument text",
    f"{_ODF}.spreadsheet": "OpenDocument spreadsheet",
    f"{_ODF}.presentation": "OpenDocument presentation",
}


def identify_zip(path: Path, head: bytes) -> Identity | Refusal:
    """Office documents, programs in archives, or an ordinary archive."""
    try:
        with open_zip(path) as archive:
            return _inside(archive)
    except RefusalError as error:
        if error.refusal.reason == "damaged":
            # The first member's name, in its local header, still tells what it was meant to be.
            first = head[30:100]
            for start, name in ((b"[Content_Types]", "Office document"), (b"mimetype", "OpenDocument file")):
                if first.startswith(start):
                    return Refusal("damaged", {"detail": f"{name}: {error.refusal.params['detail']}"})
        return error.refusal


def _inside(archive: zipfile.ZipFile) -> Identity | Refusal:
    names = {info.filename for info in archive.infolist()[:20000]}
    if _CONTENT_TYPES in names:
        return _office(archive, names)
    if "mimetype" in names:
        return _opendocument(archive)
    if "AndroidManifest.xml" in names:
        return Refusal("executable", {"detected": "Android program"})
    if "META-INF/MANIFEST.MF" in names and any(n.endswith(".class") for n in names):
        return Refusal("executable", {"detected": "Java program"})
    return Identity("application/zip", "ZIP archive")


def _office(archive: zipfile.ZipFile, names: set[str]) -> Identity | Refusal:
    types = read_member(archive, _CONTENT_TYPES, 1024**2)
    macros = b"macroEnabled" in types or any(n.lower().endswith("vbaproject.bin") for n in names)
    flags = ("active_content",) if macros else ()
    if b"sheet.binary." in types:
        return Identity("application/vnd.ms-excel.sheet.binary", "binary Excel workbook", flags)
    for found in _MAIN_PART.finditer(types):
        kind = found[1].decode("ascii").removesuffix(".macroEnabled")
        if kind in _OFFICE:
            media_type, name = _OFFICE[kind]
            return Identity(media_type, name, flags)
        if kind == "drawing":
            return Identity("application/vnd.ms-visio.drawing", "Visio drawing", flags)
    if not types:
        return Refusal("damaged", {"detail": "Office document whose list of parts cannot be read"})
    if "FixedDocumentSequence.fdseq" in names or any(n.endswith(".fdseq") for n in names):
        return Identity("application/oxps", "XPS document", flags)
    for part, kind in (
        ("word/document.xml", "wordprocessingml.document"),
        ("xl/workbook.xml", "spreadsheetml.sheet"),
        ("ppt/presentation.xml", "presentationml.presentation"),
    ):
        if part in names:
            return Identity(_OFFICE[kind][0], _OFFICE[kind][1], (*flags, "damaged"))
    return Identity("application/zip", "ZIP archive", flags)


def _opendocument(archive: zipfile.ZipFile) -> Identity:
    stated = read_member(archive, "mimetype", 200).strip().decode("ascii", "replace")
    stated = stated.removesuffix("-template")
    if stated in _ODF_KINDS:
        names = archive.namelist()
        macros = any(n.startswith(("Basic/", "Scripts/")) and not n.endswith("/") for n in names)
        return Identity(stated, _ODF_KINDS[stated], ("active_content",) if macros else ())
    if stated.startswith(_ODF):
        return Identity(stated, "OpenDocument file")
    if stated == "application/epub+zip":
        return Identity(stated, "electronic book (EPUB)")
    return Identity("application/zip", "ZIP archive")


#: What olefile throws at compound files whose tables lead nowhere.
OLE_BROKEN = (
    OSError,
    ValueError,
    IndexError,
    KeyError,
    TypeError,
    AttributeError,
    OverflowError,
    RecursionError,
    struct.error,
)
_INSTALLER_CLASS = "000C1084-0000-0000-C000-000000000046"


def identify_ole(path: Path) -> Identity | Refusal:
    """Tell old Office formats, Outlook messages and locked Office documents by their streams (MS-CFB)."""
    try:
        ole = olefile.OleFileIO(str(path))
    except OLE_BROKEN as error:
        raise RefusalError("damaged", detail="OLE file whose directory cannot be read") from error
    with ole:
        try:
            names = {"/".join(entry).lower() for entry in ole.listdir()[:10000]}
        except OLE_BROKEN as error:  # entries that are each other's children among others
            raise RefusalError("damaged", detail="OLE file whose directory cannot be read") from error
        macros = any("vba" in name.split("/") or name.endswith("_vba_project") for name in names)
        flags = ("active_content",) if macros else ()
        root = ole.root
        if root is not None and str(root.clsid).upper() == _INSTALLER_CLASS:
            return Refusal("executable", {"detected": "Windows installer"})
        if "encryptedpackage" in names:
            return Identity("application/x-ole-encrypted-package", "locked Office document")
        if "__properties_version1.0" in names:
            return Identity("application/vnd.ms-outlook", "Outlook message", flags)
        if "worddocument" in names:
            return Identity("application/msword", "Word 97-2003 document", flags)
        if names & {"workbook", "book"}:
            return Identity("application/vnd.ms-excel", "Excel 97-2003 workbook", flags)
        if "powerpoint document" in names:
            return Identity("application/vnd.ms-powerpoint", "PowerPoint 97-2003 presentation", flags)
        return Identity("application/x-ole-storage", "OLE compound file", flags)
