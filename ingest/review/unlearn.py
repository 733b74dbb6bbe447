"""The job that looks at a sender's papers again once a correction was taken back.

What a wrong correction taught may stand on papers that came meanwhile, and some were filed with it.
Their meaning is found anew without it; where that differs, the paper goes to a person, who sees
why. What people have looked at, and what a legal hold covers, is left.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
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
from akta.records.guard import active_holds, changed, lock
from akta.records.judgements import Judgement
from akta.records.models import Correction, Field, PageText, Record, Step
from ingest.duplicates.finding import follow, follow_others, look, others_of
from ingest.filing import describe_meaning, refresh, store_fields
from ingest.learning.lessons import Lesson
from ingest.learning.memory import ask_to_unlearn, lessons_for
from ingest.learning.senders import SAME, alike
from ingest.model import Reading, Refusal
from ingest.pagerows import page_of_row
from ingest.review.queue import keep_keys
from ingest.sandbox import Limits, understand_in_sandbox
from ingest.understand import Judge, Understanding

ACTOR: Final = system("worker")
DOUBT: Final = "unlearned"
_AT_ONCE: Final = 20
_MOST_PAGES: Final = 60  # more are not looked at when a paper is understood either


@dataclass(frozen=True, slots=True)
class _Paper:
    row_version: int
    file_name: str
    reading: Reading


class Unlearner:
    """Runs `ingest.unlearn` jobs: one for each correction taken back, and one for each further lot."""

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
        """Look at the papers that were taught something since, after the one the job names."""
        source, batch = claim.payload["record_id"], claim.payload["batch"]
        since, after = datetime.fromisoformat(claim.payload["since"]), claim.payload["after"]
        with self._db.read() as session:
            taught = _taught_since(session, since, after)
            paper = _paper(session, source)
        told = self._understood(claim, paper) if taught and paper is not None else None
        if told is not None and told.sender:
            for record_id in taught[:_AT_ONCE]:
                claim.check()
                self._again(claim, record_id, dict(told.sender), batch)
        now = self._clock.now()
        with self._db.write() as session:
            if told is not None and len(taught) > _AT_ONCE:
                ask_to_unlearn(session, source, batch, since, now, after=taught[_AT_ONCE - 1])
            finish(session, claim, now)

    def _understood(
        self, claim: Claim, paper: _Paper, lessons: list[Lesson] | None = None
    ) -> Understanding | None:
        with self._db.read() as session:
            judge = self._judge(session)
        with scratch(self._folder) as folder:
            found = understand_in_sandbox(
                paper.reading,
                paper.file_name,
                self._limits,
                folder,
                lessons=lessons or (),
                judge=judge,
                on_tick=claim.check,
            )
        return None if isinstance(found, Refusal) else found

    def _again(self, claim: Claim, record_id: str, sender: dict[str, float], batch: str) -> None:
        started = time.monotonic()
        with self._db.read() as session:
            paper = _paper(session, record_id) if _untouched(session, record_id) else None
        first = self._understood(claim, paper) if paper is not None else None
        if paper is None or first is None or alike(dict(first.sender), sender) < SAME:
            return
        with self._db.read() as session:
            lessons = lessons_for(session, first.sender, record_id)
        understood = self._understood(claim, paper, lessons) if lessons else first
        if understood is None:
            return
        with self._db.write() as session:
            claim.hold(session, self._clock.now())
            try:
                record = lock(session, record_id)
            except NotFoundError:  # destroyed meanwhile
                return
            if record.row_version == paper.row_version and _untouched(session, record_id):
                self._carry(session, record, understood, batch, time.monotonic() - started)

    def _carry(
        self, session: Session, record: Record, understood: Understanding, batch: str, seconds: float
    ) -> None:
        if _stands(session, record) == _would_stand(understood):
            return
        now, was = self._clock.now(), record.state
        describe_meaning(record, understood)
        store_fields(session, record.id, understood)
        refresh(session, self._audit, record, now, understood.sender)
        bus.publish(session, RecordUnderstood(record.id, ACTOR.actor))
        record.state, record.ended_at = "review", None
        record.reason, record.reason_params = DOUBT, {}
        record.doubts = [
            {"reason": DOUBT, "params": {}},
            *({"reason": d.reason, "params": dict(d.params)} for d in understood.doubts),
        ]
        keep_keys(session, record.id, dict(understood.sender))
        take_turn(session)
        twins = others_of(session, record.id)
        look(session, record, now)
        follow(session, record)
        follow_others(session, record.id, twins)
        session.add(
            Step(
                id=new_id(),
                record_id=record.id,
                name="unlearn",
                outcome=(record.doc_type or "unknown")[:40],
                agent=f"akta model {understood.model_version}",
                started_at=now,
                seconds=seconds,
                detail={"correction": batch, "was": was},
            )
        )
        self._audit.append(
            session,
            at=now,
            actor=ACTOR.actor,
            action="record.unlearned",
            subject=f"record:{record.id}",
            details={"correction": batch, "was": was},
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
    asked = select(both.c.record_id).order_by(both.c.record_id).limit(_AT_ONCE + 1)
    return list(session.scalars(asked))


def _untouched(session: Session, record_id: str) -> bool:
    """Whether a paper is here, free to be changed, and no person has said anything of it."""
    record = session.get(Record, record_id)
    if record is None or record.state not in ("review", "filed") or record.held:
        return False
    if record.syntax is not None or active_holds(session, record_id):
        return False
    said = select(Correction.id).where(Correction.record_id == record_id).limit(1)
    answered = select(Judgement.id).where(
        Judgement.record_id == record_id, Judgement.current, Judgement.how.is_not(None)
    )
    return session.scalar(said) is None and session.scalar(answered.limit(1)) is None


def _paper(session: Session, record_id: str) -> _Paper | None:
    record = session.get(Record, record_id)
    asked = select(PageText).where(PageText.record_id == record_id).order_by(PageText.number)
    rows = session.scalars(asked.limit(_MOST_PAGES + 1)).all()
    if record is None or not rows or len(rows) > _MOST_PAGES:
        return None
    pages = tuple(page_of_row(row) for row in rows)
    reading = Reading(record.media_type or "application/octet-stream", pages)
    return _Paper(record.row_version, record.file_name, reading)


def _stands(session: Session, record: Record) -> Any:
    fields = session.execute(select(Field.name, Field.value).where(Field.record_id == record.id)).all()
    return record.domain, record.doc_type, record.subtype, {row.name: row.value for row in fields}


def _would_stand(understood: Understanding) -> Any:
    fields: dict[str, str] = {}
    for found in understood.fields:
        fields.setdefault(found.name, found.value)
    return understood.domain, understood.doc_type, understood.subtype, fields
