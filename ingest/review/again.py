"""The job that looks again at papers in review once a paper of the same sender was corrected.

The pages were read already: only what they mean is found anew, with the lesson. What a person
set or confirmed on a paper stays, and a paper about which somebody decided meanwhile is left.
"""

import time
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from akta.events.jobs import Claim, finish
from akta.kernel.errors import NotFoundError
from akta.records.guard import changed, lock
from akta.records.models import KIND, Correction, Field, Record
from akta.records.queue import ReviewItem, ReviewKey
from ingest.filing import file_record
from ingest.learning.memory import ask_to_look_again, keys_of, lessons_for
from ingest.learning.senders import SAME, alike
from ingest.review.anew import ACTOR, AT_ONCE, Anew, look_for_twins, paper_of
from ingest.review.queue import KIND_DOUBTS, doubtful_names
from ingest.understand import Understanding

#: Doubts that come from what the pages mean, and so may go when that is found anew.
_OF_MEANING: Final = frozenset(["unsure_type", "unsure_fields", "not_ours", "no_class"])


class SecondLook:
    """Runs `ingest.look_again` jobs: one for each lesson, and one for each further lot of papers."""

    def __init__(self, anew: Anew) -> None:
        self._anew = anew
        self._db, self._audit, self._clock = anew.database, anew.audit, anew.clock

    def look(self, claim: Claim) -> None:
        """Look again at the papers of the sender that wait after the one the job names."""
        batch, after = claim.payload["batch"], claim.payload["after"]
        with self._db.read() as session:
            near = self._near(session, keys_of(session, batch), after)
        for record_id in near[:AT_ONCE]:
            claim.check()
            self._again(claim, record_id, batch)
        now = self._clock.now()
        with self._db.write() as session:
            if len(near) > AT_ONCE:
                ask_to_look_again(session, batch, near[AT_ONCE - 1], now)
            finish(session, claim, now)

    def _near(self, session: Session, keys: dict[str, float], after: str) -> list[str]:
        """Papers in review that share a key with the sender, one more than are looked at in a job."""
        asked = (
            select(ReviewKey.record_id)
            .join(ReviewItem, ReviewItem.record_id == ReviewKey.record_id)
            .where(ReviewKey.key.in_(keys), ReviewKey.record_id > after)
            .group_by(ReviewKey.record_id)
            .order_by(ReviewKey.record_id)
            .limit(AT_ONCE + 1)
        )
        return list(session.scalars(asked))

    def _again(self, claim: Claim, record_id: str, batch: str) -> None:
        started = time.monotonic()
        with self._db.read() as session:
            record = session.get(Record, record_id)
            paper = paper_of(session, record) if record is not None and _waits(record) else None
            keys = _keys(session, record_id)
            if paper is None or alike(keys, keys_of(session, batch)) < SAME:
                return
            lessons = lessons_for(session, keys, record_id)
        understood = self._anew.understand(claim, paper, lessons) if lessons else None
        if understood is None or not understood.taught:
            return
        with self._db.write() as session:
            claim.hold(session, self._clock.now())
            try:
                record = lock(session, record_id)
            except NotFoundError:  # destroyed meanwhile
                return
            if record.row_version == paper.row_version and _waits(record):
                self._carry(session, record, understood, batch, time.monotonic() - started)

    def _carry(
        self, session: Session, record: Record, understood: Understanding, batch: str, seconds: float
    ) -> None:
        """Carry what is found now over to the record; file it if nothing is left to doubt."""
        now = self._clock.now()
        before = _state(session, record)
        kind_set = session.scalar(
            select(Correction.id).where(Correction.record_id == record.id, Correction.field == KIND).limit(1)
        )
        if kind_set is not None and (understood.domain, understood.doc_type) != (
            record.domain,
            record.doc_type,
        ):
            return  # a person said what it is; its fields were found for another kind of paper
        self._anew.describe(session, record, understood, now)
        record.doubts = _doubts(session, record, understood, kind_set is not None)
        look_for_twins(session, record, now)
        if not record.doubts and record.class_code is None:
            record.doubts = [{"reason": "no_class", "params": {}}]
        if _state(session, record) == before:  # the job came twice, or the lesson changes nothing here
            return
        self._anew.note(
            session,
            record,
            understood,
            now,
            seconds,
            step="look_again",
            outcome=record.doc_type or "unknown" if record.doubts else "filed",
            action="record.looked_again",
            lesson=batch,
            doubts=[doubt["reason"] for doubt in record.doubts],
        )
        if record.doubts:
            first = record.doubts[0]
            record.reason, record.reason_params = first["reason"], dict(first["params"])
            changed(session, record)
        else:
            file_record(session, self._audit, record, ACTOR.actor, self._clock)


def _waits(record: Record) -> bool:
    """Whether a paper waits for a doubt that may go when its meaning is found anew."""
    # What a file states of itself was not kept apart from the pages: it is not found anew.
    free = record.state == "review" and not record.held and record.syntax is None
    return free and bool({d["reason"] for d in record.doubts} & _OF_MEANING)


def _keys(session: Session, record_id: str) -> dict[str, float]:
    asked = select(ReviewKey.key, ReviewKey.weight).where(ReviewKey.record_id == record_id)
    return {row.key: row.weight for row in session.execute(asked)}


def _doubts(
    session: Session, record: Record, understood: Understanding, kind_set: bool
) -> list[dict[str, Any]]:
    """What is doubted now: of the meaning anew, less what a person set or confirmed; the rest as it was."""
    asked = select(Field.name).where(Field.record_id == record.id, Field.confirmed_by.is_not(None))
    confirmed = set(session.scalars(asked))
    out = [d for d in record.doubts if d["reason"] not in _OF_MEANING]
    for doubt in understood.doubts:
        made = {"reason": doubt.reason, "params": dict(doubt.params)}
        if doubt.reason not in _OF_MEANING or (kind_set and doubt.reason in KIND_DOUBTS):
            continue
        if doubt.reason == "unsure_fields":
            left = [name for name in doubtful_names(made) if name not in confirmed]
            if not left:
                continue
            made["params"] = {"fields": ", ".join(left)}
        out.append(made)
    return out


def _state(session: Session, record: Record) -> Any:
    fields = session.execute(
        select(Field.name, Field.value, Field.confidence, Field.supported_by)
        .where(Field.record_id == record.id)
        .order_by(Field.name)
    ).all()
    return record.domain, record.doc_type, list(record.doubts), [tuple(row) for row in fields]
