"""Going through records of classes in batches, on SQLite and on PostgreSQL."""

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

from akta.db.engine import Database
from akta.records.models import Record
from retention.keeping.walking import next_of_classes
from tests.factories import add_record


def _walk(session: Session, codes: list[str], limit: int) -> list[str]:
    found, place, batches = [], "", 0
    while True:
        rows, place = next_of_classes(session, [Record.id], codes, place, limit)
        if not rows:
            return found
        assert len(rows) <= limit
        found += [row.id for row in rows]
        batches += 1
        assert batches < 100


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 50])
def test_each_record_of_the_classes_comes_once_in_whatever_batches(database: Database, limit: int) -> None:
    with database.write() as session:
        wanted = {
            add_record(session, class_code=f"K-{number % 4}", state="filed").id
            for number in range(20)
            if number % 4 != 3
        }
        add_record(session, class_code="K-3", state="filed")
        add_record(session, class_code=None, state="filed")
        add_record(session, class_code="K-1", state="destroyed")
    with database.read() as session:
        found = _walk(session, ["K-2", "K-0", "K-1", "K-9"], limit)
    assert sorted(found) == sorted(wanted)


def test_what_is_filed_behind_the_place_meanwhile_comes_too_if_its_class_is_not_over(
    database: Database,
) -> None:
    with database.write() as session:
        first = add_record(session, class_code="K-1", state="filed").id
    with database.read() as session:
        rows, place = next_of_classes(session, [Record.id], ["K-1", "K-2"], "", 5)
    assert [row.id for row in rows] == [first]
    with database.write() as session:
        later = [add_record(session, class_code=code, state="filed").id for code in ("K-1", "K-2")]
    with database.read() as session:
        rows, place = next_of_classes(session, [Record.id], ["K-1", "K-2"], place, 5)
        assert [row.id for row in rows] == later
        assert next_of_classes(session, [Record.id], ["K-1", "K-2"], place, 5) == ([], place)


def test_no_batch_sorts_what_it_does_not_take(sqlite_url: str) -> None:
    """Sorting all records of the classes for each batch made a simulation slower with the square of them.

    On SQLite: PostgreSQL chooses by how many rows there are, which are too few here.
    """
    database = Database(sqlite_url)
    asked: list[tuple[str, object]] = []
    event.listen(
        database.engine,
        "before_cursor_execute",
        lambda _c, _k, said, values, *_: asked.append((said, values)),
    )
    with database.read() as session:
        next_of_classes(session, [Record.id, Record.received_at], ["K-1"], "K-0\n" + "0" * 26, 10)
        next_of_classes(session, [Record.id, Record.received_at], ["K-1"], "K-1\n" + "0" * 26, 10)
        walks = [(said, values) for said, values in asked if "class_code" in said]
        assert len(walks) == 2
        for said, values in walks:
            plan = session.connection().exec_driver_sql("EXPLAIN QUERY PLAN " + said, values).all()
            told = " ".join(str(row[-1]) for row in plan)
            assert "ix_records_class_id" in told
            assert "TEMP B-TREE" not in told
    database.close()
