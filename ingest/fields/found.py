"""What a field extractor yields: a value with where it stood and why it is believed."""

from dataclasses import dataclass
from typing import Final

from ingest.fields.checks import FAILED
from ingest.fields.rows import Box, Row, union


@dataclass(frozen=True, slots=True)
class FoundField:
    """One field of a paper.

    `value` is in normal form (ISO dates, amounts like `1234.50`, identifiers without
    separators), `raw` as it stands on the paper. `confidence` is 0 to 1. `box` is in
    fractions of the page. `source` is `structured`, `label`, `position`, `pattern` or
    `arithmetic`; `check` names the check it passed (`net+vat=total`, `nip checksum`)
    or failed (`ingest.fields.checks.FAILED`).
    """

    name: str
    value: str
    raw: str
    confidence: float
    page: int | None
    box: Box | None
    source: str
    check: str | None = None


SURE: Final = 0.6  # fields below this are shown as doubtful


def at(
    row: Row,
    start: int,
    end: int,
    name: str,
    value: str,
    confidence: float,
    source: str,
    check: str | None = None,
) -> FoundField:
    """A field read from the characters `start:end` of a row, its confidence bounded by the words' own."""
    tokens = row.span(start, end)
    read = min((t.confidence for t in tokens), default=1.0)
    bounded = confidence if check and check not in FAILED else confidence * (0.6 + 0.4 * read)
    raw = row.text[start:end].replace("\t", " ").strip()
    return FoundField(name, value, raw, round(bounded, 3), row.page, union(tokens), source, check)
