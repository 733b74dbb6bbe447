"""The one guard before any change or destruction of a record.

Every write to a record's content, place or keeping locks its row here first and
asks whether a legal hold covers it; the answer and the act are in one
transaction. Triggers in the database stand behind it (see `migrations`). What
a hold covers: records named and all found in them, and the papers of its cases and
parties from the moment they are there, also before a job has written them down.
What a change is refused for, destruction is too; besides it waits until a record that
changed was held against all holds, while a hold is being placed, for a paper that
nobody could read while a hold looks for words, and for the time of grace after a release.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from sqlalchemy import exists, or_, select, text
from sqlalchemy.orm import Session, aliased

from akta.audit.models import AuditEntry
from akta.events.bus import bus
from akta.kernel.errors import ConflictError, NotFoundError, StaleError
from akta.records.events import HoldsChanged, RecordChanged
from akta.records.holds import Hold, HoldItem, HoldPending, HoldScope
from akta.records.models import IN_PROGRESS, Record, Version
from akta.records.parties.models import Party, RecordParty

#: Of the lock between placing a hold and destroying.
_PLACING = 4_018_640_773
#: So many ids in one statement: both databases take as many values.
_AT_ONCE = 5000


class HeldError(ConflictError):
    """A legal hold forbids it."""

    code = "held"


def lock(session: Session, record_id: str) -> Record:
    """The record's row, locked until the transaction ends, as it is now. Raises NotFoundError."""
    record = session.get(Record, record_id, with_for_update=True, populate_existing=True)
    if record is None or record.state == "destroyed":
        raise NotFoundError("There is no such record.", record=record_id)
    return record


def lock_all(session: Session, record_ids: Iterable[str]) -> list[str]:
    """Lock records in the order of their numbers; those that are there and not destroyed."""
    found: list[str] = []
    for some in batches(record_ids):
        asked = select(Record.id).where(Record.id.in_(some), Record.state != "destroyed")
        found += session.scalars(asked.order_by(Record.id).with_for_update())
    return found


def batches(ids: Iterable[str]) -> Iterator[list[str]]:
    """The ids in order, each once, as many together as a statement takes."""
    ordered = sorted(set(ids))
    for start in range(0, len(ordered), _AT_ONCE):
        yield ordered[start : start + _AT_ONCE]


def active_holds(session: Session, record_id: str) -> list[Hold]:
    """The holds that cover a record now, oldest first."""
    return list(
        session.scalars(
            select(Hold)
            .join(HoldItem, HoldItem.hold_id == Hold.id)
            .where(
                HoldItem.record_id == record_id,
                HoldItem.active,
                HoldItem.provisional.is_(False),
                Hold.released_at.is_(None),
            )
            .order_by(Hold.placed_at, Hold.id)
        )
    )


def reaching_holds(session: Session, record_id: str) -> list[Hold]:
    """The holds over the record's case or one of its parties that no job has written down on it yet."""
    of_case = select(Record.case_id).where(Record.id == record_id, Record.case_id.is_not(None))
    own, group = aliased(Party), aliased(Party)
    named = (
        select(own.id)
        .join(RecordParty, RecordParty.party_id == own.id)
        .where(
            RecordParty.record_id == record_id,
            or_(
                own.id == HoldScope.value,
                own.key == HoldScope.key,
                exists(
                    select(group.id).where(
                        group.root_id == own.root_id,
                        or_(group.id == HoldScope.value, group.key == HoldScope.key),
                    )
                ),
            ),
        )
    )
    written = select(HoldItem.record_id).where(
        HoldItem.hold_id == Hold.id, HoldItem.record_id == record_id, HoldItem.provisional.is_(False)
    )
    asked = (
        select(Hold)
        .join(HoldScope, HoldScope.hold_id == Hold.id)
        .where(
            Hold.released_at.is_(None),
            Hold.state.in_(("placing", "active")),
            or_(
                (HoldScope.kind == "case") & HoldScope.value.in_(of_case),
                (HoldScope.kind == "party") & named.exists(),
            ),
            ~written.exists(),
        )
    )
    return list(session.scalars(asked.distinct().order_by(Hold.placed_at, Hold.id)))


