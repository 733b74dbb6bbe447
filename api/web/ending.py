"""The picture of when keeping ends: what is over, and the months to come."""

from datetime import date, timedelta
from typing import Any
from urllib.parse import quote, urlencode

from api.web import i18n
from api.web.charts import Column


def ending(
    language: str, today: date, months: int, due: list[dict[str, Any]], over: list[dict[str, Any]]
) -> list[Column]:
    """Records whose keeping has ended, then by the month in which it ends.

    `due` and `over` are the lines of `retention.keeping.due.due_by_month` and `due_before`. Each month
    leads to its records at the search desk.
    """
    counts = dict.fromkeys((month_after(today, ahead) for ahead in range(months)), 0)
    for line in due:
        year, month = line["month"].split("-")
        first = date(int(year), int(month), 1)
        if first in counts:
            counts[first] += line["records"]
    ended = sum(line["records"] for line in over)
    told = [
        Column(
            i18n.translate("over", language),
            i18n.translate("keeping has ended", language),
            ended,
            i18n.say_number(ended, language),
            "/retention",
            "late",
        )
    ]
    for first, count in counts.items():
        long = i18n.say_month(first, language)
        last = month_after(first, 1) - timedelta(days=1)
        look = "now" if (first.year, first.month) == (today.year, today.month) else ""
        query = f"keep:{max(first, today).isoformat()}..{last.isoformat()}"
        href = f"/search?{urlencode({'q': query}, quote_via=quote)}"
        told.append(Column(long[:3], long, count, i18n.say_number(count, language), href, look))
    return told


def month_after(day: date, ahead: int) -> date:
    """The first day of the month so many months later."""
    months = day.year * 12 + day.month - 1 + ahead
    return date(months // 12, months % 12 + 1, 1)
