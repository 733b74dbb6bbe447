"""The amounts of a paper sorted by what their labels say they are."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from ingest.fields.amounts import Amount, amounts_in, loose_amounts_in
from ingest.fields.labels import label_text, phrases
from ingest.fields.rows import Row

CENT: Final = Decimal("0.02")
_MOST: Final = 3000  # amounts looked at; a price list of ten thousand has no total to find

_NEVER: Final = phrases("money.never")
_VAT: Final = phrases("money.vat")
_NET: Final = phrases("money.net")
# Tried in this order: the first that matches decides how much a label says.
_TOTALS: Final = ((7.0, phrases("total.1")), (5.0, phrases("total.2")), (4.0, phrases("total.3")))
_INCLUSIVE: Final = re.compile(r"incl|brutto|z vat|ttc|inkl")
_EXCLUSIVE: Final = re.compile(r"excl|exc\b|netto|without|hors|\bht\b|before")
_PAID: Final = re.compile(
    r"cash|tunai|gotowka|gegeben|especes|visa|master|amex|karta|tender|received|paid amount|"
    r"amount paid|already paid|paid to date|"
    r"accepted|zaplacono|wplacono|zaliczk|prepaid|deposit|bereits gezahlt|anzahlung|acompte"
)
_OF_WHICH: Final = re.compile(r"w tym|including|incl\b|of which|davon|dont\b")
_HEADING: Final = 3.0
_SENT: Final = re.compile(r"deliver|shipping|postage|dostaw|wysylk|przesylk|versand|porto|freight|transport")
_NUMBER_OF: Final = re.compile(r"[\s.:-]{0,2}(?:reg\w*|id|no|nr|number|numer|code)\b")
_ROUNDING: Final = re.compile(r"round(?:ing|\W|ed)|zaokragl")
_COINS: Final = Decimal("0.05")  # no currency rounds further to pay in cash, apart from the Nordic ones
_BACK: Final = re.compile(r"change|reszta|ruckgeld|rueckgeld|rendu|baki|wisselgeld")


@dataclass(slots=True)
class Candidate:
    """An amount that may be the total, and how much speaks for it."""

    amount: Amount
    score: float
    labelled: bool
    check: str | None = None


@dataclass(slots=True)
class Money:
    """Amounts by row; by what they are; and rows whose amounts are never a total.

    `rates` are (net, tax, gross) of rows that add up, one for each rate where a till prints
    them so; `rounding` what was added or taken off so that it can be paid in coins.
    """

    by_row: dict[int, list[Amount]] = field(default_factory=dict)
    never: set[int] = field(default_factory=set)
    net: dict[Decimal, Amount] = field(default_factory=dict)
    vat: dict[Decimal, Amount] = field(default_factory=dict)
    totals: list[Candidate] = field(default_factory=list)
    rates: list[tuple[Decimal, Decimal, Decimal]] = field(default_factory=list)
    rounding: set[Decimal] = field(default_factory=set)
    paid: list[Decimal] = field(default_factory=list)
    back: list[Decimal] = field(default_factory=list)


def collect(rows: Sequence[Row], ocr: bool) -> Money:
    """Reads all amounts and the labels beside and above them."""
    money = Money()
    count = 0
    for row in rows:
        found = amounts_in(row, ocr)
        if found:
            money.by_row[row.index] = found
            count += len(found)
            if count > _MOST:
                break
    for row in rows:
        _label(rows, row, money, ocr)
    _summary_rows(rows, money)
    return money


def _label(rows: Sequence[Row], row: Row, money: Money, ocr: bool) -> None:
    text = label_text(row)
    strength, match = 0.0, None
    for weight, pattern in _TOTALS:
        match = pattern.search(text)
        if match:
            strength = weight
            break
    rounded = _ROUNDING.search(text)
    if rounded:
        near = [a.value for a in amounts_in(row, ocr) if a.start >= rounded.end() and abs(a.value) <= _COINS]
        money.rounding.update(sign * value for value in near for sign in (1, -1))
    no, is_net, is_vat = _NEVER.search(text), _NET.search(text), _VAT.search(text)
    if is_vat and _NUMBER_OF.match(text, is_vat.end()):
        is_vat = None  # `VAT No 184 2291 07`
    if no and not (match and match.start() < no.start() and strength > 4.5):
        money.never.add(row.index)
        here = [a.value for a in money.by_row.get(row.index, []) if a.start >= no.start() and a.cents]
        if _BACK.search(text):
            money.back.extend(here[-1:])
        elif _PAID.search(text):
            money.paid.extend(here[-1:])
        return
    if is_vat and match and is_vat.start() <= match.start() and is_vat.end() > match.end():
        match = None  # `Suma PTU`, `Total VAT`: the sum of the tax alone
    label = match or is_net or is_vat
    if label is None:
        return
    values = _values(rows, row, label.start(), label.end(), money.by_row)
    if not values and ocr and match is not None:
        values = loose_amounts_in(row, label.end())
    if not values:
        return
    if is_net and is_vat and match is None and is_net.end() <= is_vat.start():
        between = [a for a in values if is_net.end() <= a.start < is_vat.start()]
        beyond = [a for a in values if a.start >= is_vat.end()]
        if between and beyond:  # `Netto 400,00 VAT 76,00` on one line
            money.net.setdefault(between[0].value, between[0])
            money.vat.setdefault(beyond[0].value, beyond[0])
            return
    if is_net and _EXCLUSIVE.search(text) and not _INCLUSIVE.search(text):
        money.net.setdefault(values[-1].value, values[-1])
        return
    if is_net and (match is None or (is_net.end() >= match.end() and is_net.start() <= match.start())):
        money.net.setdefault(values[0].value, values[0])
        return
    if is_vat and (
        match is None
        or (strength <= 5.0 and is_vat.start() <= match.end() + 2 and not _INCLUSIVE.search(text))
    ):
        money.vat.setdefault(values[-1].value, values[-1])
        if match is None or is_vat.start() < match.start():
            return
        strength = 2.5
    beside = row.index == values[-1].row
    if beside and len(values) > 1 and _OF_WHICH.search(text, values[0].end, values[1].start):
        values = values[:1]  # `Razem: 842,40 zł, w tym VAT 8% 57,78 zł`
    if not beside and _heads_column(rows, values[0], money.by_row):
        strength -= _HEADING
    pick = values[-1] if beside else values[0]
    money.totals.append(Candidate(pick, strength, True))
    for value in values[:-1] if pick is values[-1] else values[1:]:
        money.totals.append(Candidate(value, strength - 1.6, True))


def _heads_column(rows: Sequence[Row], first: Amount, by_row: dict[int, list[Amount]]) -> bool:
    """Whether a label stands over a column of figures: the first of them is a line, not the sum."""
    mine = rows[first.row].span(first.start, first.end)
    for under in rows[first.row + 1 : first.row + 2]:
        if not mine or under.page != rows[first.row].page:
            return False
        for amount in by_row.get(under.index, []):
            tokens = under.span(amount.start, amount.end)
            if tokens and tokens[0].x0 <= mine[-1].x1 and tokens[-1].x1 >= mine[0].x0:
                return True
    return False


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


def _summary_rows(rows: Sequence[Row], money: Money) -> None:
    """A summary row such as `Razem 100,00 23,00 123,00` states net, VAT and total."""
    for index, found in money.by_row.items():
        values = [a for a in found if a.cents and a.value > 0]
        if index in money.never or not 3 <= len(values) <= 8:
            continue
        for i in range(len(values) - 2):
            a, b, c = values[i : i + 3]
            between = label_text(rows[index])[a.end : b.start]
            if _SENT.search(between):
                continue  # goods, delivery and what both make
            if 0 < b.value < a.value and abs(a.value + b.value - c.value) <= CENT:
                money.net.setdefault(a.value, a)
                money.vat.setdefault(b.value, b)
                money.totals.append(Candidate(c, 2.0, False))
                money.rates.append((a.value, b.value, c.value))
