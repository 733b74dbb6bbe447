"""Uploads in pieces: begun, gone on with, ended by a receipt, or forgotten.

The bytes lie in a file of the data folder; how many of them count stands in the database and grows only
after they are safe on the disk. So a server that dies in the middle of a piece, and a sender that sends a
piece twice or at another place, cannot corrupt anything: what was never counted is cut off, and a piece that
does not begin where the last one ended is refused. A lock on the file keeps two senders apart, and
goes with the process that held it.
"""

import errno
import fcntl
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import BinaryIO, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from akta.access.principal import Principal
from akta.access.roles import Right
from akta.audit.log import AuditLog
from akta.db.engine import Database
from akta.kernel.clock import Clock
from akta.kernel.errors import AktaError, ConflictError, ForbiddenError, InvalidError, NotFoundError
from akta.kernel.ids import is_id, new_id
from akta.records.models import Receipt
from akta.storage.port import Blob, BlobStore, BlobTooLargeError, StorageFullError, StorageUnreachableError
from ingest.intake import Arrival, clean_name, receive
from ingest.uploads.models import PartialUpload

#: Files that one person may have under way.
MOST_UNFINISHED: Final = 100
#: How long a finished one can still be asked for its receipt, by a sender whom the answer did not reach.
TOLD_FOR: Final = timedelta(days=1)
#: For so long after its last piece the rest of a file is expected.
_COMING: Final = timedelta(minutes=15)
_CHUNK: Final = 1 << 20
_LARGEST_INSTANT: Final = 2**53


class UploadPlaceError(ConflictError):
    """The piece does not begin where the last one ended."""

    code = "upload_offset"


class UploadBusyError(AktaError):
    """Somebody sends to this upload at this moment."""

    code = "upload_busy"


