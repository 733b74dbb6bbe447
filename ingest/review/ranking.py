"""The order of the review queue: the most valuable doubt first.

What a doubt costs while it waits is taken to double every `DOUBLING` days: a term of payment
comes nearer, people who wait grow impatient. Then two papers keep their order whatever the day
is, and the order can be stored: each paper has a day by which it wants to be looked at, and
everything that makes it worth more moves that day forward by `DOUBLING` days for each doubling
of (cost x probability of being wrong x papers taught) / effort.
"""

import math
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

DOUBLING: Final = 2.0  # days
PATIENCE: Final = 30.0  # days that a paper of which nothing more is known can wait
LONG_PAST: Final = 60  # days; what was due longer ago than this when it came is an old paper
_OVERDUE: Final = 14.0  # days; what is overdue longer than this is not more urgent
_MOST_MONEY: Final = Decimal(10_000_000)
_LEAST_WRONG: Final = 0.05
_MOST_PLACES: Final = 16
MOST_ALIKE: Final = 64
DAY: Final = 24 * 60  # minutes


@dataclass(frozen=True, slots=True)
class Facts:
    """What the order looks at.

    `amount` is what is to be paid, in whatever currency; `wrong` the probability that what is
    doubted is wrong; `places` how many things a person must look at.
    """

    received: datetime
    amount: Decimal | None = None
    currency: str = ""
    due: date | None = None
    wrong: float = 0.5
    places: int = 1


@dataclass(frozen=True, slots=True)
class Rank:
    """`base` in minutes since 1970, without what papers of the same sender are worth; `terms` explain it."""

    base: int
    terms: tuple[dict[str, Any], ...]


def rank(facts: Facts) -> Rank:
    """The day by which a paper wants to be looked at, in minutes, and the terms that make it.

    A term's `days` are those by which it moves the paper forward (negative: back).
    """
    since = facts.received.timestamp() / 60 / DAY
    terms = [_term("waiting", 0.0, since=facts.received.date().isoformat())]
    if facts.due is not None:
        left = (facts.due - facts.received.date()).days
        if left >= -LONG_PAST:
            forward = PATIENCE - min(PATIENCE, max(-_OVERDUE, float(left)))
            terms.append(_term("due", forward, due=facts.due.isoformat()))
    if facts.amount is not None and facts.amount.is_finite():
        money = min(abs(facts.amount), _MOST_MONEY)
        worth = DOUBLING * math.log2(1 + float(money) / 100) / 2  # as the square root of the amount
        terms.append(_term("amount", worth, amount=f"{facts.amount:.2f}", currency=facts.currency))
    wrong = min(1.0, max(_LEAST_WRONG, facts.wrong))
    terms.append(
        _term("wrong", DOUBLING * math.log2(wrong / _LEAST_WRONG), percent=round(100 * wrong)),
    )
    places = min(_MOST_PLACES, max(1, facts.places))
    if places > 1:
        terms.append(_term("effort", -DOUBLING * math.log2(places), places=places))
    days = since + PATIENCE - sum(term["days"] for term in terms)
    terms.sort(key=lambda term: -term["days"])
    return Rank(round(days * DAY), tuple(terms))


def bucket(alike: int) -> int:
    """How many papers of one sender wait, down to a power of two, so that the order seldom moves."""
    return 1 << (min(MOST_ALIKE, max(1, alike)).bit_length() - 1)


def forward(alike: int) -> int:
    """By how many minutes a paper comes forward where one correction may teach `alike` papers."""
    return round(DOUBLING * math.log2(bucket(alike)) * DAY)


def _term(name: str, days: float, **facts: object) -> dict[str, Any]:
    return {"term": name, "days": round(days, 2), "facts": facts}
