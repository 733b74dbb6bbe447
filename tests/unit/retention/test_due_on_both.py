"""What is due on both databases: counted in the index alone, and held back by the grace after a hold."""

from datetime import date, timedelta

import pytest
from sqlalchemy import text, update

from akta.access.principal import Principal
from akta.access.roles import GRANTABLE
from akta.audit.log import AuditLog
from akta.db.engine import Database
from akta.records.models import Record
from retention.holds.placing import PlaceHold, place_hold, release_hold
from retention.keeping import due
from retention.keeping.explaining import explanation
from tests.conftest import NOON, principal
from tests.factories import add_record
from tests.unit.akta.test_job_queries import _plans, _queries
from tests.unit.retention.conftest import OFFICER, ZONE, File

AUDITOR = principal("auditor")
NARROW = principal("officer", levels=dict.fromkeys(GRANTABLE, 2))


@pytest.mark.parametrize("reader", [OFFICER, AUDITOR, NARROW])
def test_counting_reads_the_index_alone(database: Database, reader: Principal) -> None:
    """Also for those from whom restricted records are hidden."""
    ended = {"retention_state": "until", "retain_through": date(2020, 12, 31), "class_code": "PL-ACC-08"}
    with database.write() as session:
        for number in range(300):
            record = add_record(session, **(ended if number % 2 else {"retention_state": "open"}))
            record.restricted = number % 10 == 1
    if database.dialect == "postgresql":
        database.reclaim()  # what is visible to all is known then
    with _queries(database) as seen, database.read() as session:
        counted = due.due_before(session, reader, date(2026, 1, 1))
        due.due_by_month(session, reader, date(2020, 1, 1), date(2021, 1, 1))
        due.no_trigger(session, reader)
    hidden = 0 if reader.sees_restricted else 30
    assert sum(line["records"] for line in counted) == 150 - hidden
    if database.dialect == "sqlite":
        plans = _plans(database, seen)
        assert plans.count("USING COVERING INDEX") == len(seen), plans
        return
    with database.engine.connect() as connection:
        connection.execute(text("SET enable_seqscan = off"))
        connection.execute(text("SET enable_bitmapscan = off"))
        for statement, parameters in seen:
            plan = connection.exec_driver_sql("EXPLAIN " + statement, parameters).all()
            said = "\n".join(str(row[-1]) for row in plan)
            assert "Index Only Scan" in said, said


def test_what_is_due_in_the_time_of_grace_says_so(database: Database, audit: AuditLog, file: File) -> None:
    """Req 27: two holds were released; the grace that ends last counts, and what is over says nothing."""
    record_id, other = file(document_date=date(2015, 3, 1)), file(document_date=date(2015, 4, 1))
    with database.write() as session:
        first = place_hold(session, audit, OFFICER, PlaceHold("Alfa", "R", (record_id,)), NOON).id
        later = place_hold(session, audit, OFFICER, PlaceHold("Beta", "R", (record_id,)), NOON).id
    with database.write() as session:
        release_hold(session, audit, OFFICER, first, "over", NOON)
        release_hold(session, audit, OFFICER, later, "over", NOON + timedelta(days=1))
    now = NOON + timedelta(days=2)
    with database.read() as session:
        records = due.due(session, OFFICER, now.date())
        lines = {line["record"]: line["grace"] for line in due.lines(session, OFFICER, records, now, ZONE)}
        told = explanation(
            session, session.get_one(Record, record_id), "en", zone=ZONE, now=now, matters=True
        )
        polish = explanation(
            session, session.get_one(Record, record_id), "pl", zone=ZONE, now=now, matters=True
        )
        over = NOON + timedelta(days=31, seconds=1)
        after = explanation(session, session.get_one(Record, record_id), "en", zone=ZONE, now=over)
    grace = {"hold": later, "matter": "Beta", "released_on": "2026-03-11", "until": "2026-04-10"}
    assert lines == {record_id: grace, other: None}
    said = (
        "Due, but until 2026-04-10 nothing is destroyed, because the hold “Beta” was released on 2026-03-11."
    )
    assert told["steps"][-1] == said
    assert told["grace"] == grace
    assert "wstrzymanie „Beta” zwolniono 2026-03-11" in polish["steps"][-1]
    assert after["grace"] is None
    assert "nothing is destroyed" not in after["steps"][-1]
    with database.write() as session:
        session.execute(update(Record).where(Record.id == record_id).values(retain_through=date(2090, 1, 1)))
    with database.read() as session:
        told = explanation(
            session, session.get_one(Record, record_id), "en", zone=ZONE, now=now, matters=True
        )
    assert told["steps"][-1].startswith("Until 2026-04-10")
