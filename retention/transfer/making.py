"""The job that makes a package: which records are in it is committed before their bytes are written."""

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO, Final

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from akta import VERSION
from akta.access.accounts import principal_of
from akta.access.roles import Right
from akta.audit.log import AuditLog
from akta.db.engine import Database
from akta.events.jobs import Claim, finish
from akta.kernel.clock import Clock, civil_date
from akta.kernel.errors import AktaError
from akta.records.models import Field, Record, Rendition, Version
from akta.records.renditions import REDACTED
from akta.records.visibility import visible_to
from akta.storage.port import BlobMissingError, BlobStore
from retention.disposition.models import DispositionItem, Transfer, TransferRecord
from retention.requests.models import SubjectItem
from retention.transfer.bag import BagWriter, Entry
from retention.transfer.checking import check_package
from retention.transfer.describing import METS, ORIGINALS, PREMIS, RECORDS, Packed, mets, premis
from retention.transfer.personnel import LIST_CSV, LIST_XML, in_parts, list_csv, list_xml
from retention.transfer.service import GIVEN, IN_PROGRESS, Transfers, forget_records

_CHUNK: Final = 1 << 20
_MAKER: Final = f"Akta {VERSION}"


class _FailedError(AktaError):
    """The package cannot be made; the message is a code of `WHY`."""


#: Why a package failed, in English and Polish.
WHY: Final = {
    "not_allowed": (
        "Whoever asked for it may not run dispositions any more.",
        "Osoba, która o to prosiła, nie prowadzi już brakowania.",
    ),
    "hidden": (
        "A record in it is not to be seen any more by whoever asked.",
        "Osoba, która o to prosiła, nie ma już dostępu do któregoś dokumentu.",
    ),
    "missing": (
        "An original is missing or damaged; 'akta verify' names it.",
        "Brakuje oryginału albo jest uszkodzony; wskaże go 'akta verify'.",
    ),
    "failed": (
        "It could not be made. Ask for it again.",
        "Nie udało się przygotować paczki. Zamów ją ponownie.",
    ),
}


@dataclass(frozen=True, slots=True)
class _Bytes:
    """What is packed of a record: its original, or a copy of it."""

    sha256: str
    media_type: str | None


@dataclass(frozen=True, slots=True)
class _Plan:
    """What goes into a package: each record, its original, its place."""

    made: Transfer
    person: str
    records: list[tuple[Record, _Bytes, str]]
    fields: dict[str, dict[str, str]]
    rows: list[dict[str, str]]


