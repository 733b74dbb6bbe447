"""Words of an index for somebody to choose from, the same for every engine.

A word is offered only if a document that may be seen has it: the engine looks for one within
the scopes, for each word that it would offer. Which words are looked at is decided over the
whole vocabulary, so of a beginning that thousands of words have only the most frequent are.
"""

from collections.abc import Iterable, Mapping, Sequence
from string import ascii_lowercase, digits
from typing import Protocol

from rapidfuzz.distance import OSA

from indexer.model import Offer

#: Beginnings as short as this are looked up among titles and parties only.
_SHORT = 2
#: Words that are looked for within the scopes, at most.
_LOOKS = 60
#: Words with the same first letters among which one is sought that is two letters off.
_AMONG = 3_000
_LONGEST = 24
_TWO_OFF_FROM = 6


class Vocabulary(Protocol):
    """What an engine knows of its words, over all documents or over those within the scopes."""

    def starting(self, field: str, beginning: str, most: int) -> Iterable[tuple[str, int]]:
        """Words that begin so with how many documents have each, the most frequent first, at most so many."""
        ...

    def having(self, fields: Sequence[str], words: Iterable[str]) -> Mapping[str, int]:
        """How many documents have each of the words that occur, summed over the fields."""
        ...

    def witness(self, word: str, fields: Sequence[str]) -> str | None:
        """The id of a document within the scopes that has the word in one of the fields."""
        ...


def complete(words: Vocabulary, beginning: str, fields: Sequence[str], limit: int) -> list[Offer]:
    """Words with this (folded) beginning, the most frequent first."""
    if not beginning or len(beginning) > _LONGEST:
        return []
    if len(beginning) <= _SHORT:
        fields = [field for field in fields if field != "body"]
    counts: dict[str, int] = {}
    for field in fields:
        for word, count in words.starting(field, beginning, _LOOKS):
            if len(word) > 2 and len(word) <= _LONGEST:
                counts[word] = counts.get(word, 0) + count
    return _shown(words, sorted(counts, key=lambda w: (-counts[w], w)), fields, limit)


def correct(words: Vocabulary, word: str, fields: Sequence[str], limit: int) -> list[Offer]:
    """Words that this one may be a slip of: one letter off, or two in a word of six and more."""
    if not 3 < len(word) <= _LONGEST or not word.isascii():
        return []
    off = {near: (1, count) for near, count in words.having(fields, _one_off(word)).items()}
    if not off and len(word) >= _TWO_OFF_FROM:
        for field in fields:
            for near, count in words.starting(field, word[:2], _AMONG):
                if OSA.distance(word, near, score_cutoff=2) <= 2 and near != word:
                    off[near] = (2, off.get(near, (2, 0))[1] + count)
    return _shown(words, sorted(off, key=lambda w: (off[w][0], -off[w][1], w)), fields, limit)


def _shown(words: Vocabulary, candidates: Sequence[str], fields: Sequence[str], limit: int) -> list[Offer]:
    offers: list[Offer] = []
    for word in candidates[:_LOOKS]:
        if len(offers) == limit:
            break
        record_id = words.witness(word, fields)
        if record_id is not None:
            offers.append(Offer(word, record_id))
    return offers


def _one_off(word: str) -> set[str]:
    letters = ascii_lowercase if word.isalpha() else ascii_lowercase + digits
    cuts = [(word[:at], word[at:]) for at in range(len(word) + 1)]
    found = {a + b[1:] for a, b in cuts if b}
    found |= {a + b[1] + b[0] + b[2:] for a, b in cuts if len(b) > 1}
    found |= {a + c + b[1:] for a, b in cuts if b for c in letters}
    found |= {a + c + b for a, b in cuts for c in letters}
    return found - {word}
