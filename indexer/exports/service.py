"""Asking for exports, downloading them, and letting them go.

The file of an export lies in a folder of its own and never among the archive's blobs: it is a copy that
must be deletable at any moment, so no store may lock it, and no backup takes it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO

from sqlalchemy import and_, delete, func, select, update
from sqlalchemy.orm import Session

from akta.access.principal import Principal
from akta.access.roles import Right
from akta.audit.log import AuditLog
from akta.db.engine import Database
from akta.events import jobs
from akta.kernel.clock import Clock
from akta.kernel.errors import AktaError, ConflictError, InvalidError, NotFoundError
from akta.kernel.ids import is_id, new_id
from akta.records.events import RecordDestroyed
from akta.records.models import Record
from akta.records.visibility import visible_to
from indexer.exports import words
from indexer.exports.models import IN_PROGRESS, Export, ExportRecord
from indexer.model import SORTS
from indexer.query import parse
from indexer.saved.people import person_of

JOB_EXPORT = "indexer.export"
JOB_REMOVE = "indexer.remove_exports"
FORMATS = {
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "zip": "application/zip",
}
#: A finished export can be downloaded this long.
KEEP = timedelta(days=7)
#: What is said about one is kept this long.
KEEP_ROW = timedelta(days=30)
#: Exports of one person that are waiting or being made.
MOST_AT_ONCE = 5
#: Before reading: somebody waits for it.
_PRIORITY = jobs.PRIORITY_READ - 20


class ExportGoneError(AktaError):
    """The file is not there any more: expired, withdrawn, or lost with the machine it lay on."""

    code = "export_gone"


class ExportWithheldError(ConflictError):
    """The file holds a record that the one who asked may not see any more."""

    code = "export_withheld"


@dataclass(frozen=True, slots=True)
class ExportDraft:
    """What is asked for: `format` is csv, xlsx or zip, `language` pl or en (headers and words).

    With `sensitive` the table has the values of sensitive fields, which is written down of each record.
    """

    query: str
    format: str
    sort: str = "newest"
    language: str = "en"
    for_excel: bool = False
    sensitive: bool = False


@dataclass(frozen=True, slots=True)
class Download:
    """An export's file, open for reading; the caller closes it."""

    source: BinaryIO
    size: int
    media_type: str
    file_name: str


