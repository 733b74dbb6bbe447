"""What is known about records that rules may ask for, for many records with few queries.

Facts come from the receipt, from fields that were read, from the case, and from recorded business events
on the record, its case, its parties, its class or its legal entity. They are looked up whenever keeping is
computed, so a record that is filed or moved after an event has it all the same.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from typing import Any, Final, Protocol

from sqlalchemy import and_, exists, func, select, text
from sqlalchemy.orm import Session, aliased

from akta.db.base import Instant
from akta.kernel.clock import civil_date
from akta.records.masking import FIELD_FACTS
from akta.records.models import Case, Field, Hold, HoldItem, Party, RecordParty
from retention.events.models import BusinessEvent
from retention.keeping.entities import Entities, entities_of
from retention.keeping.models import Extension
from retention.rules import Fact, FiscalCalendar
from retention.rules.model import Span

_LOCK: Final = 5121108  # any number that nothing else locks


class RecordRow(Protocol):
    """What must be known of a record to look up its facts."""

    id: Any
    received_at: Any
    document_date: Any
    case_id: Any
    class_code: Any
    state: Any
    ended_at: Any


@dataclass(slots=True)
class Known:
    """The facts of one record, its extensions, and the legal entity whose record it is."""

    facts: dict[str, Fact]
    extensions: list[Extension] = field(default_factory=list)
    entity_id: str | None = None
    calendar: FiscalCalendar | None = None


@dataclass(frozen=True, slots=True)
class _Said:
    """One recorded event as it bears on one record."""

    id: str
    kind: str
    effective: date
    value: str


def facts_may_change(session: Session) -> None:
    """Wait until nobody is computing with old facts; called last by whoever changes facts of many records.

    What begins to compute afterwards waits for this transaction and sees its facts. Whoever calls it must
    not lock records after it.
    """
    _lock(session, "pg_advisory_xact_lock")


def facts_stand_still(session: Session) -> None:
    """Called before computing: until the transaction ends no facts change that it cannot see."""
    _lock(session, "pg_advisory_xact_lock_shared")


def _lock(session: Session, function: str) -> None:
    session.flush()
    # SQLite's write transaction is a lock on everything already.
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text(f"SELECT {function}(:n)"), {"n": _LOCK})


def known_of(session: Session, rows: Sequence[RecordRow], zone: str) -> dict[str, Known]:
    """Facts, extensions and legal entity of these records, by record.

    `zone` is that of civil days of holds; instants become days in the zone of the rule that asks.
    """
    ids = [row.id for row in rows]
    entities = entities_of(session, ids)
    events = _events(session, rows, entities)
    values = _fields(session, ids)
    closed = _closed(session, {row.case_id for row in rows if row.case_id})
    suspended = _suspended(session, ids, zone)
    extensions = _extensions(session, ids)
    made: dict[str, Known] = {}
    for row in rows:
        facts = _of_record(row, closed) | {n: Fact(v, "paper") for n, v in values.get(row.id, {}).items()}
        if row.id in suspended:
            facts["suspended"] = suspended[row.id]
        # A person's word comes before what was read on the paper.
        facts |= _of_events(events.get(row.id, ()))
        entity = entities.entity_of(row.id)
        made[row.id] = Known(facts, extensions.get(row.id, []), entity, entities.calendar(entity))
    return made


def _of_record(row: RecordRow, closed: dict[str, date]) -> dict[str, Fact]:
    """What the record's row and its case say."""
    received: datetime = row.received_at
    facts = {"received": Fact(received, "receipt")}
    if row.state == "filed" and row.ended_at is not None:
        facts["filed"] = Fact(row.ended_at, "filing")
    if row.document_date is not None:
        facts |= _of_day(row.document_date)
    if row.case_id in closed:
        facts["case_closed"] = Fact(closed[row.case_id], f"case:{row.case_id}")
    return facts


@lru_cache(maxsize=10_000)
def _of_day(day: date) -> dict[str, Fact]:
    """What follows from the day of a paper; nobody changes it."""
    written = Fact(day, "paper")
    # By the calendar year, until a rule asks the fiscal calendar of the record's entity.
    year_end = Fact(date(day.year, 12, 31), "calendar year", assumed="document_date")
    return {"document_date": written, "created": written, "fiscal_year_end": year_end}


def _of_events(events: Iterable[_Said]) -> dict[str, Fact]:
    by_kind: dict[str, list[_Said]] = defaultdict(list)
    for said in events:
        by_kind[said.kind].append(said)
    return {kind: _fact(said) for kind, said in by_kind.items()}


def _fact(said: list[_Said]) -> Fact:
    """One fact out of all events of a kind: all their days, the latest first of all; or the latest word."""
    said.sort(key=lambda s: (s.effective, s.id))
    valued = [s for s in said if s.value]
    last = (valued or said)[-1]
    source = f"event:{last.id}"
    if valued:
        return Fact(last.value == "yes" if last.value in ("yes", "no") else last.value, source)
    others = tuple(sorted({s.effective for s in said} - {last.effective}))
    return Fact(last.effective, source, more=others)


