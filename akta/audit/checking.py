"""Verifying the log as a job, once a day and when somebody asks, with what was found kept for all to see."""

import time
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from akta.audit.anchoring import Anchoring
from akta.audit.log import AuditLog
from akta.audit.models import AuditCheck, AuditEntry, AuditHead
from akta.audit.reading import newest_check
from akta.audit.verifying import AuditReport, check_log, read_known
from akta.db.base import DamagedRowError
from akta.db.engine import Database
from akta.events.jobs import PRIORITY_RENDER, Claim, enqueue, finish
from akta.kernel.clock import Clock
from akta.kernel.ids import new_id

JOB_CHECK = "audit.check"
#: So often the log is verified without anybody asking, while it grows.
EVERY = timedelta(days=1)
KEEP = timedelta(days=400)


def _begun(session: Session) -> datetime | None:
    """When the first entry was written; a time that is none is long ago, so that it is soon looked at."""
    try:
        return session.scalar(select(AuditEntry.at).where(AuditEntry.seq == 1))
    except DamagedRowError:
        return datetime.min.replace(tzinfo=UTC)


class AuditChecker:
    """Verifies the log of a database against its anchors."""

    def __init__(self, database: Database, audit: AuditLog, anchoring: Anchoring, clock: Clock) -> None:
        self._db = database
        self._audit = audit
        self._anchoring = anchoring
        self._clock = clock

    def report(self, session: Session, claim: Claim | None = None) -> AuditReport:
        """What is found now; `session` must not have looked at anything yet, best it is a snapshot."""
        known = read_known(self._anchoring, self._audit.public_key)
        return check_log(
            session,
            self._audit.public_key,
            known,
            self._clock.now(),
            progress=lambda _: claim.check() if claim is not None else None,
        )

    def ask(self, session: Session, asked_by: str) -> None:
        """Have the log verified by a job; one that waits already serves both."""
        enqueue(
            session,
            JOB_CHECK,
            {"asked_by": asked_by},
            key="audit-check",
            now=self._clock.now(),
            priority=PRIORITY_RENDER,
        )

    def ask_if_due(self, session: Session) -> bool:
        """Ask once a day, unless nothing was written since the last time but that it was done.

        A new archive is left alone for a day: whoever works in it is not to wait for this.
        """
        last = newest_check(session)
        head = session.scalar(select(AuditHead.seq))
        since = last.at if last is not None else _begun(session)
        if not head or since is None or self._clock.now() - since < EVERY:
            return False
        if last is not None and head <= last.entries + 1 and not last.problems:
            return False
        self.ask(session, "system:upkeep")
        return True

    def check(self, claim: Claim) -> None:
        """The handler of `audit.check`. It only reads, so it is begun again where it was stopped."""
        started = time.monotonic()
        with self._db.snapshot() as session:
            report = self.report(session, claim)
        now = self._clock.now()
        with self._db.write() as session:
            claim.hold(session, now)
            self._keep(session, report, str(claim.payload.get("asked_by", "")), time.monotonic() - started)
            finish(session, claim, now)

    def check_now(self, asked_by: str) -> AuditReport:
        """Verify here and now, and keep what was found."""
        started = time.monotonic()
        with self._db.snapshot() as session:
            report = self.report(session)
        with self._db.write() as session:
            self._keep(session, report, asked_by, time.monotonic() - started)
        return report

    def _keep(self, session: Session, report: AuditReport, asked_by: str, seconds: float) -> None:
        now = self._clock.now()
        session.execute(delete(AuditCheck).where(AuditCheck.at < now - KEEP))
        session.add(
            AuditCheck(
                id=new_id(),
                at=now,
                asked_by=asked_by,
                entries=report.entries,
                problems=report.problems,
                notes=report.notes,
                seconds=round(seconds, 3),
            )
        )
        self._audit.note(
            session,
            now,
            asked_by,
            "audit.verified",
            "audit:log",
            entries=report.entries,
            holds=report.holds,
            problems=len(report.problems),
        )
