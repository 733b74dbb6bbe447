"""Where a query is met on a page: snippets of its text, and the boxes of the words to mark."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from indexer.analysis import fold, stems, tokens, words
from indexer.numerals import joined
from indexer.numerals import numbers as identifiers
from indexer.query.ast import And, Not, Or, Phrase, Query, Term

Box = tuple[float, float, float, float]
_AROUND = 90


@dataclass(frozen=True, slots=True)
class PageWords:
    """A page's text, and its words as (text, box, confidence, line)."""

    number: int
    text: str
    words: tuple[tuple[str, Box, float, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Snippet:
    """A piece of a page's text; `hits` are (start, end) in it, `boxes` the places on the page."""

    page: int
    text: str
    hits: tuple[tuple[int, int], ...]
    boxes: tuple[Box, ...]

    def as_dict(self) -> dict[str, Any]:
        return {
            "page": self.page,
            "text": self.text,
            "hits": [list(h) for h in self.hits],
            "boxes": [list(b) for b in self.boxes],
        }


class _Wanted:
    """The words a query looks for, as a quick test of one word."""

    def __init__(self, query: Query) -> None:
        self.exact: set[str] = set()
        self.stems: set[str] = set()
        self.prefixes: list[str] = []
        self.numbers: set[str] = set()
        self.near: list[str] = []
        self._collect(query)

    def _collect(self, query: Query) -> None:
        match query:
            case And(parts) | Or(parts):
                for part in parts:
                    self._collect(part)
            case Not():
                pass
            case Term(text, _, prefix, _):
                found = words(text)
                if prefix and found:
                    self.prefixes.append(found[-1])
                    found = found[:-1]
                self._add(found)
                self.numbers.update(identifiers(text))
                if any(c.isdigit() for c in text):
                    self.numbers.add(joined(text))
            case Phrase(text, _):
                self._add(words(text))
            case _:
                pass

    def _add(self, found: list[str]) -> None:
        for word in found:
            self.exact.add(word)
            if len(word) >= 4:
                self.stems.update(s for s in stems(word) if len(s) >= 3)
            if len(word) >= 5 and word.isalpha():
                self.near.append(word)

    def fits(self, word: str) -> bool:
        if word in self.exact or word in self.numbers or any(word.startswith(p) for p in self.prefixes):
            return True
        if len(word) >= 4 and not self.stems.isdisjoint(stems(word)):
            return True
        return any(abs(len(word) - len(n)) <= 1 and _one_apart(word, n) for n in self.near)

    @property
    def empty(self) -> bool:
        return not (self.exact or self.prefixes or self.numbers)


def snippets(pages: Sequence[PageWords], query: Query, limit: int = 3) -> list[Snippet]:
    """The best snippets over the given pages, most different hits first."""
    wanted = _Wanted(query)
    if wanted.empty:
        return []
    candidates: list[tuple[int, int, Snippet]] = []
    for page in pages:
        hits = _hits(page.text, wanted)
        if not hits:
            continue
        start, end = _window(hits)
        left = max(0, page.text.rfind(" ", 0, max(0, start - _AROUND)) + 1) if start > _AROUND else 0
        right = page.text.find(" ", min(len(page.text), end + _AROUND))
        right = len(page.text) if right < 0 else right
        right = min(right, left + 400)
        inside = [(a, b) for a, b in hits if a >= left and b <= right]
        different = len({fold(page.text[a:b]) for a, b in inside})
        text, moved = _one_line(page.text[left:right], [(a - left, b - left) for a, b in inside])
        snippet = Snippet(page.number, text, tuple(moved), tuple(marks(page, query)))
        candidates.append((-different, page.number, snippet))
    return [snippet for _, _, snippet in sorted(candidates, key=lambda c: c[:2])[:limit]]


def marks(page: PageWords, query: Query) -> list[Box]:
    """The boxes of the words on the page that the query looks for, at most 300."""
    wanted = _Wanted(query)
    found: list[Box] = []
    for text, box, _confidence, _line in page.words:
        if any(wanted.fits(t.text) for t in tokens(text)) or _number_fits(text, wanted):
            found.append(box)
            if len(found) == 300:
                break
    return found


def _number_fits(text: str, wanted: _Wanted) -> bool:
    if not wanted.numbers or not any(c.isdigit() for c in text):
        return False
    return joined(text) in wanted.numbers or not wanted.numbers.isdisjoint(identifiers(text))


def _hits(text: str, wanted: _Wanted) -> list[tuple[int, int]]:
    found = [(t.start, t.end) for t in tokens(text) if wanted.fits(t.text)]
    return found[:500]


def _window(hits: list[tuple[int, int]]) -> tuple[int, int]:
    """The stretch of about two lines with the most hits."""
    best, at = (0, hits[0][0], hits[0][1]), 0
    for index, (start, _) in enumerate(hits):
        at = max(at, index)
        while at + 1 < len(hits) and hits[at + 1][1] - start <= 2 * _AROUND:
            at += 1
        if at - index + 1 > best[0]:
            best = (at - index + 1, start, hits[at][1])
    return best[1], best[2]


def _one_line(text: str, hits: list[tuple[int, int]]) -> tuple[str, list[tuple[int, int]]]:
    flat = "".join(" " if c.isspace() else c for c in text)
    return flat, hits


def _one_apart(a: str, b: str) -> bool:
    """Whether the words differ by at most one inserted, left out or changed letter."""
    if a == b:
        return True
    if len(a) > len(b):
        a, b = b, a
    index = 0
    while index < len(a) and a[index] == b[index]:
        index += 1
    return a[index + (len(a) == len(b)) :] == b[index + 1 :]
