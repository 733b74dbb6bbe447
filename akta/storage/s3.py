"""Blobs in an S3 bucket with Object Lock: `blobs/ab/cd/abcd…`, protected by the server itself.

An object appears under its key whole or not at all, so the name rule of the
port holds. A bucket with Object Lock keeps versions: two writers of the same
bytes may leave two versions of one key. As all versions of a key hold the same
bytes, the blob is protected while any of them is, and deleting it means
deleting each version and each delete marker.

The client belongs to one process: a child made by fork must not write into its
parent's connections, so it gets a client of its own.
"""

import contextlib
import errno
import hashlib
import io
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any, BinaryIO, Literal

import urllib3
from minio import Minio
from minio.commonconfig import COMPLIANCE
from minio.datatypes import Object
from minio.error import MinioException, S3Error
from minio.retention import Retention

from akta.storage.port import (
    Blob,
    BlobMissingError,
    BlobProtectedError,
    BlobTooLargeError,
    Protection,
    StorageError,
    StorageFullError,
    StorageUnreachableError,
)

_PREFIX = "blobs/"
_CHUNK = 1 << 20
_PART = 8 << 20
_MAX_PARTS = 10_000  # S3's limit for one object
_MODE = "x-amz-object-lock-mode"
_UNTIL = "x-amz-object-lock-retain-until-date"
_HOLD = "x-amz-object-lock-legal-hold"
_MADE_BY_ANOTHER = ("BucketAlreadyOwnedByYou", "BucketAlreadyExists", "OperationAborted")
_GONE = ("NoSuchKey", "NoSuchVersion", "NoSuchUpload")
_FULL = ("QuotaExceeded", "InsufficientCapacity", "XMinioStorageFull")


@dataclass(frozen=True, slots=True)
class S3Options:
    """Where the bucket is and how it is locked.

    Attributes:
        endpoint: `host:port` or `host`.
        bucket: made with Object Lock if missing; one that exists without it is refused.
        secure: HTTPS.
        region: None asks the server.
        lock_mode: GOVERNANCE can be lifted by the server's administrator, COMPLIANCE by nobody.
        spool: the folder where a stream waits while it is hashed; None is the system's.
    """

    endpoint: str
    access_key: str
    secret_key: str
    bucket: str
    secure: bool = True
    region: str | None = None
    lock_mode: Literal["GOVERNANCE", "COMPLIANCE"] = "GOVERNANCE"
    spool: Path | None = None


