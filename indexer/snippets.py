"""Where a query is met on a page: snippets of its text, and the boxes of the words to mark.

The same analysis as the index's: an inflected or folded form is marked too, and a
number however it is written. A word one letter off is marked only where the page
has no better hit for what was asked.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from indexer.analysis import tokens, words
from indexer.engines.forms import FAR_FROM, NEAR_FROM
from indexer.inflection import FORMS_FROM, word_forms
from indexer.numerals import asked, joined, spans
from indexer.query.ast import And, Or, Phrase, Query, Term

Box = tuple[float, float, float, float]
_AROUND = 90
_LONGEST = 400
#: Text of one page that is looked at, in code points, and places and boxes that are marked on it.
_MAX_TEXT, _MAX_HITS, _MAX_BOXES = 200_000, 500, 300


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


@dataclass(frozen=True, slots=True)
class _Hit:
    """A place in a text, and which part of the query it answers."""

    start: int
    end: int
    leaf: int


def snippets(pages: Sequence[PageWords], query: Query, limit: int = 3) -> list[Snippet]:
    """The best snippets over the given pages: those that answer most of the query first."""
    leaves = list(_leaves(query))
    candidates: list[tuple[int, int, int, int, PageWords, list[_Hit]]] = []
    on_page: dict[int, list[_Hit]] = {}
    for page in pages:
        hits = on_page[page.number] = _hits(page.text[:_MAX_TEXT], leaves)
        for first in range(len(hits)):
            inside = _stretch(hits, first)
            different = len({hit.leaf for hit in inside})
            candidates.append((-different, -len(inside), page.number, hits[first].start, page, inside))
    chosen: list[Snippet] = []
    taken: dict[int, list[tuple[int, int]]] = {}
    boxes: dict[int, tuple[Box, ...]] = {}
    for *_, page, inside in sorted(candidates, key=lambda c: c[:4]):
        if len(chosen) == limit:
            break
        left, right = _edges(page.text, inside[0].start, inside[-1].end)
        if any(left < b and a < right for a, b in taken.setdefault(page.number, [])):
            continue
        taken[page.number].append((left, right))
        if page.number not in boxes:
            boxes[page.number] = tuple(_boxes(page, leaves))
        places = _merged(
            (h.start - left, h.end - left) for h in on_page[page.number] if h.start >= left and h.end <= right
        )
        text = "".join(" " if c.isspace() or c < " " else c for c in page.text[left:right])
        chosen.append(Snippet(page.number, text, tuple(places), boxes[page.number]))
    return chosen


def marks(page: PageWords, query: Query) -> list[Box]:
    """The boxes of the words on the page that the query looks for, at most 300."""
    return _boxes(page, list(_leaves(query)))


def _leaves(query: Query) -> Iterator[Term | Phrase]:
    """The words asked for; what is to be left out, and values of fields, have no place on a page."""
    match query:
        case And(parts) | Or(parts):
            for part in parts:
                yield from _leaves(part)
        case Term() | Phrase():
            yield query
        case _:
            return


def _boxes(page: PageWords, leaves: Sequence[Term | Phrase]) -> list[Box]:
    if not page.words or not leaves:
        return []
    starts = []
    parts: list[str] = []
    at = 0
    for word, _, _, _ in page.words:
        starts.append(at)
        parts.append(word)
        at += len(word) + 1
    text = " ".join(parts)
    places = _merged((h.start, h.end) for h in _hits(text[:_MAX_TEXT], leaves))
    found: list[Box] = []
    index = 0
    for start, end in places:
        while index < len(starts) and starts[index] + len(parts[index]) <= start:
            index += 1
        while index < len(starts) and starts[index] < end and len(found) < _MAX_BOXES:
            found.append(page.words[index][1])
            index += 1
    return found


def _hits(text: str, leaves: Sequence[Term | Phrase]) -> list[_Hit]:
    """The places that answer the query, in order."""
    if not leaves:
        return []
    place = _Places(text)
    found = [_Hit(start, end, n) for n, leaf in enumerate(leaves) for start, end in place.of(leaf)]
    return sorted(found, key=lambda h: (h.start, h.end))[:_MAX_HITS]


class _Places:
    """The words and numbers of a text and where they stand."""

    def __init__(self, text: str) -> None:
        self._tokens = list(tokens(text))
        self._words: dict[str, list[int]] = {}
        for index, token in enumerate(self._tokens):
            self._words.setdefault(token.text, []).append(index)
        self._forms: dict[str, list[str]] = {}
        for word in self._words:
            if len(word) >= FORMS_FROM:
                for form in word_forms(word):
                    self._forms.setdefault(form, []).append(word)
        self._numbers = list(spans(text))

    def of(self, leaf: Term | Phrase) -> list[tuple[int, int]]:
        found = words(leaf.text)
        if not found:
            return []
        if isinstance(leaf, Phrase):
            return self._following(found)
        places = self._of_number(leaf)
        if leaf.field == "number":
            return places + self._spots([joined(leaf.text)])
        if len(found) > 1 and leaf.prefix:
            return places + self._following(found, open_end=True)
        if len(found) > 1:
            return places + self._following(found)
        word = found[0]
        if leaf.prefix:
            return places + self._beginning(word)
        alike = {word, *(w for form in word_forms(word) for w in self._forms.get(form, ()))}
        places += self._spots(alike)
        if word.isalpha() and (leaf.fuzzy or (len(word) >= NEAR_FROM and not places)):
            distance = 2 if leaf.fuzzy and len(word) >= FAR_FROM else 1
            places += self._spots(w for w in self._words if _near(w, word, distance))
        return places

    def _spots(self, found: "Sequence[str] | set[str] | Iterator[str]") -> list[tuple[int, int]]:
        return [
            (self._tokens[i].start, self._tokens[i].end) for word in found for i in self._words.get(word, ())
        ]

    def _beginning(self, start: str) -> list[tuple[int, int]]:
        return self._spots(w for w in self._words if w.startswith(start))

    def _following(self, found: list[str], *, open_end: bool = False) -> list[tuple[int, int]]:
        places = []
        for first in self._words.get(found[0], ()):
            run = self._tokens[first : first + len(found)]
            said = [t.text for t in run]
            if open_end and len(said) == len(found) and said[-1].startswith(found[-1]):
                said[-1] = found[-1]
            if said == found:
                places.append((run[0].start, run[-1].end))
        return places

    def _of_number(self, leaf: Term) -> list[tuple[int, int]]:
        wanted = set(asked(leaf.text))
        if not wanted:
            return []
        start = joined(leaf.text) if leaf.prefix else None
        return [
            (a, b)
            for a, b, spellings in self._numbers
            if not wanted.isdisjoint(spellings) or (start and any(s.startswith(start) for s in spellings))
        ]


def _stretch(hits: list[_Hit], first: int) -> list[_Hit]:
    """The hits from one on that fit into about two lines."""
    reach = max(hits[first].start + 2 * _AROUND, hits[first].end)
    return [hit for hit in hits[first : first + 50] if hit.end <= reach]


def _edges(text: str, start: int, end: int) -> tuple[int, int]:
    """A piece of text around a hit that begins and ends between words."""
    left, right = max(0, start - _AROUND), min(len(text), end + _AROUND, start + _LONGEST)
    while 0 < left < start and not text[left - 1].isspace():
        left += 1
    while end < right < len(text) and not text[right].isspace():
        right -= 1
    return left, right


def _merged(places: "Iterator[tuple[int, int]]") -> list[tuple[int, int]]:
    """Places in order, those that overlap as one."""
    made: list[tuple[int, int]] = []
    for start, end in sorted(places):
        if made and start < made[-1][1]:
            made[-1] = (made[-1][0], max(end, made[-1][1]))
        else:
            made.append((start, end))
    return made


def _near(a: str, b: str, limit: int) -> bool:
    """Whether two words are at most `limit` letters apart: put in, left out, changed or two swapped.

    Optimal string alignment distance, row by row.
    """
    if abs(len(a) - len(b)) > limit:
        return False
    before: list[int] = []
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        before, last, row = row, before, [i]
        for j, y in enumerate(b, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                cost = min(cost, last[j - 2] + 1)
            row.append(cost)
        if min(row) > limit:
            return False
    return row[-1] <= limit
