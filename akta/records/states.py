"""What a record said at each point of the log: kept with every change, and committed to by the log.

A change of what is told of a record (kind, title, class, fields, pages) writes what it says now as a row,
and puts the row's SHA-256 into the audit entry of the same transaction. So each interim state can be
shown as it was, with proof that it is the one of then. The rows go with the record's content; the hash
that stays in the log says nothing, as each row begins with random letters.
"""

import json
import secrets
import zlib
from collections.abc import Iterable
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import ForeignKey, LargeBinary, String, event, inspect, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from akta.access.principal import Principal
from akta.audit.log import AuditLog, before_writing, pending, pending_log
from akta.audit.models import AuditEntry
from akta.audit.verifier import canonical, read_object
from akta.db.base import Base, Id, Instant
from akta.kernel.clock import Clock
from akta.kernel.errors import ConflictError, InvalidError, NotFoundError
from akta.kernel.ids import new_id
from akta.records.doctypes.current import current
from akta.records.doctypes.sensitive import sensitive_fields
from akta.records.masking import MASK, masked_field, sensitive_on
from akta.records.models import Field, Record, Version
from akta.records.visibility import get_visible

_TOUCHED = "akta.records.touched"
#: What is told of a record beside its fields. State, holds and keeping have entries of their own.
_TOLD = (
    *("title", "domain", "doc_type", "subtype", "class_code", "case_id"),
    *("confidentiality", "document_date", "language"),
)
_OF_A_FIELD = (
    *("name", "value", "raw", "page", "box", "confidence"),
    *("reader", "supported_by", "confirmed_by"),
)


class RecordState(Base):
    """What a record said from `at` on. `content` is canonical JSON, deflated; `digest` its SHA-256."""

    __tablename__ = "record_states"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    record_id: Mapped[str] = mapped_column(ForeignKey("records.id"), index=True)
    at: Mapped[datetime] = mapped_column(Instant)
    digest: Mapped[str] = mapped_column(String(64))
    content: Mapped[bytes] = mapped_column(LargeBinary)


class StateKeeper:
    """Keeps states in every transaction of this process from `start` on."""

    def __init__(self, audit: AuditLog, clock: Clock) -> None:
        self._audit = audit
        self._clock = clock

    def start(self) -> None:
        global _keeper
        _keeper = self

    def write(self, session: Session) -> None:
        """Write the states of the records that were touched, and their hashes into the entries."""
        for record_id in sorted(session.info.pop(_TOUCHED, ())):
            record = session.get(Record, record_id)
            if record is None or record.state == "destroyed":
                continue
            said = _said(session, record)
            if said == _last(session, record_id):
                continue
            content = canonical({"salt": secrets.token_hex(16), **said})
            digest = sha256(content.encode()).hexdigest()
            now = self._clock.now()
            session.add(
                RecordState(
                    id=new_id(),
                    record_id=record_id,
                    at=now,
                    digest=digest,
                    content=zlib.compress(content.encode(), 6),
                )
            )
            self._commit_to(session, f"record:{record_id}", digest, now)

    def _commit_to(self, session: Session, subject: str, digest: str, now: datetime) -> None:
        for facts in reversed(pending(session)):
            if facts["subject"] == subject:
                facts["state"] = digest
                return
        # It followed from something else, such as a party that got another name.
        log = pending_log(session) or self._audit
        log.append(session, at=now, actor="system:akta", action="record.changed", subject=subject)
        pending(session)[-1]["state"] = digest


_keeper: StateKeeper | None = None


def touch(session: Session, record_ids: Iterable[str]) -> None:
    """Say that what is told of records changes, where the session cannot see it: by a statement of SQL."""
    if _keeper is not None:
        session.info.setdefault(_TOUCHED, set()).update(record_ids)
        before_writing(session, _TOUCHED, _keeper.write)


@event.listens_for(Session, "before_flush")
def _see_changes(session: Session, _context: object, _instances: object) -> None:
    if _keeper is None:
        return
    found = {row.record_id for row in (*session.new, *session.dirty, *session.deleted) if type(row) is Field}
    found |= {row.record_id for row in session.new if type(row) is Version and row.number > 1}
    for row in session.dirty:
        if type(row) is Record:
            changes = inspect(row).attrs
            if any(changes[name].history.has_changes() for name in _TOLD):
                found.add(row.id)
    if found:
        touch(session, found)


