"""Claiming looks at as few jobs as there are slots, however many wait."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from sqlalchemy import event, insert, text

from akta.db.engine import Database
from akta.events import jobs
from akta.events.models import Job
from tests.conftest import NOON

MANY = 3000


def _fill(database: Database, run_after: timedelta = timedelta(0)) -> None:
    """Many waiting jobs of two priorities and many that are done."""
    rows = [
        {
            "id": f"{n:026d}",
            "kind": "x",
            "key": f"k{n}",
            "payload": {},
            "priority": (80, 50)[n % 2],
            "state": "ready" if n < MANY else "done",
            "run_after": NOON + run_after + timedelta(seconds=n),
            "created_at": NOON,
        }
        for n in range(2 * MANY)
    ]
    with database.write() as session:
        session.execute(insert(Job), rows)
    with database.engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("ANALYZE"))


@contextmanager
def _queries(database: Database) -> Iterator[list[tuple[str, Any]]]:
    seen: list[tuple[str, Any]] = []

    def note(_c: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        if statement.lstrip().startswith("SELECT") and "jobs" in statement:
            seen.append((statement, parameters))

    event.listen(database.engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(database.engine, "before_cursor_execute", note)


def _plans(database: Database, queries: list[tuple[str, Any]]) -> str:
    explain = "EXPLAIN QUERY PLAN " if database.dialect == "sqlite" else "EXPLAIN "
    lines = []
    with database.engine.connect() as connection:
        for statement, parameters in queries:
            rows = connection.exec_driver_sql(explain + statement, parameters).all()
            lines += [str(row[-1]) for row in rows]
    return "\n".join(lines)


def test_nothing_is_sorted_and_no_table_is_walked(database: Database) -> None:
    _fill(database)
    now = NOON + timedelta(days=1)
    with _queries(database) as seen:
        with database.write() as session:
            taken = jobs.claim(session, "h:1:1", now, kinds=("x", "y"))
        with database.read() as session:
            assert jobs.waiting(session, now, most=4) == 4
    assert taken
    assert taken.id == f"{1:026d}"
    plans = _plans(database, seen)
    for bad in ("TEMP B-TREE", "SCAN jobs", "Seq Scan", "Sort"):
        assert bad not in plans, plans


def test_those_that_are_not_due_are_not_looked_at(database: Database) -> None:
    """An outage leaves many jobs that wait for their time, with a priority above those that are due."""
    _fill(database, timedelta(hours=2))
    now = NOON + timedelta(hours=1)
    with database.write() as session:
        jobs.enqueue(session, "x", {}, key="due", now=now, priority=90)
    with _queries(database) as seen, database.write() as session:
        taken = jobs.claim(session, "h:1:1", now)
    assert taken
    assert taken.key == "due"
    if database.dialect == "sqlite":
        plans = _plans(database, seen)
        assert "priority=? AND run_after<?" in plans, plans


def test_waiting_counts_what_could_be_claimed(database: Database) -> None:
    _fill(database)
    with database.read() as session:
        assert jobs.waiting(session, NOON, most=8) == 1
        assert jobs.waiting(session, NOON + timedelta(seconds=5), most=8) == 6
        assert jobs.waiting(session, NOON + timedelta(days=1), most=8) == 8
        assert jobs.waiting(session, NOON - timedelta(days=1), most=8) == 0
    with database.write() as session:
        assert jobs.claim(session, "h:1:1", NOON)
    with database.read() as session:
        assert jobs.waiting(session, NOON, most=8) == 0
        assert jobs.waiting(session, NOON + jobs.LEASE, most=2) == 2
