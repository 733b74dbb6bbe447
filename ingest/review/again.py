"""The job that looks again at papers in review once a paper of the same sender was corrected.

The pages were read already: only what they mean is found anew, with the lesson. What a person
set or confirmed on a paper stays, and a paper about which somebody decided meanwhile is left.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from akta.access.principal import system
from akta.audit.log import AuditLog
from akta.db.engine import Database
from akta.events.bus import bus
from akta.events.jobs import Claim, finish
from akta.kernel.clock import Clock
from akta.kernel.errors import NotFoundError
from akta.kernel.ids import new_id
from akta.kernel.scratch import scratch
from akta.records.duplicates import take_turn
from akta.records.events import RecordUnderstood
from akta.records.guard import changed, lock
from akta.records.models import Correction, Field, PageText, Record, Step
from akta.records.queue import ReviewItem, ReviewKey
from ingest.corrections import KIND
from ingest.duplicates.finding import follow, follow_others, look, others_of
from ingest.filing import describe_meaning, file_record, refresh, store_fields
from ingest.learning.memory import ask_to_look_again, keys_of, lessons_for
from ingest.learning.senders import SAME, alike
from ingest.model import Reading, Refusal
from ingest.pagerows import page_of_row
from ingest.review.queue import KIND_DOUBTS, doubtful_names
from ingest.sandbox import Limits, understand_in_sandbox
from ingest.understand import Judge, Understanding

ACTOR: Final = system("worker")
#: So many papers in one job; those that are left get another.
_AT_ONCE: Final = 20
_MOST_PAGES: Final = 60  # more are not looked at when a paper is understood either
#: Doubts that come from what the pages mean, and so may go when that is found anew.
_OF_MEANING: Final = frozenset(["unsure_type", "unsure_fields", "not_ours", "no_class"])


@dataclass(frozen=True, slots=True)
class _Paper:
    record_id: str
    row_version: int
    file_name: str
    reading: Reading
    keys: dict[str, float]


class SecondLook:
    """Runs `ingest.look_again` jobs: one for each lesson, and one for each further lot of papers."""

    def __init__(
        self,
        database: Database,
        audit: AuditLog,
        clock: Clock,
        limits: Limits,
        folder: Path,
        judge: Callable[[Session], Judge] = lambda _: Judge(),
    ) -> None:
        self._db = database
        self._audit = audit
        self._clock = clock
        self._limits = limits
        self._folder = folder
        self._judge = judge

    def look(self, claim: Claim) -> None:
        """Look again at the papers of the sender that wait after the one the job names."""
        batch, after = claim.payload["batch"], claim.payload["after"]
        with self._db.read() as session:
            near = self._near(session, keys_of(session, batch), after)
        for record_id in near[:_AT_ONCE]:
            claim.check()
            self._again(claim, record_id, batch)
        now = self._clock.now()
        with self._db.write() as session:
            if len(near) > _AT_ONCE:
                ask_to_look_again(session, batch, near[_AT_ONCE - 1], now)
            finish(session, claim, now)

    def _near(self, session: Session, keys: dict[str, float], after: str) -> list[str]:
        """Papers in review that share a key with the sender, one more than are looked at in a job."""
        asked = (
            select(ReviewKey.record_id)
            .join(ReviewItem, ReviewItem.record_id == ReviewKey.record_id)
            .where(ReviewKey.key.in_(keys), ReviewKey.record_id > after)
            .group_by(ReviewKey.record_id)
            .order_by(ReviewKey.record_id)
            .limit(_AT_ONCE + 1)
        )
        return list(session.scalars(asked))

    def _again(self, claim: Claim, record_id: str, batch: str) -> None:
        started = time.monotonic()
        with self._db.read() as session:
            paper = self._paper(session, record_id)
            theirs = keys_of(session, batch)
            if paper is None or alike(paper.keys, theirs) < SAME:
                return
            lessons = lessons_for(session, paper.keys, record_id)
            judge = self._judge(session)
        if not lessons:
            return
        with scratch(self._folder) as folder:
            understood = understand_in_sandbox(
                paper.reading,
                paper.file_name,
                self._limits,
                folder,
                lessons=lessons,
                judge=judge,
                on_tick=claim.check,
            )
        if isinstance(understood, Refusal) or not understood.taught:
            return
        with self._db.write() as session:
            claim.hold(session, self._clock.now())
            try:
                record = lock(session, record_id)
            except NotFoundError:  # destroyed meanwhile
                return
            if record.row_version == paper.row_version and record.state == "review" and not record.held:
                self._carry(session, record, understood, batch, time.monotonic() - started)

    def _paper(self, session: Session, record_id: str) -> _Paper | None:
        record = session.get(Record, record_id)
        if record is None or record.state != "review" or record.held:
            return None
        # What a file states of itself was not kept apart from the pages: it is not found anew.
        if record.syntax is not None or not {d["reason"] for d in record.doubts} & _OF_MEANING:
            return None
        rows = session.scalars(
            select(PageText)
            .where(PageText.record_id == record_id)
            .order_by(PageText.number)
            .limit(_MOST_PAGES + 1)
        ).all()
        if not rows or len(rows) > _MOST_PAGES:
            return None
        keys = select(ReviewKey.key, ReviewKey.weight).where(ReviewKey.record_id == record_id)
        reading = Reading(
            record.media_type or "application/octet-stream", tuple(page_of_row(row) for row in rows)
        )
        theirs = {row.key: row.weight for row in session.execute(keys)}
        return _Paper(record.id, record.row_version, record.file_name, reading, theirs)

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
        describe_meaning(record, understood)
        store_fields(session, record.id, understood)
        refresh(session, self._audit, record, now, understood.sender)
        bus.publish(session, RecordUnderstood(record.id, ACTOR.actor))
        record.doubts = _doubts(session, record, understood, kind_set is not None)
        take_turn(session)
        twins = others_of(session, record.id)
        look(session, record, now)  # with its number read, it may be here already
        follow(session, record)
        follow_others(session, record.id, twins)
        if not record.doubts and record.class_code is None:
            record.doubts = [{"reason": "no_class", "params": {}}]
        if _state(session, record) == before:  # the job came twice, or the lesson changes nothing here
            return
        outcome = record.doc_type or "unknown" if record.doubts else "filed"
        detail = {"taught": True, "lesson": batch, "filed": not record.doubts}
        session.add(
            Step(
                id=new_id(),
                record_id=record.id,
                name="look_again",
                outcome=outcome[:40],
                agent=f"akta model {understood.model_version}",
                started_at=now,
                seconds=seconds,
                detail=detail,
            )
        )
        self._audit.append(
            session,
            at=now,
            actor=ACTOR.actor,
            action="record.looked_again",
            subject=f"record:{record.id}",
            details={"lesson": batch, "doubts": [d["reason"] for d in record.doubts]},
        )
        if record.doubts:
            first = record.doubts[0]
            record.reason, record.reason_params = first["reason"], dict(first["params"])
            changed(session, record)
        else:
            file_record(session, self._audit, record, ACTOR.actor, self._clock)


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
