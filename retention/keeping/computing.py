"""Computing the keeping of many records at a time, in the caller's transaction."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from akta.kernel.clock import civil_date
from akta.records.models import Record, RecordClass
from retention.keeping.deciding import Derived, Deriver
from retention.keeping.facts import facts_stand_still, known_of
from retention.keeping.writing import Change, Origin, Tally, write_all
from retention.schedules.models import ClassLock


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
    records = list(
        session.scalars(
            select(Record)
            .where(Record.id.in_(record_ids), Record.class_code.is_not(None), Record.state != "destroyed")
            .order_by(Record.id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
    )
    if not records:
        return []
    facts_stand_still(session)
    deriver = deriver_of(session, civil_date(origin.at, zone), deriver)
    return write_all(session, derive_all(session, records, zone, deriver), origin, tally or Tally())


def derive_all(
    session: Session, records: Sequence[Record], zone: str, deriver: Deriver
) -> list[tuple[Record, Derived]]:
    """What follows for each of these records; those whose class is not in the plan any more are left out."""
    classes = classes_of(session, {record.class_code for record in records if record.class_code})
    known = known_of(session, records, zone)
    return [
        (record, deriver.derive(classes[record.class_code], known[record.id], record.locked_through))
        for record in records
        if record.class_code in classes
    ]
