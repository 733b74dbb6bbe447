"""What a reading or a person says of a paper, carried over to its record."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from akta.audit.log import AuditLog
from akta.events.bus import bus
from akta.kernel.clock import Clock
from akta.kernel.ids import new_id
from akta.records.events import RecordFiled
from akta.records.guard import changed
from akta.records.models import Field, Record
from akta.records.states import touch
from ingest.model import Reading
from ingest.parties.recognise import attach_parties
from ingest.understand import Understanding, title_of


def describe(record: Record, reading: Reading, understood: Understanding) -> None:
    """Carry what reading and understanding found over to the record's row."""
    record.media_type = reading.media_type
    record.flags = list(reading.flags)
    record.syntax = reading.structured.syntax if reading.structured else None
    record.page_count = max(reading.total_pages, len(reading.pages))
    record.pages_done = len(reading.pages)
    describe_meaning(record, understood)


def describe_meaning(record: Record, understood: Understanding) -> None:
    """Carry only what understanding found over, not what reading did."""
    record.domain = understood.domain
    record.doc_type = understood.doc_type
    record.subtype = understood.subtype
    record.confidence = understood.confidence
    record.alternatives = [list(a) for a in understood.alternatives[:5]]
    record.language = understood.language
    record.model_version = understood.model_version
    found = {f.name for f in understood.fields}
    record.suggestions = {
        name: [asdict(a) for a in others]
        for name, others in understood.suggestions.items()
        if name not in found
    }


def store_fields(session: Session, record_id: str, understood: Understanding) -> None:
    """Replace the record's fields by those just read; what a person confirmed stays."""
    kept = set(
        session.scalars(
            select(Field.name).where(Field.record_id == record_id, Field.confirmed_by.is_not(None))
        )
    )
    session.execute(delete(Field).where(Field.record_id == record_id, Field.confirmed_by.is_(None)))
    touch(session, (record_id,))
    for position, found in enumerate(understood.fields):
        if found.name in kept:
            continue
        kept.add(found.name)
        session.add(
            Field(
                id=new_id(),
                record_id=record_id,
                position=position,
                name=found.name[:40],
                value=found.value,
                raw=found.raw,
                confidence=found.confidence,
                page=found.page,
                box=list(found.box) if found.box else None,
                reader=found.source[:40],
                supported_by=found.check[:80] if found.check else None,
                alternatives=[asdict(a) for a in understood.suggestions.get(found.name, ())],
            )
        )


def refresh(
    session: Session,
    audit: AuditLog,
    record: Record,
    now: datetime,
    sender: Mapping[str, float] | None = None,
) -> None:
    """Bring what follows from a record's fields in line with them: title, date, parties.

    Fields that a person confirmed outlast a new reading, so this looks at what is stored.
    `sender` are the keys of the one who sent it, where it was just read.
    """
    session.flush()
    rows = session.execute(
        select(Field.name, Field.value).where(Field.record_id == record.id).order_by(Field.position)
    ).all()
    values: dict[str, str] = {}
    for name, value in rows:
        values.setdefault(name, value)
    title = title_of(
        record.subtype or record.doc_type or "unknown", values, record.language, record.file_name
    )
    record.title = (title or record.file_name)[:300]
    record.document_date = date_of(values.get("date"))
    attach_parties(session, audit, record.id, values, now, sender)


def file_record(
    session: Session, audit: AuditLog, record: Record, actor: str, clock: Clock, now: datetime | None = None
) -> None:
    """Put a record that has a class in its place; `now` where it must be a known instant."""
    now = now or clock.now()
    record.state = "filed"
    record.reason, record.reason_params, record.doubts = None, {}, []
    record.ended_at = now
    audit.append(
        session,
        at=now,
        actor=actor,
        action="record.filed",
        subject=f"record:{record.id}",
        details={"class": record.class_code, "doc_type": record.doc_type, "domain": record.domain},
    )
    changed(session, record)
    bus.publish(session, RecordFiled(record.id, actor))


def date_of(value: str | None) -> date | None:
    """The day of a value in normal form; None if it is none."""
    try:
        return date.fromisoformat(value[:10]) if value else None
    except ValueError:
        return None
