"""The clock, as something that can be handed in.

Instants are aware and in UTC. Civil dates (retention, due dates) are computed
from instants by IANA zone and never by the server's local time.
"""

from datetime import UTC, date, datetime, time
from typing import Protocol
from zoneinfo import ZoneInfo


class Clock(Protocol):
    """Tells the present instant, aware, in UTC."""

    def now(self) -> datetime: ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)


def civil_date(instant: datetime, zone: str) -> date:
    """The calendar day on which `instant` falls in the IANA zone `zone`."""
    if instant.tzinfo is None:
        raise ValueError("an instant must carry its time zone")
    return instant.astimezone(ZoneInfo(zone)).date()


def day_start(instant: datetime, zone: str) -> datetime:
    """The first instant of the calendar day on which `instant` falls in the zone."""
    return datetime.combine(civil_date(instant, zone), time(), ZoneInfo(zone)).astimezone(UTC)
