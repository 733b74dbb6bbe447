"""Flagging vital records, reviewing them in a cycle, and seeing that a copy lies elsewhere."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from akta.access.principal import Principal
from akta.access.roles import Right
from akta.audit.log import AuditLog
from akta.kernel.clock import Clock, civil_date
from akta.kernel.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from akta.records.events import RecordDestroyed
from akta.records.guard import lock
from akta.records.models import Record
from akta.records.visibility import get_visible, visible_to
from retention.rules.compute import add
from retention.rules.model import Period
from retention.vital.models import VitalRecord

#: A cycle in months.
LEAST, MOST = 1, 120


class VitalRecords:
    """The vital records of an archive; `zone` is that of civil dates."""

    def __init__(self, audit: AuditLog, clock: Clock, zone: str) -> None:
        self._audit = audit
        self._clock = clock
        self._zone = zone

    @property
    def today(self) -> date:
        return civil_date(self._clock.now(), self._zone)

    def flag(
        self,
        session: Session,
        principal: Principal,
        record_id: str,
        reason: str,
        every_months: int,
        copy_place: str = "",
    ) -> VitalRecord:
        """Say that a record is vital, to be reviewed every so many months; again changes what was said."""
        principal.require(Right.DISPOSE)
        if not reason.strip():
            raise InvalidError("Say why the company could not go on without it.")
        if not LEAST <= every_months <= MOST:
            raise InvalidError(f"A review cycle has {LEAST} to {MOST} months.")
        get_visible(session, principal, record_id)
        lock(session, record_id)
        now = self._clock.now()
        made = session.get(VitalRecord, record_id, with_for_update=True)
        if made is None:
            made = VitalRecord(record_id=record_id, flagged_by=principal.actor, flagged_at=now)
            session.add(made)
        made.reason, made.every_months = reason.strip()[:2000], every_months
        made.copy_place = copy_place.strip()[:200]
        made.review_on = add(self.today, Period(months=every_months))
        self._note(session, principal, "record.flagged_vital", record_id, now, every_months=every_months)
        return made

    def review(
        self, session: Session, principal: Principal, record_id: str, *, copy_seen: bool
    ) -> VitalRecord:
        """Say that a record was reviewed, and whether its copy was seen. The next review is a cycle later."""
        principal.require(Right.DISPOSE)
        made = self._locked(session, principal, record_id)
        if copy_seen and not made.copy_place:
            raise ConflictError("It is not said where its copy lies. Say that first.", record=record_id)
        now = self._clock.now()
        made.reviewed_by, made.reviewed_at = principal.actor, now
        if copy_seen:
            made.copy_checked_on = self.today
        made.review_on = add(self.today, Period(months=made.every_months))
        self._note(session, principal, "record.vital_reviewed", record_id, now, copy_seen=copy_seen)
        return made

    def unflag(self, session: Session, principal: Principal, record_id: str, reason: str) -> None:
        """Say that a record is not vital any more."""
        principal.require(Right.DISPOSE)
        if not reason.strip():
            raise InvalidError("Say why.")
        session.delete(self._locked(session, principal, record_id))
        self._note(
            session, principal, "record.unflagged_vital", record_id, self._clock.now(), reason=reason[:500]
        )

    def on_destroyed(self, session: Session, event: RecordDestroyed) -> None:
        """The subscriber by which a flag goes with its record."""
        session.execute(delete(VitalRecord).where(VitalRecord.record_id == event.record_id))

    def _locked(self, session: Session, principal: Principal, record_id: str) -> VitalRecord:
        get_visible(session, principal, record_id)
        made = session.get(VitalRecord, record_id, with_for_update=True, populate_existing=True)
        if made is None:
            raise NotFoundError("This record is not flagged as vital.", record=record_id)
        return made

    def _note(
        self,
        session: Session,
        principal: Principal,
        action: str,
        record_id: str,
        now: datetime,
        **details: object,
    ) -> None:
        self._audit.note(session, now, principal.actor, action, f"record:{record_id}", **details)
        session.flush()


def list_vital(session: Session, principal: Principal, today: date) -> list[dict[str, Any]]:
    """The vital records that may be seen, those to be reviewed first on top.

    `late`: the review is over its day. `copy_late`: nobody saw the copy within a cycle, or there is none.
    """
    if not {Right.DISPOSE, Right.AUDIT} & principal.rights:
        raise ForbiddenError("Vital records are for officers and auditors.")
    query = (
        select(VitalRecord, Record)
        .join(Record, Record.id == VitalRecord.record_id)
        .where(visible_to(principal), Record.state != "destroyed")
        .order_by(VitalRecord.review_on, VitalRecord.record_id)
    )
    return [
        {
            "record": made.record_id,
            "title": record.title or record.file_name,
            "reason": made.reason,
            "every_months": made.every_months,
            "review_on": made.review_on.isoformat(),
            "late": made.review_on < today,
            "reviewed_at": made.reviewed_at.isoformat() if made.reviewed_at else None,
            "copy_place": made.copy_place,
            "copy_checked_on": made.copy_checked_on.isoformat() if made.copy_checked_on else None,
            "copy_late": made.copy_checked_on is None
            or add(made.copy_checked_on, Period(months=made.every_months)) < today,
        }
        for made, record in session.execute(query)
    ]
