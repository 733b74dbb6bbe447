"""A private PostgreSQL server."""

import contextlib
import signal
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import psycopg
from psycopg import sql

from tests.servers.processes import (
    HOST,
    account,
    free_port,
    private_folder,
    program,
    run,
    start,
    stop,
    wait_until,
)

_PACKAGE = "postgresql"
_USER = "akta"


@dataclass
class Postgres:
    """A running server. `url` names a database that was empty at the start."""

    port: int
    pid: int
    url: str = ""
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def new_database(self, template: str | None = None) -> str:
        """The URL of a new database: empty, or a copy of the one whose URL is `template`.

        Nobody may be connected to the template meanwhile.
        """
        name = f"akta_{next(self._numbers)}"
        source = _name(template) if template else "template0"
        self._administer(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(source))
        )
        return f"postgresql+psycopg://{_USER}@{HOST}:{self.port}/{name}"

    def drop_database(self, url: str) -> None:
        """Remove a database and cut off whoever is still connected to it."""
        self._administer(
            sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(_name(url)))
        )

    def _administer(self, statement: sql.Composed) -> None:
        with psycopg.connect(_conninfo(self.port), autocommit=True) as connection:
            connection.execute(statement)


@contextlib.contextmanager
def postgres(*, durable: bool = False) -> Iterator[Postgres]:
    """Start a server, stop it at the end. With `durable`, it waits for the disk as in production.

    Raises:
        RuntimeError: PostgreSQL is not installed or does not start.
    """
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=_version, reverse=True)
    initdb = program("initdb", _PACKAGE, folders)
    server = program("postgres", _PACKAGE, folders)
    owner = account("postgres")
    with private_folder("postgres", owner) as folder:
        data, log, port = folder / "data", folder / "log", free_port()
        run(
            [
                initdb,
                "-D",
                str(data),
                "-U",
                _USER,
                "--auth=trust",
                "--encoding=UTF8",
                "--locale=C.UTF-8",
                "-N",
            ],
            user=owner,
        )
        options = {
            "listen_addresses": HOST,
            "port": str(port),
            "unix_socket_directories": "",
            "max_connections": "200",
            "fsync": "on" if durable else "off",
        }
        command = [server, "-D", str(data)]
        for name, value in options.items():
            command += ["-c", f"{name}={value}"]
        process = start(command, log, user=owner)
        try:
            wait_until(lambda: _answers(port), process, log)
            made = Postgres(port, process.pid)
            made.url = made.new_database()
            yield made
        finally:
            stop(process, signal.SIGINT)  # "fast": does not wait for clients


def _version(folder: Path) -> int:
    number = folder.parent.name
    return int(number) if number.isdigit() else 0


def _name(url: str) -> str:
    return url.rsplit("/", 1)[1]


def _conninfo(port: int) -> str:
    return f"host={HOST} port={port} user={_USER} dbname=postgres connect_timeout=5"


def _answers(port: int) -> bool:
    try:
        psycopg.connect(_conninfo(port)).close()
    except psycopg.OperationalError:
        return False
    return True
