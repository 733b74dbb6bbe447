"""What is due, what never will be because something is not known, and what contradicts itself."""

from datetime import date

import pytest
from sqlalchemy import select

from akta.audit.log import AuditLog
from akta.db.engine import Database
from akta.kernel.errors import ForbiddenError, InvalidError
from akta.records.models import Record
from akta.records.visibility import visible_to
from retention.holds.placing import PlaceHold, place_hold
from retention.keeping import due
from retention.schedules.fileplan import import_plan
from retention.schedules.loading import parse_plan
from tests.conftest import NOON, principal
from tests.factories import add_record
from tests.unit.retention.conftest import OFFICER, File


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


def _due(database: Database, on: date, **more: object) -> list[str]:
    with database.read() as session:
        return [record.id for record in due.due(session, OFFICER, on, **more)]  # type: ignore[arg-type]


def test_req_16_a_record_is_due_the_day_after_its_last_day(database: Database, file: File) -> None:
    record_id = file(document_date=date(2026, 3, 1))
    assert _due(database, date(2031, 12, 31)) == []
    assert _due(database, date(2032, 1, 1)) == [record_id]


def test_req_6_what_has_no_trigger_is_never_due_and_is_told(database: Database, file: File) -> None:
    record_id = file(domain="hr", doc_type="employment_contract")
    undated = file(document_date=None)
    assert _due(database, date(9999, 12, 31)) == []
    with database.read() as session:
        told = due.no_trigger(session, OFFICER)
        assert {line["class"]: line["records"] for line in told} == {"PL-HR-01": 1, "PL-ACC-08": 1}
        missing = {line["class"]: set(line["missing"]) for line in told}
        assert missing["PL-ACC-08"] == {"fiscal_year_end"}
        assert missing["PL-HR-01"] >= {"employment_end", "hired_on"}
        find = due.no_trigger_records
        assert [r.id for r in find(session, OFFICER, missing="hired_on")] == [record_id]
        assert [r.id for r in find(session, OFFICER, missing="hired")] == []
        assert [r.id for r in find(session, OFFICER, class_code="PL-ACC-08")] == [undated]
        first, second = find(session, OFFICER)
        assert {first.id, second.id} == {record_id, undated}
        assert find(session, OFFICER, after=due.open_cursor_of(first)) == [second]
        assert find(session, OFFICER, after=due.open_cursor_of(second)) == []
        with pytest.raises(InvalidError):
            find(session, OFFICER, after=record_id)


def test_req_48_pages_are_right_while_records_come_and_go(database: Database, file: File) -> None:
    ids = sorted(file(document_date=date(2018 + n % 2, 1, n + 1)) for n in range(6))
    with database.read() as session:
        on = date(2040, 1, 1)
        first = due.due(session, OFFICER, on, limit=3)
    late = file(document_date=date(2017, 1, 1))  # would push a page by numbers one further
    with database.read() as session:
        rest = due.due(session, OFFICER, on, after=due.cursor_of(first[-1]))
    assert sorted(r.id for r in (*first, *rest)) == ids
    assert late not in {r.id for r in rest}
    whole = _due(database, on)
    assert len(whole) == 7
    assert whole[0] == late
    for bad in ("x", "2026-01-01~PL~x", "~~", f"2026-13-01~PL~{ids[0]}", f"2026-12-01~{ids[0]}"):
        with pytest.raises(InvalidError):
            _due(database, on, after=bad)


def test_nothing_due_is_no_fault(database: Database, file: File) -> None:
    """req 48: zero is a number of records like any other; reading the list changes nothing."""
    assert _due(database, date(2026, 1, 1)) == []
    with database.read() as session:
        assert due.due_by_month(session, OFFICER, date(2026, 1, 1), date(2026, 12, 31)) == []
        assert due.due_before(session, OFFICER, date(2026, 1, 1)) == []
        assert due.conflicts(session, OFFICER) == due.without_class(session, OFFICER) == []


