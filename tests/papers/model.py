"""What a generated paper is, and the forms it can come in."""

from dataclasses import dataclass, field
from typing import Literal, get_args

Medium = Literal["pdf", "scan", "scan-pdf", "photo", "tiff", "text", "xml", "docx", "xlsx", "eml", "hl7"]
MEDIA: tuple[Medium, ...] = get_args(Medium)

#: What every laid-out paper can be.
LAID_OUT: tuple[Medium, ...] = ("pdf", "scan", "scan-pdf", "photo", "tiff")

#: A word, its page from 1, and its box (x0, y0, x1, y1) in fractions of the page, origin at the top left.
PlacedWord = tuple[str, int, tuple[float, float, float, float]]


@dataclass(frozen=True, slots=True)
class Paper:
    """A paper and the truth about it.

    `truth` holds only what really stands on the paper: dates in ISO form, amounts with a point
    and no grouping, the rest as printed. `text` is the text put on it, in the order it was put
    there; pages are parted by a form feed. `words` is there for media with a page picture.
    """

    name: str
    data: bytes
    media_type: str
    kind: str
    domain: str
    doc_type: str
    language: str
    medium: Medium
    truth: dict[str, str]
    text: str
    words: tuple[PlacedWord, ...] = field(default=())