def inherit_holds(session: Session, parent_id: str, child: Record, now: datetime) -> None:
    """Put a paper just found in another under the holds that cover that one."""
    for hold in active_holds(session, parent_id):
        session.add(
            HoldItem(
                hold_id=hold.id,
                record_id=child.id,
                added_at=now,
                active=True,
                provisional=False,
                how="inside",
                sha256=child.sha256,
            )
        )
        child.held = True
    if child.held:
        session.flush()
        bus.publish(session, HoldsChanged((child.id,)))


def family(session: Session, record_ids: Iterable[str]) -> list[str]:
    """These records and all that was found in them, at any depth, without what is destroyed."""
    found = set(record_ids)
    level = set(found)
    while level:
        below: set[str] = set()
        for some in batches(level):
            inside = select(Record.id).where(Record.parent_id.in_(some), Record.state != "destroyed")
            below.update(session.scalars(inside))
        level = below - found
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
    holds = active_holds(session, record.id) or reaching_holds(session, record.id)
    if holds or record.held:
        raise HeldError(  # an error reaches anybody, jobs and logs: it never says what a hold is about
            "The record is under legal hold. It cannot be changed or destroyed until the hold is released.",
            record=record.id,
            holds=[h.id for h in holds],
        )


def refuse_if_kept(session: Session, record: Record, now: datetime) -> None:
    """Raise HeldError if the (locked) record may not be destroyed on account of any hold.

    Keeps holds from beginning to be placed until the transaction ends.
    """
    meet_placing(session, placing=False)
    refuse_if_held(session, record)
    if session.scalar(select(Hold.id).where(Hold.state == "placing").limit(1)) is not None:
        raise HeldError("A legal hold is being placed. Nothing is destroyed until it is; try again later.")
    if session.get(HoldPending, record.id, populate_existing=True) is not None:
        raise HeldError(
            "The record changed, and Akta has not yet looked whether a legal hold covers it. "
            "Try again later.",
            record=record.id,
        )
    of_record = select(HoldItem.hold_id).where(HoldItem.record_id == record.id)
    if session.scalar(of_record.where(HoldItem.active).limit(1)) is not None:
        raise HeldError(
            "The record could not be read, so a legal hold that looks for words keeps it. "
            "It must be read, or the hold released.",
            record=record.id,
        )
    grace = of_record.where(HoldItem.active.is_(False), HoldItem.grace_until > now)
    if session.scalar(grace.limit(1)) is not None:
        raise HeldError(
            "The hold over this record was released a short time ago. It can be reviewed for destruction "
            "when the time of grace is over.",
            record=record.id,
        )


def is_held(session: Session, record_id: str) -> bool:
    """Whether a hold covers a record that has come to its end; while it is read, reading goes on."""
    state = session.scalar(select(Record.state).where(Record.id == record_id))
    return state not in IN_PROGRESS and bool(active_holds(session, record_id))


def meet_placing(session: Session, *, placing: bool) -> None:
    """Let no destruction be under way while a hold begins to be placed, nor the other way round.

    Records' locks come before it when destroying; who places a hold has none yet. SQLite has one
    writer at a time anyway.
    """
    if session.get_bind().dialect.name == "postgresql":
        function = "pg_advisory_xact_lock" if placing else "pg_advisory_xact_lock_shared"
        session.execute(text(f"SELECT {function}(:n)"), {"n": _PLACING})


def lasts(before: tuple[str | None, object], after: tuple[str | None, object]) -> bool:
    """Whether a keeping (`retention_state`, `retain_through`) lasts at least as long as the one before.

    What is open or permanent has no end; a day that becomes known ends nothing earlier. On a held record
    the database lets no other keeping through.
    """
    was, until = before
    now, through = after
    if was == "permanent":
        return now == "permanent"
    if was != "until":
        return True
    if now != "until":
        return now in ("open", "permanent")
    return through is not None and through >= until  # type: ignore[operator]


def newest_bytes(session: Session, record_ids: Sequence[str]) -> dict[str, str]:
    """The SHA-256 of the newest version of each record."""
    found: dict[str, str] = {}
    for some in batches(record_ids):
        rows = session.execute(
            select(Version.record_id, Version.sha256)
            .where(Version.record_id.in_(some))
            .order_by(Version.record_id, Version.number)
        )
        for record_id, sha256 in rows:  # the newest comes last
            found[record_id] = sha256
    return found


def changed(session: Session, record: Record) -> None:
    """Raise the row's version and tell those who follow records (the index)."""
    record.row_version += 1
    session.flush()
    bus.publish(session, RecordChanged(record.id, record.row_version))
