"""Verifying: a busy archive gives no false alarm, and what was tampered with does."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import delete, event, text, update
from sqlalchemy.orm import Session

from akta.access.principal import operator
from akta.bootstrap import App
from akta.db.base import Base
from akta.operations.verify import verify_archive
from akta.records.blobs import delete_unreferenced
from akta.records.destruction import destroy as destroy_record
from akta.records.guard import changed
from akta.records.models import Receipt, Record, Version
from akta.storage.port import Blob
from akta.worker.celery_app import make_runner
from ingest.filing import file_record
from ingest.intake import Arrival, receive

WHO = operator("test")

KINDS = pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgresql", marks=pytest.mark.servers)])


@pytest.fixture
def archive(make_app: Callable[..., App], request: pytest.FixtureRequest) -> Callable[[str], App]:
    def make(kind: str) -> App:
        if kind == "sqlite":
            return make_app()
        return make_app(database_url=request.getfixturevalue("migrated_postgresql_url"))

    return make


def take(app: App, data: bytes) -> str:
    blob = app.store.put([data])
    with app.database.write() as session:
        now = datetime.now(UTC)
        return receive(session, app.audit, app.store, WHO, Arrival(blob, "a.txt", "test"), now).record_id


def file(app: App, record_id: str) -> None:
    with app.database.write() as session:
        file_record(session, app.audit, session.get_one(Record, record_id), "test:1", app.clock)


def destroy(app: App, record_id: str) -> None:
    """What destruction does to rows, log and blob; who may do it is another matter."""
    with app.database.write() as session:
        record = session.get_one(Record, record_id)
        session.execute(delete(Version).where(Version.record_id == record_id))
        record.state = "destroyed"
        app.audit.append(
            session,
            at=datetime.now(UTC),
            actor="test:1",
            action="record.destroyed",
            subject=f"record:{record_id}",
            details={"sha256": record.sha256},
        )
        changed(session, record)
    with app.database.write() as session:
        delete_unreferenced(session, app.store, [record.sha256])


def settle(app: App) -> None:
    runner = make_runner(app)
    while runner.run_next("test:1:1"):
        pass


def problems(app: App) -> list[str]:
    return [problem for check in verify_archive(app).checks for problem in check.problems]


@KINDS
def test_a_busy_archive_gives_no_false_alarm(
    kind: str, archive: Callable[[str], App], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Papers come, are filed and destroyed, and the log is anchored, after each statement of the verifier."""
    app = archive(kind)
    other = App(app.settings).wire()
    doomed = [take(app, b"doomed %d" % number) for number in range(3)]
    settle(app)
    assert problems(app) == []
    count, busy = 0, False

    def meanwhile(*_: Any) -> None:
        nonlocal count, busy
        if busy or count >= 25:
            return
        busy, count = True, count + 1
        file(other, take(other, b"paper %d" % count))
        other.index.catch_up()
        with other.database.write() as session:
            other.audit.anchor(session, other.anchors, datetime.now(UTC))
        busy = False

    names = app.store.names

    def while_listing() -> Iterator[Blob]:
        destroy(other, doomed[0])
        listed = names()
        yield next(listed)
        destroy(other, doomed[1])
        yield from listed

    event.listen(app.database.engine, "after_cursor_execute", meanwhile)
    monkeypatch.setattr(app.store, "names", while_listing)
    try:
        assert problems(app) == []
    finally:
        event.remove(app.database.engine, "after_cursor_execute", meanwhile)
        other.close()
    assert count == 25


def tamper(app: App, *statements: Any) -> None:
    """Change rows past the guards, as somebody with the database's password can."""
    with app.database.write() as session:
        if app.database.dialect == "sqlite":
            for (name,) in session.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")):
                session.execute(text(f"DROP TRIGGER {name}"))
            session.execute(text("PRAGMA defer_foreign_keys = ON"))
        else:
            session.execute(text("SET LOCAL session_replication_role = replica"))
        for statement in statements:
            session.execute(statement)


def _all_rows_of(record_id: str) -> list[Any]:
    found = []
    for table in reversed(Base.metadata.sorted_tables):
        if "record_id" in table.c:
            found.append(table.delete().where(table.c.record_id == record_id))
    return [*found, delete(Record).where(Record.id == record_id)]


@KINDS
def test_rows_and_log_are_compared(kind: str, archive: Callable[[str], App]) -> None:
    app = archive(kind)
    ids = [take(app, b"paper %d" % number) for number in range(8)]
    for record_id in (ids[0], ids[1]):
        file(app, record_id)
    destroy(app, ids[1])
    app.index.rebuild()
    assert problems(app) == []
    wrong = "f" * 64
    tamper(
        app,
        *_all_rows_of(ids[2]),
        delete(Receipt).where(Receipt.record_id == ids[0]),
        update(Record).where(Record.id == ids[3]).values(state="filed"),
        update(Record).where(Record.id == ids[4]).values(sha256=wrong),
        update(Record).where(Record.id == ids[1]).values(state="filed"),
        update(Record).where(Record.id == ids[5]).values(state="destroyed"),
        update(Receipt).where(Receipt.record_id == ids[6]).values(sha256=wrong),
        update(Receipt).where(Receipt.record_id == ids[7]).values(record_id=ids[6]),
    )
    told = problems(app)

    def said(record_id: str, *words: str) -> bool:
        return any(record_id in problem and all(word in problem for word in words) for problem in told)

    assert said(ids[0], "receipt", "log"), told
    assert said(ids[2], "received", "no such record"), told
    assert said(ids[3], "filed", "log"), told
    assert said(ids[4], "first version"), told
    assert said(ids[1], "destroyed", "filed"), told
    assert said(ids[5], "destroyed", "log"), told
    assert said(ids[6], "other bytes"), told
    assert said(ids[7], "another record"), told


def test_a_record_and_a_receipt_that_the_log_does_not_know(app: App) -> None:
    first = take(app, b"first")
    with app.database.write() as session:
        session.add(_copy(session, first))
    told = problems(app)
    assert any("0" * 26 in problem and "received" in problem for problem in told), told
    assert any("1" * 26 in problem and "log" in problem for problem in told), told


def _copy(session: Session, record_id: str) -> Receipt:
    record = session.get_one(Record, record_id)
    values = {column.name: getattr(record, column.name) for column in Record.__table__.columns}
    session.add(Record(**{**values, "id": "0" * 26}))
    session.flush()
    return Receipt(
        id="1" * 26,
        record_id="0" * 26,
        channel="test",
        actor="test:1",
        file_name="a.txt",
        sha256=record.sha256,
        size=record.size,
        received_at=record.received_at,
    )


def test_bytes_that_wait_to_be_deleted_are_no_leftovers_of_uploads(app: App) -> None:
    record_id = take(app, b"to go")
    file(app, record_id)
    app.store.put([b"of an upload that broke off"])
    with app.database.write() as session:
        destroy_record(session, app.audit, WHO, record_id, now=app.clock.now(), authority={"rule": "test"})
    checks = {check.name: check for check in verify_archive(app).checks}
    assert checks["blobs"].problems == []
    assert checks["blobs"].notes == [
        "1 blobs of destroyed records wait for the job that deletes them.",
        "1 blobs belong to no record (left by interrupted uploads; swept later).",
    ]
