"""What a day changes by itself: rules that begin or cease to count, also after a time without Akta."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import func, select

from akta.audit.log import AuditLog
from akta.db.engine import Database
from akta.kernel.errors import ForbiddenError
from akta.records.holds import Hold
from retention.holds.placing import PlaceHold, place_hold, release_hold
from retention.keeping.approving import decide_shortenings, list_shortenings
from retention.keeping.days import Days
from retention.keeping.filing import Keeping
from retention.keeping.history import entries_of
from retention.keeping.models import DeferredKeeping, KeptDay, Recomputation
from retention.keeping.recomputing import ask_deferred
from retention.schedules.drafts import add_draft
from retention.schedules.publishing import publish
from retention.schedules.simulation import ask_simulation
from tests.conftest import NOON, SetClock, principal
from tests.unit.retention.conftest import OFFICER, ZONE, Desk, File, add_event

AUTHOR = principal("officer", user_id="author")
APPROVER = principal("officer", user_id="approver")
THIRD = principal("officer", user_id="third")
Publish = Callable[[str, str], None]


@pytest.fixture
def days(database: Database, audit: AuditLog, clock: SetClock, plan: Keeping) -> Days:
    return Days(database, audit, clock, ZONE)


@pytest.fixture
def publish_rules(database: Database, audit: AuditLog, plan: Keeping, desk: Desk) -> Publish:
    """Puts a class for invoices into force whose second rule takes the place of the first in 2027."""

    def make(before: str, after: str) -> None:
        text = (
            "jurisdiction: PL\nclasses:\n  - code: PL-ACC-08\n    domain: accounting\n"
            "    title: {pl: a, en: b}\n    doc_types: [invoice]\n    rules:\n"
        )
        for period, more in ((before, "valid_to: 2026-12-31"), (after, "valid_from: 2027-01-01, version: 7")):
            text += (
                "      - {id: PL-ACC-08, trigger: fiscal_year_end, period: "
                f"{period}, rounding: start_of_next_fiscal_year, basis: law, {more}}}\n"
            )
        with database.write() as session:
            draft = add_draft(session, audit, AUTHOR, title="T", text=text, form="yaml", now=NOON).id
            ask_simulation(session, audit, AUTHOR, draft, NOON)
        desk.drain()
        with database.write() as session:
            publish(session, audit, APPROVER, draft, now=NOON, zone=ZONE, shortened="approve")
        desk.drain()

    return make


def _to(clock: SetClock, *when: int) -> None:
    clock.move(seconds=(datetime(*when, tzinfo=UTC) - clock.now()).total_seconds())  # type: ignore[arg-type,misc]


def _asked(database: Database) -> int:
    with database.read() as session:
        mine = select(func.count()).where(Recomputation.cause.like("day:%"))
        return session.scalar(mine) or 0


def test_a_rule_that_begins_to_count_is_told_to_all_records_of_its_class_on_the_day(
    database: Database, clock: SetClock, file: File, desk: Desk, days: Days, publish_rules: Publish
) -> None:
    record_id = file(document_date=date(2026, 3, 1))
    publish_rules("6y", "9y")
    assert desk.through(record_id) == date(2032, 12, 31)
    assert days.see_to() == 0
    _to(clock, 2026, 12, 31, 23, 5)  # five past midnight in Warsaw: yesterday may still be computing
    assert days.see_to() == 0
    _to(clock, 2027, 1, 1, 0, 0)
    assert days.see_to() == 1
    assert days.see_to() == 0
    desk.drain()
    assert desk.through(record_id) == date(2035, 12, 31)
    with database.read() as session:
        assert entries_of(session, record_id)[-1].cause == "day:2027-01-01"
    (said,) = desk.logged("retention.day_came")
    assert '"PL-ACC-08":["PL-ACC-08 v' in said
    assert record_id in desk.logged("retention.recomputed")[-1]


def test_days_that_came_while_nobody_looked_are_seen_to_once(
    database: Database, clock: SetClock, file: File, desk: Desk, days: Days, publish_rules: Publish
) -> None:
    record_id = file(document_date=date(2026, 3, 1))
    publish_rules("6y", "9y")
    days.see_to()
    _to(clock, 2027, 2, 14, 12)
    assert days.see_to() == 1
    clock.move(days=40)
    assert days.see_to() == 0
    desk.drain()
    assert _asked(database) == 1
    assert desk.through(record_id) == date(2035, 12, 31)
    with database.read() as session:
        assert session.get_one(KeptDay, 1).day == date(2027, 3, 26)


def test_what_became_stale_before_days_were_seen_to_is_found_the_first_time(
    clock: SetClock, file: File, desk: Desk, days: Days, publish_rules: Publish
) -> None:
    record_id = file(document_date=date(2026, 3, 1))
    publish_rules("6y", "9y")
    _to(clock, 2027, 2, 14, 12)
    assert days.see_to() == 1
    desk.drain()
    assert desk.through(record_id) == date(2035, 12, 31)


def test_rules_older_than_their_version_of_the_class_set_nothing_off(
    database: Database, clock: SetClock, file: File, days: Days
) -> None:
    """The shipped plan has rules that began long ago: no archive begins by computing everything."""
    file(document_date=date(2026, 3, 1))
    assert days.see_to() == 0
    assert _asked(database) == 0


def test_a_day_shortens_nothing_that_nobody_approved_and_its_author_does_not(
    database: Database,
    audit: AuditLog,
    clock: SetClock,
    file: File,
    desk: Desk,
    days: Days,
    publish_rules: Publish,
) -> None:
    record_id = file(document_date=date(2026, 3, 1))
    publish_rules("9y", "6y")
    days.see_to()
    _to(clock, 2027, 1, 1, 12)
    assert days.see_to() == 1
    desk.drain()
    assert desk.through(record_id) == date(2035, 12, 31)
    # Neither does whatever computes the record next.
    add_event(database, audit, f"record:{record_id}", date(2026, 3, 3), kind="tax_paid")
    desk.drain()
    assert desk.through(record_id) == date(2035, 12, 31)
    with database.read() as session:
        ((shortening, _),) = list_shortenings(session, THIRD)
        number = shortening.id
    now = clock.now()
    with pytest.raises(ForbiddenError), database.write() as session:
        decide_shortenings(session, audit, AUTHOR, [number], now, approve=True, zone=ZONE)
    with database.write() as session:
        decide_shortenings(session, audit, THIRD, [number], now, approve=True, zone=ZONE)
    assert desk.through(record_id) == date(2032, 12, 31)


def test_under_a_hold_what_a_day_shortens_waits_for_its_end(
    database: Database,
    audit: AuditLog,
    clock: SetClock,
    file: File,
    desk: Desk,
    days: Days,
    publish_rules: Publish,
) -> None:
    record_id = file(document_date=date(2026, 3, 1))
    publish_rules("9y", "6y")
    days.see_to()
    with database.write() as session:
        hold = place_hold(session, audit, OFFICER, PlaceHold("M", "R", (record_id,)), NOON).id
    _to(clock, 2027, 1, 1, 12)
    days.see_to()
    desk.drain()
    with database.read() as session:
        assert session.get(DeferredKeeping, record_id) is not None
    with database.write() as session:
        release_hold(session, audit, OFFICER, hold, "over", clock.now())
        ask_deferred(session, "system:test", clock.now())
    desk.drain()
    assert desk.through(record_id) == date(2035, 12, 31)
    with database.read() as session:
        assert len(list_shortenings(session, THIRD)) == 1


def test_a_review_over_its_day_is_said_once_of_each_hold(
    database: Database, audit: AuditLog, clock: SetClock, file: File, desk: Desk, days: Days
) -> None:
    tomorrow = date(2026, 3, 11)
    record_id = file(document_date=date(2026, 3, 1))
    with database.write() as session:
        for day in (tomorrow, tomorrow + timedelta(days=30), None):
            place_hold(session, audit, OFFICER, PlaceHold("M", "R", (record_id,), review_on=day), NOON)
    days.see_to()
    clock.move(days=1)
    days.see_to()
    assert desk.logged("hold.review_overdue") == []  # today is the day
    for _ in range(3):
        clock.move(days=1)
        days.see_to()
    (said,) = desk.logged("hold.review_overdue")
    with database.read() as session:
        late = session.scalars(select(Hold.id).where(Hold.review_on == tomorrow)).one()
    assert late in said
