"""The sums of what came in, by civil day and channel, without a look at each receipt."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from akta.access.principal import operator
from akta.db.engine import Database
from akta.kernel.clock import civil_date
from akta.records import reconciliation
from akta.records.models import Receipt
from akta.records.reconciliation import reconcile
from tests.factories import add_record

WHO = operator("test")


def _receive(database: Database, at: datetime, state: str = "filed", channel: str = "web") -> None:
    with database.write() as session:
        record = add_record(session, state=state, received_at=at)
        session.execute(
            update(Receipt).where(Receipt.record_id == record.id).values(received_at=at, channel=channel)
        )


@pytest.mark.parametrize("zone", ["Europe/Warsaw", "Asia/Kathmandu", "America/St_Johns", "UTC"])
def test_days_end_where_the_zone_says(database: Database, zone: str) -> None:
    begin = datetime(2026, 3, 28, 17, 50, 0, 1, tzinfo=UTC)  # summer time starts in the night after it
    instants = [begin + timedelta(minutes=13 * n) for n in range(200)]
    for n, at in enumerate(instants):
        _receive(database, at, ("filed", "review", "reading")[n % 3], ("web", "api")[n % 2])
    with database.read() as session:
        result = reconcile(session, WHO, instants[-1], zone, everything=True)
        shown = reconcile(session, WHO, instants[-1], zone)
    wanted: dict[tuple[str, str], int] = {}
    for n, at in enumerate(instants):
        key = (civil_date(at, zone).isoformat(), ("web", "api")[n % 2])
        wanted[key] = wanted.get(key, 0) + 1
    assert {key: tally.received for key, tally in result.groups.items()} == wanted
    assert result.groups == shown.groups
    assert list(result.groups) == sorted(wanted, reverse=True)
    assert (result.total.received, result.total.filed, result.total.in_progress) == (200, 67, 66)
    assert result.adds_up


def test_receipts_are_counted_by_the_database(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    at = datetime(2026, 3, 10, 11, 0, tzinfo=UTC)
    for n in range(50):
        _receive(database, at + timedelta(seconds=n))
    with database.write() as session:
        first = session.scalars(select(Receipt).limit(1)).one()
        first.duplicate = True
    looked = 0

    def counting(instant: datetime, zone: str) -> object:
        nonlocal looked
        looked += 1
        return civil_date(instant, zone)

    monkeypatch.setattr(reconciliation, "civil_date", counting)
    with database.read() as session:
        result = reconcile(session, WHO, at, "UTC", everything=True)
    assert (result.counted, result.total.received, result.duplicates) == (50, 50, 1)
    assert looked == 1
