"""Legal entities: whose records these are, and which fiscal calendar counts for them."""

from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from akta.records.models import Party, RecordParty
from retention.keeping.models import LegalEntity
from retention.rules import FiscalCalendar

#: Parts that the company itself has in a paper, the one that pays first.
_ROLES: Final = ("buyer", "vendor", "employer")


@dataclass(slots=True)
class Entities:
    """The legal entities of some records; those not named on a record are its only or default one."""

    by_id: dict[str, LegalEntity]
    default: str | None
    of_record: dict[str, str] = field(default_factory=dict)
    calendars: dict[str, FiscalCalendar] = field(default_factory=dict)

    def calendar(self, entity_id: str | None) -> FiscalCalendar | None:
        """The fiscal calendar of an entity; None where the calendar year is assumed."""
        entity = self.by_id.get(entity_id or "")
        if entity is None or not entity.fiscal_years:
            return None
        if entity.id not in self.calendars:
            self.calendars[entity.id] = FiscalCalendar.from_data(entity.fiscal_years)
        return self.calendars[entity.id]

    def entity_of(self, record_id: str) -> str | None:
        """The entity a record belongs to, or None where there is none at all."""
        return self.of_record.get(record_id, self.default)


def entities_of(session: Session, record_ids: list[str]) -> Entities:
    """Whose records these are, by the tax numbers that they name."""
    rows = {entity.id: entity for entity in session.scalars(select(LegalEntity))}
    if not rows:
        return Entities({}, None)
    default = next((e.id for e in rows.values() if e.is_default), None)
    if default is None and len(rows) == 1:
        default = next(iter(rows))
    made = Entities(rows, default)
    by_nip: dict[str | None, str] = {e.nip: e.id for e in rows.values() if e.nip}
    if not by_nip or len(rows) == 1:
        return made
    named = (
        select(RecordParty.record_id, RecordParty.role, Party.nip)
        .join(Party, Party.id == RecordParty.party_id)
        .where(RecordParty.record_id.in_(record_ids), Party.nip.in_(by_nip), RecordParty.role.in_(_ROLES))
    )
    best: dict[str, int] = {}
    for record_id, role, nip in session.execute(named):
        rank = _ROLES.index(role)
        if rank < best.get(record_id, len(_ROLES)):
            best[record_id], made.of_record[record_id] = rank, by_nip[nip]
    return made
