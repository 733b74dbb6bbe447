"""The ledger outside the database, and what a restored backup cannot bring back: req 36."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from akta.bootstrap import App, build, maintain, restore_marker
from akta.cli.main import cli
from akta.kernel.errors import ConflictError, InvalidError
from akta.kernel.ids import new_id
from akta.operations import restore as restoring
from akta.operations.backup import back_up
from akta.operations.ledger import replay_here
from akta.operations.restore import restore
from akta.operations.verify import verify_archive
from akta.records.guard import HeldError, active_holds, lock_for_change
from akta.records.holds import Hold, HoldScope
from akta.records.models import Case, Record
from akta.worker.celery_app import make_runner
from retention.disposition.ledger import LedgerAheadError, LedgerError
from retention.disposition.ledger_lines import last_line, lines_of, verify_ledger
from retention.holds.placing import PlaceHold, place_hold, release_hold
from tests.unit.disposition.conftest import BOTH, Office

WORD = "wyjatkowyparagraf"


def _place(office: Office, *records: str, matter: str = "M") -> str:
    with office.app.database.write() as session:
        command = PlaceHold(matter, "R", records)
        return place_hold(session, office.app.audit, office.who("ola"), command, office.clock.now()).id


def _release(office: Office, hold: str) -> None:
    with office.app.database.write() as session:
        release_hold(session, office.app.audit, office.who("ola"), hold, "over", office.clock.now())


def _kinds(office: Office) -> list[str]:
    return [line.kind for line in lines_of(office.app.ledger.file)]


@BOTH
def test_each_act_is_written_down_once_after_it(office: Office) -> None:
    """req 36: by a job of the act's own transaction, whoever else catches up meanwhile."""
    record = office.paper()
    office.let_go(record)
    hold = _place(office, office.paper())
    for _ in range(2):
        office.app.ledger.catch_up()
        office.drain()
        maintain(office.app)
    _release(office, hold)
    office.drain()
    lines = list(lines_of(office.app.ledger.file))
    assert [line.kind for line in lines] == ["destroyed", "hold", "hold"]
    assert lines[0].data["record"] == record
    assert lines[2].data["hold"]["released_at"]
    assert verify_ledger(office.app.ledger.file, office.app.audit.public_key) == (3, [])
    check = next(c for c in verify_archive(office.app).checks if c.name == "ledger")
    assert (check.examined, check.problems) == (3, [])


def test_a_start_catches_up_with_what_a_crash_left(office: Office) -> None:
    """req 36: act committed, process dead before the job: the next start writes it down."""
    _place(office, office.paper())
    assert not office.app.ledger.file.exists()
    build(office.app.settings).close()
    assert _kinds(office) == ["hold"]
    shutil.rmtree(office.app.ledger.folder)
    build(office.app.settings).close()  # lost with its folder: written anew from the log
    assert _kinds(office) == ["hold"]


