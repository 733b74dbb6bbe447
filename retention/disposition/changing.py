"""What a reviewer may do instead of letting a record go: keep it longer, or put it into another class."""

from datetime import date, datetime

from sqlalchemy.orm import Session

from akta.access.principal import Principal
from akta.audit.log import AuditLog
from akta.kernel.errors import InvalidError
from akta.records.guard import changed, lock_for_change
from akta.records.visibility import get_visible
from retention.keeping.extensions import extend
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
        lock_for_change(session, record_id)
        extend(session, audit, principal, record_id, until, reason, now)

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
        self._keeping.reclassify(session, record, cls, principal.actor)
        audit.note(
            session,
            now,
            principal.actor,
            "record.relabelled",
            f"record:{record_id}",
            **{"class": cls.code},
            reason=reason[:500],
        )
        changed(session, record)
