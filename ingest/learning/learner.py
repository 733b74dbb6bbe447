"""The job that learns from a correction."""

from pathlib import Path
from typing import Any

from sqlalchemy import select

from akta.db.engine import Database
from akta.events.jobs import Claim, finish
from akta.kernel.clock import Clock
from akta.kernel.scratch import scratch
from akta.records.doctypes.current import refresh
from akta.records.models import ACCEPTANCE, KIND, Correction, PageText, Record
from ingest.learning import memory
from ingest.learning.memory import ask_to_look_again
from ingest.model import Reading, Refusal
from ingest.pagerows import page_of_row
from ingest.sandbox import Limits, learn_in_sandbox


class Learner:
    """Runs `ingest.learn` jobs: one for each correction that changed something."""

    def __init__(self, database: Database, clock: Clock, limits: Limits, folder: Path) -> None:
        self._db = database
        self._clock = clock
        self._limits = limits
        self._folder = folder

    def learn(self, claim: Claim) -> None:
        """Learn from the correction of the job; nothing if it was taken back or the record is gone."""
        record_id, batch = claim.payload["record_id"], claim.payload["batch"]
        with self._db.read() as session:
            refresh(session)
            record = session.get(Record, record_id)
            rows = session.scalars(
                select(Correction).where(Correction.batch == batch, Correction.record_id == record_id)
            ).all()
            pages = session.scalars(
                select(PageText).where(PageText.record_id == record_id).order_by(PageText.number)
            ).all()
            if record is None or not rows:
                self._end(claim)
                return
            actor = rows[0].actor
            changes = {
                row.field: _values(row) for row in rows if row.after is not None and row.field != ACCEPTANCE
            }
            media_type = record.media_type or "application/octet-stream"
            reading = Reading(media_type, tuple(page_of_row(page) for page in pages))
        with scratch(self._folder) as folder:
            taught = learn_in_sandbox(reading, changes, self._limits, folder, on_tick=claim.check)
        if isinstance(taught, Refusal):  # the paper's text cannot be looked at: nothing is learnt from it
            self._end(claim)
            return
        keys, lessons = taught
        now = self._clock.now()
        with self._db.write() as session:
            if not memory.taken_back(session, batch) and session.get(Record, record_id) is not None:
                memory.keep(session, record_id, batch, actor, keys if lessons else {}, lessons, now)
                if lessons:
                    ask_to_look_again(session, batch, "", now)
            finish(session, claim, now)

    def _end(self, claim: Claim) -> None:
        with self._db.write() as session:
            finish(session, claim, self._clock.now())


def _values(row: Correction) -> tuple[str | None, str]:
    """What stood before and after: the finest type codes for the kind, values for a field."""
    before: dict[str, Any] = row.before or {}
    after: dict[str, Any] = row.after or {}
    if row.field == KIND:
        return _finest(before), _finest(after) or ""
    return before.get("value"), str(after.get("value") or "")


def _finest(kind: dict[str, Any]) -> str | None:
    return kind.get("subtype") or kind.get("doc_type")