class Exports:
    """Exports of people; `folder` is where their files lie, shared by all processes of the archive."""

    def __init__(self, audit: AuditLog, clock: Clock, folder: Path) -> None:
        self._audit = audit
        self._clock = clock
        self.folder = folder

    def ask(self, session: Session, principal: Principal, draft: ExportDraft) -> Export:
        """Have an export made by a job. Raises InvalidError, QueryError, ConflictError."""
        principal.require(Right.READ)
        person = person_of(principal)
        if draft.format not in FORMATS:
            raise InvalidError(f"There is no format '{draft.format}'. Formats: {', '.join(FORMATS)}.")
        if draft.sort not in SORTS:
            raise InvalidError(f"There is no order '{draft.sort}'. Orders: {', '.join(SORTS)}.")
        if draft.language not in ("pl", "en"):
            raise InvalidError("Languages are pl and en.")
        if not draft.query.strip():
            raise InvalidError("Say what is to be exported: type a query first.")
        parse(draft.query)
        busy = select(func.count()).where(Export.person == person, Export.state.in_(IN_PROGRESS))
        if (session.scalar(busy) or 0) >= MOST_AT_ONCE:
            raise ConflictError("Your other exports are still being made. Wait for one, or cancel it.")
        now = self._clock.now()
        made = Export(
            id=new_id(),
            person=person,
            actor=principal.actor,
            name=principal.name[:120],
            query=draft.query.strip(),
            sort=draft.sort,
            format=draft.format,
            language=draft.language,
            for_excel=draft.for_excel,
            sensitive=draft.sensitive,
            state="waiting",
            found=0,
            done=0,
            records=0,
            left_out=0,
            problems=0,
            size=0,
            asked_at=now,
        )
        session.add(made)
        session.flush()
        # The words of the query stay out of the log: they may name people, and it is kept for good.
        self.note(
            session,
            principal.actor,
            "export.requested",
            made,
            format=made.format,
            **({"sensitive": True} if made.sensitive else {}),
        )
        jobs.enqueue(
            session, JOB_EXPORT, {"export": made.id}, key=key_of(made.id), now=now, priority=_PRIORITY
        )
        return made

    def get(self, session: Session, principal: Principal, export_id: str) -> Export:
        """One's own export. Raises NotFoundError."""
        principal.require(Right.READ)
        own = select(Export).where(Export.id == export_id, Export.person == person_of(principal))
        made = session.scalars(own).first()
        if made is None:
            raise NotFoundError("There is no such export.", export=export_id)
        return made

    def list(self, session: Session, principal: Principal, *, limit: int = 50) -> Sequence[Export]:
        """One's own exports, the newest first."""
        principal.require(Right.READ)
        own = select(Export).where(Export.person == person_of(principal))
        return session.scalars(own.order_by(Export.id.desc()).limit(limit)).all()

    def cancel(self, session: Session, principal: Principal, export_id: str) -> Export:
        """Stop one that is being made. Raises NotFoundError, ConflictError."""
        self.get(session, principal, export_id)
        now = self._clock.now()
        # The job first: its worker locks it first, too.
        jobs.cancel(session, [key_of(export_id)], "cancelled by the one who asked", now)
        jobs.settle(session, [key_of(export_id)], now)  # nobody needs to see to it
        made = self._locked(session, principal, export_id)
        if made.state not in IN_PROGRESS:
            raise ConflictError("This export is not being made any more.", state=made.state)
        self._end(session, made, "cancelled")
        self.note(session, principal.actor, "export.cancelled", made)
        return made

    def remove(self, session: Session, principal: Principal, export_id: str) -> None:
        """Delete a finished one with its file. Raises NotFoundError, ConflictError."""
        made = self._locked(session, principal, export_id)
        if made.state in IN_PROGRESS:
            raise ConflictError("This export is being made. Cancel it first.", state=made.state)
        session.execute(delete(ExportRecord).where(ExportRecord.export_id == made.id))
        session.delete(made)
        self._remove_files_later(session, [made.id])
        self.note(session, principal.actor, "export.deleted", made)

    def open(self, session: Session, principal: Principal, export_id: str) -> Download:
        """The file, if it is still there and every record in it may still be seen.

        Asked of the database record by record, at each download. Raises NotFoundError, ConflictError,
        ExportGoneError, ExportWithheldError.
        """
        made = self._locked(session, principal, export_id)
        if made.state in ("expired", "withdrawn") or self._is_over(made):
            raise ExportGoneError("This export is over. Ask for it again.", state=made.state)
        if made.state != "ready" or made.file is None:
            raise ConflictError("This export is not ready.", state=made.state)
        if not self.is_whole(session, principal, made):
            raise ExportWithheldError(
                "A record in this export is not yours to see any more. Ask for it again."
            )
        try:
            source = (self.folder / made.file).open("rb")
        except FileNotFoundError as error:
            raise ExportGoneError("This export is over. Ask for it again.", state="expired") from error
        self.note(
            session, principal.actor, "export.downloaded", made, sha256=made.sha256, records=made.records
        )
        name = f"akta-{made.asked_at:%Y%m%d-%H%M%S}.{made.format}"
        return Download(source, made.size, FORMATS[made.format], name)

    def is_whole(self, session: Session, principal: Principal, made: Export) -> bool:
        """Whether the principal may still see every record that is in the file."""
        seen = (
            select(func.count())
            .select_from(ExportRecord)
            .join(Record, Record.id == ExportRecord.record_id)
            .where(ExportRecord.export_id == made.id, Record.state != "destroyed", visible_to(principal))
        )
        return principal.may(Right.READ) and session.scalar(seen) == made.records

    def on_destroyed(self, session: Session, event: RecordDestroyed) -> None:
        """The subscriber that withdraws exports with a destroyed record, in its destruction's transaction.

        From its commit on none of them can be downloaded or finished; a job of the same transaction
        deletes the files, and upkeep those that the job could not.
        """
        with_it = select(ExportRecord.export_id).where(ExportRecord.record_id == event.record_id)
        ids = list(session.scalars(with_it.order_by(ExportRecord.export_id)))
        if not ids:
            return
        query = select(Export).where(Export.id.in_(ids)).order_by(Export.id).with_for_update()
        for made in session.scalars(query.execution_options(populate_existing=True)).all():
            if made.state in (*IN_PROGRESS, "ready"):
                self._end(session, made, "withdrawn")
                self.note(session, "system:exports", "export.withdrawn", made)
        session.execute(delete(ExportRecord).where(ExportRecord.record_id == event.record_id))
        self._remove_files_later(session, ids, cause=event.record_id)

    def remove_files(self, claim: jobs.Claim, database: Database) -> None:
        """The handler of `indexer.remove_exports`."""
        for export_id in claim.payload["exports"]:
            self._unlink(export_id)
        with database.write() as session:
            jobs.finish(session, claim, self._clock.now())

    def expire(self, session: Session) -> int:
        """End what is over and forget what was said of it long ago; returns how many ended."""
        now = self._clock.now()
        due = select(Export).where(Export.state == "ready", Export.expires_at <= now).order_by(Export.id)
        over = session.scalars(due.limit(500).with_for_update()).all()
        for made in over:
            self._end(session, made, "expired")
            self.note(session, "system:exports", "export.expired", made)
        if over:
            self._remove_files_later(session, [made.id for made in over], cause=over[0].id)
        old = and_(Export.state.not_in((*IN_PROGRESS, "ready")), Export.ended_at < now - KEEP_ROW)
        ids = session.scalars(select(Export.id).where(old).limit(500)).all()
        session.execute(delete(ExportRecord).where(ExportRecord.export_id.in_(ids)))
        session.execute(delete(Export).where(Export.id.in_(ids)))
        return len(over)

    def sweep(self, session: Session) -> int:
        """Delete files that no export has or makes; returns how many."""
        files = {path.name: path for path in self.folder.glob("*")}
        ids = {name.partition(".")[0] for name in files}
        rows = select(Export.id, Export.state, Export.file).where(Export.id.in_([i for i in ids if is_id(i)]))
        known = {export_id: (state, file) for export_id, state, file in session.execute(rows)}
        removed = 0
        for name, path in files.items():
            state, file = known.get(name.partition(".")[0], (None, None))
            if state in IN_PROGRESS or (state == "ready" and file == name):
                continue
            path.unlink(missing_ok=True)
            removed += 1
        return removed

    def note(self, session: Session, actor: str, action: str, made: Export, **details: Any) -> None:
        """An audit entry about an export, in the caller's transaction."""
        self._audit.append(
            session,
            at=self._clock.now(),
            actor=actor,
            action=action,
            subject=f"export:{made.id}",
            details=details,
        )

    def note_records(
        self, session: Session, made: Export, ids: Sequence[str], shown: Mapping[str, Sequence[str]]
    ) -> None:
        """An audit entry for each of these records, that it is in this export of this person.

        `shown` are the sensitive fields that the export's table shows, by record.
        """
        for record_id in ids:
            if record_id in shown:
                self._audit.append(
                    session,
                    at=self._clock.now(),
                    actor=made.actor,
                    action="field.shown",
                    subject=f"record:{record_id}",
                    details={"fields": list(shown[record_id]), "export": made.id},
                )
            self._audit.append(
                session,
                at=self._clock.now(),
                actor=made.actor,
                action="record.exported",
                subject=f"record:{record_id}",
                details={"export": made.id},
            )

    # -- parts -------------------------------------------------------------

    def _locked(self, session: Session, principal: Principal, export_id: str) -> Export:
        self.get(session, principal, export_id)
        made = session.get(Export, export_id, with_for_update=True, populate_existing=True)
        if made is None:
            raise NotFoundError("There is no such export.", export=export_id)
        return made

    def _is_over(self, made: Export) -> bool:
        return made.state == "ready" and made.expires_at is not None and made.expires_at <= self._clock.now()

    def _end(self, session: Session, made: Export, state: str) -> None:
        made.state, made.ended_at = state, self._clock.now()
        made.file = None
        session.flush()
        session.execute(delete(ExportRecord).where(ExportRecord.export_id == made.id))

    def _remove_files_later(self, session: Session, ids: Sequence[str], cause: str = "") -> None:
        jobs.enqueue(
            session,
            JOB_REMOVE,
            {"exports": list(ids)},
            key=f"remove-exports:{cause or ids[0]}",
            now=self._clock.now(),
            priority=_PRIORITY,
        )

    def _unlink(self, export_id: str) -> None:
        if is_id(export_id):
            for path in self.folder.glob(f"{export_id}.*"):
                path.unlink(missing_ok=True)


