"""Which blobs are still wanted, and removing those that are not.

A blob is stored before the row that needs it, and deleted after the last row
that needed it. Between the two sides stands a lock on the blob's name, held to
the end of the transaction, so that a paper that arrives just while its twin is
being destroyed is not left without its bytes.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import func, select, text, union_all, update
from sqlalchemy.orm import Session

from akta.db.engine import Database
from akta.events.jobs import PRIORITY_RENDER, Claim, enqueue, finish
from akta.events.models import Job
from akta.kernel.clock import Clock
from akta.kernel.ids import new_id
from akta.records.evidence import Evidence
from akta.records.models import Record, Rendition, Version
from akta.storage.port import Blob, BlobProtectedError, BlobStore, StorageError

JOB_DELETE_BLOBS = "records.delete_blobs"
#: A file that the store protects is asked for again after this time, or when the store's date has come.
_SOONEST: Final = timedelta(hours=1)
_LATEST: Final = timedelta(days=1)


def claim_blob(session: Session, store: BlobStore, sha256: str) -> None:
    """Make sure that a blob just stored is still there when the caller's rows commit.

    Raises StorageError (try again) if it was deleted meanwhile.
    """
    lock_name(session, sha256)
    if not store.exists(sha256):
        raise StorageError("The file was removed by another process meanwhile. Add it again.", sha256=sha256)


def lock_name(session: Session, sha256: str) -> None:
    """One transaction at a time decides of a blob."""
    # SQLite's write transaction is a lock on everything already.
    if session.get_bind().dialect.name == "postgresql":
        number = int(sha256[:15], 16)
        session.execute(text("SELECT pg_advisory_xact_lock(:n)"), {"n": number})


def referenced(session: Session, sha256: str) -> bool:
    """Whether any version or rendition of any record, or any evidence, still needs the blob."""
    query = union_all(
        select(func.count()).select_from(Version).where(Version.sha256 == sha256),
        select(func.count()).select_from(Rendition).where(Rendition.sha256 == sha256),
        select(func.count()).select_from(Evidence).where(Evidence.sha256 == sha256),
        select(func.count())
        .select_from(Record)
        .where(Record.sha256 == sha256, Record.state.in_(("received", "reading"))),
    )
    return any(session.scalars(query))


def delete_unreferenced(session: Session, store: BlobStore, names: Iterable[str]) -> int:
    """Delete the named blobs that no record needs any more; returns how many.

    The caller holds a write transaction.
    """
    removed = 0
    for name in sorted(names):
        lock_name(session, name)
        if not referenced(session, name):
            store.delete(name)
            removed += 1
    return removed


def delete_blobs(database: Database, store: BlobStore, clock: Clock, claim: Claim) -> None:
    """The handler of `records.delete_blobs`: delete the blobs of a destroyed record.

    What the store protects by itself waits in a job of the same key, which says so, for as long as it
    takes; it is asked for again after an hour, or when the store's date has come, once a day at least.
    """
    protected: list[str] = []
    for name in sorted(claim.payload["blobs"]):
        claim.check()
        try:
            with database.write() as session:
                delete_unreferenced(session, store, [name])
        except BlobProtectedError:
            protected.append(name)
    now = clock.now()
    ends = [until for name in protected if (until := store.protection(name).retain_until) is not None]
    with database.write() as session:
        if protected:
            _wait_for_store(session, claim, protected, max(ends, default=None), now)
        finish(session, claim, now)


def _wait_for_store(
    session: Session, claim: Claim, names: list[str], until: datetime | None, now: datetime
) -> None:
    delay = min(max(_SOONEST, until - now if until else _SOONEST), _LATEST)
    enqueue(
        session,
        JOB_DELETE_BLOBS,
        {"blobs": names},
        key=claim.key,
        now=now,
        priority=PRIORITY_RENDER,
        delay=delay,
    )
    day = f"until {until:%Y-%m-%d %H:%M} UTC" if until else "by a legal hold of its own"
    session.execute(
        update(Job)
        .where(Job.key == claim.key, Job.state == "ready")
        .values(error=f"The store protects {len(names)} files {day}; they are deleted when it lets them go.")
    )


def keep_evidence(
    session: Session, store: BlobStore, kind: str, subject: str, blob: Blob, media_type: str, now: datetime
) -> Evidence:
    """Keep a stored blob for good. Raises StorageError (try again) if it was deleted meanwhile."""
    claim_blob(session, store, blob.sha256)
    made = Evidence(
        id=new_id(),
        kind=kind,
        subject=subject,
        sha256=blob.sha256,
        size=blob.size,
        media_type=media_type,
        created_at=now,
    )
    session.add(made)
    session.flush()
    return made
