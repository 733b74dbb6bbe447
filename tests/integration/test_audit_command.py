"""`akta audit`, and anchors kept by upkeep, at the stop, with every place that can be set."""

import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select, text

from akta.access.principal import operator
from akta.audit.models import AuditCheck, AuditEntry
from akta.bootstrap import App, maintain, wind_up
from akta.cli.main import cli
from akta.operations.backup import back_up
from akta.operations.restore import restore
from akta.worker.celery_app import make_runner
from tests.conftest import SetClock
from tests.factories import add_record
from tests.servers import TSA

WHO = operator("test")


@pytest.fixture
def run(app: App, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    monkeypatch.setenv("AKTA_HOME", str(app.home))
    monkeypatch.setattr("getpass.getuser", lambda: "test")
    return lambda *words: CliRunner().invoke(cli, ["audit", *map(str, words)])


def _fill(app: App, count: int = 3) -> str:
    with app.database.write() as session:
        record_id = add_record(session, confidentiality=3).id
    for number in range(count):
        with app.database.write() as session:
            subject = f"record:{record_id}"
            app.audit.note(session, app.clock.now(), "user:a", "record.read", subject, n=number)
    return record_id


def test_reading_at_the_command_line(app: App, run: Callable[..., Result]) -> None:
    record_id = _fill(app)
    told = run("list", "--record", record_id[:20], "--action", "record.*", "--json")
    items = [json.loads(line) for line in told.stdout.splitlines()]
    assert [item["details"] for item in items] == [{"n": 2}, {"n": 1}, {"n": 0}]
    assert run("list", "--person", "user:a", "--limit", "2").stdout.count("record.read") == 2
    assert "no such entry" in run("list", "--since", "2099-01-01").stdout
    assert run("list", "--until", "2099-01-01", "--action", "record.read").stdout.count("\n") == 3
    assert run("list", "--since", "yesterday").exit_code != 0


def test_carrying_it_away_and_verifying_it(app: App, run: Callable[..., Result], tmp_path: Path) -> None:
    _fill(app)
    file, program = tmp_path / "log.jsonl", tmp_path / "verifier.py"
    told = run("export", file, "--verifier", program)
    assert told.exit_code == 0, told.output
    assert program.read_text().startswith('"""The verifier of an audit log')
    assert run("export", file).exit_code != 0  # never over a file
    key = tmp_path / "audit.pub"
    key.write_text(run("key").stdout)
    for more in ((), ("--key", key)):
        told = run("verify", file, *more)
        assert (told.exit_code, told.stdout.splitlines()[-1]) == (0, "It holds."), told.output
    file.write_bytes(file.read_bytes().replace(b"user:a", b"user:b", 1))
    told = run("verify", file, "--json")
    assert told.exit_code == 1
    assert json.loads(told.stdout)["holds"] is False
    file.write_text("nothing")
    assert run("verify", file).exit_code != 0
    with app.database.read() as session:
        exported = session.scalars(select(AuditEntry).where(AuditEntry.action == "audit.exported")).all()
    assert {entry.actor for entry in exported} == {"operator:test"}


def test_verifying_keeps_what_was_found(app: App, run: Callable[..., Result]) -> None:
    _fill(app)
    assert run("verify").exit_code == 0
    with app.database.write() as session:
        session.execute(text("DROP TRIGGER audit_entries_no_update"))
        session.execute(text("UPDATE audit_entries SET actor = 'user:z' WHERE seq = 2"))
    told = run("verify")
    assert told.exit_code == 1
    assert "Entry 2 was changed" in told.stdout
    with app.database.read() as session:
        rows = session.scalars(select(AuditCheck).order_by(AuditCheck.id)).all()
    assert [bool(row.problems) for row in rows] == [False, True]


def test_looking_at_a_record_here_is_written_down_too(app: App, run: Callable[..., Result]) -> None:
    record_id = _fill(app, 0)
    for words in (["show", record_id], ["show", record_id, "--text"], ["show", record_id, "--json"]):
        assert CliRunner().invoke(cli, words).exit_code == 0
    with app.database.read() as session:
        query = select(AuditEntry.actor, AuditEntry.action).where(AuditEntry.subject == f"record:{record_id}")
        assert session.execute(query).all() == [("operator:test", "record.read")] * 3


def test_upkeep_anchors_and_has_the_log_verified_and_the_stop_anchors_again(
    make_app: Callable[..., App], tsa_server: TSA, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    app = make_app(tsa_url=tsa_server.url, tsa_ca=str(tsa_server.roots), anchor_copy=str(elsewhere))
    _fill(app)
    with app.database.write() as session:
        assert not app.audit_checker.ask_if_due(session)  # the archive is new
    app = App(app.settings)
    app.__dict__["clock"] = SetClock(datetime.now(UTC) + timedelta(days=2))
    app.wire()
    maintain(app)
    maintain(app)
    assert [anchor.token is not None for anchor in app.anchoring.daily_anchors()] == [True]
    runner = make_runner(app)
    while runner.run_next("test:1:1"):
        pass
    with app.database.read() as session:
        check = session.scalars(select(AuditCheck)).one()
    assert check.problems == []
    assert any("the time-stamp authority's" in note for note in check.notes)  # our clock is two days ahead
    maintain(app)  # nothing new: not again
    assert not runner.run_next("test:1:1")
    wind_up(app)
    assert len(list(elsewhere.iterdir())) == 2
    with app.database.snapshot() as session:
        assert app.audit_checker.report(session).problems == []
    # Everything on this machine put back, the data folder as well: the second place knows.
    shutil.rmtree(app.home / "anchors")
    (app.home / "anchors").mkdir()
    with app.database.write() as session:
        session.execute(text("DROP TRIGGER audit_entries_no_delete"))
        session.execute(text("DELETE FROM audit_entries"))
        session.execute(text("DELETE FROM audit_head"))
    problems = app.audit_checker.check_now("user:test").problems
    assert any("its end was cut" in problem for problem in problems)
    app.close()


def test_a_backup_carries_anchors_signatures_and_states(make_app: Callable[..., App], tmp_path: Path) -> None:
    app = make_app("source")
    _fill(app)
    app.anchoring.now(app.database)
    back_up(app, tmp_path / "b.tar")
    target = make_app("target")
    restore(target, tmp_path / "b.tar")
    assert len(list(target.anchoring.daily_anchors())) == 1
    report = target.audit_checker.check_now("user:test")
    assert report.problems == []
    assert report.entries > 3