class TooManyUploadsError(AktaError):
    """The person has too many files under way."""

    code = "throttled"


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an upload is: bytes that are safe, of how many, its receipt and record if it has ended."""

    id: str
    file_name: str
    modified: int | None
    size: int
    done: int
    expires_at: datetime
    receipt: str | None = None
    record: str | None = None


class Uploads:
    """Uploads in pieces of everybody.

    `folder` is where their bytes wait, `limit` the bytes of the largest file, `kept` how long one
    that nobody goes on with is kept.
    """

    def __init__(
        self,
        database: Database,
        store: BlobStore,
        audit: AuditLog,
        clock: Clock,
        folder: Path,
        *,
        limit: int,
        kept: timedelta,
    ) -> None:
        self.database = database
        self.store = store
        self.audit = audit
        self.clock = clock
        self.folder = folder
        self.limit = limit
        self.kept = kept

    def begin(
        self, principal: Principal, *, name: str, size: int, channel: str, modified: int | None = None
    ) -> Progress:
        """Announce a file of `size` bytes. Nothing of it is safe yet.

        Raises ForbiddenError, InvalidError, BlobTooLargeError, TooManyUploadsError, StorageFullError.
        """
        person = _person(principal)
        if size < 0:
            raise InvalidError("Say how many bytes the file has.")
        if size > self.limit:
            raise BlobTooLargeError(f"The file is larger than {self.limit} bytes.", limit=self.limit)
        if modified is not None and not 0 <= modified <= _LARGEST_INSTANT:
            modified = None  # it only helps to know the file again
        now = self.clock.now()
        with self.database.write() as session:
            open_ = PartialUpload.receipt_id.is_(None)
            mine = (
                select(func.count()).select_from(PartialUpload).where(PartialUpload.person == person, open_)
            )
            if (session.scalar(mine) or 0) >= MOST_UNFINISHED:
                raise TooManyUploadsError(
                    f"You have {MOST_UNFINISHED} unfinished files. Finish or forget some of them first."
                )
            # What nobody sends at present is no reason to send others away: it may never come.
            coming = select(func.coalesce(func.sum(PartialUpload.size - PartialUpload.done), 0))
            promised = session.scalar(coming.where(open_, PartialUpload.touched_at > now - _COMING))
            if shutil.disk_usage(self._folder()).free < int(promised or 0) + size:
                raise StorageFullError(
                    "There is no room left for files. Nothing was taken in; free some space."
                )
            row = PartialUpload(
                id=new_id(),
                person=person,
                channel=channel,
                file_name=clean_name(name),
                modified=modified,
                size=size,
                done=0,
                begun_at=now,
                touched_at=now,
            )
            session.add(row)
            session.flush()
            return self._progress(row, None)

    def progress(self, session: Session, principal: Principal, upload_id: str) -> Progress:
        """How far one of the principal's uploads is. Raises ForbiddenError, NotFoundError."""
        row = _mine(session, principal, upload_id)
        return self._progress(row, session.get(Receipt, row.receipt_id) if row.receipt_id else None)

    def unfinished(self, session: Session, principal: Principal, channel: str) -> list[Progress]:
        """The principal's uploads without a receipt, those begun last first."""
        query = select(PartialUpload).where(
            PartialUpload.person == _person(principal),
            PartialUpload.channel == channel,
            PartialUpload.receipt_id.is_(None),
        )
        rows = session.scalars(query.order_by(PartialUpload.id.desc()).limit(MOST_UNFINISHED))
        return [self._progress(row, None) for row in rows]

    def open(self, principal: Principal, upload_id: str, place: int) -> "Part":
        """Take an upload to send to it from byte `place` on. The part must be closed.

        Raises NotFoundError, UploadBusyError, UploadPlaceError (its `offset` is where to go on), and
        StorageError.
        """
        with self.database.read() as session:
            _mine(session, principal, upload_id)
        file = self._locked(upload_id)
        try:
            with self.database.write() as session:  # as it is now that nobody else sends
                row = _mine(session, principal, upload_id)
                there = os.fstat(file.fileno()).st_size
                if row.receipt_id is None and there < row.done:
                    row.done = 0  # its file was lost, as after a backup was restored: it begins again
                done, size, ended = row.done, row.size, row.receipt_id is not None
            if place != done:
                raise UploadPlaceError(
                    f"The next byte to send is number {done}, counted from 0.", offset=done
                )
            if not ended:
                os.ftruncate(file.fileno(), done)
            return Part(self, principal, upload_id, file, done, size)
        except NotFoundError:
            self._path(upload_id).unlink(missing_ok=True)  # forgotten between the two looks
            file.close()
            raise
        except BaseException:
            file.close()
            raise

    def forget(self, principal: Principal, upload_id: str) -> None:
        """Throw away what has arrived of a file without a receipt. Raises NotFoundError, UploadBusyError."""
        with self.database.read() as session:
            _mine(session, principal, upload_id)
        with self._locked(upload_id):
            with self.database.write() as session:
                row = _mine(session, principal, upload_id)
                if row.receipt_id is not None:
                    raise ConflictError("The file has arrived as a whole and has a receipt.")
                session.delete(row)
            self._path(upload_id).unlink(missing_ok=True)

    def sweep(self) -> int:
        """Remove uploads that nobody went on with and files that no upload knows; returns how many."""
        now = self.clock.now()
        old = select(PartialUpload.id).where(
            (PartialUpload.touched_at < now - self.kept)
            | (PartialUpload.receipt_id.is_not(None) & (PartialUpload.touched_at < now - TOLD_FOR))
        )
        with self.database.read() as session:
            over = set(session.scalars(old.limit(1000)))
            known = set(session.scalars(select(PartialUpload.id).where(PartialUpload.receipt_id.is_(None))))
        over |= {path.stem for path in self._folder().glob("*.part") if path.stem not in known}
        removed = 0
        for upload_id in sorted(over):
            try:
                file = self._locked(upload_id)
            except UploadBusyError:
                continue  # somebody goes on with it after all
            with file, self.database.write() as session:
                row = session.get(PartialUpload, upload_id)
                if row is not None and row.receipt_id is None and row.touched_at >= now - self.kept:
                    continue
                if row is not None and (row.receipt_id is None or row.touched_at < now - TOLD_FOR):
                    session.delete(row)
                self._path(upload_id).unlink(missing_ok=True)
                removed += 1
        return removed

    def _progress(self, row: PartialUpload, receipt: Receipt | None) -> Progress:
        kept = TOLD_FOR if row.receipt_id else self.kept
        return Progress(
            row.id,
            row.file_name,
            row.modified,
            row.size,
            row.done,
            row.touched_at + kept,
            row.receipt_id,
            receipt.record_id if receipt else None,
        )

    def _locked(self, upload_id: str) -> BinaryIO:
        try:
            descriptor = os.open(
                self._folder() / f"{upload_id}.part", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600
            )
            file = os.fdopen(descriptor, "r+b", buffering=0)
        except OSError as error:
            raise disk_error(error) from error
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.close()
            raise UploadBusyError(
                "Somebody sends to this upload at this moment. Try again shortly."
            ) from error
        return file

    def _folder(self) -> Path:
        self.folder.mkdir(mode=0o700, exist_ok=True)  # archives of before have none
        return self.folder

    def _path(self, upload_id: str) -> Path:
        return self.folder / f"{upload_id}.part"


