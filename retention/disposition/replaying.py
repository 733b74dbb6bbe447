"""Doing again what a ledger knows and a restored database does not: destructions, holds, restrictions.

Holds come first, each as the ledger last knew it, then destructions and restrictions in the order in
which they happened, and last what was under way (a hold being placed or released). Each is a transaction of
its own; again changes nothing.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import Table, delete, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from akta.access.principal import system
from akta.audit.log import AuditLog
from akta.db.base import Base, Instant
from akta.db.engine import Database
from akta.events.jobs import enqueue
from akta.kernel.clock import Clock
from akta.kernel.errors import AktaError
from akta.records.destruction import destroy
from akta.records.guard import changed, lock_all
from akta.records.holds import Hold, HoldItem, HoldPending, HoldScope
from akta.records.models import Record
from akta.storage.port import BlobStore
from retention.disposition.executing import blobs_of, remove_bytes
from retention.disposition.ledger_lines import Line
from retention.holds.covering import INSIDE, mark, still_held, unmark
from retention.holds.placing import ask_to_place
from retention.holds.releasing import JOB_RELEASE

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
    holds: dict[str, _Hold] = {}
    acts: list[Line] = []
    for line in lines:
        done.lines += 1
        if line.kind == "hold":
            known = holds.setdefault(str(line.data["hold"]["id"]), _Hold())
            known.take(line.data)
        elif line.kind in ("destroyed", "restricted"):
            acts.append(line)
    settled = [known for known in holds.values() if known.row["state"] != "placing"]
    for known in settled:
        with database.write() as session:
            _put_hold(session, audit, clock.now(), known, done)
    for number, line in enumerate(acts, start=1):
        if number % 100 == 0:
            progress(f"{number} of {len(acts)} acts of the ledger")
        if line.kind == "destroyed":
            _destroy(database, store, audit, clock, line, done)
        else:
            with database.write() as session:
                _restrict(session, audit, clock.now(), line.data, done)
    for known in holds.values():
        with database.write() as session:
            if known.row["state"] == "placing":
                _put_hold(session, audit, clock.now(), known, done)
            _go_on(session, known, clock.now())
    return done


@dataclass(slots=True)
class _Hold:
    """A hold as the ledger last knew it, with all its items and scopes."""

    row: dict[str, Any] = field(default_factory=dict)
    items: dict[str, dict[str, Any]] = field(default_factory=dict)
    scopes: dict[str, dict[str, Any]] = field(default_factory=dict)
    named: set[str] = field(default_factory=set)

    def take(self, data: dict[str, Any]) -> None:
        """What a later line says goes before what earlier ones said."""
        self.row = dict(data["hold"])
        self.items |= {str(item["record_id"]): item for item in data.get("items") or ()}
        self.scopes |= {str(scope["id"]): scope for scope in data.get("scopes") or ()}
        self.named |= set(data.get("named") or ())


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
            # It was held against all holds before it went; this database only does not know that yet.
            session.execute(delete(HoldPending).where(HoldPending.record_id == record_id))
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


def _put_hold(session: Session, audit: AuditLog, now: datetime, known: _Hold, done: Replayed) -> None:
    """Put a hold and what it covers into the state that the ledger knows.

    In the order that the triggers of the database ask for: records are freed before a release is
    written down, and held before they are said to be.
    """
    hold_id = str(known.row["id"])
    there = set(lock_all(session, known.items))
    destroyed = select(Record.id).where(Record.id.in_(sorted(known.items)), Record.state == "destroyed")
    stubs = set(session.scalars(destroyed))
    done.unknown += len(known.items) - len(there) - len(stubs)
    before = session.get(Hold, hold_id, with_for_update=True, populate_existing=True)
    fresh = before is None
    released = known.row["released_at"] is not None and (before is None or before.released_at is None)
    differs = fresh and _put(session, Hold, {**known.row, "state": "active", "released_at": None})
    for scope in known.scopes.values():
        differs |= session.get(HoldScope, str(scope["id"])) is None and _put(session, HoldScope, scope)
    here = sorted(there | stubs)
    old = set(session.scalars(select(HoldItem.record_id).where(HoldItem.hold_id == hold_id)))
    touched = [i for i in here if _put(session, HoldItem, known.items[i])]
    added = sum(i not in old and known.items[i].get("how") != INSIDE for i in touched)
    session.flush()
    unmark(session, sorted(there))
    differs |= _put(session, Hold, known.row)
    session.flush()
    held = select(Record.id).where(Record.id.in_(sorted(there)), ~Record.held, still_held())
    mark(session, list(session.scalars(held)))
    if differs or touched:
        done.holds += 1
        audit.note(
            session,
            now,
            _WHO.actor,
            "hold.replayed",
            f"hold:{hold_id}",
            records=touched[:200],
            count=len(touched),
            added=added,
            placed=fresh,
            released=released,
        )


def _go_on(session: Session, known: _Hold, now: datetime) -> None:
    """Ask again for the job that was placing or releasing a hold when the database was lost."""
    hold_id = str(known.row["id"])
    if known.row["state"] == "placing":
        here = session.scalars(
            select(Record.id).where(Record.id.in_(sorted(known.named)), Record.state != "destroyed")
        )
        ask_to_place(session, hold_id, sorted(known.scopes), list(here), now)
    elif known.row["state"] == "releasing":
        enqueue(session, JOB_RELEASE, {"hold_id": hold_id}, key=f"release-hold:{hold_id}", now=now)


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
