"""Restoring a backup into an archive without records.

A marker in the data folder says that a restore is under way: until it is done, no
other command opens the archive, and the restore can be begun again over its own rest.
"""

import base64
import gzip
import json
import os
import tarfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import IO, Any

from alembic.script import ScriptDirectory
from sqlalchemy import Column, LargeBinary, Table, func, insert, select, text
from sqlalchemy.orm import Session

from akta.access.principal import system
from akta.bootstrap import App, alembic_config, restore_marker
from akta.db.base import Base, Instant
from akta.kernel.clock import civil_date
from akta.kernel.errors import ConflictError
from akta.kernel.process import processors
from akta.operations.backup import FORMAT, BackupError, tables
from akta.operations.ledger import replay_ledger, set_back
from akta.records.models import Record, Version
from retention.disposition.replaying import Replayed

_CHUNK = 1 << 20
#: What reading a file raises that is no backup, or a damaged one.
_BROKEN = (
    *(tarfile.TarError, zlib.error, EOFError, OSError, ValueError, KeyError, TypeError),
    *(AttributeError, OverflowError, RecursionError),
)


@dataclass(frozen=True, slots=True)
class Restored:
    """What came back. `without_bytes` are records whose file was damaged or lost when the backup was made.

    `replayed` says what the ledger did again; `over`, that the backup was to be deleted before today.
    """

    rows: int
    blobs: int
    without_bytes: tuple[str, ...]
    replayed: Replayed
    over: bool


def restore(
    app: App, source: Path, progress: Callable[[str], None] = lambda _: None, ledger: Path | None = None
) -> Restored:
    """Read a backup into an archive without records, replay the ledger, then build the index.

    Keys of the empty archive are replaced by those of the backup. `ledger` is that of the archive as it last
    was; without it, that in the data folder or else the backup's own counts. What it says was destroyed
    or held after the backup is so again before anything opens the archive. Raises ConflictError if there
    are records already, BackupError if the file is not whole, LedgerError for a ledger that does not fit.
    """
    marker = restore_marker(app.home)
    with app.database.read() as session:
        if not marker.exists() and session.scalar(select(func.count()).select_from(Record)):
            raise ConflictError("This archive has records already. Restore into an empty data folder.")
    try:
        with tarfile.open(source, "r:") as tar:
            members = {member.name: member for member in tar if member.isfile()}
            manifest = _manifest(tar, members)
            _mark(marker)
            blobs = _restore_blobs(tar, members, app, manifest, progress)
            with app.database.write() as session, _without_guards(session):
                _empty(session)
                rows = {t.name: _restore_table(tar, members, session, t) for t in tables()}
                if rows != {name: manifest["rows"].get(name, 0) for name in rows}:
                    raise BackupError("The backup is not whole: rows are missing.")
                lost = {*manifest["damaged_blobs"], *manifest["missing_blobs"]}
                found = session.execute(select(Version.record_id, Version.sha256))
                without = tuple(sorted({record for record, sha256 in found if sha256 in lost}))
            own = _read(tar, members["ledger/ledger.jsonl"]) if "ledger/ledger.jsonl" in members else b""
            for name, member in members.items():
                folder, _, file = name.partition("/")
                if folder in ("keys", "anchors") and file and "/" not in file:
                    _replace(app.home / folder / file, _read(tar, member))
    except _BROKEN as error:
        raise BackupError(
            f"The backup cannot be read ({type(error).__name__}). Nothing was opened."
        ) from error
    for part in ("audit", "anchoring", "audit_checker", "passwords", "ledger"):  # the keys changed
        app.__dict__.pop(part, None)
    replayed = replay_ledger(app, ledger, own, manifest.get("ledger_lines", 0), progress)
    app.ledger.add("restored", {"backup_at": manifest["at"], **replayed.as_data()})
    set_back(app, system("restore").actor, f"restored from the backup of {manifest['at'][:16]}")
    progress("index")
    app.index.rebuild(processes=processors())
    app.database.reclaim()
    marker.unlink()
    today = civil_date(app.clock.now(), app.settings.zone)
    over = manifest.get("delete_after", "9999") < today.isoformat()
    return Restored(sum(rows.values()), blobs, without, replayed, over)