class Part:
    """An upload that somebody sends to; nobody else can meanwhile. Close it."""

    def __init__(
        self, uploads: Uploads, principal: Principal, upload_id: str, file: BinaryIO, done: int, size: int
    ) -> None:
        self._uploads = uploads
        self._principal = principal
        self._id = upload_id
        self._file = file
        self._counted = done
        self.done = done
        self.size = size

    @property
    def uncounted(self) -> int:
        """Bytes written that are not safe yet."""
        return self.done - self._counted

    def write(self, data: bytes) -> None:
        """Append bytes. Raises BlobTooLargeError if they are more than was announced, StorageError."""
        if self.done + len(data) > self.size:
            raise BlobTooLargeError(f"The file was announced with {self.size} bytes.", limit=self.size)
        try:
            view = memoryview(data)
            with view:
                sent = 0
                while sent < len(view):
                    sent += os.pwrite(self._file.fileno(), view[sent:], self.done + sent)
        except OSError as error:
            raise disk_error(error) from error
        self.done += len(data)

    def keep(self) -> None:
        """Make what was written safe, and count it. Raises StorageError, NotFoundError."""
        if not self.uncounted:
            return
        try:
            os.fsync(self._file.fileno())
        except OSError as error:
            raise disk_error(error) from error
        uploads = self._uploads
        with uploads.database.write() as session:
            row = _mine(session, self._principal, self._id)
            row.done, row.touched_at = self.done, uploads.clock.now()
        self._counted = self.done

    def drop(self) -> None:
        """Take back what was written and not counted."""
        os.ftruncate(self._file.fileno(), self._counted)
        self.done = self._counted

    def finish(self) -> Progress:
        """Where the upload is; if every byte is safe, it gets its receipt first, once.

        Raises StorageError and what `receive` raises; it can be tried again then.
        """
        uploads, now = self._uploads, self._uploads.clock.now()
        with uploads.database.read() as session:
            told = uploads.progress(session, self._principal, self._id)
        if told.receipt is not None or told.done < told.size:
            return told
        blob = self._stored()
        with uploads.database.write() as session:
            row = _mine(session, self._principal, self._id)
            arrival = Arrival(blob, row.file_name, row.channel)
            receipt = receive(session, uploads.audit, uploads.store, self._principal, arrival, now)
            session.flush()
            row.receipt_id, row.file_name, row.touched_at = receipt.id, "", now
            told = uploads._progress(row, receipt)
        uploads._path(self._id).unlink(missing_ok=True)
        return told

    def close(self) -> None:
        """Let others send. What is not counted is cut off by who comes next."""
        self._file.close()

    def _stored(self) -> Blob:
        return self._uploads.store.put(self._read(), limit=self._uploads.limit)

    def _read(self) -> Iterator[bytes]:
        self._file.seek(0)
        left = self.size
        while left and (chunk := self._file.read(min(_CHUNK, left))):
            left -= len(chunk)
            yield chunk


def disk_error(error: OSError) -> StorageUnreachableError | StorageFullError:
    """What a failure of the data folder means to a sender."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return StorageFullError("There is no room left for files. Nothing was taken in; free some space.")
    return StorageUnreachableError(
        "The folder for uploads cannot be written. Try again.", detail=os.strerror(error.errno or 0)
    )


def _person(principal: Principal) -> str:
    principal.require(Right.ADD)
    if principal.user_id is None:
        raise ForbiddenError("Only people and their programs send files in pieces.")
    return principal.user_id


def _mine(session: Session, principal: Principal, upload_id: str) -> PartialUpload:
    person = _person(principal)
    row = session.get(PartialUpload, upload_id) if is_id(upload_id) else None
    if row is None or row.person != person:
        raise NotFoundError("There is no such upload, or it was given up. Begin it again.")
    return row
