"""Where the papers of a pile begin, by marks or by the reading itself."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

from ingest.classify.decide import decide
from ingest.fields.find import find_fields
from ingest.fields.rows import Row, rows_of
from ingest.model import TEXT_LAYER, Page, Reading
from ingest.piles.plan import LABEL, SHEET, has_pages

#: Beyond this a pile is only split by marks: looking at each page by itself has its price.
MOST_PAGES: Final = 300
_SURE: Final = 0.75
#: Kinds of paper that rarely have a second page.
_SINGLE: Final = frozenset({"receipt", "payslip", "cash_voucher"})
#: Kinds that carry their own number near the top of their first page.
_TITLED: Final = frozenset(
    {
        *("invoice", "invoice_correction", "proforma_invoice", "cash_voucher", "payment_reminder"),
        *("purchase_order", "order_response", "order_form", "despatch_advice", "receipt_advice"),
        *("waybill", "transport_document", "packing_list", "service_report", "leave_request"),
        *("medical_certificate", "calibration_certificate", "lab_report"),
    }
)
#: ... that is, above this share of the page's height.
_TOP: Final = 0.45
#: What differs between two papers of one kind and hardly ever within one ...
_KEYS: Final = ("date", "vendor", "buyer", "name", "employee", "pesel", "patient", "account", "total")
#: ... if so many of these do: enough to ask, and enough to act.
_TELLING, _PROVING = 2, 3
_NUMBERS: Final = ("invoice_number", "document_number", "order_number")
_COUNTED: Final = re.compile(
    r"\b(?:strona|str\.?|stron|page|pag\.?|p\.)\s*(?:nr\s*)?(\d{1,3})\s*(?:z|/|of|von)\s*(\d{1,3})\b",
    re.IGNORECASE,
)
_GOES_ON: Final = re.compile(
    r"\b(?:ci[aą]g dalszy|c\.\s?d\.|cd\.|przeniesieni[ea]|continued|carried forward|brought forward)",
    re.IGNORECASE,
)

Why = Literal["separators", "labels", "reading"]


@dataclass(frozen=True, slots=True)
class Parts:
    """The papers of a pile: page numbers (from 1) of each. Blank pages and sheets are in none.

    `sure` says whether a person need not be asked.
    """

    pages: tuple[tuple[int, ...], ...]
    why: Why
    sure: bool


@dataclass(frozen=True, slots=True)
class _Facts:
    """What a page says of its paper. `counted` is (number, of how many), `keys` what tells papers apart."""

    counted: tuple[int, int] | None
    goes_on: bool
    doc_type: str
    probability: float
    number: str | None
    total: str | None
    keys: dict[str, str]


def parts_at(pages: Sequence[Page], starts: Sequence[int]) -> tuple[tuple[int, ...], ...]:
    """The parts where papers begin on the pages `starts`; blank ends, sheets and empty parts are left out."""
    firsts = sorted({*starts, 1})
    parts = []
    for first, after in zip(firsts, [*firsts[1:], len(pages) + 1], strict=True):
        part = [p for p in pages if first <= p.number < after and SHEET not in p.marks]
        while part and part[-1].outcome == "blank":
            part.pop()
        while part and part[0].outcome == "blank":
            part.pop(0)
        if part:
            parts.append(tuple(p.number for p in part))
    return tuple(parts)


def propose(reading: Reading) -> Parts | None:
    """The papers in a reading of several pages, or None if it is one."""
    pages = sorted(reading.pages, key=lambda p: p.number)
    if (
        not has_pages(reading.media_type)
        or len(pages) < 2
        or [p.number for p in pages] != list(range(1, len(pages) + 1))
    ):
        return None
    sheets = [p.number for p in pages if SHEET in p.marks]
    if sheets:
        starts = [n + 1 for n in sheets] + _labelled(pages)
        parts = parts_at(pages, [s for s in starts if s <= len(pages)])
        return Parts(parts, "separators", sure=True) if parts else None
    labelled = _labelled(pages)
    if len(labelled) > 1:
        return Parts(parts_at(pages, labelled), "labels", sure=True)
    if len(pages) > MOST_PAGES or reading.structured is not None:
        return None
    return _by_reading(pages, reading)


def _labelled(pages: Sequence[Page]) -> list[int]:
    return [p.number for p in pages if any(m.startswith(LABEL) for m in p.marks)]


def _by_reading(pages: Sequence[Page], reading: Reading) -> Parts | None:
    starts: list[int] = []
    sure = all(p.reader != TEXT_LAYER for p in pages)
    before: _Facts | None = None
    length = 0
    for page in pages:
        if page.outcome != "recognised":
            sure = sure and page.outcome == "blank"
            continue
        facts = _facts(page, reading)
        begins = _begins(before, facts, length)
        if before is None or begins:
            if before is not None:
                starts.append(page.number)
                sure = sure and begins == "surely"
            before, length = facts, 1
        else:
            before, length = _joined(before, facts), length + 1
    if not starts:
        return None
    parts = parts_at(pages, starts)
    return Parts(parts, "reading", sure) if len(parts) > 1 else None


def _begins(before: _Facts | None, now: _Facts, length: int) -> Literal["", "maybe", "surely"]:
    """Whether a page begins another paper than the one before it, of `length` pages so far."""
    if before is None or now.goes_on:
        return ""
    if now.counted is not None:
        if now.counted[0] > 1:
            return ""
        whole = before.counted is not None and before.counted[1] == length
        other = before.number is not None and now.number is not None and before.number != now.number
        return "surely" if whole or other else "maybe"
    if before.counted is not None and length < before.counted[1]:
        return ""
    if min(before.probability, now.probability) < _SURE:
        return ""
    numbers = before.number is not None and now.number is not None and before.number != now.number
    if numbers and now.doc_type in _TITLED:
        return "surely" if now.doc_type == before.doc_type else "maybe"
    differ = _differing(before.keys, now.keys)
    if before.doc_type in _SINGLE and now.doc_type in _SINGLE:
        return "surely" if before.total and now.total and (differ or before.total != now.total) else ""
    if before.doc_type == now.doc_type and differ >= _PROVING:
        return "surely"
    if before.doc_type != now.doc_type or differ >= _TELLING:
        return "maybe"
    return ""


def _differing(one: dict[str, str], other: dict[str, str]) -> int:
    """How many keys that both have do not agree."""
    return sum(one[name] != other[name] for name in one.keys() & other.keys())


def _joined(before: _Facts, page: _Facts) -> _Facts:
    return replace(
        before,
        counted=before.counted or page.counted,
        number=before.number or page.number,
        total=before.total or page.total,
        keys={**page.keys, **before.keys},
    )


def _facts(page: Page, reading: Reading) -> _Facts:
    alone = replace(reading, pages=(page,), children=(), structured=None, total_pages=1)
    rows = rows_of(alone)
    decision = decide(alone, rows)
    doc_type, probability = decision.ranked[0]
    fields = find_fields(rows, doc_type, decision.shape.ocr, {}).fields
    found = {f.name: f.value for f in fields}
    titles = {f.name: f.value for f in fields if f.box is not None and f.box[1] < _TOP}
    return _Facts(
        counted=_counted(rows),
        goes_on=any(_GOES_ON.search(row.text) for row in rows[:6]),
        doc_type=doc_type,
        probability=probability,
        number=next((titles[n] for n in _NUMBERS if titles.get(n)), None),
        total=found.get("total") or found.get("net_pay"),
        keys={name: found[name] for name in _KEYS if found.get(name)},
    )


def _counted(rows: Sequence[Row]) -> tuple[int, int] | None:
    """`Strona 2 z 3` at the head or foot of a page."""
    for row in (*rows[:8], *rows[-8:]):
        match = _COUNTED.search(row.text)
        if match is not None:
            number, of = int(match[1]), int(match[2])
            if 1 <= number <= of:
                return number, of
    return None
