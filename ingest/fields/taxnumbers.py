"""Whose tax number it is: the seller's or the buyer's.

Both stand on a trade paper, often side by side and with as many lines above the one as above the
other, so their order says little. A number belongs to the party whose label or name is nearest above
it in its own column, or before it in its line. Where nothing names a party, the first is the issuer's.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from ingest.fields.checks import NIP_RIGHT, NIP_WRONG
from ingest.fields.found import FoundField, at
from ingest.fields.identifiers import find_nips
from ingest.fields.labels import label_text, phrases
from ingest.fields.rows import Row, cells

SELLER, BUYER = "vendor_nip", "buyer_nip"
_LABELS: Final = {SELLER: phrases("party.seller"), BUYER: phrases("party.buyer")}
_OF_LABEL: Final = {
    SELLER: re.compile(r"nip (?:sprzedawcy|wystawcy|dostawcy|zleceniobiorcy|wykonawcy)"),
    BUYER: re.compile(r"nip (?:nabywcy|kupujacego|zamawiajacego|klienta|odbiorcy|zleceniodawcy)"),
}
#: A third one, whose number is neither's: the place of delivery, who pays.
_OTHERS: Final = re.compile(
    r"(?<![a-z])(?:odbiorca|platnik|nadawca|przewoznik|posrednik|ship to|deliver to|consignee|carrier)"
    r"(?![a-z])"
)
_OTHER: Final = "other"
_ROWS: Final = 400
_FAR: Final = 14  # rows; a label further above says nothing
_BESIDE: Final = 6  # rows that another column counts for
_COLUMN: Final = 0.1  # of the page's width
_ANCHORS: Final = 200
_NUMBERS: Final = 40
_SURE, _LIKELY, _WRONG = 0.95, 0.7, 0.4


@dataclass(frozen=True, slots=True)
class _Anchor:
    """A label or a name of a party, and the cell it stands in."""

    owner: str
    row: Row
    start: int
    cell: tuple[float, float]
    named: bool  # by a name that was found, not by a label


@dataclass(frozen=True, slots=True)
class _Number:
    digits: str
    valid: bool
    row: Row
    start: int
    end: int
    cell: tuple[float, float]


def find_tax_numbers(
    rows: Sequence[Row],
    parties: Mapping[str, FoundField],
    first: str = SELLER,
    labels: Mapping[str, re.Pattern[str]] | None = None,
) -> list[FoundField]:
    """`vendor_nip` and `buyer_nip`, as far as they stand on the paper; never one number for both.

    `parties` are the fields found so far: the names of `vendor` and `buyer` are looked for, too. `first`
    is whose number the first one is where nothing says it (the buyer's on an order). `labels` are
    other words for the seller and the buyer. Valid numbers go before wrong ones.
    """
    numbers = _numbers(rows)
    if not numbers:
        return []
    anchors = _anchors(rows, parties, labels or _LABELS)
    # What stands before a number in its cell says most: `NIP nabywcy: …`.
    claims: list[tuple[float, int, str, float]] = []
    for place, number in enumerate(numbers):
        before = label_text(number.row)[: number.start].split("\t")[-1]
        owner = next((o for o, pattern in _OF_LABEL.items() if pattern.search(before)), None)
        if owner is not None:
            claims.append((-1.0, place, owner, _SURE))
            continue
        near = sorted((cost, a.owner) for a in anchors if (cost := _cost(number, a)) is not None)
        if near:
            claims.append((near[0][0], place, near[0][1], _SURE))
    return _chosen(numbers, claims, first)


def _chosen(
    numbers: Sequence[_Number], claims: Sequence[tuple[float, int, str, float]], first: str
) -> list[FoundField]:
    out: dict[str, FoundField] = {}
    used: set[str] = set()
    for _, place, owner, confidence in sorted(claims, key=lambda c: (not numbers[c[1]].valid, c[0], c[1])):
        number = numbers[place]
        if owner == _OTHER:
            used.add(number.digits) if owner not in out else None
        elif owner not in out and number.digits not in used:
            out[owner] = _field(number, owner, confidence)
            used.add(number.digits)
    claimed = {place for _, place, _, _ in claims}
    second = BUYER if first == SELLER else SELLER
    for place, number in enumerate(numbers):
        if place in claimed or number.digits in used:
            continue
        owner = next((o for o in (first, second) if o not in out), "")
        if owner:
            alone = len({n.digits for n in numbers}) == 1
            out[owner] = _field(number, owner, _SURE if alone or owner == first else _LIKELY)
            used.add(number.digits)
    return [out[name] for name in (SELLER, BUYER) if name in out]


def _field(number: _Number, name: str, confidence: float) -> FoundField:
    check = NIP_RIGHT if number.valid else NIP_WRONG
    likely = confidence if number.valid else _WRONG
    return at(number.row, number.start, number.end, name, number.digits, likely, "pattern", check)


def _numbers(rows: Sequence[Row]) -> list[_Number]:
    out: list[_Number] = []
    for row in rows[:_ROWS]:
        for digits, start, end, valid in find_nips(row.text):
            out.append(_Number(digits, valid, row, start, end, _cell(row, start)))
            if len(out) >= _NUMBERS:
                return out
    return out


def _cell(row: Row, start: int) -> tuple[float, float]:
    for cell in cells(row):
        if cell[0].start <= start < cell[-1].start + len(cell[-1].text):
            return cell[0].x0, cell[-1].x1
    return 0.0, 1.0


def _anchors(
    rows: Sequence[Row], parties: Mapping[str, FoundField], labels: Mapping[str, re.Pattern[str]]
) -> list[_Anchor]:
    out: list[_Anchor] = []
    patterns: Iterable[tuple[str, re.Pattern[str]]] = (*labels.items(), (_OTHER, _OTHERS))
    patterns = tuple(patterns)
    names = {
        owner: parties[party].raw.split("\n")[0].strip()
        for owner, party in ((SELLER, "vendor"), (BUYER, "buyer"))
        if party in parties
    }
    for row in rows[:_ROWS]:
        text = label_text(row)
        for owner, pattern in patterns:
            for match in pattern.finditer(text):
                begins = text.rfind("\t", 0, match.start()) + 1
                lead = text[begins : match.start()].strip(" (*0123456789.")
                if len(lead) > 18 and not lead.endswith((",", ";", ":", ".")):
                    continue  # a word of a sentence
                out.append(_Anchor(owner, row, match.start(), _cell(row, match.start()), False))
        shown = row.text.replace("\t", " ")
        for owner, name in names.items():
            place = shown.find(name) if len(name) > 3 else -1
            if place >= 0:
                out.append(_Anchor(owner, row, place, _cell(row, place), True))
        if len(out) > _ANCHORS:
            break
    if all(a.named or a.owner != BUYER for a in out):  # who gets the goods is the buyer if no other is named
        out = [replace(a, owner=BUYER) if a.owner == _OTHER else a for a in out]
    return out


def _cost(number: _Number, anchor: _Anchor) -> float | None:
    """How far a number stands from what names its party, in rows; None where it cannot be its."""
    if anchor.row.page != number.row.page:
        return None
    down = number.row.index - anchor.row.index
    if down < 0 or down > _FAR or (down == 0 and anchor.start > number.start):
        return None
    if down == 0:
        same = number.row.text.find("\t", anchor.start, number.start) < 0
        return (number.start - anchor.start) / 1000 if same else 0.5
    aligned = abs(number.cell[0] - anchor.cell[0]) <= _COLUMN
    overlap = min(number.cell[1], anchor.cell[1]) - max(number.cell[0], anchor.cell[0])
    if aligned:
        return float(down)
    return down + (2.0 if overlap > 0 else float(_BESIDE))
