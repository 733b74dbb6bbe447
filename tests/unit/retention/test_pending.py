"""What waits to be computed anew, and what failed, is said of exactly the records that it is about."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from akta.audit.log import AuditLog
from akta.db.engine import Database
from akta.events.models import Job
from akta.records.models import Record
from retention.keeping import due
from retention.keeping.explaining import explanation
from retention.keeping.models import Recomputation
from retention.keeping.pending import pending_of, unsettled
from retention.keeping.recomputing import ask
from tests.conftest import NOON, principal
from tests.unit.retention.conftest import ZONE, Desk, File, add_case, add_contract, add_event

OFFICER = principal("officer")


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


def _ask(database: Database, scope: str, subject: str, **values: object) -> str:
    with database.write() as session:
        made = ask(session, scope, subject, "test", "user:test", NOON)
        for name, value in values.items():
            setattr(made, name, value)
        return made.id


def _states(database: Database, *ids: str) -> list[str | None]:
    with database.read() as session:
        found = pending_of(session, ids)
        return [found[i].state if i in found else None for i in ids]


def test_an_event_is_said_until_a_worker_ran(
    database: Database, audit: AuditLog, file: File, desk: Desk
) -> None:
    case, other = add_case(database, audit), add_case(database, audit, "other")
    mine, not_mine = (add_contract(database, audit, file, c) for c in (case, other))
    add_event(database, audit, f"case:{case}", date(2012, 6, 30))
    assert _states(database, mine, not_mine) == ["waiting", None]
    with database.read() as session:
        record = session.get_one(Record, mine)
        told = explanation(session, record, "en", zone=ZONE, now=NOON)
        assert told["recomputing"]["text"].startswith("Being computed anew since 2026-")
        polish = explanation(session, record, "pl", zone=ZONE, now=NOON)
        assert polish["recomputing"]["text"].startswith("Przeliczane od 2026-")
        past = explanation(session, record, "en", zone=ZONE, now=NOON, as_of=date(2026, 1, 1))
        assert past["recomputing"] is None
        provisional = unsettled(session, "en", ZONE)
        assert provisional is not None
        assert (provisional["waiting"], provisional["failed"]) == (1, 0)
        assert "may still change" in provisional["text"]
    desk.drain()
    assert _states(database, mine, not_mine) == [None, None]
    with database.read() as session:
        assert unsettled(session, "en", ZONE) is None


def test_every_scope_reaches_its_records_and_no_others(
    database: Database, audit: AuditLog, file: File
) -> None:
    case = add_case(database, audit)
    one = add_contract(database, audit, file, case)
    two = file({}, domain="accounting", doc_type="invoice")
    with database.read() as session:
        code = session.get_one(Record, one).class_code
    for scope, subject, said in (
        ("record", one, ["waiting", None]),
        ("case", case, ["waiting", None]),
        ("class", code, ["waiting", None]),
        ("party", "0" * 26, [None, None]),
        ("all", "", ["waiting", "waiting"]),
    ):
        assert subject is not None
        made = _ask(database, scope, subject)
        assert _states(database, one, two) == said, scope
        with database.write() as session:
            session.get_one(Recomputation, made).state = "done"


def test_what_a_running_one_has_passed_is_new(database: Database, file: File) -> None:
    first, second = sorted(file({}, domain="accounting", doc_type="invoice") for _ in range(2))
    _ask(database, "all", "", state="running", cursor=first)
    assert _states(database, first, second) == [None, "running"]


def test_a_failure_is_loud_and_says_what_to_do_until_it_is_made_up_for(
    database: Database, audit: AuditLog, file: File
) -> None:
    record = add_contract(database, audit, file, add_case(database, audit))
    failed = _ask(database, "record", record, state="failed", ended_at=NOON)
    with database.read() as session:
        job = session.scalars(select(Job.id).where(Job.key == f"recompute:{failed}")).one()
        told = pending_of(session, [record])[record]
        assert (told.state, told.job) == ("failed", job)
        for language, word in (("en", "FAILED"), ("pl", "NIE POWIODŁO SIĘ")):
            text = told.as_data(language, ZONE)["text"]
            assert word in text
            assert f"akta job retry {job}" in text
        for language, word in (("en", "may be wrong"), ("pl", "może być błędna")):
            provisional = unsettled(session, language, ZONE)
            assert provisional is not None
            assert provisional["failed"] == 1
            assert word in provisional["text"]
    again = _ask(database, "all", "")
    assert _states(database, record) == ["waiting"]
    with database.write() as session:
        session.get_one(Recomputation, again).state = "done"
    assert _states(database, record) == [None]
    with database.read() as session:
        assert unsettled(session, "en", ZONE) is None


def test_the_list_of_what_is_due_marks_its_lines(
    database: Database, audit: AuditLog, file: File, desk: Desk
) -> None:
    case = add_case(database, audit)
    add_contract(database, audit, file, case)
    add_event(database, audit, f"case:{case}", date(2027, 6, 30))
    desk.drain()
    add_event(database, audit, f"case:{case}", date(2013, 6, 30), kind="hired_on")
    with database.read() as session:
        records = due.due(session, OFFICER, NOON.date() + timedelta(days=36_500))
        (line,) = due.lines(session, OFFICER, records, NOON, ZONE)
    assert line["recomputing"]["state"] == "waiting"
