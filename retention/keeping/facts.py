"""What is known about records that rules may ask for, for many records with few queries.

Facts come from the receipt, from fields that were read, from the case, and from recorded business events
on the record, its case, its parties, its class or its legal entity. They are looked up whenever keeping is
computed, so a record that is filed or moved after an event has it all the same.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final, Protocol

from sqlalchemy import and_, exists, select, text
from sqlalchemy.orm import Session, aliased

from akta.kernel.clock import civil_date
from akta.records.models import Case, Field, Party, RecordParty
from retention.events.models import BusinessEvent
from retention.keeping.entities import Entities, entities_of
from retention.keeping.models import Extension
from retention.rules import Fact

#: Fields read on papers that are facts of retention, and the fact's name.
FIELD_FACTS: Final = {
    "hire_date": "hired_on",
    "termination_date": "employment_end",
}
_LOCK: Final = 5121108  # any number that nothing else locks


class RecordRow(Protocol):
    """What must be known of a record to look up its facts."""

    id: Any
    received_at: Any
    document_date: Any
    case_id: Any
    class_code: Any


@dataclass(slots=True)
class Known:
    """The facts of one record, its extensions, and the legal entity whose record it is."""

    facts: dict[str, Fact]
    extensions: list[Extension] = field(default_factory=list)
    entity_id: str | None = None
    calendar: Any = None


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
    """Facts, extensions and legal entity of these records, by record."""
    ids = [row.id for row in rows]
    entities = entities_of(session, ids)
    events = _events(session, rows, entities)
    values = _fields(session, ids)
    closed = _closed(session, {row.case_id for row in rows if row.case_id})
    extensions = _extensions(session, ids)
    return {
        row.id: Known(
            _facts(row, zone, values.get(row.id, {}), events.get(row.id, ()), closed),
            extensions.get(row.id, []),
            entities.entity_of(row.id),
        )
        for row in rows
    }


def _facts(
    row: RecordRow,
    zone: str,
    values: dict[str, date],
    events: Iterable[_Said],
    closed: dict[str, date],
) -> dict[str, Fact]:
    received: datetime = row.received_at
    facts = {"received": Fact(civil_date(received, zone), "receipt")}
    if row.document_date is not None:
        facts["document_date"] = Fact(row.document_date, "paper")
        year_end = date(row.document_date.year, 12, 31)
        facts["fiscal_year_end"] = Fact(year_end, "calendar year", assumed="document_date")
    if row.case_id in closed:
        facts["case_closed"] = Fact(closed[row.case_id], f"case:{row.case_id}")
    facts |= {name: Fact(value, "paper") for name, value in values.items()}
    # A person's word comes before what was read on the paper.
    return facts | _of_events(events)


def _of_events(events: Iterable[_Said]) -> dict[str, Fact]:
    by_kind: dict[str, list[_Said]] = defaultdict(list)
    for said in events:
        by_kind[said.kind].append(said)
    return {kind: _fact(said) for kind, said in by_kind.items()}


def _fact(said: list[_Said]) -> Fact:
    """One fact out of all events of a kind: the latest, so that "the last entry" moves with each."""
    said.sort(key=lambda s: (s.effective, s.id))
    valued = [s for s in said if s.value]
    last = (valued or said)[-1]
    source = f"event:{last.id}"
    if valued:
        return Fact(last.value == "yes" if last.value in ("yes", "no") else last.value, source)  # type: ignore[arg-type]
    return Fact(last.effective, source)


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
        for subject_id, number, kind, day, value in session.execute(query).tuples():
            for record_id in keys[subject_id]:
                add(record_id, _Said(number, kind, day, value))
    if "party" in kinds:
        query = _party_events([row.id for row in rows])
        for record_id, number, kind, day, value in session.execute(query).tuples():
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