def test_held_ones_are_marked_and_the_action_is_told(database: Database, audit: AuditLog, file: File) -> None:
    memo = file(domain="other", doc_type="memo", document_date=date(2018, 1, 1))
    invoice = file(document_date=date(2018, 1, 1))
    with database.write() as session:
        place_hold(session, audit, OFFICER, PlaceHold("M", "R", (invoice,)), NOON)
    with database.read() as session:
        found = {r.id: due.as_data(r) for r in due.due(session, OFFICER, date(2040, 1, 1))}
        assert (found[memo]["action"], found[memo]["held"]) == ("review", False)
        assert (found[invoice]["action"], found[invoice]["held"]) == ("destroy", True)
        counted = due.due_before(session, OFFICER, date(2040, 1, 1))
        told = {(c["not_destroyed"], c["records"], c["held"]) for c in counted}
        assert told == {(1, 1, 0), (0, 1, 1)}
        months = due.due_by_month(session, OFFICER, date(2023, 1, 1), date(2023, 12, 31))
        assert [(m["month"], m["records"], m["held"]) for m in months if m["class"] == "PL-ACC-08"] == [
            ("2023-12", 1, 1)
        ]
        narrow = due.Narrow(action="review", domain="other")
        assert [r.id for r in due.due(session, OFFICER, date(2040, 1, 1), narrow=narrow)] == [memo]


def test_only_filed_records_and_those_that_are_seen_are_listed(database: Database, file: File) -> None:
    in_review = file(state="review", document_date=date(2010, 1, 1))
    filed = file(document_date=date(2010, 1, 1))
    secret = file(document_date=date(2010, 1, 1), domain="accounting")
    with database.write() as session:
        session.get_one(Record, secret).confidentiality = 3
    assert in_review not in _due(database, date(2040, 1, 1))
    limited = file(document_date=date(2010, 1, 1))
    with database.write() as session:
        session.get_one(Record, limited).restricted = True
    with database.read() as session:
        for who, sees in ((OFFICER, True), (principal("auditor"), False)):
            assert (limited in {r.id for r in due.due(session, who, date(2040, 1, 1))}) is sees
            found = session.scalars(select(Record.id).where(visible_to(who), Record.state == "filed"))
            assert {r.id for r in due.due(session, who, date(2040, 1, 1))} == set(found)
    narrow = principal("officer", levels={"accounting": 2, "hr": 3})
    with database.read() as session:
        assert [r.id for r in due.due(session, narrow, date(2040, 1, 1))] == [filed, limited]
        assert due.due_before(session, narrow, date(2040, 1, 1))[0]["records"] == 2
        nobody = principal("officer", levels={})
        assert due.due(session, nobody, date(2040, 1, 1)) == due.no_trigger(session, nobody) == []
        for role in ("staff", "clerk", "administrator"):
            with pytest.raises(ForbiddenError):
                due.due(session, principal(role), date(2040, 1, 1))


def test_req_18_what_must_be_kept_longer_than_it_may_is_reported(
    database: Database, audit: AuditLog, file: File
) -> None:
    plan = parse_plan(
        "jurisdiction: PL\nclasses:\n  - code: PL-OTH-9\n    domain: other\n    title: {pl: a, en: b}\n"
        "    doc_types: [book_page]\n    rules:\n"
        "      - {id: K, trigger: document_date, period: 5y, action: destroy, basis: law}\n"
        "      - {id: L, kind: limit, trigger: document_date, period: 1y, action: erase, basis: other law}\n"
    )
    with database.write() as session:
        import_plan(session, audit, "x:y", plan, NOON)
    record_id = file(domain="other", doc_type="book_page", document_date=date(2026, 1, 1))
    with database.read() as session:
        (record,) = due.conflicts(session, OFFICER)
        told = due.as_data(record)
    assert told["record"] == record_id
    assert (told["retain_through"], told["limit_through"]) == ("2031-01-01", "2027-01-01")
    assert told["conflicts"] == ["K>L"]


def test_req_1_a_paper_without_class_is_not_filed_and_is_told(database: Database) -> None:
    with database.write() as session:
        waiting = add_record(session, state="review", class_code=None).id
    with database.read() as session:
        assert [r.id for r in due.without_class(session, OFFICER)] == [waiting]
