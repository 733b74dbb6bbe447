"""Amounts under the names a paper itself gives them: subtotal, tax, discount, tip, what is still due.

`net` and `vat` are what adds up to the total, whatever the paper calls them. These are
kept beside them where a paper has them: an American subtotal before shipping is no net,
and what is due differs from the total once something was paid.
"""

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from ingest.fields.amounts import Amount, amounts_in, normal
from ingest.fields.found import FoundField, at
from ingest.fields.labels import label_text, phrases
from ingest.fields.rows import Row

NAMES: Final = ("subtotal", "tax", "discount", "tip", "amount_due", "amount_paid")
_LABELS: Final = {name: phrases("printed." + name) for name in NAMES}
_BETWEEN: Final = re.compile(r"[^a-z]*(?:[a-z]{1,9}[^a-z]*){0,2}")
_PERCENT: Final = re.compile(r"^\s?%")
_CENT: Final = Decimal("0.02")


def find_printed(rows: Sequence[Row], ocr: bool, total: Decimal | None) -> list[FoundField]:
    """The amounts that stand right of such a label, in the label's own row.

    Where a label stands several times (a subtotal under each group of goods), the one that
    goes into the total is meant, else the last. What is due is told only where it is not the total.
    """
    seen: dict[str, list[tuple[Row, Amount]]] = {name: [] for name in NAMES}
    for row in rows[:600]:
        text = label_text(row)
        for name, pattern in _LABELS.items():
            label = pattern.search(text)
            if label is None or text[: label.start()].rpartition("\t")[2].strip(" -+#*."):
                continue  # a label opens its cell
            amount = _beside(row, text, label.end(), ocr)
            if amount is not None:
                seen[name].append((row, amount))
    chosen = {name: hits[-1] for name, hits in seen.items() if hits}
    if total is not None:
        _fit(seen, chosen, total)
        due = chosen.get("amount_due")
        if due is not None and due[1].value == total:
            del chosen["amount_due"]
    return [
        at(row, amount.start, amount.end, name, normal(abs(amount.value)), 0.7, "label")
        for name, (row, amount) in chosen.items()
    ]


def _beside(row: Row, text: str, end: int, ocr: bool) -> Amount | None:
    right = [
        a
        for a in amounts_in(row, ocr)
        if a.start >= end and (a.cents or a.marked) and not _PERCENT.match(text[a.end :])
    ]
    if not right or not _BETWEEN.fullmatch(text[end : right[0].start]):
        return None
    return right[-1] if len(right) == 2 and "%" in text[end : right[-1].start] else right[0]


def _fit(
    seen: dict[str, list[tuple[Row, Amount]]], chosen: dict[str, tuple[Row, Amount]], total: Decimal
) -> None:
    """Of several subtotals and taxes choose those that add up to the total."""
    for before in reversed(seen["subtotal"]):
        for tax in reversed(seen["tax"]):
            if abs(before[1].value + tax[1].value - total) <= _CENT:
                chosen["subtotal"], chosen["tax"] = before, tax
                return
