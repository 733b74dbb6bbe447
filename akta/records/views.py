"""A record as plain data, the same for the command line, the API and the pages."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from akta.access.principal import Principal
from akta.records.duplicates import told
from akta.records.guard import active_holds
from akta.records.masking import (
    MASK,
    masked_derivation,
    masked_field,
    masked_params,
    sensitive_on,
    told_params,
)
from akta.records.models import (
    Field,
    PageText,
    Party,
    Receipt,
    Record,
    RecordClass,
    RecordParty,
    Rendition,
    Version,
)
from akta.records.reasons import explain, way_out
from akta.records.visibility import visible_to

_MOST_COPIES = 20


def summary(record: Record, language: str = "en") -> dict[str, Any]:
    """What a list shows of a record."""
    return {
        "id": record.id,
        "version": record.row_version,
        "state": record.state,
        "reason": reason(record, language),
        "title": record.title,
        "file_name": record.file_name,
        "media_type": record.media_type,
        "size": record.size,
        "sha256": record.sha256,
        "domain": record.domain,
        "doc_type": record.doc_type,
        "subtype": record.subtype,
        "confidence": _rounded(record.confidence),
        "language": record.language,
        "document_date": record.document_date.isoformat() if record.document_date else None,
        "pages": record.page_count,
        "pages_done": record.pages_done,
        "class": record.class_code,
        "confidentiality": record.confidentiality,
        "retention_state": record.retention_state,
        "retain_through": record.retain_through.isoformat() if record.retain_through else None,
        "held": record.held,
        "channel": record.channel,
        "parent": record.parent_id,
        "received_at": record.received_at.isoformat(),
        "ended_at": record.ended_at.isoformat() if record.ended_at else None,
        "seconds": round(record.work_seconds, 3),
    }


def reason(record: Record, language: str = "en") -> dict[str, Any] | None:
    """Why the record is where it is: code, sentence, and what to do."""
    if record.reason is None:
        return None
    return {
        "code": record.reason,
        "text": explain(record.reason, told_params(record), language),
        "way_out": way_out(record.reason, language),
    }


def detail(
    session: Session, principal: Principal, record: Record, language: str = "en", *, show: bool = False
) -> dict[str, Any]:
    """Everything about a record but its text; of other records only what the principal may see.

    Values of sensitive fields are masked; with `show` they are not, which is the caller's to write down first
    (`akta.records.reads.note_shown`).
    """
    cls = current_class(session, record.class_code)
    sensitive = sensitive_on(record)
    hidden = frozenset() if show else sensitive
    return {
        **summary(record, language),
        "fields": told_fields(session, record, sensitive, hidden),
        "doubts": [
            {
                "code": d["reason"],
                "text": explain(d["reason"], masked_params(d["params"], hidden), language),
            }
            for d in record.doubts
        ],
        "alternatives": record.alternatives,
        "suggestions": {
            name: [masked_field(other) for other in others] if name in hidden else others
            for name, others in (record.suggestions or {}).items()
        },
        "flags": record.flags,
        "syntax": record.syntax,
        "model_version": record.model_version,
        "class_title": (cls.title_pl if language == "pl" else cls.title_en) if cls else None,
        "retention": masked_derivation(record.retention, hidden),
        "holds": [
            {
                "id": h.id,
                "matter": h.matter if principal.sees_matters else "",
                "placed_at": h.placed_at.isoformat(),
            }
            for h in active_holds(session, record.id)
        ],
        "parties": [
            {"role": role, "id": None, "name": MASK}
            if role in hidden
            else {"role": role, "id": party, "name": name}
            for role, party, name in session.execute(
                select(RecordParty.role, Party.root_id, RecordParty.name)
                .join(Party, Party.id == RecordParty.party_id)
                .where(RecordParty.record_id == record.id)
                .order_by(RecordParty.role)
            )
        ],
        "versions": [
            {
                "number": v.number,
                "sha256": v.sha256,
                "size": v.size,
                "created_at": v.created_at.isoformat(),
                "made_of": v.made_of,
            }
            for v in session.scalars(
                select(Version).where(Version.record_id == record.id).order_by(Version.number)
            )
        ],
        "renditions": renditions(session, record.id),
        "receipts": [
            {
                "id": r.id,
                "file_name": r.file_name,
                "channel": r.channel,
                "duplicate": r.duplicate,
                "received_at": r.received_at.isoformat(),
            }
            for r in session.scalars(
                select(Receipt).where(Receipt.record_id == record.id).order_by(Receipt.id)
            )
        ],
        "readers": [
            {
                "page": p.number,
                "outcome": p.outcome,
                "reader": f"{p.reader} {p.reader_version}".strip(),
                "confidence": _rounded(p.confidence),
            }
            for p in session.execute(
                select(
                    PageText.number,
                    PageText.outcome,
                    PageText.reader,
                    PageText.reader_version,
                    PageText.confidence,
                )
                .where(PageText.record_id == record.id)
                .order_by(PageText.number)
            )
        ],
        "children": [
            {"id": c.id, "title": c.title, "state": c.state, "channel": c.channel}
            for c in session.execute(
                select(Record.id, Record.title, Record.state, Record.channel)
                .where(Record.parent_id == record.id, Record.state != "destroyed", visible_to(principal))
                .order_by(Record.id)
            )
        ],
        "duplicates": told(session, principal, record.id, language),
        "copies": [
            {"id": c.id, "title": c.title, "state": c.state, "parent": c.parent_id}
            for c in session.execute(
                select(Record.id, Record.title, Record.state, Record.parent_id)
                .where(
                    Record.sha256 == record.sha256,
                    Record.id != record.id,
                    Record.state.not_in(("rejected", "destroyed")),
                    Record.size > 0,
                    visible_to(principal),
                )
                .order_by(Record.id)
                .limit(_MOST_COPIES)
            )
        ],
    }


def told_fields(
    session: Session, record: Record, sensitive: frozenset[str], hidden: frozenset[str]
) -> list[dict[str, Any]]:
    """The record's fields: which are sensitive, and which of those are masked here."""
    return [
        {
            **(masked_field(f) if f["name"] in hidden else f),
            "sensitive": f["name"] in sensitive,
            "masked": f["name"] in hidden,
        }
        for f in fields(session, record.id)
    ]


def fields(session: Session, record_id: str) -> list[dict[str, Any]]:
    """The record's fields in order, with their provenance and with what they say: for computing with."""
    return [
        {
            "name": f.name,
            "value": f.value,
            "raw": f.raw,
            "confidence": _rounded(f.confidence),
            "page": f.page,
            "box": f.box,
            "reader": f.reader,
            "check": f.supported_by,
            "confirmed_by": f.confirmed_by,
            "alternatives": f.alternatives,
        }
        for f in session.scalars(
            select(Field).where(Field.record_id == record_id).order_by(Field.position, Field.name)
        )
    ]


def renditions(session: Session, record_id: str) -> list[dict[str, Any]]:
    """What has been made from the record."""
    return [
        {"kind": r.kind, "page": r.page, "media_type": r.media_type, "size": r.size, "agent": r.agent}
        for r in session.scalars(
            select(Rendition).where(Rendition.record_id == record_id).order_by(Rendition.kind, Rendition.page)
        )
    ]


def current_class(session: Session, code: str | None) -> RecordClass | None:
    """The class of the file plan as it now stands."""
    if code is None:
        return None
    return session.scalars(select(RecordClass).where(RecordClass.code == code, RecordClass.current)).first()


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
