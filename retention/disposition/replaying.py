"""Doing again what a ledger knows and a restored database does not: destructions, holds, restrictions.

Line by line, in the order in which it happened, each in a transaction of its own. Again changes nothing.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import Table, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from akta.access.principal import system
from akta.audit.log import AuditLog
from akta.db.base import Base, Instant
from akta.db.engine import Database
from akta.kernel.clock import Clock
from akta.kernel.errors import AktaError
from akta.records.destruction import destroy
from akta.records.guard import active_holds, changed
from akta.records.models import Hold, HoldItem, Record
from akta.storage.port import BlobStore
from retention.disposition.executing import blobs_of, remove_bytes
from retention.disposition.ledger import Line

_WHO = system("ledger")


@dataclass(slots=True)
class Replayed:
    """What a replay did. `unknown` are records that came after the backup; `problems` are sentences."""

    lines: int = 0
    destroyed: int = 0
    holds: int = 0
    restricted: int = 0
    unknown: int = 0
    problems: list[str] = field(default_factory=list)

    def as_data(self) -> dict[str, Any]:
        return {
            "lines": self.lines,
            "destroyed": self.destroyed,
            "holds": self.holds,
            "restricted": self.restricted,
            "unknown": self.unknown,
            "problems": self.problems,
        }


def replay(
    database: Database,
    store: BlobStore,
    audit: AuditLog,
    clock: Clock,
    lines: Iterable[Line],
    progress: Callable[[str], None] = lambda _: None,
) -> Replayed:
    """Apply the lines to the database; bytes of what is destroyed go with it."""
    done = Replayed()
    for line in lines:
        done.lines += 1
        if done.lines % 100 == 0:
            progress(f"{done.lines} lines of the ledger")
        match line.kind:
            case "destroyed":
                _destroy(database, store, audit, clock, line, done)
            case "hold":
                with database.write() as session:
                    _hold(session, audit, clock.now(), line.data, done)
            case "restricted":
                with database.write() as session:
                    _restrict(session, audit, clock.now(), line.data, done)
    return done


def _destroy(
    database: Database, store: BlobStore, audit: AuditLog, clock: Clock, line: Line, done: Replayed
) -> None:
    record_id = str(line.data["record"])
    authority = {**dict(line.data.get("authority") or {}), "replayed": line.number}
    try:
        with database.write() as session:
            record = session.get(Record, record_id, with_for_update=True, populate_existing=True)
            if record is None or record.state == "destroyed":
                done.unknown += record is None
                return
            blobs = blobs_of(session, record_id)
            record = destroy(session, audit, _WHO, record_id, now=clock.now(), authority=authority)
            record.destroyed_at = datetime.fromisoformat(line.at)
    except (AktaError, DBAPIError) as error:
        told = error.message if isinstance(error, AktaError) else "the database refused"
        done.problems.append(
            f"Record {record_id} was destroyed on {line.at[:10]} and could not be again: {told}"
        )
        return
    with database.write() as session:
        remove_bytes(session, store, blobs)
    done.destroyed += 1


def _hold(session: Session, audit: AuditLog, now: datetime, data: dict[str, Any], done: Replayed) -> None:
    """Put a hold and what it covers into the state that the ledger knows."""
    row = data.get("hold")
    if not row:
        return
    differs = _put(session, Hold, row)
    touched = []
    for item in data.get("items") or ():
        if session.get(Record, item["record_id"]) is None:
            done.unknown += 1
        elif _put(session, HoldItem, item):
            touched.append(str(item["record_id"]))
    session.flush()
    for record_id in sorted(touched) if not differs else _covered(session, str(row["id"])):
        record = session.get_one(Record, record_id, with_for_update=True, populate_existing=True)
        held = bool(active_holds(session, record_id))
        if record.state != "destroyed" and record.held != held:
            record.held = held
            changed(session, record)
    if differs or touched:
        done.holds += 1
        audit.note(session, now, _WHO.actor, "hold.replayed", f"hold:{row['id']}", records=sorted(touched))


def _covered(session: Session, hold_id: str) -> list[str]:
    """All records that a hold covers or has covered."""
    items = select(HoldItem.record_id).where(HoldItem.hold_id == hold_id)
    return sorted(session.scalars(items))


def _restrict(session: Session, audit: AuditLog, now: datetime, data: dict[str, Any], done: Replayed) -> None:
    record = session.get(Record, str(data["record"]), with_for_update=True, populate_existing=True)
    if record is None:
        done.unknown += 1
        return
    wanted = bool(data["restricted"])
    if record.state == "destroyed" or record.restricted == wanted:
        return
    record.restricted = wanted
    action = "record.restricted" if wanted else "record.unrestricted"
    audit.note(session, now, _WHO.actor, action, f"record:{record.id}", replayed=True)
    changed(session, record)
    done.restricted += 1


def _put(session: Session, model: type[Base], row: dict[str, Any]) -> bool:
    """Insert or change one row to what the ledger says; whether it was another before."""
    table: Any = model.__table__
    assert isinstance(table, Table)
    values = {c.name: _typed(c.type, row[c.name]) for c in table.columns if c.name in row}
    key = tuple(values[c.name] for c in table.primary_key.columns)
    found = session.get(model, key, populate_existing=True)
    if found is None:
        session.add(model(**values))
        session.flush()
        return True
    differs = {k: v for k, v in values.items() if getattr(found, k) != v}
    for name, value in differs.items():
        setattr(found, name, value)
    return bool(differs)


def _typed(kind: Any, value: Any) -> Any:
    if value is None:
        return None
    if isinstance(kind, Instant):
        return datetime.fromisoformat(value)
    if getattr(kind, "python_type", None) is date:
        return date.fromisoformat(value)
    return value
