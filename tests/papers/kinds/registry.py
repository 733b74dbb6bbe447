"""The kinds of paper there are, each with its code, domain and makers."""

from collections.abc import Callable
from dataclasses import dataclass, field

from tests.papers.desk import Desk
from tests.papers.model import LAID_OUT, Medium
from tests.papers.sheet import Sheet


@dataclass(slots=True)
class Draft:
    """A paper before it takes a medium.

    `stem` is the file's name without ending. `raw` is the text where a paper is text by nature (a
    log). `forms` makes the structured media a kind has besides (`xml`, `hl7`); each takes nothing
    and gives the file's text.
    """

    sheet: Sheet
    stem: str
    title: str
    raw: str | None = None
    forms: dict[Medium, Callable[[], str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind: its own code, the domain and document type Akta files it under, and its media."""

    code: str
    domain: str
    doc_type: str
    build: Callable[[Desk], Draft]
    media: tuple[Medium, ...]
    languages: tuple[str, ...]


REGISTRY: dict[str, Kind] = {}


def kind(
    code: str,
    domain: str,
    *more: Medium,
    doc_type: str = "",
    laid_out: bool = True,
    languages: tuple[str, ...] = ("pl", "en"),
) -> Callable[[Callable[[Desk], Draft]], Callable[[Desk], Draft]]:
    """Register the maker of a kind; `more` are its media besides the laid-out ones and text."""
    media: tuple[Medium, ...] = (*(LAID_OUT if laid_out else ()), "text", *more)

    def register(build: Callable[[Desk], Draft]) -> Callable[[Desk], Draft]:
        REGISTRY[code] = Kind(code, domain, doc_type or code, build, media, languages)
        return build

    return register
