"""Verification finds events and classes that were changed past Akta: req 22."""

from datetime import date

import pytest
from sqlalchemy import select, text

from akta.audit.log import AuditLog
from akta.db.engine import Database
from akta.operations import happened
from akta.records.cases import OpenCase, open_case
from retention.events.importing import import_events
from retention.events.models import BusinessEvent
from retention.events.recording import RecordEvent, cancel_event, correct_event, record_event
from tests.conftest import NOON
from tests.unit.retention.conftest import OFFICER, File

CSV = """\
kind,subject,date,value,key
employment_end,case:employee/1,2024-01-31,,a
tax_due,case:employee/1,2024-02-29,,b
"""


def _told(database: Database, *statements: str) -> list[str]:
    """What verification says while the statements are in force; they are rolled back."""
    said: list[str] = []
    with database.write() as session:
        for statement in statements:
            session.execute(text(statement))
        happened.compare(session, said.append)
        session.rollback()
    return said


def _drop(database: Database) -> None:
    """An administrator takes the triggers away: what they did is to be found all the same."""
    with database.write() as session:
        if database.dialect == "sqlite":
            names = session.scalars(
                text(
                    "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name IN "
                    "('business_events', 'record_classes')"
                )
            ).all()
            for name in names:
                session.execute(text(f"DROP TRIGGER {name}"))
        else:
            for table in ("business_events", "record_classes"):
                session.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))


def test_every_change_of_an_event_past_akta_is_told(database: Database, audit: AuditLog, file: File) -> None:
    record = file(document_date=date(2026, 3, 1))
    with database.write() as session:
        command = RecordEvent("employment_end", "record", record, date(2024, 6, 30))
        moved = record_event(session, audit, OFFICER, command, NOON).id
        command = RecordEvent("tax_due", "record", record, date(2024, 4, 30))
        ended = record_event(session, audit, OFFICER, command, NOON).id
        now = correct_event(
            session, audit, OFFICER, moved, reason="misread", now=NOON, effective=date(2024, 7, 31)
        ).id
        cancel_event(session, audit, OFFICER, ended, "never was", NOON)
        open_case(session, audit, OFFICER, OpenCase("employee", "1", ""), NOON)
        batch = import_events(session, audit, OFFICER, CSV, NOON).batch
        ids = session.scalars(
            select(BusinessEvent.id).where(BusinessEvent.batch == batch).order_by(BusinessEvent.id)
        ).all()
        cancel_event(session, audit, OFFICER, ids[1], "never was", NOON)
    assert _told(database) == []
    _drop(database)
    copied = ", ".join(c.name for c in BusinessEvent.__table__.columns if c.name not in ("id", "key"))
    forged = f"INSERT INTO business_events (id, {copied}) SELECT 'x', {copied} FROM business_events"
    for statement, said in (
        (
            f"UPDATE business_events SET state = 'cancelled' WHERE id = '{now}'",
            "counts no more, but by the log",
        ),
        (f"UPDATE business_events SET state = 'recorded' WHERE id = '{moved}'", "counts, but by the log"),
        (f"UPDATE business_events SET state = 'dismissed' WHERE id = '{now}'", "no such event counts"),
        (
            f"UPDATE business_events SET effective = '1990-01-01' WHERE id = '{now}'",
            "does not say what the log",
        ),
        (f"UPDATE business_events SET value = 'no' WHERE id = '{now}'", "does not say what"),
        (f"UPDATE business_events SET subject_id = '{'0' * 26}' WHERE id = '{now}'", "does not say what"),
        (f"DELETE FROM business_events WHERE id = '{now}'", "no such event counts"),
        (f"{forged} WHERE id = '{now}'", "Event x is not in the log"),
        (f"UPDATE business_events SET effective = '1990-01-01' WHERE id = '{ids[0]}'", f"import {batch}"),
        (f"UPDATE business_events SET state = 'cancelled' WHERE id = '{ids[0]}'", "counts no more"),
        (f"UPDATE business_events SET state = 'recorded' WHERE id = '{ids[1]}'", "counts, but by the log"),
        (f"DELETE FROM business_events WHERE id = '{ids[0]}'", f"import {batch}"),
        (f"{forged} WHERE id = '{ids[0]}'", f"import {batch}"),
    ):
        told = _told(database, statement)
        assert any(said in one for one in told), (statement, told)
    assert _told(database) == []


@pytest.mark.usefixtures("plan")
@pytest.mark.parametrize(
    "details",
    [
        {"classes": ["PL-ACC-08"], "digests": 1, "recorded": "x", "version": "one"},
        {"classes": {"PL-ACC-08": "one"}, "digests": {"PL-ACC-08": []}, "recorded": None, "event": {}},
        {},
    ],
)
def test_an_entry_of_nonsense_is_a_finding_and_stops_nothing(
    database: Database, audit: AuditLog, details: dict[str, object]
) -> None:
    actions = ("recorded", "confirmed", "corrected", "cancelled", "imported")
    with database.write() as session:
        for action in (*(f"event.{a}" for a in actions), "class.versioned", "schedule.published"):
            subject = "class:PL-ACC-08" if action.startswith("class") else "batch:x"
            audit.append(session, at=NOON, actor="x:y", action=action, subject=subject, details=details)
    assert _told(database)


@pytest.mark.usefixtures("plan")
def test_a_rule_that_was_rewritten_past_akta_is_told(database: Database) -> None:
    assert _told(database) == []
    _drop(database)
    name = "version 1 of class PL-ACC-08"
    for statement, said in (
        ("UPDATE record_classes SET rules = '[]' WHERE code = 'PL-ACC-08'", f"The {name} does not say"),
        ("UPDATE record_classes SET domain = 'it' WHERE code = 'PL-ACC-08'", f"The {name} does not say"),
        ("UPDATE record_classes SET digest = 'x' WHERE code = 'PL-ACC-08'", f"The {name} does not say"),
        (
            "UPDATE record_classes SET version = 7 WHERE code = 'PL-ACC-08'",
            "version 7 of class PL-ACC-08 is not",
        ),
        ("DELETE FROM record_classes WHERE code = 'PL-ACC-08'", f"there is {name}, but there is none"),
    ):
        told = _told(database, statement)
        assert any(said in one for one in told), (statement, told)
