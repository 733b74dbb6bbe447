"""Reading business events."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from akta.access.principal import Principal
from akta.access.roles import Right
from akta.kernel.errors import InvalidError, NotFoundError
from retention.events.kinds import kind_name
from retention.events.models import STATES, BusinessEvent
from retention.events.subjects import Subject, visible_events


def list_events(
    session: Session,
    principal: Principal,
    *,
    state: str | None = None,
    kind: str | None = None,
    subject: Subject | None = None,
    after: str | None = None,
    limit: int = 50,
) -> list[BusinessEvent]:
    """Events, newest first; `after` is the id of the last one seen. Raises InvalidError."""
    principal.require(Right.READ)
    if state is not None and state not in STATES:
        raise InvalidError(f"There is no state '{state[:20]}'. States: {', '.join(STATES)}.")
    query = select(BusinessEvent).where(visible_events(principal))
    if state:
        query = query.where(BusinessEvent.state == state)
    if kind:
        query = query.where(BusinessEvent.kind == kind)
    if subject:
        query = query.where(
            BusinessEvent.subject_kind == subject.kind, BusinessEvent.subject_id == subject.id
        )
    if after:
        query = query.where(BusinessEvent.id < after)
    return list(session.scalars(query.order_by(BusinessEvent.id.desc()).limit(limit)))


def get_event(session: Session, principal: Principal, event_id: str) -> BusinessEvent:
    """One event. Raises NotFoundError."""
    query = select(BusinessEvent).where(BusinessEvent.id == event_id, visible_events(principal))
    found = session.scalars(query).first()
    if found is None:
        raise NotFoundError("There is no such event.", event=event_id[:40])
    return found


def as_data(event: BusinessEvent, language: str = "en") -> dict[str, Any]:
    """An event as plain data."""
    return {
        "id": event.id,
        "kind": event.kind,
        "kind_name": kind_name(event.kind, language),
        "subject_kind": event.subject_kind,
        "subject": event.subject_id,
        "date": event.effective.isoformat(),
        "value": event.value,
        "state": event.state,
        "evidence_record": event.evidence_record,
        "evidence": event.evidence,
        "corrects": event.corrects,
        "key": event.key,
        "batch": event.batch,
        "source_record": event.source_record,
        "source_field": event.source_field,
        "actor": event.actor,
        "recorded_at": event.recorded_at.isoformat(),
        "decided_by": event.decided_by,
        "decided_at": event.decided_at.isoformat() if event.decided_at else None,
        "reason": event.reason,
    }


def many(events: Sequence[BusinessEvent], language: str) -> list[dict[str, Any]]:
    """Several as plain data."""
    return [as_data(event, language) for event in events]
