"""Numbers of a worksheet as their cell shows them (ECMA-376 part 1, 18.8.30 and 18.8.31).

Dates and times come out in ISO 8601; other numbers with the digits, signs and units of their format, but
always with a decimal point and without marks between thousands: those differ by the country of whoever
looks, and the same file must read the same everywhere.
"""

import math
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from functools import lru_cache
from typing import Final

_MOST_DECIMALS: Final = 30
_LARGEST: Final = 1e16
_TOKEN: Final = re.compile(
    r'"([^"]*)"|\\(.)|_.|\*.|\[([^\]]*)\]|(?i:(general))|([0#?]+)|(E[+-]?)|(AM/PM|A/P)|([ymdhs]+)|(.)',
    re.DOTALL,
)
_CONDITION: Final = re.compile(r"(<=|>=|<>|=|<|>)\s*(-?\d+(?:\.\d+)?)$")
_CURRENCY: Final = re.compile(r"\$([^-]*)(?:-[0-9A-Fa-f]+)?$")
_ELAPSED: Final = re.compile(r"[hms]+$", re.IGNORECASE)

#: Formats that files name by number only (18.8.30); the other numbers below 50 are dates.
BUILT_IN: Final[dict[int, str]] = {
    0: "General",
    1: "0",
    2: "0.00",
    3: "#,##0",
    4: "#,##0.00",
    5: "#,##0",
    6: "#,##0",
    7: "#,##0.00",
    8: "#,##0.00",
    9: "0%",
    10: "0.00%",
    11: "0.00E+00",
    12: "# ?/?",
    13: "# ??/??",
    18: "h:mm AM/PM",
    19: "h:mm:ss AM/PM",
    20: "h:mm",
    21: "h:mm:ss",
    22: "yyyy-mm-dd h:mm",
    32: "h:mm",
    33: "h:mm:ss",
    37: "#,##0;-#,##0",
    38: "#,##0;-#,##0",
    39: "#,##0.00;-#,##0.00",
    40: "#,##0.00;-#,##0.00",
    45: "mm:ss",
    46: "[h]:mm:ss",
    47: "mm:ss.0",
    48: "##0.0E+0",
    49: "@",
    55: "h:mm",
    56: "h:mm:ss",
    **dict.fromkeys((14, 15, 16, 17, *range(27, 32), 34, 35, 36, *range(50, 55), 57, 58), "yyyy-mm-dd"),
}

#: The day that is number 0; workbooks of old Macintoshes count from 1904.
EPOCH: Final = datetime(1899, 12, 30)  # noqa: DTZ001 - worksheets have no time zones
EPOCH_1904: Final = datetime(1904, 1, 1)  # noqa: DTZ001


@dataclass(frozen=True, slots=True)
class _Section:
    """One part of a format. `tokens` are (kind, text): `digits`, `literal`, `point`, `comma`, `percent`."""

    tokens: tuple[tuple[str, str], ...]
    condition: tuple[str, float] | None
    general: bool
    date: bool
    time: bool
    seconds: bool
    elapsed: bool


def shown(value: float, code: str, epoch: datetime = EPOCH) -> str:
    """A number as a cell with this format code shows it; without a usable code, as it is."""
    if not math.isfinite(value):
        return str(value)
    sections = _sections(code[:300])
    section, left = _chosen(sections, value)
    if section.date or section.time:
        return _moment(value, section, epoch)
    if section.general or not any(kind == "digits" for kind, _ in section.tokens):
        words = "".join(text for kind, text in section.tokens if kind in ("literal", "percent"))
        return plain_number(value) if section.general or not words.strip() else words.strip()
    return _number(left, section)


def plain_number(value: float) -> str:
    """A number without the noise of binary fractions (`0.30000000000000004`)."""
    if value == int(value) and abs(value) < _LARGEST:
        return str(int(value))
    return f"{value:.15g}"


@lru_cache(maxsize=2000)
def _sections(code: str) -> tuple[_Section, ...]:
    parts, start, quoted, at = [], 0, False, 0
    while at < len(code):
        if code[at] == '"':
            quoted = not quoted
        elif code[at] == "\\" and not quoted:
            at += 1
        elif code[at] == ";" and not quoted:
            parts.append(code[start:at])
            start = at + 1
        at += 1
    parts.append(code[start:])
    return tuple(_section(part) for part in parts[:4])


