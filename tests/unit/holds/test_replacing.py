"""On SQLite no statement replaces a row of a guarded table: req 22."""

import shutil
import sqlite3
from pathlib import Path

import pytest


@pytest.fixture
def database(tmp_path: Path, _migrated_sqlite: Path) -> sqlite3.Connection:
    shutil.copy(_migrated_sqlite, tmp_path / "akta.db")
    opened = sqlite3.connect(tmp_path / "akta.db", isolation_level=None)  # no pragma of ours is set
    opened.execute("PRAGMA ignore_check_constraints = on")
    return opened


def _guarded(database: sqlite3.Connection) -> list[str]:
    rows = database.execute("SELECT DISTINCT tbl_name FROM sqlite_master WHERE type = 'trigger' ORDER BY 1")
    return [name for (name,) in rows]


def _keys(database: sqlite3.Connection, table: str) -> list[tuple[str, ...]]:
    """The keys of a table: all its columns that say which row one is."""
    made = database.execute("SELECT sql FROM sqlite_master WHERE name = ?", (table,)).fetchone()[0]
    found = [] if "WITHOUT ROWID" in made else [("rowid",)]
    for _, index, unique, _, partial in database.execute(f"PRAGMA index_list({table})").fetchall():
        if unique and not partial:
            found.append(tuple(row[2] for row in database.execute(f"PRAGMA index_info({index})")))
    primary = [row[1] for row in database.execute(f"PRAGMA table_info({table})") if row[5]]
    return [*found, tuple(primary)]


def _row(database: sqlite3.Connection, table: str, sign: str) -> dict[str, object]:
    """Values that fit the columns, different for each sign."""
    values: dict[str, object] = {}
    for _, name, kind, *_ in database.execute(f"PRAGMA table_info({table})"):
        number = any(word in kind.upper() for word in ("INT", "FLOAT", "NUMERIC", "BOOL"))
        values[name] = ord(sign) if number else "{}" if kind == "JSON" else sign * 8
    return values


def _insert(table: str, row: dict[str, object], how: str = "INSERT") -> tuple[str, list[object]]:
    marks = ", ".join("?" for _ in row)
    return f"{how} INTO {table} ({', '.join(row)}) VALUES ({marks})", list(row.values())


def test_every_guarded_table_refuses_to_replace_a_row_by_any_key(database: sqlite3.Connection) -> None:
    tables = _guarded(database)
    assert len(tables) > 25
    tried = 0
    for table in tables:
        for key in _keys(database, table):
            database.execute("BEGIN")
            first, second = _row(database, table, "A"), _row(database, table, "B")
            database.execute(*_insert(table, first))
            database.execute(*_insert(table, second))
            own = _keys(database, table)[-1]
            rows = database.execute(f"SELECT {', '.join(key)} FROM {table} ORDER BY {own[0]}").fetchall()
            same = dict(zip(key, rows[-1], strict=True))
            before = database.execute(f"SELECT * FROM {table} ORDER BY {own[0]}").fetchall()
            with pytest.raises(sqlite3.IntegrityError, match="never replaced"):
                database.execute(*_insert(table, {**_row(database, table, "C"), **same}, "INSERT OR REPLACE"))
            changed = ", ".join(f"{column} = ?" for column in same)
            with pytest.raises(sqlite3.IntegrityError):  # of some tables no row changes at all
                database.execute(
                    f"UPDATE OR REPLACE {table} SET {changed} WHERE {own[0]} = ?",
                    [*same.values(), first[own[0]]],
                )
            assert database.execute(f"SELECT * FROM {table} ORDER BY {own[0]}").fetchall() == before
            database.execute("ROLLBACK")
            tried += 1
    assert tried > 60


def test_of_proposed_events_none_takes_the_place_of_another(database: sqlite3.Connection) -> None:
    first = {**_row(database, "business_events", "A"), "state": "proposed"}
    other = {**first, "id": "C" * 8, "key": None}
    database.execute(*_insert("business_events", {**first, "key": None}))
    with pytest.raises(sqlite3.IntegrityError, match="never replaced"):
        database.execute(*_insert("business_events", other, "INSERT OR REPLACE"))
    database.execute(*_insert("business_events", {**other, "state": "confirmed"}))
    with pytest.raises(sqlite3.IntegrityError):
        database.execute("UPDATE OR REPLACE business_events SET state = 'proposed' WHERE state = 'confirmed'")
