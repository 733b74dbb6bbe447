"""Bodies of Outlook mail: rich text, packed in a way of its own (MS-OXRTFCP)."""

import struct
from typing import Final

from ingest.extract import rtf
from ingest.extract.layout import Lines

_PACKED, _PLAIN = 0x75465A4C, 0x414C454D
_MOST_BYTES: Final = 16 * 1024**2
_WINDOW: Final = 4096
#: What the window holds at the start (2.1.2.1).
_START: Final = (
    rb"{\rtf1\ansi\mac\deff0\deftab720{\fonttbl;}{\f0\fnil \froman \fswiss \fmodern \fscript \fdecor "
    rb"MS Sans SerifSymbolArialTimes New RomanCourier{\colortbl\red0\green0\blue0"
    b"\r\n"
    rb"\par \pard\plain\f0\fs20\b\i\u\tab\tx"
)


def body_lines(packed: bytes, flags: set[str]) -> list[str]:
    """The text of a body in rich text; empty if it is none, with what was noticed in `flags`."""
    data = unpacked(packed)
    if not data.lstrip().startswith(b"{\\rtf"):
        return []
    lines = Lines(flags=flags)
    rtf.write(data, lines)
    found = list(lines.written())
    while found and not found[-1].strip():
        found.pop()
    return found


def unpacked(packed: bytes) -> bytes:
    """The rich text, as far as it can be unpacked and to a limit; empty if the header is not one."""
    if len(packed) < 16:
        return b""
    size, magic = struct.unpack_from("<4xII", packed)
    if magic == _PLAIN:
        return packed[16 : 16 + size]
    if magic != _PACKED:
        return b""
    window = bytearray(_START.ljust(_WINDOW, b"\0"))
    place, at, out = len(_START), 16, bytearray()
    most = min(size, _MOST_BYTES)
    while at < len(packed) and len(out) < most:
        control, at = packed[at], at + 1
        for bit in range(8):
            if at >= len(packed) or len(out) >= most:
                break
            if not control >> bit & 1:
                found = packed[at : at + 1]
                at += 1
            else:
                word = int.from_bytes(packed[at : at + 2].ljust(2, b"\0"), "big")
                at += 2
                start, length = word >> 4, (word & 15) + 2
                if start == place:  # the end mark
                    return bytes(out)
                found = b""
                for n in range(length):  # what is copied may be copied on while it is written
                    byte = window[(start + n) % _WINDOW]
                    window[place] = byte
                    place = (place + 1) % _WINDOW
                    found += bytes((byte,))
                out += found
                continue
            window[place] = found[0]
            place = (place + 1) % _WINDOW
            out += found
    return bytes(out)
