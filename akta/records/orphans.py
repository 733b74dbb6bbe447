"""Blobs that belong to no record: found, remembered, and removed a day later.

An upload that died between its bytes and its rows leaves such a blob, and so does a
destruction whose second half never ran. The store cannot say how old a blob is on
every kind of server, so the sweep remembers when it first met one.
"""

import json
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import select, union

from akta.db.engine import Database
from akta.kernel.errors import AktaError
from akta.records.blobs import delete_unreferenced
from akta.records.evidence import Evidence
from akta.records.models import IN_PROGRESS, Record, Rendition, Version
from akta.storage.port import BlobStore

#: Nobody takes this long from the bytes of an upload to its rows.
GRACE = timedelta(hours=24)
#: How often the store is listed.
EVERY = timedelta(hours=6)


def sweep_orphans(database: Database, store: BlobStore, notes: Path, now: datetime) -> tuple[int, int]:
    """Remove blobs met without a record for `GRACE`; returns how many, and how many the store protects.

    `notes` is a file that only this function uses. Lists the store once in `EVERY`;
    between, nothing is done. Safe at any time and by several processes.
    """
    known = _read(notes)
    if known is not None and timedelta(0) <= now - known[0] < EVERY:
        return 0, 0
    with database.read() as session:
        wanted = set(
            session.scalars(
                union(
                    select(Version.sha256),
                    select(Rendition.sha256),
                    select(Evidence.sha256),
                    select(Record.sha256).where(Record.state.in_(IN_PROGRESS)),
                )
            )
        )
    met = known[1] if known is not None else {}
    orphans = {blob.sha256: met.get(blob.sha256, now) for blob in store.names() if blob.sha256 not in wanted}
    due = sorted(name for name, since in orphans.items() if now - since >= GRACE)
    removed = protected = 0
    for name in due:
        try:
            with database.write() as session:
                removed += delete_unreferenced(session, store, [name])
        except AktaError:  # locked by the store until its date; it is met again
            protected += 1
        else:
            orphans.pop(name)
    _write(notes, now, orphans)
    return removed, protected


def _read(notes: Path) -> tuple[datetime, dict[str, datetime]] | None:
    try:
        data = json.loads(notes.read_bytes())
        return (
            datetime.fromisoformat(data["at"]),
            {str(name): datetime.fromisoformat(since) for name, since in data["met"].items()},
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def _write(notes: Path, now: datetime, met: dict[str, datetime]) -> None:
    data = {"at": now.isoformat(), "met": {name: since.isoformat() for name, since in met.items()}}
    draft = notes.with_suffix(".new")
    draft.write_text(json.dumps(data), "utf-8")
    draft.replace(notes)
