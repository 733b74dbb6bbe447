"""What a query planner is told."""

from typing import Any

from sqlalchemy import ColumnElement
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement


class _Unindexed(FunctionElement[Any]):
    name = "unindexed"
    inherit_cache = True


def unindexed(column: Any) -> ColumnElement[Any]:
    """The column, but not as a way into its table.

    SQLite, which keeps no statistics unless asked, else takes an index for every condition with an equals
    sign, and looks through half of a table for one that most rows fulfil. A plus sign before the column, as
    sqlite.org/optoverview.html has it, leaves the choice among the others. PostgreSQL gets the bare column.
    """
    made = _Unindexed(column)
    made.type = column.type
    return made


@compiles(_Unindexed)
def _plain(element: _Unindexed, compiler: SQLCompiler, **more: Any) -> str:
    return compiler.process(element.clauses, **more)


@compiles(_Unindexed, "sqlite")
def _with_plus(element: _Unindexed, compiler: SQLCompiler, **more: Any) -> str:
    return "+" + compiler.process(element.clauses, **more)
