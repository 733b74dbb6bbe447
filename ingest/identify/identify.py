"""The decision what a file is: by its content, never by its name.

Reads the first and last 64 kB, and the directory of a container. The name is
used for little: the `misnamed` flag, the choice between kinds of text that look alike,
and to call rubble by what it was.
"""

from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from ingest.extract.context import RefusalError
from ingest.identify import markup, signatures, text
from ingest.identify.containers import identify_ole, identify_zip
from ingest.identify.identity import Identity
from ingest.identify.names import PROGRAM_ENDINGS, ending, misnamed
from ingest.identify.zipdir import end_record
from ingest.model import Refusal

_HEAD = 64 * 1024
_TAIL = 66 * 1024
_NOTHING = b"\0 \t\r\n\f\v\xef\xbb\xbf\xfe\xff"
_PDF_HEADER_WITHIN = 1024  # as ISO 32000-1, annex H, note 13 lets readers do


def identify(path: Path, untrusted_name: str = "") -> Identity | Refusal:
    """What the file at `path` is, or why it goes no further.

    Refusals: `empty`, `unknown_format`, `executable`, `damaged` (a container
    whose directory cannot be read), `forbidden_xml`, `expands_too_much`.
    """
    with path.open("rb") as stream:
        size = stream.seek(0, 2)
        stream.seek(0)
        head = stream.read(_HEAD)
        if not head.strip(_NOTHING) and _is_blank(stream):
            return Refusal("empty", {"bytes": size})
        stream.seek(max(0, size - _TAIL))
        tail = stream.read(_TAIL)
    try:
        found = _identify(path, head, tail, size, untrusted_name)
    except RefusalError as error:
        return error.refusal
    if isinstance(found, Identity) and misnamed(untrusted_name, found.media_type):
        return replace(found, flags=(*found.flags, "misnamed"))
    return found


def _is_blank(stream: BinaryIO) -> bool:
    while chunk := stream.read(1024**2):
        if chunk.strip(_NOTHING):
            return False
    return True


def _identify(path: Path, head: bytes, tail: bytes, size: int, name: str) -> Identity | Refusal:
    signature = signatures.match(head)
    if signature is None:
        return _pdf_behind(head, tail) or _text(head, size, name)
    match signature.kind:
        case "program":
            return Refusal("executable", {"detected": signature.name})
        case "zip":
            return identify_zip(path, head)
        case "ole":
            return identify_ole(path)
        case "other":
            return Identity(signature.media_type, signature.name)
        case "paper":
            flags = _end_flags(signature.media_type, tail)
            return Identity(signature.media_type, signature.name, flags)


def _pdf_behind(head: bytes, tail: bytes) -> Identity | Refusal | None:
    """A PDF with something before its header, or with none at all."""
    position = head.find(b"%PDF-")
    if position < 0:
        if text.has_pdf_object(head):
            return Identity("application/pdf", "PDF document without its header", ("damaged",))
        return None
    if position <= _PDF_HEADER_WITHIN:
        flags = {"damaged": None, **dict.fromkeys(_end_flags("application/pdf", tail))}
        return Identity("application/pdf", "PDF document", tuple(flags))
    if text.has_pdf_object(head[position:]):
        return Refusal("damaged", {"detail": f"a PDF begins after {position} bytes of something else"})
    return None


def _end_flags(media_type: str, tail: bytes) -> tuple[str, ...]:
    """`trailing_data` if bytes follow the end of the format, or a ZIP archive hides at the file's end.

    A PDF may be changed by appending to it; if its body goes on after its
    last end mark, the end of the change is missing: `damaged`.
    """
    if media_type in ("application/gzip", "application/x-tar"):
        return ()
    if end_record(tail) is not None:
        return ("trailing_data",)
    mark = {
        "application/pdf": b"%%EOF",
        "image/png": b"IEND\xaeB`\x82",
    }.get(media_type)
    position = tail.rfind(mark) if mark is not None else -1
    if mark is None or position < 0:
        return ()
    rest = tail[position + len(mark) :].strip(_NOTHING)
    if len(rest) <= 8:
        return ()
    return ("damaged",) if text.begins_with_pdf_body(rest) else ("trailing_data",)


def _text(head: bytes, size: int, name: str) -> Identity | Refusal:
    whole = size <= len(head)
    if text.is_journal(head):
        return Identity("text/plain", "journal export", charset="utf-8")
    charset = text.charset_of(head, whole)
    if not text.looks_like_text(head, charset):
        return Refusal("unknown_format", {"detected": _describe(head)})
    shown = text.decode(head, charset).replace("\0", "")
    if len(shown.strip()) < 2:
        return Refusal("unknown_format", {"detected": "a single character"})
    kind = ending(name)
    if kind in PROGRAM_ENDINGS:
        return Refusal("executable", {"detected": f"script (.{kind})"})
    if kind == "pdf" and text.has_pdf_syntax(head):
        return Refusal("damaged", {"detail": "a PDF whose beginning is gone"})
    if (again := signatures.match(head.lstrip(_NOTHING))) is not None and again.kind == "program":
        return Refusal("executable", {"detected": again.name})
    if (marked := _markup(shown, charset)) is not None:
        return marked
    return Identity(*_kind_of_text(shown, whole, kind), charset=charset)


def _kind_of_text(shown: str, whole: bool, kind: str) -> tuple[str, str]:
    if text.is_hl7(shown):
        return "application/hl7-v2", "HL7 v2 message"
    if text.is_mt940(shown):
        return "application/x-mt940", "MT940 account statement"
    if text.is_mbox(shown):
        return "application/mbox", "mailbox"
    if text.is_mail(shown, kind):
        return "message/rfc822", "mail"
    if text.is_json(shown, whole):
        return "application/json", "JSON data"
    if text.is_table(shown, kind):
        return "text/csv", "table of text"
    return "text/plain", "text"


def _markup(shown: str, charset: str | None) -> Identity | Refusal | None:
    prolog = markup.read_prolog(shown)
    if prolog is None:
        return None
    if prolog.is_html:
        return Identity("text/html", "web page", charset=charset, root=prolog.root)
    if prolog.entities or prolog.doctype:
        return Refusal("forbidden_xml", {"detail": f"document type {prolog.doctype}"})
    if prolog.declared_encoding in ("utf-7", "utf7"):
        return Refusal("forbidden_xml", {"detail": "encoding UTF-7"})
    if not prolog.xml and not prolog.root:
        return None
    if not prolog.xml and not _has_end_tag(shown, prolog.root):
        return None  # "<jan@firma.pl> wrote:" begins a text, too
    flags = ("external_references",) if prolog.stylesheet else ()
    media_type = "image/svg+xml" if prolog.local_name == "svg" else "application/xml"
    name = "SVG drawing" if prolog.local_name == "svg" else "XML document"
    return Identity(media_type, name, flags, charset, prolog.root, prolog.namespace)


def _has_end_tag(shown: str, root: str) -> bool:
    return f"</{root}" in shown or "/>" in shown[:2000] or "xmlns" in shown[:2000]


def _describe(head: bytes) -> str:
    return "binary data beginning with " + head[:8].hex(" ")
