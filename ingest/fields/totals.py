"""Net, VAT and total: by their labels, and by arithmetic where it can be done."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from ingest.fields.amounts import Amount, amounts_in, normal
from ingest.fields.found import FoundField, at
from ingest.fields.labels import label_text, phrases
from ingest.fields.rows import Row

_CENT: Final = Decimal("0.02")
_MOST: Final = 3000  # amounts looked at; a price list of ten thousand has no total to find
_PAIRS: Final = 40  # candidates tried against each other

# Patterns are tried in this order; the first that matches decides what a row is.
_NEVER: Final = phrases("money.never")
_VAT: Final = phrases("money.vat")
_NET: Final = phrases("money.net")
_TOTALS: Final = (
    (7.0, phrases("total.1")),
    (5.0, phrases("total.2")),
    (4.0, phrases("total.3")),
)  # fmt: skip
_INCLUSIVE: Final = re.compile(r"incl|brutto|z vat|ttc|inkl")
_EXCLUSIVE: Final = re.compile(r"excl|exc\b|netto|without|hors|\bht\b|before")


@dataclass(slots=True)
class _Candidate:
    amount: Amount
    score: float
    labelled: bool


@dataclass(frozen=True, slots=True)
class Totals:
    """The money of a paper. `doubtful` is set where two totals were about equally likely."""

    fields: tuple[FoundField, ...]
    doubtful: bool


def find_totals(rows: Sequence[Row], ocr: bool, total_name: str = "total") -> Totals:
    """Chooses total, net and VAT among a paper's amounts.

    A total is what stands beside or under a label for it, lower on the page and again
    where repeated; it gains most where two other amounts add up to it as net and VAT.
    Cash, change and quantities are never totals.
    """
    by_row: dict[int, list[Amount]] = {}
    count = 0
    for row in rows:
        found = amounts_in(row, ocr)
        if found:
            by_row[row.index] = found
            count += len(found)
            if count > _MOST:
                break
    if not by_row:
        return Totals((), False)
    never: set[int] = set()
    net: dict[Decimal, Amount] = {}
    vat: dict[Decimal, Amount] = {}
    totals: list[_Candidate] = []
    cash: list[Decimal] = []
    for row in rows:
        text = label_text(row)
        _label_row(rows, row, text, by_row, never, net, vat, totals, cash)
    _triples_in_rows(by_row, net, vat, totals, never)
    if not totals:
        totals = _fallback(by_row, never)
        if not totals:
            return Totals((), False)
    _weigh(rows, totals, net, vat, by_row, cash)
    best = max(totals, key=lambda c: (c.score, c.amount.row))
    rival = max((c.score for c in totals if c.amount.value != best.amount.value), default=0.0)
    return _built(rows, best, rival, net, vat, total_name)


def _label_row(
    rows: Sequence[Row], row: Row, text: str, by_row: dict[int, list[Amount]], never: set[int],
    net: dict[Decimal, Amount], vat: dict[Decimal, Amount], totals: list[_Candidate], cash: list[Decimal],
) -> None:  # fmt: skip
    strength, match = 0.0, None
    for weight, pattern in _TOTALS:
        match = pattern.search(text)
        if match:
            strength = weight
            break
    no = _NEVER.search(text)
    is_net = _NET.search(text)
    is_vat = _VAT.search(text)
    if no and not (match and match.start() < no.start() and strength > 4.5):
        never.add(row.index)
        if row.index in by_row and re.search(
            r"cash|tunai|gotowka|gegeben|especes|visa|master|amex|karta", text
        ):
            cash.extend(a.value for a in by_row[row.index])
        return
    if match is None and not is_net and not is_vat:
        return
    label = match or is_net or is_vat
    assert label is not None
    values = _values(rows, row, label.start(), label.end(), by_row)
    if not values:
        return
    if _EXCLUSIVE.search(text) and is_net and not _INCLUSIVE.search(text):
        for value in values[-1:]:
            net.setdefault(value.value, value)
        return
    if is_net and (match is None or (is_net.end() >= match.end() and is_net.start() <= match.start())):
        for value in values[:1]:
            net.setdefault(value.value, value)
        return
    if is_vat and (
        match is None
        or (strength <= 5.0 and is_vat.start() <= match.end() + 2 and not _INCLUSIVE.search(text))
    ):
        for value in values[-1:]:
            vat.setdefault(value.value, value)
        if match is None or is_vat.start() < match.start():
            return
        strength = 2.5
    pick = values[-1] if row.index == values[-1].row else values[0]
    totals.append(_Candidate(pick, strength, True))
    for value in values[:-1] if pick is values[-1] else values[1:]:
        totals.append(_Candidate(value, strength - 1.6, True))


def _values(
    rows: Sequence[Row], row: Row, start: int, end: int, by_row: dict[int, list[Amount]]
) -> list[Amount]:
    right = [a for a in by_row.get(row.index, []) if a.start >= end]
    good = [a for a in right if a.cents or a.marked] or right
    if good:
        return good
    label = row.span(start, end)
    if not label:
        return []
    x0, x1 = label[0].x0, label[-1].x1
    for below in rows[row.index + 1 : row.index + 3]:
        if below.page != row.page:
            break
        out = []
        for amount in by_row.get(below.index, []):
            tokens = below.span(amount.start, amount.end)
            if tokens and tokens[0].x0 <= x1 + 0.06 and tokens[-1].x1 >= x0 - 0.02:
                out.append(amount)
        if out:
            return [a for a in out if a.cents or a.marked]
    return []


def _triples_in_rows(
    by_row: dict[int, list[Amount]], net: dict[Decimal, Amount], vat: dict[Decimal, Amount],
    totals: list[_Candidate], never: set[int],
) -> None:  # fmt: skip
    """A summary row such as `Razem 100,00 23,00 123,00` states all three."""
    for index, found in by_row.items():
        money = [a for a in found if a.cents and a.value > 0]
        if index in never or not 3 <= len(money) <= 8:
            continue
        for i in range(len(money) - 2):
            a, b, c = money[i : i + 3]
            if abs(a.value + b.value - c.value) <= _CENT and b.value < a.value and b.value > 0:
                net.setdefault(a.value, a)
                vat.setdefault(b.value, b)
                totals.append(_Candidate(c, 2.0, False))


def _fallback(by_row: dict[int, list[Amount]], never: set[int]) -> list[_Candidate]:
    money = [
        a
        for index, found in by_row.items()
        if index not in never
        for a in found
        if (a.cents or a.marked) and a.value > 0
    ]
    return [_Candidate(max(money, key=lambda a: a.value), 0.5, False)] if money else []


def _weigh(
    rows: Sequence[Row], totals: list[_Candidate], net: dict[Decimal, Amount], vat: dict[Decimal, Amount],
    by_row: dict[int, list[Amount]], cash: list[Decimal],
) -> None:  # fmt: skip
    last = max(1, rows[-1].index)
    counts: dict[Decimal, int] = {}
    for found in by_row.values():
        for amount in found:
            counts[amount.value] = counts.get(amount.value, 0) + 1
    labelled_values: dict[Decimal, int] = {}
    for candidate in totals:
        labelled_values[candidate.amount.value] = labelled_values.get(candidate.amount.value, 0) + 1
    largest = max((c.amount.value for c in totals if c.amount.cents), default=Decimal(0))
    for candidate in totals:
        value = candidate.amount.value
        candidate.score += 1.2 * candidate.amount.row / last
        candidate.score += 0.8 if candidate.amount.cents else -1.0
        candidate.score += 0.5 if candidate.amount.marked else 0.0
        candidate.score += 0.5 * min(3, labelled_values[value] - 1) + 0.2 * min(3, counts.get(value, 1) - 1)
        if value <= 0:
            candidate.score -= 3.0
        if _parts(value, net, vat) is not None:
            candidate.score += 2.5
        if value == largest:
            candidate.score += 0.8
        if any(abs(money - value) <= _CENT for money in cash):
            candidate.score += 0.8
        elif cash and all(value > money for money in cash):
            candidate.score -= 0.5


def _parts(
    total: Decimal, net: dict[Decimal, Amount], vat: dict[Decimal, Amount]
) -> tuple[Amount, Amount] | None:
    """Net and VAT among the labelled amounts that add up to `total`."""
    for value, amount in list(net.items())[:_PAIRS]:
        rest = total - value
        for tax, tax_amount in list(vat.items())[:_PAIRS]:
            if tax > 0 and abs(tax - rest) <= _CENT and tax <= value * Decimal("0.35"):
                return amount, tax_amount
    return None


def _built(
    rows: Sequence[Row], best: _Candidate, rival: float,
    net: dict[Decimal, Amount], vat: dict[Decimal, Amount], total_name: str,
) -> Totals:  # fmt: skip
    def field(name: str, amount: Amount, confidence: float, source: str, check: str | None) -> FoundField:
        return at(
            rows[amount.row], amount.start, amount.end, name, normal(amount.value), confidence, source, check
        )

    total = best.amount
    parts = _parts(total.value, net, vat)
    if parts is not None:
        check = "net+vat=total"
        return Totals(
            (
                field(total_name, total, 0.97, "label", check),
                field("net", parts[0], 0.95, "label", check),
                field("vat", parts[1], 0.95, "label", check),
            ),
            False,
        )
    gap = best.score - rival
    confidence = (
        0.35 if not best.labelled else min(0.93, 0.55 + 0.04 * best.score + 0.06 * min(3.0, gap) - 0.2)
    )
    out = [field(total_name, total, confidence, "label" if best.labelled else "position", None)]
    others = [(name, found) for name, found in (("net", net), ("vat", vat)) if found]
    for name, found in others:
        smaller = [a for v, a in found.items() if Decimal(0) < v <= total.value]
        if smaller:
            pick = max(smaller, key=lambda a: a.value)
            if name == "vat" and pick.value > total.value * Decimal("0.3"):
                continue
            out.append(field(name, pick, 0.55, "label", None))
    return Totals(tuple(out), gap < 0.6)
