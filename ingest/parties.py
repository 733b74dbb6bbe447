"""Companies and persons that papers name, recognised across papers."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from akta.kernel.ids import new_id
from akta.records.models import Party, RecordParty
from ingest.learning.senders import name_key

#: Field that names a party, and the field with its tax number.
ROLES = {
    "vendor": "vendor_nip",
    "buyer": "buyer_nip",
    "employer": "employer_nip",
    "employee": "pesel",
    "patient": None,
    "contractor": None,
    "client": None,
    "holder": None,
    "name": None,
}


def attach_parties(session: Session, record_id: str, values: Mapping[str, str], now: datetime) -> None:
    """Link the record to the parties its fields name, making those not known yet."""
    session.execute(delete(RecordParty).where(RecordParty.record_id == record_id))
    for role, number_field in ROLES.items():
        name = values.get(role, "").strip()[:300]
        if not name:
            continue
        # A person's number is not used as a key that others could see in lists.
        number = values.get(number_field) if number_field and number_field.endswith("nip") else None
        party_id = _party(session, name, number, now)
        session.add(RecordParty(record_id=record_id, role=role, party_id=party_id))


def _party(session: Session, name: str, number: str | None, now: datetime) -> str:
    key = f"nip:{number}" if number else f"name:{name_key(name)}"[:200]
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    session.execute(
        insert(Party)
        .values(id=new_id(), key=key, name=name, nip=number[:20] if number else None, created_at=now)
        .on_conflict_do_nothing(index_elements=[Party.key])
    )
    return session.scalars(select(Party.id).where(Party.key == key)).one()
