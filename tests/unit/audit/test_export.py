"""req 37: an export is verified by a program that has nothing of Akta, and no edit of it goes unseen."""

import json
import random
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from akta.audit import verifier
from akta.audit.anchoring import Anchoring
from akta.audit.exporting import Span, export_lines
from akta.audit.log import AuditLog
from akta.db.engine import Database
from akta.kernel.errors import InvalidError, NotFoundError
from tests.conftest import NOON, SetClock

SIZES = (1, 3, 2, 1, 4, 1)  # entries of each transaction: 12


@pytest.fixture
def anchoring(audit: AuditLog, tmp_path: Path, clock: SetClock) -> Anchoring:
    folder = tmp_path / "anchors"
    folder.mkdir()
    return Anchoring(folder, audit, clock)


def fill(database: Database, audit: AuditLog) -> None:
    number = 0
    for size in SIZES:
        with database.write() as session:
            for _ in range(size):
                number += 1
                at = NOON + timedelta(minutes=number)
                audit.note(session, at, "user:a", "record.read", f"record:{number}", n=number, why="ąę")


def lines_of(database: Database, audit: AuditLog, anchoring: Anchoring, span: Span) -> list[bytes]:
    with database.snapshot() as session:
        return list(export_lines(session, audit, anchoring, span, by="user:a", now=NOON))


def judge(lines: list[bytes], audit: AuditLog | None) -> verifier.Verdict:
    return verifier.verify_export(iter(lines), audit.public_key if audit else None)


def test_the_whole_log_and_any_part_of_it_hold(
    database: Database, audit: AuditLog, anchoring: Anchoring
) -> None:
    with pytest.raises(NotFoundError), database.read() as session:
        list(export_lines(session, audit, anchoring, Span(), by="x", now=NOON))
    fill(database, audit)
    anchoring.now(database)
    ends = [sum(SIZES[:n]) for n in range(len(SIZES) + 1)]
    for first in range(1, 13):
        for last in range(first, 13):
            verdict = judge(lines_of(database, audit, anchoring, Span(first, last)), audit)
            assert verdict.findings.problems == []
            assert verdict.first == max(e for e in ends if e < first) + 1
            assert verdict.last == min(e for e in ends if e >= last)
            assert verdict.whole == (verdict.first == 1 and verdict.last == 12)
    assert judge(lines_of(database, audit, anchoring, Span()), audit).anchors == 1
    for span in (Span(13, 20), Span(5, 4)):
        with pytest.raises(InvalidError):
            lines_of(database, audit, anchoring, span)


def test_it_says_by_whose_key(database: Database, audit: AuditLog, anchoring: Anchoring) -> None:
    fill(database, audit)
    lines = lines_of(database, audit, anchoring, Span())
    alone = judge(lines, None)
    assert alone.holds
    assert any("No key was given" in note for note in alone.findings.notes)
    other = judge(lines, AuditLog(Ed25519PrivateKey.generate()))
    assert any("another key" in problem for problem in other.findings.problems)


def _edits(lines: list[bytes], chance: random.Random) -> Iterator[tuple[str, list[bytes]]]:
    for number in range(len(lines)):
        yield f"without line {number}", lines[:number] + lines[number + 1 :]
        yield f"line {number} twice", lines[: number + 1] + lines[number:]
    for number in range(len(lines) - 1):
        swapped = [*lines[:number], lines[number + 1], lines[number], *lines[number + 2 :]]
        yield f"lines {number} and the next swapped", swapped
    for _ in range(300):
        number = chance.randrange(len(lines))
        line = bytearray(lines[number])
        place = chance.randrange(len(line) - 1)
        line[place] = chance.choice([c for c in range(33, 126) if c != line[place]])
        yield f"byte {place} of line {number}", [*lines[:number], bytes(line), *lines[number + 1 :]]


@pytest.mark.parametrize("span", [Span(), Span(3, 9)])
def test_no_edit_of_an_export_goes_unseen(
    database: Database, audit: AuditLog, anchoring: Anchoring, span: Span
) -> None:
    fill(database, audit)
    anchoring.now(database)
    lines = lines_of(database, audit, anchoring, span)
    assert judge(lines, audit).holds
    for what, edited in _edits(lines, random.Random(3)):
        try:
            verdict = judge(edited, audit)
        except verifier.ExportError:
            continue
        assert not verdict.holds, what