def _suspended(session: Session, ids: list[str], zone: str) -> dict[str, Fact]:
    """The days on which legal holds covered records, for rules whose clock a hold stops."""
    spans: dict[str, list[Span]] = defaultdict(list)
    last: dict[str, str] = {}
    query = (
        select(
            HoldItem.record_id,
            Hold.id,
            HoldItem.added_at,
            # A record may be released before the rest of its hold is.
            func.coalesce(HoldItem.released_at, Hold.released_at, type_=Instant),
        )
        .join(Hold, Hold.id == HoldItem.hold_id)
        .where(HoldItem.record_id.in_(ids), HoldItem.provisional.is_(False))
        .order_by(HoldItem.added_at, Hold.id)
    )
    for record_id, hold_id, since, until in session.execute(query):
        spans[record_id].append((civil_date(since, zone), civil_date(until, zone) if until else None))
        last[record_id] = hold_id
    return {r: Fact(True, f"hold:{last[r]}", spans=tuple(found)) for r, found in spans.items()}


def _events(session: Session, rows: Sequence[RecordRow], entities: Entities) -> dict[str, list[_Said]]:
    found: dict[str, dict[str, _Said]] = defaultdict(dict)

    def add(record_id: str, said: _Said) -> None:
        found[record_id][said.id] = said

    kinds = _subjects_with_events(session)
    for subject, key_of in (
        ("record", lambda row: row.id),
        ("case", lambda row: row.case_id),
        ("class", lambda row: row.class_code),
        ("entity", lambda row: entities.entity_of(row.id)),
    ):
        if subject not in kinds:
            continue
        keys: dict[str, list[str]] = defaultdict(list)
        for row in rows:
            key = key_of(row)
            if key:
                keys[key].append(row.id)
        query = select(BusinessEvent.subject_id, *_SAID).where(
            BusinessEvent.state == "recorded",
            BusinessEvent.subject_kind == subject,
            BusinessEvent.subject_id.in_(keys),
        )
        for subject_id, number, kind, day, value in session.execute(query):
            for record_id in keys[subject_id]:
                add(record_id, _Said(number, kind, day, value))
    if "party" in kinds:
        query = _party_events([row.id for row in rows])
        for record_id, number, kind, day, value in session.execute(query):
            add(record_id, _Said(number, kind, day, value))
    return {record_id: list(said.values()) for record_id, said in found.items()}


_SAID: Final = (BusinessEvent.id, BusinessEvent.kind, BusinessEvent.effective, BusinessEvent.value)


def _party_events(ids: list[str]) -> Any:
    """Events on a party are about all papers that name it, under any leaf linked with it."""
    named, meant = aliased(Party), aliased(Party)
    return (
        select(RecordParty.record_id, *_SAID)
        .join(named, named.id == RecordParty.party_id)
        .join(meant, meant.root_id == named.root_id)
        .join(
            BusinessEvent,
            and_(BusinessEvent.subject_kind == "party", BusinessEvent.subject_id == meant.id),
        )
        .where(RecordParty.record_id.in_(ids), BusinessEvent.state == "recorded")
    )


def _subjects_with_events(session: Session) -> set[str]:
    """Kinds of subjects of which any event is recorded at all: most archives have few kinds."""
    kinds = ("record", "case", "party", "class", "entity")
    asked = [
        exists()
        .where(BusinessEvent.subject_kind == kind, BusinessEvent.state == "recorded")
        .label(f"has_{kind}")
        for kind in kinds
    ]
    row = session.execute(select(*asked)).one()
    return {kind for kind, there in zip(kinds, row, strict=True) if there}


def _fields(session: Session, ids: list[str]) -> dict[str, dict[str, date]]:
    found: dict[str, dict[str, date]] = defaultdict(dict)
    query = select(Field.record_id, Field.name, Field.value).where(
        Field.record_id.in_(ids), Field.name.in_(list(FIELD_FACTS))
    )
    for record_id, name, value in session.execute(query):
        try:
            found[record_id][FIELD_FACTS[name]] = date.fromisoformat(value[:10])
        except ValueError:
            continue
    return found


def _closed(session: Session, case_ids: set[str]) -> dict[str, date]:
    if not case_ids:
        return {}
    query = select(Case.id, Case.closed_on).where(Case.id.in_(case_ids), Case.state == "closed")
    return {case_id: day for case_id, day in session.execute(query) if day is not None}


def _extensions(session: Session, ids: list[str]) -> dict[str, list[Extension]]:
    found: dict[str, list[Extension]] = defaultdict(list)
    query = select(Extension).where(Extension.record_id.in_(ids), Extension.cancelled_at.is_(None))
    for extension in session.scalars(query.order_by(Extension.id)):
        found[extension.record_id].append(extension)
    return found
