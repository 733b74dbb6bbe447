"""Many slow senders: everybody else is served, each of them in the end too, and the silent are let go."""

import json
import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

import httpx
import pytest
import uvicorn

from akta.access import accounts, sessions
from akta.access.roles import GRANTABLE, TOKEN_SCOPES
from akta.bootstrap import App
from api import uploads
from api.app import create_api

#: More than the server has threads for requests.
MANY = 60
HEAD = b'--b\r\nContent-Disposition: form-data; name="file"; filename="slow.txt"\r\n\r\n'
TAIL = b"\r\n--b--\r\n"


@contextmanager
def _serving(app: App) -> Iterator[tuple[str, int]]:
    server = uvicorn.Server(uvicorn.Config(create_api(app), log_config=None, access_log=False))
    with socket.create_server(("127.0.0.1", 0), backlog=256) as listener:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield listener.getsockname()[:2]
        finally:
            server.should_exit = server.force_exit = True
            thread.join()


def _token(app: App) -> str:
    with app.database.write() as session:
        user = accounts.create_user(
            session,
            app.audit,
            "system:test",
            login="clerk",
            name="clerk",
            password="a long enough password",
            roles=["clerk"],
            grants=dict.fromkeys(GRANTABLE, 3),
            language="en",
            now=app.clock.now(),
        )
        _, token = sessions.create_token(
            session, app.audit, "system:test", user, name="t", scopes=TOKEN_SCOPES, now=app.clock.now()
        )
    return token


class _Sender:
    """A client that sends its body in parts, when told to."""

    def __init__(self, address: tuple[str, int], token: str, body: bytes) -> None:
        self.body = HEAD + body + TAIL
        self.socket = socket.create_connection(address, timeout=60)
        self.socket.sendall(
            (
                f"POST /v1/records HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {token}\r\n"
                "content-type: multipart/form-data; boundary=b\r\nconnection: close\r\n"
                f"content-length: {len(self.body)}\r\n\r\n"
            ).encode()
        )

    def send(self, count: int | None = None) -> None:
        """Send so many of the bytes that remain, or all."""
        part = self.body[:count]
        self.body = self.body[len(part) :]
        self.socket.sendall(part)

    def answer(self) -> tuple[int, dict[str, object]]:
        """Status and body of what the server says in the end."""
        data = b""
        while chunk := self.socket.recv(65536):
            data += chunk
        head, _, body = data.partition(b"\r\n\r\n")
        return int(head.split()[1]), json.loads(body)

    def __enter__(self) -> "_Sender":
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()


def test_slow_senders_keep_nobody_waiting(make_app: Callable[..., App]) -> None:
    app = make_app()
    token = _token(app)
    with _serving(app) as address, ExitStack() as stack:
        slow = [
            stack.enter_context(_Sender(address, token, f"paper {n} ".encode() * 40_000)) for n in range(MANY)
        ]
        for _ in range(3):
            for sender in slow:
                sender.send(len(HEAD) + 1)
        url = f"http://{address[0]}:{address[1]}"
        for path in ("/health/live", "/health/ready"):
            assert httpx.get(url + path, timeout=20).status_code == 200
        quick = httpx.post(
            f"{url}/v1/records",
            files={"file": ("quick.txt", b"quick")},
            headers={"authorization": f"Bearer {token}"},
            timeout=20,
        )
        assert quick.status_code == 202
        for sender in slow:
            sender.send()
        told = [sender.answer() for sender in slow]
    assert {status for status, _ in told} == {202}
    assert len({json.dumps(body) for _, body in told}) == MANY
    assert list((app.home / "tmp").iterdir()) == []


def test_a_silent_sender_is_let_go(make_app: Callable[..., App]) -> None:
    app = make_app(upload_idle_seconds=0.2)
    token = _token(app)
    with _serving(app) as address, _Sender(address, token, b"x" * 1000) as sender:
        sender.send(len(HEAD) + 10)
        status, body = sender.answer()
    assert status == 408
    assert body["type"] == "urn:akta:problem:upload_idle"
    assert list(app.store.names()) == []


def test_large_uploads_wait_in_the_data_folder(
    make_app: Callable[..., App], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The system's folder for temporary files may be small, or memory."""
    app = make_app()
    token = _token(app)
    monkeypatch.setattr("tempfile.tempdir", str(app.home / "nowhere"))
    with _serving(app) as address, _Sender(address, token, os.urandom(3 << 20)) as sender:
        sender.send(2 << 20)
        _until(lambda: _unnamed(app.home / "tmp") == 1)
        sender.send()
        assert sender.answer()[0] == 202
        assert _unnamed(app.home / "tmp") == 0


def _full(_folder: Path) -> BinaryIO:
    return Path("/dev/full").open("r+b", buffering=0)


def test_a_disk_that_is_full_is_told(make_app: Callable[..., App], monkeypatch: pytest.MonkeyPatch) -> None:
    app = make_app()
    token = _token(app)
    monkeypatch.setattr(uploads, "SPOOL_BYTES", 10)
    monkeypatch.setattr(uploads, "_open", _full)
    with _serving(app) as address, _Sender(address, token, b"x" * 1000) as sender:
        sender.send()
        assert sender.answer()[0] == 507
    assert list(app.store.names()) == []


def test_the_store_for_objects_spools_there_too(make_app: Callable[..., App]) -> None:
    app = make_app(
        storage="s3", s3_endpoint="127.0.0.1:1", s3_access_key="a", s3_secret_key="b", s3_secure=False
    )
    assert app.store.options.spool == app.home / "tmp"  # type: ignore[attr-defined]


def _unnamed(folder: Path) -> int:
    """How many files without a name this process has open in a folder."""
    count = 0
    for link in Path("/proc/self/fd").iterdir():
        with suppress(FileNotFoundError):
            target = str(link.readlink())
            count += target.startswith(f"{folder}/") and target.endswith("(deleted)")
    return count


def _until(condition: Callable[[], bool]) -> None:
    for _ in range(600):
        if condition():
            return
        threading.Event().wait(0.05)
    raise AssertionError("it never came to be")
