"""The one guard before any change or destruction of a record.

Every write to a record's content, place or keeping locks its row here first and
asks whether a legal hold covers it; the answer and the act are in one
transaction. Triggers in the database stand behind it (see `migrations`).
"""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from akta.audit.models import AuditEntry
from akta.events.bus import bus
from akta.kernel.errors import ConflictError, NotFoundError, StaleError
from akta.records.events import RecordChanged
from akta.records.models import Hold, HoldItem, Record


class HeldError(ConflictError):
    """A legal hold forbids it."""

    code = "held"


def lock(session: Session, record_id: str) -> Record:
    """The record's row, locked until the transaction ends, as it is now. Raises NotFoundError."""
    record = session.get(Record, record_id, with_for_update=True, populate_existing=True)
    if record is None or record.state == "destroyed":
        raise NotFoundError("There is no such record.", record=record_id)
    return record


def active_holds(session: Session, record_id: str) -> list[Hold]:
    """The holds that cover a record now, oldest first."""
    return list(
        session.scalars(
            select(Hold)
            .join(HoldItem, HoldItem.hold_id == Hold.id)
            .where(HoldItem.record_id == record_id, HoldItem.active, Hold.released_at.is_(None))
            .order_by(Hold.placed_at)
        )
    )


def inherit_holds(session: Session, parent_id: str, child: Record, now: datetime) -> None:
    """Put a paper just found in another under the holds that cover that one."""
    for hold in active_holds(session, parent_id):
        session.add(HoldItem(hold_id=hold.id, record_id=child.id, added_at=now, active=True))
        child.held = True


def family(session: Session, record_ids: Iterable[str]) -> list[str]:
    """These records and all that was found in them, at any depth, without what is destroyed."""
    found = set(record_ids)
    level = found
    while level:
        level = set(
            session.scalars(
                select(Record.id).where(Record.parent_id.in_(sorted(level)), Record.state != "destroyed")
            )
        )
        level -= found
        found |= level
    return sorted(found)


def was_filed(session: Session, record_id: str) -> bool:
    """Whether the record was filed at any time, as the audit log says."""
    entry = select(AuditEntry.seq).where(
        AuditEntry.subject == f"record:{record_id}", AuditEntry.action == "record.filed"
    )
    return session.scalar(entry.limit(1)) is not None


def lock_for_change(session: Session, record_id: str, *, expected_version: int | None = None) -> Record:
    """Lock a record that is about to be changed by someone.

    Raises HeldError while any hold covers it, StaleError if `expected_version`
    (of the ETag that the caller saw) is no longer the row's.
    """
    record = lock(session, record_id)
    if expected_version is not None and record.row_version != expected_version:
        raise StaleError(
            "Someone else changed this record meanwhile. Load it again and repeat your change.",
            record=record_id,
            version=record.row_version,
        )
    refuse_if_held(session, record)
    return record


def refuse_if_held(session: Session, record: Record) -> None:
    """Raise HeldError if a hold covers the (locked) record."""
    holds = active_holds(session, record.id)
    if holds or record.held:
        matters = ", ".join(f"“{h.matter}”" for h in holds) or "a hold"
        raise HeldError(
            f"The record is under legal hold ({matters}). "
            "It cannot be changed or destroyed until the hold is released.",
            record=record.id,
            holds=[h.id for h in holds],
        )


def changed(session: Session, record: Record) -> None:
    """Raise the row's version and tell those who follow records (the index)."""
    record.row_version += 1
    session.flush()
    bus.publish(session, RecordChanged(record.id, record.row_version))
