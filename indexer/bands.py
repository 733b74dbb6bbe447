"""Bands of amounts and of confidence: what a facet counts, named as a query names them.

A band has its lower end and not its upper; `1000..5000` ends with 4999.99, `99..100` has both.
"""

from bisect import bisect_right
from itertools import pairwise

_AMOUNTS = (0, 100, 500, 1_000, 5_000, 10_000, 50_000, 100_000)
_PERCENT = (50, 80, 90, 95, 99)

AMOUNT_BANDS = (
    f"..{_AMOUNTS[0]}",
    *(f"{low}..{high}" for low, high in pairwise(_AMOUNTS)),
    f"{_AMOUNTS[-1]}..",
)
CONFIDENCE_BANDS = (
    f"..{_PERCENT[0]}",
    *(f"{low}..{high}" for low, high in zip(_PERCENT, (*_PERCENT[1:], 100), strict=True)),
)


def amount_band(cents: int) -> str:
    """The band of an amount in hundredths."""
    return AMOUNT_BANDS[bisect_right(_AMOUNTS, cents // 100)]


def confidence_band(share: float) -> str:
    """The band of a confidence from 0 to 1."""
    return CONFIDENCE_BANDS[bisect_right(_PERCENT, share_parts(share) / 100)]


def share_parts(share: float) -> int:
    """A confidence as the index has it, in ten-thousandths."""
    return round(max(0.0, min(1.0, share)) * 10_000)