@event.listens_for(Session, "after_rollback")
def _forget(session: Session) -> None:
    session.info.pop(_TOUCHED, None)


def _said(session: Session, record: Record) -> dict[str, Any]:
    version = session.execute(
        select(Version.number, Version.sha256)
        .where(Version.record_id == record.id)
        .order_by(Version.number.desc())
        .limit(1)
    ).first()
    told: dict[str, Any] = {name: getattr(record, name) for name in _TOLD}
    told["document_date"] = record.document_date.isoformat() if record.document_date else None
    told["version"] = version and version.number
    told["sha256"] = version and version.sha256
    columns = (getattr(Field, name) for name in _OF_A_FIELD)
    rows = session.execute(
        select(*columns).where(Field.record_id == record.id).order_by(Field.position, Field.name)
    )
    told["fields"] = [dict(zip(_OF_A_FIELD, row, strict=True)) for row in rows]
    normal: dict[str, Any] = json.loads(canonical(told))
    return normal


def _last(session: Session, record_id: str) -> dict[str, Any] | None:
    content = session.scalar(
        select(RecordState.content)
        .where(RecordState.record_id == record_id)
        .order_by(RecordState.id.desc())
        .limit(1)
    )
    return None if content is None else _unpacked(content)[1]


def _unpacked(content: bytes) -> tuple[str, dict[str, Any]]:
    """The SHA-256 of the content, and what it says."""
    text = zlib.decompress(content)
    said: dict[str, Any] = json.loads(text)
    said.pop("salt")
    return sha256(text).hexdigest(), said


def replay(
    session: Session, principal: Principal, record_id: str, at: int | None = None, *, show: bool = False
) -> dict[str, Any]:
    """What a record said when entry `at` of the log had been written (None: the last), and its bytes.

    `entry` is the entry that commits to it. Values of fields that are sensitive now or were then are
    masked unless `show`; the digest is that of the values. Raises NotFoundError for what the principal may
    not see and for a point from which nothing was kept, ConflictError if what was kept is not what the log
    says.
    """
    if at is not None and at < 1:
        raise InvalidError("Entries of the log are numbered from 1.", at=at)
    record = get_visible(session, principal, record_id)
    query = select(AuditEntry.seq, AuditEntry.at, AuditEntry.actor, AuditEntry.action, AuditEntry.body).where(
        AuditEntry.subject == f"record:{record.id}"
    )
    if at is not None:
        query = query.where(AuditEntry.seq <= at)
    for seq, when, actor, action, body in session.execute(query.order_by(AuditEntry.seq.desc())):
        digest = read_object(body).get("state")
        if not isinstance(digest, str):
            continue
        kept = session.scalars(
            select(RecordState).where(RecordState.record_id == record.id, RecordState.digest == digest)
        ).first()
        found, said = _unpacked(kept.content) if kept is not None else (None, {})
        if found != digest:
            raise ConflictError(
                f"What the record said at entry {seq} is not what the log says of it. Run 'akta verify'.",
                entry=seq,
            )
        return {
            "record": record.id,
            "entry": seq,
            "at": when.isoformat(),
            "actor": actor,
            "action": action,
            "digest": digest,
            "said": said if show else _masked(said, sensitive_on(record)),
            "original": {"sha256": record.sha256, "size": record.size},
        }
    raise NotFoundError("Of that time nothing is kept: the paper had not been read yet.", record=record.id)


def _masked(said: dict[str, Any], hidden: frozenset[str]) -> dict[str, Any]:
    hidden |= sensitive_fields(said["subtype"] or said["doc_type"], said["domain"], current())
    title = str(said["title"])
    for field in said["fields"]:
        if field["name"] in hidden and field["value"]:
            title = title.replace(str(field["value"]), MASK)
    told = [masked_field(field) if field["name"] in hidden else field for field in said["fields"]]
    return {**said, "title": title, "fields": told}
