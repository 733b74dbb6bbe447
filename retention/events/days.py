"""Civil days as people and files write them."""

import re
from datetime import date
from typing import Final

from akta.kernel.errors import InvalidError

FIRST_YEAR: Final = 1850
LAST_YEAR: Final = 2299
_SHAPE: Final = re.compile(r"\d{4}-\d{2}-\d{2}")


def parse_day(text: str) -> date:
    """The day of `2024-06-30`. Raises InvalidError for anything else, and for years that make no sense."""
    wanted = text.strip()
    try:
        if not _SHAPE.fullmatch(wanted):
            raise ValueError
        day = date.fromisoformat(wanted)
    except ValueError as error:
        raise InvalidError(f"'{wanted[:40]}' is not a day. Write it like 2024-06-30.") from error
    return check_day(day)


def check_day(day: date) -> date:
    """The day itself. Raises InvalidError for a year in which nothing can have happened."""
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise InvalidError(
            f"The year {day.year} makes no sense here; it must be {FIRST_YEAR} to {LAST_YEAR}."
        )
    return day
