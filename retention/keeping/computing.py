"""Computing the keeping of many records at a time, in the caller's transaction."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from akta.kernel.clock import civil_date
from akta.records.models import Record, RecordClass
from retention.keeping.deciding import Derived, Deriver
from retention.keeping.facts import facts_stand_still, known_of
from retention.keeping.writing import Change, Origin, Tally, write_all
from retention.schedules.fileplan import rules_of
from retention.schedules.models import ClassLock

#: What is read of a record to compute its keeping: a row of these is as good as the record itself.
COLUMNS: Final = (
    *(Record.id, Record.row_version, Record.received_at, Record.ended_at, Record.document_date),
    *(Record.state, Record.case_id, Record.class_code, Record.held, Record.locked_through),
    *(Record.entity_id, Record.retention_state, Record.retain_through, Record.retention),
)


def deriver_of(session: Session, today: date, before: Deriver | None = None) -> Deriver:
    """What derives keeping on this civil day, knowing which classes are locked now.

    `before` is one whose memory is carried on, if it is still the same day.
    """
    locked = frozenset(session.scalars(select(ClassLock.code).where(ClassLock.locked_at.is_not(None))))
    if before is not None and before.today == today:
        before.locked = locked
        return before
    return Deriver(today, locked)


def classes_of(session: Session, codes: set[str]) -> dict[str, RecordClass]:
    """The current versions of these classes."""
    query = select(RecordClass).where(RecordClass.current, RecordClass.code.in_(codes))
    return {cls.code: cls for cls in session.scalars(query)}


def recompute_records(
    session: Session,
    record_ids: Sequence[str],
    zone: str,
    origin: Origin,
    *,
    deriver: Deriver | None = None,
    tally: Tally | None = None,
) -> list[Change]:
    """Lock these records in the order of their ids and compute their keeping anew; returns what changed.

    Records without a class and destroyed ones are left out.
    """
    rows = session.execute(
        select(*COLUMNS)
        .where(Record.id.in_(record_ids), Record.class_code.is_not(None), Record.state != "destroyed")
        .order_by(Record.id)
        .with_for_update()
    ).all()
    if not rows:
        return []
    facts_stand_still(session)
    deriver = deriver_of(session, civil_date(origin.at, zone), deriver)
    changes = write_all(session, derive_all(session, rows, zone, deriver), origin, tally or Tally())
    _forget_loaded(session, {change.record_id for change in changes})
    return changes


def derive_now(session: Session, record_id: str, at: datetime, zone: str) -> tuple[Derived, date] | None:
    """What follows for one record from what is known at this instant, whatever is stored of it.

    With it comes the civil day by which to judge it: the earliest that it is in the zones of its rules.
    None if it has no class that is in the plan, or is destroyed. Nothing is written; its row must be locked.
    """
    query = select(*COLUMNS).where(
        Record.id == record_id, Record.class_code.is_not(None), Record.state != "destroyed"
    )
    row = session.execute(query).one_or_none()
    if row is None:
        return None
    facts_stand_still(session)
    today = civil_date(at, zone)
    deriver = deriver_of(session, today)
    cls = classes_of(session, {row.class_code}).get(row.class_code)
    if cls is None:
        return None
    [(_, derived)] = derive_all(session, [row], zone, deriver)
    return derived, min([today, *(civil_date(at, rule.zone) for rule in rules_of(cls))])


def derive_all(
    session: Session, rows: Sequence[Any], zone: str, deriver: Deriver
) -> list[tuple[Any, Derived]]:
    """What follows for each of these records; those whose class is not in the plan any more are left out."""
    classes = classes_of(session, {row.class_code for row in rows})
    known = known_of(session, rows, zone)
    return [
        (row, deriver.derive(classes[row.class_code], known[row.id], row.locked_through, row.retention))
        for row in rows
        if row.class_code in classes
    ]


def _forget_loaded(session: Session, ids: set[str]) -> None:
    """What the session has loaded of these records is out of date: they were written by statements."""
    for loaded in list(session.identity_map.values()):
        if isinstance(loaded, Record) and loaded.id in ids:
            session.expire(loaded)
