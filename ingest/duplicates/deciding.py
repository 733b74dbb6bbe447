"""What a person says of two records that may be the same paper."""

from dataclasses import dataclass
from typing import Literal

from sqlalchemy.orm import Session

from akta.access.principal import Principal
from akta.access.roles import Right
from akta.audit.log import AuditLog
from akta.kernel.clock import Clock
from akta.kernel.errors import ConflictError, NotFoundError
from akta.records.duplicates import ordered, sureness, take_turn
from akta.records.guard import changed, lock, lock_for_change, was_filed
from akta.records.models import Duplicate, Record
from akta.records.visibility import get_visible
from ingest.duplicates.finding import DOUBT, SETTLED, follow
from ingest.filing import file_record

REJECTED = "duplicate_of"
Act = Literal["duplicate_dismissed", "duplicate_confirmed", "duplicate_reopened"]


@dataclass(frozen=True, slots=True)
class DuplicateDecisions:
    """Each method is part of its caller's transaction, and changes nothing if that is decided already.

    No version is asked for: what is decided is a relation of two papers, which no reading changes,
    and saying the same twice says it once. Each needs to see both records.
    """

    audit: AuditLog
    clock: Clock

    def dismiss(self, session: Session, principal: Principal, record_id: str, other_id: str) -> Record:
        """They are different papers. One that waited for nothing else is filed.

        Raises NotFoundError for no such pair, HeldError if the record is held, ConflictError where one
        was rejected as the other's duplicate: that must be taken back first.
        """
        principal.require(Right.CORRECT)
        record, other, pair = self._pair(session, principal, record_id, other_id)
        if pair.state == "dismissed":
            return record
        if pair.state == "confirmed" and any(_rejected_for(a, b) for a, b in _both(record, other)):
            raise ConflictError(
                "One was rejected as a duplicate of the other. Open the question again first."
            )
        self._decide(session, principal, record, other, pair, "dismissed", "duplicate_dismissed")
        for one in (record, other):
            if one is record or not one.held:
                self._go_on(session, principal, one)
        return record

    def confirm(self, session: Session, principal: Principal, record_id: str, other_id: str) -> Record:
        """They are the same paper. The newer one that was never filed is rejected; what was filed stays.

        Returns the record asked about. Raises NotFoundError for no such pair, HeldError if the record
        asked about or the one to be rejected is held.
        """
        principal.require(Right.DECIDE)
        record, other, pair = self._pair(session, principal, record_id, other_id)
        if pair.state == "confirmed":
            return record
        self._decide(session, principal, record, other, pair, "confirmed", "duplicate_confirmed")
        newest_first = sorted((record, other), key=lambda r: r.id, reverse=True)
        for one in newest_first:
            if one.state in ("review", "quarantined") and not was_filed(session, one.id):
                kept = newest_first[1] if one is newest_first[0] else newest_first[0]
                self._reject(session, principal, one, kept)
                break
        return record

    def reopen(self, session: Session, principal: Principal, record_id: str, other_id: str) -> Record:
        """Take back what was said of a pair; one that was rejected for it is in review again."""
        principal.require(Right.CORRECT)
        record, other, pair = self._pair(session, principal, record_id, other_id)
        if pair.state == "open":
            return record
        rejected = [a for a, b in _both(record, other) if _rejected_for(a, b)]
        if rejected:
            principal.require(Right.DECIDE)  # as for rejecting
        self._decide(session, principal, record, other, pair, "open", "duplicate_reopened")
        for one in rejected:
            lock_for_change(session, one.id)
            one.state, one.ended_at = "review", self.clock.now()
            one.reason, one.reason_params = DOUBT, {}
            one.doubts = [{"reason": DOUBT, "params": {}}]
            changed(session, one)
        for one in (record, other):
            if one.state == "review" and one not in rejected and (one is record or not one.held):
                follow(session, one)
                changed(session, one)
        if not sureness(pair):  # what spoke for it was corrected meanwhile
            session.delete(pair)
        return record

    def _pair(
        self, session: Session, principal: Principal, record_id: str, other_id: str
    ) -> tuple[Record, Record, Duplicate]:
        get_visible(session, principal, record_id)
        get_visible(session, principal, other_id)
        for one in ordered(record_id, other_id):  # everybody in the same order
            lock(session, one)
        record = lock_for_change(session, record_id)
        take_turn(session)
        pair = session.get(Duplicate, ordered(record_id, other_id), populate_existing=True)
        if pair is None:
            raise NotFoundError("These two papers are not taken for duplicates.", record=record_id)
        return record, lock(session, other_id), pair

    def _decide(
        self,
        session: Session,
        principal: Principal,
        record: Record,
        other: Record,
        pair: Duplicate,
        state: str,
        act: Act,
    ) -> None:
        now = self.clock.now()
        pair.state = state
        pair.decided_by = principal.actor if state != "open" else None
        pair.decided_at = now if state != "open" else None
        for one, its_other in _both(record, other):
            self.audit.append(
                session,
                at=now,
                actor=principal.actor,
                action=f"record.{act}",
                subject=f"record:{one.id}",
                details={"other": its_other.id},
            )
        session.flush()

    def _go_on(self, session: Session, principal: Principal, record: Record) -> None:
        """File a record that waited for this answer only."""
        if record.state != "review":
            return
        before = (record.reason, list(record.doubts))
        follow(session, record)
        if before == (record.reason, list(record.doubts)):
            return
        if record.reason == SETTLED and record.class_code is not None:
            file_record(session, self.audit, record, principal.actor, self.clock)
        else:
            changed(session, record)

    def _reject(self, session: Session, principal: Principal, record: Record, kept: Record) -> None:
        lock_for_change(session, record.id)
        now = self.clock.now()
        record.state, record.reason, record.reason_params = "rejected", REJECTED, {"record": kept.id}
        record.ended_at = now
        self.audit.append(
            session,
            at=now,
            actor=principal.actor,
            action="record.rejected",
            subject=f"record:{record.id}",
            details={"reason": REJECTED, "record": kept.id},
        )
        changed(session, record)


def _both(record: Record, other: Record) -> tuple[tuple[Record, Record], tuple[Record, Record]]:
    return (record, other), (other, record)


def _rejected_for(record: Record, kept: Record) -> bool:
    return (
        record.state == "rejected"
        and record.reason == REJECTED
        and record.reason_params.get("record") == kept.id
    )
