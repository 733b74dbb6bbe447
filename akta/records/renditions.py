"""Keeping what was made from a record, or came inside it, as its rendition."""

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from akta.events.bus import bus
from akta.kernel.ids import new_id
from akta.records.blobs import claim_blob
from akta.records.events import HoldsChanged
from akta.records.guard import is_held
from akta.records.models import Rendition
from akta.storage.port import Blob, BlobStore

#: The data that a paper carries inside itself: the XML of a Factur-X or ZUGFeRD invoice.
EMBEDDED_DATA = "embedded_data"
#: The tables found on its pages, as JSON (see `ingest.tables.model`).
TABLES = "tables"
#: A copy without some areas, numbered from 1 in the place of the page (see `akta.records.redactions`).
REDACTED = "redacted"


def keep_rendition(
    session: Session,
    store: BlobStore,
    record_id: str,
    kind: str,
    page: int,
    blob: Blob,
    media_type: str,
    agent: str,
    now: datetime,
) -> None:
    """Put `blob` in the place of the record's rendition of that kind and page, if there was one.

    What a held record has stays as it is: one more is added, none is replaced.
    Raises StorageError (try again) if the blob was deleted meanwhile.
    """
    same = (Rendition.record_id == record_id, Rendition.kind == kind, Rendition.page == page)
    held = is_held(session, record_id)
    if held and session.scalar(select(Rendition.id).where(*same)) is not None:
        return
    claim_blob(session, store, blob.sha256)
    session.execute(delete(Rendition).where(*same))
    session.add(
        Rendition(
            id=new_id(),
            record_id=record_id,
            kind=kind,
            page=page,
            sha256=blob.sha256,
            size=blob.size,
            media_type=media_type,
            agent=agent[:80],
            created_at=now,
        )
    )
    if held:  # the store should protect it too
        session.flush()
        bus.publish(session, HoldsChanged((record_id,)))
