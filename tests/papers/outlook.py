"""Outlook's messages (MS-OXMSG), and its wrapping of them for the Internet (MS-OXTNEF)."""

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tests.papers.ole import ole_file

_WIDE, _NARROW, _BINARY, _NUMBER, _OBJECT = 0x1F, 0x1E, 0x102, 3, 0x0D
_SUBJECT, _BODY, _RTF, _HTML, _SENDER, _ADDRESS, _SMTP = 0x37, 0x1000, 0x1009, 0x1013, 0xC1A, 0xC1F, 0x5D01
_CODE_PAGE, _CLASS = 0x3FFD, 0x1A


@dataclass
class Letter:
    """A message to be written. With a `code_page` its texts are stored in eight bits.

    `files` are (name, data) or letters within the letter; `place` is the sender's place in a directory.
    """

    subject: str = ""
    body: str = ""
    html: str = ""
    rtf: bytes = b""
    sender: str = ""
    smtp: str = ""
    place: str = ""
    to: Sequence[tuple[str, str]] = ()
    files: Sequence["tuple[str, bytes] | Letter"] = field(default_factory=list)
    code_page: str = ""

    def values(self) -> dict[tuple[int, int], bytes]:
        """Properties by number and type."""
        kind = _NARROW if self.code_page else _WIDE
        texts = {
            _CLASS: "IPM.Note",
            _SUBJECT: self.subject,
            _BODY: self.body,
            _SENDER: self.sender,
            _SMTP: self.smtp,
            _ADDRESS: self.place or self.smtp,
        }
        found = {
            (pid, kind): text.encode(self.code_page or "utf-16-le") for pid, text in texts.items() if text
        }
        if self.html:
            found[_HTML, _BINARY] = self.html.encode()
        if self.rtf:
            found[_RTF, _BINARY] = self.rtf
        return found


def msg_file(letter: Letter) -> bytes:
    """The letter as Outlook saves it."""
    return ole_file(_storage(letter, "", bytes(8)))


def _storage(letter: Letter, folder: str, rest: bytes) -> dict[str, bytes]:
    """The streams of a message; the head of its properties ends with `rest`, which one within has not."""
    counts = (len(letter.to), len(letter.files))
    head = bytes(8) + struct.pack("<IIII", *counts, *counts) + rest
    number = {(_CODE_PAGE, _NUMBER): int(letter.code_page.removeprefix("cp"))} if letter.code_page else {}
    streams = _property_streams(folder, head, letter.values(), number)
    for n, (name, address) in enumerate(letter.to):
        place = f"{folder}__recip_version1.0_#{n:08X}/"
        texts = {(0x3001, _WIDE): name, (0x3003, _WIDE): address}
        values = {key: text.encode("utf-16-le") for key, text in texts.items()}
        streams |= _property_streams(place, bytes(8), values, {(0xC15, _NUMBER): 1})
    for n, file in enumerate(letter.files):
        place = f"{folder}__attach_version1.0_#{n:08X}/"
        if isinstance(file, Letter):
            streams |= _property_streams(place, bytes(8), {}, {(0x3705, _NUMBER): 5})
            streams |= _storage(file, f"{place}__substg1.0_3701000D/", b"")
        else:
            values = {(0x3707, _WIDE): file[0].encode("utf-16-le"), (0x3701, _BINARY): file[1]}
            streams |= _property_streams(place, bytes(8), values, {(0x3705, _NUMBER): 1})
    return streams


def _property_streams(
    folder: str, head: bytes, values: Mapping[tuple[int, int], bytes], numbers: Mapping[tuple[int, int], int]
) -> dict[str, bytes]:
    table = head
    for (pid, kind), number in numbers.items():
        table += struct.pack("<HHIII", kind, pid, 6, number, 0)
    streams = {}
    for (pid, kind), data in values.items():
        table += struct.pack("<HHIII", kind, pid, 6, len(data), 0)
        streams[f"{folder}__substg1.0_{pid:04X}{kind:04X}"] = data
    return {f"{folder}__properties_version1.0": table} | streams


