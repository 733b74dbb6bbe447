"""Whether two pages whose pictures are alike say the same.

On one form, two papers differ in a few words: their numbers, a name, a date. So pictures that are
near prove nothing until what was read agrees too: words with digits above all, and the fields that
tell one paper of a kind from the next.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Final

from rapidfuzz.fuzz import ratio, token_sort_ratio

from ingest.duplicates.facts import fold_number, may_be_misread
from ingest.ocr.fingerprint import distance

#: Bits by which the pictures of one page taken twice may differ. Measured by `bench.duplicates`.
NEAR: Final = 36
#: ... where hardly anything was read that could speak against it.
_VERY_NEAR: Final = 12
_FEW_WORDS: Final = 5
#: Least share of the words that two readings of one paper have in common; of those with digits; and of
#: the latter where one field differs.
_WORDS, _NUMBERS, _NUMBERS_IN_DOUBT = 0.5, 0.5, 0.85
#: Fields that no two papers of a kind share, those that name a person, and others that mostly differ.
_NUMBER_FIELDS: Final = (
    *("invoice_number", "document_number", "order_number", "po_number", "delivery_number", "bl_number"),
    *("statement_number", "specimen", "serial_number", "pesel", "contract_number", "reference"),
)
_NAMES: Final = ("employee", "patient", "name", "contractor", "holder")
_LIKE_NAME: Final = 70
_OTHERS: Final = ("date", "due_date", "total", "period_start", "period_end", "net_pay", "closing_balance")
_LIKE_WORD: Final = 80
_MOST_WORDS, _MOST_LEFT = 4000, 300


def same_picture(
    marks: tuple[str, str],
    texts: tuple[str, str],
    fields: tuple[Mapping[str, str], Mapping[str, str]] = ({}, {}),
) -> float | None:
    """How sure it is (0 to 1) that two pages are one paper taken twice; None if they are not.

    `marks` are their fingerprints, `texts` what was read on them, `fields` the fields of their papers.
    """
    bits = distance(*marks)
    if bits > NEAR:
        return None
    (one, one_numbers), (other, other_numbers) = words_of(texts[0]), words_of(texts[1])
    read = sorted((one.total() + one_numbers.total(), other.total() + other_numbers.total()))
    if read[0] < _FEW_WORDS:
        few = read[1] < 4 * _FEW_WORDS
        return round(0.8 - 0.02 * bits, 2) if few and bits <= _VERY_NEAR else None
    differing = contradictions(*fields)
    if differing is None or differing > 1:
        return None
    words, numbers = shared(one, other), shared(one_numbers, other_numbers)
    if words < _WORDS or numbers < (_NUMBERS_IN_DOUBT if differing else _NUMBERS):
        return None
    return round(min(0.99, 0.4 + 0.3 * (words + numbers) - 0.004 * bits), 2)


def words_of(text: str) -> tuple[Counter[str], Counter[str]]:
    """How often each word of a text stands there, folded: those without digits, and those with."""
    words: Counter[str] = Counter()
    numbers: Counter[str] = Counter()
    for word in text.split()[:_MOST_WORDS]:
        folded = fold_number(word)
        if len(folded) > 1:
            (numbers if any(c.isdigit() for c in word) else words)[folded] += 1
    return words, numbers


def shared(one: Counter[str], other: Counter[str]) -> float:
    """The share of words that both have (Dice); a long one may differ by a letter, a number never.

    1 where there are none.
    """
    total = one.total() + other.total()
    if not total:
        return 1.0
    common = (one & other).total()
    return 2 * (common + _nearly(one - other, other - one)) / total


def contradictions(one: Mapping[str, str], other: Mapping[str, str]) -> int | None:
    """In how many fields two papers differ beyond misreading; None if by one alone they are two papers."""
    for name in _both(_NUMBER_FIELDS, one, other):
        if not may_be_misread(fold_number(one[name]), fold_number(other[name])):
            return None
    for name in _both(_NAMES, one, other):
        if token_sort_ratio(one[name].casefold(), other[name].casefold()) < _LIKE_NAME:
            return None
    return sum(one[name] != other[name] for name in _both(_OTHERS, one, other))


def _both(names: Iterable[str], one: Mapping[str, str], other: Mapping[str, str]) -> Iterable[str]:
    return (name for name in names if one.get(name) and other.get(name))


def _nearly(one: Counter[str], other: Counter[str]) -> int:
    """Long words left over on both sides that are nearly the same."""
    left = _long(other)
    found = 0
    for word in _long(one):
        near = next((i for i, w in enumerate(left) if ratio(word, w, score_cutoff=_LIKE_WORD)), None)
        if near is not None:
            del left[near]
            found += 1
    return found


def _long(words: Counter[str]) -> list[str]:
    """Words of five letters or more. Look-alikes are folded to digits, so a number has more than half."""
    return [w for w in words.elements() if len(w) > 4 and 2 * sum(c.isdigit() for c in w) <= len(w)][
        :_MOST_LEFT
    ]