def test_an_export_forged_without_the_key_is_seen(
    database: Database, audit: AuditLog, anchoring: Anchoring
) -> None:
    """All hashes and the end made again: what is missing is every signature."""
    fill(database, audit)
    items = [json.loads(line) for line in lines_of(database, audit, anchoring, Span())]
    previous = verifier.GENESIS
    for item in items:
        if item["kind"] == "entry":
            facts = {**json.loads(item["body"]), "actor": "user:z"}
            item |= {"body": verifier.canonical(facts), "previous": previous}
            item["hash"] = previous = verifier.chain(previous, item["body"])
        if item["kind"] == "head":
            item["hash"] = previous
    verdict = judge([verifier.canonical(item).encode() + b"\n" for item in items], audit)
    assert sum("is not signed" in problem for problem in verdict.findings.problems) >= len(SIZES)


def test_the_verifier_runs_alone(
    database: Database, audit: AuditLog, anchoring: Anchoring, tmp_path: Path
) -> None:
    """Copied to an empty folder, in a Python that does not see Akta."""
    fill(database, audit)
    lines = lines_of(database, audit, anchoring, Span())
    alone = tmp_path / "alone"
    alone.mkdir()
    shutil.copy(verifier.__file__, alone / "verifier.py")
    (alone / "export.jsonl").write_bytes(b"".join(lines))
    (alone / "audit.pub").write_text(audit.public_pem)

    def run(*more: str) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, "-I", "verifier.py", "export.jsonl", "--key", "audit.pub", *more]
        return subprocess.run(command, cwd=alone, capture_output=True, text=True, check=False)

    told = run()
    assert (told.returncode, told.stdout.splitlines()[-1]) == (0, "It holds."), told.stderr
    assert "import akta" not in (alone / "verifier.py").read_text()
    assert "from akta" not in (alone / "verifier.py").read_text()
    (alone / "export.jsonl").write_bytes(b"".join(lines).replace(b"user:a", b"user:b", 1))
    told = run()
    assert told.returncode == 1
    assert "IT DOES NOT HOLD" in told.stdout
    (alone / "export.jsonl").write_text("{}")
    assert run().returncode == 2


def test_a_clock_that_was_set_back_is_noted_and_breaks_nothing(
    database: Database, audit: AuditLog, anchoring: Anchoring
) -> None:
    fill(database, audit)
    with database.write() as session:
        audit.note(session, NOON - timedelta(days=1), "user:a", "record.read", "record:1")
        audit.note(session, NOON - timedelta(days=1), "user:a", "record.read", "record:2")
    verdict = judge(lines_of(database, audit, anchoring, Span()), audit)
    assert verdict.holds
    assert sum("clock ran back before entry 13" in note for note in verdict.findings.notes) == 1


@pytest.mark.parametrize("nonsense", [b"", b"\n", b"[]\n", b'{"kind":"entry"}\n', b"\xff\xfe\n", b"{" * 2000])
def test_what_is_no_export_is_said_to_be_none(nonsense: bytes) -> None:
    with pytest.raises(verifier.ExportError):
        verifier.verify_export(iter([nonsense]), None)


@pytest.mark.parametrize(
    "at", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "", "2026", None, 7]
)
def test_an_instant_beyond_the_calendar_is_a_finding_and_stops_nothing(at: object) -> None:
    """Whoever forged the file may have written anything; the verifier has to say so, and not to fall over."""
    found = verifier.Findings()
    walk = verifier.Chain(Ed25519PrivateKey.generate().public_key(), found)
    facts = {"seq": 1, "at": at, "action": verifier.SET_BACK, "details": {"end": 0}}
    body = verifier.canonical(facts)
    walk.take(1, body, verifier.GENESIS, verifier.chain(verifier.GENESIS, body), None)
    assert "Entry 1 does not say when it was written." in found.problems
    assert walk.set_backs == []
