"""Redaction: asked for by an officer, made by a job in the limited child, kept as a rendition of its own.

The original stays as it is under its own rule; the copy goes with it.
"""

from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from akta.access.principal import Principal
from akta.access.roles import Right
from akta.audit.log import AuditLog
from akta.db.engine import Database
from akta.events.jobs import PRIORITY_READ, Claim, PermanentJobError, enqueue, finish
from akta.kernel.clock import Clock
from akta.kernel.errors import ConflictError, InvalidError, NotFoundError
from akta.kernel.ids import new_id
from akta.kernel.scratch import scratch
from akta.records.guard import changed, lock
from akta.records.models import PageText, Record, Rendition
from akta.records.redactions import Redaction
from akta.records.renditions import REDACTED, keep_rendition
from akta.records.versions import current_version
from akta.records.visibility import get_visible
from akta.storage.port import BlobStore
from ingest.jobnames import JOB_REDACT
from ingest.pagerows import page_of_row
from ingest.passwords import PasswordBox
from ingest.pipeline import PipelineOptions
from ingest.sandbox import KILLED_TRIES, Died, ReaderKilledError, render_in_sandbox

MOST_BOXES = 500

#: A page from 1, and an area of it (x0, y0, x1, y1) in fractions of the page as shown.
Area = tuple[int, tuple[float, float, float, float]]


class Redactions:
    """Asks for redactions and makes them."""

    def __init__(
        self,
        database: Database,
        store: BlobStore,
        audit: AuditLog,
        clock: Clock,
        passwords: PasswordBox,
        options: PipelineOptions,
    ) -> None:
        self._db = database
        self._store = store
        self._audit = audit
        self._clock = clock
        self._passwords = passwords
        self._options = options

    def ask(
        self, session: Session, principal: Principal, record_id: str, areas: Sequence[Area], reason: str
    ) -> Redaction:
        """Have a copy of a record made without these areas; as nothing changes, a hold is no hindrance.

        Raises NotFoundError, InvalidError, ConflictError for a paper that has not been read.
        """
        principal.require(Right.DISPOSE)
        get_visible(session, principal, record_id)
        record = lock(session, record_id)
        if record.state not in ("filed", "review") or not record.page_count:
            raise ConflictError("This paper has no pages that could be redacted.", record=record_id)
        if not reason.strip():
            raise InvalidError("Say why the areas are blacked out.")
        if not 0 < len(areas) <= MOST_BOXES:
            raise InvalidError(f"Give 1 to {MOST_BOXES} areas.")
        for page, box in areas:
            x0, y0, x1, y1 = box
            if not 1 <= page <= record.page_count or not (0 <= x0 < x1 <= 1 and 0 <= y0 < y1 <= 1):
                raise InvalidError("An area has a page of the paper and a box in fractions: 0 ≤ x0 < x1 ≤ 1.")
        now = self._clock.now()
        made = Redaction(
            id=new_id(),
            record_id=record_id,
            boxes=[{"page": page, "box": list(box)} for page, box in areas],
            reason=reason.strip()[:2000],
            state="waiting",
            version=current_version(session, record_id).number,
            asked_by=principal.actor,
            asked_at=now,
        )
        session.add(made)
        self._audit.note(
            session,
            now,
            principal.actor,
            "record.redaction_requested",
            f"record:{record_id}",
            areas=len(areas),
        )
        session.flush()
        enqueue(
            session,
            JOB_REDACT,
            {"redaction": made.id},
            key=f"redact:{made.id}",
            now=now,
            priority=PRIORITY_READ,
        )
        return made

    def make(self, claim: Claim) -> None:
        """The handler of `ingest.redact`."""
        now = self._clock.now()
        with self._db.read() as session:
            asked = session.get(Redaction, claim.payload["redaction"])
            if asked is None or asked.state != "waiting":
                asked = None
            else:
                record = session.get_one(Record, asked.record_id)
                version = current_version(session, asked.record_id)
                rows = session.scalars(
                    select(PageText).where(PageText.record_id == asked.record_id).order_by(PageText.number)
                ).all()
        if asked is None:
            with self._db.write() as session:
                finish(session, claim, now)
            return
        if version.number != asked.version:
            raise PermanentJobError("The paper has another version now. Look at it and ask again.")
        boxes: dict[int, list[tuple[float, float, float, float]]] = {}
        for area in asked.boxes:
            x0, y0, x1, y1 = area["box"]
            boxes.setdefault(int(area["page"]), []).append((x0, y0, x1, y1))
        with scratch(self._options.scratch) as folder:
            self._store.fetch(version.sha256, folder / "original")
            out = folder / "out"
            out.mkdir()
            result = render_in_sandbox(
                folder / "original",
                record.media_type or "application/octet-stream",
                tuple(page_of_row(row) for row in rows),
                [(REDACTED, 0)],
                self._options.limits,
                out,
                file_name=record.file_name,
                on_tick=claim.check,
                boxes=boxes,
            )
            if isinstance(result, Died) and result.kind == "killed" and claim.tries < KILLED_TRIES:
                raise ReaderKilledError("The process that makes renditions was killed.")
            if isinstance(result, Died) or not result:
                raise PermanentJobError("The copy without the areas cannot be made of this file.")
            self._keep(claim, asked.id, asked.record_id, out / result[0]["path"], str(result[0]["agent"]))

    def _keep(self, claim: Claim, redaction_id: str, record_id: str, path: Path, agent: str) -> None:
        blob = self._store.put_file(path)
        now = self._clock.now()
        with self._db.write() as session:
            claim.hold(session, now)
            finish(session, claim, now)
            try:
                record = lock(session, record_id)
            except NotFoundError:  # destroyed meanwhile; the blob is an orphan for the sweep
                return
            made = session.get_one(Redaction, redaction_id, with_for_update=True, populate_existing=True)
            count = select(func.count()).where(Rendition.record_id == record_id, Rendition.kind == REDACTED)
            number = (session.scalar(count) or 0) + 1
            keep_rendition(
                session, self._store, record_id, REDACTED, number, blob, "application/pdf", agent, now
            )
            made.state, made.ended_at = "made", now
            self._audit.note(
                session,
                now,
                "system:redaction",
                "record.redacted",
                f"record:{record_id}",
                redaction=made.id,
                sha256=blob.sha256,
                number=number,
            )
            changed(session, record)

    def given_up(self, session: Session, claim: Claim, _error: str) -> None:
        """Say that it failed, in the transaction that parks its job."""
        made = session.get(Redaction, claim.payload["redaction"])
        if made is not None and made.state == "waiting":
            made.state, made.ended_at = "failed", self._clock.now()
