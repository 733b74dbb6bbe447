"""Looking for duplicates among papers that came in before Akta did: after an update, by a job."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from akta.db.engine import Database
from akta.events.jobs import Claim, finish
from akta.kernel.clock import Clock
from akta.records.duplicates import GONE, take_turn
from akta.records.guard import changed
from akta.records.models import IN_PROGRESS, Record
from ingest.duplicates.finding import follow, look

_BATCH = 25


class DuplicateRebuilder:
    """Runs `ingest.duplicates` jobs. Each batch is a transaction; one that died begins again.

    What is filed stays filed and only tells of the other; what waits may wait for one reason more, and
    what waited for a paper that is no more is settled. What people said of a pair stays.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._db = database
        self._clock = clock

    def rebuild(self, claim: Claim) -> None:
        """Go through all papers that are read, in the order of their ids."""
        after = ""
        while True:
            with self._db.write() as session:
                now = self._clock.now()
                claim.hold(session, now)
                records = session.scalars(
                    select(Record)
                    .where(Record.id > after, Record.state.not_in((*GONE, *IN_PROGRESS)))
                    .order_by(Record.id)
                    .limit(_BATCH)
                    .with_for_update()
                ).all()
                if not records:
                    finish(session, claim, now)
                    return
                take_turn(session)
                for record in records:
                    look(session, record, now)
                    if not record.held:
                        self._follow(session, record)
                after = records[-1].id

    def _follow(self, session: Session, record: Record) -> None:
        before = (record.reason, list(record.doubts))
        follow(session, record)
        if before != (record.reason, list(record.doubts)):
            changed(session, record)