def _section(code: str) -> _Section:
    tokens: list[tuple[str, str]] = []
    condition, general, elapsed = None, False, False
    letters = ""
    for quoted, escaped, bracket, word, digits, power, half, moment, other in _TOKEN.findall(code):
        if quoted or escaped:
            tokens.append(("literal", quoted or escaped))
        elif bracket:
            if found := _CONDITION.match(bracket):
                condition = (found[1], float(found[2]))
            elif currency := _CURRENCY.match(bracket):
                tokens.append(("literal", currency[1]))
            elif _ELAPSED.match(bracket):
                elapsed = True
                letters += bracket.lower()
        elif word:
            general = True
        elif digits:
            tokens.append(("digits", digits))
        elif power:
            general = True
        elif half or moment:
            letters += moment.lower() or "h"
        elif other and other in ".,%":
            tokens.append(({".": "point", ",": "comma", "%": "percent"}[other], other))
        elif other and other in '/"[':
            general = True  # a fraction, the stroke in a date, or what has no end
        elif other not in ("@", ""):
            tokens.append(("literal", other))
    # An m beside hours or seconds means minutes, elsewhere months.
    time = bool(set(letters) & set("hs")) or elapsed
    date = bool(set(letters) & set("yd")) or ("m" in letters and not time)
    return _Section(tuple(tokens), condition, general, date, time, "s" in letters, elapsed)


def _chosen(sections: tuple[_Section, ...], value: float) -> tuple[_Section, float]:
    """The part of the format that holds for the value, and the value as that part is to show it."""
    if any(s.condition for s in sections):
        for section in sections:
            if section.condition is None or _holds(value, *section.condition):
                return section, value
        return sections[-1], value
    if value < 0 and len(sections) > 1:
        return sections[1], -value
    if value == 0 and len(sections) > 2:
        return sections[2], value
    return sections[0], value


def _holds(value: float, sign: str, bound: float) -> bool:
    return {
        "<": value < bound,
        "<=": value <= bound,
        ">": value > bound,
        ">=": value >= bound,
        "=": value == bound,
        "<>": value != bound,
    }[sign]


def _number(value: float, section: _Section) -> str:
    kinds = [kind for kind, _ in section.tokens]
    point = kinds.index("point") if "point" in kinds else len(kinds)
    decimals = "".join(t for k, t in section.tokens[point:] if k == "digits")[:_MOST_DECIMALS]
    # Commas behind the last place divide by a thousand each; others only group.
    thousands = _commas_behind(kinds[:point]) + _commas_behind(kinds[point:])
    try:
        number = Decimal(repr(value)).scaleb(2 * kinds.count("percent") - 3 * thousands)
        rounded = number.quantize(Decimal(1).scaleb(-len(decimals)), ROUND_HALF_UP)
    except InvalidOperation:
        return plain_number(value)
    whole, _, rest = f"{abs(rounded):f}".partition(".")
    before, after = section.tokens[:point], section.tokens[point:]
    text = _whole("" if whole == "0" else whole, before) + _fraction(rest, decimals, after)
    return ("-" if rounded < 0 else "") + text.strip()


def _commas_behind(kinds: list[str]) -> int:
    last = max((n for n, kind in enumerate(kinds) if kind == "digits"), default=len(kinds))
    return kinds[last:].count("comma")


def _whole(digits: str, tokens: tuple[tuple[str, str], ...]) -> str:
    """The digits laid into the places from the right; what does not fit stands before the first place."""
    out: list[str] = []
    first = next((n for n, (kind, _) in enumerate(tokens) if kind == "digits"), None)
    for n in range(len(tokens) - 1, -1, -1):
        kind, text = tokens[n]
        if kind == "digits":
            for place in reversed(text):
                if digits:
                    out.append(digits[-1])
                    digits = digits[:-1]
                elif place == "0":
                    out.append("0")
            if n == first and digits:
                out.append(digits[::-1])
        elif kind in ("literal", "percent"):
            out.append(text[::-1])
    return "".join(out)[::-1]


def _fraction(digits: str, places: str, tokens: tuple[tuple[str, str], ...]) -> str:
    least = len(places.rstrip("#?"))
    kept = digits[:least] + digits[least:].rstrip("0")
    words = "".join(text for kind, text in tokens if kind in ("literal", "percent"))
    return ("." + kept if kept else "") + words


def _moment(value: float, section: _Section, epoch: datetime) -> str:
    if section.elapsed and abs(value) < 1e7:
        seconds = round(abs(value) * 86400)
        sign = "-" if value < 0 else ""
        return f"{sign}{seconds // 3600}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
    try:
        # The first weeks of 1900 are a day off: their calendar has a 29 February.
        early = 1 if epoch == EPOCH and 1 <= value < 60 else 0
        moment = epoch + timedelta(days=early, seconds=round(value * 86400))
    except (OverflowError, ValueError):
        return plain_number(value)
    clock = moment.strftime("%H:%M:%S" if section.seconds or moment.second else "%H:%M")
    if not section.date:
        return clock
    at_midnight = (moment.hour, moment.minute, moment.second) == (0, 0, 0)
    return f"{moment:%Y-%m-%d}" if at_midnight or not section.time else f"{moment:%Y-%m-%d} {clock}"
