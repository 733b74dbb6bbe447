"""Bank statements: whose account it is, for which days, and what a checking account holds.

A statement is a letter: the bank's name stands in its head, the holder's above an address.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from ingest.fields.amounts import amounts_in, normal
from ingest.fields.country import date_order
from ingest.fields.dates import find_dates
from ingest.fields.found import SURE, FoundField, at
from ingest.fields.labels import label_text
from ingest.fields.parties import head_names
from ingest.fields.partynames import clean, plausible
from ingest.fields.rows import Row, cells

_HEAD: Final = 25  # rows
_BANK: Final = re.compile(
    r"(?<![a-z])(?:\w*bank\w*|credit union|building society|sparkasse|skok|savings|financial|trust)(?![a-z])"
)
_STREET: Final = re.compile(
    r"^(?:\d{1,5}[a-z]?,?\s+[^\W\d_]|p\.?\s?o\.?\s?box|(?:ul|al|pl|os)\.\s|"
    r"[^\W\d_][\w. -]{3,40}\s\d{1,4}[a-z]?(?:/\d+)?$)",
    re.I,
)
_NAME: Final = re.compile(r"[^\W\d_][\w.,&'’\"-]*(?:\s+[^\W\d_&][\w.,&'’\"-]*|\s+&){1,6}")
_NO_NAME: Final = re.compile(
    r"(?<![a-z])(?:account|statement|page|number|balance|summary|total|date|contact|customer|service|wyciag|"
    r"rachun\w*|strona|saldo|data|okres|konto\w*|klient)(?![a-z])"
)
_PERIOD: Final = re.compile(r"period|za okres|okres|zeitraum|from|od dnia|w dniach")
_CHECKING: Final = re.compile(r"(?<![a-z])(?:total )?checking(?![a-z])")
_NUMBER: Final = re.compile(r"(?<!\d)\d{8,17}(?!\d)")


def find_statement(rows: Sequence[Row], found: Mapping[str, FoundField], ocr: bool) -> dict[str, FoundField]:
    """`holder`, `vendor`, `date_from`, `date_to` and `checking_balance`, as far as they stand there.

    `found` is what labels told: a labelled holder stays.
    """
    out: dict[str, FoundField] = {}
    holder = found.get("holder") or _addressee(rows)
    if holder is not None:
        out["holder"] = holder
    bank = _bank(rows, holder)
    if bank is not None:
        out["vendor"] = bank
    out |= _period(rows)
    balance = _checking(rows, ocr)
    if balance is not None:
        out["checking_balance"] = balance
    return out


def _addressee(rows: Sequence[Row]) -> FoundField | None:
    """The name above the first address that is not the bank's."""
    for row in rows[:_HEAD]:
        under = [c for r in rows[row.index + 1 : row.index + 2] if r.page == row.page for c in cells(r)]
        for cell in cells(row):
            start, end = cell[0].start, cell[-1].start + len(cell[-1].text)
            text = clean(row.text[start:end])
            folded = label_text(row)[start:end]
            if (
                not plausible(text)
                or not _NAME.fullmatch(text)
                or _BANK.search(folded)
                or _NO_NAME.search(folded)
            ):
                continue
            near = (" ".join(t.text for t in c) for c in under if abs(c[0].x0 - cell[0].x0) < 0.03)
            if any(_STREET.search(line) for line in near):
                return at(row, start, end, "holder", text, 0.7, "position")
    return None


def _bank(rows: Sequence[Row], holder: FoundField | None) -> FoundField | None:
    """The likeliest name of the head that says it is a bank's, else one that is not the holder's."""
    names = [n for n in head_names(rows, "vendor", 6) if holder is None or n.value != holder.value]
    banks = [n for n in names if _BANK.search(n.value.lower()) and n.confidence >= SURE]
    return next(iter(banks), next(iter(names), None))


def _period(rows: Sequence[Row]) -> dict[str, FoundField]:
    american, certain = date_order("\n".join(r.text for r in rows[:200]))
    everywhere, settled = find_dates(list(rows[:300]), american, certain)
    for row in rows[:_HEAD]:
        label = _PERIOD.search(label_text(row))
        if label is None:
            continue
        days = [d for d in everywhere if d.row == row.index and d.start >= label.start()]
        if len(days) == 2 and days[0].value <= days[1].value:
            sure = 0.8 if settled or all(d.named or d.other is None for d in days) else 0.7
            return {
                name: at(row, d.start, d.end, name, d.value.isoformat(), sure, "label")
                for name, d in zip(("date_from", "date_to"), days, strict=True)
            }
    return {}


def _checking(rows: Sequence[Row], ocr: bool) -> FoundField | None:
    """What the checking account holds, where several accounts are told of."""
    for row in rows[:80]:
        label = _CHECKING.search(label_text(row))
        if label is None or len(row.text) > 120:
            continue
        sums = [a for a in amounts_in(row, ocr) if a.start >= label.end() and a.cents]
        if len(sums) == 1 and (label.group().startswith("total") or _NUMBER.search(row.text)):
            found = sums[0]
            return at(row, found.start, found.end, "checking_balance", normal(found.value), 0.75, "label")
    return None
