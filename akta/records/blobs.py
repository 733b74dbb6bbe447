"""Which blobs are still wanted, and removing those that are not.

A blob is stored before the row that needs it, and deleted after the last row
that needed it. Between the two sides stands a lock on the blob's name, held to
the end of the transaction, so that a paper that arrives just while its twin is
being destroyed is not left without its bytes.
"""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import func, select, text, union_all
from sqlalchemy.orm import Session

from akta.kernel.ids import new_id
from akta.records.evidence import Evidence
from akta.records.models import Record, Rendition, Version
from akta.storage.port import Blob, BlobStore, StorageError

JOB_DELETE_BLOBS = "records.delete_blobs"


def claim_blob(session: Session, store: BlobStore, sha256: str) -> None:
    """Make sure that a blob just stored is still there when the caller's rows commit.

    Raises StorageError (try again) if it was deleted meanwhile.
    """
    _lock_name(session, sha256)
    if not store.exists(sha256):
        raise StorageError("The file was removed by another process meanwhile. Add it again.", sha256=sha256)


def _lock_name(session: Session, sha256: str) -> None:
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
        _lock_name(session, name)
        if not referenced(session, name):
            store.delete(name)
            removed += 1
    return removed


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
