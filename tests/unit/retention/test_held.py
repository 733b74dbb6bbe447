"""Req 22: keeping is computed anew under a hold; the database lets nothing weaker through, nothing tries."""

from datetime import date

import pytest

from akta.audit.log import AuditLog
from akta.db.engine import Database
from akta.records.models import Record
from retention.events.recording import cancel_event
from retention.holds.placing import PlaceHold, place_hold, release_hold
from retention.keeping.computing import classes_of
from retention.keeping.deciding import Deriver
from retention.keeping.facts import Known
from retention.keeping.models import DeferredKeeping, LegalEntity
from retention.keeping.naming import add_entity, change_entity
from retention.keeping.recomputing import ask
from retention.rules import Fact
from retention.schedules.fixing import lock_class
from tests.conftest import NOON, principal
from tests.unit.retention.conftest import OFFICER, Desk, File, add_case, add_contract, add_event

BEFORE = [(date(2026, 1, 1), date(2026, 12, 31))]


def _hold(database: Database, audit: AuditLog, record_id: str) -> str:
    with database.write() as session:
        return place_hold(session, audit, OFFICER, PlaceHold("M", "R", (record_id,)), NOON).id


def _entity(database: Database, audit: AuditLog, name: str, *, default: bool) -> str:
    with database.write() as session:
        made: LegalEntity = add_entity(
            session, audit, OFFICER, name=name, nip=None, years=BEFORE, default=default, now=NOON
        )
        return made.id


def _row(database: Database, record_id: str) -> Record:
    with database.read() as session:
        return session.get_one(Record, record_id)


def _waits(database: Database, record_id: str) -> bool:
    with database.read() as session:
        return session.get(DeferredKeeping, record_id) is not None


def test_a_held_record_becomes_nobody_elses_before_the_hold_ends(
    database: Database, audit: AuditLog, file: File, desk: Desk
) -> None:
    first = _entity(database, audit, "Alfa", default=True)
    record_id = file(document_date=date(2026, 3, 1))
    desk.drain()
    assert _row(database, record_id).entity_id == first
    hold = _hold(database, audit, record_id)
    second = _entity(database, audit, "Beta", default=True)
    desk.drain()
    assert _row(database, record_id).entity_id == first
    assert _waits(database, record_id)
    with database.write() as session:
        release_hold(session, audit, OFFICER, hold, "over", NOON)
    desk.drain()
    assert _row(database, record_id).entity_id == second
    assert not _waits(database, record_id)


def test_a_held_record_that_was_nobodys_gets_its_entity_and_longer_keeping(
    database: Database, audit: AuditLog, file: File, desk: Desk
) -> None:
    record_id = file(document_date=date(2026, 3, 1))
    before = desk.through(record_id)
    assert before is not None
    _hold(database, audit, record_id)
    entity = _entity(database, audit, "Alfa", default=True)
    with database.write() as session:  # a fiscal year that ends later
        years = [(date(2026, 1, 1), date(2027, 6, 30))]
        change_entity(session, audit, OFFICER, entity, NOON, years=years)
    desk.drain()
    row = _row(database, record_id)
    assert row.entity_id == entity
    assert row.retain_through is not None
    assert row.retain_through > before


def test_a_day_that_a_locked_class_has_fixed_stays_while_a_hold_covers_the_record(
    database: Database, audit: AuditLog, file: File, desk: Desk
) -> None:
    """Keeping becomes open, which is longer, and would leave no fixed day behind."""
    case = add_case(database, audit)
    record_id = add_contract(database, audit, file, case)
    event = add_event(database, audit, f"case:{case}", date(2027, 1, 1))
    desk.drain()
    with database.write() as session:
        for person in ("author", "approver"):
            lock_class(session, audit, principal("officer", user_id=person), "PL-HR-01", NOON)
        ask(session, "record", record_id, "test", "user:x", NOON)
    desk.drain()
    fixed = _row(database, record_id).locked_through
    assert fixed == date(2037, 12, 31)
    hold = _hold(database, audit, record_id)
    with database.write() as session:
        cancel_event(session, audit, OFFICER, event, "never ended", NOON)
    desk.drain()
    row = _row(database, record_id)
    assert (row.retention_state, row.locked_through) == ("open", fixed)
    assert _waits(database, record_id)
    with database.write() as session:
        release_hold(session, audit, OFFICER, hold, "over", NOON)
    desk.drain()
    row = _row(database, record_id)
    assert (row.retention_state, row.locked_through) == ("open", None)
    assert not _waits(database, record_id)


@pytest.mark.usefixtures("plan")
def test_req_40_another_locked_class_makes_nothing_earlier(database: Database) -> None:
    """Neither the move itself nor any computation after it; facts move the day only within its class."""
    known = Known({"fiscal_year_end": Fact(date(2020, 12, 31), "test")})
    floor = date(2040, 1, 1)
    with database.read() as session:
        cls = classes_of(session, {"PL-ACC-08"})["PL-ACC-08"]
        deriver = Deriver(date(2026, 3, 10), frozenset({"PL-ACC-08"}))
        moved = deriver.derive(cls, known, floor, {"class": "PL-ORD-01", "steps": []})
        again = deriver.derive(cls, known, moved.locked_through, moved.derivation)
        within = deriver.derive(cls, known, floor, {"class": "PL-ACC-08", "steps": []})
    assert (moved.retain_through, moved.locked_through) == (floor, floor)
    assert (again.retain_through, again.locked_through) == (floor, floor)
    assert within.retain_through == within.locked_through == date(2025, 12, 31)
