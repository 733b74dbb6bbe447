"""Engine and transactions.

Only the edges (request, job, command) open a transaction, with `Database.read`
or `Database.write`; services receive the session and never commit.

SQLite: WAL with full synchronisation, foreign keys on, and write transactions
that take the write lock at their start (BEGIN IMMEDIATE), so that two writers
wait for each other instead of failing at COMMIT, as documented at
sqlite.org/lang_transaction.html.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import DatabaseError, DBAPIError, OperationalError
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool, QueuePool

from akta.kernel.errors import OutageError

BUSY_TIMEOUT_MS = 30_000


class DatabaseUnavailableError(OutageError):
    """The database cannot be reached or is full; nothing was changed."""

    code = "database_unavailable"


class Database:
    """An engine and its two kinds of transaction.

    Args:
        url: an SQLAlchemy URL; `sqlite:///...` or `postgresql+psycopg://...`.
        pooled: keep connections open between transactions. Processes that fork
            must not: an SQLite connection carried over a fork corrupts locks.
        pool_size: at most so many connections are kept.
    """

    def __init__(self, url: str, *, pooled: bool = True, pool_size: int = 10) -> None:
        self.url = url
        self.dialect = make_url(url).get_backend_name()
        self.engine = _make_engine(url, pooled=pooled, pool_size=pool_size)

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A transaction that only reads; it is rolled back at its end."""
        with Session(self.engine, expire_on_commit=False, autoflush=False) as session, _translated():
            yield session
            # Closing rolls back, and leaves what was loaded readable.

    @contextmanager
    def snapshot(self) -> Iterator[Session]:
        """A transaction that only reads and sees one state of the database, that of its first query."""
        with self.read() as session:
            if self.dialect == "postgresql":  # SQLite always does
                session.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A transaction that commits when the block ends and rolls back if it raises."""
        with Session(self.engine, expire_on_commit=False) as session, _translated():
            session.connection(execution_options={"akta_write": True})
            yield session
            session.commit()

    def reclaim(self) -> None:
        """Ask the database to leave nothing of deleted rows.

        SQLite overwrites what is deleted, but its journal has the pages as they were: it is emptied. A reader
        that is under way may keep it for a while. PostgreSQL marks the room as free (VACUUM).
        """
        raw = self.engine.raw_connection()
        try:
            if self.dialect == "sqlite":
                raw.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
            else:
                raw.driver_connection.autocommit = True  # type: ignore[union-attr]
                raw.cursor().execute("VACUUM")
                raw.driver_connection.autocommit = False  # type: ignore[union-attr]
        finally:
            raw.close()

    def close(self) -> None:
        """Close all connections; the next transaction opens new ones."""
        self.engine.dispose()

    @property
    def file(self) -> Path | None:
        """The SQLite file, or None for a server."""
        name = make_url(self.url).database
        return Path(name) if self.dialect == "sqlite" and name else None


@contextmanager
def any_text(session: Session) -> Iterator[None]:
    """Read text that is none as what it is, to tell of it: for those who verify.

    SQLite keeps any bytes in a column of text, and its driver refuses a row in which they are not UTF-8. Here
    each such byte becomes a character that no text in UTF-8 has (PEP 383), so nothing equals it by chance.
    PostgreSQL takes nothing in that is not text.
    """
    raw = session.connection().connection.driver_connection
    if not isinstance(raw, sqlite3.Connection):
        yield
        return
    before = raw.text_factory
    raw.text_factory = _text
    try:
        yield
    finally:
        raw.text_factory = before


def _text(stored: bytes) -> str:
    return stored.decode("utf-8", "surrogateescape")


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except OperationalError as error:
        raise DatabaseUnavailableError(
            "The database did not answer or has no room left. Nothing was changed; try again.",
            detail=type(error.orig).__name__ + ": " + str(error.orig)[:200],
        ) from error
    except DatabaseError as error:
        if type(error.orig) is not sqlite3.DatabaseError:  # its kinds are mistakes of ours
            raise
        raise DatabaseUnavailableError(
            "The database file is damaged. Keep it as it is and restore a backup into another folder.",
            detail=str(error.orig)[:200],
        ) from error


def _make_engine(url: str, *, pooled: bool, pool_size: int) -> Engine:
    # An error names the statement and never its values: they are what papers say, and errors are logged.
    options: dict[str, Any] = {"poolclass": QueuePool if pooled else NullPool, "hide_parameters": True}
    if pooled:
        options |= {"pool_size": pool_size, "max_overflow": 2 * pool_size, "pool_pre_ping": True}
    if make_url(url).get_backend_name() != "sqlite":
        return create_engine(url, **options)
    options.pop("pool_pre_ping", None)
    engine = create_engine(
        url, connect_args={"timeout": BUSY_TIMEOUT_MS / 1000, "check_same_thread": False}, **options
    )
    event.listen(engine, "connect", _on_sqlite_connect)
    event.listen(engine, "begin", _on_sqlite_begin)
    return engine


def _on_sqlite_connect(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves
    cursor = connection.cursor()
    for pragma in (
        f"busy_timeout = {BUSY_TIMEOUT_MS}",
        "journal_mode = WAL",
        "synchronous = FULL",
        "foreign_keys = ON",
        "secure_delete = ON",  # what is destroyed leaves no text in free pages
        "temp_store = MEMORY",
        "cache_size = -8192",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _on_sqlite_begin(connection: Connection) -> None:
    write = connection.get_execution_options().get("akta_write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")


def is_unique_violation(error: DBAPIError) -> bool:
    """Whether a database error says that a unique value was already there."""
    said = str(error.orig).lower()
    return "unique" in said or "duplicate key" in said
