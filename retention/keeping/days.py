"""What changes by a day alone: rules that begin or cease to count, holds whose review is over its day.

A derivation is stored, so it says what the rules said when it was computed. Once a day it is looked which
rules of the plan began or ceased to count since the last time, however long that is, and the records of
their classes are computed anew by the job that does so for any other cause. All the rest that depends on the
day (what is due, the grace after a release, reviews, requests that come up again) is asked for by queries
and stored nowhere.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from akta.audit.log import AuditLog
from akta.db.engine import Database
from akta.kernel.clock import Clock, civil_date
from akta.records.holds import Hold
from akta.records.models import RecordClass
from retention.keeping.models import KeptDay
from retention.keeping.recomputing import ask
from retention.schedules.fileplan import lock_plan, rules_of

_ACTOR: Final = "system:upkeep"
#: A day is seen to when it is so old: what was computed by the day before is committed by then.
_AFTER_MIDNIGHT: Final = timedelta(minutes=15)


class Days:
    """Sees to the coming of days. `zone` is that of civil dates."""

    def __init__(self, database: Database, audit: AuditLog, clock: Clock, zone: str) -> None:
        self._db = database
        self._audit = audit
        self._clock = clock
        self._zone = zone

    def see_to(self) -> int:
        """Do once for each day what it sets off, also for days on which nobody did; how many classes it was.

        Safe at any time and by several processes: the transaction that asks for the work marks the day.
        """
        today = civil_date(self._clock.now() - _AFTER_MIDNIGHT, self._zone)
        with self._db.read() as session:
            seen = session.get(KeptDay, 1)
            if seen is not None and seen.day >= today:
                return 0
        with self._db.write() as session:
            lock_plan(session)  # nobody publishes meanwhile, and no other process sees to the same day
            seen = session.get(KeptDay, 1, with_for_update=True, populate_existing=True)
            since = seen.day if seen is not None else None
            if since is not None and since >= today:
                return 0
            classes = self._compute_anew(session, since, today)
            if since is not None:
                self._say_overdue(session, since, today)
            now = self._clock.now()
            if seen is None:
                session.add(KeptDay(id=1, day=today, seen_at=now))
            else:
                seen.day, seen.seen_at = today, now
            return classes

    def _compute_anew(self, session: Session, since: date | None, today: date) -> int:
        now = self._clock.now()
        found: dict[str, list[str]] = {}
        for cls in session.scalars(select(RecordClass).where(RecordClass.current).order_by(RecordClass.code)):
            # Nothing was computed by a version before it was there: what an older day changed, it knew.
            made = civil_date(cls.created_at, self._zone)
            changed = sorted(_turned(cls, made if since is None else max(since, made), today))
            if changed:
                found[cls.code] = changed
        for code in found:
            ask(session, "class", code, f"day:{today.isoformat()}", _ACTOR, now)
        if found:
            self._audit.note(
                session,
                now,
                _ACTOR,
                "retention.day_came",
                f"day:{today.isoformat()}",
                since=since.isoformat() if since else None,
                classes=found,
            )
        return len(found)

    def _say_overdue(self, session: Session, since: date, today: date) -> None:
        """Say once in the log of each hold that its review is over its day."""
        query = select(Hold).where(
            Hold.released_at.is_(None), Hold.review_on >= since, Hold.review_on < today
        )
        for hold in session.scalars(query.order_by(Hold.id)):
            assert hold.review_on is not None
            self._audit.note(
                session,
                self._clock.now(),
                _ACTOR,
                "hold.review_overdue",
                f"hold:{hold.id}",
                review_on=hold.review_on.isoformat(),
                owner=hold.owner,
            )


def _turned(cls: RecordClass, after: date, until: date) -> Iterator[str]:
    """Rules of a class that began or ceased to count on a day after `after` and not after `until`."""
    for rule in rules_of(cls):
        begins = rule.valid_from
        # The day after its last: on the last day it still counts. The end of the calendar has none.
        ends = rule.valid_to + timedelta(days=1) if rule.valid_to and rule.valid_to < date.max else None
        if any(day is not None and after < day <= until for day in (begins, ends)):
            yield f"{rule.id} v{rule.version}"