def test_what_was_changed_cut_or_torn_is_seen(office: Office) -> None:
    """req 36: chain and signature; half a line of a crash is no harm."""
    for _ in range(3):
        _place(office, office.paper())
    office.app.ledger.catch_up()
    file, key = office.app.ledger.file, office.app.audit.public_key
    whole = file.read_bytes()
    lines = whole.splitlines(keepends=True)
    for broken in (
        whole.replace(b'"n":2', b'"n":5'),
        lines[0] + lines[2],
        b"".join(lines[1:]),
        lines[0] + b"rot\n" + lines[1].replace(b'"hash":"', b'"hash":"0'),
        whole + b"rot\n",
    ):
        file.write_bytes(broken)
        assert verify_ledger(file, key)[1], broken[:80]
    file.write_bytes(whole)
    assert verify_ledger(file, Ed25519PrivateKey.generate().public_key())[1]
    file.write_bytes(whole[:-20])
    assert verify_ledger(file, key) == (2, [])
    assert last_line(file).number == 2  # type: ignore[union-attr]
    office.app.ledger.catch_up()
    assert (verify_ledger(file, key), last_line(file).number) == ((3, []), 3)  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "change",
    [{}, {"seq": 10**30}, {"n": 10**30}, {"seq": float("inf")}, {"seq": -1}, {"kind": "\ud800"}],
)
def test_a_line_that_no_ledger_has_is_damage_and_stops_no_start(
    office: Office, monkeypatch: pytest.MonkeyPatch, change: dict[str, object]
) -> None:
    """req 36: what cannot be a line is told as any other damage, and the archive opens as with any other."""
    _place(office, office.paper())
    office.app.ledger.catch_up()
    file = office.app.ledger.file
    line = json.dumps({**json.loads(file.read_text("utf-8")), **change}) if change else "[" * 100_000
    with file.open("a") as out:
        out.write(line + "\n")
    assert verify_ledger(file, office.app.audit.public_key) == (1, ["Line 2 of the ledger cannot be read."])
    (file.parent / "position").write_text(f'{{"line": 1, "seq": {10**30}}}')
    monkeypatch.setenv("AKTA_HOME", str(office.app.home))
    verified = CliRunner().invoke(cli, ["ledger", "verify"])
    assert (verified.exit_code, "IT DOES NOT HOLD" in verified.output) == (1, True)
    for words in (["ledger", "list"], ["ledger", "list", "--json"], ["status"]):
        assert CliRunner().invoke(cli, words).exit_code == 0
    office.app.ledger.catch_up()
    build(office.app.settings).close()


