"""Uploads as streams: file parts of a multipart body go to disk as they arrive, and then to storage.

The parser is python-multipart's push parser. What arrived of a file waits in memory
up to `SPOOL_BYTES`, and beyond that in a file without a name in the data folder. A
thread is taken only to write such a piece, or to store what is whole, never to wait
for a sender, and only so many at once; so slow senders keep nobody waiting, neither
a body nor a file is ever in memory, and a slow disk slows the senders down.
"""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, TypeVar

from anyio import CapacityLimiter, to_thread
from anyio.lowlevel import RunVar
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import ClientDisconnect, Request

from akta.bootstrap import App
from akta.kernel.errors import AktaError
from akta.storage.port import Blob, BlobStore, BlobTooLargeError
from api.middleware import lift_body_limit
from ingest.uploads.service import disk_error

MAX_FILES = 200
MAX_VALUE = 64 * 1024
#: What is kept of a file in memory before it is written down.
SPOOL_BYTES = 256 * 1024
_CHUNK = 1 << 20
#: Threads that write pieces down, and threads that store whole files, at once.
_WRITERS, _STORERS = 4, 8
_T = TypeVar("_T")
_writers: RunVar[CapacityLimiter] = RunVar("akta_spool_writers")
_storers: RunVar[CapacityLimiter] = RunVar("akta_spool_storers")


class BadUploadError(AktaError):
    """The body is not a multipart form with files."""

    code = "bad_upload"


class UploadIdleError(AktaError):
    """The sender was silent for too long."""

    code = "upload_idle"


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file part that is safe in storage; `name` is untrusted."""

    field: str
    name: str
    blob: Blob


@dataclass(frozen=True, slots=True)
class Upload:
    files: tuple[StoredFile, ...]
    values: dict[str, str]


@dataclass(frozen=True, slots=True)
class Target:
    """Where uploads go: `spool` is the folder where they wait, `limit` the bytes of a file,
    `idle` the seconds a sender may be silent."""

    store: BlobStore
    spool: Path
    limit: int
    idle: float


async def store_upload(request: Request, app: App) -> Upload:
    """Read the request's multipart body and store its files.

    Raises BadUploadError for a body that is none, BlobTooLargeError for a file over
    the limit, UploadIdleError, StorageError. Files stored before the error stay as
    orphans, which are swept.
    """
    kind, options = parse_options_header(request.headers.get("content-type", ""))
    boundary = options.get(b"boundary")
    if kind != b"multipart/form-data" or not boundary:
        raise BadUploadError("Send the files as multipart/form-data.")
    lift_body_limit(request)
    app.expect_work()
    settings = app.settings
    target = Target(app.store, app.home / "tmp", settings.max_upload_bytes, settings.upload_idle_seconds)
    return await _Receiver(request, target, bytes(boundary)).run()


class _Sink:
    """Collects one file, and stores it when it is whole."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._buffer = bytearray()
        self._size = 0
        self._file: BinaryIO | None = None

    async def write(self, chunk: bytes) -> None:
        self._size += len(chunk)
        if self._size > self._target.limit:
            raise BlobTooLargeError(
                f"The file is larger than {self._target.limit} bytes.", limit=self._target.limit
            )
        self._buffer += chunk
        if len(self._buffer) >= SPOOL_BYTES:
            await in_writer(self._write_down)

    async def finish(self) -> Blob:
        try:
            return await in_storer(self._store)
        finally:
            self.close()

    def close(self) -> None:
        """Let go of what was collected."""
        self._buffer.clear()
        if self._file is not None:
            self._file.close()
            self._file = None

    def _write_down(self) -> None:
        try:
            if self._file is None:
                self._file = _open(self._target.spool)
            view = memoryview(self._buffer)
            with view:
                done = 0
                while done < len(view):
                    done += self._file.write(view[done:])
        except OSError as error:
            raise disk_error(error) from error
        self._buffer.clear()

    def _store(self) -> Blob:
        return self._target.store.put(self._read(), limit=self._target.limit)

    def _read(self) -> Iterator[bytes]:
        if self._file is not None:
            self._file.seek(0)
            while chunk := self._file.read(_CHUNK):
                yield chunk
        yield bytes(self._buffer)


def _open(folder: Path) -> BinaryIO:
    # Without a name, so that even a killed process leaves nothing behind; without a buffer, because
    # what is written comes in large pieces.
    return tempfile.TemporaryFile(dir=folder, buffering=0)


async def _in_thread(which: RunVar[CapacityLimiter], most: int, act: Callable[[], _T]) -> _T:
    """Run `act` in one of `most` threads that are kept for it."""
    try:
        limiter = which.get()
    except LookupError:
        limiter = CapacityLimiter(most)
        which.set(limiter)
    return await to_thread.run_sync(act, limiter=limiter)


