"""A private Redis server that writes every change to disk."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass

from tests.servers.processes import (
    HOST,
    exchange,
    free_port,
    private_folder,
    program,
    start,
    stop,
    wait_until,
)


@dataclass(frozen=True)
class Redis:
    """A running server."""

    port: int
    pid: int

    @property
    def url(self) -> str:
        return f"redis://{HOST}:{self.port}/0"


@contextlib.contextmanager
def redis() -> Iterator[Redis]:
    """Start a server, stop it at the end.

    Raises:
        RuntimeError: Redis is not installed or does not start.
    """
    server = program("redis-server", "redis-server")
    with private_folder("redis") as folder:
        port, log = free_port(), folder / "log"
        process = start(
            [
                server,
                "--bind",
                HOST,
                "--port",
                str(port),
                "--dir",
                str(folder),
                "--appendonly",
                "yes",
                "--save",
                "",
            ],
            log,
        )
        try:
            wait_until(lambda: exchange(port, b"PING\r\n").startswith(b"+PONG"), process, log)
            yield Redis(port, process.pid)
        finally:
            stop(process)
