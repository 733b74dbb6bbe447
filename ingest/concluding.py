"""The last transaction of taking a paper in: filed, in review, or refused, with all that follows."""

import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from akta.access.principal import system
from akta.audit.log import AuditLog
from akta.db.engine import Database
from akta.events.bus import bus
from akta.events.jobs import PRIORITY_RENDER, Claim, enqueue, finish
from akta.kernel.clock import Clock
from akta.kernel.errors import NotFoundError
from akta.kernel.ids import new_id
from akta.kernel.process import cpu_seconds
from akta.records.duplicates import take_turn
from akta.records.events import RecordUnderstood
from akta.records.guard import changed, lock
from akta.records.judgements import Said, SpotChecks, keep
from akta.records.models import IN_PROGRESS, PageText, Record, Step
from akta.records.reasons import REASONS
from akta.records.renditions import EMBEDDED_DATA, keep_rendition
from akta.records.versions import current_version
from akta.storage.port import Blob, BlobStore
from ingest.duplicates.finding import DOUBT, look, stops
from ingest.filing import describe, file_record, refresh, store_fields
from ingest.intake import Arrival, receive
from ingest.jobnames import JOB_RENDER
from ingest.model import Page, Reading, Refusal
from ingest.ocr import neural
from ingest.pagerows import row_of_page
from ingest.piles.requests import CHANNEL, end_as_merged, parts_of, request_split
from ingest.review.queue import keep_keys
from ingest.understand import ARCHIVE, Understanding

ACTOR = system("worker")


@dataclass(slots=True)
class Work:
    """What is known while one record is being read."""

    claim: Claim
    record_id: str
    started: float
    folder: Path
    buffer: list[Page] = field(default_factory=list)
    flushed_at: float = 0.0
    cpu_before: float = field(default_factory=cpu_seconds)
    cpu_understanding: float = 0.0
    cpu_again: float = 0.0
    again: list[Page] = field(default_factory=list)  # pages whose second reading was better
    looked_again: dict[str, Any] | None = None


