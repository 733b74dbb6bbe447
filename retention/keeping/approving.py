"""Records that a change of the schedule would keep for less time: what waits, and deciding about it.

Nothing here shortens by itself. Whoever wrote the schedule does not decide about what it shortens.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from akta.access.hands import refuse_one_hand
from akta.access.principal import Principal
from akta.access.roles import Right
from akta.audit.log import AuditLog
from akta.kernel.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from akta.records.models import Record, RecordClass
from akta.records.visibility import visible_to
from retention.keeping.computing import recompute_records
from retention.keeping.models import Shortening
from retention.keeping.writing import Origin
from retention.schedules.models import ScheduleDraft

MOST_DECIDED: Final = 500


def list_shortenings(
    session: Session, principal: Principal, *, after: str | None = None, limit: int = 50
) -> list[tuple[Shortening, Record]]:
    """What waits for approval, oldest first, of the records that the principal may see."""
    _require(principal)
    query = select(Shortening, Record).join(Record, Record.id == Shortening.record_id)
    query = query.where(Shortening.state == "open", Record.state != "destroyed", visible_to(principal))
    if after:
        query = query.where(Shortening.id > after)
    return [(row[0], row[1]) for row in session.execute(query.order_by(Shortening.id).limit(limit))]


def count_shortenings(session: Session, principal: Principal) -> int:
    """How many wait, of the records that the principal may see."""
    _require(principal)
    query = (
        select(func.count())
        .select_from(Shortening)
        .join(Record, Record.id == Shortening.record_id)
        .where(Shortening.state == "open", Record.state != "destroyed", visible_to(principal))
    )
    return session.scalar(query) or 0


def decide_shortenings(
    session: Session,
    audit: AuditLog,
    principal: Principal,
    ids: Sequence[str],
    now: datetime,
    *,
    approve: bool,
    zone: str,
) -> int:
    """Approve or refuse shortenings, all or none; approved records are computed anew at once.

    A record under a legal hold is shortened when the hold has ended. Raises NotFoundError, ConflictError,
    ForbiddenError for whoever wrote the schedule that is the cause, and for accounts in one hand with them.
    """
    principal.require(Right.DISPOSE)
    if principal.user_id is None:
        raise ForbiddenError("Only a person with an account of their own decides about shorter keeping.")
    if len(ids) > MOST_DECIDED:
        raise InvalidError(f"At most {MOST_DECIDED} records are decided about at a time.")
    rows = [_locked(session, principal, number) for number in sorted(set(ids))]
    authors = _authors(session, {row.class_code for row in rows})
    for row in rows:
        if authors.get((row.class_code, row.class_version)) == principal.user_id:
            raise ForbiddenError("You wrote this schedule: somebody else decides about what it shortens.")
        row.state = "approved" if approve else "refused"
        row.decided_by, row.decided_at = principal.actor, now
    wrote = {authors[key] for row in rows if (key := (row.class_code, row.class_version)) in authors}
    refuse_one_hand(session, principal.user_id, sorted(wrote), now)
    session.flush()
    audit.note(
        session,
        now,
        principal.actor,
        "retention.shortening_approved" if approve else "retention.shortening_refused",
        f"shortenings:{rows[0].id}" if rows else "shortenings:none",
        records=[[row.record_id, _end(row.before_through), _end(row.after_through)] for row in rows],
    )
    if approve and rows:
        origin = Origin(f"approval:{rows[0].id}", principal.actor, now, approved=True)
        recompute_records(session, sorted(row.record_id for row in rows), zone, origin)
    return len(rows)


def as_data(row: Shortening, record: Record) -> dict[str, Any]:
    """A shortening as plain data."""
    return {
        "id": row.id,
        "record": row.record_id,
        "title": record.title,
        "class": row.class_code,
        "class_version": row.class_version,
        "cause": row.cause,
        "held": record.held,
        "before": {"outcome": row.before_outcome, "retain_through": _end(row.before_through)},
        "after": {"outcome": row.after_outcome, "retain_through": _end(row.after_through)},
        "found_at": row.found_at.isoformat(),
    }


def _require(principal: Principal) -> None:
    if not {Right.SCHEDULE, Right.DISPOSE, Right.AUDIT} & principal.rights:
        raise ForbiddenError("What is kept for less time is for officers and auditors.")


def _locked(session: Session, principal: Principal, number: str) -> Shortening:
    seen = select(Shortening.id).join(Record, Record.id == Shortening.record_id)
    if session.scalar(seen.where(Shortening.id == number, visible_to(principal))) is None:
        raise NotFoundError("There is no such proposal.", shortening=number[:40])
    row = session.get_one(Shortening, number, with_for_update=True, populate_existing=True)
    if row.state != "open":
        raise ConflictError("This was decided about already, or there is nothing left to decide.")
    return row


def _authors(session: Session, codes: set[str]) -> dict[tuple[str, int], str]:
    """Who wrote the drafts of the versions of these classes; a day that stands in one may shorten, too."""
    query = (
        select(RecordClass.code, RecordClass.version, ScheduleDraft.author)
        .join(ScheduleDraft, ScheduleDraft.id == RecordClass.draft_id)
        .where(RecordClass.code.in_(codes))
    )
    return {(code, version): author for code, version, author in session.execute(query)}


def _end(day: Any) -> str | None:
    return day.isoformat() if day else None
