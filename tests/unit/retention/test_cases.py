"""Cases: filing into them, the cut-off, and opening them again."""

from datetime import date, timedelta

import pytest

from akta.audit.log import AuditLog
from akta.db.engine import Database
from akta.kernel.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError, StaleError
from akta.records.cases import (
    CaseClosedError,
    OpenCase,
    close_case,
    file_into,
    find_case,
    get_case,
    list_cases,
    open_case,
    records_in,
    reopen_case,
    take_out,
)
from akta.records.guard import HeldError
from akta.records.models import Record
from retention.holds.placing import PlaceHold, place_hold
from retention.keeping.history import entries_of
from tests.conftest import NOON, principal
from tests.unit.retention.conftest import OFFICER, Desk, File, add_case

TODAY = NOON.date()
CLERK = principal("clerk")


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


def _file_into(database: Database, audit: AuditLog, case: str, *ids: str) -> int:
    with database.write() as session:
        return file_into(session, audit, CLERK, case, ids, NOON)


def _close(database: Database, audit: AuditLog, case: str, on: date = TODAY) -> None:
    with database.write() as session:
        close_case(session, audit, OFFICER, case, today=TODAY, now=NOON, on=on)


def test_a_case_is_opened_once_and_found_by_its_key(database: Database, audit: AuditLog, desk: Desk) -> None:
    case = add_case(database, audit, " 12  34 ")
    with database.write() as session:
        assert find_case(session, OFFICER, "employee/12 34").id == case
        assert find_case(session, OFFICER, case).id == case
        assert [c.id for c in list_cases(session, OFFICER, kind="employee", state="open")] == [case]
        assert list_cases(session, OFFICER, after=case) == []
    with pytest.raises(ConflictError, match="already"):
        add_case(database, audit, "12 34")
    assert len(desk.logged("case.opened")) == 1


def test_what_is_no_case_is_refused(database: Database, audit: AuditLog) -> None:
    for command in (
        OpenCase("nothing", "1", ""),
        OpenCase("order", "  ", ""),
        OpenCase("order", "x" * 201, ""),
        OpenCase("order", "1", "x" * 301),
        OpenCase("order", "1", "", domain="nowhere"),
    ):
        with pytest.raises(InvalidError), database.write() as session:
            open_case(session, audit, OFFICER, command, NOON)
    with pytest.raises(ForbiddenError), database.write() as session:
        open_case(session, audit, CLERK, OpenCase("order", "1", ""), NOON)


def test_a_case_that_somebody_may_not_see_is_not_there(
    database: Database, audit: AuditLog, file: File
) -> None:
    case = add_case(database, audit)
    blind = principal("officer", levels={"accounting": 3, "hr": 1})
    record_id = file()
    with database.write() as session:
        for look in (get_case, find_case):
            with pytest.raises(NotFoundError):
                look(session, blind, case)
        assert list_cases(session, blind) == []
        with pytest.raises(NotFoundError):
            file_into(session, audit, blind, case, [record_id], NOON)


def test_records_of_a_case_are_listed_and_counted_as_far_as_they_are_seen(
    database: Database, audit: AuditLog, file: File
) -> None:
    case = add_case(database, audit, kind="matter")
    ids = sorted([file(), file(), file(domain="hr", doc_type="employment_contract")])
    assert _file_into(database, audit, case, *ids) == 3
    with database.read() as session:
        half = principal("officer", levels={"other": 3, "accounting": 3})
        seen, count = records_in(session, half, case)
        assert (len(seen), count) == (2, 2)
        page, count = records_in(session, OFFICER, case, after=ids[0], limit=1)
        assert ([r.id for r in page], count) == ([ids[1]], 3)


def test_req_11_after_its_cut_off_nothing_is_filed_into_a_case_or_taken_out(
    database: Database, audit: AuditLog, file: File
) -> None:
    case, other = add_case(database, audit), add_case(database, audit, "5678")
    inside, outside = file(), file()
    _file_into(database, audit, case, inside)
    _close(database, audit, case)
    with pytest.raises(CaseClosedError, match=r"was closed on 2026-03-10\. Open it again first"):
        _file_into(database, audit, case, outside)
    with pytest.raises(CaseClosedError):
        _file_into(database, audit, other, inside)
    with pytest.raises(CaseClosedError), database.write() as session:
        take_out(session, audit, CLERK, case, [inside], NOON)
    with pytest.raises(CaseClosedError, match="closed already"):
        _close(database, audit, case)


