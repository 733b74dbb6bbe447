"""The jobs that split a pile into its papers and put pages together anew.

A pile stays as it came and becomes a batch; each paper in it is a record of its own,
found in the pile, with the pages as they were read there. Pages put together anew
are a new version of their record; what came in is version 1 and stays.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from akta.access.principal import system
from akta.audit.log import AuditLog
from akta.db.engine import Database
from akta.events.bus import bus
from akta.events.jobs import PRIORITY_RENDER, Claim, enqueue, finish
from akta.kernel.clock import Clock
from akta.kernel.errors import NotFoundError
from akta.kernel.scratch import scratch
from akta.records.blobs import claim_blob
from akta.records.duplicates import forget, take_turn
from akta.records.events import RecordUnderstood
from akta.records.guard import active_holds, changed, lock
from akta.records.models import Field, PageText, Record, Rendition, Version
from akta.records.states import touch
from akta.records.versions import current_version
from akta.storage.port import Blob, BlobStore
from ingest.filing import file_record
from ingest.intake import Arrival, receive, request_processing
from ingest.jobnames import JOB_RENDER
from ingest.model import Page
from ingest.pagerows import page_of_row, row_of_page
from ingest.passwords import PasswordBox
from ingest.piles.plan import Source, Taken
from ingest.piles.requests import BATCH, CHANNEL, end_as_merged
from ingest.pipeline import PipelineOptions
from ingest.sandbox.assembling import assemble_in_sandbox
from ingest.sandbox.process import Died

ACTOR = system("worker")


@dataclass(frozen=True, slots=True)
class Arranger:
    """Runs `ingest.split` and `ingest.arrange` jobs."""

    database: Database
    store: BlobStore
    audit: AuditLog
    clock: Clock
    passwords: PasswordBox
    options: PipelineOptions

    def split(self, claim: Claim) -> None:
        """Cut the papers `parts` (lists of page numbers) out of the job's record."""
        begun = self._begin(claim, [claim.payload["record_id"]])
        if begun is None:
            return
        parts = [[int(n) for n in part] for part in claim.payload["parts"]]
        with scratch(self.options.scratch) as folder:
            made = self._make(claim, begun, [[Taken(0, n) for n in part] for part in parts], folder)
            if isinstance(made, str):
                self._could_not(claim, made)
                return
            blobs = [self.store.put_file(path) for path in made]
            self._split(claim, begun[0], parts, blobs)

    def arrange(self, claim: Claim) -> None:
        """Make a new version of the job's record from `pages`, and have it read."""
        wanted = [(p["record"], int(p["page"]), int(p["turn"])) for p in claim.payload["pages"]]
        target = claim.payload["record_id"]
        others = dict.fromkeys(r for r, _, _ in wanted if r != target)
        begun = self._begin(claim, [target, *others])
        if begun is None:
            return
        place = {source.record_id: index for index, source in enumerate(begun)}
        taken = [Taken(place[record], page, turn) for record, page, turn in wanted]
        with scratch(self.options.scratch) as folder:
            made = self._make(claim, begun, [taken], folder)
            if isinstance(made, str):
                self._could_not(claim, made)
                return
            self._add_version(claim, begun, taken, self.store.put_file(made[0]))

    def give_up(self, session: Session, claim: Claim, error: str) -> None:
        """The job was parked: the paper goes to review, as it was."""
        try:
            record = lock(session, claim.payload["record_id"])
        except NotFoundError:  # destroyed meanwhile
            return
        if record.state == "reading":
            self._to_review(session, record, error.strip().splitlines()[-1][:200] if error else "")

    # -- steps -------------------------------------------------------------

    def _begin(self, claim: Claim, records: list[str]) -> list["_From"] | None:
        """The papers that pages come from; None if there is nothing left to do."""
        with self.database.write() as session:
            claim.hold(session, self.clock.now())
            found = []
            for record_id in records:
                record = session.get(Record, record_id)
                gone = record is None or record.state == "destroyed"
                if gone or (record_id == records[0] and record is not None and record.state != "reading"):
                    # Destroyed, or done by the same message before.
                    finish(session, claim, self.clock.now())
                    if gone and record_id != records[0]:
                        self._to_review(session, lock(session, records[0]), "one of the papers is gone")
                    return None
                version = current_version(session, record_id)
                rows = session.scalars(
                    select(PageText).where(PageText.record_id == record_id).order_by(PageText.number)
                )
                pages = tuple(page_of_row(row) for row in rows)
                found.append(_From(record_id, version.number, version.sha256, record.media_type or "", pages))  # type: ignore[union-attr]
            return found

    def _make(
        self, claim: Claim, sources: list["_From"], papers: list[list[Taken]], folder: Path
    ) -> list[Path] | str:
        files = []
        for index, source in enumerate(sources):
            path = folder / f"original-{index}"
            self.store.fetch(source.sha256, path)
            files.append(Source(path, source.media_type, source.pages))
        out = folder / "out"
        out.mkdir()
        made = assemble_in_sandbox(
            files,
            papers,
            self.options.limits,
            out,
            password=self.passwords.open(claim.payload.get("password")),
            on_tick=claim.check,
        )
        return f"{made.kind} {made.detail}".strip() if isinstance(made, Died) else made

    def _split(self, claim: Claim, pile: "_From", parts: list[list[int]], blobs: list[Blob]) -> None:
        now = self.clock.now()
        with self.database.write() as session:
            claim.hold(session, now)
            record = lock(session, pile.record_id)
            if record.state != "reading":
                finish(session, claim, now)
                return
            if claim.payload["why"] == "person" and self._held(session, claim, [record.id]):
                return
            take_turn(session)
            here = {
                child.sha256: child
                for child in session.scalars(
                    select(Record).where(Record.parent_id == record.id, Record.channel == CHANNEL)
                )
            }
            for part, blob in zip(parts, blobs, strict=True):
                old = here.pop(blob.sha256, None)
                if old is not None and old.state not in ("rejected", "destroyed"):
                    continue
                name = _part_name(record.file_name, part)
                receipt = receive(
                    session, self.audit, self.store, ACTOR, Arrival(blob, name, CHANNEL, record), now
                )
                for page in _carried([Taken(0, n) for n in part], [pile]):
                    session.add(row_of_page(receipt.record_id, page))
            for child in here.values():
                end_as_merged(session, self.audit, child, record.id, claim.payload["actor"], now)
            self._become_batch(session, record, len(parts), claim, now)
            finish(session, claim, now)

    def _held(self, session: Session, claim: Claim, record_ids: list[str]) -> bool:
        """Whether a hold was placed over one of the papers since it was asked; then all stay as they are."""
        if not any(active_holds(session, record_id) for record_id in record_ids):
            return False
        self._to_review(session, lock(session, record_ids[0]), "a legal hold covers it")
        finish(session, claim, self.clock.now())
        return True

    def _become_batch(
        self, session: Session, record: Record, papers: int, claim: Claim, now: datetime
    ) -> None:
        session.execute(delete(Field).where(Field.record_id == record.id, Field.confirmed_by.is_(None)))
        touch(session, (record.id,))
        forget(session, record.id)
        record.domain, record.doc_type, record.confidence = "other", BATCH, 1.0
        record.alternatives, record.document_date = [], None
        record.title = record.file_name[:300]
        self.audit.append(
            session,
            at=now,
            actor=claim.payload["actor"],
            action="record.split",
            subject=f"record:{record.id}",
            details={"papers": papers, "why": claim.payload["why"], "parts": claim.payload["parts"][:200]},
        )
        bus.publish(session, RecordUnderstood(record.id, ACTOR.actor))
        if record.class_code is None:
            self._to_review(session, record, "", reason="no_class")
        else:
            file_record(session, self.audit, record, ACTOR.actor, self.clock)
        self._render(session, record, claim, now)

    def _add_version(self, claim: Claim, sources: list["_From"], taken: list[Taken], blob: Blob) -> None:
        now = self.clock.now()
        with self.database.write() as session:
            claim.hold(session, now)
            record = lock(session, sources[0].record_id)
            if record.state != "reading" or session.get(Version, claim.payload["version"]) is not None:
                finish(session, claim, now)
                return
            if self._held(session, claim, [source.record_id for source in sources]):
                return
            claim_blob(session, self.store, blob.sha256)
            number = session.scalar(select(func.max(Version.number)).where(Version.record_id == record.id))
            session.add(
                Version(
                    id=claim.payload["version"],
                    record_id=record.id,
                    number=(number or 0) + 1,
                    sha256=blob.sha256,
                    size=blob.size,
                    media_type="application/pdf",
                    actor=claim.payload["actor"],
                    created_at=now,
                    made_of=[
                        {
                            "record": sources[t.source].record_id,
                            "version": sources[t.source].version,
                            "page": t.page,
                            "turn": t.turn,
                        }
                        for t in taken
                    ],
                )
            )
            pages = _carried(taken, sources)
            session.execute(delete(PageText).where(PageText.record_id == record.id))
            session.execute(delete(Rendition).where(Rendition.record_id == record.id))
            session.flush()
            for page in pages:
                session.add(row_of_page(record.id, page))
            for source in sources[1:]:
                other = lock(session, source.record_id)
                end_as_merged(session, self.audit, other, record.id, claim.payload["actor"], now)
            self.audit.append(
                session,
                at=now,
                actor=claim.payload["actor"],
                action="record.version_added",
                subject=f"record:{record.id}",
                details={"version": (number or 0) + 1, "sha256": blob.sha256, "pages": len(taken)},
            )
            record.state, record.media_type = "received", "application/pdf"
            record.page_count, record.pages_done = len(taken), len(pages)
            request_processing(session, record.id, now)
            changed(session, record)
            finish(session, claim, now)

    def _could_not(self, claim: Claim, detail: str) -> None:
        now = self.clock.now()
        with self.database.write() as session:
            claim.hold(session, now)
            record = lock(session, claim.payload["record_id"])
            if record.state == "reading":
                self._to_review(session, record, detail)
            finish(session, claim, now)

    def _to_review(
        self, session: Session, record: Record, detail: str, reason: str = "pages_not_moved"
    ) -> None:
        now = self.clock.now()
        params = {"detail": detail} if reason == "pages_not_moved" else {}
        record.state, record.reason, record.reason_params = "review", reason, params
        record.doubts = [{"reason": reason, "params": params}]
        record.ended_at = now
        self.audit.append(
            session,
            at=now,
            actor=ACTOR.actor,
            action="record.review",
            subject=f"record:{record.id}",
            details={"reason": reason},
        )
        changed(session, record)

    def _render(self, session: Session, record: Record, claim: Claim, now: datetime) -> None:
        enqueue(
            session,
            JOB_RENDER,
            {"record_id": record.id, "password": claim.payload.get("password")},
            key=f"render:{record.id}",
            now=now,
            priority=PRIORITY_RENDER,
        )


@dataclass(frozen=True, slots=True)
class _From:
    """A paper that pages come from, as it was when the job began."""

    record_id: str
    version: int
    sha256: str
    media_type: str
    pages: tuple[Page, ...]


def _part_name(file_name: str, pages: list[int]) -> str:
    stem = file_name.rpartition(".")[0] or file_name
    shown = str(pages[0]) if len(pages) == 1 else f"{pages[0]}-{pages[-1]}"
    return f"{stem[:380]} ({shown}).pdf"


def _carried(taken: list[Taken], sources: list[_From]) -> list[Page]:
    """Pages that need not be read again: those that were read and are not turned now."""
    out = []
    for number, one in enumerate(taken, start=1):
        source = sources[one.source]
        page = next((p for p in source.pages if p.number == one.page), None)
        if page is None or one.turn or page.outcome == "failed":
            continue
        upright = not source.media_type.startswith("image/")
        # A picture is turned upright when it becomes a page of a PDF.
        out.append(replace(page, number=number, rotation=page.rotation if upright else 0, marks=()))
    return out
