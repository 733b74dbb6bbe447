"""Which words of a page a word of a query means, told without the forms of every word of the page.

Stemming a word costs a hundred times what comparing two does, and a page has hundreds of words.
A stem begins with the letter its word begins with, so only words that begin like a form of the
one asked for are stemmed; the dictionary, where *ludzie* is *człowiek*, is looked up for all.
"""

from functools import lru_cache

from indexer.inflection import FORMS_FROM, word_forms
from indexer.lemmas import lemmas


@lru_cache(maxsize=200_000)
def _of_dictionary(word: str) -> tuple[str, ...]:
    return lemmas().of(word)


class Alike:
    """Words with a form in common with one, all folded."""

    def __init__(self, word: str) -> None:
        self._word = word
        self._forms = frozenset(word_forms(word))
        self._letters = tuple({form[0] for form in self._forms})

    def fits(self, other: str) -> bool:
        if other == self._word:
            return True
        if len(other) < FORMS_FROM or not other.isalpha():
            return False
        of_other = word_forms if other.startswith(self._letters) else _of_dictionary
        return not self._forms.isdisjoint(of_other(other))


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
