"""Reckoning with civil dates: periods, and the ends of months, quarters and years."""

from calendar import monthrange
from collections.abc import Iterable
from datetime import MAXYEAR, date, timedelta

from retention.rules.model import Period, Span

ONE_DAY = timedelta(days=1)


def add(day: date, period: Period) -> date:
    """`day` plus a period. Months and years keep the day of the month where it exists.

    Raises OverflowError beyond the year 9999.
    """
    months = day.year * 12 + day.month - 1 + period.years * 12 + period.months
    year, month = divmod(months, 12)
    if year > MAXYEAR:
        raise OverflowError("beyond the calendar")
    length = monthrange(year, month + 1)[1]
    if day.day > length and period.leap_to_march and day.month == 2:
        moved = date(year, 3, 1)
    else:
        moved = date(year, month + 1, min(day.day, length))
    return moved + timedelta(days=period.days)


def rounded(day: date, rounding: str) -> date:
    """The end of the month, quarter or calendar year in which `day` lies; `day` itself for exact."""
    if rounding == "end_of_calendar_year":
        return date(day.year, 12, 31)
    if rounding == "end_of_quarter":
        month = (day.month - 1) // 3 * 3 + 3
        return date(day.year, month, monthrange(day.year, month)[1])
    if rounding == "end_of_month":
        return date(day.year, day.month, monthrange(day.year, day.month)[1])
    return day


def after(end: date, period: Period) -> date:
    """The last day of a period that begins the day after `end`. Raises OverflowError."""
    return end if period.until_event else add(end + ONE_DAY, period) - ONE_DAY


def merged(spans: Iterable[Span]) -> list[Span]:
    """Spans in order, overlapping and adjoining ones as one; none that ends before it begins."""
    made: list[Span] = []
    for start, end in sorted(spans, key=lambda span: (span[0], span[1] or date.max)):
        if end is not None and end < start:
            continue
        if made and (made[-1][1] is None or (made[-1][1] - start).days >= -1):
            last = made[-1][1]
            made[-1] = (made[-1][0], None if last is None or end is None else max(last, end))
        else:
            made.append((start, end))
    return made


def suspended(base: date, through: date, spans: Iterable[Span]) -> date | None:
    """The end of a period that stood still during spans; None while it stands still without end.

    Only days after `base` up to the end as it moves count. Raises OverflowError.
    """
    for start, end in merged(spans):
        if start > through:
            break
        if end is None:
            return None
        if end > base:
            through += timedelta(days=(end - max(start, base + ONE_DAY)).days + 1)
    return through
