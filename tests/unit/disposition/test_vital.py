"""Vital records: flagged, reviewed in a cycle, their copies seen: req 44."""

from datetime import date

import pytest

from akta.kernel.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from retention.vital.models import VitalRecord
from retention.vital.service import list_vital
from tests.unit.disposition.conftest import BOTH, Office


@BOTH
def test_a_vital_record_comes_up_each_cycle_until_it_is_not_vital_any_more(office: Office) -> None:
    """req 44."""
    record = office.paper("the licence")
    vital, ola = office.app.vital, office.who("ola")
    with office.app.database.write() as session:
        for reason, months in ((" ", 6), ("r", 0), ("r", 121)):
            with pytest.raises(InvalidError):
                vital.flag(session, ola, record, reason, months)
        assert vital.flag(session, ola, record, "no trade without it", 6).review_on == date(2026, 9, 10)
        with pytest.raises(ConflictError, match="copy lies"):
            vital.review(session, ola, record, copy_seen=True)
        vital.flag(session, ola, record, "no trade without it", 6, "safe in the bank")

    def told(day: date) -> tuple[bool, bool]:
        with office.app.database.read() as session:
            (row,) = list_vital(session, ola, day)
        return row["late"], row["copy_late"]

    assert told(date(2026, 9, 10)) == (False, True)
    assert told(date(2026, 9, 11)) == (True, True)
    office.clock.move(days=185)
    with office.app.database.write() as session:
        assert vital.review(session, ola, record, copy_seen=True).review_on == date(2027, 3, 11)
    assert told(date(2026, 9, 12)) == (False, False)
    assert told(date(2027, 3, 12)) == (True, True)
    with office.app.database.write() as session:
        vital.unflag(session, ola, record, "a new licence is there")
    with office.app.database.write() as session, pytest.raises(NotFoundError):
        vital.review(session, ola, record, copy_seen=False)


def test_a_flag_goes_with_its_record_and_strangers_see_none(office: Office) -> None:
    """req 44, 35."""
    office.add("clerk", "clerk")
    office.add("blind", "officer", lab=1)
    record = office.paper()
    with office.app.database.write() as session:
        office.app.vital.flag(session, office.who("ola"), record, "r", 12)
    with office.app.database.read() as session:
        assert list_vital(session, office.who("blind"), date(2030, 1, 1)) == []
        with pytest.raises(ForbiddenError):
            list_vital(session, office.who("clerk"), date(2030, 1, 1))
        with pytest.raises(NotFoundError):
            office.app.vital.flag(session, office.who("blind"), record, "r", 12)
    office.let_go(record)
    with office.app.database.read() as session:
        assert session.get(VitalRecord, record) is None
