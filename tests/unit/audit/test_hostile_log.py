"""Whoever forged a log may have written anything: each verifier says so, and none of them falls over."""

import base64
import io
import json
import subprocess
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import select, text

from akta.audit import verifier
from akta.audit.exporting import Span, export_lines
from akta.audit.models import AuditEntry
from akta.audit.reading import Asked, details_of, read
from akta.bootstrap import App
from akta.cli.main import cli
from akta.db.base import DamagedRowError
from akta.kernel.errors import InvalidError
from akta.operations.evaluation.manifest import load_manifest
from akta.operations.health import backup_file, last_backup
from akta.operations.restore import BackupError, check_backup
from akta.operations.verify import verify_archive
from akta.records.stock import read_stock
from retention.disposition.certifying import read_key
from tests.conftest import NOON
from tests.unit.audit.conftest import Desk

DEEP = "[" * 100_000
#: The shape of an Ed25519 key, of an algorithm that nobody knows.
UNKNOWN_KEY = (
    "-----BEGIN PUBLIC KEY-----\n"
    + base64.b64encode(bytes.fromhex("302a300506032b657b032100") + bytes(32)).decode()
    + "\n-----END PUBLIC KEY-----\n"
)


def _exported(desk: Desk) -> list[bytes]:
    desk.write(3)
    with desk.database.snapshot() as session:
        anchoring = desk.anchoring()
        return list(export_lines(session, desk.audit, anchoring, Span(), by="user:a", now=NOON))


def _with(line: bytes, **change: object) -> bytes:
    return verifier.canonical({**json.loads(line), **change}).encode("utf-8", "surrogatepass") + b"\n"


def _alone(folder: Path, lines: list[bytes], *more: str) -> tuple[int, str]:
    """What the verifier says that runs alone, and its exit code."""
    (folder / "log.jsonl").write_bytes(b"".join(lines))
    program = [sys.executable, verifier.__file__, str(folder / "log.jsonl"), *more]
    done = subprocess.run(program, capture_output=True, timeout=120, check=False)
    said = (done.stdout + done.stderr).decode()
    assert "Traceback" not in said
    return done.returncode, said


def test_brackets_within_brackets_are_no_export(desk: Desk, tmp_path: Path) -> None:
    lines = _exported(desk)
    nested = b'{"kind":"entry","x":' + DEEP.encode() + b"]" * len(DEEP) + b"}\n"
    between = [b'{"kind":"entry","x":' + b"[" * n + b"]" * n + b"}\n" for n in (400, 900, 990)]
    for wrong in ([nested, *lines], *([lines[0], one, *lines[1:]] for one in (nested, *between))):
        code, said = _alone(tmp_path, wrong)
        assert (code, said.startswith("The export cannot be checked")) == (2, True)


@pytest.mark.parametrize("depth", [600, 900, 985, 100_000])
def test_a_body_of_brackets_was_changed(desk: Desk, tmp_path: Path, depth: int) -> None:
    lines = _exported(desk)
    body = '{"a":' + "[" * depth + "]" * depth + "}"
    code, said = _alone(tmp_path, [lines[0], _with(lines[1], body=body), *lines[2:]])
    assert code == 1
    assert "Entry 1 was changed" in said
    assert "IT DOES NOT HOLD." in said


@pytest.mark.parametrize("reason", ["\ud800", "\x1b[2J", "a\nIt holds.", ["x"], "ż" * 100_000])
def test_a_declaration_is_printed_whatever_it_says(desk: Desk, tmp_path: Path, reason: object) -> None:
    lines = _exported(desk)
    facts = json.loads(json.loads(lines[1])["body"])
    told = {"end": 0, "reason": reason}
    body = json.dumps({**facts, "action": verifier.SET_BACK, "details": told, "actor": "\ud800"})
    code, said = _alone(tmp_path, [lines[0], _with(lines[1], body=body), *lines[2:]])
    assert code == 1
    assert said.endswith("IT DOES NOT HOLD.\n")
    [note] = [line for line in said.splitlines() if "put back to entry 0" in line]
    assert "\\ud800" in note
    assert "\x1b" not in note
    assert len(note) < 2000


