"""Amounts of money and currencies, in the spellings of Polish, English, German and French papers."""

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from ingest.fields.rows import Row

_AMOUNT: Final = re.compile(
    r"(?<![\w.,/:-])(?P<sign>[-−(]\s?)?"
    r"(?P<whole>\d{1,3}(?:(?P<group>[ \u00a0\u202f.,'])\d{3})(?:(?P=group)\d{3})*|\d{1,9})"
    r"(?:(?P<point>\s?[.,]\s?|[.,])(?P<cents>\d{2}|\d(?!\d)))?"
    r"(?P<dash>[.,]-)?(?!\d|[.,/:-]\d|[A-Za-z]+\d|%|\s%)"
)
_OF_LAW: Final = re.compile(r"(?:^|[\s(])(?:art|ust|pkt|poz|§)\.?\s?$|§\s?$", re.I)  # `art. 113 ust. 1`
_SLIPS: Final = str.maketrans("OoQDlI|SsBZz", "000011155822")
_CURRENCY_GLUED: Final = re.compile(
    r"(?<![A-Za-z])(RM|RN|R[MN]|Rs\.?|INR|USD|EUR|PLN|GBP|CHF|CZK|US|MYR|SGD|S|A|C|CA|NZ)?([$€£¥₹]|RM|RN|Rs\.?)(?=\d)"
)

#: Marks by which a currency shows itself, folded to lower case.
_CURRENCIES: Final = (
    ("PLN", re.compile(r"\bpln\b|\bz[łl]\b", re.I)),
    ("EUR", re.compile(r"€|\beur(?:o|os)?\b", re.I)),
    ("GBP", re.compile(r"£|\bgbp\b", re.I)),
    ("MYR", re.compile(r"\bmyr\b|\bRM\s?\d|\(RM\)|\bRM\b|\bsdn\.? bhd\b|\bringgit\b")),
    ("MYR", re.compile(r"\bsdn\.?\s?bhd\b|kuala lumpur|\bselangor\b|\bjohor\b", re.I)),
    ("INR", re.compile(r"₹|\binr\b|\bRs\.?\s?-?\d", re.I)),
    ("CHF", re.compile(r"\bchf\b", re.I)),
    ("CZK", re.compile(r"\bczk\b|\bkč\b", re.I)),
    ("SEK", re.compile(r"\bsek\b", re.I)),
    ("NOK", re.compile(r"\bnok\b", re.I)),
    ("DKK", re.compile(r"\bdkk\b", re.I)),
    ("MAD", re.compile(r"\bmad\b|\d\s?dh\b", re.I)),
    ("SGD", re.compile(r"\bsgd\b|s\$", re.I)),
    ("AUD", re.compile(r"\baud\b|a\$", re.I)),
    ("CAD", re.compile(r"\bcad\b|ca\$|c\$", re.I)),
    ("JPY", re.compile(r"¥|\bjpy\b", re.I)),
    ("USD", re.compile(r"\$|\busd\b", re.I)),
)


@dataclass(frozen=True, slots=True)
class Amount:
    """An amount where it stands: `start:end` are characters of its row's text."""

    value: Decimal
    row: int
    start: int
    end: int
    cents: bool
    marked: bool  # a currency stands beside it


def mend_digits(text: str) -> str:
    """`text` with letters that OCR put for digits turned back; keeps its length.

    Only words made of digits and their look-alikes, at least half of them digits, are touched.
    """

    def mend(match: re.Match[str]) -> str:
        word = match.group()
        digits = sum(c.isdigit() for c in word)
        if digits and digits * 2 >= sum(c.isalnum() for c in word):
            return word.translate(_SLIPS)
        return word

    return re.sub(r"(?<![A-Za-z0-9])[0-9OoQDlI|SsBZz.,]+(?![A-Za-z0-9])", mend, text)


def amounts_in(row: Row, ocr: bool) -> list[Amount]:
    """Every amount of a row, from left to right; dates, percentages and codes are no amounts."""
    if not any(c.isdigit() for c in row.text):
        return []
    text = row.text[:400]
    # A currency glued to its number would hide the number's beginning.
    text = _CURRENCY_GLUED.sub(lambda m: " " * len(m.group()), text)
    if ocr:
        text = mend_digits(text)
    found = []
    for match in _AMOUNT.finditer(text):
        point = match.group("point") or ""
        if point.strip() != point and not ocr:
            continue
        value = _value(match)
        if value is None:
            continue
        before = row.text[max(0, match.start() - 5) : match.start("whole")]
        if match.group("cents") is None and _OF_LAW.search(before):
            continue
        after = row.text[match.end() : match.end() + 5]
        marked = any(pattern.search(before[-4:] + " 1") for _, pattern in _NEAR) if before.strip() else False
        marked = marked or bool(
            re.match(r"\s?(?:zł|zl|pln|eur|€|£|\$|usd|gbp|chf|dh)\b|\s?[€£$]", after, re.I)
        )
        cents = match.group("cents") is not None and len(match.group("cents")) == 2
        found.append(
            Amount(
                value,
                row.index,
                match.start("whole"),
                match.end(),
                cents or bool(match.group("dash")),
                marked,
            )
        )
    return found


_NEAR: Final = tuple(
    (code, re.compile(pattern, re.I))
    for code, pattern in (
        ("*", r"[€£$₹¥]\s*1$"),
        ("*", r"\b(?:rm|rn|rs\.?|pln|eur|usd|gbp|chf|myr|inr)\s*1$"),
    )
)


def _value(match: re.Match[str]) -> Decimal | None:
    whole = re.sub(r"[ \u00a0\u202f.,']", "", match.group("whole"))
    group = match.group("group")
    cents = match.group("cents")
    point = (match.group("point") or "").strip()
    if cents is not None and group and group == point:
        return None  # 1.234.56 is a date or a code
    sign = match.group("sign") or ""
    value = Decimal(f"{whole}.{cents or '0'}")
    return -value if sign.strip() in ("-", "−") else value


def normal(value: Decimal) -> str:
    """An amount in normal form: two decimals and a point."""
    return f"{value:.2f}"


def currency_of(rows: list[Row]) -> tuple[str, Row] | None:
    """The currency that shows most often in the first and last rows, and a row that shows it."""
    counts: dict[str, int] = {}
    seen: dict[str, Row] = {}
    for row in rows[:250] + rows[250:][-60:]:
        for code, pattern in _CURRENCIES:
            hits = len(pattern.findall(row.text))
            if hits:
                counts[code] = counts.get(code, 0) + hits
                seen.setdefault(code, row)
    if not counts:
        return None
    if counts.get("MYR") and counts["MYR"] * 12 >= counts.get("USD", 0):
        counts["MYR"] += counts.get("USD", 0)
    best = max(sorted(counts), key=lambda code: counts[code])
    return best, seen[best]


_LOOSE: Final = re.compile(r"(\d{1,5})\s?[.,]\s?(\d{2})(?!\d)")


def loose_amounts_in(row: Row, start: int) -> list[Amount]:
    """Amounts after `start` though letters stick to them, as bad scans have it: `u39 . 00`."""
    text = mend_digits(row.text)
    return [
        Amount(Decimal(f"{m.group(1)}.{m.group(2)}"), row.index, m.start(), m.end(), True, False)
        for m in _LOOSE.finditer(text, start)
    ]
