"""What somebody may see is no index that a query goes in by."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Select, select

from akta.db.engine import Database
from akta.records.models import Record
from akta.records.visibility import visible_to
from ingest.review.queue import Wanted, _ordered
from tests.conftest import principal


@pytest.fixture
def sqlite(tmp_path: Path, _migrated_sqlite: Path) -> Iterator[Database]:
    shutil.copy(_migrated_sqlite, tmp_path / "akta.db")
    made = Database(f"sqlite:///{tmp_path / 'akta.db'}")
    yield made
    made.close()


def _plan(database: Database, query: Select[Any]) -> str:
    said = query.compile(database.engine, compile_kwargs={"literal_binds": True, "render_postcompile": True})
    with database.read() as session:
        rows = session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {said}").all()
    return "\n".join(row[3] for row in rows)


def test_a_query_goes_in_by_what_is_asked_and_not_by_who_asks(sqlite: Database) -> None:
    """Most of an archive can be somebody's: a list of three papers looked through half a million."""
    who = principal("clerk", levels={"accounting": 2, "it": 1}, user_id="u")
    mine = select(Record.id).where(visible_to(who))
    for query in (mine.where(Record.id.in_([])), mine.where(Record.id.in_(["a", "b"]))):
        plan = _plan(sqlite, query)
        assert "SEARCH records USING" in plan, plan
        assert "MULTI-INDEX" not in plan, plan
    queue = _plan(sqlite, _ordered(who, Wanted(), None).limit(51))
    assert queue.startswith("SCAN review_items USING INDEX"), queue  # in its order
