"""Blobs in a folder: `ab/cd/abcd…`, written to a temporary, made durable, then named.

A blob's name appears by a hard link, which never replaces what is there, and
the folder is synchronised afterwards; so a name that exists is whole and stays
so after a power cut. Protection (retention date, legal hold) is a small file
beside the blob, honoured by `delete`.
"""

import contextlib
import errno
import fcntl
import filecmp
import hashlib
import json
import os
import shutil
import time
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from akta.kernel.ids import new_id
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

_CHUNK = 1 << 20
_TEMPORARY = "tmp"


class FilesystemBlobStore:
    """The port on a folder `root`, which is made if missing."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._temporary = root / _TEMPORARY
        try:
            self._temporary.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise _storage_error(error) from error

    def put(self, chunks: Iterable[bytes], *, limit: int | None = None) -> Blob:
        draft = self._temporary / new_id()
        digest, size = hashlib.sha256(), 0
        try:
            with _open_new(draft) as out:
                for chunk in chunks:
                    size += len(chunk)
                    if limit is not None and size > limit:
                        raise BlobTooLargeError(f"The file is larger than {limit} bytes.", limit=limit)
                    digest.update(chunk)
                    out.write(chunk)
                out.flush()
                os.fsync(out.fileno())
            name = digest.hexdigest()
            self._publish(draft, self._path(name))
        except OSError as error:
            raise _storage_error(error) from error
        finally:
            draft.unlink(missing_ok=True)
        return Blob(name, size)

    def put_file(self, path: Path, *, limit: int | None = None) -> Blob:
        with path.open("rb") as source:
            return self.put(_read(source), limit=limit)

    def open(self, sha256: str) -> BinaryIO:
        try:
            return self._path(sha256).open("rb")
        except FileNotFoundError as error:
            raise self._missing(sha256) from error
        except OSError as error:
            raise _storage_error(error) from error

    def fetch(self, sha256: str, target: Path) -> None:
        # A copy, never a link: a parser gone wrong must not reach the original.
        try:
            with self.open(sha256) as source, target.open("xb") as out:
                shutil.copyfileobj(source, out, _CHUNK)
        except FileExistsError:
            raise
        except OSError as error:
            target.unlink(missing_ok=True)
            raise _storage_error(error) from error

    def size(self, sha256: str) -> int:
        try:
            return self._path(sha256).stat().st_size
        except FileNotFoundError as error:
            raise self._missing(sha256) from error
        except OSError as error:
            raise _storage_error(error) from error

    def exists(self, sha256: str) -> bool:
        return self._path(sha256).exists()

    def digest(self, sha256: str) -> str:
        digest = hashlib.sha256()
        with self.open(sha256) as source:
            for chunk in _read(source):
                digest.update(chunk)
        return digest.hexdigest()

    def delete(self, sha256: str) -> None:
        with self._guarding():
            self._delete(sha256)

    def _delete(self, sha256: str) -> None:
        path = self._path(sha256)
        guard = self._guard(sha256)
        if guard.legal_hold or (guard.retain_until and guard.retain_until > datetime.now(UTC)):
            raise BlobProtectedError(
                "The blob is protected by a retention date or a legal hold.", sha256=sha256
            )
        try:
            path.unlink(missing_ok=True)
            self._sidecar(sha256).unlink(missing_ok=True)
            if path.parent.exists():
                _sync_folder(path.parent)
        except OSError as error:
            raise _storage_error(error) from error

    def names(self) -> Iterator[Blob]:
        for first in sorted(self._root.iterdir()):
            if len(first.name) != 2 or not first.is_dir():
                continue
            for second in sorted(first.iterdir()):
                for path in sorted(second.iterdir()):
                    if len(path.name) == 64:
                        with contextlib.suppress(FileNotFoundError):
                            yield Blob(path.name, path.stat().st_size)

    def protect(self, sha256: str, *, retain_until: datetime | None = None) -> None:
        with self._guarding():
            now = self.protection(sha256)
            if retain_until is None or (now.retain_until and retain_until <= now.retain_until):
                return
            self._write_guard(sha256, Protection(retain_until.astimezone(UTC), now.legal_hold))

    def set_legal_hold(self, sha256: str, on: bool) -> None:
        with self._guarding():
            now = self.protection(sha256)
            if now.legal_hold != on:
                self._write_guard(sha256, Protection(now.retain_until, on))

    def protection(self, sha256: str) -> Protection:
        if not self.exists(sha256):
            raise self._missing(sha256)
        return self._guard(sha256)

    def clock(self) -> datetime | None:
        return None

    def sweep_temporaries(self, older_than_seconds: float) -> int:
        removed = 0
        for path in self._temporary.iterdir():
            with contextlib.suppress(FileNotFoundError):
                if path.stat().st_mtime < time.time() - older_than_seconds:
                    path.unlink()
                    removed += 1
        return removed

    # -- parts -------------------------------------------------------------

    @contextlib.contextmanager
    def _guarding(self) -> Iterator[None]:
        """One change of protection, or deletion, at a time: none may be decided on an old guard."""
        try:
            handle = os.open(self._root / "guards.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise _storage_error(error) from error
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)

    def _path(self, sha256: str) -> Path:
        if len(sha256) != 64 or not all(c in "0123456789abcdef" for c in sha256):
            raise BlobMissingError("That is not the name of a blob.", sha256=sha256[:80])
        return self._root / sha256[:2] / sha256[2:4] / sha256

    def _sidecar(self, sha256: str) -> Path:
        path = self._path(sha256)
        return path.with_name(path.name + ".guard")

    def _guard(self, sha256: str) -> Protection:
        try:
            data = json.loads(self._sidecar(sha256).read_text("ascii"))
        except FileNotFoundError:
            return Protection(None, False)
        until = data["retain_until"]
        return Protection(datetime.fromisoformat(until) if until else None, bool(data["legal_hold"]))

    def _write_guard(self, sha256: str, guard: Protection) -> None:
        until = guard.retain_until.isoformat() if guard.retain_until else None
        draft = self._temporary / new_id()
        try:
            with _open_new(draft) as out:
                out.write(json.dumps({"retain_until": until, "legal_hold": guard.legal_hold}).encode())
                out.flush()
                os.fsync(out.fileno())
            draft.replace(self._sidecar(sha256))
            _sync_folder(self._path(sha256).parent)
        except OSError as error:
            raise _storage_error(error) from error
        finally:
            draft.unlink(missing_ok=True)

    def _missing(self, sha256: str) -> BlobMissingError | StorageUnreachableError:
        # A disk that is not mounted looks like a store without files, but for the folder made with it.
        if not self._temporary.is_dir():
            return StorageUnreachableError("The store for files does not answer. Try again.")
        return BlobMissingError("The file is not in the store.", sha256=sha256)

    def _publish(self, draft: Path, path: Path) -> None:
        made = not path.parent.exists()
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft.chmod(0o400)
        try:
            os.link(draft, path)
        except FileExistsError:
            if not filecmp.cmp(draft, path, shallow=False):
                # What lay there was damaged; these bytes are what its name says.
                draft.replace(path)
        _sync_folder(path.parent)
        if made:
            _sync_folder(path.parent.parent)
            _sync_folder(self._root)


def _open_new(path: Path) -> BinaryIO:
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "wb")


def _sync_folder(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _read(source: BinaryIO) -> Iterator[bytes]:
    while chunk := source.read(_CHUNK):
        yield chunk


def _storage_error(error: OSError) -> StorageError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return StorageFullError("There is no room left for files. Nothing was taken in; free some space.")
    return StorageUnreachableError(
        "The store for files does not answer. Try again.", detail=error.strerror or ""
    )
