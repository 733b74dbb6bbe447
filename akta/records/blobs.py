"""Which blobs are still wanted, and removing those that are not."""

from collections.abc import Iterable

from sqlalchemy import func, select, union_all
from sqlalchemy.orm import Session

from akta.records.models import Record, Rendition, Version
from akta.storage.port import BlobStore


def referenced(session: Session, sha256: str) -> bool:
    """Whether any version or rendition of any record still needs the blob."""
    query = union_all(
        select(func.count()).select_from(Version).where(Version.sha256 == sha256),
        select(func.count()).select_from(Rendition).where(Rendition.sha256 == sha256),
        select(func.count())
        .select_from(Record)
        .where(Record.sha256 == sha256, Record.state.in_(("received", "reading"))),
    )
    return any(session.scalars(query))


def delete_unreferenced(session: Session, store: BlobStore, names: Iterable[str]) -> int:
    """Delete the named blobs that no record needs any more; returns how many.

    The caller holds a write transaction, which keeps new references away while
    it looks (a record that arrives with the same bytes puts the blob again).
    """
    removed = 0
    for name in names:
        if not referenced(session, name):
            store.delete(name)
            removed += 1
    return removed
