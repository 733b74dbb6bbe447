"""Papers that name parties, and the register as a value that can be compared."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from akta.audit.log import AuditLog
from akta.records.parties.models import Party, PartyBlock, PartyMark, PartyPair, RecordParty
from ingest.parties.recognise import attach_parties
from tests.conftest import NOON
from tests.factories import add_record

NIPS = ("5260001246", "5260250274", "5252248481", "7740001454")
ACCOUNT = "PL61109010140000071219812874"


def paper(session: Session, audit: AuditLog, vendor: str, nip: str = "", **more: object) -> str:
    """A record whose vendor is read so; `more` are fields (`buyer=…`) and columns of the record."""
    columns = {k: more.pop(k) for k in ("domain", "confidentiality", "state", "held", "id") if k in more}
    record = add_record(session, **columns)
    values = {
        "vendor": vendor,
        **({"vendor_nip": nip} if nip else {}),
        **{k: str(v) for k, v in more.items()},
    }
    attach_parties(session, audit, record.id, {k: v for k, v in values.items() if v}, NOON)
    return record.id


def root(session: Session, record_id: str, role: str = "vendor") -> str:
    """The party that a record's role belongs to."""
    return session.scalars(
        select(Party.root_id)
        .join(RecordParty, RecordParty.party_id == Party.id)
        .where(RecordParty.record_id == record_id, RecordParty.role == role)
    ).one()


def groups(session: Session) -> set[frozenset[str]]:
    """Which records are of one vendor."""
    found: dict[str, set[str]] = {}
    for party, record in session.execute(
        select(Party.root_id, RecordParty.record_id)
        .join(RecordParty, RecordParty.party_id == Party.id)
        .where(RecordParty.role == "vendor")
    ):
        found.setdefault(party, set()).add(record)
    return {frozenset(records) for records in found.values()}


def everything(session: Session) -> dict[str, list[tuple[object, ...]]]:
    """All rows of the register but the history of merges, to compare before with after."""
    session.flush()
    return {
        model.__tablename__: sorted(
            (
                tuple(getattr(row, c.key) for c in model.__table__.columns)
                for row in session.scalars(select(model))
            ),
            key=repr,
        )
        for model in (Party, RecordParty, PartyMark, PartyBlock, PartyPair)
    }
