"""Backing up while Akta runs, and restoring into an empty archive.

A backup is one tar file: a manifest, the keys, every table as compressed JSON
lines taken in one snapshot of the database, and the blobs that this snapshot
refers to. It does not depend on the kind of database or store, so an archive
can move from one size to the other. The index and other derived things are not
in it; they are built again.
"""

import base64
import gzip
import io
import json
import os
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from datetime import date, datetime
from pathlib import Path
from typing import IO, Any

from sqlalchemy import Column, LargeBinary, Table, func, insert, select, text
from sqlalchemy.orm import Session

from akta.bootstrap import App
from akta.db.base import Base, Instant
from akta.kernel.errors import AktaError, ConflictError
from akta.records.models import Record
from akta.storage.port import BlobMissingError

FORMAT = 1
_SKIPPED = {"web_sessions", "login_attempts", "idempotency", "index_pending"}
_CHUNK = 1 << 20


class BackupError(AktaError):
    """A backup file is not whole or not ours."""

    code = "backup"


def back_up(app: App, target: Path, progress: Callable[[str], None] = lambda _: None) -> dict[str, int]:
    """Write a backup to a file that does not exist yet; returns counts of rows and blobs.

    The file holds the archive's keys and everything in it: it is readable by its
    owner only, and must be kept as safe as the archive.
    """
    if target.exists():
        raise ConflictError(f"{target} exists already. Give a new name.", path=str(target))
    draft = target.with_name(f".{target.name}.{os.getpid()}.part")
    counts = {"rows": 0, "blobs": 0}
    try:
        with draft.open("xb") as raw, tarfile.open(fileobj=raw, mode="w", format=tarfile.PAX_FORMAT) as tar:
            os.fchmod(raw.fileno(), 0o600)
            for key in sorted((app.home / "keys").iterdir()):
                _add(tar, f"keys/{key.name}", key.read_bytes())
            if app.anchors.exists():
                _add(tar, "anchors/audit.jsonl", app.anchors.read_bytes())
            blobs: set[str] = set()
            with app.database.read() as session:
                if app.database.dialect == "postgresql":
                    session.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))
                for table in Base.metadata.sorted_tables:
                    if table.name in _SKIPPED:
                        continue
                    progress(table.name)
                    counts["rows"] += _add_table(tar, session, table, blobs)
            lost = []
            for name in sorted(blobs):
                try:
                    _add_blob(tar, app, name)
                    counts["blobs"] += 1
                except BlobMissingError:
                    lost.append(name)  # destroyed after the snapshot, or damage that verify reports
                if counts["blobs"] % 100 == 0:
                    progress(f"{counts['blobs']} of {len(blobs)} files")
            manifest = {"format": FORMAT, "at": app.clock.now().isoformat(), **counts, "missing_blobs": lost}
            _add(tar, "manifest.json", json.dumps(manifest).encode())
            tar.close()
            raw.flush()
            os.fsync(raw.fileno())
        draft.rename(target)
    finally:
        draft.unlink(missing_ok=True)
    return counts


def restore(app: App, source: Path, progress: Callable[[str], None] = lambda _: None) -> dict[str, int]:
    """Read a backup into an archive without records, then build the index.

    Keys of the empty archive are replaced by those of the backup. Raises
    ConflictError if there are records already, BackupError if the file is not whole.
    """
    with app.database.read() as session:
        if session.scalar(select(func.count()).select_from(Record)):
            raise ConflictError("This archive has records already. Restore into an empty data folder.")
    counts = {"rows": 0, "blobs": 0}
    try:
        with tarfile.open(source, "r:") as tar:
            if "manifest.json" not in tar.getnames():
                raise BackupError("The backup is not whole: it has no manifest.")
            manifest = json.loads(_read(tar, "manifest.json"))
            if manifest.get("format") != FORMAT:
                raise BackupError(f"This Akta cannot read backups of format {manifest.get('format')}.")
            for name in tar.getnames():
                if name.startswith("blobs/"):
                    counts["blobs"] += _restore_blob(tar, name, app)
                    if counts["blobs"] % 100 == 0:
                        progress(f"{counts['blobs']} of {manifest['blobs']} files")
            with app.database.write() as session:
                _empty(session)
                for table in Base.metadata.sorted_tables:
                    if f"tables/{table.name}.jsonl.gz" in tar.getnames():
                        progress(table.name)
                        counts["rows"] += _restore_table(tar, session, table)
                if counts["rows"] != manifest["rows"]:
                    raise BackupError(
                        f"The backup is not whole: {counts['rows']} of {manifest['rows']} rows."
                    )
            for name in tar.getnames():
                folder, _, file = name.partition("/")
                if folder in ("keys", "anchors") and "/" not in file and file:
                    _replace(app.home / folder / file, _read(tar, name))
    except (tarfile.TarError, OSError, ValueError, KeyError) as error:
        raise BackupError(
            f"The backup cannot be read ({type(error).__name__}). Nothing was opened."
        ) from error
    app.__dict__.pop("audit", None)  # the keys changed
    progress("index")
    app.index.rebuild()
    return counts


