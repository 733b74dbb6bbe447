"""Letting go: the first slice. Only this module may call the destruction of records."""

from datetime import date, datetime

from sqlalchemy.orm import Session

from akta.access.principal import Principal
from akta.access.roles import Right
from akta.audit.log import AuditLog
from akta.kernel.errors import ConflictError, InvalidError
from akta.records.destruction import destroy
from akta.records.guard import lock, refuse_if_held, was_filed
from akta.records.models import Record
from akta.records.visibility import get_visible


class NotDueError(ConflictError):
    """The record must still be kept, or nobody knows until when."""

    code = "not_due"


def destroy_record(
    session: Session,
    audit: AuditLog,
    principal: Principal,
    record_id: str,
    *,
    today: date,
    now: datetime,
    reason: str,
) -> Record:
    """Destroy one record whose keeping has ended.

    It must be filed and due: kept until a known day that lies before `today` (a civil
    date in the archive's zone), under a rule that ends in destruction. A record that is
    open or permanent is never due. What was rejected without ever being filed is no
    record and may go. Raises NotDueError, HeldError.
    """
    principal.require(Right.DISPOSE)
    if not reason.strip():
        raise InvalidError("Say on what ground the record is destroyed.")
    get_visible(session, principal, record_id)
    record = lock(session, record_id)
    refuse_if_held(session, record)
    due = (
        record.retention_state == "until"
        and record.retain_through is not None
        and record.retain_through < today
        and (record.retention or {}).get("action") == "destroy"
        and (record.state == "filed" or record.reason == "merged")
    )
    no_record = record.state == "rejected" and not was_filed(session, record.id)
    if not (due or no_record):
        until = (
            record.retain_through.isoformat() if record.retain_through else record.retention_state or "open"
        )
        raise NotDueError(f"The record must be kept (until: {until}).", record=record_id)
    rule = (record.retention or {}).get("rule")
    return destroy(
        session,
        audit,
        principal,
        record_id,
        now=now,
        authority={"rule": rule, "class": record.class_code, "reason": reason.strip()[:500]},
    )
