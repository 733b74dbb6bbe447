"""Where a value that a person typed stands on the paper.

Words are compared, no patterns are run over them: letters and digits alone, in the spellings
in which days and amounts are printed. Time is linear in the words, of which there is a bound.
"""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from akta.records.models import PageText
from akta.records.pages import PackedWord, unpack
from ingest.fields.names import FIELDS

_PAGES: Final = 12
_WORDS: Final = 9000
_FEWEST: Final = 2  # letters and digits; less is found anywhere


@dataclass(frozen=True, slots=True)
class Place:
    """The words on a page, as printed, and the box around them in fractions of it."""

    page: int
    box: tuple[float, float, float, float]
    raw: str


class Places:
    """Looks for values on the first pages of a record, which are unpacked when first needed."""

    def __init__(self, session: Session, record_id: str) -> None:
        self._session = session
        self._record_id = record_id
        self._pages: list[tuple[int, list[tuple[str, PackedWord]]]] | None = None

    def of(self, name: str, value: str) -> Place | None:
        """The first place at which a value of a field stands, None if it does not."""
        forms = spellings(name, value)
        for page, words in self._read() if forms else ():
            for start in range(len(words)):
                found = _from(words, start, forms)
                if found:
                    return Place(page, _around(found), " ".join(w[0] for w in found)[:300])
        return None

    def _read(self) -> list[tuple[int, list[tuple[str, PackedWord]]]]:
        if self._pages is None:
            asked = select(PageText.number, PageText.words).where(PageText.record_id == self._record_id)
            self._pages = []
            left = _WORDS
            for number, packed in self._session.execute(asked.order_by(PageText.number).limit(_PAGES)):
                words = unpack(packed)[:left]
                left -= len(words)
                self._pages.append((number, [(_folded(w[0]), w) for w in words]))
        return self._pages


def spellings(name: str, value: str) -> frozenset[str]:
    """The letters and digits in which a value in normal form may be printed."""
    kind = FIELDS[name].type if name in FIELDS else "text"
    if kind == "amount":
        whole, _, cents = value.lstrip("-").partition(".")
        forms = {whole + cents}
        if not cents.strip("0"):
            forms.add(whole)
    elif kind == "date" and len(value) >= 10:
        year, month, day = value[:4], value[5:7], value[8:10]
        short_day, short_month = day.lstrip("0"), month.lstrip("0")
        forms = {year + month + day, day + month + year, month + day + year}
        forms |= {short_day + short_month + year, day + month + year[2:], month + day + year[2:]}
    else:
        forms = {_folded(value)}
    return frozenset(form for form in forms if len(form) >= _FEWEST)


def _folded(text: str) -> str:
    return "".join(c for c in text.casefold() if c.isalnum())


def _from(words: list[tuple[str, PackedWord]], start: int, forms: frozenset[str]) -> list[PackedWord]:
    """The words of one line from `start` that together are one of the spellings."""
    if not words[start][0]:
        return []
    longest = max(map(len, forms))
    joined, taken = "", []
    for folded, word in words[start:]:
        if word[3] != words[start][1][3]:
            break
        joined += folded
        taken.append(word)
        if len(joined) > longest:
            break
        if joined in forms:
            return taken
    return []


def _around(words: list[PackedWord]) -> tuple[float, float, float, float]:
    boxes = [w[1] for w in words]
    return (
        min(b[0] for b in boxes),
        min(b[1] for b in boxes),
        max(b[2] for b in boxes),
        max(b[3] for b in boxes),
    )
