"""Dates in the spellings of Polish, English, German, French and Dutch papers."""

import re
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from ingest.classify.words import plain
from ingest.fields.rows import Row

Order = Literal["dmy", "mdy"]

_MONTHS: Final = {
    1: "stycznia styczen january jan januar janvier januari gennaio jaenner janv sty",
    2: "lutego luty february feb februar fevrier februari febbraio fevr lut",
    3: "marca marzec march mar marz maerz mars maart marzo mrz mrt",
    4: "kwietnia kwiecien april apr avril avr aprile kwi",
    5: "maja maj may mai mei maggio",
    6: "czerwca czerwiec june jun juni juin giugno cze",
    7: "lipca lipiec july jul juli juillet juil luglio lip",
    8: "sierpnia sierpien august aug aout augustus agosto sie",
    9: "wrzesnia wrzesien september sep sept septembre settembre wrz",
    10: "pazdziernika pazdziernik october oct oktober okt octobre ottobre paz",
    11: "listopada listopad november nov novembre lis",
    12: "grudnia grudzien december dec dezember dez decembre dicembre gru",
}
_MONTH: Final = {name: number for number, names in _MONTHS.items() for name in names.split()}
_NAMES: Final = "|".join(sorted(_MONTH, key=len, reverse=True))
_SEP: Final = r"\s?[-/.~]\s?"
_PATTERNS: Final = (
    # Not in `03/01/2026 - 03/31/2026`, whose middle looks like one.
    (
        "ymd",
        re.compile(
            rf"(?<!\d)(?<!\d[-/.]\d[-/.])(?<!\d[-/.]\d\d[-/.])((?:19|20)\d\d){_SEP}(\d{{1,2}}){_SEP}(\d{{1,2}})(?!\d)"
        ),
    ),
    (
        "num",
        re.compile(
            rf"(?<![\d.,/-])(\d{{1,2}})({_SEP})(\d{{1,2}}){_SEP}((?:19|20)\d\d|\d\d)(?![\d/]|[.,-]\d)"
        ),
    ),
    (
        "dby",
        re.compile(
            rf"(?<!\d)(\d{{1,2}})(?:\.|st|nd|rd|th|er)?[\s/.,'-]{{0,3}}({_NAMES})\.?[\s/.,'-]{{0,3}}((?:19|20)\d\d|\d\d)(?!\d)"
        ),
    ),
    ("bdy", re.compile(rf"\b({_NAMES})\.?\s?(\d{{1,2}})(?:st|nd|rd|th)?\s?[,.\s]\s?((?:19|20)\d\d)(?!\d)")),
    ("spaced", re.compile(r"(?<!\S)(\d) (\d) ?[-/.] ?(\d) (\d) ?[-/.] ?(2) (0) (\d) (\d)(?!\d)")),
    ("compact", re.compile(r"(?<!\d)(20[0-3]\d)(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(?!\d)")),
)
#: What may be a date where a paper has no other: `27032018` and `27:03/2018`, with strokes lost or misread.
_WEAK: Final = (
    ("num", re.compile(r"(?<![\d.,/-])(\d{1,2})(\s?[-/.:]\s?)(\d{1,2})\s?[-/.:]\s?(20[0-3]\d)(?!\d)")),
    ("num", re.compile(r"(?<!\S)(0[1-9]|[12]\d|3[01])()(0[1-9]|1[0-2])(20[0-3]\d)(?!\S)")),
)
_EARLIEST, _LATEST = 1950, 2045


@dataclass(frozen=True, slots=True)
class FoundDate:
    """A date where it stands. `other` is its second reading where day and month could change places."""

    value: date
    other: date | None
    row: int
    start: int
    end: int
    named: bool  # the month is a word, or the year stands first: nothing to doubt
    timed: bool  # a time of day follows


def _made(year: int, month: int, day: int) -> date | None:
    if year < 100:
        year += 2000 if year < 70 else 1900
    if not _EARLIEST <= year <= _LATEST:
        return None
    try:
        return date(year, month, day)
    except ValueError:
        return None


def raw_dates(row: Row) -> list[tuple[str, re.Match[str]]]:
    """The places in a row that have the form of a date, none overlapping another."""
    text = plain(row.text[:600])
    if not any(c.isdigit() for c in text):
        return []
    taken: list[tuple[int, int]] = []
    out = []
    for kind, pattern in _PATTERNS:
        for match in pattern.finditer(text):
            if any(match.start() < e and s < match.end() for s, e in taken):
                continue
            taken.append((match.start(), match.end()))
            out.append((kind, match))
    return sorted(out, key=lambda item: item[1].start())


def find_dates(rows: list[Row], american: bool, certain: bool = False) -> tuple[list[FoundDate], bool]:
    """All dates of the rows, and whether the order of day and month was settled.

    Numeric dates are read day first, as Europe and Asia write them, unless `american`
    or another date of the same paper proves otherwise (a second number above 12). It is
    settled by such a date, or by a country that writes no other way (`certain`).
    """
    hits: list[tuple[Row, str, re.Match[str]]] = []
    for row in rows:
        hits.extend((row, kind, match) for kind, match in raw_dates(row))
        if len(hits) > 400:
            break
    if not hits and len(rows) > 1:
        hits = _weak(rows)
    days = months = 0
    for _, kind, match in hits:
        if kind == "num" and "." not in match.group(2):
            first, second = int(match.group(1)), int(match.group(3))
            days += first > 12 >= second
            months += second > 12 >= first
    settled = bool(days) != bool(months) or (certain and not (days if american else months))
    order: Order = "mdy" if months > days or (american and not days) else "dmy"
    found = []
    for row, kind, match in hits:
        value, other = _read(kind, match, order)
        if value is None:
            continue
        tail = row.text[match.end() : match.end() + 14]
        timed = bool(re.match(r"\W{0,3}\d{1,2}\s?[:.]\s?\d\d", tail))
        found.append(
            FoundDate(
                value, other, row.index, match.start(), match.end(), kind not in ("num", "spaced"), timed
            )
        )
    return found, settled


def _weak(rows: list[Row]) -> list[tuple[Row, str, re.Match[str]]]:
    return [
        (row, kind, match)
        for row in rows[:400]
        for kind, pattern in _WEAK
        for match in pattern.finditer(row.text[:600])
    ]


def _read(kind: str, match: re.Match[str], order: Order) -> tuple[date | None, date | None]:
    if kind in ("ymd", "compact"):
        return _made(int(match.group(1)), int(match.group(2)), int(match.group(3))), None
    if kind == "dby":
        return _made(int(match.group(3)), _MONTH[match.group(2)], int(match.group(1))), None
    if kind == "bdy":
        return _made(int(match.group(3)), _MONTH[match.group(1)], int(match.group(2))), None
    if kind == "spaced":
        first, second, year = (int("".join(match.groups()[a:b])) for a, b in ((0, 2), (2, 4), (4, 8)))
    else:
        first, second, year = int(match.group(1)), int(match.group(3)), int(match.group(4))
    dmy, mdy = _made(year, second, first), _made(year, first, second)
    if kind == "num" and "." in match.group(2):
        return dmy, None  # dots are a European spelling, or 12.17.26 on a clock
    best, other = (dmy, mdy) if order == "dmy" else (mdy, dmy)
    if best is None:
        return other, None
    return best, other if other != best else None
