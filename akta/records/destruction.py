"""Destroying a record's content. Only `retention.disposition` may import this.

Rows with content go in one transaction with the audit entry; blobs go after it,
by a job, because a blob cannot be rolled back: a crash between the two leaves
orphans that the sweep removes, never a record whose bytes are missing.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import String, cast, delete, select, update
from sqlalchemy.orm import Session

from akta.access.principal import Principal
from akta.audit.log import AuditLog
from akta.events.bus import bus
from akta.events.jobs import PRIORITY_RENDER, enqueue
from akta.records.blobs import JOB_DELETE_BLOBS
from akta.records.duplicates import forget, take_turn
from akta.records.events import RecordDestroyed
from akta.records.guard import changed, lock, refuse_if_kept
from akta.records.judgements import TABLES as JUDGED
from akta.records.links import RecordLink
from akta.records.models import (
    Correction,
    Field,
    Idempotency,
    Lesson,
    PageText,
    Receipt,
    Record,
    Rendition,
    SenderKey,
    Step,
    Version,
)
from akta.records.parties.cleaning import forget_record
from akta.records.queue import ReviewItem, ReviewKey, ReviewSkip
from akta.records.redactions import Redaction
from akta.records.states import RecordState

#: Everything that hangs on a record and says something of its content.
_CONTENT = (
    *(PageText, Field, Correction, Lesson, SenderKey, Rendition, Version, Step),
    *(ReviewItem, ReviewKey, ReviewSkip, Redaction, RecordState, RecordLink),
)
#: What the stub keeps of a derivation.
_KEPT = ("outcome", "retain_through", "rule", "rule_version", "action", "class", "class_version")


def destroy(
    session: Session,
    audit: AuditLog,
    principal: Principal,
    record_id: str,
    *,
    now: datetime,
    authority: dict[str, Any],
) -> Record:
    """Remove everything a record says and leave a stub.

    The stub keeps id, class, dates, the hash of the original and the rule
    (`authority`), nothing personal: of the derivation, whose facts are dates of a
    person's life, only its end. Raises HeldError, NotFoundError.
    """
    record = lock(session, record_id)
    refuse_if_kept(session, record, now)
    take_turn(session)
    twins = forget(session, record_id)
    blobs = set(session.scalars(select(Version.sha256).where(Version.record_id == record_id)))
    blobs |= set(session.scalars(select(Rendition.sha256).where(Rendition.record_id == record_id)))
    for model in _CONTENT:
        session.execute(delete(model).where(model.record_id == record_id))
    for judged in JUDGED:
        session.execute(delete(judged).where(judged.record_id == record_id))
    forget_record(session, record_id)
    session.execute(update(Receipt).where(Receipt.record_id == record_id).values(file_name=""))
    # What a request with an Idempotency-Key was answered may name the paper's file.
    answers = cast(Idempotency.answer, String).contains(record_id, autoescape=True)
    session.execute(delete(Idempotency).where(answers))
    _make_stub(record, authority, now)
    audit.append(
        session,
        at=now,
        actor=principal.actor,
        action="record.destroyed",
        subject=f"record:{record_id}",
        details={"sha256": record.sha256, "class": record.class_code, "authority": authority},
    )
    enqueue(
        session,
        JOB_DELETE_BLOBS,
        {"blobs": sorted(blobs)},
        key=f"delete-blobs:{record_id}",
        now=now,
        priority=PRIORITY_RENDER,
    )
    changed(session, record)
    bus.publish(session, RecordDestroyed(record_id, twins))
    return record


def _make_stub(record: Record, authority: dict[str, Any], now: datetime) -> None:
    kept = record.retention or {}
    record.state, record.destroyed_at = "destroyed", now
    record.title = record.file_name = ""
    record.alternatives, record.doubts, record.flags, record.suggestions = [], [], [], {}
    record.reason, record.reason_params = None, {}
    record.document_date = record.case_id = record.owner_id = None
    record.syntax = record.language = None
    record.retention = {**{name: kept.get(name) for name in _KEPT}, "authority": authority}
