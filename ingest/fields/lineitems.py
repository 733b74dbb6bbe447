"""The lines of an invoice or an order, and the net, tax and gross of each rate.

Lines stand under a row that names the columns, until a sum; on till receipts, which name no
columns, they are what stands over the total and adds up to it. Nothing is claimed of a list
whose columns cannot be told apart.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from ingest.fields.amounts import Amount, amounts_in, normal
from ingest.fields.checks import LINES_ADD_UP, RATES_ADD_UP
from ingest.fields.found import FoundField
from ingest.fields.labels import label_text, phrases
from ingest.fields.rows import Box, Row, cells, union

MOST: Final = 200  # lines told; a longer list is counted no further
_LONGEST: Final = 3900  # characters; a field's text that people type holds 4000
_ROWS: Final = 900  # looked at
_BETWEEN: Final = 40  # rows without a line after which the list is over
_CENT: Final = Decimal("0.02")
_COLUMNS: Final = {
    "quantity": r"ilosc|il|qty|quantity|menge|anz|anzahl|quantite|qte|nombre|aantal|hoeveelheid|hours|qnty",
    "price": r"cena|price|unit price|rate|preis|einzelpreis|vk preis|p u|pu|prix|prijs|cost",
    "amount": r"wartosc|amount|total|value|betrag|gesamt|gesamtpreis|summe|montant|bedrag|netto|brutto|"
    r"zeilenbetrag|line total|amt|kwota|suma|prijs incl",
    "description": r"nazwa|opis|description|item|artikel|bezeichnung|beschreibung|designation|omschrijving|"
    r"product|produkt|usluga|towar|service|services|details|particulars|leistung|libelle|article|title",
}
_HEADS: Final = {
    kind: re.compile(r"(?<![a-z])(?:" + words.replace(" ", r"[\s.-]{1,2}") + r")(?![a-z])")
    for kind, words in _COLUMNS.items()
}
_SUM: Final = tuple(
    phrases(section) for section in ("total.1", "total.2", "money.net", "money.vat", "money.never")
)
_TOTAL: Final = re.compile(
    r"^\W*(?:total|balance|suma|razem|amount due|carried forward|uebertrag|ubertrag)\b"
)
#: What names the columns of a summary by rates.
_TAX_HEADS: Final = re.compile(
    r"(?<![a-z])(?:stawka|rate|netto|net|vat|mwst|ust|tva|btw|tax|gst|brutto|gross|podstawa|grondslag|base)(?![a-z])"
)
_NUMBER: Final = re.compile(r"(?<![\w.,])(\d{1,6}(?:[.,]\d{1,4})?)(?![\w.,%]|\s?%)")
_RATE: Final = re.compile(r"(?<![\d.,])(\d{1,2}(?:[.,]\d{1,2})?)\s?%|(?<![a-z])(zw|np|oo)(?![a-z])")


@dataclass(frozen=True, slots=True)
class Line:
    """`quantity` is None where no column says it; `checked`: it makes the amount with the price."""

    description: str
    quantity: Decimal | None
    amount: Decimal
    checked: bool
    row: Row


@dataclass(frozen=True, slots=True)
class _Head:
    row: Row
    places: dict[str, tuple[float, float]]


def find_lines(
    rows: Sequence[Row], ocr: bool, receipt: bool, sums: Sequence[Decimal]
) -> tuple[FoundField, ...]:
    """`lines`, their number, and `items`, parted by semicolons; checked where they make one of `sums`."""
    found = _under_heads(rows, ocr)
    adds_up = _makes(found, sums)
    if receipt and sums and not adds_up and (proved := _over_total(rows, ocr, sums[0])):
        found, adds_up = proved, True
    if not found:
        return ()
    checked = adds_up or all(line.checked for line in found)
    confidence = 0.95 if adds_up else 0.75 if checked else 0.6
    check = LINES_ADD_UP if adds_up else None
    page, box = found[0].row.page, _around(found)
    told = _joined([_told(line) for line in found])
    number = str(len(found))
    return (
        FoundField("lines", number, number, confidence, page, box, "position", check),
        FoundField("items", told, told, confidence, page, box, "position", check),
    )


def _joined(parts: Sequence[str]) -> str:
    """One text as a person could have typed it, so that it is no correction if left as it is."""
    kept: list[str] = []
    length = 0
    for part in parts:
        length += len(part) + 2
        if length > _LONGEST:
            break
        kept.append(part)
    return "; ".join(kept)


def _makes(found: Sequence[Line], sums: Sequence[Decimal]) -> bool:
    whole = sum((line.amount for line in found), Decimal(0))
    return bool(found) and any(abs(whole - s) <= _CENT for s in sums)


def find_rates(rows: Sequence[Row], ocr: bool, total: Decimal | None) -> FoundField | None:
    """`tax_by_rate`: net, tax and gross of each rate whose row adds up, as `23%: 100.00 + 23.00 = 123.00`."""
    told: dict[str, tuple[Decimal, Row]] = {}
    for row in rows[:_ROWS]:
        rate = _RATE.search(label_text(row))
        if rate is None:
            continue
        values = [a.value for a in amounts_in(row, ocr) if a.cents and a.value >= 0]
        for net, tax, gross in zip(values, values[1:], values[2:], strict=False):
            percent = Decimal((rate.group(1) or "0").replace(",", "."))
            if net <= 0 or abs(net + tax - gross) > _CENT or abs(net * percent / 100 - tax) > _CENT:
                continue
            text = f"{rate.group(1) + '%' if rate.group(1) else rate.group(2)}: {net} + {tax} = {gross}"
            told.setdefault(text, (gross, row))
    rates = {text.partition(":")[0] for text in told}
    if not told or len(rates) < len(told):  # several rows of one rate: lines, and no summary
        return None
    whole = sum((gross for gross, _ in told.values()), Decimal(0))
    adds_up = total is not None and abs(whole - total) <= _CENT
    value = _joined(list(told))
    row = next(iter(told.values()))[1]
    box = union(row.tokens)
    confidence, check = (0.95, RATES_ADD_UP) if adds_up else (0.6, None)
    return FoundField("tax_by_rate", value, value, confidence, row.page, box, "arithmetic", check)


def _under_heads(rows: Sequence[Row], ocr: bool) -> list[Line]:
    found: list[Line] = []
    head: _Head | None = None
    idle = 0
    for row in rows[:_ROWS]:
        named = _head(row)
        if named is not None:
            head, idle = named, 0
            continue
        if head is None:
            continue
        text = label_text(row)
        priced = [a for a in amounts_in(row, ocr) if a.cents or a.marked]
        if priced and _is_sum(text):
            if found:
                head = None  # the list ends; another may begin on the next page
            continue
        if found and not priced and len({m.group()[:2] for m in _TAX_HEADS.finditer(text)}) >= 2:
            head = None  # the summary by rates begins
            continue
        line = _line(row, head, priced)
        idle = 0 if line else idle + 1
        if line is not None:
            found.append(line)
        if idle > _BETWEEN:
            head = None
        if len(found) >= MOST:
            break
    return found


def _is_sum(text: str) -> bool:
    """Whether a row names a sum in front of its amount."""
    for cell in text.split("\t"):
        bare = cell.strip(" -*:")
        if _TOTAL.match(bare) or any((m := p.match(bare)) and m.end() >= len(bare) * 0.5 for p in _SUM):
            return True
    return False


def _head(row: Row) -> _Head | None:
    text = label_text(row)
    if len(row.tokens) < 3 or sum(c.isdigit() for c in text) > 4:
        return None
    places: dict[str, tuple[float, float]] = {}
    for kind, pattern in _HEADS.items():
        matches = list(pattern.finditer(text))
        if matches:
            match = matches[-1] if kind == "amount" else matches[0]
            tokens = row.span(match.start(), match.end())
            places[kind] = (tokens[0].x0, tokens[-1].x1)
    enough = "amount" in places and ("description" in places or len(places) >= 3)
    return _Head(row, places) if enough and len(places) >= 2 and "\t" in row.text else None


def _line(row: Row, head: _Head, priced: Sequence[Amount]) -> Line | None:
    left = head.places["amount"][0] - 0.12
    right = [a for a in priced if (t := row.span(a.start, a.end)) and t[-1].x1 > left]
    if not right:
        return None
    amount = right[-1]
    counted = _quantity(row, head, amount)
    quantity = counted[0] if counted else None
    end = min(priced[0].start, counted[1]) if counted and counted[1] > 3 else priced[0].start
    words = row.text[:end].replace("\t", " ").strip()
    description = re.sub(r"^\d{1,3}[.)]?\s+|[\s$€£|]+$", "", words)
    if not any(c.isalpha() for c in words) and not head.places.get("description"):
        return None
    values = [a.value for a in priced]
    checked = quantity is not None and any(
        abs(quantity * price - value) <= _CENT for price in values for value in values
    )
    if not description and not checked:
        return None
    return Line(description[:120], quantity, amount.value, checked, row)


def _quantity(row: Row, head: _Head, amount: Amount) -> tuple[Decimal, int] | None:
    """The number under the heading for quantities, and where in the row it begins."""
    place = head.places.get("quantity")
    if place is None:
        return None
    best: tuple[float, Decimal, int] | None = None
    for match in _NUMBER.finditer(row.text[: amount.start]):
        tokens = row.span(match.start(1), match.end(1))
        if not tokens or tokens[-1].x1 < place[0] - 0.04 or tokens[0].x0 > place[1] + 0.04:
            continue
        away = abs((tokens[0].x0 + tokens[-1].x1) / 2 - (place[0] + place[1]) / 2)
        if best is None or away < best[0]:
            best = (away, Decimal(match.group(1).replace(",", ".")), match.start(1))
    return best[1:] if best else None


def _over_total(rows: Sequence[Row], ocr: bool, total: Decimal) -> list[Line]:
    """A receipt's lines: the last amount of each row over the total, if together they make it."""
    found: list[Line] = []
    for row in rows[:_ROWS]:
        priced = [a for a in amounts_in(row, ocr) if a.cents]
        if not priced:
            continue
        if _is_sum(label_text(row)):
            if found:
                break
            continue
        words = next((" ".join(t.text for t in c) for c in cells(row)), "")
        found.append(Line(words[:120], None, priced[-1].value, False, row))
        if len(found) >= MOST:
            return []
    return found if _makes(found, [total]) else []


def _told(line: Line) -> str:
    number = "" if line.quantity is None else f"{line.quantity.normalize():f} × "
    description = " ".join(line.description.replace(";", ",").split())
    return f"{number}{description or '–'} = {normal(line.amount)}"


def _around(found: Sequence[Line]) -> Box | None:
    boxes = [union(line.row.tokens) for line in found if line.row.page == found[0].row.page]
    real = [b for b in boxes if b is not None]
    if len(real) != len(boxes):
        return None
    left, top, right, bottom = zip(*real, strict=True)
    return (min(left), min(top), max(right), max(bottom))
