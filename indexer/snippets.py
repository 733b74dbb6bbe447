"""Where a query is met on a page: snippets of its text, and the boxes of the words to mark.

The same analysis as the index's: an inflected or folded form is marked too, and a
number however it is written. A word one letter off is marked only where the page
has no better hit for what was asked.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from indexer.places import Place, Wanted
from indexer.query.ast import Query

Box = tuple[float, float, float, float]
_BLANK = re.compile(r"[\s\x00-\x1f]")
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
    """A piece of a page's text; `hits` are (start, end) in it, `boxes` the places on the page.

    `picture` says whether a picture of the place may stand beside it.
    """

    page: int
    text: str
    hits: tuple[tuple[int, int], ...]
    boxes: tuple[Box, ...]
    picture: bool = True

    def as_dict(self) -> dict[str, Any]:
        return {
            "page": self.page,
            "text": self.text,
            "hits": [list(h) for h in self.hits],
            "boxes": [list(b) for b in self.boxes],
        }


@dataclass(frozen=True, slots=True)
class Piece:
    """A snippet before its boxes are known."""

    page: int
    text: str
    hits: tuple[tuple[int, int], ...]


def snippets(pages: Sequence[PageWords], query: Query, limit: int = 3) -> list[Snippet]:
    """The best snippets over the given pages: those that answer most of the query first."""
    by_number = {page.number: page for page in pages}
    wanted = Wanted(query)
    found = pieces([(page.number, page.text) for page in pages], wanted, limit)
    boxes = {n: tuple(_marks(by_number[n], wanted)) for n in {piece.page for piece in found}}
    return [Snippet(p.page, p.text, p.hits, boxes[p.page]) for p in found]


def pieces(texts: Sequence[tuple[int, str]], wanted: Wanted, limit: int = 3) -> list[Piece]:
    """The snippets over texts of pages (number, text), without boxes: for those few the words are needed."""
    candidates: list[tuple[int, int, int, int, str, list[Place]]] = []
    on_page: dict[int, list[Place]] = {}
    for number, text in texts:
        hits = on_page[number] = wanted.on(text[:_MAX_TEXT], _MAX_HITS)
        for first in range(len(hits)):
            inside = _stretch(hits, first)
            different = len({hit.leaf for hit in inside})
            candidates.append((-different, -len(inside), number, hits[first].start, text, inside))
    chosen: list[Piece] = []
    taken: dict[int, list[tuple[int, int]]] = {}
    for _, _, number, _, text, inside in sorted(candidates, key=lambda c: c[:4]):
        if len(chosen) == limit:
            break
        left, right = _edges(text, inside[0].start, inside[-1].end)
        if any(left < b and a < right for a, b in taken.setdefault(number, [])):
            continue
        taken[number].append((left, right))
        places = _merged(
            (h.start - left, h.end - left) for h in on_page[number] if h.start >= left and h.end <= right
        )
        shown = _BLANK.sub(" ", text[left:right])
        chosen.append(Piece(number, shown, tuple(places)))
    return chosen


def marks(page: PageWords, query: Query) -> list[Box]:
    """The boxes of the words on the page that the query looks for, at most 300."""
    return _marks(page, Wanted(query))


def _marks(page: PageWords, wanted: Wanted) -> list[Box]:
    return boxes_of([w[0] for w in page.words], [w[1] for w in page.words], wanted)


def boxes_of(parts: Sequence[str], boxes: Sequence[Sequence[float]], wanted: Wanted) -> list[Box]:
    """Of the words of a page (texts, boxes) the boxes of those that are wanted."""
    if not parts or not wanted:
        return []
    text = " ".join(parts)
    places = _merged((h.start, h.end) for h in wanted.on(text[:_MAX_TEXT], _MAX_HITS))
    if not places:
        return []
    starts = list(accumulate((len(part) + 1 for part in parts), initial=0))
    found: list[Box] = []
    index = 0
    for start, end in places:
        while index < len(parts) and starts[index] + len(parts[index]) <= start:
            index += 1
        while index < len(parts) and starts[index] < end and len(found) < _MAX_BOXES:
            left, top, right, bottom = boxes[index]
            found.append((left, top, right, bottom))
            index += 1
    return found


def _stretch(hits: list[Place], first: int) -> list[Place]:
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
