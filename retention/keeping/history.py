"""What was ever computed of a record's keeping: reproducing any past day."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from akta.records.models import RecordClass
from retention.keeping.deciding import by_rules_alone
from retention.keeping.models import KeepingEntry
from retention.rules import DerivationError, faithful
from retention.schedules.fileplan import rules_of

#: Facts that say something of a person by themselves: not in the history, which outlives the record.
PERSONAL: Final = ("birth_date",)


def withheld(derivation: dict[str, Any]) -> dict[str, Any]:
    """The derivation without the values of personal facts; that they were known stays."""
    inputs = derivation.get("inputs", {})
    facts = inputs.get("facts", {})
    if not any(name in facts for name in PERSONAL):
        return derivation
    kept = {
        name: {"withheld": True, "source": data.get("source")} if name in PERSONAL else data
        for name, data in facts.items()
    }
    return {**derivation, "inputs": {**inputs, "facts": kept}}


def reproduced(session: Session, derivation: dict[str, Any]) -> bool | None:
    """Whether the rules of back then and the facts of back then give the same again.

    None where that cannot be asked any more, as personal facts are withheld from the history.
    """
    cls = session.scalars(
        select(RecordClass).where(
            RecordClass.code == derivation.get("class"),
            RecordClass.version == derivation.get("class_version"),
        )
    ).first()
    if cls is None:
        return None
    try:
        return faithful(by_rules_alone(derivation), rules_of(cls))
    except DerivationError:
        return None


def entries_of(session: Session, record_id: str) -> list[KeepingEntry]:
    """All entries of a record, oldest first."""
    query = select(KeepingEntry).where(KeepingEntry.record_id == record_id).order_by(KeepingEntry.number)
    return list(session.scalars(query))


def entry_as_of(session: Session, record_id: str, day: date, zone: str) -> KeepingEntry | None:
    """What counted at the end of a civil day in the zone; None if nothing was computed by then."""
    return session.scalars(
        select(KeepingEntry)
        .where(KeepingEntry.record_id == record_id, KeepingEntry.at < _end(day, zone))
        .order_by(KeepingEntry.number.desc())
        .limit(1)
    ).first()


def _end(day: date, zone: str) -> datetime:
    """The instant at which a civil day ends."""
    if day == date.max:
        return datetime.max.replace(tzinfo=UTC)
    return datetime.combine(day + timedelta(days=1), time(), ZoneInfo(zone)).astimezone(UTC)
