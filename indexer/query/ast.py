"""The tree of a query. Engines compile it; snippets mark by it."""

from dataclasses import dataclass
from typing import Literal

Field = Literal[
    "any", "title", "party", "number", "file", "domain", "type", "state", "class", "language",
    "currency", "channel", "hold", "year", "month", "party_id", "amount_band", "confidence_band",
    "confidence", "amount", "total", "date", "due", "received", "keep",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Everything:
    """Fits every document."""


@dataclass(frozen=True, slots=True)
class Nothing:
    """Fits no document."""


@dataclass(frozen=True, slots=True)
class Term:
    """A word or number as typed, in one field. `prefix` for `fakt*`, `fuzzy` for `faktvra~`."""

    text: str
    field: Field = "any"
    prefix: bool = False
    fuzzy: bool = False


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words that follow each other; in the field of numbers, one number as it stands."""

    text: str
    field: Field = "any"


@dataclass(frozen=True, slots=True)
class Exact:
    """A keyword field with one of these values; a star at the end of one stands for any rest."""

    field: Field
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Between:
    """A number between two bounds, both included; None is open.

    Dates are numbers of the form 20260331, amounts are in hundredths, confidence in ten-thousandths.
    """

    field: Field
    low: int | None
    high: int | None


@dataclass(frozen=True, slots=True)
class Alike:
    """At least `least` of these folded words in the text; nobody types it (`indexer.similar`)."""

    words: tuple[str, ...]
    least: int


@dataclass(frozen=True, slots=True)
class And:
    parts: tuple["Query", ...]


@dataclass(frozen=True, slots=True)
class Or:
    parts: tuple["Query", ...]


@dataclass(frozen=True, slots=True)
class Not:
    part: "Query"


Query = Everything | Nothing | Term | Phrase | Exact | Between | Alike | And | Or | Not
