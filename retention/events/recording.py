"""Recording business events, correcting and cancelling them, and deciding about proposed ones.

Whatever counts from now on, or no more, has the keeping of every record that it touches computed anew. Rows
are never overwritten: a correction is a new event in the place of the old one.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from akta.access.principal import Principal
from akta.access.roles import Right
from akta.audit.log import AuditLog
from akta.kernel.errors import ConflictError, InvalidError, NotFoundError
from akta.kernel.ids import new_id
from akta.records.visibility import get_visible
from retention.events.days import check_day
from retention.events.kinds import check_kind, known_kinds
from retention.events.models import BusinessEvent
from retention.events.subjects import Subject, Subjects, visible_events
from retention.keeping.facts import facts_may_change
from retention.keeping.recomputing import ask

#: Proposals that are decided about at a time.
MOST_DECIDED: Final = 500
_TEXT: Final = 500
_VALUE: Final = re.compile(r"[a-z0-9][a-z0-9_.-]{0,39}")
_KEY: Final = re.compile(r"[\x21-\x7e]{1,120}")


@dataclass(frozen=True, slots=True)
class RecordEvent:
    """What is said to have happened: `subject_kind` and `subject` say to what, `effective` on which day.

    `value` is empty for an event whose day is the fact, else yes, no or a word. `key` makes a
    repetition harmless.
    """

    kind: str
    subject_kind: str
    subject: str
    effective: date
    value: str = ""
    evidence_record: str | None = None
    evidence: str = ""
    key: str | None = None


def record_event(
    session: Session, audit: AuditLog, principal: Principal, command: RecordEvent, now: datetime
) -> BusinessEvent:
    """Record an event; the keeping of all it touches follows by a job.

    The same `key` again with the same event changes nothing. Raises InvalidError (NoSubjectError without a
    subject), NotFoundError, ConflictError for a key that another event has.
    """
    principal.require(Right.EVENT)
    subject = Subjects(session, principal).of(command.subject_kind, command.subject)
    check_kind(command.kind, known_kinds(session))
    made, new = prepare(session, principal, command, subject, now)
    if new:
        note_recorded(session, audit, principal, made)
        follow(session, made, principal.actor, now)
        facts_may_change(session)
    return made


def prepare(
    session: Session, principal: Principal, command: RecordEvent, subject: Subject, now: datetime
) -> tuple[BusinessEvent, bool]:
    """The event's row, added unless its key says that it is there already; and whether it is new."""
    made = BusinessEvent(
        id=new_id(),
        kind=command.kind,
        subject_kind=subject.kind,
        subject_id=subject.id,
        effective=check_day(command.effective),
        value=checked_value(command.value),
        evidence_record=_evidence(session, principal, command.evidence_record),
        evidence=" ".join(command.evidence.split())[:_TEXT],
        actor=principal.actor,
        recorded_at=now,
        state="recorded",
        key=checked_key(command.key),
        reason="",
    )
    if made.key is not None:
        there = session.scalars(select(BusinessEvent).where(BusinessEvent.key == made.key)).first()
        if there is not None:
            if _said(there) != _said(made):
                raise ConflictError("Another event was recorded with this key. Use a new key.", key=made.key)
            return there, False
    session.add(made)
    try:
        session.flush()
    except IntegrityError as error:
        raise ConflictError("This key is being used at this moment. Try again.", key=command.key) from error
    return made, True


def correct_event(
    session: Session,
    audit: AuditLog,
    principal: Principal,
    event_id: str,
    *,
    reason: str,
    now: datetime,
    effective: date | None = None,
    value: str | None = None,
    evidence: str | None = None,
) -> BusinessEvent:
    """Put another event in the place of a recorded one: another day or value, about the same subject.

    Raises NotFoundError, InvalidError without a reason or a change, ConflictError if it counts no more.
    """
    principal.require(Right.EVENT)
    if not reason.strip():
        raise InvalidError("Say why the event is corrected.")
    old = _recorded(session, principal, event_id)
    made = BusinessEvent(
        id=new_id(),
        kind=old.kind,
        subject_kind=old.subject_kind,
        subject_id=old.subject_id,
        effective=check_day(old.effective if effective is None else effective),
        value=old.value if value is None else checked_value(value),
        evidence_record=old.evidence_record,
        evidence=old.evidence if evidence is None else " ".join(evidence.split())[:_TEXT],
        actor=principal.actor,
        recorded_at=now,
        state="recorded",
        corrects=old.id,
        reason=reason.strip()[:_TEXT],
    )
    if (made.effective, made.value, made.evidence) == (old.effective, old.value, old.evidence):
        raise InvalidError("Nothing would change. Give another day, value or evidence.")
    _end(old, "cancelled", principal, reason, now)
    session.add(made)
    session.flush()
    audit.note(
        session,
        now,
        principal.actor,
        "event.corrected",
        _about(made),
        event=made.id,
        corrects=old.id,
        kind=made.kind,
        before=old.effective.isoformat(),
        after=made.effective.isoformat(),
        value=made.value,
        reason=made.reason,
    )
    follow(session, made, principal.actor, now)
    facts_may_change(session)
    return made


