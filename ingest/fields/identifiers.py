"""Identifiers with check digits: NIP, REGON, PESEL, IBAN."""

import re
from datetime import date
from typing import Final

_NIP: Final = (6, 5, 7, 2, 3, 4, 5, 6, 7)
_REGON9: Final = (8, 9, 2, 3, 4, 5, 6, 7)
_REGON14: Final = (2, 4, 8, 5, 0, 9, 7, 3, 6, 1, 2, 4, 8)
_PESEL: Final = (1, 3, 7, 9, 1, 3, 7, 9, 1, 3)
_IBAN_LENGTH: Final = {
    "PL": 28, "DE": 22, "FR": 27, "NL": 18,
    "GB": 22, "AT": 20, "BE": 16, "CH": 21, "CZ": 24, "SK": 24,
    "IT": 27,
    "ES": 24, "LT": 20, "LV": 21, "EE": 20, "IE": 22, "DK": 18,
    "SE": 24, "NO": 15, "FI": 18, "HU": 28,
    "PT": 25,
    "LU": 20, "RO": 24, "BG": 22, "HR": 21, "SI": 19, "UA": 29,
}  # fmt: skip

#: Numbers a company is registered under, with their label: `(867388-U)`, `Co. Reg: 704427-T`, `JM0725755-U`.
#: To be looked for in text in lower case.
REGISTRATION: Final = re.compile(
    r"[(\[]?\s?(?:(?:roc|ssm|co(?:mpany)?|reg(?:istration)?|brn|uen|abn|krs|regon)[\s.:#]{0,3}"
    r"(?:reg\w*|no|nr)?[\s.:#]{0,4})?"
    r"(?<![a-z0-9])(?:[a-z]{2})?\d{5,12}(?:\s?-\s?[a-z0-9]|[a-z])(?![a-z0-9])\s?[)\]]?"
    r"|^\W*(?:roc|ssm|co(?:mpany)?|reg(?:istration)?)[\s.:#]{0,3}(?:reg\w*|no|nr)?[\s.:#]{0,4}"
    r"\d[\d -]{4,14}[a-z]?\W*$"
)


def _digits(text: str) -> bool:
    """Whether there are but digits 0 to 9: `²` and `٣` are digits, too, for `str.isdigit`."""
    return text.isascii() and text.isdigit()


def _sum(digits: str, weights: tuple[int, ...]) -> int:
    return sum(int(d) * w for d, w in zip(digits, weights, strict=False))


def nip_ok(digits: str) -> bool:
    """Ten digits whose weighted sum modulo 11 is the last (a remainder of 10 is never issued)."""
    return (
        len(digits) == 10
        and _digits(digits)
        and digits != "0" * 10
        and _sum(digits, _NIP) % 11 == int(digits[9])
    )


def regon_ok(digits: str) -> bool:
    """Nine or fourteen digits; a remainder of 10 counts as 0."""
    if not _digits(digits) or len(digits) not in (9, 14) or digits[:9] == "0" * 9:
        return False
    if _sum(digits, _REGON9) % 11 % 10 != int(digits[8]):
        return False
    return len(digits) == 9 or _sum(digits, _REGON14) % 11 % 10 == int(digits[13])


def pesel_ok(digits: str) -> bool:
    """Eleven digits with a check digit and a date of birth that exists (the month carries the century)."""
    if len(digits) != 11 or not _digits(digits) or (10 - _sum(digits, _PESEL) % 10) % 10 != int(digits[10]):
        return False
    year, month, day = int(digits[:2]), int(digits[2:4]), int(digits[4:6])
    century = {0: 1900, 1: 2000, 2: 2100, 3: 2200, 4: 1800}.get(month // 20)
    if century is None:
        return False
    try:
        date(century + year, month % 20, day)
    except ValueError:
        return False
    return True


def pesel_birth(digits: str) -> str:
    """The day of birth in a valid PESEL, ISO 8601."""
    month = int(digits[2:4])
    century = {0: 1900, 1: 2000, 2: 2100, 3: 2200, 4: 1800}[month // 20]
    return date(century + int(digits[:2]), month % 20, int(digits[4:6])).isoformat()


def iban_ok(text: str) -> bool:
    """ISO 13616: the country's length, and modulo 97 of the rearranged number is 1."""
    if not re.fullmatch(r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}", text) or _IBAN_LENGTH.get(
        text[:2], len(text)
    ) != len(text):
        return False
    number = "".join(str(int(c, 36)) for c in text[4:] + text[:4])
    return int(number) % 97 == 1


_NIP_TEXT: Final = re.compile(
    r"(?:NIP(?:\s?UE)?|VAT\s?(?:ID|UE|No|Nr)?|Tax\s?ID)\W{0,4}"
    r"(?:PL\s?)?(\d{3}[- ]?\d{2,3}[- ]?\d{2}[- ]?\d{2,3})(?!\d)",
    re.I,
)
_PL_TEXT: Final = re.compile(r"(?<![A-Z\d])PL\s?(\d{10})(?!\d)")
_REGON_TEXT: Final = re.compile(r"REGON\W{0,4}(\d{9}(?:\d{5})?)(?!\d)", re.I)
_PESEL_TEXT: Final = re.compile(r"(?:PESEL\W{0,12})(\d{11})(?!\d)", re.I)
_PESEL_BARE: Final = re.compile(r"(?<![\d-])(\d{11})(?![\d-])")
_IBAN_TEXT: Final = re.compile(
    r"(?<![A-Z0-9])([A-Z]{2}\s?\d{2}"
    r"(?:[ \u00a0-]?[A-Z0-9]{2,4}){3,8}(?:[ \u00a0-]?[A-Z0-9]{1,3})?)(?![A-Z0-9])"
)
_NRB_TEXT: Final = re.compile(r"(?<!\d)(\d{2}(?:[ \u00a0-]?\d{4}){6})(?!\d)")


def find_nips(text: str) -> list[tuple[str, int, int, bool]]:
    """(digits, start, end, valid) of every NIP a text labels or writes with PL."""
    out: dict[int, tuple[str, int, int, bool]] = {}
    for pattern in (_NIP_TEXT, _PL_TEXT):
        for match in pattern.finditer(text):
            digits = re.sub(r"\D", "", match.group(1))
            if len(digits) == 10:
                out.setdefault(match.start(1), (digits, match.start(1), match.end(1), nip_ok(digits)))
    return [out[k] for k in sorted(out)]


def find_labelled(text: str, kind: str) -> list[tuple[str, int, int, bool]]:
    """(digits, start, end, valid) of REGON or PESEL numbers that stand after their name."""
    pattern, check = (_REGON_TEXT, regon_ok) if kind == "regon" else (_PESEL_TEXT, pesel_ok)
    return [(m.group(1), m.start(1), m.end(1), check(m.group(1))) for m in pattern.finditer(text)]


def find_ibans(text: str) -> list[tuple[str, int, int, bool]]:
    """(IBAN, start, end, valid); a Polish account of 26 digits without PL becomes one if it checks."""
    out = []
    for match in _IBAN_TEXT.finditer(text):
        compact = re.sub(r"[\s\u00a0-]", "", match.group(1))
        length = _IBAN_LENGTH.get(compact[:2])
        if length is None or len(compact) < length:
            continue
        compact = compact[:length]
        out.append((compact, match.start(1), match.end(1), iban_ok(compact)))
    if not out:
        for match in _NRB_TEXT.finditer(text):
            compact = "PL" + re.sub(r"\D", "", match.group(1))
            if iban_ok(compact):
                out.append((compact, match.start(1), match.end(1), True))
    return out
