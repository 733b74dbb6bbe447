"""What a process that died leaves: swept after a day, told by verify, and never a paper's bytes."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, func, select, text, update
from sqlalchemy.orm import Session

from akta.access.principal import operator, system
from akta.bootstrap import App, maintain
from akta.events.models import Job
from akta.operations.verify import verify_archive
from akta.records.models import Record, RecordClass
from akta.records.orphans import EVERY, GRACE, sweep_orphans
from akta.worker.celery_app import make_runner
from ingest.intake import Arrival, receive

WHO = operator("test")
NOW = datetime(2026, 3, 1, tzinfo=UTC)


def _take(app: App, data: bytes) -> str:
    blob = app.store.put([data])
    with app.database.write() as session:
        arrival = Arrival(blob, "faktura.txt", "test")
        return receive(session, app.audit, app.store, WHO, arrival, app.clock.now()).record_id


def _drain(app: App) -> None:
    runner = make_runner(app)
    while runner.run_next("test:1:1"):
        pass


def _problems(app: App) -> list[str]:
    return [p for c in verify_archive(app).checks for p in c.problems]


def test_bytes_without_a_record_go_after_a_day(app: App) -> None:
    _take(app, b"Faktura nr FV/1/2026, razem 10,00 PLN")
    _drain(app)
    waiting = _take(app, b"received, and not read yet")
    kept = {blob.sha256 for blob in app.store.names()}
    orphan = app.store.put([b"an upload that died"]).sha256
    notes = app.home / "run" / "orphans.json"
    assert sweep_orphans(app.database, app.store, notes, NOW) == (0, 0)
    late = app.store.put([b"another, just now"]).sha256
    assert sweep_orphans(app.database, app.store, notes, NOW + EVERY / 2) == (0, 0)
    assert sweep_orphans(app.database, app.store, notes, NOW + GRACE) == (1, 0)
    assert {blob.sha256 for blob in app.store.names()} == kept | {late}
    notes.write_text("torn")  # it begins to count again
    assert sweep_orphans(app.database, app.store, notes, NOW + 3 * GRACE) == (0, 0)
    assert not app.store.exists(orphan)
    _drain(app)
    with app.database.read() as session:
        assert session.get_one(Record, waiting).state in ("filed", "review")


def test_what_the_store_protects_is_left_and_counted(app: App) -> None:
    orphan = app.store.put([b"locked"]).sha256
    app.store.set_legal_hold(orphan, True)
    notes = app.home / "run" / "orphans.json"
    sweep_orphans(app.database, app.store, notes, NOW)
    assert sweep_orphans(app.database, app.store, notes, NOW + GRACE) == (0, 1)
    assert app.store.exists(orphan)


def test_bytes_that_a_paper_got_meanwhile_stay(app: App) -> None:
    data = b"Faktura nr FV/2/2026, razem 20,00 PLN"
    app.store.put([data])
    notes = app.home / "run" / "orphans.json"
    sweep_orphans(app.database, app.store, notes, NOW)
    _take(app, data)
    assert sweep_orphans(app.database, app.store, notes, NOW + GRACE) == (0, 0)


def test_bytes_of_a_destroyed_record_are_a_problem(app: App) -> None:
    record_id = _take(app, b"Faktura nr FV/3/2026, razem 30,00 PLN")
    _drain(app)
    assert _problems(app) == []
    from retention.disposition.destroying import destroy

    with app.database.write() as session:
        destroy(
            session, app.audit, system("test"), record_id, now=app.clock.now(), authority={"rule": "test"}
        )
    assert not any("destroyed record" in p for p in _problems(app))  # a job is about to delete them
    with app.database.write() as session:
        session.execute(delete(Job).where(Job.key == f"delete-blobs:{record_id}"))
    assert any(f"of the destroyed record {record_id} is still there" in p for p in _problems(app))


def test_damaged_bytes_are_replaced_when_the_right_ones_come_again(app: App) -> None:
    data = b"Faktura nr FV/4/2026, razem 40,00 PLN"
    blob = app.store.put([data])
    path = next((app.home / "blobs").rglob(blob.sha256))
    for rot in (b"", b"x" * len(data)):
        path.chmod(0o600)
        path.write_bytes(rot)
        assert app.store.put([data]) == blob
        assert app.store.digest(blob.sha256) == blob.sha256
        assert path.stat().st_mode & 0o777 == 0o400


def test_one_step_of_the_upkeep_that_fails_does_not_stop_the_others(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise OSError("disk")

    swept: list[Path] = []
    monkeypatch.setattr("akta.bootstrap.upkeep.jobs.prune", fails)
    monkeypatch.setattr("akta.bootstrap.upkeep.sweep_scratch", swept.append)
    before = app.anchors.read_bytes() if app.anchors.exists() else b""
    _take(app, b"Faktura")
    maintain(app)
    assert swept == [app.home / "tmp"]
    assert app.anchors.read_bytes() != before


def _unguard_classes(session: Session) -> None:
    """Let this transaction do with versions of classes what triggers refuse."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SET LOCAL session_replication_role = replica"))
        return
    found = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'record_classes'"
    for name in session.scalars(text(found)).all():
        session.execute(text(f'DROP TRIGGER "{name}"'))


def test_a_start_that_died_before_the_plan_is_made_good(make_app: Callable[..., App]) -> None:
    app = make_app()
    with app.database.write() as session:
        _unguard_classes(session)
        session.execute(delete(RecordClass))
    again = make_app()
    with again.database.read() as session:
        assert session.scalar(select(func.count()).select_from(RecordClass)) > 10


def test_the_company_s_own_classes_outlast_an_update(make_app: Callable[..., App]) -> None:
    app = make_app()
    with app.database.write() as session:
        _unguard_classes(session)
        own = update(RecordClass).where(RecordClass.code == "PL-ACC-08").values(title_en="Ours", digest="x")
        session.execute(own)
        session.execute(delete(RecordClass).where(RecordClass.code == "PL-OTH-02"))
    app.keeping.load_first_plan(app.database)
    with app.database.read() as session:
        rows = session.execute(
            select(RecordClass.code, RecordClass.version, RecordClass.title_en).where(
                RecordClass.code.in_(["PL-ACC-08", "PL-OTH-02"])
            )
        ).all()
    assert {(code, version) for code, version, _ in rows} == {("PL-ACC-08", 1), ("PL-OTH-02", 1)}
    assert "Ours" in {title for _, _, title in rows}


def test_two_first_starts_at_once_load_one_plan(
    make_app: Callable[..., App], migrated_postgresql_url: str
) -> None:
    app = make_app(database_url=migrated_postgresql_url)
    with app.database.write() as session:
        _unguard_classes(session)
        session.execute(delete(RecordClass))
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: app.keeping.load_first_plan(app.database), range(4)))
    with app.database.read() as session:
        versions = set(session.scalars(select(RecordClass.version)))
    assert versions == {1}


assert timedelta(0) < EVERY < GRACE
