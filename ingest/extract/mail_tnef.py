"""`winmail.dat`, in which Outlook wraps a mail's files (MS-OXTNEF), to letters."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from ingest.extract import charset
from ingest.extract.context import ReadContext, RefusalError
from ingest.extract.mail_letter import Letter, Part, add_html
from ingest.extract.mail_rtf import body_lines

SIGNATURE: Final = b"\x78\x9f\x3e\x22"
#: Attributes (2.1.3.1), by the lower half of their numbers.
_FROM, _SUBJECT, _BODY, _DATA, _TITLE = 0x8000, 0x8004, 0x800C, 0x800F, 0x8010
_NEW_FILE, _PROPERTIES, _FILE_PROPERTIES, _CODE_PAGE = 0x9002, 0x9003, 0x9005, 0x9007
#: Properties (MS-OXPROPS).
_P_SUBJECT, _P_SENDER, _P_BODY, _P_RTF, _P_HTML = 0x0037, 0x0C1A, 0x1000, 0x1009, 0x1013
_P_DATA, _P_NAME, _P_LONG_NAME, _P_MIME, _P_CONTENT_ID = 0x3701, 0x3704, 0x3707, 0x370E, 0x3712
_NARROW, _WIDE, _OBJECT, _BINARY = 0x1E, 0x1F, 0x0D, 0x102
_FIXED: Final = {2: 4, 3: 4, 4: 4, 5: 8, 6: 8, 7: 8, 0x0A: 4, 0x0B: 4, 0x14: 8, 0x40: 8, 0x48: 16}
_GUID: Final = 16
_MOST_PROPERTIES: Final = 10_000


@dataclass(slots=True)
class _File:
    name: str = ""
    kind: str = ""
    data: bytes = b""


def parse(data: bytes, context: ReadContext) -> Letter:
    """The letter in a TNEF stream; of one that is cut off, what is there (`damaged`).

    Raises:
        RefusalError: `damaged` if it is none, `expands_too_much` for too many files.
    """
    if not data.startswith(SIGNATURE):
        raise RefusalError("damaged", detail="Outlook wrapping whose beginning is gone")
    letter = Letter()
    files: list[_File] = []
    page = "cp1252"
    for ident, value in _attributes(data, letter.flags):
        if ident == _CODE_PAGE and len(value) >= 4:
            page = f"cp{struct.unpack_from('<I', value)[0]}"
        elif ident == _SUBJECT:
            letter.subject = _text(value, page)
        elif ident == _FROM:
            letter.sender = letter.sender or _sender(value, page)
        elif ident == _BODY:
            letter.body = _lines(_text(value, page))
        elif ident == _NEW_FILE:
            files.append(_File())
            if len(files) > context.options.max_members:
                raise RefusalError("expands_too_much", detail=f"over {len(files) - 1} files")
        elif ident == _TITLE and files:
            files[-1].name = files[-1].name or _text(value, page)
        elif ident == _DATA and files:
            files[-1].data = value
        elif ident == _FILE_PROPERTIES and files:
            _fill(files[-1], dict(_properties(value, letter.flags)), page)
        elif ident == _PROPERTIES:
            _describe(letter, dict(_properties(value, letter.flags)), page)
    for number, file in enumerate(files, 1):
        name = file.name or (f"attachment {number}" if not file.data.startswith(SIGNATURE) else "message.dat")
        letter.parts.append(Part(name, file.kind or "application/octet-stream", file.data or None))
    return letter


def _attributes(data: bytes, flags: set[str]) -> Iterator[tuple[int, bytes]]:
    at = 6
    while at + 9 <= len(data):
        _level, ident, size = struct.unpack_from("<BII", data, at)
        value = data[at + 9 : at + 9 + size]
        if len(value) < size:
            flags.add("damaged")
        yield ident & 0xFFFF, value
        at += 9 + size + 2


def _properties(data: bytes, flags: set[str]) -> Iterator[tuple[int, tuple[int, bytes]]]:
    """Number, and type with value, of each property (2.1.3.4); of several values the first."""
    try:
        (count,) = struct.unpack_from("<I", data)
        at = 4
        for _ in range(min(count, _MOST_PROPERTIES)):
            kind, ident = struct.unpack_from("<HH", data, at)
            at += 4
            if ident >= 0x8000:  # a named one, its name before its value
                at += _GUID
                (by_name,) = struct.unpack_from("<I", data, at)
                (length,) = struct.unpack_from("<I", data, at + 4)
                at += 8 + (-(-length // 4) * 4 if by_name else 0)
            base, several = kind & 0xFFF, bool(kind & 0x1000)
            values = 1
            if several or base in (_NARROW, _WIDE, _OBJECT, _BINARY):
                (values,) = struct.unpack_from("<I", data, at)
                at += 4
            for n in range(min(values, _MOST_PROPERTIES)):
                length = _FIXED.get(base, -1)
                if length < 0:
                    (length,) = struct.unpack_from("<I", data, at)
                    at += 4
                if n == 0:
                    yield ident, (base, data[at : at + length])
                at += -(-length // 4) * 4
    except struct.error:
        flags.add("damaged")


def _describe(letter: Letter, found: dict[int, tuple[int, bytes]], page: str) -> None:
    letter.subject = _value(found, _P_SUBJECT, page) or letter.subject
    letter.sender = letter.sender or _value(found, _P_SENDER, page)
    if text := _value(found, _P_BODY, page).strip():
        letter.body = _lines(text)
    elif _P_HTML in found and not letter.body:
        add_html(letter, charset.decode(found[_P_HTML][1]).text)
    elif _P_RTF in found and not letter.body:
        letter.body = body_lines(found[_P_RTF][1], letter.flags)


def _fill(file: _File, found: dict[int, tuple[int, bytes]], page: str) -> None:
    file.name = _value(found, _P_LONG_NAME, page) or file.name or _value(found, _P_NAME, page)
    file.kind = _value(found, _P_MIME, page).lower()
    kind, data = found.get(_P_DATA, (0, b""))
    if kind in (_OBJECT, _BINARY) and not file.data:
        # An object says first of what kind it is; a message within is a stream of the same kind as this.
        file.data = data[_GUID:] if kind == _OBJECT else data


def _value(found: dict[int, tuple[int, bytes]], ident: int, page: str) -> str:
    kind, data = found.get(ident, (0, b""))
    if kind == _WIDE:
        return data.decode("utf-16-le", "replace").rstrip("\0")
    return _text(data, page) if kind == _NARROW else ""


def _text(data: bytes, page: str) -> str:
    return charset.decode(data.split(b"\0", 1)[0], page).text


def _sender(data: bytes, page: str) -> str:
    """Name and address of a TRP structure (2.1.3.3.4)."""
    if len(data) < 8:
        return ""
    _kind, _whole, name, address = struct.unpack_from("<HHHH", data)
    shown, place = _text(data[8 : 8 + name], page), _text(data[8 + name : 8 + name + address], page)
    place = place.removeprefix("SMTP:").removeprefix("smtp:")
    return f"{shown} <{place}>" if "@" in place and shown != place else shown or place


def _lines(text: str) -> list[str]:
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
