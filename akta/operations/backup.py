"""Backing up while Akta runs.

A backup is one tar file: the keys, every table as compressed JSON lines taken in
one snapshot of the database, the blobs that this snapshot refers to, and last a
manifest. It does not depend on the kind of database or store, so an archive can
move from one size to the other. The index and other derived things are not in it;
they are built again (`akta.operations.restore`).
"""

import base64
import gzip
import hashlib
import io
import json
import os
import tarfile
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Table, select, text
from sqlalchemy.orm import Session

from akta.bootstrap import App
from akta.db.base import Base
from akta.kernel.clock import civil_date
from akta.kernel.errors import AktaError, ConflictError
from akta.operations.health import LastBackup, note_backup
from akta.records.blobs import referenced
from akta.records.models import Record
from akta.storage.port import BlobMissingError
from retention.disposition.ledger_lines import last_line

FORMAT = 2
_SKIPPED = {
    *("web_sessions", "pending_sign_ins", "login_attempts", "idempotency", "index_pending", "news_pending"),
    *("exports", "export_records"),  # their files are no part of the archive and are gone after some days
}
_CHUNK = 1 << 20


class BackupError(AktaError):
    """A backup file is not whole or not ours."""

    code = "backup"


@dataclass(frozen=True, slots=True)
class BackedUp:
    """What a backup holds, and the blobs that are not in it because they are damaged or missing.

    `delete_after` is the civil day until which it may be kept: what is destroyed meanwhile stays in it.
    """

    rows: int
    blobs: int
    damaged: tuple[str, ...]
    missing: tuple[str, ...]
    delete_after: date


def back_up(app: App, target: Path, progress: Callable[[str], None] = lambda _: None) -> BackedUp:
    """Write a backup to a file that does not exist yet.

    The file holds the archive's keys and everything in it: it is readable by its
    owner only, and must be kept as safe as the archive. Each blob is checked on its way.
    """
    if target.exists():
        raise ConflictError(f"{target} exists already. Give a new name.", path=str(target))
    draft = target.with_name(f".{target.name}.{os.getpid()}.part")
    delete_after = civil_date(app.clock.now() + timedelta(days=app.settings.backup_days), app.settings.zone)
    rows: dict[str, int] = {}
    copied = 0
    damaged: list[str] = []
    missing: list[str] = []
    try:
        with draft.open("xb") as raw, tarfile.open(fileobj=raw, mode="w", format=tarfile.PAX_FORMAT) as tar:
            os.fchmod(raw.fileno(), 0o600)
            for key in sorted((app.home / "keys").iterdir()):
                _add(tar, f"keys/{key.name}", key.read_bytes())
            for anchors in (app.anchoring.minutes, app.anchoring.daily):
                if anchors.exists():
                    _add(tar, f"anchors/{anchors.name}", anchors.read_bytes())
            app.ledger.catch_up()
            known = last_line(app.ledger.file)
            if known is not None:
                _add(tar, "ledger/ledger.jsonl", app.ledger.file.read_bytes())
            blobs: set[str] = set()
            with app.database.snapshot() as session:
                revision = session.scalar(text("SELECT version_num FROM alembic_version"))
                for table in tables():
                    progress(table.name)
                    rows[table.name] = _add_table(tar, session, table, blobs)
            for number, name in enumerate(sorted(blobs), start=1):
                try:
                    if _add_blob(tar, app, name):
                        copied += 1
                    else:
                        damaged.append(name)
                except BlobMissingError:
                    missing.append(name)  # destroyed after the snapshot, or a loss that verify reports
                if number % 100 == 0:
                    progress(f"{number} of {len(blobs)} files")
            manifest = {
                "format": FORMAT,
                "at": app.clock.now().isoformat(),
                "revision": revision,
                "rows": rows,
                "blobs": copied,
                "delete_after": delete_after.isoformat(),
                "ledger_lines": known.number if known is not None else 0,
                "damaged_blobs": damaged,
                "missing_blobs": missing,
            }
            _add(tar, "manifest.json", json.dumps(manifest).encode())
            tar.close()
            raw.flush()
            os.fsync(raw.fileno())
        draft.rename(target)
    finally:
        draft.unlink(missing_ok=True)
    with app.database.read() as session:  # what was destroyed meanwhile is no loss
        lost = tuple(name for name in missing if referenced(session, name))
    made = BackedUp(sum(rows.values()), copied, tuple(damaged), lost, delete_after)
    count = len(made.damaged) + len(made.missing)
    note_backup(app.home, LastBackup(app.clock.now(), made.rows, made.blobs, count, delete_after))
    return made


def tables() -> list[Table]:
    """The tables that a backup holds, each after those it refers to."""
    return [table for table in Base.metadata.sorted_tables if table.name not in _SKIPPED]


def _add(tar: tarfile.TarFile, name: str, data: bytes) -> None:
    info = tarfile.TarInfo(name)
    info.size = len(data)
    info.mode = 0o600
    tar.addfile(info, io.BytesIO(data))


def _add_table(tar: tarfile.TarFile, session: Session, table: Table, blobs: set[str]) -> int:
    count = 0
    with tempfile.TemporaryFile() as spool:
        with gzip.GzipFile(fileobj=spool, mode="wb", mtime=0) as out:
            query = select(table)
            if table is Record.__table__:
                query = query.order_by(Record.depth, Record.id)  # a paper before what was found in it
            for row in session.execute(query.execution_options(yield_per=1000)).mappings():
                out.write(
                    json.dumps({k: _plain(v) for k, v in row.items()}, ensure_ascii=False).encode() + b"\n"
                )
                count += 1
                if table.name in ("versions", "renditions", "evidence"):
                    blobs.add(row["sha256"])
        info = tarfile.TarInfo(f"tables/{table.name}.jsonl.gz")
        info.size = spool.tell()
        info.mode = 0o600
        spool.seek(0)
        tar.addfile(info, spool)
    return count


def _add_blob(tar: tarfile.TarFile, app: App, name: str) -> bool:
    """Copy a blob, unless its bytes are not those that its name stands for."""
    digest = hashlib.sha256()
    with tempfile.TemporaryFile(dir=app.home / "tmp") as spool:
        with app.store.open(name) as data:
            while chunk := data.read(_CHUNK):
                digest.update(chunk)
                spool.write(chunk)
        if digest.hexdigest() != name:
            return False
        info = tarfile.TarInfo(f"blobs/{name}")
        info.size = spool.tell()
        info.mode = 0o600
        spool.seek(0)
        tar.addfile(info, spool)
    return True


def _plain(value: Any) -> Any:
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, bytes):
        return base64.b64encode(value).decode("ascii")
    return value