class S3BlobStore:
    """The port on a bucket. Nothing is asked of the server before the first use."""

    def __init__(self, options: S3Options) -> None:
        self.options = options
        self._bucket = options.bucket
        self._made: tuple[int, Minio] | None = None

    def put(self, chunks: Iterable[bytes], *, limit: int | None = None) -> Blob:
        digest, size = hashlib.sha256(), 0
        with contextlib.ExitStack() as stack:
            with _disk():
                # Without a name, so that even a killed process leaves nothing behind.
                spool = stack.enter_context(tempfile.TemporaryFile(dir=self.options.spool))
            for chunk in chunks:
                size += len(chunk)
                if limit is not None and size > limit:
                    raise BlobTooLargeError(f"The file is larger than {limit} bytes.", limit=limit)
                digest.update(chunk)
                with _disk():
                    spool.write(chunk)
            with _disk():
                spool.seek(0)  # writes what is buffered, so a full disk shows here
            blob = Blob(digest.hexdigest(), size)
            stored = self._stat(blob.sha256)
            if stored is None:
                self._upload(blob, spool)
                stored = self._stat(blob.sha256)
        if stored is None or stored.size != blob.size:
            raise StorageError(
                "The store for files holds other bytes than it was given. Tell the administrator.",
                sha256=blob.sha256,
            )
        return blob

    def put_file(self, path: Path, *, limit: int | None = None) -> Blob:
        with path.open("rb") as source:
            return self.put(_read(source), limit=limit)

    def open(self, sha256: str) -> BinaryIO:
        return io.BufferedReader(_ObjectReader(self._client(), self._bucket, sha256), _CHUNK)

    def fetch(self, sha256: str, target: Path) -> None:
        with self.open(sha256) as source, target.open("xb") as out:
            try:
                shutil.copyfileobj(source, out, _CHUNK)
            except BaseException:
                target.unlink(missing_ok=True)
                raise

    def size(self, sha256: str) -> int:
        return self._existing(sha256).size or 0

    def exists(self, sha256: str) -> bool:
        return self._stat(sha256) is not None

    def digest(self, sha256: str) -> str:
        digest = hashlib.sha256()
        with self.open(sha256) as source:
            for chunk in _read(source):
                digest.update(chunk)
        return digest.hexdigest()

    def delete(self, sha256: str) -> None:
        key = _key(sha256)
        versions = self._versions(key)
        if any(_active(self._guard(key, v)) for v in versions if not v.is_delete_marker):
            raise _protected(sha256)
        for version in versions:
            try:
                with _network(sha256):
                    self._client().remove_object(self._bucket, key, version_id=version.version_id)
            except BlobMissingError:
                continue  # somebody else deletes it too
            except StorageError:
                # Protected since we looked? Servers differ in the error they give for it.
                if not version.is_delete_marker and _active(self._guard(key, version)):
                    raise _protected(sha256) from None
                raise

    def names(self) -> Iterator[Blob]:
        with _network():
            for item in self._client().list_objects(self._bucket, prefix=_PREFIX, recursive=True):
                name = (item.object_name or "").rsplit("/", 1)[-1]
                if _is_name(name):
                    yield Blob(name, item.size or 0)

    def protect(self, sha256: str, *, retain_until: datetime | None = None) -> None:
        self._existing(sha256)
        if retain_until is None:
            return
        until = _whole_second(retain_until.astimezone(UTC))
        key = _key(sha256)
        for version in self._contents(key):
            headers = self._headers(key, version)
            now = _protection(headers)
            if now.retain_until and until <= now.retain_until:
                continue
            # A version once under COMPLIANCE cannot go back to GOVERNANCE.
            mode = COMPLIANCE if headers.get(_MODE) == COMPLIANCE else self.options.lock_mode
            with _network(sha256):
                self._client().set_object_retention(
                    self._bucket, key, Retention(mode, until), version_id=version.version_id
                )

    def set_legal_hold(self, sha256: str, on: bool) -> None:
        self._existing(sha256)
        key = _key(sha256)
        for version in self._contents(key):
            with _network(sha256):
                client = self._client()
                change = client.enable_object_legal_hold if on else client.disable_object_legal_hold
                change(self._bucket, key, version_id=version.version_id)

    def protection(self, sha256: str) -> Protection:
        self._existing(sha256)
        key = _key(sha256)
        guards = [self._guard(key, version) for version in self._contents(key)]
        return Protection(
            max((g.retain_until for g in guards if g.retain_until), default=None),
            any(g.legal_hold for g in guards),
        )

    def clock(self) -> datetime | None:
        """The server's time as it heads its answers, to the second."""
        scheme = "https" if self.options.secure else "http"
        with _network():
            answer = urllib3.request(
                "HEAD", f"{scheme}://{self.options.endpoint}/", timeout=urllib3.Timeout(10), retries=False
            )
        try:
            return parsedate_to_datetime(answer.headers["date"]).astimezone(UTC)
        except (KeyError, ValueError, TypeError) as error:
            raise _unavailable("it does not tell the time") from error

    def sweep_temporaries(self, older_than_seconds: float) -> int:
        """Abort uploads in parts that were begun long ago; the spool leaves nothing to sweep."""
        before = datetime.now(UTC) - timedelta(seconds=older_than_seconds)
        removed = 0
        while True:
            with _network():
                # The client has no public call for it, and its private one cannot page; so the first
                # page is asked for again as long as that gets anywhere.
                page = self._client()._list_multipart_uploads(self._bucket, prefix=_PREFIX)
            old = [u for u in page.uploads if u.initiated_time and u.initiated_time < before]
            for upload in old:
                with contextlib.suppress(BlobMissingError), _network():
                    self._client()._abort_multipart_upload(
                        self._bucket, upload.object_name or "", upload.upload_id or ""
                    )
                    removed += 1
            if not page.is_truncated or not old:
                return removed

    # -- parts -------------------------------------------------------------

    def _client(self) -> Minio:
        if self._made is None or self._made[0] != os.getpid():
            client = _connect(self.options)
            _ensure_bucket(client, self.options)
            self._made = (os.getpid(), client)
        return self._made[1]

    def _stat(self, sha256: str) -> Object | None:
        try:
            with _network(sha256):
                return self._client().stat_object(self._bucket, _key(sha256))
        except BlobMissingError:
            return None

    def _existing(self, sha256: str) -> Object:
        with _network(sha256):
            return self._client().stat_object(self._bucket, _key(sha256))

    def _upload(self, blob: Blob, spool: BinaryIO) -> None:
        # The client sends a checksum with every part and names the parts' checksums at the end, so the
        # server refuses bytes that changed on the way.
        part = max(_PART, -(-blob.size // _MAX_PARTS))
        with _network(blob.sha256):
            self._client().put_object(
                self._bucket, _key(blob.sha256), spool, blob.size, part_size=part, num_parallel_uploads=1
            )

    def _versions(self, key: str) -> list[Object]:
        """All versions and delete markers of exactly this key."""
        with _network():
            listed = self._client().list_objects(self._bucket, prefix=key, include_version=True)
            return [item for item in listed if item.object_name == key]

    def _contents(self, key: str) -> list[Object]:
        return [version for version in self._versions(key) if not version.is_delete_marker]

    def _headers(self, key: str, version: Object) -> dict[str, str]:
        """The metadata headers of a version, names in lower case; empty if it is gone.

        Retention is read from here because the client cannot parse the dates that some servers
        give in the body (nanoseconds).
        """
        try:
            with _network():
                found = self._client().stat_object(self._bucket, key, version_id=version.version_id)
        except BlobMissingError:
            return {}
        return {name.lower(): str(value) for name, value in (found.metadata or {}).items()}

    def _guard(self, key: str, version: Object) -> Protection:
        return _protection(self._headers(key, version))


class _ObjectReader(io.RawIOBase):
    """An object as it comes over the network; reading it raises StorageError, never the client's errors."""

    def __init__(self, client: Minio, bucket: str, sha256: str) -> None:
        super().__init__()
        self._sha256 = sha256
        with _network(sha256):
            self._response = client.get_object(bucket, _key(sha256))

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        with _network(self._sha256):
            data = self._response.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        if not self.closed:
            # A connection read to its end goes back to the pool by itself; any other is of no more use.
            self._response.close()
        super().close()


def _connect(options: S3Options) -> Minio:
    http = urllib3.PoolManager(
        timeout=urllib3.Timeout(connect=10, read=60),
        maxsize=10,
        retries=urllib3.Retry(total=3, backoff_factor=0.2, status_forcelist=[500, 502, 503, 504]),
    )
    try:
        return Minio(
            options.endpoint,
            access_key=options.access_key,
            secret_key=options.secret_key,
            secure=options.secure,
            region=options.region,
            http_client=http,
        )
    except ValueError as error:
        raise StorageError(f"The address of the store for files is not valid: {error}") from error


def _ensure_bucket(client: Minio, options: S3Options) -> None:
    with _network():
        if not client.bucket_exists(options.bucket):
            try:
                client.make_bucket(options.bucket, object_lock=True)
            except S3Error as error:
                if error.code not in _MADE_BY_ANOTHER:
                    raise
        try:
            client.get_object_lock_config(options.bucket)
        except S3Error as error:
            if error.code != "ObjectLockConfigurationNotFoundError":
                raise
            raise StorageUnreachableError(
                f"The bucket {options.bucket} has no Object Lock, so it cannot protect files. "
                "Name another bucket; one that does not exist is made with it.",
                bucket=options.bucket,
            ) from error


def _is_name(text: str) -> bool:
    return len(text) == 64 and all(c in "0123456789abcdef" for c in text)


def _key(sha256: str) -> str:
    if not _is_name(sha256):
        raise BlobMissingError("That is not the name of a blob.", sha256=sha256[:80])
    return f"{_PREFIX}{sha256[:2]}/{sha256[2:4]}/{sha256}"


def _protection(headers: dict[str, str]) -> Protection:
    until = headers.get(_UNTIL)
    return Protection(
        datetime.fromisoformat(until).astimezone(UTC) if until else None, headers.get(_HOLD) == "ON"
    )


def _active(guard: Protection) -> bool:
    return guard.legal_hold or bool(guard.retain_until and guard.retain_until > datetime.now(UTC))


def _whole_second(instant: datetime) -> datetime:
    """The next whole second: servers keep no finer instants, and must not keep an earlier one."""
    return instant if not instant.microsecond else instant.replace(microsecond=0) + timedelta(seconds=1)


def _protected(sha256: str) -> BlobProtectedError:
    return BlobProtectedError("The blob is protected by a retention date or a legal hold.", sha256=sha256)


def _read(source: BinaryIO) -> Iterator[bytes]:
    while chunk := source.read(_CHUNK):
        yield chunk


@contextlib.contextmanager
def _network(sha256: str = "") -> Iterator[None]:
    """Turn what the client, its HTTP library and the sockets raise into errors of the port."""
    try:
        yield
    except S3Error as error:
        if error.code in _GONE:
            raise BlobMissingError("The file is not in the store.", sha256=sha256) from error
        if error.code in _FULL:
            raise _full() from error
        raise _unavailable(str(error.code)) from error
    except (MinioException, urllib3.exceptions.HTTPError, OSError) as error:
        raise _unavailable(type(error).__name__) from error


@contextlib.contextmanager
def _disk() -> Iterator[None]:
    """Turn errors of the local disk, where a stream waits, into errors of the port."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise _full() from error
        raise _unavailable(error.strerror or "") from error


def _full() -> StorageFullError:
    return StorageFullError("There is no room left for files. Nothing was taken in; free some space.")


def _unavailable(detail: str) -> StorageUnreachableError:
    return StorageUnreachableError("The store for files does not answer. Try again.", detail=detail)
