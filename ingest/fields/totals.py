"""Net, VAT and total: by their labels, and by arithmetic where it can be done."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from ingest.fields.amounts import Amount, normal
from ingest.fields.checks import RATES_ADD_UP, SUM_AGREES, SUM_DIFFERS
from ingest.fields.found import FoundField, at
from ingest.fields.money import CENT, Candidate, Money, collect
from ingest.fields.rows import Row

_CHARGES: Final = 60  # smallest amounts tried as charges beside net and VAT
_PAIRS: Final = 40  # candidates tried against each other
_ROUNDED: Final = 6.0  # what is paid after rounding stands beside what was owed before it
_COIN: Final = Decimal("0.05")
_PART_PAID: Final = 5.0  # the total less what was paid already is what is due
_HIGHEST_RATE: Final = Decimal("0.35")  # above every VAT or sales tax rate in use


@dataclass(frozen=True, slots=True)
class Totals:
    """The money of a paper. `doubtful` is set where two totals were about equally likely."""

    fields: tuple[FoundField, ...]
    doubtful: bool


def find_totals(rows: Sequence[Row], ocr: bool, total_name: str = "total") -> Totals:
    """Chooses total, net and VAT among a paper's amounts.

    A total is what stands beside or under a label for it, lower on the page and again
    where repeated; it gains most where two other amounts add up to it as net and VAT,
    or where cash less change makes it. Cash, change and quantities are never totals.
    """
    money = weighed(rows, ocr)
    if not money.totals:
        return Totals((), False)
    best = max(money.totals, key=lambda c: (c.score, c.amount.row))
    rival = max((c.score for c in money.totals if c.amount.value != best.amount.value), default=0.0)
    return _built(rows, best, rival, money, total_name)


def weighed(rows: Sequence[Row], ocr: bool) -> Money:
    """The amounts of a paper, those that may be the total with what speaks for each."""
    money = collect(rows, ocr)
    _cash_less_change(money)
    _sum_of_rates(money)
    if not money.totals:
        _fallback(money)
    if money.totals:
        _weigh(rows, money)
    return money


def _cash_less_change(money: Money) -> None:
    """What was paid less what came back is the total, if it also stands on the paper."""
    owed = {p - b for p in money.paid[:6] for b in money.back[:6] if p > b >= 0}
    if not owed:
        return
    for index, found in money.by_row.items():
        if index in money.never:
            continue
        for amount in found:
            if amount.value in owed and amount.cents:
                money.totals.append(Candidate(amount, 4.5, False, "cash-change=total"))


def _sum_of_rates(money: Money) -> None:
    """What the gross amounts of several rates make together is the total, if it stands anywhere."""
    _, whole = _rates(money)
    for found in money.by_row.values():
        for amount in found:
            if amount.value in whole and amount.cents:
                money.totals.append(Candidate(amount, 4.0, False, RATES_ADD_UP))


def _fallback(money: Money) -> None:
    if money.net:
        largest = max(money.net.values(), key=lambda a: a.value)
        money.totals.append(Candidate(largest, 1.5, False))
    rest = [
        a
        for index, found in money.by_row.items()
        if index not in money.never
        for a in found
        if (a.cents or a.marked) and a.value > 0
    ]
    if rest:
        money.totals.append(Candidate(max(rest, key=lambda a: a.value), 0.5, False))


def _weigh(rows: Sequence[Row], money: Money) -> None:
    last = max(1, rows[-1].index)
    counts: dict[Decimal, int] = {}
    for found in money.by_row.values():
        for amount in found:
            counts[amount.value] = counts.get(amount.value, 0) + 1
    labelled: dict[Decimal, int] = {}
    for candidate in money.totals:
        labelled[candidate.amount.value] = labelled.get(candidate.amount.value, 0) + 1
    largest = max((c.amount.value for c in money.totals if c.amount.cents), default=Decimal(0))
    checked = {c.amount.value: c.check for c in money.totals if c.check}
    values = {c.amount.value for c in money.totals if c.labelled}
    of_a_rate, by_rates = _rates(money)
    for candidate in money.totals:
        value = candidate.amount.value
        candidate.score += 1.2 * candidate.amount.row / last
        candidate.score += 0.8 if candidate.amount.cents else -1.0
        candidate.score += 0.5 if candidate.amount.marked else 0.0
        candidate.score += 0.5 * min(3, labelled[value] - 1) + 0.2 * min(3, counts.get(value, 1) - 1)
        candidate.check = checked.get(value)
        if candidate.check and candidate.labelled:
            candidate.score += 1.5
        if value <= 0:
            candidate.score -= 3.0
        if value in by_rates or (value not in of_a_rate and _parts(value, money) is not None):
            candidate.score += 4.4
        if _is_rounded(value, values, money):
            candidate.score += _ROUNDED
        if any(paid > 0 and value - paid in values and value > paid for paid in money.paid):
            candidate.score += _PART_PAID
        if value == largest:
            candidate.score += 0.8
        if any(abs(paid - value) <= CENT for paid in money.paid):
            candidate.score += 0.8
        elif money.paid and all(value > paid for paid in money.paid):
            candidate.score -= 0.5


def _is_rounded(value: Decimal, values: set[Decimal], money: Money) -> bool:
    """Whether a value is what another one became when it was rounded to be paid in coins."""
    if value % _COIN:
        return False
    return any(step and value - step in values and (value - step) % _COIN for step in money.rounding)


def _rates(money: Money) -> tuple[frozenset[Decimal], frozenset[Decimal]]:
    """Gross amounts of single rates where there are several, and what they make together."""
    rates = list(dict.fromkeys(money.rates))
    grosses = frozenset(gross for _, _, gross in rates)
    whole = sum(grosses, Decimal(0))
    if len(grosses) < 2 or whole in grosses:
        return frozenset(), frozenset()
    if 2 * max(grosses) == whole and len(grosses) > 2:  # the last row is the sum of the others
        return grosses - {max(grosses)}, frozenset([max(grosses)])
    return grosses, frozenset([whole])


def _parts(total: Decimal, money: Money) -> tuple[Amount, Amount] | None:
    """Net and VAT among the labelled amounts that add up to `total`."""
    for value, amount in list(money.net.items())[:_PAIRS]:
        rest = total - value
        for tax, tax_amount in list(money.vat.items())[:_PAIRS]:
            if 0 < tax <= value * _HIGHEST_RATE and abs(tax - rest) <= CENT:
                return amount, tax_amount
    return None


def _contradict(total: Decimal, money: Money) -> bool:
    """Whether the only net and the only VAT there are do not make the total, nor with any other amount."""
    if len(money.net) != 1 or len(money.vat) != 1:
        return False
    (net,), (tax,) = money.net, money.vat
    rest = abs(total - net - tax)
    if net + tax <= 0 or rest <= CENT or abs(total - net) <= CENT:  # a net that holds the tax is none
        return False
    others = {abs(a.value) for found in money.by_row.values() for a in found if abs(a.value) < total}
    charges = [Decimal(0), *sorted(others)[:_CHARGES]]  # one or two of them: freight, handling, a discount
    return not any(abs(rest - one - other) <= CENT for one in charges for other in charges)


def _built(rows: Sequence[Row], best: Candidate, rival: float, money: Money, total_name: str) -> Totals:
    def field(name: str, amount: Amount, confidence: float, source: str, check: str | None) -> FoundField:
        row = rows[amount.row]
        return at(row, amount.start, amount.end, name, normal(amount.value), confidence, source, check)

    total = best.amount
    parts = _parts(total.value, money)
    if parts is not None:
        check = SUM_AGREES
        three = (("net", parts[0], 0.95), ("vat", parts[1], 0.95))
        first = field(total_name, total, 0.97, "label", check)
        return Totals((first, *(field(n, a, c, "label", check) for n, a, c in three)), False)
    gap = best.score - rival
    confidence = 0.35 if not best.labelled else min(0.93, 0.35 + 0.04 * best.score + 0.06 * min(3.0, gap))
    if best.check:
        confidence = 0.95
    source = "label" if best.labelled else "arithmetic" if best.check else "position"
    out = [field(total_name, total, confidence, source, best.check)]
    for name, found in (("net", money.net), ("vat", money.vat)):
        smaller = [a for v, a in found.items() if 0 < v <= total.value]
        if smaller:
            pick = max(smaller, key=lambda a: a.value)
            if name == "vat" and pick.value > total.value * Decimal("0.3"):
                continue
            out.append(
                field(name, pick, 0.55, "label", SUM_DIFFERS if _contradict(total.value, money) else None)
            )
    return Totals(tuple(out), gap < 0.6 and best.check is None)
