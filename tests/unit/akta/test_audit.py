"""The audit log finds every kind of tampering, also by somebody with SQL access."""

import random
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from akta.audit.log import AuditLog
from akta.audit.verifier import canonical, chain
from akta.audit.verifying import verify
from akta.db.engine import Database
from tests.conftest import NOON

COUNT = 12


def _fill(database: Database, audit: AuditLog, count: int = COUNT) -> None:
    for n in range(count):
        with database.write() as session:
            audit.append(
                session,
                at=NOON,
                actor="user:a",
                action="record.filed",
                subject=f"record:{n}",
                details={"n": n},
            )


def _without_triggers(database: Database, *statements: str) -> None:
    """What an attacker with full SQL access can do."""
    with database.write() as session:
        if database.dialect == "postgresql":
            session.execute(text("SET LOCAL session_replication_role = replica"))
        else:
            for act in ("update", "delete"):
                session.execute(text(f"DROP TRIGGER IF EXISTS audit_entries_no_{act}"))
        for statement in statements:
            session.connection().exec_driver_sql(statement)  # as it is: colons are no parameters


def _problems(database: Database, audit: AuditLog, anchors: Path | None = None) -> list[str]:
    with database.read() as session:
        return verify(session, audit.public_key, anchors).problems


def test_untouched_log_holds(database: Database, audit: AuditLog, tmp_path: Path) -> None:
    _fill(database, audit)
    anchors = tmp_path / "anchors"
    with database.write() as session:
        audit.anchor(session, anchors, NOON)
        audit.anchor(session, anchors, NOON)
    assert len(anchors.read_text().splitlines()) == 1
    with database.read() as session:
        report = verify(session, audit.public_key, anchors)
    assert report.holds
    assert report.entries == COUNT


def test_empty_log_holds(database: Database, audit: AuditLog) -> None:
    assert _problems(database, audit) == []


@pytest.mark.parametrize(
    "statements",
    [
        ["UPDATE audit_entries SET body = replace(body, 'record:5', 'record:6') WHERE seq = 6"],
        ["UPDATE audit_entries SET actor = 'user:b' WHERE seq = 6"],
        ["UPDATE audit_entries SET hash = previous WHERE seq = 6"],
        ["DELETE FROM audit_entries WHERE seq = 6"],
        ["DELETE FROM audit_entries WHERE seq = 1"],
        [f"DELETE FROM audit_entries WHERE seq = {COUNT}"],
        ["DELETE FROM audit_entries"],
        ["DELETE FROM audit_entries", "DELETE FROM audit_head"],
        ["UPDATE audit_entries SET seq = 99 WHERE seq = 4"],
        [
            "UPDATE audit_entries SET seq = 99 WHERE seq = 4",
            "UPDATE audit_entries SET seq = 4 WHERE seq = 5",
            "UPDATE audit_entries SET seq = 5 WHERE seq = 99",
        ],
        [
            "INSERT INTO audit_entries (seq, at, actor, action, subject, body, previous, hash) "
            f"SELECT {COUNT + 1}, at, actor, action, subject, body, hash, hash "
            f"FROM audit_entries WHERE seq = {COUNT}"
        ],
        ["UPDATE audit_head SET seq = seq - 1"],
        ["UPDATE audit_head SET signature = ''"],
    ],
)
def test_tampering_is_found(
    database: Database, audit: AuditLog, statements: list[str], tmp_path: Path
) -> None:
    _fill(database, audit)
    anchors = tmp_path / "anchors"
    with database.write() as session:
        audit.anchor(session, anchors, NOON)
    _without_triggers(database, *statements)
    assert _problems(database, audit, anchors)


def test_rewriting_the_whole_chain_is_found(database: Database, audit: AuditLog) -> None:
    """Somebody who knows the algorithm but not the key cannot sign a new head."""
    _fill(database, audit)
    with database.read() as session:
        rows = session.execute(text("SELECT seq, body FROM audit_entries ORDER BY seq")).all()
    previous, statements = "0" * 64, []
    for seq, body in rows:
        forged = body.replace("user:a", "user:z")
        digest = chain(previous, forged)
        statements.append(
            f"UPDATE audit_entries SET body = '{forged}', actor = 'user:z', previous = '{previous}', "
            f"hash = '{digest}' WHERE seq = {seq}"
        )
        previous = digest
    statements.append(f"UPDATE audit_head SET hash = '{previous}'")
    _without_triggers(database, *statements)
    assert any("not signed" in p for p in _problems(database, audit))


