"""Uploads as streams: file parts of a multipart body go to storage as they arrive.

The parser is python-multipart's push parser. A file part is written to storage
by a worker thread through a short queue, so neither the whole body nor a whole
file is ever in memory, and a slow disk slows the sender down.
"""

import asyncio
import queue
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass

from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request

from akta.kernel.errors import AktaError
from akta.storage.port import Blob, BlobStore, BlobTooLargeError

MAX_FILES = 200
MAX_VALUE = 64 * 1024
_QUEUE_CHUNKS = 16
_END = None


class BadUploadError(AktaError):
    """The body is not a multipart form with files."""

    code = "bad_upload"


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


async def store_upload(request: Request, store: BlobStore, *, limit: int) -> Upload:
    """Read the request's multipart body and store its files.

    Raises BadUploadError for a body that is none, BlobTooLargeError for a file
    over `limit` bytes, StorageError. Files stored before the error stay as
    orphans, which are swept.
    """
    kind, options = parse_options_header(request.headers.get("content-type", ""))
    boundary = options.get(b"boundary")
    if kind != b"multipart/form-data" or not boundary:
        raise BadUploadError("Send the files as multipart/form-data.")
    return await _Receiver(request, store, limit, bytes(boundary)).run()


class _Sink:
    """Feeds one file's chunks to `BlobStore.put` in a thread."""

    def __init__(self, store: BlobStore, limit: int) -> None:
        self._chunks: queue.Queue[bytes | None] = queue.Queue(_QUEUE_CHUNKS)
        self._aborted = False
        self._task = asyncio.ensure_future(run_in_threadpool(store.put, self._read(), limit=limit))

    def _read(self) -> Iterator[bytes]:
        while (chunk := self._chunks.get()) is not _END:
            yield chunk
        if self._aborted:
            raise BadUploadError("The upload broke off; nothing of this file was kept.")

    async def write(self, chunk: bytes) -> None:
        while not self._task.done():
            try:
                self._chunks.put_nowait(chunk)
                return
            except queue.Full:
                await asyncio.sleep(0.002)
        await self._task  # it failed: let its error out

    async def finish(self) -> Blob:
        await self._end()
        return await self._task

    async def abort(self) -> None:
        self._aborted = True
        await self._end()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _end(self) -> None:
        while not self._task.done():
            try:
                self._chunks.put_nowait(_END)
                return
            except queue.Full:
                await asyncio.sleep(0.002)


class _Receiver:
    """Turns the parser's callbacks into an ordered list of things to await."""

    def __init__(self, request: Request, store: BlobStore, limit: int, boundary: bytes) -> None:
        self._request = request
        self._store = store
        self._limit = limit
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
            async for chunk in self._stream():
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
                await self._sink.abort()
        return Upload(tuple(self._files), self._values)

    async def _stream(self) -> AsyncIterator[bytes]:
        async for chunk in self._request.stream():
            if chunk:
                yield chunk

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
            self._sink = _Sink(self._store, self._limit)

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


__all__ = ["BadUploadError", "BlobTooLargeError", "StoredFile", "Upload", "store_upload"]
