"""From received to its end: read, understand, file. One job per record, restartable.

The steps are recorded as they finish. A worker that dies at any line loses its
lease; the next one finds the pages already read in the database, reads the rest
and goes on. All that decides a record's fate is one last transaction.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
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
from akta.kernel.scratch import scratch
from akta.records.doctypes.current import refresh as refresh_types
from akta.records.duplicates import take_turn
from akta.records.events import RecordUnderstood
from akta.records.guard import changed, lock
from akta.records.judgements import Said, SpotChecks, keep
from akta.records.models import IN_PROGRESS, PageText, Record, Step
from akta.records.reasons import REASONS
from akta.records.renditions import EMBEDDED_DATA, keep_rendition
from akta.records.versions import current_version
from akta.storage.port import Blob, BlobStore
from ingest.again import doubts_of, pages_in_doubt, settles, with_pages
from ingest.classify.costs import default_thresholds
from ingest.duplicates.finding import DOUBT, look, stops
from ingest.extract.options import ReadOptions
from ingest.filing import describe, file_record, refresh, store_fields
from ingest.intake import Arrival, receive
from ingest.jobnames import JOB_RENDER
from ingest.learning.memory import lessons_for
from ingest.manner import Manner
from ingest.model import Page, Reading, Refusal
from ingest.ocr import neural
from ingest.pagerows import page_of_row, row_of_page
from ingest.passwords import PasswordBox
from ingest.piles.requests import CHANNEL, end_as_merged, parts_of, request_split
from ingest.review.queue import keep_keys
from ingest.sandbox import KILLED_TRIES, Limits, ReaderKilledError, read_in_sandbox, understand_in_sandbox
from ingest.training.registry import LiveModel
from ingest.understand import ARCHIVE, Judge, Understanding

ACTOR = system("worker")
_FLUSH_PAGES = 40
_FLUSH_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class PipelineOptions:
    """How the pipeline works here. `scratch` is a folder for files in the making.

    `thresholds` says by domain how sure Akta must be to file by itself.
    """

    scratch: Path
    read: ReadOptions
    limits: Limits
    spot: SpotChecks = field(default_factory=SpotChecks)
    thresholds: Mapping[str, float] = field(default_factory=default_thresholds)


@dataclass(slots=True)
class _Work:
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


class Pipeline:
    """Runs `ingest.process` jobs."""

    def __init__(
        self,
        database: Database,
        store: BlobStore,
        audit: AuditLog,
        clock: Clock,
        passwords: PasswordBox,
        options: PipelineOptions,
        in_force: LiveModel | None = None,
    ) -> None:
        self._db = database
        self._store = store
        self._audit = audit
        self._clock = clock
        self._passwords = passwords
        self._options = options
        self._in_force = in_force or LiveModel()

    def process(self, claim: Claim) -> None:
        """Take the record of the job to its end. Anything but a refusal of the file raises."""
        started = time.monotonic()
        begun = self._begin(claim)
        if begun is None:
            return
        record, sha256, pages = begun
        with scratch(self._options.scratch) as folder:
            work = _Work(claim, record.id, started, folder, flushed_at=started)
            original = folder / "original"
            self._store.fetch(sha256, original)
            try:
                result = self._read(work, record, original, pages)
            except ReaderKilledError:
                if claim.tries < KILLED_TRIES:
                    raise
                limit = self._options.limits.memory_mib
                result = Refusal("took_too_much_memory", {"mebibytes": str(limit)})
            if isinstance(result, Refusal):
                self._refuse(work, result)
                return
            children = []
            for child in result.children:
                children.append((child.name, self._store.put_file(folder / "out" / child.path)))
                claim.check()
            parts = [self._store.put_file(folder / "out" / part.path) for part in result.parts]
            cpu = cpu_seconds()
            understood = self._understand(work, record, result)
            work.cpu_understanding = cpu_seconds() - cpu
            if isinstance(understood, Refusal):
                self._refuse(work, understood)
                return
            result, understood = self._look_again(work, record, original, result, understood)
            self._file(work, result, understood, children, parts)
        if any(neural.NAME in page.reader for page in result.pages):
            neural.warm()  # the next paper of a pile is likely to need it too, and its child inherits it

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

    # -- steps -------------------------------------------------------------

    def _begin(self, claim: Claim) -> tuple[Record, str, list[Page]] | None:
        now = self._clock.now()
        with self._db.write() as session:
            claim.hold(session, now)
            try:
                record = lock(session, claim.payload["record_id"])
            except NotFoundError:  # destroyed meanwhile
                finish(session, claim, now)
                return None
            if record.state not in IN_PROGRESS:  # the message came twice
                finish(session, claim, now)
                return None
            record.state = "reading"
            refresh_types(session)  # an officer may have defined a type since the last paper
            rows = session.scalars(
                select(PageText).where(PageText.record_id == record.id).order_by(PageText.number)
            ).all()
            version = current_version(session, record.id)
            return record, version.sha256, [page_of_row(row) for row in rows]

    def _read(self, work: _Work, record: Record, original: Path, pages: list[Page]) -> Reading | Refusal:
        options = self._reading_options(work, record)
        out = work.folder / "out"
        out.mkdir()
        new: list[Page] = []

        def on_page(page: Page, total: int) -> None:
            new.append(page)
            work.buffer.append(page)
            late = time.monotonic() - work.flushed_at > _FLUSH_SECONDS
            # The pages of a small paper ride in its last transaction.
            if len(work.buffer) >= _FLUSH_PAGES or (late and total > len(pages) + len(new)):
                self._flush(work, total)

        result = read_in_sandbox(
            original,
            record.file_name,
            options,
            self._options.limits,
            out,
            skip_pages=frozenset(p.number for p in pages),
            on_page=on_page,
            on_tick=work.claim.check,
        )
        if isinstance(result, Refusal):
            return result
        streamed = {p.number: p for p in (*pages, *new)}
        for page in result.pages:  # from readers that do not stream
            if page.number not in streamed:
                streamed[page.number] = page
                work.buffer.append(page)
        return replace(result, pages=tuple(streamed[n] for n in sorted(streamed)))

    def _reading_options(self, work: _Work, record: Record) -> ReadOptions:
        manner = Manner.of_payload(work.claim.payload.get("manner"))
        return replace(
            manner.applied(self._options.read),
            max_depth=self._options.read.max_depth - record.depth,
            password=self._passwords.open(work.claim.payload.get("password")),
        )

    def _look_again(
        self, work: _Work, record: Record, original: Path, reading: Reading, understood: Understanding
    ) -> tuple[Reading, Understanding]:
        """Both, after the second reader saw the pages whose figures do not hold together, if it helped."""
        options = self._reading_options(work, record)
        wanted = pages_in_doubt(reading, understood) if options.second_reader else ()
        if not wanted:
            return reading, understood
        cpu = cpu_seconds()
        out = work.folder / "again"
        out.mkdir()
        try:
            again = read_in_sandbox(
                original,
                record.file_name,
                replace(options, second_always=True),
                self._options.limits,
                out,
                skip_pages=frozenset(p.number for p in reading.pages) - set(wanted),
                on_tick=work.claim.check,
            )
        except ReaderKilledError:  # short of memory: what was read first stands
            return reading, understood
        why, kept = doubts_of(understood), False
        if isinstance(again, Reading):
            fresh = with_pages(reading, (p for p in again.pages if p.number in wanted))
            better = self._understand(work, record, fresh)
            if isinstance(better, Understanding) and settles(understood, better):
                work.again = [p for p in fresh.pages if p.number in wanted]
                reading, understood, kept = fresh, better, True
        work.cpu_again = cpu_seconds() - cpu
        spent = round(work.cpu_again, 3)
        work.looked_again = {"pages": list(wanted), "why": why, "kept": kept, "cpu": spent}
        return reading, understood

    def _understand(self, work: _Work, record: Record, reading: Reading) -> Understanding | Refusal:
        """What a paper means; where its sender's papers were corrected before, with what that taught."""
        limits, tick = self._options.limits, work.claim.check
        with self._db.read() as session:  # asked for each paper: a version may be promoted or rolled back
            judge = Judge(self._in_force.get(session), self._options.thresholds)
        first = understand_in_sandbox(
            reading, record.file_name, limits, work.folder, judge=judge, on_tick=tick
        )
        if isinstance(first, Refusal):
            return first
        with self._db.read() as session:
            lessons = lessons_for(session, first.sender, record.id)
        if not lessons:
            return first
        return understand_in_sandbox(
            reading, record.file_name, limits, work.folder, lessons=lessons, judge=judge, on_tick=tick
        )

    def _flush(self, work: _Work, total: int) -> None:
        with self._db.write() as session:
            work.claim.hold(session, self._clock.now())
            record = lock(session, work.record_id)
            record.page_count = total
            record.pages_done += len(work.buffer)
            self._add_pages(session, record.id, work.buffer)
        work.buffer.clear()
        work.flushed_at = time.monotonic()

    def _refuse(self, work: _Work, refusal: Refusal) -> None:
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

    def _file(
        self,
        work: _Work,
        reading: Reading,
        understood: Understanding,
        children: list[tuple[str, Blob]],
        parts: list[Blob],
    ) -> None:
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
            self._add_pages(session, record.id, [*once, *work.again])
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
                    doubts.insert(0, (DOUBT, {}))
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
                keep(session, record, _said(understood), self._options.spot, now)
            enqueue(
                session,
                JOB_RENDER,
                {"record_id": record.id, "password": work.claim.payload.get("password")},
                key=f"render:{record.id}",
                now=now,
                priority=PRIORITY_RENDER,
            )
            finish(session, work.claim, now)

    # -- parts -------------------------------------------------------------

    def _may_split(self, session: Session, work: _Work, record: Record) -> bool:
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

    def _add_pages(self, session: Session, record_id: str, pages: list[Page]) -> None:
        for page in pages:
            session.add(row_of_page(record_id, page))

    def _note_step(
        self, session: Session, work: _Work, name: str, outcome: str, agent: str, detail: dict[str, Any]
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
