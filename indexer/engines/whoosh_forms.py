"""Answering a query over Whoosh's postings.

Whoosh's own matchers walk a tree in Python for every document; over 20,000
documents the beginning of a word took 16 s, and its DisjunctionMax takes the score
of a part even where that part stands at another document. So the forms of a query
are answered here, segment by segment, as sets of documents with scores: Whoosh
keeps and reads the postings.
"""

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import reduce
from importlib import import_module
from itertools import islice, repeat
from typing import Any

from indexer.engines import forms

wq: Any = import_module("whoosh.query")

#: Words of one segment and field that a beginning or a near word may stand for; the rest is left out.
MAX_EXPANSION = 20_000
#: Words with one beginning whose documents are counted, to offer the most frequent.
MAX_COUNTED = 2_000
#: BM25's saturation; field lengths are left out, papers being of all lengths.
_K1 = 1.2
Scores = Mapping[int, float]


class Segment:
    """One segment's documents; `idf_of` gives the weight of a word over all segments."""

    def __init__(self, searcher: Any, offset: int, weights: "Weights") -> None:
        self.searcher = searcher
        self.offset = offset
        self._reader = searcher.reader()
        self._weights = weights

    def answer(self, form: forms.Form) -> Scores:
        """The documents (numbers within the segment) that fit, with their scores."""
        match form:
            case forms.All():
                return dict.fromkeys(self._reader.all_doc_ids(), 1.0)
            case forms.Word(field, text, boost):
                return self._word(field, text, boost)
            case forms.Follow(field, found, boost):
                return self._phrase(field, found, boost)
            case forms.Start(field, text, score):
                return dict.fromkeys(self._any_of(field, self._beginning(field, text)), score)
            case forms.Near(field, text, distance, score):
                return dict.fromkeys(self._any_of(field, self._near(field, text, distance)), score)
            case forms.Most(field, found, least, score):
                return self._most(field, found, least, score)
            case forms.OneOf(field, values):
                return dict.fromkeys(self._any_of(field, values), 1.0)
            case forms.Range(field, low, high):
                asked = wq.NumericRange(field, low, high, constantscore=True)
                return dict.fromkeys(asked.matcher(self.searcher).all_ids(), 1.0)
            case forms.Best(parts):
                return _best(self.answer(part) for part in parts)
            case forms.Above(part, by):
                return {number: score + by for number, score in self.answer(part).items()}
            case forms.Each(parts):
                return self._each(parts)
            case forms.Except(part):
                without = self.answer(part)
                return dict.fromkeys((n for n in self._reader.all_doc_ids() if n not in without), 0.0)

    def among(self, field: str, values: Iterable[str]) -> set[int]:
        """The documents with one of these very values."""
        return self._any_of(field, values)

    def values(self, field: str, documents: Sequence[int]) -> Iterator[Any]:
        """A sortable field's value for each of the documents, "" where there is none."""
        if self._reader.has_column(field):
            column = self._reader.column_reader(field)
            for number in documents:
                yield column[number]
        else:
            yield from repeat("", len(documents))

    # -- leaves ------------------------------------------------------------

    def _matcher(self, field: str, text: str | bytes) -> Any:
        return self._reader.postings(field, text) if (field, text) in self._reader else None

    def _word(self, field: str, text: str, boost: float) -> Scores:
        matcher = self._matcher(field, text)
        if matcher is None:
            return {}
        weight = boost * self._weights.of(field, text)
        found = {}
        while matcher.is_active():
            often = matcher.weight()
            found[matcher.id()] = weight * often * (_K1 + 1) / (often + _K1)
            matcher.next()
        return found

    def _phrase(self, field: str, found: Sequence[str], boost: float) -> Scores:
        matchers = [self._matcher(field, word) for word in found]
        if any(matcher is None for matcher in matchers):
            return {}
        both = reduce(lambda a, b: a & b, (self._any_of(field, [word]) for word in dict.fromkeys(found)))
        weight = boost * sum(self._weights.of(field, word) for word in found)
        scores = {}
        for number in sorted(both):
            places: set[int] | None = None
            for step, matcher in enumerate(matchers):
                matcher.skip_to(number)
                here = {place - step for place in matcher.value_as("positions")}
                places = here if places is None else places & here
                if not places:
                    break
            if places:
                often = len(places)
                scores[number] = weight * often * (_K1 + 1) / (often + _K1)
        return scores

    def _any_of(self, field: str, texts: Iterable[str | bytes]) -> set[int]:
        found: set[int] = set()
        for text in texts:
            matcher = self._matcher(field, text)
            if matcher is not None:
                found.update(matcher.all_ids())
        return found

    def _most(self, field: str, found: Sequence[str], least: int | None, score: float | None) -> Scores:
        having: Counter[int] = Counter()
        sums: dict[int, float] = {}
        for word in found:
            for number, weight in self._word(field, word, 1.0).items():
                having[number] += 1
                sums[number] = sums.get(number, 0.0) + weight
        enough = len(found) if least is None else least
        return {n: sums[n] if score is None else score for n, count in having.items() if count >= enough}

    def _beginning(self, field: str, start: str) -> Iterator[bytes]:
        raw = self._reader.schema[field].to_bytes(start)
        return islice(self._reader.expand_prefix(field, raw), MAX_EXPANSION)

    def _near(self, field: str, text: str, distance: int) -> set[str]:
        found = set(islice(self._reader.terms_within(field, text, distance), MAX_EXPANSION))
        # Two letters swapped count as one change, which Whoosh's automaton does not know.
        found.update(text[:i] + text[i + 1] + text[i] + text[i + 2 :] for i in range(len(text) - 1))
        return found

    def _each(self, parts: Sequence[forms.Form]) -> Scores:
        left: dict[int, float] | None = None
        for part in parts:
            found = self.answer(part)
            if left is None:
                left = dict(found)
            else:
                left = {number: score + found[number] for number, score in left.items() if number in found}
            if not left:
                break
        return left or {}


