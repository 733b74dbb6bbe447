"""Recognising the parties of all papers again: after an update that changed how they are told."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from akta.audit.log import AuditLog
from akta.db.engine import Database
from akta.events.jobs import Claim, finish
from akta.kernel.clock import Clock
from akta.records.guard import active_holds, changed
from akta.records.models import Field, Record
from akta.records.parties.models import RecordParty
from ingest.parties.mentions import ROLES
from ingest.parties.recognise import attach_parties

_BATCH = 25


class PartyRebuilder:
    """Runs `ingest.parties` jobs. Each batch is a transaction; one that died is begun again where it was."""

    def __init__(self, database: Database, audit: AuditLog, clock: Clock) -> None:
        self._db = database
        self._audit = audit
        self._clock = clock

    def rebuild(self, claim: Claim) -> None:
        """Go through all records that name somebody, in the order of their ids."""
        after = ""
        while True:
            with self._db.write() as session:
                claim.hold(session, self._clock.now())
                ids = self._next(session, after)
                if not ids:
                    finish(session, claim, self._clock.now())
                    return
                records = session.scalars(
                    select(Record).where(Record.id.in_(ids)).order_by(Record.id).with_for_update()
                ).all()
                for record in records:
                    if record.state != "destroyed" and not active_holds(session, record.id):
                        self._again(session, record)
            after = ids[-1]

    def _next(self, session: Session, after: str) -> list[str]:
        named = select(Field.record_id).where(Field.name.in_(list(ROLES)), Field.record_id > after)
        linked = select(RecordParty.record_id).where(RecordParty.record_id > after)
        both = named.union(linked).subquery()
        return list(session.scalars(select(both.c.record_id).order_by(both.c.record_id).limit(_BATCH)))

    def _again(self, session: Session, record: Record) -> None:
        rows = session.execute(
            select(Field.name, Field.value).where(Field.record_id == record.id).order_by(Field.position)
        ).all()
        values: dict[str, str] = {}
        for name, value in rows:
            values.setdefault(name, value)
        attach_parties(session, self._audit, record.id, values, self._clock.now())
        changed(session, record)  # the index names the parties of a record by their numbers
