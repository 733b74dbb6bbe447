"""Where what a query looks for stands in a text.

The words of a text are looked at once each, and only those that are wanted are looked up where
they stand; a list of hits has some thousand words, of which a dozen are wanted.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import islice

from indexer.alike import Alike, near
from indexer.analysis import folded, spellings, standing, tokens_from, words
from indexer.engines.forms import FAR_FROM, NEAR_FROM
from indexer.misreadings import readings
from indexer.numerals import asked, joined, spans
from indexer.query.ast import And, Or, Phrase, Query, Term


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a text (code points), and which part of the query it answers."""

    start: int
    end: int
    leaf: int


class Wanted:
    """The words and numbers that a query looks for; false if it looks for none."""

    def __init__(self, query: Query) -> None:
        self._leaves = [_Leaf(leaf) for leaf in _leaves(query)]
        self._found: dict[tuple[str, int], list[Place]] = {}

    def __bool__(self) -> bool:
        return bool(self._leaves)

    def on(self, text: str, limit: int) -> list[Place]:
        """The places that answer the query, in order."""
        if not self._leaves:
            return []
        # The words of a page, joined, are its text but for the ends of lines: looked through once for both.
        key = (text.replace("\n", " "), limit)
        if key in self._found:
            return self._found[key]
        looked = _Text(text)
        found = [Place(a, b, n) for n, leaf in enumerate(self._leaves) for a, b in leaf.places(looked)]
        self._found[key] = sorted(found, key=lambda p: (p.start, p.end))[:limit]
        return self._found[key]


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


class _Text:
    """The spellings of a text's words, and its numbers."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.spellings = spellings(text)

    @cached_property
    def numbers(self) -> list[tuple[int, int, list[str]]]:
        return list(spans(self.text))

    def spots(self, wanted: Iterable[str]) -> list[tuple[int, int]]:
        """Where these spellings stand."""
        return [place for spelling in wanted for place in standing(self.text, spelling)]


class _Leaf:
    """One word, number or phrase of a query; which spellings it means it works out once for all pages."""

    def __init__(self, leaf: Term | Phrase) -> None:
        self._leaf = leaf
        self._words = words(leaf.text)
        self._numbers = set(asked(leaf.text)) if isinstance(leaf, Term) else set()
        self._joined = joined(leaf.text)
        self._near: dict[str, bool] = {}
        self._meant: Callable[[Iterable[str]], list[str]]
        self._follow = False
        self._others: list[Alike] = []
        if isinstance(leaf, Term) and leaf.field == "number":
            self._meant = _are(self._joined.__eq__)
        elif isinstance(leaf, Phrase) or len(self._words) != 1:
            self._meant = _are("".join(self._words[:1]).__eq__)
            self._follow = True
        else:
            word = self._words[0]
            self._meant = _are(lambda w: w.startswith(word)) if leaf.prefix else Alike(word).among
            if len(word) >= NEAR_FROM:
                self._others = [Alike(other) for other in readings(word)]

    def places(self, text: _Text) -> list[tuple[int, int]]:
        if not self._words:
            return []
        found = self._of_number(text)
        there = text.spots(self._meant(text.spellings))
        if self._follow:
            return found + [run for start, _ in there if (run := self._run(text.text, start))]
        found += there
        leaf, word = self._leaf, self._words[0]
        if not isinstance(leaf, Term) or leaf.field == "number" or leaf.prefix:
            return found
        if word.isalpha() and (leaf.fuzzy or (len(word) >= NEAR_FROM and not found)):
            distance = 2 if leaf.fuzzy and len(word) >= FAR_FROM else 1
            found += text.spots(self._like(text.spellings, word, distance))
        if self._others and not found:
            found += text.spots({s for other in self._others for s in other.among(text.spellings)})
        return found

    def _like(self, spelt: Iterable[str], word: str, distance: int) -> list[str]:
        known, found = self._near, []
        for spelling in spelt:
            close = known.get(spelling)
            if close is None:
                close = known[spelling] = near(folded(spelling), word, distance)
            if close:
                found.append(spelling)
        return found

    def _run(self, text: str, start: int) -> tuple[int, int] | None:
        """Where the words stand beside each other from here on; of a beginning's last word only the start."""
        run = list(islice(tokens_from(text, start), len(self._words)))
        said = [token.text for token in run]
        last = self._words[-1]
        if isinstance(self._leaf, Term) and self._leaf.prefix and said and said[-1].startswith(last):
            said[-1] = last
        return (run[0].start, run[-1].end) if said == self._words else None

    def _of_number(self, text: _Text) -> list[tuple[int, int]]:
        if not self._numbers:
            return []
        start = self._joined if isinstance(self._leaf, Term) and self._leaf.prefix else None
        return [
            (a, b)
            for a, b, spelt in text.numbers
            if not self._numbers.isdisjoint(spelt) or (start and any(s.startswith(start) for s in spelt))
        ]


def _are(means: Callable[[str], bool]) -> Callable[[Iterable[str]], list[str]]:
    """Those of some spellings whose word is meant; each is looked at once."""
    known: dict[str, bool] = {}

    def those(spelt: Iterable[str]) -> list[str]:
        found = []
        for spelling in spelt:
            meant = known.get(spelling)
            if meant is None:
                meant = known[spelling] = means(folded(spelling))
            if meant:
                found.append(spelling)
        return found

    return those
