"""Uploads in pieces over HTTP: tus 1.0 (https://tus.io/protocols/resumable-upload), core and the extensions
creation, termination, checksum and expiration.

The pages and the programs' interface speak the same; each brings its own sign-in and address.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Awaitable, Callable
from email.utils import format_datetime
from functools import partial
from typing import Any, Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from akta.access.principal import Principal
from akta.bootstrap import App
from akta.kernel.errors import AktaError
from api.middleware import lift_body_limit
from api.problems import problem
from api.uploads import BadUploadError, UploadIdleError, arriving, in_storer, in_writer
from ingest.uploads.service import Part, Progress

VERSION: Final = "1.0.0"
CHECKSUMS: Final = ("sha1", "sha256")
#: Bytes written to the disk at once, and bytes after which what came is made safe and counted.
_WRITTEN, _COUNTED = 256 * 1024, 8 * 1024**2


class TusVersionError(AktaError):
    """The sender speaks another version of the protocol."""

    code = "tus_version"


class NotAPieceError(AktaError):
    """The body is not said to be a piece of a file."""

    code = "not_a_piece"


class ChecksumError(AktaError):
    """The piece that arrived is not the one that was sent."""

    code = "checksum_mismatch"


async def answered(request: Request, act: Callable[[], Awaitable[Response]]) -> Response:
    """The answer of `act`, or its error as a problem; each with the protocol's version."""
    try:
        if request.headers.get("tus-resumable") != VERSION:
            raise TusVersionError(f"Say Tus-Resumable: {VERSION}; no other version is spoken here.")
        response = await act()
    except AktaError as error:
        response = problem(request, error)
        if isinstance(error, TusVersionError):
            response.headers["tus-version"] = VERSION
    response.headers["tus-resumable"] = VERSION
    return response


def abilities(app: App) -> Response:
    """What is spoken here."""
    return Response(
        status_code=204,
        headers={
            "tus-resumable": VERSION,
            "tus-version": VERSION,
            "tus-extension": "creation,termination,checksum,expiration",
            "tus-max-size": str(app.settings.max_upload_bytes),
            "tus-checksum-algorithm": ",".join(CHECKSUMS),
        },
    )


async def create(request: Request, app: App, principal: Principal, channel: str) -> Response:
    """Announce a file: its length in Upload-Length, its name as `filename` in Upload-Metadata."""
    length = _number(request, "upload-length")
    told = _metadata(request.headers.get("upload-metadata", ""))
    modified = told.get("modified", "")
    begin = partial(
        app.uploads.begin,
        principal,
        name=told.get("filename", ""),
        size=length,
        channel=channel,
        modified=int(modified)
        if modified.isascii() and modified.isdecimal() and len(modified) < 17
        else None,
    )
    made = await run_in_threadpool(begin)
    path = request.url.path.rstrip("/")
    return Response(status_code=201, headers={**_headers(made), "location": f"{path}/{made.id}"})


async def state(app: App, principal: Principal, upload_id: str) -> Response:
    """How far a file is; with its receipt once it has one."""

    def look() -> Progress:
        with app.database.read() as session:
            return app.uploads.progress(session, principal, upload_id)

    found = await run_in_threadpool(look)
    headers = _headers(found) | {"upload-length": str(found.size), "cache-control": "no-store"}
    if found.file_name:
        name = base64.b64encode(found.file_name.encode()).decode()
        headers["upload-metadata"] = f"filename {name}"
    return Response(status_code=200, headers=headers)


async def append(request: Request, app: App, principal: Principal, upload_id: str) -> Response:
    """Take a piece that begins at Upload-Offset.

    What came of it before the sender went away is kept, unless a checksum was promised: then the piece counts
    as a whole or not at all.
    When this answers that all bytes are there, the file has a receipt (`Akta-Receipt`).
    """
    if request.headers.get("content-type", "") != "application/offset+octet-stream":
        raise NotAPieceError("Send a piece of the file as application/offset+octet-stream.")
    place = _number(request, "upload-offset")
    digest, expected = _checksum(request.headers.get("upload-checksum", ""))
    lift_body_limit(request)
    app.expect_work()
    part = await in_writer(partial(app.uploads.open, principal, upload_id, place))
    try:
        await _take(request, app.settings.upload_idle_seconds, part, digest)
        if digest is not None and not hmac.compare_digest(digest.digest(), expected):
            raise ChecksumError("The piece was changed on its way. Send it again.")
        await in_writer(part.keep)
        told = await in_storer(part.finish)
    except BaseException:
        # What is safe stays. What was promised with a checksum was not counted, so nothing of it does.
        if digest is None:
            await in_writer(part.keep)
        raise
    finally:
        part.close()
    if told.receipt is not None:
        app.wake_workers()
    return Response(status_code=204, headers=_headers(told))


async def forget(app: App, principal: Principal, upload_id: str) -> Response:
    """Throw away what came of a file."""
    await run_in_threadpool(app.uploads.forget, principal, upload_id)
    return Response(status_code=204)


async def _take(request: Request, idle: float, part: Part, digest: Any) -> None:
    buffer = bytearray()

    async def write_down() -> None:
        data = bytes(buffer)
        buffer.clear()
        await in_writer(partial(part.write, data))
        if digest is None and part.uncounted >= _COUNTED:
            await in_writer(part.keep)

    try:
        async for chunk in arriving(request, idle):
            if digest is not None:
                digest.update(chunk)
            buffer += chunk
            if len(buffer) >= _WRITTEN:
                await write_down()
        await write_down()
    except (ClientDisconnect, UploadIdleError) as error:
        await write_down()
        if isinstance(error, UploadIdleError):
            raise
        raise BadUploadError("The sender went away before the end.") from error


def _headers(told: Progress) -> dict[str, str]:
    headers = {
        "upload-offset": str(told.done),
        "upload-expires": format_datetime(told.expires_at.replace(microsecond=0), usegmt=True),
    }
    if told.receipt is not None:
        headers["akta-receipt"] = told.receipt
    if told.record is not None:
        headers["akta-record"] = told.record
    return headers


def _number(request: Request, header: str) -> int:
    text = request.headers.get(header, "")
    if not (text.isascii() and text.isdecimal() and len(text) < 17):
        raise BadUploadError(f"Say {header.title()} as a number of bytes.")
    return int(text)


def _metadata(text: str) -> dict[str, str]:
    """`key base64,key base64`, as the protocol says; what is no UTF-8 is read as far as it can be."""
    told = {}
    for pair in text.split(",") if text else []:
        key, _, value = pair.strip().partition(" ")
        try:
            told[key] = base64.b64decode(value, validate=True).decode("utf-8", "replace")
        except (binascii.Error, ValueError) as error:
            raise BadUploadError(
                "Upload-Metadata is a list of keys, each with its value in base64."
            ) from error
    return told


def _checksum(text: str) -> tuple[Any, bytes]:
    """A fresh hash and what it should come to; none without the header."""
    if not text:
        return None, b""
    name, _, value = text.partition(" ")
    if name not in CHECKSUMS:
        raise BadUploadError(f"Checksums here are {', '.join(CHECKSUMS)}.")
    try:
        expected = base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadUploadError("Upload-Checksum is the name of a hash and its value in base64.") from error
    return hashlib.new(name, usedforsecurity=False), expected
