"""What somebody may see is no index that a query goes in by."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Select, select

from akta.db.engine import Database
from akta.records.models import Record
from akta.records.queue import ReviewItem
from akta.records.visibility import visible_to
from tests.conftest import principal


@pytest.fixture
def sqlite(tmp_path: Path, _migrated_sqlite: Path) -> Iterator[Database]:
    shutil.copy(_migrated_sqlite, tmp_path / "akta.db")
    made = Database(f"sqlite:///{tmp_path / 'akta.db'}")
    yield made
    made.close()


def _plan(database: Database, query: Select[tuple[str]]) -> str:
    said = query.compile(database.engine, compile_kwargs={"literal_binds": True, "render_postcompile": True})
    with database.read() as session:
        rows = session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {said}").all()
    return "\n".join(row[3] for row in rows)


def test_a_query_goes_in_by_what_is_asked_and_not_by_who_asks(sqlite: Database) -> None:
    """Most of an archive can be somebody's: a list of three papers looked through half a million."""
    who = principal("clerk", levels={"accounting": 2, "it": 1}, user_id="u")
    mine = select(Record.id).where(visible_to(who))
    queue = mine.join(ReviewItem, ReviewItem.record_id == Record.id).order_by(ReviewItem.rank).limit(3)
    for query in (mine.where(Record.id.in_([])), mine.where(Record.id.in_(["a", "b"])), queue):
        plan = _plan(sqlite, query)
        assert "domain" not in plan, plan
        assert "OR" not in plan.replace("ORDER", ""), plan
