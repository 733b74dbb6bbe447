"""req 38: what a record said at each point of the log can be shown again, and the log proves it."""

import zlib
from datetime import UTC, datetime

import pytest
from click.testing import CliRunner
from sqlalchemy import select, update

from akta.access.principal import operator
from akta.audit.models import AuditEntry
from akta.bootstrap import App
from akta.cli.main import cli
from akta.kernel.errors import ConflictError, InvalidError, NotFoundError
from akta.records.models import Field, Record, Version
from akta.records.states import RecordState, replay
from akta.worker.celery_app import make_runner
from ingest.intake import Arrival, receive
from tests.factories import add_record

WHO = operator("test")
INVOICE = "Faktura VAT nr FV/2026/0412\nData wystawienia: 2026-03-01\nDo zapłaty: 1 234,50 PLN\n".encode()


def _entries(app: App, record_id: str) -> list[tuple[int, str]]:
    with app.database.read() as session:
        query = select(AuditEntry.seq, AuditEntry.action).where(AuditEntry.subject == f"record:{record_id}")
        return [(seq, action) for seq, action in session.execute(query.order_by(AuditEntry.seq))]


def _fields(app: App, record_id: str) -> dict[str, str]:
    with app.database.read() as session:
        rows = session.execute(select(Field.name, Field.value).where(Field.record_id == record_id))
        return {row.name: row.value for row in rows}


def _replayed(app: App, record_id: str, at: int | None = None) -> dict[str, str]:
    with app.database.read() as session:
        told = replay(session, WHO, record_id, at)["said"]
    return {field["name"]: field["value"] for field in told["fields"]}


@pytest.fixture
def read(app: App) -> str:
    """A paper that was read by the whole pipeline."""
    blob = app.store.put([INVOICE])
    with app.database.write() as session:
        arrival = Arrival(blob, "faktura.txt", "test")
        record_id = receive(session, app.audit, app.store, WHO, arrival, datetime.now(UTC)).record_id
    runner = make_runner(app)
    while runner.run_next("test:1:1"):
        pass
    return record_id


def test_every_interim_state_comes_back_as_it_was(app: App, read: str) -> None:
    states: dict[int, tuple[dict[str, str], str | None]] = {}

    def mark() -> None:
        with app.database.read() as session:
            kind = session.get_one(Record, read).doc_type
        states[_entries(app, read)[-1][0]] = (_fields(app, read), kind)

    mark()
    number = _entries(app, read)[0][0]
    corrections: list[dict[str, object]] = [
        {"fields": {"total": "99.00"}},
        {"fields": {"invoice_number": "FV/X", "total": "98.00"}},
        {"fields": {"invoice_number": ""}},
        {"doc_type": "receipt"},
    ]
    for correction in corrections:
        with app.database.write() as session:
            app.decisions.correct(session, WHO, read, **correction)  # type: ignore[arg-type]
        mark()
    for seq, (fields, kind) in states.items():
        assert _replayed(app, read, seq) == fields
        with app.database.read() as session:
            told = replay(session, WHO, read, seq)
            assert told["said"]["doc_type"] == kind
            first = session.scalars(select(Version).where(Version.record_id == read)).first()
            assert first is not None
            assert told["original"]["sha256"] == first.sha256
    assert len({str(state) for state in states.values()}) == 5
    assert _replayed(app, read) == _fields(app, read)
    with pytest.raises(NotFoundError, match="nothing is kept"), app.database.read() as session:
        replay(session, WHO, read, number)  # it had only come in
    with pytest.raises(InvalidError), app.database.read() as session:
        replay(session, WHO, read, 0)


def test_a_state_that_was_changed_is_refused(app: App, read: str) -> None:
    with app.database.write() as session:
        row = session.scalars(select(RecordState).where(RecordState.record_id == read)).one()
        forged = zlib.decompress(row.content).replace(b"1234", b"9234")
        session.execute(update(RecordState).values(content=zlib.compress(forged)))
    with pytest.raises(ConflictError, match="akta verify"), app.database.read() as session:
        replay(session, WHO, read)


def test_what_follows_from_something_else_has_an_entry_too(app: App) -> None:
    with app.database.write() as session:
        record_id = add_record(session).id
    with app.database.write() as session:
        session.get_one(Record, record_id).title = "Other"
    assert [action for _, action in _entries(app, record_id)] == ["record.changed"]
    with app.database.write() as session:  # nothing that is told changes
        session.get_one(Record, record_id).work_seconds = 3.0
    assert len(_entries(app, record_id)) == 1
    with pytest.raises(RuntimeError), app.database.write() as session:
        session.get_one(Record, record_id).title = "Lost"
        session.flush()
        raise RuntimeError
    with app.database.read() as session:
        assert len(session.scalars(select(RecordState)).all()) == 1


def test_by_the_command(app: App, read: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AKTA_HOME", str(app.home))
    seq = _entries(app, read)[-1][0]
    told = CliRunner().invoke(cli, ["audit", "replay", read, "--at", str(seq)])
    assert told.exit_code == 0, told.output
    assert "FV/2026/0412" in told.output
