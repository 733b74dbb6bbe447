"""Backup while Akta runs, and restore: into either size, over damage, and begun again after a crash."""

import io
import json
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import select, update

from akta.access.principal import operator
from akta.bootstrap import App, build, restore_marker
from akta.cli.main import cli
from akta.kernel.errors import ConflictError
from akta.operations import restore as restoring
from akta.operations.backup import BackupError, back_up
from akta.operations.restore import restore
from akta.operations.verify import verify_archive
from akta.records.models import Record
from akta.worker.celery_app import make_runner
from ingest.intake import Arrival, receive

WHO = operator("test")
INVOICE = "Faktura VAT nr FV/2026/0412\nData wystawienia: 2026-03-01\nDo zapłaty: 1 234,50 PLN\n".encode()


def _take(app: App, name: str, data: bytes) -> str:
    blob = app.store.put([data])
    with app.database.write() as session:
        receipt = receive(session, app.audit, app.store, WHO, Arrival(blob, name, "test"), app.clock.now())
        return receipt.record_id


def _drain(app: App) -> None:
    runner = make_runner(app)
    while runner.run_next("test:1:1"):
        pass


def _states(app: App) -> dict[str, tuple[str, str | None]]:
    with app.database.read() as session:
        return {r.id: (r.state, r.parent_id) for r in session.scalars(select(Record))}


def _blob(app: App, record_id: str) -> Path:
    with app.database.read() as session:
        sha256 = session.get_one(Record, record_id).sha256
    return next((app.home / "blobs").rglob(sha256))


@pytest.fixture
def source(make_app: Callable[..., App]) -> App:
    """An archive with a nest of files, whose rows no longer lie in the order they were written in."""
    app = make_app("source")
    inner, outer = io.BytesIO(), io.BytesIO()
    with zipfile.ZipFile(inner, "w") as file:
        file.writestr("a.txt", INVOICE)
    with zipfile.ZipFile(outer, "w") as file:
        file.writestr("inner.zip", inner.getvalue())
        file.writestr("b.txt", b"Invoice FV/9 total 3.00 PLN")
    _take(app, "outer.zip", outer.getvalue())
    _take(app, "faktura.txt", INVOICE)
    _drain(app)
    with app.database.write() as session:
        session.execute(update(Record).where(Record.parent_id.is_(None)).values(work_seconds=9))
    return app


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.servers)])
def target(request: pytest.FixtureRequest, make_app: Callable[..., App]) -> App:
    if request.param == "sqlite":
        return make_app("target")
    return make_app("target", database_url=request.getfixturevalue("migrated_postgresql_url"))


def test_an_archive_comes_back_in_either_size(source: App, target: App, tmp_path: Path) -> None:
    waiting = _take(source, "later.txt", b"Invoice FV/2 total 3.00 PLN")
    file = tmp_path / "akta.tar"
    made = back_up(source, file)
    assert file.stat().st_mode & 0o077 == 0
    assert (made.damaged, made.missing) == ((), ())
    restored = restore(target, file)
    assert (restored.rows, restored.blobs, restored.without_bytes) == (made.rows, made.blobs, ())
    assert verify_archive(target).holds
    assert _states(target) == _states(source)
    assert len([parent for _, parent in _states(target).values() if parent]) == 3
    _drain(target)
    assert _states(target)[waiting][0] in ("filed", "review")
    assert target.index.search(WHO, "number:FV/2026/0412")[1]
    with pytest.raises(ConflictError, match="has records already"):
        restore(target, file)


def test_from_a_database_that_keeps_rows_in_any_order(
    source: App, make_app: Callable[..., App], tmp_path: Path, migrated_postgresql_url: str
) -> None:
    back_up(source, tmp_path / "one.tar")
    between = make_app("between", database_url=migrated_postgresql_url)
    restore(between, tmp_path / "one.tar")
    with between.database.write() as session:  # PostgreSQL writes a changed row anew, behind its children
        session.execute(update(Record).where(Record.parent_id.is_(None)).values(work_seconds=10))
    back_up(between, tmp_path / "two.tar")
    last = make_app("last")
    restore(last, tmp_path / "two.tar")
    assert _states(last) == _states(source)


