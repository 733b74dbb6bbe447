"""Holds, destruction, and the guards in the database behind the code."""

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from akta.access.principal import system
from akta.audit.log import AuditLog
from akta.db.engine import Database
from akta.events.models import Job
from akta.kernel.errors import NotFoundError, StaleError
from akta.kernel.ids import new_id
from akta.records.destruction import destroy
from akta.records.guard import HeldError, lock_for_change
from akta.records.models import Field, Hold, HoldItem, Receipt, Record, Version
from tests.conftest import NOON
from tests.factories import add_record

WHO = system("test")


def _hold(database: Database, record_id: str) -> str:
    with database.write() as session:
        hold = Hold(id=new_id(), matter="M", reason="R", authority="", placed_by="x", placed_at=NOON)
        session.add(hold)
        session.flush()
        session.add(HoldItem(hold_id=hold.id, record_id=record_id, added_at=NOON, active=True))
        session.get_one(Record, record_id).held = True
        return hold.id


def _record(database: Database) -> str:
    with database.write() as session:
        record = add_record(session)
        session.add(
            Field(id=new_id(), record_id=record.id, name="vendor", value="Orlen", confidence=1, reader="x")
        )
        return record.id


def test_destroyed_record_leaves_a_stub_without_content(database: Database, audit: AuditLog) -> None:
    record_id = _record(database)
    with database.write() as session:
        destroy(session, audit, WHO, record_id, now=NOON, authority={"rule": "X"})
    with database.read() as session:
        record = session.get_one(Record, record_id)
        assert (record.state, record.title, record.file_name) == ("destroyed", "", "")
        assert record.sha256
        assert session.scalar(select(func.count()).select_from(Version)) == 0
        assert session.scalar(select(func.count()).select_from(Field)) == 0
        assert session.scalars(select(Receipt.file_name)).all() == [""]
        assert "records.delete_blobs" in session.scalars(select(Job.kind)).all()
    with pytest.raises(NotFoundError), database.write() as session:
        destroy(session, audit, WHO, record_id, now=NOON, authority={})


def test_held_record_is_neither_changed_nor_destroyed(database: Database, audit: AuditLog) -> None:
    record_id = _record(database)
    _hold(database, record_id)
    with pytest.raises(HeldError), database.write() as session:
        destroy(session, audit, WHO, record_id, now=NOON, authority={})
    with pytest.raises(HeldError), database.write() as session:
        lock_for_change(session, record_id)
    with database.read() as session:
        assert session.get_one(Record, record_id).state == "filed"


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM versions",
        "UPDATE records SET state = 'destroyed'",
        "UPDATE records SET sha256 = 'x'",
        "DELETE FROM hold_items",
    ],
)
def test_sql_against_a_held_record_is_refused(database: Database, statement: str) -> None:
    _hold(database, _record(database))
    with pytest.raises(DBAPIError), database.write() as session:
        session.execute(text(statement))


def test_a_version_never_changes(database: Database) -> None:
    _record(database)
    with pytest.raises(DBAPIError, match="never changes"), database.write() as session:
        session.execute(text("UPDATE versions SET sha256 = 'x'"))


def test_stale_change_is_refused(database: Database) -> None:
    record_id = _record(database)
    with database.write() as session:
        assert lock_for_change(session, record_id, expected_version=1)
    with pytest.raises(StaleError), database.write() as session:
        lock_for_change(session, record_id, expected_version=7)