def _add(tar: tarfile.TarFile, name: str, data: bytes) -> None:
    info = tarfile.TarInfo(name)
    info.size = len(data)
    info.mode = 0o600
    tar.addfile(info, io.BytesIO(data))


def _add_table(tar: tarfile.TarFile, session: Session, table: Table, blobs: set[str]) -> int:
    count = 0
    with tempfile.TemporaryFile() as spool:
        with gzip.GzipFile(fileobj=spool, mode="wb", mtime=0) as out:
            for row in session.execute(select(table).execution_options(yield_per=1000)).mappings():
                out.write(
                    json.dumps({k: _plain(v) for k, v in row.items()}, ensure_ascii=False).encode() + b"\n"
                )
                count += 1
                if table.name in ("versions", "renditions"):
                    blobs.add(row["sha256"])
        info = tarfile.TarInfo(f"tables/{table.name}.jsonl.gz")
        info.size = spool.tell()
        info.mode = 0o600
        spool.seek(0)
        tar.addfile(info, spool)
    return count


def _add_blob(tar: tarfile.TarFile, app: App, name: str) -> None:
    info = tarfile.TarInfo(f"blobs/{name}")
    info.size = app.store.size(name)
    info.mode = 0o600
    with app.store.open(name) as data:
        tar.addfile(info, data)


def _restore_blob(tar: tarfile.TarFile, name: str, app: App) -> int:
    member = tar.extractfile(name)
    if member is None:
        raise BackupError("The backup is not whole: a file is missing.")
    blob = app.store.put(_chunks(member))
    if blob.sha256 != name.removeprefix("blobs/"):
        raise BackupError(f"A file of the backup was changed: {name}.")
    return 1


def _restore_table(tar: tarfile.TarFile, session: Session, table: Table) -> int:
    member = tar.extractfile(f"tables/{table.name}.jsonl.gz")
    if member is None:
        return 0
    count = 0
    batch: list[dict[str, Any]] = []
    with gzip.GzipFile(fileobj=member) as lines:
        for line in lines:
            row = json.loads(line)
            batch.append({c.name: _typed(c, row[c.name]) for c in table.columns if c.name in row})
            count += 1
            if len(batch) == 500:
                session.execute(insert(table), batch)
                batch = []
    if batch:
        session.execute(insert(table), batch)
    return count


def _empty(session: Session) -> None:
    """Remove what set-up made in the empty archive; its audit log says so little that it may go."""
    dialect = session.get_bind().dialect.name
    if dialect == "postgresql":
        session.execute(text("SET LOCAL session_replication_role = replica"))
    else:
        triggers = session.execute(text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")).all()
        for name, _ in triggers:
            session.execute(text(f'DROP TRIGGER "{name}"'))
    for table in reversed(Base.metadata.sorted_tables):
        session.execute(table.delete())
    if dialect == "postgresql":
        session.execute(text("SET LOCAL session_replication_role = origin"))
    else:
        for _, sql in triggers:
            session.execute(text(sql))


def _read(tar: tarfile.TarFile, name: str) -> bytes:
    member = tar.extractfile(name)
    if member is None:
        raise BackupError(f"The backup is not whole: {name} is missing.")
    return member.read()


def _replace(path: Path, data: bytes) -> None:
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.touch(mode=0o600)
    draft.write_bytes(data)
    draft.replace(path)


def _chunks(source: IO[bytes]) -> Iterator[bytes]:
    while chunk := source.read(_CHUNK):
        yield chunk


def _plain(value: Any) -> Any:
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, bytes):
        return base64.b64encode(value).decode("ascii")
    return value


def _typed(column: Column[Any], value: Any) -> Any:
    if value is None:
        return None
    if isinstance(column.type, Instant):
        return datetime.fromisoformat(value)
    if isinstance(column.type, LargeBinary):
        return base64.b64decode(value)
    if getattr(column.type, "python_type", None) is date:
        return date.fromisoformat(value)
    return value
