"""Receiving: bytes are safe and have a receipt before anything else happens to them.

Any channel stores the bytes first (`BlobStore.put`) and then calls `receive`
inside one transaction that writes receipt, record, first version, audit entry
and job. Only after its commit may the channel answer its sender.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from akta.access.principal import Principal, system
from akta.access.roles import Right
from akta.audit.log import AuditLog
from akta.events.jobs import enqueue, settle
from akta.kernel.ids import new_id
from akta.records.blobs import claim_blob
from akta.records.guard import changed, inherit_holds
from akta.records.models import Receipt, Record, Version
from akta.records.reconciliation import without_job, work_on
from akta.records.visibility import visible_to
from akta.storage.port import Blob, BlobStore
from ingest.jobnames import JOB_PROCESS

MAX_NAME = 400
#: Papers asked for again in one transaction.
_RESUMED_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Arrival:
    """A file that a channel has stored. `file_name` is untrusted. `parent` is the paper it was found in."""

    blob: Blob
    file_name: str
    channel: str
    parent: Record | None = None


def receive(
    session: Session,
    audit: AuditLog,
    store: BlobStore,
    principal: Principal,
    arrival: Arrival,
    now: datetime,
) -> Receipt:
    """Take a stored file in and return its receipt.

    The same bytes again give a receipt that points to the record already there,
    if the sender may see that one; a record that was rejected or destroyed does
    not count, so a paper can be taken up again.
    """
    principal.require(Right.ADD)
    claim_blob(session, store, arrival.blob.sha256)
    name = clean_name(arrival.file_name)
    twin = None if arrival.parent else _twin(session, principal, arrival.blob.sha256)
    owner_id = arrival.parent.owner_id if arrival.parent else principal.user_id
    record = twin or _new_record(session, arrival, name, owner_id, now)
    receipt = Receipt(
        id=new_id(),
        record_id=record.id,
        duplicate=twin is not None,
        channel=arrival.channel,
        actor=principal.actor,
        owner_id=owner_id,
        file_name=name,
        sha256=arrival.blob.sha256,
        size=arrival.blob.size,
        received_at=now,
    )
    session.add(receipt)
    if twin is None:
        session.add(
            Version(
                id=new_id(),
                record_id=record.id,
                number=1,
                sha256=arrival.blob.sha256,
                size=arrival.blob.size,
                actor=principal.actor,
                created_at=now,
            )
        )
        request_processing(session, record.id, now)
        changed(session, record)
    audit.append(
        session,
        at=now,
        actor=principal.actor,
        action="record.received" if twin is None else "record.received_again",
        subject=f"record:{record.id}",
        details={
            "receipt": receipt.id,
            "sha256": receipt.sha256,
            "size": receipt.size,
            "channel": arrival.channel,
        },
    )
    return receipt


def request_processing(session: Session, record_id: str, now: datetime) -> None:
    """Ask for a record to be read, in the caller's transaction."""
    enqueue(session, JOB_PROCESS, {"record_id": record_id}, key=f"process:{record_id}", now=now)


def resume(session: Session, audit: AuditLog, now: datetime) -> int:
    """Ask again for records in progress that no job works on; returns for how many.

    A job is written with its record and ends with it, so this mends what somebody
    deleted, cancelled or restored by hand. Doing it twice changes nothing.
    """
    lost = session.scalars(
        select(Record.id)
        .where(without_job())
        .order_by(Record.id)
        .limit(_RESUMED_AT_ONCE)
        .with_for_update(skip_locked=True)
    ).all()
    for record_id in lost:
        settle(session, work_on(record_id), now)
        request_processing(session, record_id, now)
        audit.append(
            session,
            at=now,
            actor=system("upkeep").actor,
            action="record.resumed",
            subject=f"record:{record_id}",
            details={},
        )
    return len(lost)


def clean_name(name: str) -> str:
    """A file name fit to be shown: the last path part, printable, at most 400 characters.

    Control and bidirectional characters are replaced, so that a name cannot
    pretend to be another.
    """
    last = name.replace("\\", "/").rstrip("/").rsplit("/", 1)[-1]
    shown = "".join(c if c.isprintable() and c not in _BIDI else "\N{REPLACEMENT CHARACTER}" for c in last)
    shown = shown.encode("utf-8", "replace").decode("utf-8").strip()
    if len(shown) > MAX_NAME:
        head, _, tail = shown.rpartition(".")
        shown = f"{head[: MAX_NAME - 20]}….{tail}" if head and len(tail) < 12 else shown[: MAX_NAME - 1] + "…"
    return shown or "unnamed"


_BIDI = frozenset("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def _twin(session: Session, principal: Principal, sha256: str) -> Record | None:
    return session.scalars(
        select(Record)
        .where(
            Record.sha256 == sha256,
            Record.parent_id.is_(None),
            Record.state.not_in(("rejected", "destroyed")),
            visible_to(principal),
        )
        .order_by(Record.id)
        .limit(1)
    ).first()


def _new_record(session: Session, arrival: Arrival, name: str, owner_id: str | None, now: datetime) -> Record:
    record = Record(
        id=new_id(),
        parent_id=arrival.parent.id if arrival.parent else None,
        depth=arrival.parent.depth + 1 if arrival.parent else 0,
        state="received",
        row_version=0,
        file_name=name,
        title=name[:300],
        size=arrival.blob.size,
        sha256=arrival.blob.sha256,
        channel=arrival.channel,
        owner_id=owner_id,
        received_at=now,
        confidentiality=1,
        held=False,
    )
    session.add(record)
    session.flush()
    if arrival.parent is not None:
        inherit_holds(session, arrival.parent.id, record, now)
    return record