def cancel_event(
    session: Session, audit: AuditLog, principal: Principal, event_id: str, reason: str, now: datetime
) -> BusinessEvent:
    """Say that an event never happened; its row stays. Raises as `correct_event`."""
    principal.require(Right.EVENT)
    if not reason.strip():
        raise InvalidError("Say why the event is cancelled.")
    old = _recorded(session, principal, event_id)
    _end(old, "cancelled", principal, reason, now)
    session.flush()
    audit.note(
        session,
        now,
        principal.actor,
        "event.cancelled",
        _about(old),
        event=old.id,
        kind=old.kind,
        reason=old.reason,
    )
    follow(session, old, principal.actor, now)
    facts_may_change(session)
    return old


def decide_proposals(
    session: Session,
    audit: AuditLog,
    principal: Principal,
    event_ids: Sequence[str],
    now: datetime,
    *,
    confirm: bool,
    reason: str = "",
) -> int:
    """Confirm or dismiss proposed events, all or none; confirmed ones count from now on.

    What was decided the same way already is left alone; returns how many were decided now. Raises
    NotFoundError, ConflictError, InvalidError for too many.
    """
    principal.require(Right.EVENT)
    if len(event_ids) > MOST_DECIDED:
        raise InvalidError(f"At most {MOST_DECIDED} proposals are decided about at a time.")
    batch, decided = new_id(), 0
    for event_id in sorted(set(event_ids)):
        event = _locked(session, principal, event_id)
        wanted = "recorded" if confirm else "dismissed"
        if event.state == wanted:
            continue
        if event.state != "proposed":
            raise ConflictError("This proposal was decided about already.", event=event_id)
        _end(event, wanted, principal, reason, now)
        event.batch = batch
        decided += 1
        audit.note(
            session,
            now,
            principal.actor,
            "event.confirmed" if confirm else "event.dismissed",
            _about(event),
            event=event.id,
            kind=event.kind,
            effective=event.effective.isoformat(),
            value=event.value,
        )
    session.flush()
    if decided and confirm:
        ask(session, "batch", batch, f"events:{batch}", principal.actor, now)
        facts_may_change(session)
    return decided


def follow(session: Session, event: BusinessEvent, actor: str, now: datetime) -> None:
    """Ask for what the event is about to be computed anew."""
    ask(session, event.subject_kind, event.subject_id, f"event:{event.id}", actor, now)


def note_recorded(session: Session, audit: AuditLog, principal: Principal, event: BusinessEvent) -> None:
    """The audit entry of a recorded event."""
    audit.note(
        session,
        event.recorded_at,
        principal.actor,
        "event.recorded",
        _about(event),
        event=event.id,
        kind=event.kind,
        effective=event.effective.isoformat(),
        value=event.value,
    )


def checked_value(text: str) -> str:
    """A value in normal form. Raises InvalidError: no names and no sentences, as it stays on the stub."""
    value = text.strip().casefold()
    if value and not _VALUE.fullmatch(value):
        raise InvalidError("A value is yes, no, or one short word without spaces.")
    return value


def checked_key(key: str | None) -> str | None:
    """The key of an import as it is stored. Raises InvalidError."""
    if key is not None and not _KEY.fullmatch(key):
        raise InvalidError("A key has 1 to 120 plain characters without spaces.")
    return key


def _evidence(session: Session, principal: Principal, record_id: str | None) -> str | None:
    return get_visible(session, principal, record_id).id if record_id else None


def _said(event: BusinessEvent) -> tuple[Any, ...]:
    return event.kind, event.subject_kind, event.subject_id, event.effective, event.value


def _about(event: BusinessEvent) -> str:
    return f"{event.subject_kind}:{event.subject_id}"


def _locked(session: Session, principal: Principal, event_id: str) -> BusinessEvent:
    seen = select(BusinessEvent).where(BusinessEvent.id == event_id, visible_events(principal))
    if session.scalars(seen).first() is None:
        raise NotFoundError("There is no such event.", event=event_id[:40])
    return session.get_one(BusinessEvent, event_id, with_for_update=True, populate_existing=True)


def _recorded(session: Session, principal: Principal, event_id: str) -> BusinessEvent:
    event = _locked(session, principal, event_id)
    if event.state == "proposed":
        raise ConflictError("This event is only proposed: confirm or dismiss it.", event=event_id)
    if event.state != "recorded":
        raise ConflictError("This event counts no more: it was corrected or cancelled.", event=event_id)
    return event


def _end(event: BusinessEvent, state: str, principal: Principal, reason: str, now: datetime) -> None:
    event.state, event.decided_by, event.decided_at = state, principal.actor, now
    event.reason = reason.strip()[:_TEXT]
