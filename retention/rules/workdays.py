"""Working days: weekends and the public holidays of a country.

The library of holidays is loaded when an end is moved for the first time: it
takes half a second and some 20 MiB, and most rules move nothing.
"""

from datetime import date
from functools import cache
from importlib import import_module
from typing import Any

WEEKEND = "weekend"


def day_off(day: date, country: str) -> str | None:
    """Why nobody works on `day`: the holiday's name, `weekend`, or None for a working day."""
    calendar = _year(country, day.year) if country else None
    if calendar is not None:
        name = calendar.get(day)
        if name and day.weekday() not in calendar.weekend:
            return str(name)
        return WEEKEND if day.weekday() in calendar.weekend else None
    return WEEKEND if day.weekday() >= 5 else None


def has_holidays(country: str) -> bool:
    """Whether the public holidays of a country (ISO 3166, two letters) are known at all."""
    return country in _supported()


def holidays_known(country: str, year: int) -> bool:
    """Whether the public holidays of that year are known; otherwise only weekends are days off."""
    calendar = _year(country, year) if country else None
    return calendar is not None and calendar.start_year <= year <= calendar.end_year


@cache
def _supported() -> frozenset[str]:
    return frozenset(import_module("holidays").list_supported_countries(include_aliases=False))


@cache
def _year(country: str, year: int) -> Any | None:
    if not has_holidays(country):
        return None
    return import_module("holidays").country_holidays(country, years=year, expand=False)
