"""Alembic's environment. One set of migrations serves SQLite and PostgreSQL.

Two processes that start at once on a new archive must not both migrate: on
PostgreSQL an advisory lock, on SQLite the write lock, lets one go first, and the
other then finds nothing to do.
"""

from alembic import context
from sqlalchemy import text

import akta.access.models
import akta.audit.models
import akta.events.models
import akta.records.judgements
import akta.records.links
import akta.records.models
import akta.records.queue
import akta.records.states  # noqa: F401 - models register themselves
import ingest.uploads.models  # noqa: F401
import retention.disposition.models
import retention.events.models
import retention.keeping.models
import retention.requests.models
import retention.schedules.models
import retention.vital.models  # noqa: F401
from akta.db.base import Base, Instant
from akta.db.engine import Database

_LOCK = 4_018_640_771


def _render(kind: str, item: object, autogen: object) -> str | bool:
    if kind == "type" and isinstance(item, Instant):
        autogen.imports.add("from akta.db.base import Instant")  # type: ignore[attr-defined]
        return "Instant()"
    return False


def run() -> None:
    url = context.config.get_main_option("sqlalchemy.url")
    assert url
    database = Database(url, pooled=False)
    with database.engine.connect().execution_options(akta_write=True) as connection:
        if database.dialect == "postgresql":
            connection.execute(text("SET lock_timeout = '30s'"))
            connection.execute(text("SELECT pg_advisory_xact_lock(:n)"), {"n": _LOCK})
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            render_as_batch=database.dialect == "sqlite",
            compare_type=True,
            render_item=_render,
        )
        with context.begin_transaction():
            context.run_migrations()
        connection.commit()


run()