def test_req_11_opening_it_again_is_logged_and_computes_anew(
    database: Database, audit: AuditLog, file: File, desk: Desk
) -> None:
    case = add_case(database, audit)
    record_id = file()
    _file_into(database, audit, case, record_id)
    _close(database, audit, case, TODAY - timedelta(days=400))
    desk.drain()
    with database.write() as session:
        with pytest.raises(InvalidError, match="why"):
            reopen_case(session, audit, OFFICER, case, " ", NOON)
        reopen_case(session, audit, OFFICER, case, "a late invoice", NOON)
        with pytest.raises(ConflictError, match="open"):
            reopen_case(session, audit, OFFICER, case, "again", NOON)
    desk.drain()
    (body,) = desk.logged("case.reopened")
    assert '"reason":"a late invoice","was_closed_on":"2025-02-03"' in body
    ended = desk.logged("retention.recomputation_ended")
    assert [f'"cause":"case:{case}"' in body for body in ended] == [True, True]
    assert _file_into(database, audit, case, file()) == 1


def test_req_5_a_rule_may_count_from_the_cut_off(
    database: Database, audit: AuditLog, file: File, desk: Desk
) -> None:
    from retention.schedules.fileplan import import_plan
    from retention.schedules.loading import parse_plan

    plan = parse_plan(
        "jurisdiction: PL\nclasses:\n  - code: PL-OTH-9\n    domain: other\n    title: {pl: a, en: b}\n"
        "    doc_types: [book_page]\n    rules:\n"
        "      - {id: R9, trigger: case_closed, period: 2y, action: destroy, basis: policy}\n"
    )
    with database.write() as session:
        import_plan(session, audit, "x:y", plan, NOON)
    case = add_case(database, audit)
    record_id = file(domain="other", doc_type="book_page")
    assert desk.outcome(record_id) == "open"
    _file_into(database, audit, case, record_id)
    _close(database, audit, case, date(2025, 6, 1))
    desk.drain()
    assert desk.through(record_id) == date(2027, 6, 1)
    with database.write() as session:
        reopen_case(session, audit, OFFICER, case, "late", NOON)
    desk.drain()
    assert desk.outcome(record_id) == "open"
    with database.read() as session:
        assert [e.cause for e in entries_of(session, record_id)] == ["filed", f"case:{case}", f"case:{case}"]


def test_a_held_record_is_not_moved(database: Database, audit: AuditLog, file: File) -> None:
    """req 22: moving is one of the acts that a hold forbids; nothing of the same request moves either."""
    case = add_case(database, audit)
    free, held = file(), file()
    with database.write() as session:
        place_hold(session, audit, OFFICER, PlaceHold("M", "R", (held,)), NOON)
    with pytest.raises(HeldError):
        _file_into(database, audit, case, free, held)
    with database.read() as session:
        assert {session.get_one(Record, i).case_id for i in (free, held)} == {None}


def test_records_move_between_open_cases_and_out(database: Database, audit: AuditLog, file: File) -> None:
    first, second = add_case(database, audit), add_case(database, audit, "5678")
    record_id = file()
    assert _file_into(database, audit, first, record_id) == 1
    assert _file_into(database, audit, first, record_id) == 0  # twice is once
    assert _file_into(database, audit, second, record_id) == 1
    with database.write() as session:
        assert take_out(session, audit, CLERK, first, [record_id], NOON) == 0
        assert take_out(session, audit, CLERK, second, [record_id], NOON) == 1
    with database.read() as session:
        assert session.get_one(Record, record_id).case_id is None


@pytest.mark.parametrize("day", [date(2026, 3, 11), date(1, 1, 1), date(1899, 12, 31), date(9999, 12, 31)])
def test_a_case_is_closed_on_a_day_that_has_been(database: Database, audit: AuditLog, day: date) -> None:
    case = add_case(database, audit)
    with pytest.raises(InvalidError):
        _close(database, audit, case, day)


def test_an_old_version_of_a_case_is_not_changed(database: Database, audit: AuditLog) -> None:
    case = add_case(database, audit)
    _close(database, audit, case)
    with pytest.raises(StaleError), database.write() as session:
        reopen_case(session, audit, OFFICER, case, "r", NOON, expected_version=1)
