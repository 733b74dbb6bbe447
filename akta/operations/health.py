"""What answers, what works less well than it should, and when the archive was last secured."""

import json
import os
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import func, select, text

from akta.bootstrap import App
from akta.kernel.errors import AktaError
from akta.records.models import IndexPending


@dataclass(frozen=True, slots=True)
class Readiness:
    """Parts that are needed and do not answer; parts that work, but not as they should."""

    failed: tuple[str, ...]
    degraded: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LastBackup:
    """When the last backup was made, until when it may be kept, and how many files were not in it."""

    at: datetime
    rows: int
    blobs: int
    lost: int
    delete_after: date


@dataclass(frozen=True, slots=True)
class IndexState:
    """Papers in the index (None if it does not answer), and changes that wait to come into it."""

    documents: int | None
    pending: int


def readiness(app: App) -> Readiness:
    """Ask database, storage and index whether they answer, and the model whether it is whole."""
    failed = []
    try:
        with app.database.read() as session:
            session.execute(text("SELECT 1"))
    except AktaError:
        failed.append("database")
    failed += silent(app)
    degraded = []
    if "database" not in failed:
        with app.database.read() as session:
            if app.live_model.problem(session):
                degraded.append("model")  # its bytes are broken: the lexicon alone judges
    return Readiness(tuple(failed), tuple(degraded))


def silent(app: App) -> list[str]:
    """The parts beside the database that do not answer: storage, index."""
    failed = []
    try:
        app.store.exists("0" * 64)
    except (AktaError, OSError):
        failed.append("storage")
    if _documents(app) is None:
        failed.append("index")
    return failed


def index_state(app: App) -> IndexState:
    """How full the index is and how far behind."""
    with app.database.read() as session:
        pending = session.scalar(select(func.count()).select_from(IndexPending)) or 0
    return IndexState(_documents(app), pending)


def _documents(app: App) -> int | None:
    try:
        return app.index.engine.count()
    except (AktaError, OSError):
        return None


def backup_file(home: Path) -> Path:
    """Where it is noted that a backup was made; the file of the backup itself is anywhere."""
    return home / "run" / "backup.json"


def note_backup(home: Path, made: LastBackup) -> None:
    """Note that a backup was made."""
    file = backup_file(home)
    facts: dict[str, Any] = {
        "at": made.at.isoformat(),
        "rows": made.rows,
        "blobs": made.blobs,
        "lost": made.lost,
        "delete_after": made.delete_after.isoformat(),
    }
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    draft.write_text(json.dumps(facts), "utf-8")
    draft.replace(file)


def last_backup(home: Path) -> LastBackup | None:
    """The last backup that was made of this archive; None if none was noted, or the note is damaged."""
    try:
        facts = json.loads(backup_file(home).read_text("utf-8"))
        return LastBackup(
            at=datetime.fromisoformat(facts["at"]),
            rows=int(facts["rows"]),
            blobs=int(facts["blobs"]),
            lost=int(facts["lost"]),
            delete_after=date.fromisoformat(facts["delete_after"]),
        )
    except (OSError, ValueError, KeyError, TypeError, OverflowError, RecursionError):
        return None
