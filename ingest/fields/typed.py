"""Values as people type them, brought into the normal form of their field."""

import re
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Final

from akta.kernel.errors import InvalidError
from akta.records.masking import MASK
from ingest.classify.words import visible
from ingest.fields.dates import find_dates
from ingest.fields.names import FIELDS
from ingest.fields.rows import Row

_SIGNS: Final = {"zł": "PLN", "zl": "PLN", "€": "EUR", "$": "USD", "£": "GBP"}
_MONEY: Final = re.compile(r"(?i)\s*(?:zł|zl|pln|eur|usd|gbp|chf|€|\$|£)\s*")
_GROUPED: Final = re.compile(r"\d{1,3}(?:([ .,'\u00a0\u202f])\d{3})(?:\1\d{3})*(?:[.,]\d{1,4})?")
_PLAIN: Final = re.compile(r"\d+(?:[.,]\d{1,4})?")
_NUMBERS: Final = re.compile(r"(\d{1,2})[-./ ](\d{1,2})[-./ ](\d{4})|(\d{4})[-./](\d{1,2})[-./](\d{1,2})")
_FIRST_YEAR, _LAST_YEAR = 1900, 2199
_LONGEST = 4000
_MOST_DIGITS: Final = 15  # of an amount, before the point


def typed(name: str, given: str) -> str:
    """The value of a field that a person typed, in the normal form of the field's type.

    An empty text stays empty. Raises InvalidError, naming the field and what is expected, for
    a field there is not and for a value that is none: 31.02.2024, `abc` as an amount.
    """
    if name not in FIELDS:
        raise InvalidError(f"There is no field '{name}'.", field=name)
    value = " ".join(visible(given.replace("\x00", "")).split())[:_LONGEST]
    value = "".join(str(int(c)) if c.isdecimal() else c for c in value)  # of any script
    if not value:
        return ""
    if MASK in value or (MASK[0] in value and not any(c.isalnum() for c in value)):
        raise InvalidError("This is the mask of a hidden value. Have it shown, then change it.", field=name)
    match FIELDS[name].type:
        case "date":
            made = _date(value)
            expected = "a date such as 2026-03-31 or 31.03.2026"
        case "amount":
            made = _amount(value)
            expected = "an amount such as 1234.50 or 1 234,50"
        case "integer":
            digits = re.sub(r"[ \u00a0\u202f]", "", value)
            made = str(int(digits)) if re.fullmatch(r"-?\d{1,15}", digits) else None
            expected = "a whole number"
        case "currency":
            code = _SIGNS.get(value.lower(), value.upper())
            made = code if re.fullmatch(r"[A-Z]{3}", code) else None
            expected = "a currency such as PLN or EUR"
        case "identifier":
            return _identifier(name, value)
        case _:
            return value
    if made is None:
        raise InvalidError(f"'{value[:60]}' is not {expected}.", field=name, expected=FIELDS[name].type)
    return made


def _identifier(name: str, value: str) -> str:
    """Tax numbers, PESEL and accounts without what parts their digits, as they are read off a paper."""
    compact = re.sub(r"[\s\-.\u00a0\u202f]", "", value).upper()
    if name.endswith("_nip"):
        return compact.removeprefix("PL") if re.fullmatch(r"PL\d+", compact) else compact
    if name == "pesel":
        return compact
    if name == "bank_account" and re.fullmatch(r"(?:[A-Z]{2})?\d[A-Z0-9]+", compact):
        return f"PL{compact}" if re.fullmatch(r"\d{26}", compact) else compact
    return value


def _date(value: str) -> str | None:
    moment = re.fullmatch(r"(\d{4}-\d\d-\d\d)[T ]\d\d:\d\d.*", value)
    try:
        if moment:
            return datetime.fromisoformat(value).isoformat()
        if re.fullmatch(r"\d{4}-\d\d-\d\d", value):
            return _within(date.fromisoformat(value))
    except ValueError:
        return None
    numbers = _NUMBERS.fullmatch(value)
    if numbers:
        # Day first, always: who means the American order sees the date that appears.
        day, month, year = numbers.group(1, 2, 3) if numbers.group(1) else numbers.group(6, 5, 4)
        try:
            return _within(date(int(year), int(month), int(day)))
        except ValueError:
            return None
    found, _ = find_dates([Row(1, 0, value, (), 0.0, 0.0)], american=False)
    if len(found) != 1 or not found[0].named or found[0].end - found[0].start < len(value.rstrip(". r")):
        return None
    return _within(found[0].value)


def _within(day: date) -> str | None:
    return day.isoformat() if _FIRST_YEAR <= day.year <= _LAST_YEAR else None


def _amount(value: str) -> str | None:
    bare = _MONEY.sub("", value).replace("−", "-")
    negative = bare.startswith("-")
    bare = bare.removeprefix("-").strip()
    if not (_PLAIN.fullmatch(bare) or _GROUPED.fullmatch(bare)):
        return None
    # The last point or comma is the decimal one unless exactly three digits follow and it groups.
    parts = re.split(r"[.,](?=\d{1,2}$|\d{4}$)", bare)
    if len(parts) == 1 and re.fullmatch(r"\d+[.,]\d{3}", bare):
        parts = re.split(r"[.,]", bare) if bare[0] == "0" else parts
    whole = re.sub(r"[^\d]", "", parts[0])
    if len(whole) > _MOST_DIGITS:
        return None
    try:
        number = Decimal(whole + ("." + parts[1] if len(parts) > 1 else ""))
    except InvalidOperation:
        return None
    places = max(2, -int(number.as_tuple().exponent))
    return f"{-number if negative else number:.{places}f}"