def check_backup(source: Path) -> None:
    """Raise BackupError for a file that is no backup, before a data folder is made for it."""
    try:
        with tarfile.open(source, "r:") as tar:
            _manifest(tar, {member.name: member for member in tar if member.isfile()})
    except _BROKEN as error:
        raise BackupError(
            f"'{source.name}' is no backup of Akta, or it is damaged ({type(error).__name__}). "
            "Nothing was changed."
        ) from error


def _manifest(tar: tarfile.TarFile, members: dict[str, tarfile.TarInfo]) -> dict[str, Any]:
    if "manifest.json" not in members:
        raise BackupError("The backup is not whole: it has no manifest.")
    manifest: dict[str, Any] = json.loads(_read(tar, members["manifest.json"]))
    if manifest.get("format") != FORMAT:
        raise BackupError(f"This Akta cannot read backups of format {manifest.get('format')}.")
    known = {script.revision for script in ScriptDirectory.from_config(alembic_config("")).walk_revisions()}
    if manifest["revision"] not in known:
        raise BackupError("The backup was made by a newer Akta. Restore it with that one.")
    if manifest["blobs"] != sum(name.startswith("blobs/") for name in members):
        raise BackupError("The backup is not whole: files are missing.")
    return manifest


def _restore_blobs(
    tar: tarfile.TarFile,
    members: dict[str, tarfile.TarInfo],
    app: App,
    manifest: dict[str, Any],
    progress: Callable[[str], None],
) -> int:
    count = 0
    for name, member in members.items():
        if not name.startswith("blobs/"):
            continue
        data = tar.extractfile(member)
        if data is None or app.store.put(_chunks(data)).sha256 != name.removeprefix("blobs/"):
            raise BackupError(f"A file of the backup was changed: {name}.")
        count += 1
        if count % 100 == 0:
            progress(f"{count} of {manifest['blobs']} files")
    return count


def _restore_table(
    tar: tarfile.TarFile, members: dict[str, tarfile.TarInfo], session: Session, table: Table
) -> int:
    member = members.get(f"tables/{table.name}.jsonl.gz")
    data = tar.extractfile(member) if member is not None else None
    if data is None:
        return 0
    count = 0
    batch: list[dict[str, Any]] = []
    with gzip.GzipFile(fileobj=data) as lines:
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
    for table in reversed(Base.metadata.sorted_tables):
        session.execute(table.delete())


@contextmanager
def _without_guards(session: Session) -> Iterator[None]:
    """Without the triggers that guard the log and what holds cover: what they guard is only just coming back.

    They are there again before the transaction ends; if it fails they never were away.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SET LOCAL session_replication_role = replica"))
        yield
        session.execute(text("SET LOCAL session_replication_role = origin"))
        return
    triggers = session.execute(text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")).all()
    for name, _ in triggers:
        session.execute(text(f'DROP TRIGGER "{name}"'))
    yield
    session.flush()
    for _, sql in triggers:
        session.execute(text(sql))


def _mark(marker: Path) -> None:
    """Put the marker where a crash of the machine leaves it."""
    with marker.open("wb") as out:
        os.fsync(out.fileno())
    folder = os.open(marker.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _read(tar: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    data = tar.extractfile(member)
    if data is None:
        raise BackupError(f"The backup is not whole: {member.name} is missing.")
    return data.read()


def _replace(path: Path, data: bytes) -> None:
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.touch(mode=0o600)
    draft.write_bytes(data)
    draft.replace(path)


def _chunks(source: IO[bytes]) -> Iterator[bytes]:
    while chunk := source.read(_CHUNK):
        yield chunk


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
