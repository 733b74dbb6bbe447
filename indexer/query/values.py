"""Dates and amounts as typed into a query, as bounds of whole numbers.

A date is 20260331; 2026 and 2026-03 stand for all their days. An amount is in
hundredths; a whole number alone (`total:500`) stands for 500.00 to 500.99, in a
comparison or a range it is exact. A confidence is in ten-thousandths.
"""

import re
from calendar import monthrange
from collections.abc import Callable
from datetime import date
from decimal import Decimal

Bounds = tuple[int | None, int | None]

_YEAR_FIRST = re.compile(r"([1-9]\d{3})(?:[-./](\d{1,2})(?:[-./](\d{1,2}))?)?")
_DAY_FIRST = re.compile(r"(?:(\d{1,2})[-./])?(\d{1,2})[-./]([1-9]\d{3})")
_SOLID = re.compile(r"([1-9]\d{3})(\d\d)(\d\d)")
_YEARS = re.compile(r"([1-9]\d{3})-([1-9]\d{3})")
_SPAN = re.compile(r"([\d.,' \u00a0]+)[-–]([\d.,' \u00a0]+)")
_MONEY = re.compile(r"(?i)zł(?:otych)?|zl|pln|eur|usd|gbp|chf|€|\$|£")
_GROUPED = re.compile(r"\d{1,3}(?:[.,']\d{3})+(?:[.,]\d{1,2})?")
_DECIMAL = re.compile(r"\d{1,14}(?:[.,]\d{1,6})?")
MAX_CENTS = 10**15
_SIGNS = {">=": ">=", "=>": ">=", "≥": ">=", "<=": "<=", "=<": "<=", "≤": "<=", ">": ">", "<": "<", "=": ""}


def day_bounds(text: str) -> Bounds:
    """Bounds of a date, comparison or range. Raises ValueError."""
    years = _YEARS.fullmatch(text)
    if years:
        text = f"{years[1]}..{years[2]}"
    return _bounds(text, _days)


def cents_bounds(text: str) -> Bounds:
    """Bounds of an amount, comparison or range. Raises ValueError."""
    text = _MONEY.sub("", text).strip()
    span = _SPAN.fullmatch(text)
    if span:
        text = f"{span[1]}..{span[2]}"
    if text[:1] not in _SIGNS and ".." not in text:
        cents, whole = _cents(text)
        return cents, cents + 99 if whole and cents >= 0 else cents
    return _bounds(text, lambda part: (_cents(part)[0],) * 2)


def share_bounds(text: str) -> Bounds:
    """Bounds, in ten-thousandths, of a share (0.8) or a percentage (80, 80%). Raises ValueError."""
    return _bounds(text, _shares)


def month(text: str) -> str:
    """A month as the index has it, 2026-03, from 2026-3 or 03.2026. Raises ValueError."""
    first, last = _days(text)
    if first // 100 != last // 100 or first == last:
        raise ValueError(text)
    return f"{first // 10_000}-{first // 100 % 100:02}"


def _bounds(text: str, edges: Callable[[str], tuple[int, int]]) -> Bounds:
    text = text.strip().replace("…", "..")
    if ".." in text:
        low, _, high = text.partition("..")
        low, high = low.strip(), high.strip(". ")
        if not low and not high:
            raise ValueError(text)
        return edges(low)[0] if low else None, edges(high)[1] if high else None
    sign, rest = _split_sign(text)
    first, last = edges(rest)
    match sign:
        case ">=":
            return first, None
        case "<=":
            return None, last
        case ">":
            return last + 1, None
        case "<":
            return None, first - 1
        case _:
            return first, last


def _split_sign(text: str) -> tuple[str, str]:
    for typed, sign in _SIGNS.items():
        if text.startswith(typed):
            return sign, text[len(typed) :]
    return "", text


def _shares(text: str) -> tuple[int, int]:
    plain = text.strip().removesuffix("%").strip().replace(",", ".")
    if not re.fullmatch(r"\d{1,3}(?:\.\d{1,6})?", plain):
        raise ValueError(text)
    value = Decimal(plain)
    parts = int(value * (100 if value > 1 or text.strip().endswith("%") else 10_000))
    if parts > 10_000:
        raise ValueError(text)
    return parts, parts


def _days(text: str) -> tuple[int, int]:
    text = text.strip().removesuffix("r.").removesuffix("r").strip()
    year: str
    month: str | None
    day: str | None
    if match := _YEAR_FIRST.fullmatch(text):
        year, month, day = match[1], match[2], match[3]
    elif match := _DAY_FIRST.fullmatch(text):
        year, month, day = match[3], match[2], match[1]
    elif match := _SOLID.fullmatch(text):
        year, month, day = match[1], match[2], match[3]
    else:
        raise ValueError(text)
    first = date(int(year), int(month or 1), int(day or 1))
    end = int(month or 12)
    last = date(first.year, end, int(day or monthrange(first.year, end)[1]))
    return _number(first), _number(last)


def _number(day: date) -> int:
    return day.year * 10_000 + day.month * 100 + day.day


def _cents(text: str) -> tuple[int, bool]:
    """An amount in hundredths, and whether it was typed without decimals."""
    plain = re.sub(r"[\s\u00a0\u202f]", "", text)
    negative = plain[:1] in ("-", "−")
    plain = plain[1:] if negative else plain
    if _GROUPED.fullmatch(plain):
        tail = re.search(r"[.,](\d{1,2})$", plain)
        whole = plain[: tail.start()] if tail else plain
        plain = re.sub(r"\D", "", whole) + (f".{tail[1]}" if tail else "")
    if not _DECIMAL.fullmatch(plain):
        raise ValueError(text)
    plain = plain.replace(",", ".")
    cents = int(Decimal(plain) * 100)
    if cents > MAX_CENTS:
        raise ValueError(text)
    return -cents if negative else cents, "." not in plain
