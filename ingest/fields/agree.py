"""Whether the data inside a paper and what its pages show are the same.

The XML of a Factur-X or ZUGFeRD invoice is what a program books, the page is what a
person approves. Where they differ in what money follows from, somebody must look.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Final

from ingest.classify.words import plain, skeleton
from ingest.fields.amounts import amounts_in
from ingest.fields.dates import find_dates
from ingest.fields.find import find_fields
from ingest.fields.found import FoundField
from ingest.fields.money import collect
from ingest.fields.rows import Row

#: A field found on the page this surely outweighs that the stated value stands elsewhere on it.
_CERTAIN: Final = 0.9
_SUMS: Final = ("total", "amount_due", "amount_paid", "net")
_NUMBERS: Final = ("document_number", "po_number", "contract_number", "corrected_number")
#: Shorter numbers must stand as a word of their own: within other text they are found by accident.
_SHORT: Final = 5
_LEGAL_FORMS: Final = "gmbh mbh ag sa sas sarl sp zoo ltd limited inc llc plc co kg ab bv nv srl spa oy as"
_LEGAL: Final = frozenset([*_LEGAL_FORMS.split(" "), "the", "und", "and", "i"])
_WORD: Final = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Difference:
    """`stated` is the value in the data, `shown` what the page has instead ('' where nothing was found)."""

    field: str
    stated: str
    shown: str


class _Pages:
    """The text of the pages in the forms in which values are looked for."""

    def __init__(self, rows: Sequence[Row], ocr: bool, due: str) -> None:
        self.rows = rows
        self.ocr = ocr
        self.words = {self.folded(w) for row in rows for w in row.text.split()}
        self.parts = {self.folded(w) for row in rows for w in _WORD.findall(row.text)}
        self.run = "".join(self.folded(row.text) for row in rows)
        self.totals = {c.amount.value for c in collect(rows, ocr).totals}
        self.amounts = {abs(a.value) for row in rows for a in amounts_in(row, ocr)}
        self.due = due
        dates, _ = find_dates(list(rows), False)
        self.days = {d.isoformat() for found in dates for d in (found.value, found.other) if d}

    def folded(self, text: str) -> str:
        """Letters and digits only, without case and accents; on a scan also without what OCR mixes up."""
        return "".join(_WORD.findall(skeleton(text) if self.ocr else plain(text)))


def differences(
    rows: Sequence[Row], doc_type: str, ocr: bool, stated: Mapping[str, str]
) -> tuple[Difference, ...]:
    """What the pages contradict of the stated total, number, date and seller.

    A stated value agrees if it stands on the pages, unless the page plainly gives another
    one its label. The page's value is named as it was found, in normal form.
    """
    found = {f.name: f for f in find_fields(rows, doc_type, ocr, {}).fields}
    pages = _Pages(rows, ocr, found["due_date"].value if "due_date" in found else "")
    number = found.get("invoice_number") or found.get("order_number") or found.get("document_number")
    checks = (
        ("total", found.get("total"), _total),
        ("document_number", number, _number),
        ("date", found.get("date"), _date),
        ("vendor", found.get("vendor"), _vendor),
    )
    return tuple(
        Difference(name, stated[name], seen.value if seen else "")
        for name, seen, agrees in checks
        if stated.get(name) and not agrees(pages, stated, seen)
    )


def _decimal(value: str) -> Decimal | None:
    try:
        return abs(Decimal(value))
    except InvalidOperation:
        return None


def _certain(seen: FoundField | None) -> bool:
    return seen is not None and seen.confidence >= _CERTAIN


def _total(pages: _Pages, stated: Mapping[str, str], seen: FoundField | None) -> bool:
    value = _decimal(stated["total"])
    if value is None or value not in pages.amounts:
        return False
    if seen is None or not _certain(seen) or stated["total"].startswith("-"):
        return True  # what looks for totals looks for amounts owed, not for those given back
    shown = _decimal(seen.value)
    if value in pages.totals and shown is not None and value > shown:
        return True  # the finder took a line's sum for it
    own = {_decimal(stated[name]) for name in _SUMS if stated.get(name)}
    return shown in own


def _number(pages: _Pages, stated: Mapping[str, str], seen: FoundField | None) -> bool:
    value = pages.folded(stated["document_number"])
    if not (value in pages.words or value in pages.parts or (len(value) >= _SHORT and value in pages.run)):
        return False
    if seen is None or not _certain(seen):
        return True
    shown = pages.folded(seen.value)
    own = [pages.folded(stated[name]) for name in _NUMBERS if stated.get(name)]
    return any(shown in number or number in shown for number in own)


def _date(pages: _Pages, stated: Mapping[str, str], seen: FoundField | None) -> bool:
    if stated["date"][:10] not in pages.days:
        return False
    # A paper has many dates; only the term of payment is surely not its own.
    return not (seen and _certain(seen) and seen.value[:10] != stated["date"][:10] == pages.due)


def _vendor(pages: _Pages, stated: Mapping[str, str], _: FoundField | None) -> bool:
    """Most words of the name, or the tax number: many a seller's name is only in its logo."""
    tax_number = pages.folded(stated.get("vendor_nip", ""))
    if len(tax_number) >= _SHORT and tax_number in pages.run:
        return True
    words = [pages.folded(w) for w in _WORD.findall(stated["vendor"])]
    words = [w for w in words if w not in _LEGAL] or words
    there = sum(w in pages.parts for w in words)
    return there * 2 > len(words) or pages.folded(stated["vendor"]) in pages.run