def test_numbers_and_keys_that_nobody_has(desk: Desk, tmp_path: Path) -> None:
    lines = _exported(desk)
    for wrong in (
        [lines[0], _with(lines[1], seq=int("9" * 4000)), *lines[2:]],
        [_with(lines[0], last=int("9" * 4000)), *lines[1:]],
        [_with(lines[0], public_key=UNKNOWN_KEY), *lines[1:]],
        [_with(lines[0], public_key=[[1]]), *lines[1:]],
    ):
        assert _alone(tmp_path, wrong)[0] == 2
    (tmp_path / "other.pub").write_text(UNKNOWN_KEY)
    code, said = _alone(tmp_path, lines, "--key", str(tmp_path / "other.pub"))
    assert (code, "public key" in said) == (2, True)
    assert _alone(tmp_path, lines)[0] == 0


def test_a_key_of_an_unknown_kind_is_refused_by_each_door(app: App, tmp_path: Path) -> None:
    (tmp_path / "other.pub").write_text(UNKNOWN_KEY)
    with pytest.raises(InvalidError, match="public key"):
        read_key(UNKNOWN_KEY.encode())
    with pytest.raises(verifier.ExportError, match="public key"):
        verifier.read_key(UNKNOWN_KEY.encode())
    made = CliRunner().invoke(
        cli,
        ["audit", "verify", str(tmp_path / "other.pub"), "--key", str(tmp_path / "other.pub")],
        env={"AKTA_HOME": str(app.home)},
    )
    assert isinstance(made.exception, InvalidError)


def _unlocked(app: App, sets: str, **values: object) -> None:
    with app.database.write() as session:
        session.execute(text("DROP TRIGGER IF EXISTS audit_entries_no_update"))
        session.execute(text(f"UPDATE audit_entries SET {sets} WHERE seq = 2"), values)


def _noted(app: App) -> None:
    for number in range(3):
        with app.database.write() as session:
            app.audit.note(session, NOON, "user:x", "record.filed", f"record:{number}", n=number)


def _commands(app: App) -> None:
    """Each command that reads the log ends with a verdict or a list."""
    for words in (["audit", "verify"], ["verify"], ["audit", "list"], ["audit", "list", "--json"]):
        done = CliRunner().invoke(cli, words, env={"AKTA_HOME": str(app.home)})
        assert done.exception is None or isinstance(done.exception, SystemExit), words
        assert done.output.encode("utf-8")
    known = CliRunner().invoke(cli, ["audit", "verify"], env={"AKTA_HOME": str(app.home)})
    assert "Entry 2 was changed" in known.output
    assert "IT DOES NOT HOLD." in known.output


@pytest.mark.parametrize(
    "body",
    [
        DEEP + "]" * len(DEEP),
        '{"details":' + "[" * 985 + "]" * 985 + "}",
        '{"details":{"\\ud800":"\\ud800"}}',
    ],
)
def test_a_body_in_the_database_is_a_finding(app: App, body: str) -> None:
    _noted(app)
    _unlocked(app, "body = :body", body=body)
    _commands(app)
    checks = verify_archive(app).checks
    assert any("Entry 2 was changed" in said for check in checks for said in check.problems)


def test_a_declaration_in_the_database_is_told(app: App) -> None:
    _noted(app)
    body = {"seq": 2, "at": NOON.isoformat(), "actor": "\ud800", "action": verifier.SET_BACK}
    told = json.dumps({**body, "details": {"end": 0, "reason": "\ud800"}})
    _unlocked(app, "action = :action, body = :body", action=verifier.SET_BACK, body=told)
    _commands(app)


