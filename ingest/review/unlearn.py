"""The job that looks at a sender's papers again once a correction was taken back.

What a wrong correction taught may stand on papers that came meanwhile, and some were filed with it.
Their meaning is found anew without it; where that differs, the paper goes to a person, who sees
why. What people have looked at, and what a legal hold covers, is left.
"""

import time
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from akta.events.jobs import Claim, finish
from akta.kernel.errors import NotFoundError
from akta.records.guard import active_holds, changed, lock
from akta.records.judgements import Judgement
from akta.records.models import Correction, Field, Record, Step
from ingest.learning.memory import ask_to_unlearn, lessons_for
from ingest.learning.senders import SAME, alike
from ingest.review.anew import AT_ONCE, Anew, look_for_twins, paper_of
from ingest.review.queue import keep_keys
from ingest.understand import Understanding

DOUBT: Final = "unlearned"


class Unlearner:
    """Runs `ingest.unlearn` jobs: one for each correction taken back, and one for each further lot."""

    def __init__(self, anew: Anew) -> None:
        self._anew = anew
        self._db, self._clock = anew.database, anew.clock

    def look(self, claim: Claim) -> None:
        """Look at the papers that were taught something since, after the one the job names."""
        source, batch = claim.payload["record_id"], claim.payload["batch"]
        since, after = datetime.fromisoformat(claim.payload["since"]), claim.payload["after"]
        with self._db.read() as session:
            taught = _taught_since(session, since, after)
            record = session.get(Record, source)
            paper = paper_of(session, record) if record is not None else None
        told = self._anew.understand(claim, paper) if taught and paper is not None else None
        if told is not None and told.sender:
            for record_id in taught[:AT_ONCE]:
                claim.check()
                self._again(claim, record_id, dict(told.sender), batch)
        now = self._clock.now()
        with self._db.write() as session:
            if told is not None and len(taught) > AT_ONCE:
                ask_to_unlearn(session, source, batch, since, now, after=taught[AT_ONCE - 1])
            finish(session, claim, now)

    def _again(self, claim: Claim, record_id: str, sender: dict[str, float], batch: str) -> None:
        started = time.monotonic()
        with self._db.read() as session:
            known = session.get(Record, record_id)
            paper = paper_of(session, known) if known is not None and _untouched(session, known) else None
        first = self._anew.understand(claim, paper) if paper is not None else None
        if paper is None or first is None or alike(dict(first.sender), sender) < SAME:
            return
        with self._db.read() as session:
            lessons = lessons_for(session, first.sender, record_id)
        understood = self._anew.understand(claim, paper, lessons) if lessons else first
        if understood is None:
            return
        with self._db.write() as session:
            claim.hold(session, self._clock.now())
            try:
                record = lock(session, record_id)
            except NotFoundError:  # destroyed meanwhile
                return
            if record.row_version == paper.row_version and _untouched(session, record):
                self._carry(session, record, understood, batch, time.monotonic() - started)

    def _carry(
        self, session: Session, record: Record, understood: Understanding, batch: str, seconds: float
    ) -> None:
        if _stands(session, record) == _would_stand(understood):
            return
        now, was = self._clock.now(), record.state
        self._anew.describe(session, record, understood, now)
        record.state, record.ended_at = "review", None
        record.reason, record.reason_params = DOUBT, {}
        record.doubts = [
            {"reason": DOUBT, "params": {}},
            *({"reason": d.reason, "params": dict(d.params)} for d in understood.doubts),
        ]
        keep_keys(session, record.id, dict(understood.sender))
        look_for_twins(session, record, now)
        self._anew.note(
            session,
            record,
            understood,
            now,
            seconds,
            step="unlearn",
            outcome=record.doc_type or "unknown",
            action="record.unlearned",
            correction=batch,
            was=was,
        )
        changed(session, record)


def _taught_since(session: Session, since: datetime, after: str) -> list[str]:
    """Records that a lesson changed something on since then, one more than are looked at in a job."""
    judged = select(Judgement.record_id).where(
        Judgement.taught, Judgement.current, Judgement.at >= since, Judgement.record_id > after
    )
    again = select(Step.record_id).where(
        Step.name == "look_again", Step.started_at >= since, Step.record_id > after
    )
    both = judged.union(again).subquery()
    asked = select(both.c.record_id).order_by(both.c.record_id).limit(AT_ONCE + 1)
    return list(session.scalars(asked))


def _untouched(session: Session, record: Record) -> bool:
    """Whether a paper is free to be changed, and no person has said anything of it."""
    if record.state not in ("review", "filed") or record.held or record.syntax is not None:
        return False
    if active_holds(session, record.id):
        return False
    said = select(Correction.id).where(Correction.record_id == record.id).limit(1)
    answered = select(Judgement.id).where(
        Judgement.record_id == record.id, Judgement.current, Judgement.how.is_not(None)
    )
    return session.scalar(said) is None and session.scalar(answered.limit(1)) is None


def _stands(session: Session, record: Record) -> Any:
    fields = session.execute(select(Field.name, Field.value).where(Field.record_id == record.id)).all()
    return record.domain, record.doc_type, record.subtype, {row.name: row.value for row in fields}


def _would_stand(understood: Understanding) -> Any:
    fields: dict[str, str] = {}
    for found in understood.fields:
        fields.setdefault(found.name, found.value)
    return understood.domain, understood.doc_type, understood.subtype, fields
