"""Which pages of which papers go together, and what is printed on them to say so."""

from dataclasses import dataclass
from pathlib import Path

from ingest.model import Page

#: What the QR code of Akta's separator sheets says.
SEPARATOR = "AKTA:SPLIT"
#: Sheets in one PDF to print.
MOST_SHEETS = 200
#: The mark of a page that only separates. Other marks are `label:` and what the label says.
SHEET, LABEL = "separator", "label:"
LABEL_PREFIXES = ("AKTA-", "ASN")


@dataclass(frozen=True, slots=True)
class Source:
    """A paper that pages are taken from, with its pages as they were read."""

    path: Path
    media_type: str
    pages: tuple[Page, ...] = ()


@dataclass(frozen=True, slots=True)
class Taken:
    """A page (from 1) of a source (from 0), turned by `turn` degrees clockwise: 0, 90, 180 or 270."""

    source: int
    page: int
    turn: int = 0


def has_pages(media_type: str | None) -> bool:
    """Whether pages of such a file can be taken out and put elsewhere."""
    kind = media_type or ""
    return kind == "application/pdf" or kind.startswith("image/")
