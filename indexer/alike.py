"""Which words of a page a word of a query means."""

from collections.abc import Iterable
from functools import lru_cache

from indexer.analysis import folded
from indexer.inflection import FORMS_FROM, word_forms

#: Before a word that is meant as it stands; no form begins so.
_ITSELF = "="


@lru_cache(maxsize=100_000)
def _signs_of(spelling: str) -> tuple[str, ...]:
    """What a word as it is spelt on a page can be known by: itself, and its forms."""
    word = folded(spelling)
    if len(word) < FORMS_FROM or not word.isalpha():
        return (_ITSELF + word,)
    return (_ITSELF + word, *word_forms(word))


class Alike:
    """The words that are one, folded, or have a form in common with it."""

    def __init__(self, word: str) -> None:
        self._signs = frozenset((_ITSELF + word, *word_forms(word)))

    def among(self, spellings: Iterable[str]) -> list[str]:
        """Those that are such words, of words as they are spelt on a page."""
        stranger, signs_of = self._signs.isdisjoint, _signs_of
        return [spelling for spelling in spellings if not stranger(signs_of(spelling))]


def near(a: str, b: str, limit: int) -> bool:
    """Whether two words are at most `limit` letters apart: put in, left out, changed or two swapped.

    Optimal string alignment distance.
    """
    if abs(len(a) - len(b)) > limit:
        return False
    return _one_apart(a, b) if limit == 1 else _apart(a, b, limit)


def _one_apart(a: str, b: str) -> bool:
    """The same for one letter, by what follows the first difference."""
    at = 0
    for x, y in zip(a, b, strict=False):
        if x != y:
            break
        at += 1
    a, b = a[at:], b[at:]
    if a[1:] == b[1:] or a[1:] == b or a == b[1:]:
        return True
    return len(a) > 1 and a[:2] == b[1::-1] and a[2:] == b[2:]


def _apart(a: str, b: str, limit: int) -> bool:
    """The same for any limit, row by row."""
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
