"""Asking for packages, downloading them, and recording that somebody took them over.

A package's file lies in a folder of its own, never among the blobs: it holds copies of records and goes
with the first of them that is destroyed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from akta.access.principal import Principal
from akta.access.roles import Right
from akta.audit.log import AuditLog
from akta.events.jobs import PRIORITY_RENDER, enqueue
from akta.kernel.clock import Clock
from akta.kernel.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from akta.kernel.ids import is_id, new_id
from akta.records.blobs import keep_evidence
from akta.records.events import RecordDestroyed
from akta.records.models import Case, Record
from akta.records.visibility import visible_to
from akta.storage.port import Blob, BlobStore
from retention.disposition.models import Disposition, DispositionItem, Transfer, TransferRecord
from retention.disposition.proposing import person_of
from retention.requests.models import SubjectItem, SubjectRequest

JOB_TRANSFER = "retention.transfer"
JOB_REMOVE = "retention.remove_transfers"
#: Decisions of a request by which a person is given a paper.
GIVEN = ("give", "redact")
IN_PROGRESS = ("waiting", "running")


@dataclass(frozen=True, slots=True)
class Package:
    """A package's file, open for reading; the caller closes it."""

    source: BinaryIO
    size: int
    file_name: str


class Transfers:
    """Packages of an archive; `folder` is where their files lie, shared by all its processes."""

    def __init__(self, audit: AuditLog, clock: Clock, store: BlobStore, folder: Path) -> None:
        self._audit = audit
        self._clock = clock
        self._store = store
        self.folder = folder

    def ask_for_disposition(
        self, session: Session, principal: Principal, disposition_id: str, recipient: str
    ) -> Transfer:
        """Have a package made of the records that a disposition hands over. ConflictError: there are none."""
        principal.require(Right.DISPOSE)
        person = person_of(principal)
        made = session.get(Disposition, disposition_id)
        ids = session.scalars(
            select(DispositionItem.record_id)
            .join(Record, Record.id == DispositionItem.record_id)
            .where(
                DispositionItem.disposition_id == disposition_id,
                DispositionItem.action == "transfer",
                DispositionItem.decision.in_(("open", "accept")),
                DispositionItem.outcome.is_(None),
                Record.state != "destroyed",
                visible_to(principal),
            )
        ).all()
        if made is None or (not ids and made.proposer != person):
            raise NotFoundError("There is no such disposition.", disposition=disposition_id)
        if not ids or made.state != "proposed":
            raise ConflictError("Nothing in this disposition waits to be handed over.", state=made.state)
        return self._ask(session, principal, person, "batch", recipient, ids, disposition_id=disposition_id)

    def ask_for_case(
        self, session: Session, principal: Principal, case_id: str, kind: str, recipient: str
    ) -> Transfer:
        """Have a package made of all papers of a case: plain (`case`), or an employee's file (`pl_hr`)."""
        principal.require(Right.DISPOSE)
        person = person_of(principal)
        if kind not in ("case", "pl_hr"):
            raise InvalidError("A package of a case is of kind case or pl_hr.")
        inside = select(Record.id).where(Record.case_id == case_id, Record.state == "filed")
        ids = session.scalars(inside.where(visible_to(principal))).all()
        if session.get(Case, case_id) is None or not ids:
            raise NotFoundError("There is no such case.", case=case_id)
        hidden = select(func.count()).where(
            Record.case_id == case_id, Record.state == "filed", ~visible_to(principal)
        )
        if session.scalar(hidden):
            raise ForbiddenError(
                "The case holds papers that you may not see. Who sees all must hand it over."
            )
        return self._ask(session, principal, person, kind, recipient, ids, case_id=case_id)

    def ask_for_request(self, session: Session, principal: Principal, request_id: str) -> Transfer:
        """Have a package made of what is given to a person: of redacted papers the copy without the areas."""
        principal.require(Right.DISPOSE)
        person = person_of(principal)
        made = session.get(SubjectRequest, request_id)
        if made is None:
            raise NotFoundError("There is no such request.", request=request_id)
        given = (
            select(SubjectItem.record_id)
            .join(Record, Record.id == SubjectItem.record_id)
            .where(SubjectItem.request_id == request_id, SubjectItem.decision.in_(GIVEN))
            .where(Record.state != "destroyed", visible_to(principal))
        )
        ids = session.scalars(given).all()
        if not ids:
            raise ConflictError("Nothing in this request is to be given out.")
        return self._ask(session, principal, person, "subject", made.subject, ids, request_id=request_id)

    def _ask(
        self,
        session: Session,
        principal: Principal,
        person: str,
        kind: str,
        recipient: str,
        ids: Sequence[str],
        *,
        disposition_id: str | None = None,
        case_id: str | None = None,
        request_id: str | None = None,
    ) -> Transfer:
        if not recipient.strip():
            raise InvalidError("Say to whom the papers are handed over.")
        now = self._clock.now()
        made = Transfer(
            id=new_id(),
            disposition_id=disposition_id,
            case_id=case_id,
            request_id=request_id,
            kind=kind,
            state="waiting",
            recipient=recipient.strip()[:200],
            asked_by=principal.actor,
            person=person,
            asked_at=now,
            records=0,
            size=0,
        )
        session.add(made)
        session.flush()
        self._audit.note(
            session, now, principal.actor, "transfer.requested", f"transfer:{made.id}", records=len(ids)
        )
        enqueue(
            session,
            JOB_TRANSFER,
            {"transfer": made.id},
            key=f"transfer:{made.id}",
            now=now,
            priority=PRIORITY_RENDER,
        )
        return made

    def get(self, session: Session, principal: Principal, transfer_id: str) -> Transfer:
        """A package, if all that is in it may be seen. Raises NotFoundError."""
        if not {Right.DISPOSE, Right.AUDIT} & principal.rights:
            raise ForbiddenError("Packages are for officers and auditors.")
        made = session.get(Transfer, transfer_id, populate_existing=True)
        hidden = (
            select(TransferRecord.record_id)
            .join(Record, Record.id == TransferRecord.record_id)
            .where(TransferRecord.transfer_id == transfer_id, ~visible_to(principal))
        )
        if made is None or session.scalar(hidden.limit(1)) is not None:
            raise NotFoundError("There is no such package.", transfer=transfer_id)
        return made

    def open(self, session: Session, principal: Principal, transfer_id: str) -> Package:
        """The file, to hand it over; each download is in the log. Raises ConflictError if it is not there."""
        principal.require(Right.DISPOSE)
        made = self.get(session, principal, transfer_id)
        if made.state != "ready" or made.file is None:
            raise ConflictError("The package is not ready, or it is gone.", state=made.state)
        try:
            source = (self.folder / made.file).open("rb")
        except FileNotFoundError as error:
            raise ConflictError("The package is gone. Ask for it again.", state="removed") from error
        now = self._clock.now()
        self._audit.note(
            session, now, principal.actor, "transfer.downloaded", f"transfer:{made.id}", sha256=made.sha256
        )
        return Package(source, made.size, f"akta-{made.kind}-{made.id}.zip")

    def record_receipt(
        self,
        session: Session,
        principal: Principal,
        transfer_id: str,
        reference: str,
        receipt: Blob | None = None,
        media_type: str = "application/octet-stream",
    ) -> Transfer:
        """Write down that the recipient confirmed to have taken the package over, and keep what they sent.

        Only after that may the records go. Raises InvalidError without a reference, ConflictError if there is
        a receipt already or no package was made.
        """
        principal.require(Right.DISPOSE)
        self.get(session, principal, transfer_id)
        made = session.get_one(Transfer, transfer_id, with_for_update=True, populate_existing=True)
        if not reference.strip():
            raise InvalidError("Give the receipt's number, or say how it can be found.")
        if made.receipt_at is not None:
            raise ConflictError("There is a receipt for this package already.")
        if made.sha256 is None:
            raise ConflictError("The package is not made yet.", state=made.state)
        now = self._clock.now()
        if receipt is not None:
            keep_evidence(
                session, self._store, "receipt", f"transfer:{made.id}", receipt, media_type[:120], now
            )
            made.receipt_sha256 = receipt.sha256
        made.receipt_reference, made.receipt_by = reference.strip()[:200], principal.actor
        made.receipt_at = now
        self._audit.note(
            session,
            now,
            principal.actor,
            "transfer.receipt_recorded",
            f"transfer:{made.id}",
            package=made.sha256,
            reference=made.receipt_reference,
            receipt=made.receipt_sha256,
        )
        session.flush()
        return made

    def remove(self, session: Session, principal: Principal, transfer_id: str) -> None:
        """Delete a package's file; what is said of it stays."""
        principal.require(Right.DISPOSE)
        self.get(session, principal, transfer_id)
        made = session.get_one(Transfer, transfer_id, with_for_update=True, populate_existing=True)
        if made.state in IN_PROGRESS:
            raise ConflictError("The package is being made. Wait until it is there.", state=made.state)
        self._gone(session, [made.id], made.id)
        self._audit.note(
            session, self._clock.now(), principal.actor, "transfer.removed", f"transfer:{made.id}"
        )

    def on_destroyed(self, session: Session, event: RecordDestroyed) -> None:
        """The subscriber by which packages go with the first record in them that is destroyed."""
        ids = session.scalars(
            select(Transfer.id)
            .join(TransferRecord, TransferRecord.transfer_id == Transfer.id)
            .where(TransferRecord.record_id == event.record_id, Transfer.state != "removed")
            .order_by(Transfer.id)
        ).all()
        if ids:
            self._gone(session, ids, event.record_id)

    def _gone(self, session: Session, ids: Sequence[str], cause: str) -> None:
        session.execute(
            update(Transfer)
            .where(Transfer.id.in_(ids))
            .values(state="removed", file=None, ended_at=self._clock.now())
        )
        enqueue(
            session,
            JOB_REMOVE,
            {"transfers": list(ids)},
            key=f"remove-transfers:{cause}",
            now=self._clock.now(),
            priority=PRIORITY_RENDER,
        )

    def unlink(self, ids: Sequence[str]) -> None:
        """Delete the files of packages."""
        for transfer_id in ids:
            if is_id(transfer_id):
                for path in self.folder.glob(f"{transfer_id}.*"):
                    path.unlink(missing_ok=True)

    def sweep(self, session: Session) -> int:
        """Delete files that no package has or makes; returns how many."""
        removed = 0
        for path in self.folder.glob("*"):
            made = session.get(Transfer, path.name.partition(".")[0])
            if made is not None and (made.state in IN_PROGRESS or made.file == path.name):
                continue
            path.unlink(missing_ok=True)
            removed += 1
        return removed


def list_transfers(session: Session, principal: Principal, *, limit: int = 100) -> list[Transfer]:
    """The packages of which all may be seen, the newest first."""
    if not {Right.DISPOSE, Right.AUDIT} & principal.rights:
        raise ForbiddenError("Packages are for officers and auditors.")
    hidden = (
        select(TransferRecord.record_id)
        .join(Record, Record.id == TransferRecord.record_id)
        .where(TransferRecord.transfer_id == Transfer.id, ~visible_to(principal))
        .exists()
    )
    return list(session.scalars(select(Transfer).where(~hidden).order_by(Transfer.id.desc()).limit(limit)))


def forget_records(session: Session, transfer_id: str) -> None:
    """Take back what a package being made was said to hold: it is begun anew."""
    session.execute(delete(TransferRecord).where(TransferRecord.transfer_id == transfer_id))
