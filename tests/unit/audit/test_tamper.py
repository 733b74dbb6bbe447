"""req 37: whatever is done to the log in the database is found, also by who recomputes every hash."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from akta.bootstrap import App
from akta.db.engine import Database
from akta.operations.verify import verify_archive
from bench.tamper import beyond, fill, problems_after, tamper
from bench.tamper_ways import COLUMNS, WAYS, Bed
from tests.conftest import NOON


@pytest.fixture
def bed(database: Database, tmp_path: Path) -> Bed:
    folder = tmp_path / "anchors"
    folder.mkdir()
    return fill(database, folder, 40, 5)


def test_every_way_of_tampering_is_found_every_time(bed: Bed) -> None:
    untouched = problems_after(bed, lambda _bed, _session: None)
    assert untouched == []
    told = tamper(bed, 3 * len(WAYS))
    missed = {way: counts for way, counts in told.items() if counts["found"] != counts["tried"]}
    assert missed == {}
    assert all(counts["tried"] == 3 for counts in told.values())
    assert problems_after(bed, lambda _bed, _session: None) == []


def test_what_the_database_alone_cannot_show_an_anchor_does(bed: Bed) -> None:
    told = beyond(bed)
    cut = told["cut back to the last anchor, with a head of then"]
    assert (cut["found"], cut["found once anchored"]) == (False, True)
    forged = told["all rewritten by somebody with the key who reaches every anchor"]
    assert (forged["found"], forged["found by an anchor he missed"]) == (False, True)


@pytest.fixture
def sqlite_database(tmp_path: Path, _migrated_sqlite: Path) -> Iterator[Database]:
    path = tmp_path / "akta.db"
    shutil.copy(_migrated_sqlite, path)
    made = Database(f"sqlite:///{path}")
    yield made
    made.close()


@pytest.mark.parametrize(
    ("table", "column"),
    [
        *(("audit_entries", column) for column in COLUMNS if column != "seq"),
        *(("audit_head", column) for column in ("hash", "signature")),
    ],
)
def test_bytes_that_are_no_text_are_a_finding_and_stop_nothing(
    tmp_path: Path, sqlite_database: Database, table: str, column: str
) -> None:
    """SQLite keeps any bytes in a column of text, and its driver refuses to read them."""
    (tmp_path / "anchors").mkdir()
    bed = fill(sqlite_database, tmp_path / "anchors", 10, 5)

    def act(_bed: Bed, session: Session) -> None:
        session.execute(text(f"UPDATE {table} SET {column} = CAST(x'ff' || {column} AS TEXT)"))

    found = problems_after(bed, act)
    assert found
    assert "".join(found).encode("utf-8")
    if table == "audit_entries":
        assert any("bytes that are no text" in said for said in found) or column == "signature"
    assert problems_after(bed, lambda _bed, _session: None) == []


def test_verifying_the_archive_says_which_entry_holds_no_text(app: App) -> None:
    with app.database.write() as session:
        for number in range(3):
            app.audit.note(session, NOON, "user:x", "record.filed", f"record:{number}")
    with app.database.write() as session:
        for name in ("audit_entries_no_update", "audit_entries_no_delete"):
            session.execute(text(f"DROP TRIGGER {name}"))
        bad = "UPDATE audit_entries SET subject = CAST('record:' || x'ff' AS TEXT), "
        session.execute(text(bad + "body = CAST(body || x'c328' AS TEXT) WHERE seq = 2"))
    checks = verify_archive(app).checks
    said = [problem for check in checks for problem in check.problems]
    assert "Entry 2 was changed: it holds bytes that are no text." in said
    assert "\n".join(said).encode("utf-8")
    app.audit_checker.check_now("user:x")  # what was found can be kept