def test_a_damaged_file_does_not_stand_in_the_way_of_the_rest(
    source: App, target: App, tmp_path: Path
) -> None:
    spoilt, lost = sorted(r for r, (_, parent) in _states(source).items() if parent is None)
    path = _blob(source, spoilt)
    path.chmod(0o600)
    path.write_bytes(b"rot")
    _blob(source, lost).unlink()
    made = back_up(source, tmp_path / "akta.tar")
    assert (len(made.damaged), len(made.missing)) == (1, 1)
    restored = restore(target, tmp_path / "akta.tar")
    # The bytes of one of them are those of a paper in the archive, too.
    assert {spoilt, lost} <= set(restored.without_bytes)
    assert _states(target) == _states(source)
    problems = [p for c in verify_archive(target).checks for p in c.problems]
    assert any("is missing" in p for p in problems)


def test_a_restore_that_died_can_be_begun_again(
    source: App, target: App, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    back_up(source, tmp_path / "akta.tar")

    def dies(*_: object) -> None:
        raise KeyboardInterrupt

    for step in ("_restore_blobs", "_restore_table", "_replace"):
        with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
            patch.setattr(restoring, step, dies)
            restore(target, tmp_path / "akta.tar")
        assert restore_marker(target.home).exists()
        with pytest.raises(ConflictError, match="was begun and not ended"):
            build(target.settings)
    restore(target, tmp_path / "akta.tar")
    build(target.settings).close()
    assert verify_archive(target).holds
    assert _states(target) == _states(source)


def _changed(file: Path, target: Path, change: Callable[[str, bytes], bytes | None]) -> Path:
    """A copy of a tar file with members changed or left out."""
    with tarfile.open(file) as old, tarfile.open(target, "w") as new:
        for member in old:
            opened = old.extractfile(member)
            assert opened is not None
            data = change(member.name, opened.read())
            if data is not None:
                member.size = len(data)
                new.addfile(member, io.BytesIO(data))
    return target


def _manifest(**values: Any) -> Callable[[str, bytes], bytes]:
    return lambda name, data: (
        json.dumps({**json.loads(data), **values}).encode() if name == "manifest.json" else data
    )


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda name, data: None if name == "manifest.json" else data, "no manifest"),
        (lambda name, data: data[:-1] + b"x" if name.startswith("blobs/") else data, "was changed"),
        (lambda name, data: None if name.startswith("blobs/") else data, "files are missing"),
        (lambda name, data: None if name.startswith("tables/receipts") else data, "rows are missing"),
        (lambda name, data: data[:40] if name.startswith("tables/records") else data, "cannot be read"),
        (_manifest(revision="9999"), "newer Akta"),
        (_manifest(format=77), "format 77"),
    ],
)
def test_a_backup_that_is_not_whole_is_refused(
    source: App,
    make_app: Callable[..., App],
    tmp_path: Path,
    change: Callable[[str, bytes], bytes | None],
    message: str,
) -> None:
    back_up(source, tmp_path / "akta.tar")
    target = make_app("target")
    with pytest.raises(BackupError, match=message):
        restore(target, _changed(tmp_path / "akta.tar", tmp_path / "bad.tar", change))
    assert _states(target) == {}
    restore(target, tmp_path / "akta.tar")
    assert _states(target) == _states(source)


def test_the_commands_say_what_is_not_in_it(
    source: App, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AKTA_HOME", str(source.home))
    run = CliRunner()
    whole = run.invoke(cli, ["backup", str(tmp_path / "whole.tar")])
    assert (whole.exit_code, "Keep it as safe" in whole.output) == (0, True)
    _blob(source, min(_states(source))).unlink()
    told = run.invoke(cli, ["backup", str(tmp_path / "less.tar")])
    assert told.exit_code == 1
    assert "1 files are damaged or missing" in told.output
    assert (tmp_path / "less.tar").exists()


def test_what_is_no_backup_leaves_no_data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "home"
    monkeypatch.setenv("AKTA_HOME", str(home))
    (tmp_path / "holiday.jpg").write_bytes(b"no backup" * 100)
    with tarfile.open(tmp_path / "other.tar", "w") as tar:
        tar.add(tmp_path / "holiday.jpg")
    for name in ("holiday.jpg", "other.tar"):
        told = CliRunner().invoke(cli, ["restore", str(tmp_path / name)])
        assert told.exit_code != 0
        assert isinstance(told.exception, BackupError | SystemExit), told.exception
        assert not home.exists()
