"""From received to its end: read, understand, file. One job per record, restartable.

The steps are recorded as they finish. A worker that dies at any line loses its
lease; the next one finds the pages already read in the database, reads the rest
and goes on. All that decides a record's fate is one last transaction.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from akta.audit.log import AuditLog
from akta.db.engine import Database
from akta.events.jobs import Claim, finish
from akta.kernel.clock import Clock
from akta.kernel.errors import NotFoundError
from akta.kernel.process import cpu_seconds
from akta.kernel.scratch import scratch
from akta.records.doctypes.current import refresh as refresh_types
from akta.records.guard import lock
from akta.records.judgements import SpotChecks
from akta.records.models import IN_PROGRESS, PageText, Record
from akta.records.versions import current_version
from akta.storage.port import BlobStore
from ingest.again import doubts_of, pages_in_doubt, settles, with_pages
from ingest.classify.costs import default_thresholds
from ingest.concluding import Conclusion, Work, add_pages
from ingest.extract.options import ReadOptions
from ingest.learning.memory import lessons_for
from ingest.manner import Manner
from ingest.model import Page, Reading, Refusal
from ingest.ocr import neural
from ingest.pagerows import page_of_row
from ingest.passwords import PasswordBox
from ingest.sandbox import KILLED_TRIES, Limits, ReaderKilledError, read_in_sandbox, understand_in_sandbox
from ingest.training.registry import LiveModel
from ingest.understand import Judge, Understanding

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
        self._conclusion = Conclusion(database, store, audit, clock, options.spot)

    def process(self, claim: Claim) -> None:
        """Take the record of the job to its end. Anything but a refusal of the file raises."""
        started = time.monotonic()
        begun = self._begin(claim)
        if begun is None:
            return
        record, sha256, pages = begun
        with scratch(self._options.scratch) as folder:
            work = Work(claim, record.id, started, folder, flushed_at=started)
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
                self._conclusion.refuse(work, result)
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
                self._conclusion.refuse(work, understood)
                return
            result, understood = self._look_again(work, record, original, result, understood)
            self._conclusion.file(work, result, understood, children, parts)
        if any(neural.NAME in page.reader for page in result.pages):
            neural.warm()  # the next paper of a pile is likely to need it too, and its child inherits it

    def give_up(self, session: Session, claim: Claim, error: str) -> None:
        """The job was parked: say so on the record, so that a person sees it."""
        self._conclusion.give_up(session, claim, error)

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

    def _read(self, work: Work, record: Record, original: Path, pages: list[Page]) -> Reading | Refusal:
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

    def _reading_options(self, work: Work, record: Record) -> ReadOptions:
        manner = Manner.of_payload(work.claim.payload.get("manner"))
        return replace(
            manner.applied(self._options.read),
            max_depth=self._options.read.max_depth - record.depth,
            password=self._passwords.open(work.claim.payload.get("password")),
        )

    def _look_again(
        self, work: Work, record: Record, original: Path, reading: Reading, understood: Understanding
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

    def _understand(self, work: Work, record: Record, reading: Reading) -> Understanding | Refusal:
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

    def _flush(self, work: Work, total: int) -> None:
        with self._db.write() as session:
            work.claim.hold(session, self._clock.now())
            record = lock(session, work.record_id)
            record.page_count = total
            record.pages_done += len(work.buffer)
            add_pages(session, record.id, work.buffer)
        work.buffer.clear()
        work.flushed_at = time.monotonic()
