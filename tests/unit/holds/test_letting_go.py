"""Releasing, grace, reviews that are overdue, custodians, and a hold against a destruction."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from akta.kernel.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from akta.operations.holding import compare
from akta.records.guard import lasts
from akta.records.models import Record
from bench.hold_races import race
from retention.holds.listing import hold_records
from retention.holds.notices import acknowledge, my_notices, notices_of, open_notices, remind
from retention.holds.placing import ExtendHold, PlaceHold, extend_hold, place_hold
from retention.holds.releasing import free_items
from retention.holds.scopes import MOST_NAMED
from tests.conftest import principal
from tests.unit.holds.conftest import CLERK, OFFICER, HoldDesk


def test_a_release_destroys_nothing_and_gives_time(desk: HoldDesk) -> None:
    """req 27"""
    record, other = desk.paper("umowa"), desk.paper("inna")
    hold = desk.place(record)
    desk.release(hold)
    assert desk.held(record) == [False]
    assert "time of grace" in desk.destroy(record)
    assert desk.destroy(other) == ""
    desk.clock.move(days=29, hours=23)
    assert "time of grace" in desk.destroy(record)
    desk.clock.move(hours=2)
    with desk.app.database.read() as session:
        assert session.get_one(Record, record).state == "filed"  # nothing happens by itself
    assert desk.destroy(record) == ""


def test_membership_stays_on_record(desk: HoldDesk) -> None:
    """req 28"""
    record = desk.paper("umowa")
    hold = desk.place(record)
    desk.release(hold)
    with desk.app.database.read() as session:
        ((found, item),) = hold_records(session, OFFICER, hold)[0]
    assert (found.id, item.active, item.released_by) == (record, False, OFFICER.actor)
    assert item.sha256 == found.sha256
    told = desk.hold(hold)
    assert (told.state, told.release_reason) == ("released", "over")
    assert told.grace_until == told.released_at + timedelta(days=30)  # type: ignore[operator]
    assert desk.log(hold) == ["hold.placed", "hold.released"]


def test_some_records_are_released_with_what_is_in_them(desk: HoldDesk) -> None:
    """req 27"""
    mail, other = desk.paper("mail"), desk.paper("inny")
    attached = desk.paper("zal", parent_id=mail, depth=1)
    hold = desk.place(mail, other)
    desk.release(hold, mail)
    assert desk.held(mail, attached, other) == [False, False, True]
    assert desk.hold(hold).released_at is None
    with pytest.raises(NotFoundError):
        desk.release(hold, mail)
    with pytest.raises(InvalidError), desk.app.database.write() as session:
        desk.app.holds.release(session, OFFICER, hold, " ")


def _said_of_holds(desk: HoldDesk) -> list[str]:
    said: list[str] = []
    with desk.app.database.read() as session:
        compare(session, said.append)
    return said


def test_a_large_hold_is_released_by_a_job(desk: HoldDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("retention.holds.releasing.AT_ONCE", 2)
    monkeypatch.setattr("retention.holds.placer.BATCH", 2)
    papers = [desk.paper(f"p{n}") for n in range(5)]
    twice = desk.place(papers[0])
    hold = desk.place(*papers)
    with desk.app.database.write() as session:
        assert desk.app.holds.release(session, OFFICER, hold, "over").state == "releasing"
    assert desk.held(*papers) == [True] * 5
    with desk.app.database.write() as session:  # the job's first batch; it has not told the log yet
        now = desk.clock.now()
        free_items(session, hold, [papers[4]], "user:ola", now, now + timedelta(days=30))
    assert _said_of_holds(desk) == [], "a release that goes on is no forgery"
    with pytest.raises(ConflictError), desk.app.database.write() as session:
        desk.app.holds.release(session, OFFICER, hold, "over")
    desk.drain()
    assert desk.held(*papers) == [True, False, False, False, False]
    assert desk.hold(hold).state == "released"
    assert _said_of_holds(desk) == []
    assert "time of grace" in desk.destroy(papers[1])
    desk.release(twice)
    assert desk.held(papers[0]) == [False]


def test_reviews_that_are_overdue_are_listed(desk: HoldDesk) -> None:
    """req 21"""
    record = desk.paper("umowa")
    with pytest.raises(InvalidError, match="year 1 makes no sense"):
        desk.place(record, review_on=date(1, 1, 1))
    late = desk.place(record, review_on=date(2026, 3, 9))
    desk.place(record, review_on=date(2026, 3, 10))
    over = desk.place(record, review_on=date(2026, 3, 1))
    desk.release(over)
    with desk.app.database.read() as session:
        (found,) = desk.app.holds.list(session, OFFICER, overdue=True)
        every = desk.app.holds.list(session, OFFICER)
        assert (found["id"], found["overdue"], found["held_now"]) == (late, True, 1)
        assert len(every) == 3
        blind = desk.app.holds.list(session, principal("auditor", levels={}))
        assert {row["records"] for row in blind} == {0}
        with pytest.raises(ForbiddenError):
            desk.app.holds.list(session, CLERK)
    desk.extend(late, review_on=date(2026, 6, 1))
    with pytest.raises(InvalidError):
        desk.extend(late, review_on=date(2026, 5, 1))


def test_custodians_are_told_and_acknowledge(desk: HoldDesk) -> None:
    """req 21"""
    desk.add("jan")
    desk.add("ewa")
    jan = desk.who("jan")
    hold = desk.place(desk.paper("umowa"), owner="ewa", custodians=("jan",), notice="Keep everything.")
    desk.extend(hold, custodians=("jan", "ewa"))
    assert desk.hold(hold).owner == f"user:{desk.ids['ewa']}"
    db, now = desk.app.database, desk.clock.now()
    with db.write() as session:
        assert remind(session, desk.app.audit, OFFICER, hold, now) == 2
    with db.read() as session:
        (told,) = my_notices(session, jan)
        assert (told["notice"], told["reminders"], open_notices(session, jan)) == ("Keep everything.", 1, 1)
    for _ in range(2):
        with db.write() as session:
            acknowledge(session, desk.app.audit, jan, hold, now)
    with db.write() as session:
        assert remind(session, desk.app.audit, OFFICER, hold, now) == 1
    with db.read() as session:
        assert open_notices(session, jan) == 0
        states = {n["login"]: bool(n["acknowledged_at"]) for n in notices_of(session, OFFICER, hold)}
        assert states == {"jan": True, "ewa": False}
        with pytest.raises(ForbiddenError):
            notices_of(session, CLERK, hold)
    assert desk.log(hold).count("hold.acknowledged") == 1
    assert desk.log(hold).count("hold.notice_sent") == 2
    with pytest.raises(NotFoundError), db.write() as session:
        acknowledge(session, desk.app.audit, OFFICER, hold, now)
    desk.release(hold)
    with db.read() as session:
        assert my_notices(session, jan) == []
    with pytest.raises(NotFoundError), db.write() as session:
        acknowledge(session, desk.app.audit, jan, "0" * 26, now)


def test_bad_input_is_told(desk: HoldDesk) -> None:
    record = desk.paper("umowa")
    for wanted, error in (
        (PlaceHold("", "R", (record,)), InvalidError),
        (PlaceHold("M", "R"), InvalidError),
        (PlaceHold("M", "R", tuple(str(n) for n in range(MOST_NAMED + 1))), InvalidError),
        (PlaceHold("M", "R", queries=("x",) * 201), InvalidError),
        (PlaceHold("M", "R", queries=(" ",)), InvalidError),
        (PlaceHold("M", "R", queries=("x",)), InvalidError),  # no index at hand
        (PlaceHold("M", "R", (record, "0" * 26)), NotFoundError),
        (PlaceHold("M", "R", case_ids=("x",)), NotFoundError),
        (PlaceHold("M", "R", party_ids=("x",)), NotFoundError),
        (PlaceHold("M", "R", (record,), owner="nobody-here"), NotFoundError),
        (PlaceHold("M", "R", (record,), custodians=("nobody-here",)), NotFoundError),
    ):
        with pytest.raises(error), desk.app.database.write() as session:
            place_hold(session, desk.app.audit, OFFICER, wanted, desk.clock.now())
    assert desk.held(record) == [False]
    with pytest.raises(ForbiddenError), desk.app.database.write() as session:
        place_hold(session, desk.app.audit, CLERK, PlaceHold("M", "R", (record,)), desk.clock.now())
    with pytest.raises(NotFoundError), desk.app.database.write() as session:
        extend_hold(session, desk.app.audit, OFFICER, "x", ExtendHold((record,)), desk.clock.now())


_STATES = st.sampled_from([None, "until", "open", "permanent"])
_DAYS = st.dates(date(2020, 1, 1), date(2060, 1, 1))


@given(_STATES, _DAYS, _STATES, _DAYS)
def test_a_keeping_lasts_or_it_does_not(was: str | None, until: date, now: str | None, through: date) -> None:
    """req 22: never two keepings that outlast each other, but for those that are equal or unknown."""
    before, after = (was, until if was == "until" else None), (now, through if now == "until" else None)
    assert lasts(before, before)
    if was == now == "until":
        assert lasts(before, after) == (through >= until)
    if was == "permanent":
        assert lasts(before, after) == (now == "permanent")
    if was == "until" and now is None:
        assert not lasts(before, after)


@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgresql", marks=pytest.mark.servers)])
def test_a_hold_and_a_destruction_at_once(kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """req 23: `bench/hold_races.py`, a few times."""
    settings: dict[str, Any] = {"home": tmp_path, "log_level": "error"}
    if kind == "postgresql":
        settings["database_url"] = request.getfixturevalue("migrated_postgresql_url")
    told = race(settings, 24)
    assert told["held"], told
    assert sum(told["ends"].values()) == 24