def key_of(export_id: str) -> str:
    """The key of the job that makes an export."""
    return f"export:{export_id}"


def give_up(session: Session, export_id: str, reason: str, now: datetime) -> None:
    """Say that an export failed and why; nothing of it is kept."""
    session.execute(
        update(Export)
        .where(Export.id == export_id, Export.state.in_(IN_PROGRESS))
        .values(state="failed", reason=reason, ended_at=now, file=None)
    )
    session.execute(delete(ExportRecord).where(ExportRecord.export_id == export_id))


def as_data(made: Export, language: str, now: datetime) -> dict[str, Any]:
    """An export as plain data."""
    over = made.state == "ready" and made.expires_at is not None and made.expires_at <= now
    return {
        "id": made.id,
        "query": made.query,
        "sort": made.sort,
        "format": made.format,
        "language": made.language,
        "for_excel": made.for_excel,
        "sensitive": made.sensitive,
        "state": "expired" if over else made.state,
        "reason": {"code": made.reason, "text": words.reason(made.reason, language)} if made.reason else None,
        "found": made.found,
        "done": made.done,
        "records": made.records,
        "left_out": made.left_out,
        "problems": made.problems,
        "size": made.size,
        "sha256": made.sha256,
        "asked_at": made.asked_at.isoformat(),
        "ended_at": made.ended_at.isoformat() if made.ended_at else None,
        "expires_at": made.expires_at.isoformat() if made.expires_at else None,
    }