@settings(max_examples=40)
@given(st.binary(max_size=400))
def test_any_bytes_are_no_ledger_and_no_crash(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    file = tmp_path_factory.mktemp("l") / "ledger.jsonl"
    file.write_bytes(data)
    count, problems = verify_ledger(file, Ed25519PrivateKey.generate().public_key())
    assert count == 0 or problems
    assert list(lines_of(file)) == [] or problems


def test_a_second_copy_follows_and_is_never_written_over(
    office: Office, tmp_path: Path, make_app: Callable[..., App]
) -> None:
    """req 36."""
    copy = tmp_path / "elsewhere"
    app = make_app("home", ledger_copy=str(copy))
    _place(office, office.paper())
    app.ledger.catch_up()
    target = copy / "ledger.jsonl"
    assert target.read_bytes() == app.ledger.file.read_bytes()
    target.write_bytes(b"somebody else's\n")
    _place(office, office.paper())
    app.ledger.catch_up()
    assert target.read_bytes() == b"somebody else's\n"
    shutil.rmtree(copy)
    copy.write_text("a file where a folder should be")
    _place(office, office.paper())
    assert app.ledger.catch_up() == 1  # nobody's work stops for it


@BOTH
def test_an_old_backup_does_not_bring_back_what_was_destroyed(
    office: Office, tmp_path: Path, make_app: Callable[..., App]
) -> None:
    """req 36: destroyed again, held again, released again, before anything opens the archive."""
    gone = office.paper(WORD)
    held, freed, kept = office.paper("held"), office.paper("freed"), office.paper("kept")
    old = _place(office, freed, matter="old")
    office.drain()
    made = back_up(office.app, tmp_path / "old.tar")
    assert made.delete_after.isoformat() == "2026-06-08"
    office.clock.move(days=1)
    office.let_go(gone)
    new = _place(office, held, matter="new")
    _release(office, old)
    later = office.paper("came after the backup")
    office.let_go(later)
    office.drain()
    ledger = shutil.copy(office.app.ledger.file, tmp_path / "ledger.jsonl")
    target = make_app("target")
    restored = restore(target, tmp_path / "old.tar", ledger=Path(ledger))
    done = restored.replayed
    assert (done.destroyed, done.holds, done.unknown, restored.over) == (1, 2, 1, False)
    with target.database.read() as session:
        states = {r: session.get_one(Record, r).state for r in (gone, held, freed, kept)}
        assert states == {gone: "destroyed", held: "filed", freed: "filed", kept: "filed"}
        assert [h.id for h in active_holds(session, held)] == [new]
        assert active_holds(session, freed) == []
        stub = session.get_one(Record, gone)
        assert stub.destroyed_at == office.clock.now()
        assert (stub.retention or {})["authority"]["replayed"] == 2
    with pytest.raises(HeldError), target.database.write() as session:
        lock_for_change(session, held)
    assert [str(p) for p in target.home.rglob("*") if p.is_file() and WORD.encode() in p.read_bytes()] == []
    # The papers of these tests were never received through a channel, which the log's check says.
    told = {c.name: c.problems for c in verify_archive(target).checks if c.problems}
    told.pop("trail", None)
    assert told == {}
    build(target.settings).close()
    assert [line.kind for line in lines_of(target.ledger.file)][-1] == "restored"
    # The new life goes on in the same ledger.
    with target.database.write() as session:
        place_hold(session, target.audit, office.who("ola"), PlaceHold("N", "R", (kept,)), office.clock.now())
    assert target.ledger.catch_up() == 1
    assert verify_ledger(target.ledger.file, target.audit.public_key)[1] == []


@BOTH
def test_a_hold_over_a_case_comes_back_with_its_reach_and_one_being_placed_goes_on(
    office: Office, tmp_path: Path, make_app: Callable[..., App]
) -> None:
    """req 36, 24: scopes are in the ledger, too; what was under way when the database was lost goes on."""
    with office.app.database.write() as session:
        case = Case(id=new_id(), kind="order", key="Z/1", title="Z/1", opened_at=office.clock.now())
        session.add(case)
        session.flush()
        number = case.id
    inside, named = office.paper(case_id=number), office.paper()
    back_up(office.app, tmp_path / "old.tar")
    with office.app.database.write() as session:
        done = PlaceHold("done", "R", (), case_ids=(number,))
        place_hold(session, office.app.audit, office.who("ola"), done, office.clock.now())
    office.drain()
    with office.app.database.write() as session:
        going = PlaceHold("going on", "R", (named,), case_ids=(number,))
        place_hold(session, office.app.audit, office.who("ola"), going, office.clock.now())
    office.app.ledger.catch_up()  # and then the database is lost
    target = make_app("target")
    done_ = restore(target, tmp_path / "old.tar", ledger=office.app.ledger.file).replayed
    assert done_.holds == 2
    with target.database.read() as session:
        assert [h.matter for h in active_holds(session, inside)] == ["done"]
        assert active_holds(session, named) == []
        assert session.scalar(select(func.count()).select_from(HoldScope)) == 2
    runner = make_runner(target)
    while runner.run_next("test:1:1"):
        pass
    with target.database.read() as session:
        assert [h.matter for h in active_holds(session, named)] == ["going on"]
        assert len(active_holds(session, inside)) == 2
        assert set(session.scalars(select(Hold.state))) == {"active"}
    told = {
        c.name: c.problems for c in verify_archive(target).checks if c.name in ("holds", "ledger", "audit")
    }
    assert told == {"holds": [], "ledger": [], "audit": []}


def test_nothing_opens_the_archive_until_the_ledger_was_replayed(
    office: Office, tmp_path: Path, make_app: Callable[..., App], monkeypatch: pytest.MonkeyPatch
) -> None:
    """req 36: a replay that died leaves the archive closed; it is begun again."""
    record = office.paper()
    back_up(office.app, tmp_path / "old.tar")
    office.let_go(record)
    office.app.ledger.catch_up()
    target = make_app("target")

    def dies(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(restoring, "replay_ledger", dies)
        restore(target, tmp_path / "old.tar", ledger=office.app.ledger.file)
    assert restore_marker(target.home).exists()
    with pytest.raises(ConflictError, match="begun and not ended"):
        build(target.settings)
    with pytest.raises(LedgerError, match="does not hold"):
        wrong = tmp_path / "wrong.jsonl"
        wrong.write_bytes(office.app.ledger.file.read_bytes().replace(b"destroyed", b"forgotten"))
        restore(target, tmp_path / "old.tar", ledger=wrong)
    with pytest.raises(ConflictError, match="begun and not ended"):
        build(target.settings)
    assert restore(target, tmp_path / "old.tar", ledger=office.app.ledger.file).replayed.destroyed == 1
    build(target.settings).close()


def test_an_old_database_that_somebody_put_back_is_not_opened(office: Office) -> None:
    """req 36: the ledger is ahead of it; it is opened after a replay."""
    record, kept = office.paper(), office.paper()
    office.drain()
    office.app.close()
    database = office.app.home / "akta.db"
    shutil.copy(database, office.app.home / "old.db")
    office.let_go(record)
    office.drain()
    assert office.app.anchoring.now(office.app.database) is not None
    office.app.close()
    for suffix in ("", "-wal", "-shm"):
        (office.app.home / f"akta.db{suffix}").unlink(missing_ok=True)
    shutil.move(office.app.home / "old.db", database)
    with pytest.raises(LedgerAheadError, match="older than the ledger"):
        build(office.app.settings)
    closed = build(office.app.settings, restoring=True)
    assert replay_here(closed, None).destroyed == 1
    closed.close()
    opened = build(office.app.settings)
    report = opened.audit_checker.check_now("user:a")
    assert report.problems == []  # what was anchored and lost is declared
    assert any("ledger replayed" in note for note in report.notes)
    with opened.database.read() as session:
        assert session.get_one(Record, record).state == "destroyed"
        assert session.get_one(Record, kept).state == "filed"
    opened.close()


def test_the_second_copy_tells_too_that_a_database_is_old(
    office: Office, tmp_path: Path, make_app: Callable[..., App]
) -> None:
    """req 36: also where the ledger beside the database was lost, or put back with it."""
    copy = tmp_path / "elsewhere"
    record = office.paper()
    office.drain()
    office.app.close()
    database = office.app.home / "akta.db"
    shutil.copy(database, office.app.home / "old.db")
    office.let_go(record)
    app = make_app("home", ledger_copy=str(copy))
    app.ledger.catch_up()
    app.close()
    office.app.close()
    for suffix in ("", "-wal", "-shm"):
        (office.app.home / f"akta.db{suffix}").unlink(missing_ok=True)
    shutil.move(office.app.home / "old.db", database)
    app.ledger.file.unlink()
    with pytest.raises(LedgerAheadError, match="older than the ledger"):
        build(app.settings)
    closed = build(app.settings, restoring=True)
    assert replay_here(closed, None).destroyed == 1
    assert closed.ledger.file.read_bytes() == (copy / "ledger.jsonl").read_bytes()
    closed.close()
    build(app.settings).close()


def test_the_commands(office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    record = office.paper()
    run = CliRunner()
    monkeypatch.setenv("AKTA_HOME", str(office.app.home))
    told = run.invoke(cli, ["backup", str(tmp_path / "b.tar")])
    assert "Delete it after" in told.output
    assert "Nothing was destroyed" in run.invoke(cli, ["ledger", "verify"]).output
    office.let_go(record)
    listed = run.invoke(cli, ["ledger", "list", "--json"])
    assert json.loads(listed.output.splitlines()[0])["data"]["record"] == record
    assert run.invoke(cli, ["ledger", "verify"]).output == "1 lines. It holds.\n"
    ledger = shutil.copy(office.app.ledger.file, tmp_path / "l.jsonl")
    monkeypatch.setenv("AKTA_HOME", str(tmp_path / "new"))
    told = run.invoke(cli, ["restore", str(tmp_path / "b.tar")])
    assert isinstance(told.exception, InvalidError)
    assert "--without-ledger" in str(told.exception)
    assert not (tmp_path / "new").exists()
    told = run.invoke(cli, ["restore", str(tmp_path / "b.tar"), "--ledger", str(ledger)])
    assert "1 records destroyed again" in told.output, told.output
    monkeypatch.setenv("AKTA_HOME", str(tmp_path / "third"))
    told = run.invoke(cli, ["restore", str(tmp_path / "b.tar"), "--without-ledger"])
    assert "is back" in told.output
