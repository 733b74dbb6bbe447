"""Fiscal calendars: what is refused, and the years before, within and after them (req 13)."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retention.rules import FiscalCalendar, FiscalCalendarError
from retention.rules.fiscal import end_by_known_end

D = date
CHANGED = [(D(2025, 1, 1), D(2025, 12, 31)), (D(2026, 1, 1), D(2026, 3, 31)), (D(2026, 4, 1), D(2027, 3, 31))]


@pytest.mark.parametrize(
    ("years", "says"),
    [
        ([], "at least one"),
        ([(D(2026, 1, 2), D(2026, 12, 31))], "first day"),
        ([(D(2026, 1, 1), D(2026, 12, 30))], "last day"),
        ([(D(2026, 1, 1), D(2025, 12, 31))], "ends before"),
        ([(D(2026, 1, 1), D(2027, 12, 31))], "more than 23"),
        ([(D(2025, 1, 1), D(2025, 12, 31)), (D(2026, 2, 1), D(2026, 12, 31))], "gap"),
        ([(D(2025, 1, 1), D(2025, 12, 31)), (D(2025, 12, 1), D(2026, 11, 30))], "before the one before it"),
        ([(D(2025, 1, 1), D(2025, 12, 31)), (D(2025, 1, 1), D(2025, 12, 31))], "before the one before it"),
    ],
)
def test_what_makes_no_calendar_is_refused(years: list[tuple[date, date]], says: str) -> None:
    with pytest.raises(FiscalCalendarError, match=says):
        FiscalCalendar.of(years)


@pytest.mark.parametrize(
    ("day", "year"),
    [
        (D(2025, 12, 31), (D(2025, 1, 1), D(2025, 12, 31))),
        (D(2026, 1, 1), (D(2026, 1, 1), D(2026, 3, 31))),
        (D(2026, 3, 31), (D(2026, 1, 1), D(2026, 3, 31))),
        (D(2026, 4, 1), (D(2026, 4, 1), D(2027, 3, 31))),
        (D(2024, 2, 29), (D(2024, 1, 1), D(2024, 12, 31))),
        (D(2028, 2, 29), (D(2027, 4, 1), D(2028, 3, 31))),
        (D(2040, 4, 1), (D(2040, 4, 1), D(2041, 3, 31))),
        (D(1, 1, 1), (D(1, 1, 1), D(1, 12, 31))),
        (D(9999, 12, 31), (D(9999, 4, 1), D(9999, 12, 31))),
    ],
)
def test_years_with_a_short_one(day: date, year: tuple[date, date]) -> None:
    """Req 13: a short year of three months on the way from January to April."""
    assert FiscalCalendar.of(reversed(CHANGED)).year_of(day) == year


def test_23_months_are_a_year_and_data_comes_back() -> None:
    calendar = FiscalCalendar.of([(D(2026, 1, 1), D(2027, 11, 30))])
    assert calendar.end_of(D(2027, 11, 30)) == D(2027, 11, 30)
    assert FiscalCalendar.from_data(calendar.as_data()) == calendar
    for wrong in ([["2026-01-01"]], [["x", "y"]], [[1, 2]]):
        with pytest.raises(FiscalCalendarError):
            FiscalCalendar.from_data(wrong)  # type: ignore[arg-type]
    with pytest.raises(FiscalCalendarError):
        FiscalCalendar.beginning(13)


@given(
    month=st.integers(1, 12),
    lengths=st.lists(st.integers(1, 23), max_size=4),
    day=st.dates(D(1, 1, 1), D(9998, 12, 31)),
)
def test_every_day_lies_in_one_year_and_the_next_begins_after_it(
    month: int, lengths: list[int], day: date
) -> None:
    """Years cover the calendar without gap or overlap, whatever was declared."""
    index, years = 2000 * 12 + month - 1, []
    for length in [12, *lengths]:
        following = index + length
        first = D(index // 12, index % 12 + 1, 1)
        years.append((first, D(following // 12, following % 12 + 1, 1) - timedelta(days=1)))
        index = following
    calendar = FiscalCalendar.of(years)
    start, end = calendar.year_of(day)
    assert start <= day <= end
    assert calendar.year_of(start) == calendar.year_of(end) == (start, end)
    assert calendar.year_of(end + timedelta(days=1))[0] == end + timedelta(days=1)


@given(day=st.dates(D(1, 1, 1), D(9998, 12, 31)), known=st.dates())
def test_years_that_end_like_one_that_is_known(day: date, known: date) -> None:
    end = end_by_known_end(day, known)
    assert day <= end <= day + timedelta(days=366)
    assert end.month == known.month
    assert end_by_known_end(end, known) == end


def test_the_last_fiscal_year_of_the_calendar() -> None:
    with pytest.raises(OverflowError):
        end_by_known_end(D(9999, 5, 1), D(2026, 3, 31))
