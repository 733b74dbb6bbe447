"""Locking a class: from then on its rules only become longer and wider. One asks, another one locks."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from akta.access.hands import ties
from akta.access.principal import Principal
from akta.access.roles import Right
from akta.audit.log import AuditLog
from akta.kernel.errors import ConflictError, NotFoundError
from retention.keeping.facts import facts_may_change
from retention.keeping.recomputing import ask
from retention.schedules.drafts import person_of
from retention.schedules.fileplan import current_class, lock_plan
from retention.schedules.models import ClassLock
from retention.schedules.publishing import second_person


def lock_class(
    session: Session, audit: AuditLog, principal: Principal, code: str, now: datetime
) -> ClassLock:
    """Ask for a class to be locked; where another person has asked already, lock it. Nothing unlocks it.

    The days that its records are kept through are fixed: no other class makes them shorter. Raises
    NotFoundError, SamePersonError if the same person asks twice, ConflictError if it is locked.
    """
    principal.require(Right.SCHEDULE)
    lock_plan(session)
    if current_class(session, code) is None:
        raise NotFoundError("There is no such class.", cls=code[:40])
    row = session.get(ClassLock, code, with_for_update=True, populate_existing=True)
    if row is None:
        row = ClassLock(code=code, asked_by=person_of(principal), asked_actor=principal.actor, asked_at=now)
        session.add(row)
        audit.note(session, now, principal.actor, "class.lock_asked", f"class:{code}")
        return row
    if row.locked_at is not None:
        raise ConflictError("The class is locked already.", cls=code)
    person = second_person(session, principal, row.asked_by, now)
    row.locked_by, row.locked_at = principal.actor, now
    session.flush()
    audit.note(
        session,
        now,
        principal.actor,
        "class.locked",
        f"class:{code}",
        asked_by=row.asked_actor,
        accounts=ties(session, (row.asked_by, person), now),
    )
    ask(session, "class", code, f"locked:{code}", principal.actor, now)
    facts_may_change(session)
    return row


def withdraw_lock(session: Session, audit: AuditLog, principal: Principal, code: str, now: datetime) -> None:
    """Take back what was asked and not yet locked. Raises NotFoundError, ConflictError if it is locked."""
    principal.require(Right.SCHEDULE)
    row = session.get(ClassLock, code, with_for_update=True, populate_existing=True)
    if row is None:
        raise NotFoundError("Nobody has asked for this class to be locked.", cls=code[:40])
    if row.locked_at is not None:
        raise ConflictError("The class is locked; nothing unlocks it.", cls=code)
    session.delete(row)
    audit.note(session, now, principal.actor, "class.lock_withdrawn", f"class:{code}")


def locks(session: Session) -> dict[str, ClassLock]:
    """All locks and what was asked for, by class."""
    return {row.code: row for row in session.scalars(select(ClassLock))}
