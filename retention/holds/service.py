"""Holds as the edges use them: the services with what they need."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from akta.access.principal import Principal
from akta.audit.log import AuditLog
from akta.db.engine import Database
from akta.kernel.clock import Clock, civil_date
from akta.records.holds import Hold, HoldNotice
from akta.records.models import Record
from retention.holds import listing, notices
from retention.holds.placing import ExtendHold, PlaceHold, extend_hold, place_hold
from retention.holds.previewing import preview_hold
from retention.holds.releasing import GRACE_DAYS, release_hold
from retention.holds.scopes import QuerySearch, Scope


@dataclass(frozen=True, slots=True)
class Holds:
    """Each method is part of its caller's transaction, but for that of upkeep."""

    audit: AuditLog
    clock: Clock
    zone: str
    search: QuerySearch
    grace_days: int = GRACE_DAYS

    def preview(
        self,
        session: Session,
        principal: Principal,
        scope: Scope,
        tell: Callable[[Record], dict[str, Any]],
    ) -> dict[str, Any]:
        """What a hold would cover; writes nothing."""
        return preview_hold(session, principal, scope, self.search, tell)

    def place(self, session: Session, principal: Principal, command: PlaceHold) -> Hold:
        """See `retention.holds.placing.place_hold`."""
        now = self.clock.now()
        return place_hold(session, self.audit, principal, command, now, check_query=self.search.check)

    def extend(self, session: Session, principal: Principal, hold_id: str, command: ExtendHold) -> Hold:
        """See `retention.holds.placing.extend_hold`."""
        now = self.clock.now()
        check = self.search.check
        return extend_hold(session, self.audit, principal, hold_id, command, now, check_query=check)

    def release(
        self,
        session: Session,
        principal: Principal,
        hold_id: str,
        reason: str,
        record_ids: Sequence[str] = (),
    ) -> Hold:
        """See `retention.holds.releasing.release_hold`."""
        return release_hold(
            session,
            self.audit,
            principal,
            hold_id,
            reason,
            self.clock.now(),
            grace_days=self.grace_days,
            record_ids=record_ids,
        )

    def list(self, session: Session, principal: Principal, *, overdue: bool = False) -> list[dict[str, Any]]:
        """All holds, or those whose review is overdue."""
        today = civil_date(self.clock.now(), self.zone)
        return listing.list_holds(session, principal, today=today, overdue=overdue)

    def detail(self, session: Session, principal: Principal, hold_id: str) -> dict[str, Any]:
        """One hold."""
        today = civil_date(self.clock.now(), self.zone)
        return listing.hold_detail(session, principal, hold_id, today=today)

    def remind(self, session: Session, principal: Principal, hold_id: str) -> int:
        """Remind custodians who have not acknowledged; how many."""
        return notices.remind(session, self.audit, principal, hold_id, self.clock.now())

    def remind_due(self, database: Database) -> int:
        """Remind custodians as their holds say, in a transaction of its own; how many. For upkeep."""
        now = self.clock.now()
        with database.read() as session:
            if not notices.any_to_remind(session, now):
                return 0
        with database.write() as session:
            return notices.remind_due(session, self.audit, now)

    def acknowledge(self, session: Session, principal: Principal, hold_id: str) -> HoldNotice:
        """One's own notice is read."""
        return notices.acknowledge(session, self.audit, principal, hold_id, self.clock.now())
