"""Extending the keeping of a record: a person's word that it must be kept until a later day.

An extension is a further duty to keep. It never shortens, and what rules say later still counts where
that is longer. It can be cancelled; then what the rules say counts again.
"""

from datetime import date, datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from akta.access.principal import Principal
from akta.access.roles import Right
from akta.audit.log import AuditLog
from akta.kernel.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from akta.kernel.ids import new_id
from akta.records.guard import changed, lock
from akta.records.models import Record
from akta.records.visibility import get_visible
from retention.keeping.deciding import Derived, by_rules_alone, extended, not_before
from retention.keeping.history import withheld
from retention.keeping.models import DeferredKeeping, Extension, Shortening
from retention.keeping.writing import Origin, assign

_LAST_YEAR, _LONGEST = 2999, 500


def extend(
    session: Session,
    audit: AuditLog,
    principal: Principal,
    record_id: str,
    until: date,
    reason: str,
    now: datetime,
) -> Extension:
    """Keep a record at least through `until` (a civil day). A legal hold does not stand in its way.

    Raises NotFoundError, ForbiddenError, InvalidError without a reason or for a day that makes no sense,
    ConflictError if the record is kept longer anyway.
    """
    _require(principal)
    if not reason.strip():
        raise InvalidError("Say why the record must be kept longer.")
    if not now.year <= until.year <= _LAST_YEAR:
        raise InvalidError(f"A record can be kept until a day from this year to {_LAST_YEAR}.")
    get_visible(session, principal, record_id)
    record = lock(session, record_id)
    if record.retention_state == "permanent":
        raise ConflictError("The record is kept for ever already.", record=record_id)
    if record.retain_through is not None and record.retain_through >= until:
        raise ConflictError(
            f"The record is kept until {record.retain_through.isoformat()} already.", record=record_id
        )
    made = Extension(
        id=new_id(),
        record_id=record_id,
        until=until,
        reason=reason.strip()[:_LONGEST],
        actor=principal.actor,
        at=now,
        cancel_reason="",
    )
    session.add(made)
    session.flush()
    _follow(session, record, Origin(f"extension:{made.id}", principal.actor, now))
    audit.note(
        session,
        now,
        principal.actor,
        "retention.extended",
        f"record:{record_id}",
        extension=made.id,
        until=until.isoformat(),
        reason=made.reason,
    )
    return made


def cancel_extension(
    session: Session, audit: AuditLog, principal: Principal, extension_id: str, reason: str, now: datetime
) -> Extension:
    """Take an extension back; what the rules say counts again. Under a hold that waits for its end.

    Raises NotFoundError, ForbiddenError, InvalidError without a reason, ConflictError if it was cancelled.
    """
    _require(principal)
    if not reason.strip():
        raise InvalidError("Say why the extension is cancelled.")
    made = session.get(Extension, extension_id)
    if made is None:
        raise NotFoundError("There is no such extension.", extension=extension_id[:40])
    get_visible(session, principal, made.record_id)
    record = lock(session, made.record_id)
    session.refresh(made)
    if made.cancelled_at is not None:
        raise ConflictError("This extension was cancelled already.")
    made.cancelled_by, made.cancelled_at = principal.actor, now
    made.cancel_reason = reason.strip()[:_LONGEST]
    session.flush()
    _follow(session, record, Origin(f"extension:{made.id}", principal.actor, now))
    audit.note(
        session,
        now,
        principal.actor,
        "retention.extension_cancelled",
        f"record:{made.record_id}",
        extension=made.id,
        reason=made.cancel_reason,
    )
    return made


def extensions_of(session: Session, record_id: str) -> list[Extension]:
    """The extensions of a record, cancelled ones too, oldest first."""
    query = select(Extension).where(Extension.record_id == record_id).order_by(Extension.id)
    return list(session.scalars(query))


def _follow(session: Session, record: Record, origin: Origin) -> None:
    """Bring the locked record's keeping in line with its extensions; what the rules say stays as it was."""
    if record.retention is None:  # counts once the record has a class
        return
    derivation = by_rules_alone(record.retention)
    for extension in extensions_of(session, record.id):
        if extension.cancelled_at is None:
            derivation = extended(derivation, extension)
    if record.locked_through is not None:
        derivation = not_before(derivation, record.locked_through)
    made = Derived(derivation, record.locked_through, record.entity_id)
    if assign(session, record, made, origin) == "written":
        changed(session, record)


def forget_words(session: Session, record_id: str) -> None:
    """Take away what people wrote of a destroyed record, and what its derivation says of a person.

    That and until when it was extended stays, and so does its history.
    """
    record = session.get_one(Record, record_id)
    if record.retention is not None:
        record.retention = withheld(record.retention)
    session.execute(
        update(Extension).where(Extension.record_id == record_id).values(reason="", cancel_reason="")
    )
    session.execute(delete(DeferredKeeping).where(DeferredKeeping.record_id == record_id))
    session.execute(
        update(Shortening)
        .where(Shortening.record_id == record_id, Shortening.state == "open")
        .values(state="gone")
    )


def _require(principal: Principal) -> None:
    if not {Right.EVENT, Right.DISPOSE} & principal.rights:
        raise ForbiddenError("Only officers extend the keeping of records.")