class Weights:
    """How telling a word is, over all segments: BM25's inverse document frequency."""

    def __init__(self, searcher: Any) -> None:
        self._reader = searcher.reader()
        self._known: dict[tuple[str, str], float] = {}

    def of(self, field: str, text: str) -> float:
        key = (field, text)
        if key not in self._known:
            having = self._reader.doc_frequency(field, text)
            among = max(self._reader.doc_count_all(), having)
            self._known[key] = math.log(1 + (among - having + 0.5) / (having + 0.5))
        return self._known[key]


def segments(searcher: Any) -> list[Segment]:
    """The segments of what a searcher sees."""
    weights = Weights(searcher)
    return [Segment(leaf, offset, weights) for leaf, offset in searcher.leaf_searchers()]


def count(values: Iterable[Any], into: Counter[str]) -> None:
    """Add a facet's values, several with blanks between them; documents without one are not counted."""
    into.update(one for value in values if value for one in str(value).split(" "))


def _best(answers: Iterable[Scores]) -> Scores:
    best: dict[int, float] = {}
    for found in answers:
        if not best:
            best = dict(found)
            continue
        for number, score in found.items():
            if score > best.get(number, -1.0):
                best[number] = score
    return best


class WhooshWords:
    """The vocabulary of what a searcher sees (`indexer.engines.vocabulary`)."""

    def __init__(self, searcher: Any, scopes: frozenset[str] | None) -> None:
        self._reader = searcher.reader()
        self._searcher = searcher
        self._segments = segments(searcher)
        self._scopes = scopes
        self.documents = int(searcher.doc_count())

    def starting(self, field: str, beginning: str, most: int) -> list[tuple[str, int]]:
        """Words that begin so, the most frequent of the first thousands by the alphabet."""
        kind = self._reader.schema[field]
        found = islice(self._reader.expand_prefix(field, kind.to_bytes(beginning)), MAX_COUNTED)
        counts = [(kind.from_bytes(word), int(self._reader.doc_frequency(field, word))) for word in found]
        return sorted(counts, key=lambda c: (-c[1], c[0]))[:most]

    def frequency(self, field: str, word: str) -> int:
        """How many documents have a word, also such as are removed but not yet merged away."""
        return int(self._reader.doc_frequency(field, word)) if (field, word) in self._reader else 0

    def having(self, fields: Sequence[str], words: Iterable[str]) -> dict[str, int]:
        """How many documents have each of the words that occur, summed over the fields."""
        counts = ((word, sum(self.frequency(field, word) for field in fields)) for word in words)
        return {word: count for word, count in counts if count}

    def witness(self, word: str, fields: Sequence[str]) -> str | None:
        """A document within the scopes that has the word."""
        for segment in self._segments:
            if self._scopes is None:
                barred, allowed = segment.among("gone", ["yes"]), None
            else:
                barred, allowed = set(), segment.among("scope", self._scopes)
            for field in fields:
                for number in segment.among(field, [word]):
                    if number not in barred and (allowed is None or number in allowed):
                        return str(self._searcher.stored_fields(segment.offset + number)["id"])
        return None
