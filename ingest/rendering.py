"""The job that makes renditions: searchable PDF, previews and thumbnails of pages."""

from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from akta.db.engine import Database
from akta.events.jobs import PRIORITY_INDEX, Claim, enqueue, finish
from akta.events.models import Job
from akta.kernel.clock import Clock
from akta.kernel.errors import NotFoundError
from akta.kernel.scratch import scratch
from akta.records.guard import is_held, lock
from akta.records.models import PageText, Record, Rendition
from akta.records.renditions import TABLES, keep_rendition
from akta.records.versions import current_version
from akta.storage.port import BlobStore
from ingest.jobnames import JOB_RENDER
from ingest.model import Page
from ingest.pagerows import page_of_row
from ingest.passwords import PasswordBox
from ingest.pipeline import PipelineOptions
from ingest.sandbox import KILLED_TRIES, Died, ReaderKilledError, render_in_sandbox
from ingest.tables import is_slow, may_hold_tables

#: Previews of the first pages are made ahead; later ones when somebody looks.
PREVIEWS_AHEAD = 3


class Renderer:
    """Runs `ingest.render` jobs, and makes a missing preview when asked for one."""

    def __init__(
        self,
        database: Database,
        store: BlobStore,
        clock: Clock,
        passwords: PasswordBox,
        options: PipelineOptions,
    ) -> None:
        self._db = database
        self._store = store
        self._clock = clock
        self._passwords = passwords
        self._options = options

    def render(self, claim: Claim) -> None:
        """Make all renditions of the job's record; one that cannot be made is left out."""
        record_id = claim.payload["record_id"]
        with self._db.read() as session:
            record = session.get(Record, record_id)
            have = record is not None and record.state not in ("destroyed", "received", "reading")
        if not have or record is None:
            self._done(claim, [])
            return
        one = claim.payload.get("page")
        ahead = min(PREVIEWS_AHEAD, max(1, record.page_count))
        wanted = [("searchable_pdf", 0), ("thumbnail", 1), *(("preview", n) for n in range(1, ahead + 1))]
        if one is not None:
            wanted = [("preview", int(one))]
        password = self._passwords.open(claim.payload.get("password"))
        with scratch(self._options.scratch) as folder:
            pages = self._fetch(record, folder)
            tables = one is None and may_hold_tables(pages)
            apart = tables and is_slow(record.media_type or "", pages)
            if tables and not apart:
                wanted.append((TABLES, 0))
            made = self._make(record, pages, wanted, password, folder, claim)
            if apart:
                # By itself: the parser that finds ruled lines is slow, and may take a page's picture with it.
                made += self._make(record, pages, [(TABLES, 0)], password, folder, claim)
            stored = [(item, self._store.put_file(folder / "out" / item["path"])) for item in made]
        self._done(claim, stored, record_id, anew=one is None)

    def _fetch(self, record: Record, folder: Path) -> tuple[Page, ...]:
        """The newest version's bytes into the folder, and its pages."""
        with self._db.read() as session:
            version = current_version(session, record.id)
            rows = session.scalars(
                select(PageText).where(PageText.record_id == record.id).order_by(PageText.number)
            ).all()
        self._store.fetch(version.sha256, folder / "original")
        (folder / "out").mkdir()
        return tuple(page_of_row(row) for row in rows)

    def _make(
        self,
        record: Record,
        pages: tuple[Page, ...],
        wanted: list[tuple[str, int]],
        password: str | None,
        folder: Path,
        claim: Claim,
    ) -> list[dict[str, Any]]:
        result = render_in_sandbox(
            folder / "original",
            record.media_type or "application/octet-stream",
            pages,
            wanted,
            self._options.limits,
            folder / "out",
            password=password,
            file_name=record.file_name,
            on_tick=claim.check,
        )
        if isinstance(result, Died):
            if result.kind == "killed" and claim.tries < KILLED_TRIES:
                raise ReaderKilledError("The process that makes renditions was killed.")
            return []
        return result

    def _done(
        self, claim: Claim, stored: list[Any], record_id: str | None = None, *, anew: bool = False
    ) -> None:
        with self._db.write() as session:
            if record_id is not None and anew and not is_held(session, record_id):  # of an earlier reading
                session.execute(
                    delete(Rendition).where(Rendition.record_id == record_id, Rendition.kind == TABLES)
                )
            if record_id is not None and stored:
                self._save(session, record_id, stored)
            finish(session, claim, self._clock.now())

    def _save(self, session: Session, record_id: str, stored: list[Any]) -> None:
        try:
            lock(session, record_id)
        except NotFoundError:  # destroyed meanwhile; the blobs are orphans for the sweep
            return
        now = self._clock.now()
        for item, blob in stored:
            keep_rendition(
                session,
                self._store,
                record_id,
                item["kind"],
                item["page"],
                blob,
                item["media_type"],
                item["agent"],
                now,
            )


def request_preview(session: Session, record_id: str, page: int, now: datetime) -> None:
    """Ask for the picture of one more page, ahead of other renditions."""
    enqueue(
        session,
        JOB_RENDER,
        {"record_id": record_id, "page": page},
        key=_preview_key(record_id, page),
        now=now,
        priority=PRIORITY_INDEX + 1,
        max_attempts=2,
    )


def cannot_be_shown(session: Session, record: Record, page: int) -> bool:
    """Whether the picture of a page was asked for since the paper was last read, and could not be made."""
    tried = select(Job.id).where(
        Job.key == _preview_key(record.id, page), Job.kind == JOB_RENDER, Job.state.in_(("done", "parked"))
    )
    if record.ended_at is not None:
        tried = tried.where(Job.finished_at >= record.ended_at)
    return session.scalars(tried.limit(1)).first() is not None


def _preview_key(record_id: str, page: int) -> str:
    return f"preview:{record_id}:{page}"