async def in_writer(act: Callable[[], _T]) -> _T:
    """Run `act`, which writes a piece down, in one of the few threads for that."""
    return await _in_thread(_writers, _WRITERS, act)


async def in_storer(act: Callable[[], _T]) -> _T:
    """Run `act`, which stores a whole file, in one of the few threads for that."""
    return await _in_thread(_storers, _STORERS, act)


async def arriving(request: Request, idle: float) -> AsyncIterator[bytes]:
    """The body as it comes. Raises UploadIdleError after `idle` seconds of silence, ClientDisconnect."""
    body = aiter(request.stream())
    while True:
        try:
            async with asyncio.timeout(idle):
                chunk = await anext(body)
        except StopAsyncIteration:
            return
        except TimeoutError as error:
            raise UploadIdleError(f"Nothing came for {idle:g} seconds. Send the files again.") from error
        if chunk:
            yield chunk


class _Receiver:
    """Turns the parser's callbacks into an ordered list of things to await."""

    def __init__(self, request: Request, target: Target, boundary: bytes) -> None:
        self._request = request
        self._target = target
        self._events: list[tuple[str, bytes]] = []
        self._parser = MultipartParser(
            boundary,
            {
                "on_part_begin": lambda: self._events.append(("begin", b"")),
                "on_header_field": lambda d, a, b: self._events.append(("field", d[a:b])),
                "on_header_value": lambda d, a, b: self._events.append(("value", d[a:b])),
                "on_header_end": lambda: self._events.append(("header", b"")),
                "on_headers_finished": lambda: self._events.append(("headers", b"")),
                "on_part_data": lambda d, a, b: self._events.append(("data", d[a:b])),
                "on_part_end": lambda: self._events.append(("end", b"")),
                "on_end": lambda: self._events.append(("done", b"")),
            },
        )
        self._field = self._value = b""
        self._headers: dict[bytes, bytes] = {}
        self._part: tuple[str, str | None] = ("", None)
        self._text = bytearray()
        self._sink: _Sink | None = None
        self._files: list[StoredFile] = []
        self._values: dict[str, str] = {}
        self._complete = False

    async def run(self) -> Upload:
        try:
            async for chunk in arriving(self._request, self._target.idle):
                try:
                    self._parser.write(chunk)
                except Exception as error:
                    raise BadUploadError("The form's body is broken. Send the files again.") from error
                events, self._events = self._events, []
                for event in events:
                    await self._handle(*event)
            if not self._complete:
                raise BadUploadError("The upload broke off before its end. Send the files again.")
        except ClientDisconnect as error:
            raise BadUploadError("The sender went away before the end.") from error
        finally:
            if self._sink is not None:
                self._sink.close()
        return Upload(tuple(self._files), self._values)

    async def _handle(self, kind: str, data: bytes) -> None:
        match kind:
            case "begin":
                self._headers, self._field, self._value = {}, b"", b""
                self._text.clear()
            case "field":
                self._field += data
            case "value":
                self._value += data
            case "header":
                self._headers[self._field.lower()] = self._value
                self._field = self._value = b""
                if len(self._headers) > 20:
                    raise BadUploadError("A part of the form has too many headers.")
            case "headers":
                self._open_part()
            case "data":
                await self._data(data)
            case "end":
                await self._close_part()
            case "done":
                self._complete = True

    def _open_part(self) -> None:
        _, options = parse_options_header(self._headers.get(b"content-disposition", b""))
        name = options.get(b"name", b"").decode("utf-8", "replace")
        file_name = options.get(b"filename")
        self._part = (name, None if file_name is None else file_name.decode("utf-8", "replace"))
        if file_name is not None:
            if len(self._files) >= MAX_FILES:
                raise BadUploadError(f"At most {MAX_FILES} files in one request.")
            self._sink = _Sink(self._target)

    async def _data(self, data: bytes) -> None:
        if self._sink is not None:
            await self._sink.write(data)
            return
        self._text += data
        if len(self._text) > MAX_VALUE:
            raise BadUploadError("A value of the form is too long.")

    async def _close_part(self) -> None:
        name, file_name = self._part
        if self._sink is None:
            if len(self._values) >= 50:
                raise BadUploadError("The form has too many values.")
            self._values[name] = self._text.decode("utf-8", "replace")
            return
        sink, self._sink = self._sink, None
        blob = await sink.finish()
        self._files.append(StoredFile(name, file_name or "unnamed", blob))


__all__ = [
    "BadUploadError",
    "BlobTooLargeError",
    "StoredFile",
    "Upload",
    "UploadIdleError",
    "arriving",
    "in_storer",
    "in_writer",
    "store_upload",
]
