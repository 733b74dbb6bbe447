"""Custodians who have not acknowledged their notice are reminded by themselves, as their hold says."""

import pytest
from sqlalchemy import select

from akta.access.models import User
from akta.bootstrap import maintain
from akta.kernel.errors import InvalidError
from akta.records.holds import HoldNotice
from retention.holds.notices import notices_of
from tests.conftest import principal
from tests.unit.holds.conftest import OFFICER, HoldDesk


def _reminders(desk: HoldDesk) -> dict[str, int]:
    with desk.app.database.read() as session:
        rows = session.execute(
            select(User.login, HoldNotice.reminders).join(User, User.id == HoldNotice.user_id)
        )
        return {row.login: row.reminders for row in rows}


def _due(desk: HoldDesk) -> int:
    return desk.app.holds.remind_due(desk.app.database)


def _told(desk: HoldDesk, *logins: str, **values: object) -> str:
    for login in logins:
        desk.add(login)
    return desk.place(desk.paper("umowa"), custodians=logins, **values)


def test_who_has_not_acknowledged_is_reminded_every_seven_days(desk: HoldDesk) -> None:
    hold = _told(desk, "jan", "ewa")
    with desk.app.database.write() as session:
        ewa = session.scalars(select(User.id).where(User.login == "ewa")).one()
        desk.app.holds.acknowledge(session, principal("clerk", user_id=ewa), hold)
    desk.clock.move(days=6, hours=23)
    assert _due(desk) == 0
    desk.clock.move(hours=1)
    assert _due(desk) == 1
    assert _due(desk) == 0
    assert _reminders(desk) == {"jan": 1, "ewa": 0}
    assert desk.log(hold)[-1] == "hold.reminded"
    desk.clock.move(days=40)  # Akta was off: one reminder, not five
    assert _due(desk) == 1
    assert _due(desk) == 0
    assert _reminders(desk)["jan"] == 2
    with desk.app.database.read() as session:
        jan = next(row for row in notices_of(session, OFFICER, hold) if row["login"] == "jan")
    assert jan["next_reminder_at"] > desk.clock.now().isoformat()


def test_each_hold_has_an_interval_of_its_own_and_none_at_all_if_it_says_so(desk: HoldDesk) -> None:
    often = _told(desk, "jan", remind_days=1)
    never = _told(desk, "ewa", remind_days=0)
    desk.clock.move(days=1)
    assert _due(desk) == 1
    desk.clock.move(days=300)
    assert _due(desk) == 1
    assert "hold.reminded" not in desk.log(never)
    desk.extend(often, remind_days=30)
    desk.extend(never, remind_days=30)
    assert _due(desk) == 1  # ewa, who was never reminded
    desk.clock.move(days=30)
    assert _due(desk) == 2
    for days in (-1, 366):
        with pytest.raises(InvalidError, match="reminded every 1 to 365 days"):
            desk.extend(often, remind_days=days)
        with pytest.raises(InvalidError, match="reminded every 1 to 365 days"):
            desk.place(desk.paper("inna"), remind_days=days)


def test_nobody_is_reminded_of_what_is_over_or_where_nobody_reads(desk: HoldDesk) -> None:
    over = _told(desk, "jan")
    closed = _told(desk, "ewa")
    desk.release(over)
    with desk.app.database.write() as session:
        session.scalars(select(User).where(User.login == "ewa")).one().active = False
    desk.clock.move(days=30)
    assert _due(desk) == 0
    with desk.app.database.read() as session:
        (row,) = notices_of(session, OFFICER, closed)
    assert (row["account_active"], row["next_reminder_at"]) == (False, None)


def test_a_reminder_by_hand_puts_the_next_one_off(desk: HoldDesk) -> None:
    hold = _told(desk, "jan")
    desk.clock.move(days=5)
    with desk.app.database.write() as session:
        assert desk.app.holds.remind(session, OFFICER, hold) == 1
    desk.clock.move(days=5)
    assert _due(desk) == 0
    desk.clock.move(days=2)
    assert _due(desk) == 1


def test_upkeep_reminds(desk: HoldDesk) -> None:
    _told(desk, "jan")
    desk.clock.move(days=8)
    maintain(desk.app)
    assert _reminders(desk) == {"jan": 1}