class Conclusion:
    """Brings a paper that was read to its end, in one transaction with what follows from it."""

    def __init__(
        self, database: Database, store: BlobStore, audit: AuditLog, clock: Clock, spot: SpotChecks
    ) -> None:
        self._db = database
        self._store = store
        self._audit = audit
        self._clock = clock
        self._spot = spot

    def file(
        self,
        work: Work,
        reading: Reading,
        understood: Understanding,
        children: list[tuple[str, Blob]],
        parts: list[Blob],
    ) -> None:
        """File a paper, send it to review, or have it split."""
        now = self._clock.now()
        with self._db.write() as session:
            work.claim.hold(session, now)
            record = lock(session, work.record_id)
            if record.state not in IN_PROGRESS:  # somebody decided meanwhile
                finish(session, work.claim, now)
                return
            take_turn(session)
            twice = {p.number for p in work.again}
            flushed = delete(PageText).where(PageText.record_id == record.id, PageText.number.in_(twice))
            session.execute(flushed)
            once = [p for p in work.buffer if p.number not in twice]
            add_pages(session, record.id, [*once, *work.again])
            describe(record, reading, understood)
            store_fields(session, record.id, understood)
            refresh(session, self._audit, record, now, understood.sender)
            here = set(session.scalars(select(Record.sha256).where(Record.parent_id == record.id)))
            for name, blob in children:
                if blob.sha256 not in here:  # read again: what it holds came in the first time
                    arrival = Arrival(blob, name, "unpacked", record)
                    receive(session, self._audit, self._store, ACTOR, arrival, now)
            for number, blob in enumerate(parts):
                agent = reading.structured.syntax if reading.structured else "data"
                keep_rendition(
                    session,
                    self._store,
                    record.id,
                    EMBEDDED_DATA,
                    number,
                    blob,
                    "application/xml",
                    agent,
                    now,
                )
            readers = sorted({f"{p.reader} {p.reader_version}" for p in reading.pages})
            self._note_step(
                session,
                work,
                "read",
                "read",
                ", ".join(readers)[:80],
                {
                    "pages": len(reading.pages),
                    "cpu": round(
                        cpu_seconds() - work.cpu_before - work.cpu_understanding - work.cpu_again, 3
                    ),
                },
            )
            if work.looked_again is not None:
                outcome = "better" if work.looked_again["kept"] else "no better"
                self._note_step(session, work, "read_again", outcome, neural.NAME, work.looked_again)
            self._note_step(
                session,
                work,
                "understand",
                understood.doc_type or "unknown",
                f"akta model {understood.model_version}",
                {
                    "confidence": round(understood.confidence, 4),
                    "taught": understood.taught,
                    "cpu": round(work.cpu_understanding, 3),
                },
            )
            bus.publish(session, RecordUnderstood(record.id, ACTOR.actor))
            failed = [p.number for p in reading.pages if p.outcome == "failed"]
            whole = not self._may_split(session, work, record)
            doubts = [
                (d.reason, d.params)
                for d in understood.doubts
                if not (whole and d.reason == "may_be_several")
            ]
            if failed:
                doubts.insert(0, ("page_failed", {"pages": ", ".join(map(str, failed[:20]))}))
            if {"damaged", "partly_read"} & set(reading.flags):
                doubts.append(("read_in_part", {}))
            if record.class_code is None and not doubts:
                doubts.append(("no_class", {}))
            pile = understood.pile
            splitting = pile is not None and pile.sure and not whole
            if not splitting:  # each paper in a pile is looked at by itself
                look(session, record, now)
                if stops(session, record):
                    # First of all, but for whether it is one paper at all: the parts may have no twin.
                    several = any(reason == "may_be_several" for reason, _ in doubts)
                    doubts.insert(len(doubts) if several else 0, (DOUBT, {}))
            record.doubts = [{"reason": reason, "params": params} for reason, params in doubts]
            record.work_seconds += time.monotonic() - work.started
            if doubts:
                keep_keys(session, record.id, dict(understood.sender))
            if pile is not None and splitting:
                request_split(
                    session,
                    record,
                    pile.pages,
                    pile.why,
                    ACTOR.actor,
                    now,
                    work.claim.payload.get("password"),
                )
                changed(session, record)
                finish(session, work.claim, now)
                return
            if doubts:
                self._end(session, record, *doubts[0])
            else:
                file_record(session, self._audit, record, ACTOR.actor, self._clock)
            if understood.doc_type != ARCHIVE:  # is judged by what it holds
                keep(session, record, _said(understood), self._spot, now)
            enqueue(
                session,
                JOB_RENDER,
                {"record_id": record.id, "password": work.claim.payload.get("password")},
                key=f"render:{record.id}",
                now=now,
                priority=PRIORITY_RENDER,
            )
            finish(session, work.claim, now)

    def refuse(self, work: Work, refusal: Refusal) -> None:
        """End a paper that could not be read, with the reason."""
        now = self._clock.now()
        if refusal.reason == "needs_password" and work.claim.payload.get("password"):
            refusal = Refusal("wrong_password", refusal.params)
        with self._db.write() as session:
            work.claim.hold(session, now)
            record = lock(session, work.record_id)
            if record.state not in IN_PROGRESS:  # somebody decided meanwhile
                finish(session, work.claim, now)
                return
            detail = {**refusal.params, "cpu": round(cpu_seconds() - work.cpu_before, 3)}
            self._note_step(session, work, "read", refusal.reason, "akta", detail)
            record.work_seconds += time.monotonic() - work.started
            self._end(session, record, refusal.reason, refusal.params)
            finish(session, work.claim, now)

    def give_up(self, session: Session, claim: Claim, error: str) -> None:
        """The job was parked: say so on the record, so that a person sees it."""
        try:
            record = lock(session, claim.payload["record_id"])
        except NotFoundError:  # destroyed meanwhile
            return
        if record.state in IN_PROGRESS:
            params = {
                "attempts": claim.tries,
                "detail": error.strip().splitlines()[-1][:200] if error else "",
            }
            self._end(session, record, "gave_up", params)

    # -- parts -------------------------------------------------------------

    def _may_split(self, session: Session, work: Work, record: Record) -> bool:
        """Whether papers may be cut out: not of one cut out itself, nor where a person put it together."""
        if work.claim.payload.get("whole"):
            for part in parts_of(session, record.id):
                end_as_merged(session, self._audit, part, record.id, ACTOR.actor, self._clock.now())
            return False
        return record.channel != CHANNEL and current_version(session, record.id).number == 1

    def _end(self, session: Session, record: Record, reason: str, params: dict[str, Any]) -> None:
        """End in review, quarantine or rejection, as the reason says."""
        now = self._clock.now()
        record.state = REASONS[reason].state
        record.reason, record.reason_params = reason, dict(params)
        record.ended_at = now
        self._audit.append(
            session,
            at=now,
            actor=ACTOR.actor,
            action=f"record.{record.state}",
            subject=f"record:{record.id}",
            details={"reason": reason},
        )
        changed(session, record)

    def _note_step(
        self, session: Session, work: Work, name: str, outcome: str, agent: str, detail: dict[str, Any]
    ) -> None:
        session.add(
            Step(
                id=new_id(),
                record_id=work.record_id,
                name=name,
                outcome=outcome[:40],
                agent=agent,
                started_at=self._clock.now(),
                seconds=time.monotonic() - work.started,
                detail=detail,
            )
        )


def add_pages(session: Session, record_id: str, pages: list[Page]) -> None:
    """Keep pages of a record as they were read."""
    for page in pages:
        session.add(row_of_page(record_id, page))


def _said(understood: Understanding) -> Said:
    """What is kept of an understanding, to be compared with what people say later."""
    return Said(
        understood.domain,
        understood.doc_type,
        understood.confidence,
        understood.domain_confidence,
        understood.model_version,
        understood.taught,
        [(f.name, f.value, f.confidence, f.check, f.source) for f in understood.fields],
    )
