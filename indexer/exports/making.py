"""The job that makes an export.

One query tells what fits, within the asker's grants. Then batch by batch: the database is asked which of
the records the asker may see now, these are written down as being in the file, and only then is their
data written. The last transaction asks once more for all of them and lets the file be downloaded; a record
destroyed or hidden meanwhile is seen there at the latest, and the export is made anew without it.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from akta.access.principal import Principal
from akta.db.engine import Database
from akta.events.jobs import Claim, LeaseLostError, finish
from akta.kernel.clock import Clock
from akta.kernel.errors import AktaError, ConflictError
from akta.records.models import Record, Version
from akta.records.visibility import visible_to
from akta.storage.port import BlobMissingError, BlobStore
from indexer.exports.bundle import Bundle, entry_name
from indexer.exports.models import IN_PROGRESS, Export, ExportRecord
from indexer.exports.service import KEEP, Exports, give_up
from indexer.exports.sheets import CsvSheet, Sheet, XlsxSheet
from indexer.exports.table import headers, rows, shown_names
from indexer.hidden import hidden_of
from indexer.saved.people import principal_for

#: Records of one export; more is a matter for a backup or for programs.
MOST_RECORDS = 50_000
#: Bytes of the originals in one ZIP.
MOST_BYTES = 20 * 10**9
#: Records between two looks at the database: many of a table, few with their originals.
_BATCH, _BATCH_ZIP = 200, 25
_TITLES = {"en": "Records", "pl": "Dokumenty"}

#: Which records fit a query, in its order: (principal, query, order, at most) to ids.
Find = Callable[[Principal, str, str, int], list[str]]


class ExportFailedError(AktaError):
    """The export cannot be made; `reason` (a code of `indexer.exports.words`) says why."""

    code = "export_failed"

    def __init__(self, reason: str) -> None:
        super().__init__("The export cannot be made.", reason=reason)
        self.reason = reason


@dataclass(slots=True)
class _Work:
    """An export being made by one claim."""

    claim: Claim
    made: Export
    principal: Principal
    path: Path
    found: int = 0
    done: int = 0
    records: int = 0
    left_out: int = 0
    problems: int = 0


class ExportMaker:
    """Makes exports; `find` asks the index, `zone` is that of civil dates."""

    def __init__(
        self, database: Database, store: BlobStore, clock: Clock, exports: Exports, find: Find, zone: str
    ) -> None:
        self._db = database
        self._store = store
        self._clock = clock
        self._exports = exports
        self._find = find
        self._zone = zone

    def make(self, claim: Claim) -> None:
        """The handler of `indexer.export`."""
        try:
            work = self._begin(claim)
            if work is None:
                return
            try:
                self._write(work)
                self._finish(work)
            except BaseException:
                work.path.unlink(missing_ok=True)
                raise
        except ExportFailedError as error:
            with self._db.write() as session:
                finish(session, claim, self._clock.now())
                self._fail(session, claim, error.reason)

    def given_up(self, session: Session, claim: Claim, _error: str) -> None:
        """Say on the export that it failed, in the transaction that parks its job."""
        self._fail(session, claim, "failed")

    # -- steps -------------------------------------------------------------

    def _begin(self, claim: Claim) -> _Work | None:
        now = self._clock.now()
        with self._db.write() as session:
            claim.hold(session, now)
            made = session.get(Export, claim.payload["export"], with_for_update=True, populate_existing=True)
            if made is None or made.state not in IN_PROGRESS:
                finish(session, claim, now)
                return None
            principal = principal_for(session, made.person, made.actor, now)
            if principal is None:
                raise ExportFailedError("not_allowed")
            made.state, made.done, made.records, made.left_out, made.problems = "running", 0, 0, 0, 0
            session.flush()
            session.execute(delete(ExportRecord).where(ExportRecord.export_id == made.id))
        name = f"{made.id}.{claim.attempt}.{made.format}"
        self._exports.folder.mkdir(mode=0o700, exist_ok=True)
        return _Work(claim, made, principal, self._exports.folder / name)

    def _write(self, work: _Work) -> None:
        try:
            ids = self._find(work.principal, work.made.query, work.made.sort, MOST_RECORDS + 1)
        except AktaError as error:
            if error.code in ("query_invalid", "invalid"):
                raise ExportFailedError("query") from error
            raise
        if len(ids) > MOST_RECORDS:
            raise ExportFailedError("too_many")
        work.found = len(ids)
        with ExitStack() as stack:
            target = stack.enter_context(work.path.open("xb"))
            os.fchmod(target.fileno(), 0o600)
            if work.made.format == "zip":
                self._write_bundle(work, ids, target, stack)
            else:
                sheet = _sheet(work, target, stack)
                self._write_table(work, ids, sheet)
        with work.path.open("rb+") as written:
            os.fsync(written.fileno())

    def _write_table(self, work: _Work, ids: Sequence[str], sheet: Sheet) -> None:
        language = work.made.language
        sheet.add(headers(language))
        for records in self._batches(work, ids, _BATCH):
            with self._db.read() as session:
                for row in rows(session, records, language, self._zone, show=work.made.sensitive):
                    sheet.add(row)

    def _write_bundle(self, work: _Work, ids: Sequence[str], target: BinaryIO, stack: ExitStack) -> None:
        made = work.made
        table = work.path.with_name(f"{work.path.name}.csv")
        stack.callback(table.unlink, missing_ok=True)
        bundle = Bundle(target, work.path.with_name(f"{work.path.name}.lines"))
        stack.callback(bundle.close)
        with table.open("xb") as lines:
            sheet = CsvSheet(lines.write, for_excel=made.for_excel, language=made.language)
            sheet.add(headers(made.language))
            number = 0
            for records in self._batches(work, ids, _BATCH_ZIP):
                with self._db.read() as session:
                    for row in rows(session, records, made.language, self._zone, show=made.sensitive):
                        sheet.add(row)
                    originals = _originals(session, records)
                for record in records:
                    number += 1
                    self._add_original(work, bundle, number, record, originals.get(record.id))
        bundle.add_file("records.csv", table)
        bundle.finish(
            {
                "query": made.query,
                "order": made.sort,
                "asked_by": {"name": made.name, "actor": made.actor},
                "asked_at": made.asked_at.isoformat(),
                "made_at": self._clock.now().isoformat(),
                "counts": {
                    "found": work.found,
                    "records": work.records,
                    "left_out": work.left_out,
                    "problems": work.problems,
                },
            }
        )

    def _add_original(
        self, work: _Work, bundle: Bundle, number: int, record: Record, original: Version | None
    ) -> None:
        facts = {"record": record.id, "file_name": record.file_name, "title": record.title}
        if original is None:
            # Destroyed since the batch was read: the export is withdrawn, and this stops at the next look.
            raise ConflictError("A record changed meanwhile.", record=record.id)
        if bundle.bytes + original.size > MOST_BYTES:
            raise ExportFailedError("too_large")
        try:
            source = self._store.open(original.sha256)
        except BlobMissingError:
            work.problems += 1
            bundle.note({**facts, "path": None, "problem": "missing", "expected_sha256": original.sha256})
            return
        with source:
            name = entry_name(number, record.file_name)
            copied = bundle.add_original(name, source, facts, work.claim.check)
        if copied != original.sha256:
            work.problems += 1
            bundle.note({**facts, "path": name, "problem": "damaged", "expected_sha256": original.sha256})

    def _batches(self, work: _Work, ids: Sequence[str], size: int) -> Iterator[list[Record]]:
        """The records that may be seen now, in order; each batch is written down before it is handed out."""
        for start in range(0, len(ids), size):
            part = ids[start : start + size]
            with self._db.write() as session:
                work.claim.hold(session, self._clock.now())
                principal = principal_for(session, work.made.person, work.made.actor, self._clock.now())
                if principal is None:
                    raise ExportFailedError("not_allowed")
                work.principal = principal
                seen = select(Record).where(
                    Record.id.in_(part), Record.state != "destroyed", visible_to(principal)
                )
                found = {record.id: record for record in session.scalars(seen)}
                records = [found[i] for i in part if i in found]
                if records:
                    session.execute(
                        insert(ExportRecord),
                        [{"export_id": work.made.id, "record_id": record.id} for record in records],
                    )
                work.done += len(part)
                work.records += len(records)
                work.left_out += len(part) - len(records)
                _progress(session, work)
            yield records

    def _finish(self, work: _Work) -> None:
        size = work.path.stat().st_size
        digest = _digest(work.path, work.claim.check)
        self._note_confidential(work)
        now = self._clock.now()
        with self._db.write() as session:
            finish(session, work.claim, now)
            made = session.get(Export, work.made.id, with_for_update=True, populate_existing=True)
            if made is None or made.state != "running":
                raise LeaseLostError("This export was cancelled or withdrawn.", job=work.claim.id)
            principal = principal_for(session, made.person, made.actor, now)
            if principal is None:
                raise ExportFailedError("not_allowed")
            made.records = work.records
            if not self._exports.is_whole(session, principal, made):
                raise ConflictError("A record changed meanwhile; the export is made anew.")
            made.state, made.ended_at, made.expires_at = "ready", now, now + KEEP
            made.done, made.left_out, made.problems = work.done, work.left_out, work.problems
            made.size, made.sha256, made.file = size, digest, work.path.name
            self._exports.note(
                session,
                "system:exports",
                "export.completed",
                made,
                records=made.records,
                left_out=made.left_out,
                problems=made.problems,
                size=size,
                sha256=digest,
            )

    def _note_confidential(self, work: _Work) -> None:
        """Confidential records that leave are in their own histories, too: who has them now.

        So are those whose sensitive fields the file shows, in its table or on the pages of an original.
        """
        last = ""
        while True:
            with self._db.write() as session:
                work.claim.hold(session, self._clock.now())
                query = (
                    select(Record)
                    .join(ExportRecord, ExportRecord.record_id == Record.id)
                    .where(ExportRecord.export_id == work.made.id, Record.id > last)
                    .order_by(Record.id)
                    .limit(_BATCH)
                )
                records = session.scalars(query).all()
                if not records:
                    return
                told = shown_names(session, records) if work.made.sensitive else {}
                on_pages = hidden_of(session, [r.id for r in records]) if work.made.format == "zip" else {}
                ids = [r.id for r in records if r.confidentiality > 1 or r.id in told or r.id in on_pages]
                self._exports.note_records(session, work.made, ids, told)
            last = records[-1].id

    def _fail(self, session: Session, claim: Claim, reason: str) -> None:
        made = session.get(Export, claim.payload["export"])
        if made is not None and made.state in IN_PROGRESS:
            give_up(session, made.id, reason, self._clock.now())
            self._exports.note(session, "system:exports", "export.failed", made, reason=reason)


def _sheet(work: _Work, target: BinaryIO, stack: ExitStack) -> Sheet:
    made = work.made
    if made.format == "csv":
        return CsvSheet(target.write, for_excel=made.for_excel, language=made.language)
    return stack.enter_context(XlsxSheet(target, _TITLES[made.language]))


def _progress(session: Session, work: _Work) -> None:
    done = session.execute(
        update(Export)
        .where(Export.id == work.made.id, Export.state == "running")
        .values(found=work.found, done=work.done, records=work.records, left_out=work.left_out)
    )
    if done.rowcount != 1:  # type: ignore[attr-defined]
        raise LeaseLostError("This export was cancelled or withdrawn.", job=work.claim.id)


def _originals(session: Session, records: Sequence[Record]) -> dict[str, Version]:
    """The first versions of records: what came in."""
    query = select(Version).where(Version.record_id.in_([r.id for r in records]), Version.number == 1)
    return {version.record_id: version for version in session.scalars(query)}


def _digest(path: Path, check: Callable[[], None]) -> str:
    digest = sha256()
    with path.open("rb") as source:
        while chunk := source.read(1 << 20):
            check()
            digest.update(chunk)
    return digest.hexdigest()