@pytest.mark.parametrize("at", ["garbage", "", "9999-99-99 00:00:00", 5, b"\xff"])
def test_a_time_that_is_none_is_told_as_none(app: App, at: object) -> None:
    """The list says what the entry itself says, which its hash is over; nothing if that is none either."""
    _noted(app)
    with app.database.read() as session:
        [was] = [entry.at for entry in read(session, Asked(), before=3, limit=1)]
    _unlocked(app, "at = :at", at=at)
    _commands(app)
    with app.database.read() as session:
        assert {entry.seq: entry.at for entry in read(session, Asked(), before=3)}[2] == was
    _unlocked(app, "body = '{}'")
    with app.database.read() as session:
        assert {entry.seq: entry.at for entry in read(session, Asked(), before=3)}[2] is None
    listed = CliRunner().invoke(cli, ["audit", "list"], env={"AKTA_HOME": str(app.home)})
    assert listed.exit_code == 0


def test_a_time_that_is_none_is_told_in_a_sentence_wherever_it_is_read(app: App) -> None:
    _noted(app)
    _unlocked(app, "at = 'garbage'")
    with pytest.raises(DamagedRowError, match="akta verify"), app.database.read() as session:
        session.scalars(select(AuditEntry)).all()


def test_files_of_brackets_are_told_of(app: App, tmp_path: Path) -> None:
    file = tmp_path / "deep.jsonl"
    file.write_text(DEEP)
    with pytest.raises(InvalidError):
        load_manifest(file)
    backup_file(app.home).write_text(DEEP)
    assert last_backup(app.home) is None
    assert read_stock(file) is None
    with tarfile.open(tmp_path / "backup.tar", "w") as tar:
        member = tarfile.TarInfo("manifest.json")
        member.size = len(DEEP)
        tar.addfile(member, io.BytesIO(DEEP.encode()))
    with pytest.raises(BackupError, match="damaged"):
        check_backup(tmp_path / "backup.tar")


def test_details_of_brackets_are_none() -> None:
    assert details_of('{"details":' + DEEP) == {}


_LINE: dict[str, Callable[[str], str]] = {
    "brackets": lambda _: DEEP,
    "infinite": lambda line: line.replace('"seq":1', '"seq":Infinity'),
    "large": lambda line: line.replace('"seq":1', f'"seq":{10**30}'),
    "no text": lambda line: json.dumps({**json.loads(line), "hash": "\ud800"}),
    "nested": lambda line: json.dumps({**json.loads(line), "token": 5}),
}


@pytest.mark.parametrize("kind", _LINE)
def test_a_line_of_the_anchors_is_a_finding(desk: Desk, kind: str) -> None:
    desk.write()
    anchoring = desk.anchoring()
    anchoring.now(desk.database)
    line = anchoring.minutes.read_text().splitlines()[0]
    for file in (anchoring.minutes, anchoring.daily):
        with file.open("a") as out:
            out.write(_LINE[kind](line) + "\n")
    assert desk.report(anchoring).problems == [
        "Line 2 of the anchor file is not a signed anchor of this archive."
    ]
    desk.write()
    assert anchoring.now(desk.database) is not None
    with desk.database.snapshot() as session:
        lines = list(export_lines(session, desk.audit, anchoring, Span(), by="user:a", now=NOON))
        list(export_lines(session, desk.audit, anchoring, Span(2, 2), by="user:a", now=NOON))
    assert verifier.verify_export(iter(lines), desk.audit.public_key).holds


def test_a_part_is_exported_whatever_a_declaration_in_the_log_says(app: App) -> None:
    _noted(app)
    app.anchoring.now(app.database)
    _unlocked(app, "action = :action, body = :body", action=verifier.SET_BACK, body=DEEP)
    with app.database.snapshot() as session:
        assert list(export_lines(session, app.audit, app.anchoring, Span(1, 1), by="x", now=NOON))


def test_a_key_and_text_of_any_kind_end_in_a_sentence() -> None:
    with pytest.raises(verifier.ExportError):
        verifier.read_key(b"\xff\xfe\x00")
    found = verifier.Findings()
    found.problem("a\ud800b")
    found.note("a\x00b\nc")
    assert (found.problems, found.notes) == (["a\\ud800b"], ["a\\x00b\\nc"])
    walk = verifier.Chain(Ed25519PrivateKey.generate().public_key(), found)
    walk.take(1, "5", verifier.GENESIS, "", None)
    assert any("body is not that of entry 1" in problem for problem in found.problems)
