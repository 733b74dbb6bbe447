"""What else a doubtful field may be: values that a person can choose instead of typing them.

Each says where it stands and what speaks for it. They are found with what the extractors
look at anyway, so a hostile paper costs no more than its fields did.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Final

from ingest.fields.amounts import Amount, currency_of, loose_amounts_in, normal
from ingest.fields.checks import IBAN_RIGHT, NIP_RIGHT, PESEL_RIGHT, SUM_AGREES
from ingest.fields.country import date_order
from ingest.fields.dates import find_dates
from ingest.fields.found import FoundField, at
from ingest.fields.identifiers import find_ibans, iban_ok, nip_ok, pesel_ok
from ingest.fields.labels import label_text, phrases
from ingest.fields.money import Money
from ingest.fields.names import FIELDS
from ingest.fields.numbers import labelled_numbers, numbers_at_head
from ingest.fields.parties import head_names, labelled_parties
from ingest.fields.rows import Box, Row
from ingest.fields.totals import weighed

#: At most so many for a field, and so long; the whole of a paper's is a few kilobytes.
MOST: Final = 5
MOST_FIELDS: Final = 12
_LONGEST: Final = 200
_DATES: Final = 60
_LOOKED_AT: Final = 400  # rows
_PAIRS: Final = 30
#: What speaks for a value, besides the checks of `ingest.fields.checks`.
LABEL, OTHER_ORDER, ON_PAPER = "label", "other order", "on the paper"
LARGEST, USUAL = "largest", "usual"
_SUMS: Final = frozenset(["total", "net_pay", "amount_due"])
_NUMBERS: Final = frozenset(["invoice_number", "order_number", "document_number"])
_PARTIES: Final = frozenset(["vendor", "buyer"])
_CURRENCIES: Final = ("PLN", "EUR", "USD")
_DATE_LABELS: Final = {
    "date": phrases("date.own"),
    "due_date": phrases("date.due"),
    "sale_date": phrases("date.sale"),
}
_TEN: Final = re.compile(r"(?<!\d)(\d{3}[- ]?\d{2,3}[- ]?\d{2}[- ]?\d{2,3})(?!\d)")
_ELEVEN: Final = re.compile(r"(?<!\d)(\d{11})(?!\d)")
#: Digits that readers take for each other, the likeliest first.
_LOOKALIKE: Final = {
    "0": "869", "1": "74", "2": "7", "3": "859", "4": "91",
    "5": "638", "6": "850", "7": "12", "8": "3605", "9": "0438",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Alternative:
    """A value in normal form, as printed (`raw`, empty where it was reckoned), where, and `why`."""

    value: str
    raw: str
    page: int | None
    box: Box | None
    why: str


def suggest(
    rows: Sequence[Row], ocr: bool, fields: Mapping[str, FoundField], wanted: Iterable[str]
) -> dict[str, tuple[Alternative, ...]]:
    """Other values than the present ones of the fields `wanted`, by name, the likeliest first."""
    finder = _Finder(rows, ocr, fields)
    out = {}
    for name in list(dict.fromkeys(wanted))[:MOST_FIELDS]:
        mine = fields.get(name)
        kept: dict[str, Alternative] = {}
        for other in finder.of(name) if name in FIELDS and rows else ():
            if other.value and len(other.value) <= _LONGEST and (mine is None or other.value != mine.value):
                kept.setdefault(other.value, other)
            if len(kept) >= MOST:
                break
        if kept:
            out[name] = tuple(kept.values())
    return out


class _Finder:
    """Finds by the type of a field; amounts and dates are looked for once."""

    def __init__(self, rows: Sequence[Row], ocr: bool, fields: Mapping[str, FoundField]) -> None:
        self.rows = rows
        self.ocr = ocr
        self.fields = fields
        self._money: Money | None = None

    @property
    def money(self) -> Money:
        if self._money is None:
            self._money = weighed(self.rows, self.ocr)
        return self._money

    def of(self, name: str) -> Iterator[Alternative]:
        """All there is for a field, the likeliest first."""
        kind = FIELDS[name].type
        if kind == "amount":
            yield from self._amounts(name)
        elif kind == "date":
            yield from self._dates(name)
        elif kind == "currency":
            yield from self._currencies()
        elif name.endswith("_nip"):
            yield from self._tax_numbers()
        elif name == "pesel":
            yield from self._checked(_ELEVEN, pesel_ok, PESEL_RIGHT)
        elif name == "bank_account":
            yield from self._accounts()
        elif name in _NUMBERS:
            ranked = sorted(labelled_numbers(self.rows, name), key=lambda scored: -scored[0])
            yield from (_of(found, LABEL) for _, found in ranked[: 4 * MOST])
            yield from (_of(found, ON_PAPER) for found in numbers_at_head(self.rows, name, 2 * MOST))
        elif name in _PARTIES:
            yield from (_of(found, LABEL) for found in labelled_parties(self.rows, name))
            yield from (_of(found, ON_PAPER) for found in head_names(self.rows, name, 2 * MOST))

    # -- money -------------------------------------------------------------------

    def _amounts(self, name: str) -> Iterator[Alternative]:
        yield from self._reckoned(name)
        money = self.money
        if name in _SUMS:
            for candidate in sorted(money.totals, key=lambda c: -c.score)[: 4 * MOST]:
                yield self._amount(candidate.amount, candidate.check or LABEL)
        for found in {"net": money.net, "vat": money.vat}.get(name, {}).values():
            yield self._amount(found, LABEL)
        rest = [a for found in money.by_row.values() for a in found if (a.cents or a.marked) and a.value > 0]
        for found in sorted(rest, key=lambda a: -a.value)[: 4 * MOST]:
            yield self._amount(found, LARGEST)
        if self.ocr and name in _SUMS:
            yield from self._loose()

    def _reckoned(self, name: str) -> Iterator[Alternative]:
        """What makes net and tax the total, from the other two fields or from amounts with such labels."""
        value = {n: _decimal(self.fields.get(n)) for n in ("net", "vat", "total")}
        net, vat, total = value["net"], value["vat"], value["total"]
        money = self.money
        if name == "total":
            sums = [net + vat] if net is not None and vat is not None else []
            sums += [n + t for n in list(money.net)[:_PAIRS] for t in list(money.vat)[:_PAIRS]]
        elif name == "net" and total is not None:
            sums = [total - tax for tax in (vat, *list(money.vat)[:_PAIRS]) if tax is not None]
        elif name == "vat" and total is not None:
            sums = [total - part for part in (net, *list(money.net)[:_PAIRS]) if part is not None]
        else:
            return
        places: dict[Decimal, Amount] = {}
        for found in money.by_row.values():
            for amount in found:
                places.setdefault(amount.value, amount)
        wanted = [v for v in dict.fromkeys(sums) if v > 0]
        for number in sorted(wanted, key=lambda v: v not in places):  # what stands on the paper first
            if number in places:
                yield self._amount(places[number], SUM_AGREES)
            else:
                yield Alternative(normal(number), "", None, None, SUM_AGREES)

    def _loose(self) -> Iterator[Alternative]:
        for row in self.rows[:_LOOKED_AT]:
            if any(c.isdigit() for c in row.text):
                for amount in loose_amounts_in(row, 0)[:MOST]:
                    yield self._amount(amount, ON_PAPER)

    def _amount(self, amount: Amount, why: str) -> Alternative:
        row = self.rows[amount.row]
        return _of(at(row, amount.start, amount.end, "", normal(amount.value), 1.0, ""), why)

    def _currencies(self) -> Iterator[Alternative]:
        seen = currency_of(list(self.rows))
        if seen is not None:
            code, row = seen
            yield Alternative(code, code, row.page, None, ON_PAPER)
        for code in _CURRENCIES:
            yield Alternative(code, "", None, None, USUAL)

    # -- dates -------------------------------------------------------------------

    def _dates(self, name: str) -> Iterator[Alternative]:
        american, certain = date_order("\n".join(r.text for r in self.rows[:_LOOKED_AT]))
        dates = find_dates(list(self.rows[:_LOOKED_AT]), american, certain)[0][:_DATES]
        mine = self.fields.get(name)
        label = _DATE_LABELS.get(name)
        scored = []
        for order, found in enumerate(dates):
            row = self.rows[found.row]
            place = at(row, found.start, found.end, name, found.value.isoformat(), 1.0, "")
            near = " ".join(label_text(r) for r in self.rows[max(0, found.row - 1) : found.row + 1])
            labelled = label is not None and label.search(near) is not None
            scored.append((not labelled, order, place, LABEL if labelled else ON_PAPER))
            if found.other is not None:
                other = _of(place, OTHER_ORDER, found.other.isoformat())
                here = mine is not None and mine.value[:10] == found.value.isoformat()
                if here:
                    yield other
        for _, _, place, why in sorted(scored, key=lambda s: s[:2]):
            yield _of(place, why)
        for found in dates:
            if found.other is not None:
                place = at(self.rows[found.row], found.start, found.end, name, "", 1.0, "")
                yield _of(place, OTHER_ORDER, found.other.isoformat())

    # -- identifiers -------------------------------------------------------------

    def _tax_numbers(self) -> Iterator[Alternative]:
        yield from self._checked(_TEN, nip_ok, NIP_RIGHT)

    def _checked(
        self, pattern: re.Pattern[str], check: Callable[[str], bool], why: str
    ) -> Iterator[Alternative]:
        """Numbers of the right length whose check digit is right; then those that one digit makes right."""
        wrong: list[FoundField] = []
        for row in self.rows[:_LOOKED_AT]:
            for match in pattern.finditer(row.text[:400]):
                digits = re.sub(r"\D", "", match.group(1))
                found = at(row, match.start(1), match.end(1), "", digits, 1.0, "")
                if check(digits):
                    yield _of(found, why)
                elif len(wrong) < _PAIRS:
                    wrong.append(found)
        for found in wrong:
            for value in _one_digit_off(found.value):
                if check(value):
                    yield _of(found, why, value)

    def _accounts(self) -> Iterator[Alternative]:
        wrong: list[FoundField] = []
        for row in self.rows[:_LOOKED_AT]:
            for iban, start, end, valid in find_ibans(row.text[:400]):
                found = at(row, start, end, "", iban, 1.0, "")
                if valid:
                    yield _of(found, IBAN_RIGHT)
                elif len(wrong) < MOST:
                    wrong.append(found)
        for found in wrong:
            for digits in _one_digit_off(found.value[2:]):
                if iban_ok(found.value[:2] + digits):
                    yield _of(found, IBAN_RIGHT, found.value[:2] + digits)


def _one_digit_off(digits: str) -> Iterator[str]:
    """The number with one digit exchanged for one that readers take for it."""
    for rank in range(4):
        for place, digit in enumerate(digits):
            others = _LOOKALIKE.get(digit, "")
            if rank < len(others):
                yield digits[:place] + others[rank] + digits[place + 1 :]


def _of(found: FoundField, why: str, value: str | None = None) -> Alternative:
    return Alternative(
        found.value if value is None else value, found.raw[:_LONGEST], found.page, found.box, why[:40]
    )


def _decimal(field: FoundField | None) -> Decimal | None:
    try:
        return Decimal(field.value) if field is not None else None
    except InvalidOperation:
        return None
