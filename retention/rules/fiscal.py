"""The fiscal calendar of a legal entity.

A fiscal year is made of whole months and is twelve of them long, except the first
one and the one after a change of the calendar, which may have up to 23.
"""

from bisect import bisect_right
from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import MAXYEAR, date, timedelta

from akta.kernel.errors import InvalidError

_ONE_DAY = timedelta(days=1)
LONGEST = 23


class FiscalCalendarError(InvalidError):
    """The fiscal years do not make a calendar; the message names the first that is wrong."""

    code = "fiscal_calendar_invalid"


@dataclass(frozen=True, slots=True)
class FiscalCalendar:
    """Fiscal years one after the other, each with its first and last day.

    Years before the first and after the last one are twelve months long and join on
    to them. Raises FiscalCalendarError if a year does not begin with a month, does not
    end with one, has more than 23 months, or does not begin the day after the one before.
    """

    years: tuple[tuple[date, date], ...]

    def __post_init__(self) -> None:
        if not self.years:
            raise FiscalCalendarError("A fiscal calendar needs at least one year.")
        before: date | None = None
        for start, end in self.years:
            named = f"{start.isoformat()} to {end.isoformat()}"
            if start.day != 1:
                raise FiscalCalendarError(f"The fiscal year {named} does not begin with a month's first day.")
            if end.day != monthrange(end.year, end.month)[1]:
                raise FiscalCalendarError(f"The fiscal year {named} does not end with a month's last day.")
            if end < start:
                raise FiscalCalendarError(f"The fiscal year {named} ends before it begins.")
            if _index(end) - _index(start) + 1 > LONGEST:
                raise FiscalCalendarError(f"The fiscal year {named} has more than {LONGEST} months.")
            if before is not None and start != before + _ONE_DAY:
                if start <= before:
                    raise FiscalCalendarError(
                        f"The fiscal year {named} begins before the one before it ends."
                    )
                raise FiscalCalendarError(f"The fiscal year {named} leaves a gap before it.")
            before = end if end < date.max else None
            if before is None and (start, end) != self.years[-1]:
                raise FiscalCalendarError(f"No fiscal year can follow {named}.")

    @classmethod
    def of(cls, years: Iterable[tuple[date, date]]) -> "FiscalCalendar":
        """A calendar of years in any order."""
        return cls(tuple(sorted(years)))

    @classmethod
    def beginning(cls, month: int, year: int = 2000) -> "FiscalCalendar":
        """A calendar whose years have always begun with the same month (1 to 12)."""
        if not 1 <= month <= 12:
            raise FiscalCalendarError("A fiscal year begins with a month from 1 to 12.")
        first = _index(date(year, month, 1))
        return cls(((_first(first), _last(first + 11)),))

    def year_of(self, day: date) -> tuple[date, date]:
        """First and last day of the fiscal year in which `day` lies, within the years 1 to 9999."""
        first, last = self.years[0], self.years[-1]
        if day < first[0]:
            end = _index(first[0]) - 1
            end -= (end - _index(day)) // 12 * 12
            return _first(end - 11), _last(end)
        if day > last[1]:
            start = _index(last[1]) + 1
            start += (_index(day) - start) // 12 * 12
            return _first(start), _last(start + 11)
        return self.years[bisect_right(self.years, day, key=lambda year: year[0]) - 1]

    def end_of(self, day: date) -> date:
        """The last day of the fiscal year in which `day` lies."""
        return self.year_of(day)[1]

    def as_data(self) -> list[list[str]]:
        """The years as plain data."""
        return [[start.isoformat(), end.isoformat()] for start, end in self.years]

    @classmethod
    def from_data(cls, data: Iterable[Iterable[str]]) -> "FiscalCalendar":
        """The calendar of plain data. Raises FiscalCalendarError."""
        years = []
        for item in data:
            try:
                start, end = (date.fromisoformat(text) for text in item)
            except (TypeError, ValueError) as error:
                raise FiscalCalendarError(
                    f"A fiscal year is two days like 2026-01-01 and 2026-12-31, not {item}."
                ) from error
            years.append((start, end))
        return cls.of(years)


def end_by_known_end(day: date, known: date) -> date:
    """The end of the fiscal year in which `day` lies, if `known` is the last day of some fiscal year.

    Fiscal years of twelve months are taken to repeat before and after it.
    """
    last_of_month = known.day == monthrange(known.year, known.month)[1]

    def end(year: int) -> date:
        length = monthrange(year, known.month)[1]
        return date(year, known.month, length if last_of_month else min(known.day, length))

    here = end(day.year)
    if here >= day:
        return here
    if day.year == MAXYEAR:
        raise OverflowError  # that year would end after the calendar
    return end(day.year + 1)


def _index(day: date) -> int:
    return day.year * 12 + day.month - 1


def _first(index: int) -> date:
    return date(index // 12, index % 12 + 1, 1) if index >= 12 else date.min


def _last(index: int) -> date:
    year, month = divmod(index, 12)
    if year > MAXYEAR:
        return date.max
    return date(year, month + 1, monthrange(year, month + 1)[1])
