"""When a paper is read a second time because what it says does not hold together.

Tesseract may be sure of a wrong digit. Where a sum or a check digit fails, or what papers of
the kind must have is missing, the pages concerned are given to the second reader too, and the
paper is understood once more. The new reading stays only if it settles something.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from ingest.fields.checks import FAILED
from ingest.fields.find import REQUIRED
from ingest.fields.found import SURE
from ingest.model import Page, Reading
from ingest.understand import Understanding

#: Read a second time of one paper at most: a page costs some seconds of a processor.
MOST_PAGES: Final = 2
_FIRST_READER: Final = "tesseract"  # alone; where the second one has looked, its name stands beside
#: What figures make; a name that is missing stands in a logo as a rule, which both readers pass over.
_FIGURES: Final = frozenset(["total", "date", "net_pay"])


def doubts_of(understood: Understanding) -> dict[str, str]:
    """Why a paper's fields do not hold together, by field: a check that failed, `missing` or `unsure`."""
    found = {f.name: f for f in understood.fields}
    doubts = {f.name: f.check for f in understood.fields if f.check in FAILED and f.page is not None}
    out = {name: check for name, check in doubts.items() if check is not None}
    for name in REQUIRED.get(understood.doc_type, ()):
        if name not in _FIGURES or name in out:
            continue
        if name not in found:
            out[name] = "missing"
        elif found[name].confidence < SURE:
            out[name] = "unsure"
    return out


def pages_in_doubt(reading: Reading, understood: Understanding) -> tuple[int, ...]:
    """The pages to read a second time, at most `MOST_PAGES`; none that the second reader has seen."""
    doubts = doubts_of(understood)
    once = [p.number for p in reading.pages if p.outcome == "recognised" and p.reader == _FIRST_READER]
    if not doubts or not once:
        return ()
    pages = {f.page for f in understood.fields if f.name in doubts and f.page is not None}
    if "missing" in doubts.values():
        pages |= {once[0], once[-1]}
    return tuple(number for number in once if number in pages)[:MOST_PAGES]


def with_pages(reading: Reading, pages: Iterable[Page]) -> Reading:
    """The reading with these pages in place of those of the same number, where they hold text."""
    new = {p.number: p for p in pages if p.outcome == "recognised"}
    return replace(reading, pages=tuple(new.get(p.number, p) for p in reading.pages))


def settles(before: Understanding, after: Understanding) -> bool:
    """Whether the second understanding leaves fewer doubts of what it says, about the same kind of paper."""
    return after.doc_type == before.doc_type and len(doubts_of(after)) < len(doubts_of(before))
