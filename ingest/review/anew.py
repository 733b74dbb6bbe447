"""Finding anew what a paper means whose pages were read before, and carrying it over to the record.

Two jobs do it: one after a lesson (`again`), one after a correction was taken back (`unlearn`).
Which papers, and what follows from what is found, is theirs.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from akta.access.principal import system
from akta.audit.log import AuditLog
from akta.db.engine import Database
from akta.events.bus import bus
from akta.events.jobs import Claim
from akta.kernel.clock import Clock
from akta.kernel.ids import new_id
from akta.kernel.scratch import scratch
from akta.records.duplicates import take_turn
from akta.records.events import RecordUnderstood
from akta.records.models import PageText, Record, Step
from ingest.duplicates.finding import follow, follow_others, look, others_of
from ingest.filing import describe_meaning, refresh, store_fields
from ingest.learning.lessons import Lesson
from ingest.model import Reading, Refusal
from ingest.pagerows import page_of_row
from ingest.sandbox import Limits, understand_in_sandbox
from ingest.understand import Judge, Understanding

ACTOR: Final = system("worker")
#: So many papers in one job; those that are left get another.
AT_ONCE: Final = 20
_MOST_PAGES: Final = 60  # more are not looked at when a paper is understood either


@dataclass(frozen=True, slots=True)
class Paper:
    """What a record's pages say, as of its version."""

    row_version: int
    file_name: str
    reading: Reading


def paper_of(session: Session, record: Record) -> Paper | None:
    """The paper of a record; None if it has no pages or too many."""
    asked = select(PageText).where(PageText.record_id == record.id).order_by(PageText.number)
    rows = session.scalars(asked.limit(_MOST_PAGES + 1)).all()
    if not rows or len(rows) > _MOST_PAGES:
        return None
    pages = tuple(page_of_row(row) for row in rows)
    reading = Reading(record.media_type or "application/octet-stream", pages)
    return Paper(record.row_version, record.file_name, reading)


@dataclass(frozen=True, slots=True)
class Anew:
    """Understands papers in limited children, with the judge of the moment."""

    database: Database
    audit: AuditLog
    clock: Clock
    limits: Limits
    folder: Path
    judge: Callable[[Session], Judge] = lambda _: Judge()

    def understand(self, claim: Claim, paper: Paper, lessons: Sequence[Lesson] = ()) -> Understanding | None:
        """What the paper means with these lessons; None if it could not be said."""
        with self.database.read() as session:
            judge = self.judge(session)
        with scratch(self.folder) as folder:
            found = understand_in_sandbox(
                paper.reading,
                paper.file_name,
                self.limits,
                folder,
                lessons=lessons,
                judge=judge,
                on_tick=claim.check,
            )
        return None if isinstance(found, Refusal) else found

    def describe(self, session: Session, record: Record, understood: Understanding, now: datetime) -> None:
        """Type, fields, title, parties and class as they are found now."""
        describe_meaning(record, understood)
        store_fields(session, record.id, understood)
        refresh(session, self.audit, record, now, understood.sender)
        bus.publish(session, RecordUnderstood(record.id, ACTOR.actor))

    def note(
        self,
        session: Session,
        record: Record,
        understood: Understanding,
        now: datetime,
        seconds: float,
        *,
        step: str,
        outcome: str,
        action: str,
        **details: object,
    ) -> None:
        """Write down that it was done: in the record's history, and in the audit log."""
        session.add(
            Step(
                id=new_id(),
                record_id=record.id,
                name=step,
                outcome=outcome[:40],
                agent=f"akta model {understood.model_version}",
                started_at=now,
                seconds=seconds,
                detail=details,
            )
        )
        self.audit.note(session, now, ACTOR.actor, action, f"record:{record.id}", **details)


def look_for_twins(session: Session, record: Record, now: datetime) -> None:
    """With its number read, it may be here already; and those it was taken for a twin of are told."""
    take_turn(session)
    twins = others_of(session, record.id)
    look(session, record, now)
    follow(session, record)
    follow_others(session, record.id, twins)
