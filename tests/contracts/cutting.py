"""A TCP proxy that cuts its connections after so many bytes: a network that fails in the middle."""

import contextlib
import socket
import threading
from collections.abc import Callable
from types import TracebackType


class CuttingProxy:
    """Forwards to `target` (host:port); each connection is cut after `up` or `down` bytes."""

    def __init__(self, target: str, *, up: int | None = None, down: int | None = None) -> None:
        host, port = target.rsplit(":", 1)
        self._target = (host, int(port))
        self._limits = (up, down)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._threads: list[threading.Thread] = []
        self._lines: list[socket.socket] = []
        self.accepted = 0  # connections so far
        self.endpoint = f"127.0.0.1:{self._listener.getsockname()[1]}"

    def __enter__(self) -> "CuttingProxy":
        self._run(self._accept)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        _cut(self._listener)
        for line in self._lines:
            _cut(line)
        for thread in self._threads:
            thread.join(10)

    def _run(self, what: Callable[..., None], *arguments: object) -> None:
        thread = threading.Thread(target=what, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        up, down = self._limits
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                self.accepted += 1
                server = socket.create_connection(self._target)
                self._lines += [client, server]
                self._run(_forward, client, server, up)
                self._run(_forward, server, client, down)


def _forward(source: socket.socket, target: socket.socket, limit: int | None) -> None:
    passed = 0
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
            passed += len(data)
            if limit is not None and passed >= limit:
                break
    _cut(source)
    _cut(target)


def _cut(line: socket.socket) -> None:
    with contextlib.suppress(OSError):
        line.shutdown(socket.SHUT_RDWR)
    line.close()
