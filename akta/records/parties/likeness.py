"""How much two parties look like one: names compared with what OCR, word order and habit do to them."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from itertools import islice
from typing import Final, Literal

from rapidfuzz import fuzz

from akta.records.parties.names import WEAK, skeleton, squeezed

#: Marks that belong to one party alone; an account may be a bank's or a factor's, so it needs the name.
NUMBERS: Final = frozenset({"regon", "reg", "tax"})
ACCOUNT: Final = "iban"
#: Marks that agree by themselves on many parties: they only support a name.
SIGNS: Final = frozenset({"place", "phone", "email", "birth", "patient"})
_SAME_NAME, _LIKELY_NAME = 0.9, 0.86
_BY_NUMBER, _BY_ACCOUNT = 0.6, 0.75
_WORD_ALIKE, _TIGHT_ALIKE = 0.8, 0.95
_SHORT = 6
_MOST = 12

Verdict = Literal["same", "likely", "no"]


@dataclass(frozen=True, slots=True)
class Side:
    """What is known of one leaf: spellings as cores, marks as (kind, value), its tax number."""

    cores: AbstractSet[str]
    marks: AbstractSet[tuple[str, str]] = field(default_factory=frozenset)
    nip: str | None = None
    person: bool = False


@dataclass(frozen=True, slots=True)
class Judged:
    """`name` is the likeness of the names from 0 to 1; `shared` are the kinds of marks both have."""

    verdict: Verdict
    name: float
    shared: frozenset[str]


def alike(a: str, b: str) -> float:
    """The likeness of two cores from 0 to 1. Numbers in names must agree to reach 0.8."""
    return _alike(_strong(a), _strong(b))


def _alike(mine: list[str], theirs: list[str]) -> float:
    one, other = "".join(mine), "".join(theirs)
    if one == other:
        return 1.0
    ratio = max(fuzz.ratio(one, other), fuzz.ratio(" ".join(sorted(mine)), " ".join(sorted(theirs)))) / 100
    if min(len(one), len(other)) < _SHORT:
        return min(ratio, 0.7)
    if {w for w in mine if w.isdigit()} != {w for w in theirs if w.isdigit()}:
        return min(ratio, 0.79)
    return ratio


def judge(a: Side, b: Side) -> Judged:
    """Whether two leaves are one party: `same` needs no person, `likely` asks one."""
    shared = frozenset(kind for kind, _ in a.marks & b.marks)
    if a.person or b.person:
        return _people(a, b, shared)
    best, exact, words = 0.0, False, False
    for one in islice(sorted(a.cores), _MOST):
        for other in islice(sorted(b.cores), _MOST):
            mine, theirs = _strong(one), _strong(other)
            value = _alike(mine, theirs)
            if value > best:
                best, words = value, _word_by_word(mine, theirs)
            exact = exact or _exact(one, other)
    support = bool(shared & SIGNS)
    if a.nip and b.nip and a.nip != b.nip:
        # A number may be misread into another right one: worth a look only where all else agrees.
        told = exact and bool(shared & NUMBERS)
        return Judged("likely" if told else "no", best, shared)
    same = (
        exact
        or (bool(shared & NUMBERS) and best >= _BY_NUMBER)
        or (ACCOUNT in shared and best >= _BY_ACCOUNT)
        or (support and best >= _SAME_NAME and words)
    )
    if same:
        return Judged("same", best, shared)
    likely = (
        best >= _LIKELY_NAME
        or bool(shared & NUMBERS)
        or ACCOUNT in shared
        or (support and _part(a.cores, b.cores))
    )
    return Judged("likely" if likely else "no", best, shared)


def _people(a: Side, b: Side, shared: frozenset[str]) -> Judged:
    """A name alone says nothing of people: many bear the same."""
    named = any(sorted(x.split()) == sorted(y.split()) for x in a.cores for y in b.cores)
    if not named or (a.nip and b.nip and a.nip != b.nip):
        return Judged("no", float(named), shared)
    if ACCOUNT in shared:
        return Judged("same", 1.0, shared)
    return Judged("likely" if shared & SIGNS else "no", 1.0, shared)


def _exact(a: str, b: str) -> bool:
    """Equal but for what OCR, spaces and the order of three or more words change."""
    if squeezed(a) == squeezed(b):
        return True
    one, other = skeleton(a), skeleton(b)
    if min(len(squeezed(one)), len(squeezed(other))) < _SHORT:
        return False
    if squeezed(one) == squeezed(other):
        return True
    return sorted(one.split()) == sorted(other.split()) and len(one.split()) >= 3


def _strong(core: str) -> list[str]:
    found = skeleton(core).split()
    return [w for w in found if w not in _WEAK_SHAPES] or found


_WEAK_SHAPES: Final = frozenset(skeleton(word) for word in WEAK)


def _word_by_word(a: list[str], b: list[str]) -> bool:
    """No word of one is quite another in the other: `alfa` and `alba` are two names."""
    one, other = "".join(a), "".join(b)
    if len(a) != len(b):
        return fuzz.ratio(one, other) / 100 >= _TIGHT_ALIKE
    for mine, theirs in zip(sorted(a), sorted(b), strict=True):
        if mine != theirs and (
            min(len(mine), len(theirs)) < 4 or fuzz.ratio(mine, theirs) / 100 < _WORD_ALIKE
        ):
            return False
    return True


def _part(a: AbstractSet[str], b: AbstractSet[str]) -> bool:
    """A spelling of one is another's with words left out, one of them long enough to tell something."""
    for one in a:
        for other in b:
            mine, theirs = set(_strong(one)), set(_strong(other))
            common = mine & theirs
            if common and common in (mine, theirs) and max(len(w) for w in common) >= 5:
                return True
    return False
