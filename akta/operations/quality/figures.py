"""Estimates and tests that the quality report is made of. Pure functions of sums.

Sources: E. B. Wilson, "Probable inference, the law of succession, and statistical
inference", JASA 22 (1927), for the interval; L. Kish, "Survey Sampling" (1965), for the
effective size of a weighted sample; Naeini, Cooper and Hauskrecht (AAAI 2015) for the expected
calibration error; Wilson and Hilferty (PNAS 17, 1931) for the quantile of chi-square.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from statistics import NormalDist
from typing import Final

#: From so many (effective) answers on a share is worth stating, and from so many papers a change.
ENOUGH: Final = 30
BINS: Final = 10
_Z: Final = 1.959964  # 95 %
_Z_CHANGE: Final = 2.575829  # 1 %: several figures are looked at side by side
#: Below it a population stability index is no shift that anybody would act upon.
_PSI_CHANGE: Final = 0.1

CHANGED: Final = "changed"
NO_CHANGE: Final = "no_change"
TOO_FEW: Final = "too_few"


@dataclass(frozen=True, slots=True)
class Tally:
    """Weighted answers: how many, their weights, squared weights, and the weight of the right ones."""

    n: int = 0
    weight: float = 0.0
    weight2: float = 0.0
    right: float = 0.0

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(
            self.n + other.n,
            self.weight + other.weight,
            self.weight2 + other.weight2,
            self.right + other.right,
        )

    def scaled(self, factor: float) -> "Tally":
        """The same answers standing for `factor` times as many papers each."""
        return Tally(self.n, self.weight * factor, self.weight2 * factor**2, self.right * factor)

    @property
    def share(self) -> float | None:
        """The weighted share that was right; None without answers."""
        return min(1.0, max(0.0, self.right / self.weight)) if self.weight > 0 else None

    @property
    def effective(self) -> float:
        """How many answers of equal weight would say as much (Kish)."""
        return self.weight**2 / self.weight2 if self.weight2 > 0 else 0.0

    @property
    def interval(self) -> tuple[float, float] | None:
        """Where the true share is, with 95 % confidence."""
        return None if self.share is None else wilson(self.share, self.effective)


@dataclass(frozen=True, slots=True)
class Bin:
    """Answers whose confidence lies in one tenth: weight, weighted confidence, weight of the right."""

    n: int = 0
    weight: float = 0.0
    confidence: float = 0.0
    right: float = 0.0

    def __add__(self, other: "Bin") -> "Bin":
        return Bin(
            self.n + other.n,
            self.weight + other.weight,
            self.confidence + other.confidence,
            self.right + other.right,
        )

    def scaled(self, factor: float) -> "Bin":
        return Bin(self.n, self.weight * factor, self.confidence * factor, self.right * factor)


@dataclass(frozen=True, slots=True)
class Mean:
    """A mean from sums: how many, their sum and the sum of their squares."""

    n: int
    total: float
    squares: float

    @property
    def value(self) -> float | None:
        return self.total / self.n if self.n else None

    @property
    def variance_of_mean(self) -> float:
        if self.n < 2:
            return 0.0
        return max(0.0, self.squares - self.total**2 / self.n) / (self.n - 1) / self.n


def wilson(share: float, n: float, z: float = _Z) -> tuple[float, float]:
    """Wilson's score interval of a share seen among n (or an effective size); n = 0 says nothing."""
    if n <= 0:
        return 0.0, 1.0
    middle = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * math.sqrt(max(0.0, share * (1 - share) / n + z**2 / (4 * n**2)))
    return max(0.0, min(share, middle - half)), min(1.0, max(share, middle + half))


def bin_of(confidence: float) -> int:
    """Which tenth a confidence from 0 to 1 is in, from 0 to 9."""
    return min(BINS - 1, max(0, int(confidence * BINS)))


def expected_error(bins: Iterable[Bin]) -> float | None:
    """Expected calibration error, 0 to 1: how far stated confidence is from the share right, on the mean."""
    kept = [b for b in bins if b.weight > 0]
    whole = sum(b.weight for b in kept)
    return sum(abs(b.confidence - b.right) for b in kept) / whole if whole > 0 else None


def shares_differ(before: tuple[float, float], after: tuple[float, float]) -> str:
    """Whether two shares, each with the (effective) number it is of, differ (two-proportion z-test)."""
    (p, n), (q, m) = before, after
    if n < ENOUGH or m < ENOUGH:
        return TOO_FEW
    pooled = (p * n + q * m) / (n + m)
    spread = math.sqrt(max(0.0, pooled * (1 - pooled)) * (1 / n + 1 / m))
    return CHANGED if abs(p - q) > _Z_CHANGE * spread and p != q else NO_CHANGE


def means_differ(before: Mean, after: Mean) -> str:
    """Whether two means differ (Welch's test; the samples are large enough for the normal law)."""
    if before.n < ENOUGH or after.n < ENOUGH or before.value is None or after.value is None:
        return TOO_FEW
    spread = math.sqrt(before.variance_of_mean + after.variance_of_mean)
    gap = abs(before.value - after.value)
    return CHANGED if gap > _Z_CHANGE * spread and gap > 1e-9 else NO_CHANGE


def stability(before: Mapping[str, int], after: Mapping[str, int]) -> float | None:
    """Population stability index of two mixes, 0 where they are the same; None if one is empty.

    Half a paper is added to each kind, so that one which is new does not make it infinite.
    """
    kinds = {kind for kind in (*before, *after) if before.get(kind) or after.get(kind)}
    if not sum(before.values()) or not sum(after.values()):
        return None
    n = sum(before.values()) + len(kinds) / 2
    m = sum(after.values()) + len(kinds) / 2
    index = 0.0
    for kind in sorted(kinds):
        p, q = (before.get(kind, 0) + 0.5) / n, (after.get(kind, 0) + 0.5) / m
        index += (p - q) * math.log(p / q)
    return index


def mixes_differ(before: Mapping[str, int], after: Mapping[str, int]) -> str:
    """Whether a mix of kinds shifted: by an index that matters, and by more than chance makes.

    Where nothing changed the index over 1/n + 1/m is about chi-square distributed.
    """
    n, m = sum(before.values()), sum(after.values())
    index = stability(before, after)
    if index is None or n < ENOUGH or m < ENOUGH:
        return TOO_FEW
    kinds = len({kind for kind in (*before, *after) if before.get(kind) or after.get(kind)})
    chance = (1 / n + 1 / m) * _chi_square(kinds - 1)
    return CHANGED if index >= _PSI_CHANGE and index > chance else NO_CHANGE


def _chi_square(freedom: int) -> float:
    """The 99 % quantile of chi-square."""
    if freedom <= 0:
        return 0.0
    part = 2 / (9 * freedom)
    return float(freedom * (1 - part + NormalDist().inv_cdf(0.99) * math.sqrt(part)) ** 3)