def test_cutting_the_end_with_an_old_head_is_found_by_the_anchor(
    database: Database, audit: AuditLog, tmp_path: Path
) -> None:
    _fill(database, audit, 5)
    with database.read() as session:
        old = session.execute(text("SELECT seq, hash, signature FROM audit_head")).one()
    _fill(database, audit, 3)
    anchors = tmp_path / "anchors"
    with database.write() as session:
        audit.anchor(session, anchors, NOON)
    _without_triggers(
        database,
        "DELETE FROM audit_entries WHERE seq > 5",
        f"UPDATE audit_head SET seq = {old.seq}, hash = '{old.hash}', signature = '{old.signature}'",
    )
    assert _problems(database, audit, None) == []  # nothing in the database shows it
    assert any("cut" in p for p in _problems(database, audit, anchors))


def test_anchor_of_another_key_is_refused(database: Database, audit: AuditLog, tmp_path: Path) -> None:
    _fill(database, audit, 2)
    anchors = tmp_path / "anchors"
    anchors.write_text(canonical({"seq": 1, "hash": "0" * 64, "signature": "00", "at": "x"}) + "\n")
    assert any("anchor" in p for p in _problems(database, audit, anchors))
    other = AuditLog(Ed25519PrivateKey.generate())
    assert any("not signed" in p for p in _problems(database, other))


def test_random_single_edits_are_found(database: Database, audit: AuditLog) -> None:
    """One random character of a random column of a random entry, two hundred times."""
    _fill(database, audit)
    chance = random.Random(7)
    with database.read() as session:
        rows = {
            r.seq: dict(r._mapping)
            for r in session.execute(
                text("SELECT seq, actor, action, subject, body, previous, hash FROM audit_entries")
            )
        }
    for _ in range(200):
        seq = chance.choice(list(rows))
        column = chance.choice(["actor", "action", "subject", "body", "previous", "hash"])
        before = rows[seq][column]
        at = chance.randrange(len(before))
        after = (
            before[:at]
            + chr((ord(before[at]) - 32 + 1) % 90 + 33).translate({39: "x", 37: "y"})
            + before[at + 1 :]
        )
        if after == before:
            continue
        quoted = before.replace("'", "''")
        edited = after.replace("'", "''")
        _without_triggers(database, f"UPDATE audit_entries SET {column} = '{edited}' WHERE seq = {seq}")
        assert _problems(database, audit), (seq, column, before, after)
        _without_triggers(database, f"UPDATE audit_entries SET {column} = '{quoted}' WHERE seq = {seq}")
    assert _problems(database, audit) == []


@pytest.mark.parametrize("statement", ["UPDATE audit_entries SET actor = 'x'", "DELETE FROM audit_entries"])
def test_the_database_itself_refuses(database: Database, audit: AuditLog, statement: str) -> None:
    _fill(database, audit, 2)
    with pytest.raises(DBAPIError, match="append-only"), database.write() as session:
        session.execute(text(statement))


def test_rolled_back_act_leaves_no_entry(database: Database, audit: AuditLog) -> None:
    _fill(database, audit, 1)
    with pytest.raises(RuntimeError), database.write() as session:
        audit.append(session, at=NOON, actor="user:a", action="x.done", subject="record:1")
        raise RuntimeError
    _fill(database, audit, 1)
    with database.read() as session:
        assert verify(session, audit.public_key, None).entries == 2


def test_half_an_anchor_line_of_a_crash_is_no_alarm(
    database: Database, audit: AuditLog, tmp_path: Path
) -> None:
    anchors = tmp_path / "anchors"
    _fill(database, audit, 3)
    with database.write() as session:
        audit.anchor(session, anchors, NOON)
    whole = anchors.read_text("utf-8")
    anchors.write_text(whole + whole[:40], "utf-8")
    assert _problems(database, audit, anchors) == []
    _fill(database, audit, 1)
    with database.write() as session:
        audit.anchor(session, anchors, NOON)
    assert len(anchors.read_text("utf-8").splitlines()) == 3
    assert _problems(database, audit, anchors) == []
    anchors.write_text("nonsense\n", "utf-8")
    assert _problems(database, audit, anchors) != []


def test_entries_of_a_transaction_that_fails_are_not_written(database: Database, audit: AuditLog) -> None:
    with pytest.raises(RuntimeError), database.write() as session:
        audit.append(session, at=NOON, actor="user:a", action="x.done", subject="record:1")
        raise RuntimeError
    _fill(database, audit, 2)
    with database.read() as session:
        assert verify(session, audit.public_key, None).entries == 2
