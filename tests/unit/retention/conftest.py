"""What tests of keeping share: the shipped plan, and records filed under it."""

from collections.abc import Callable, Iterator

import pytest

from akta.audit.log import AuditLog
from akta.db.engine import Database
from akta.events.bus import bus
from akta.records.events import RecordMoved, RecordUnderstood
from retention.keeping.filing import Keeping
from tests.conftest import SetClock
from tests.factories import add_record

File = Callable[..., str]


@pytest.fixture
def plan(database: Database, audit: AuditLog, clock: SetClock) -> Iterator[Keeping]:
    """Keeping under the shipped plan, listening to records that move."""
    made = Keeping(audit, clock, "Europe/Warsaw", "PL")
    made.load_first_plan(database)
    bus.reset()
    bus.subscribe(RecordMoved, made.on_moved)
    yield made
    bus.reset()


@pytest.fixture
def file(database: Database, plan: Keeping) -> File:
    """Files a record as if it had just been understood; returns its id."""

    def make(**values: object) -> str:
        with database.write() as session:
            record = add_record(session, **values)
            plan.on_understood(session, RecordUnderstood(record.id, "user:clerk"))
            return record.id

    return make
