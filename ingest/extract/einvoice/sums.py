"""Arithmetic of a business paper: what it states compared with what its own numbers make.

What a rule leaves out is not judged: a check needs all its numbers. Tolerances are for
rounding only: a sum of sums is exact to a cent, tax on a sum may have been rounded line
by line, a line's price has the precision it is written with.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Final

from ingest.model import CHECKS, Conflict

CENT: Final = Decimal("0.01")
_MOST: Final = 10
_HUGE: Final = 20  # digits before the point; longer ones are no amounts


def number(value: str) -> Decimal | None:
    """The decimal a text states, None if it states none that could be money."""
    try:
        found = Decimal(value.replace(" ", "").replace("\u00a0", ""))
    except InvalidOperation:
        return None
    return found if found.is_finite() and abs(found.adjusted()) <= _HUGE else None


def total(values: Sequence[str]) -> Decimal | None:
    """The sum of all values; None if there are none or one is no number."""
    numbers = [number(v) for v in values]
    known = [n for n in numbers if n is not None]
    return sum(known, Decimal(0)) if known and len(known) == len(numbers) else None


@dataclass(slots=True)
class Sums:
    """Collects what does not agree, `_MOST` at most."""

    conflicts: list[Conflict] = field(default_factory=list)

    def equal(self, check: str, stated: str, made: Decimal | None, tolerance: Decimal = CENT) -> None:
        """Note a conflict if `stated` is a number and further than `tolerance` from `made`."""
        if check not in CHECKS:
            raise ValueError(f"unknown check: {check}")
        given = number(stated)
        if given is None or made is None or abs(given - made) <= tolerance or len(self.conflicts) >= _MOST:
            return
        self.conflicts.append(Conflict(check, f"{given:f}", f"{made.quantize(CENT):f}"))

    def tax(self, basis: str, rate: str, stated: str, lines: int) -> None:
        """Tax at `rate` percent on `basis`."""
        net, percent = number(basis), number(rate)
        if net is not None and percent is not None:
            self.equal("tax_by_rate", stated, net * percent / 100, Decimal("0.02") + CENT * lines)

    def line(
        self, quantity: str, price: str, stated: str, extra: Decimal = Decimal(0), per: str = ""
    ) -> None:
        """Quantity times price (for `per` units, 1 unless told) plus `extra` makes the line's net.

        Some writers put the price after discounts; what holds without `extra` holds, too.
        """
        count, each, base = number(quantity), number(price), number(per or "1")
        if count is None or each is None or not base:
            return
        exponent = each.as_tuple().exponent
        step = Decimal(1).scaleb(min(-2, exponent if isinstance(exponent, int) else -2))
        tolerance = CENT + abs(count / base) * step / 2
        plain, given = count * each / base, number(stated)
        if given is None or abs(given - plain) > tolerance:
            self.equal("line", stated, plain + extra, tolerance)
