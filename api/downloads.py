"""Blobs as answers: streamed, never as a page of ours, always under a harmless type."""

from collections.abc import Iterator
from typing import BinaryIO
from urllib.parse import quote

from starlette.responses import StreamingResponse

from akta.storage.port import BlobStore

_CHUNK = 1 << 18
#: Types that a browser may show; everything else is a download of opaque bytes.
SHOWABLE = {
    "image/jpeg": "image/jpeg",
    "image/png": "image/png",
    "image/webp": "image/webp",
    "application/pdf": "application/pdf",
}


def blob_response(
    store: BlobStore,
    sha256: str,
    size: int,
    media_type: str | None,
    file_name: str,
    *,
    inline: bool = False,
    cache: bool = False,
) -> StreamingResponse:
    """Stream a blob. Uploaded HTML, SVG or scripts are never served under their own type."""
    shown = SHOWABLE.get(media_type or "", "application/octet-stream")
    headers = download_headers(file_name, inline=inline and shown != "application/octet-stream")
    headers["content-length"] = str(size)
    if cache:
        headers["cache-control"] = "private, max-age=86400, immutable"
    return StreamingResponse(_chunks(store.open(sha256)), media_type=shown, headers=headers)


def file_response(source: BinaryIO, size: int, media_type: str, file_name: str) -> StreamingResponse:
    """Stream a file that we made, as a download; it is closed at the end."""
    headers = {**download_headers(file_name), "content-length": str(size), "cache-control": "no-store"}
    return StreamingResponse(_chunks(source), media_type=media_type, headers=headers)


def download_headers(file_name: str, *, inline: bool = False) -> dict[str, str]:
    """The headers of an answer that is a file and must never act as a page of ours."""
    disposition = "inline" if inline else "attachment"
    plain = (
        "".join(c if (c.isascii() and c.isalnum()) or c in "-_. " else "_" for c in file_name)[:120] or "file"
    )
    exact = quote(file_name, safe="")
    return {
        "content-disposition": f"{disposition}; filename=\"{plain}\"; filename*=UTF-8''{exact}",
        # Even where a browser shows it, it may run nothing and load nothing.
        "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
    }


def _chunks(source: BinaryIO) -> Iterator[bytes]:
    with source:
        while chunk := source.read(_CHUNK):
            yield chunk