class TransferMaker:
    """Makes packages; `zone` is that of civil dates."""

    def __init__(
        self,
        database: Database,
        store: BlobStore,
        audit: AuditLog,
        clock: Clock,
        transfers: Transfers,
        zone: str,
    ) -> None:
        self._db = database
        self._store = store
        self._audit = audit
        self._clock = clock
        self._transfers = transfers
        self._zone = zone

    def make(self, claim: Claim) -> None:
        """The handler of `retention.transfer`."""
        try:
            plan = self._begin(claim)
            if plan is None:
                return
            path = self._transfers.folder / f"{plan.made.id}.{claim.attempt}.zip"
            try:
                self._write(claim, plan, path)
                checked = check_package(path)
                if not checked.holds:
                    raise _FailedError("failed", detail=checked.problems[0])
                self._finish(claim, plan, path)
            except BaseException:
                path.unlink(missing_ok=True)
                raise
        except _FailedError as error:
            with self._db.write() as session:
                finish(session, claim, self._clock.now())
                self._fail(session, claim, error.message)

    def given_up(self, session: Session, claim: Claim, _error: str) -> None:
        """Say on the package that it failed, in the transaction that parks its job."""
        self._fail(session, claim, "failed")

    def remove(self, claim: Claim) -> None:
        """The handler of `retention.remove_transfers`."""
        self._transfers.unlink(claim.payload["transfers"])
        with self._db.write() as session:
            finish(session, claim, self._clock.now())

    # -- steps -------------------------------------------------------------

    def _begin(self, claim: Claim) -> _Plan | None:
        now = self._clock.now()
        with self._db.write() as session:
            claim.hold(session, now)
            made = session.get(
                Transfer, claim.payload["transfer"], with_for_update=True, populate_existing=True
            )
            if made is None or made.state not in IN_PROGRESS:
                finish(session, claim, now)
                return None
            principal = principal_of(session, made.person)
            if principal is None or not principal.may(Right.DISPOSE):
                raise _FailedError("not_allowed")
            records = self._wanted(session, made)
            seen = set(
                session.scalars(
                    select(Record.id).where(
                        Record.id.in_(select(Record.id).where(self._inside(made))), visible_to(principal)
                    )
                )
            )
            if not records or any(record.id not in seen for record in records):
                raise _FailedError("hidden")
            forget_records(session, made.id)
            session.execute(
                insert(TransferRecord),
                [{"transfer_id": made.id, "record_id": r.id, "sha256": r.sha256} for r in records],
            )
            made.state = "running"
            plan = self._plan(session, made, records, principal.name)
        self._transfers.folder.mkdir(mode=0o700, exist_ok=True)
        return plan

    def _inside(self, made: Transfer) -> Any:
        if made.request_id is not None:
            given = select(SubjectItem.record_id).where(
                SubjectItem.request_id == made.request_id, SubjectItem.decision.in_(GIVEN)
            )
            return Record.id.in_(given)
        if made.disposition_id is None:
            return Record.case_id == made.case_id
        listed = select(DispositionItem.record_id).where(
            DispositionItem.disposition_id == made.disposition_id,
            DispositionItem.action == "transfer",
            DispositionItem.decision.in_(("open", "accept")),
        )
        return Record.id.in_(listed)

    def _wanted(self, session: Session, made: Transfer) -> list[Record]:
        query = select(Record).where(self._inside(made), Record.state.in_(("filed", "rejected", "review")))
        return list(session.scalars(query.order_by(Record.id)))

    def _plan(self, session: Session, made: Transfer, records: Sequence[Record], person: str) -> _Plan:
        ids = select(TransferRecord.record_id).where(TransferRecord.transfer_id == made.id)
        first = select(Version).where(Version.record_id.in_(ids), Version.number == 1)
        originals = {
            version.record_id: _Bytes(version.sha256, version.media_type)
            for version in session.scalars(first)
        }
        if made.request_id is not None:
            originals |= self._redacted(session, made.request_id)
        if any(record.id not in originals for record in records):
            raise _FailedError("missing")
        fields: dict[str, dict[str, str]] = {}
        for record_id, name, value in session.execute(
            select(Field.record_id, Field.name, Field.value).where(Field.record_id.in_(ids))
        ):
            fields.setdefault(record_id, {})[name] = value
        placed: list[tuple[Record, _Bytes, str]] = []
        rows: list[dict[str, str]] = []
        if made.kind == "pl_hr":
            for part, number, record in in_parts(records):
                path = f"{ORIGINALS}/{part}/{number:04d}{_ending(record.file_name)}"
                placed.append((record, originals[record.id], path))
                rows.append(_row(part, number, record, path))
        else:
            for number, record in enumerate(records, start=1):
                whole = originals[record.id].sha256 == record.sha256
                path = f"{ORIGINALS}/{number:06d}{_ending(record.file_name) if whole else '.pdf'}"
                placed.append((record, originals[record.id], path))
        return _Plan(made, person, placed, fields, rows)

    def _redacted(self, session: Session, request_id: str) -> dict[str, "_Bytes"]:
        """The newest redacted copies of what a person is given with areas blacked out."""
        copies = (
            select(Rendition)
            .join(SubjectItem, SubjectItem.record_id == Rendition.record_id)
            .where(
                SubjectItem.request_id == request_id,
                SubjectItem.decision == "redact",
                Rendition.kind == REDACTED,
            )
            .order_by(Rendition.page)
        )
        return {one.record_id: _Bytes(one.sha256, one.media_type) for one in session.scalars(copies)}

    def _write(self, claim: Claim, plan: _Plan, path: Path) -> None:
        now = self._clock.now()
        made = plan.made
        with path.open("xb") as target:
            os.fchmod(target.fileno(), 0o600)
            bag = BagWriter(target, made.id, claim.check)
            try:
                packed = [self._add(bag, plan, *placed) for placed in plan.records]
                besides = [
                    bag.add_text(RECORDS, _records_json(packed)),
                    bag.add_text(PREMIS, premis(made.id, now, packed, plan.person, _MAKER)),
                ]
                if plan.rows:
                    besides.append(bag.add_text(LIST_CSV, list_csv(plan.rows)))
                    besides.append(bag.add_text(LIST_XML, list_xml(plan.rows)))
                bag.add_text(METS, mets(made.id, now, packed, besides, _MAKER))
                bag.finish(
                    {
                        "Source-Organization": "Akta",
                        "External-Identifier": made.id,
                        "External-Description": f"Records handed over to {made.recipient}",
                        "Bag-Software-Agent": _MAKER,
                    },
                    civil_date(now, self._zone),
                )
            finally:
                bag.close()
        with path.open("rb+") as written:
            os.fsync(written.fileno())

    def _add(self, bag: BagWriter, plan: _Plan, record: Record, original: _Bytes, path: str) -> Packed:
        try:
            source: BinaryIO = self._store.open(original.sha256)
        except BlobMissingError as error:
            raise _FailedError("missing") from error
        with source:
            entry: Entry = bag.add(path, source)
        if entry.sha256 != original.sha256:
            raise _FailedError("missing")
        facts = {
            "id": record.id,
            "file": path.removeprefix("data/"),
            "sha256": record.sha256,
            "file_name": record.file_name,
            "title": record.title,
            "domain": record.domain,
            "doc_type": record.subtype or record.doc_type,
            "document_date": _day(record.document_date),
            "class": record.class_code,
            "kept_through": _day(record.retain_through),
            "received_at": record.received_at.isoformat(),
            "parent": record.parent_id,
            "case": record.case_id,
            "pages": record.page_count,
            "fields": plan.fields.get(record.id, {}),
        }
        if original.sha256 != record.sha256:
            # What is blacked out may stand in what was read: of a redacted paper only the copy goes out.
            facts |= {"title": "", "file_name": "", "fields": {}, "sha256": entry.sha256, "parent": None}
        kind = original.media_type or record.media_type or "application/octet-stream"
        return Packed(entry, record.id, kind, record.received_at.isoformat(), facts)

    def _finish(self, claim: Claim, plan: _Plan, path: Path) -> None:
        digest = _digest(path, claim)
        now = self._clock.now()
        with self._db.write() as session:
            claim.hold(session, now)
            made = session.get_one(Transfer, plan.made.id, with_for_update=True, populate_existing=True)
            if made.state == "running":
                made.state, made.ended_at = "ready", now
                made.file, made.size, made.sha256 = path.name, path.stat().st_size, digest
                made.records, made.reason = len(plan.records), None
                self._audit.note(
                    session,
                    now,
                    "system:transfer",
                    "transfer.made",
                    f"transfer:{made.id}",
                    sha256=digest,
                    records=made.records,
                )
            else:  # a record in it was destroyed meanwhile
                path.unlink(missing_ok=True)
            finish(session, claim, now)

    def _fail(self, session: Session, claim: Claim, reason: str) -> None:
        transfer_id = claim.payload["transfer"]
        session.execute(
            update(Transfer)
            .where(Transfer.id == transfer_id, Transfer.state.in_(IN_PROGRESS))
            .values(state="failed", reason=reason, ended_at=self._clock.now(), file=None)
        )
        forget_records(session, transfer_id)


def _row(part: str, number: int, record: Record, path: str) -> dict[str, str]:
    return {
        "czesc": part,
        "numer": str(number),
        "nazwa": record.title or record.file_name,
        "data": _day(record.document_date) or "",
        "strony": str(record.page_count),
        "plik": path.removeprefix("data/"),
        "sha256": record.sha256,
    }


def _records_json(packed: Sequence[Packed]) -> str:
    return json.dumps({"records": [p.facts for p in packed]}, ensure_ascii=False, indent=1) + "\n"


def _ending(file_name: str) -> str:
    """The ending of a file's name if it is a plain one: names themselves are in the descriptions."""
    _, dot, ending = file_name.rpartition(".")
    plain = ending.lower()
    return f".{plain}" if dot and plain.isascii() and plain.isalnum() and len(plain) <= 8 else ""


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _digest(path: Path, claim: Claim) -> str:
    digest = sha256()
    with path.open("rb") as source:
        while chunk := source.read(_CHUNK):
            claim.check()
            digest.update(chunk)
    return digest.hexdigest()