def packed_rtf(data: bytes) -> bytes:
    """Rich text as bodies hold it, with what repeats named by its place in the window (MS-OXRTFCP)."""
    start = (
        rb"{\rtf1\ansi\mac\deff0\deftab720{\fonttbl;}{\f0\fnil \froman \fswiss \fmodern \fscript \fdecor "
        rb"MS Sans SerifSymbolArialTimes New RomanCourier{\colortbl\red0\green0\blue0"
        b"\r\n"
        rb"\par \pard\plain\f0\fs20\b\i\u\tab\tx"
    )
    window, out, group, control, count, at = start, b"", b"", 0, 0, 0
    pieces: list[bytes | int] = []
    while at < len(data):
        for length in range(17, 1, -1):
            place = window.find(data[at : at + length])
            if place >= 0 and at + length <= len(data) and place + length <= len(window):
                pieces.append(place << 4 | (length - 2))
                break
        else:
            length = 1
            pieces.append(data[at : at + 1])
        window += data[at : at + length]
        at += length
    assert len(window) < 4096, "longer texts would have to come around the window"
    pieces.append(len(window) << 4)
    for piece in pieces:
        if isinstance(piece, int):
            control |= 1 << count
            group += piece.to_bytes(2, "big")
        else:
            group += piece
        count += 1
        if count == 8:
            out += bytes((control,)) + group
            group, control, count = b"", 0, 0
    out += bytes((control,)) + group if count else b""
    return struct.pack("<IIII", len(out) + 12, len(data), 0x75465A4C, 0) + out


# -- winmail.dat ------------------------------------------------------------------


def tnef_file(letter: Letter) -> bytes:
    """The letter as Outlook wraps it for the Internet."""
    page = letter.code_page or "cp1250"
    out = struct.pack("<IH", 0x223E9F78, 1)
    out += _attribute(1, 0x00089006, struct.pack("<I", 0x10000))
    out += _attribute(1, 0x00069007, struct.pack("<II", int(page.removeprefix("cp")), 0))
    if letter.code_page:
        out += _attribute(1, 0x00018004, letter.subject.encode(page) + b"\0")
        out += _attribute(1, 0x0002800C, letter.body.encode(page) + b"\0")
    named = (
        struct.pack("<HH", 0x1F, 0x8001) + bytes(16) + struct.pack("<II", 1, 6) + "abc".encode("utf-16-le")
    )
    named += bytes(2) + struct.pack("<II", 1, 4) + "x\0".encode("utf-16-le")
    many = struct.pack("<HHIii", 0x1003, 0x1234, 2, 7, 8) + struct.pack("<HHhh", 2, 0x0E01, 5, 0)
    values = {} if letter.code_page else letter.values()
    out += _attribute(1, 0x00069003, struct.pack("<I", len(values) + 3) + named + many + _values(values))
    for file in letter.files:
        out += _attribute(2, 0x00069002, bytes(14))
        if isinstance(file, Letter):
            wrapped = bytes(16) + tnef_file(file)
            out += _attribute(2, 0x00069005, struct.pack("<I", 1) + _values({(0x3701, _OBJECT): wrapped}))
        else:
            name, data = file
            out += _attribute(2, 0x0006800F, data)
            out += _attribute(2, 0x00018010, name.encode(page, "replace")[:8] + b"~1\0")
            long_name = {(0x3707, _WIDE): name.encode("utf-16-le") + b"\0\0"}
            out += _attribute(2, 0x00069005, struct.pack("<I", 1) + _values(long_name))
    return out


def _values(values: Mapping[tuple[int, int], bytes]) -> bytes:
    out = b""
    for (pid, kind), data in values.items():
        out += struct.pack("<HHII", kind, pid, 1, len(data)) + data + bytes(-len(data) % 4)
    return out


def _attribute(level: int, ident: int, data: bytes) -> bytes:
    return struct.pack("<BII", level, ident, len(data)) + data + struct.pack("<H", sum(data) & 0xFFFF)
