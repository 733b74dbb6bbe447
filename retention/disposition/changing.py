"""What a reviewer may do instead of letting a record go: keep it longer, or put it into another class."""

from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from akta.access.principal import Principal
from akta.audit.log import AuditLog
from akta.kernel.errors import ConflictError, InvalidError
from akta.records.guard import changed, lock_for_change
from akta.records.visibility import get_visible
from retention.keeping.filing import Keeping
from retention.schedules.fileplan import current_class


class KeepingChanges:
    """Changes of keeping that a review brings; each locks the record, so it fails under a hold."""

    def __init__(self, keeping: Keeping) -> None:
        self._keeping = keeping

    def extend(
        self,
        session: Session,
        audit: AuditLog,
        principal: Principal,
        record_id: str,
        until: date,
        reason: str,
        now: datetime,
    ) -> None:
        """Keep a record at least through `until`. Raises ConflictError if it is kept longer anyway."""
        get_visible(session, principal, record_id)
        record = lock_for_change(session, record_id)
        if record.retention_state != "until" or (
            record.retain_through is not None and record.retain_through >= until
        ):
            raise ConflictError("The record is kept longer already.", record=record_id)
        kept: dict[str, Any] = dict(record.retention or {})
        kept["retain_through"] = until.isoformat()
        kept["extended"] = {"until": until.isoformat(), "by": principal.actor, "reason": reason[:500]}
        record.retention, record.retain_through = kept, until
        audit.note(
            session,
            now,
            principal.actor,
            "retention.extended",
            f"record:{record_id}",
            until=until.isoformat(),
            reason=reason[:500],
        )
        changed(session, record)

    def relabel(
        self,
        session: Session,
        audit: AuditLog,
        principal: Principal,
        record_id: str,
        class_code: str,
        reason: str,
        now: datetime,
    ) -> None:
        """Put a record into another class of the file plan and compute its keeping from the same facts.

        Raises InvalidError for a class that there is not.
        """
        cls = current_class(session, class_code)
        if cls is None:
            raise InvalidError(f"There is no class '{class_code[:40]}' in the file plan.")
        get_visible(session, principal, record_id)
        record = lock_for_change(session, record_id)
        before = {
            "class": record.class_code,
            "retain_through": record.retain_through.isoformat() if record.retain_through else None,
        }
        record.class_code = cls.code
        record.confidentiality = max(record.confidentiality, cls.confidentiality)
        self._keeping.compute(session, record, cls)
        audit.note(
            session,
            now,
            principal.actor,
            "record.reclassified",
            f"record:{record_id}",
            before=before,
            after={
                "class": record.class_code,
                "retain_through": record.retain_through.isoformat() if record.retain_through else None,
            },
            reason=reason[:500],
        )
        changed(session, record)
