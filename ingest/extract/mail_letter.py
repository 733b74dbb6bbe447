"""A mail, whatever it was stored as: what both kinds of mail files are brought to."""

import re
from dataclasses import dataclass, field
from datetime import datetime

from ingest.extract.html import write_html
from ingest.extract.layout import Lines

_CONTENT_ID = re.compile(r"""["'(]cid:([^"')\s>]{1,300})""", re.IGNORECASE)


@dataclass(slots=True)
class Part:
    """A file that came with a mail. `data` is None if it cannot be decoded; `inline`: the body shows it."""

    name: str
    media_type: str
    data: bytes | None
    inline: bool = False


@dataclass(slots=True)
class Letter:
    """One mail. Addresses and subject are decoded but untrusted; `body` is text in lines."""

    sender: str = ""
    recipients: str = ""
    copies: str = ""
    subject: str = ""
    date: datetime | None = None
    body: list[str] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)
    flags: set[str] = field(default_factory=set)


#: Attached things that are part of the mail's technique and no papers.
_TECHNICAL = (
    "application/pkcs7-signature",
    "application/x-pkcs7-signature",
    "application/pgp-signature",
    "application/pgp-encrypted",
    "text/x-amp-html",
    "message/delivery-status",
)

_LEAST_INLINE_BYTES = 15_000
_LEAST_INLINE_PIXELS = 300


def is_paper(part: Part) -> bool:
    """Whether a part is worth a record of its own: not a signature, a tracking pixel or a logo."""
    if part.media_type in _TECHNICAL:
        return False
    if not (part.inline and part.media_type.startswith("image/")):
        return True
    if part.data is None or len(part.data) < _LEAST_INLINE_BYTES or part.media_type == "image/gif":
        return False
    width, height = _size_of_picture(part.data)
    return min(width, height) >= _LEAST_INLINE_PIXELS or width == 0


def _size_of_picture(data: bytes) -> tuple[int, int]:
    """Width and height of a PNG or JPEG from its header; (0, 0) if they cannot be told."""
    if data[:8] == b"\x89PNG\r\n\x1a\n" and len(data) >= 24:
        return int.from_bytes(data[16:20], "big"), int.from_bytes(data[20:24], "big")
    if data[:2] != b"\xff\xd8":
        return 0, 0
    position = 2
    while position + 9 < len(data) and data[position] == 0xFF:
        marker = data[position + 1]
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height = int.from_bytes(data[position + 5 : position + 7], "big")
            return int.from_bytes(data[position + 7 : position + 9], "big"), height
        position += 2 + int.from_bytes(data[position + 2 : position + 4], "big")
    return 0, 0


def add_html(letter: Letter, markup: str) -> frozenset[str]:
    """Add an HTML body's text to the letter; the Content-IDs of the pictures it shows (RFC 2392)."""
    lines = Lines()
    write_html(markup, lines)
    letter.body.extend(lines.written())
    letter.flags |= lines.flags
    return shown_pictures(markup)


def shown_pictures(markup: str) -> frozenset[str]:
    """Content-IDs that an HTML body refers to."""
    return frozenset(_CONTENT_ID.findall(markup))
