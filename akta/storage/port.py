"""The blob port: content-addressed bytes that are never overwritten.

A blob's name is the SHA-256 of its bytes. A store writes to a temporary place,
makes the bytes durable, and only then gives them their name, so a name that
exists is always whole. Blobs are written before the rows that refer to them;
what no row refers to is swept later. Nothing here knows about records.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Protocol

from akta.kernel.errors import AktaError, OutageError


@dataclass(frozen=True, slots=True)
class Blob:
    """`sha256` is 64 lower-case hex digits; `size` is in bytes."""

    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class Protection:
    """What the store itself enforces: kept at least until an instant (UTC), or on hold."""

    retain_until: datetime | None
    legal_hold: bool


class StorageError(AktaError):
    """The store failed or refused; trying again may help."""

    code = "storage_unavailable"


class StorageUnreachableError(StorageError, OutageError):
    """The store does not answer; it is no fault of the file."""


class StorageFullError(StorageError, OutageError):
    """There is no room left; nothing was written."""

    code = "storage_full"


class BlobMissingError(AktaError):
    """No blob has this name."""

    code = "blob_missing"


class BlobTooLargeError(AktaError):
    """The stream went over the limit; nothing was kept."""

    code = "too_large"


class BlobProtectedError(AktaError):
    """The store refuses to delete: a retention date or a legal hold protects the blob."""

    code = "blob_protected"


class BlobStore(Protocol):
    """Content-addressed storage. Every adapter passes `tests/contracts/test_blob_store*.py`."""

    def put(self, chunks: Iterable[bytes], *, limit: int | None = None) -> Blob:
        """Store the stream and return its name; storing the same bytes twice changes nothing.

        Raises BlobTooLargeError once more than `limit` bytes came, StorageFullError,
        StorageError; in each case no blob and no temporary remains visible.
        """
        ...

    def put_file(self, path: Path, *, limit: int | None = None) -> Blob:
        """`put` for a file that stays where it is."""
        ...

    def open(self, sha256: str) -> BinaryIO:
        """The bytes, for reading; the caller closes it. Raises BlobMissingError."""
        ...

    def fetch(self, sha256: str, target: Path) -> None:
        """Copy (or link, where that is safe) the bytes to a file that does not exist yet."""
        ...

    def size(self, sha256: str) -> int:
        """Size in bytes. Raises BlobMissingError."""
        ...

    def exists(self, sha256: str) -> bool: ...

    def digest(self, sha256: str) -> str:
        """Read the stored bytes again and hash them: the fixity check. Raises BlobMissingError."""
        ...

    def delete(self, sha256: str) -> None:
        """Remove for good, all versions. Absent is fine. Raises BlobProtectedError.

        Only `akta.records.destruction` and the sweep of orphans may call this.
        """
        ...

    def names(self) -> Iterator[Blob]:
        """Every blob, in no particular order."""
        ...

    def protect(self, sha256: str, *, retain_until: datetime | None = None) -> None:
        """Ask the store to refuse deletion until an instant; it can only be moved forward."""
        ...

    def set_legal_hold(self, sha256: str, on: bool) -> None:
        """Ask the store to refuse deletion while `on`."""
        ...

    def protection(self, sha256: str) -> Protection:
        """What the store says it enforces, read back from it. Raises BlobMissingError."""
        ...

    def clock(self) -> datetime | None:
        """What time it is for the store, by which it ends protection; None if it has no clock of its own."""
        ...

    def sweep_temporaries(self, older_than_seconds: float) -> int:
        """Remove left-overs of interrupted writes; returns how many."""
        ...
