"""What depends on the kind of database: locks, triggers, and statements for many rows at once."""

import threading
from datetime import date

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.exc import DatabaseError

from akta.audit.log import AuditLog
from akta.db.engine import Database
from akta.kernel.ids import new_id
from akta.records.events import RecordUnderstood
from akta.records.models import Field, Party, RecordParty
from retention.events.models import BusinessEvent
from retention.events.recording import cancel_event, correct_event
from retention.holds.placing import PlaceHold, place_hold, release_hold
from retention.keeping.filing import Keeping
from retention.keeping.history import entries_of
from retention.keeping.models import DeferredKeeping, KeepingEntry, Recomputation
from retention.keeping.recomputing import ask, ask_deferred
from tests.conftest import NOON, SetClock
from tests.factories import add_record
from tests.unit.retention.conftest import OFFICER, Desk, File, add_case, add_contract, add_event

PAST = date(2017, 8, 31)


def test_req_10_a_correction_and_a_cancellation_compute_anew_with_a_trace(
    database: Database, audit: AuditLog, file: File, desk: Desk
) -> None:
    case = add_case(database, audit)
    ids = [add_contract(database, audit, file, case) for _ in range(3)]
    wrong = add_event(database, audit, f"case:{case}", date(2027, 1, 1))
    desk.drain()
    assert {desk.through(i) for i in ids} == {date(2037, 12, 31)}
    with database.write() as session:
        right = correct_event(
            session, audit, OFFICER, wrong, reason="misread", now=NOON, effective=date(2024, 6, 30)
        )
        assert right.corrects == wrong
    desk.drain()
    assert {desk.through(i) for i in ids} == {date(2034, 12, 31)}
    with database.write() as session:
        cancel_event(session, audit, OFFICER, right.id, "never ended", NOON)
    desk.drain()
    assert {desk.outcome(i) for i in ids} == {"open"}
    with database.read() as session:
        for record_id in ids:
            entries = entries_of(session, record_id)
            assert [e.cause.split(":")[0] for e in entries[-3:]] == ["event"] * 3
        ended = select(BusinessEvent).where(BusinessEvent.kind == "employment_end")
        kept = session.scalars(ended.order_by(BusinessEvent.id)).all()
        assert [(e.state, e.effective) for e in kept] == [
            ("cancelled", date(2027, 1, 1)),
            ("cancelled", date(2024, 6, 30)),
        ]
    assert len(desk.logged("retention.recomputed")) == 3
    assert all(record_id in desk.logged("retention.recomputed")[1] for record_id in ids)


def test_what_happened_cannot_be_changed_with_sql(database: Database, audit: AuditLog, file: File) -> None:
    event = add_event(database, audit, f"record:{file()}", PAST)
    mine = BusinessEvent.id == event
    for statement in (
        update(BusinessEvent).where(mine).values(effective=date(2030, 1, 1)),
        update(BusinessEvent).where(mine).values(subject_id="x"),
        delete(BusinessEvent).where(mine),
    ):
        with (
            pytest.raises(DatabaseError, match=r"never changes|stays on record"),
            database.write() as session,
        ):
            session.execute(statement)


def test_a_job_that_comes_twice_or_dies_changes_nothing_twice(
    database: Database, audit: AuditLog, file: File, desk: Desk, clock: SetClock
) -> None:
    """req 47: idempotent and resumable. A worker that dies between batches leaves the place it came to."""
    case = add_case(database, audit)
    ids = sorted(add_contract(database, audit, file, case) for _ in range(3))
    add_event(database, audit, f"case:{case}", date(2024, 6, 30))
    with database.write() as session:  # as if a worker had done the first record and died
        row = session.scalars(select(Recomputation).where(Recomputation.cause.like("event:%"))).one()
        row.cursor, row.seen, row.state = ids[0], 1, "running"
    desk.drain()
    assert [desk.outcome(i) for i in ids] == ["open", "until", "until"]
    with database.write() as session:
        again = ask(session, "case", case, "again", "user:x", NOON).id
    desk.drain()
    with database.read() as session:
        row = session.get_one(Recomputation, again)
        assert (row.state, row.seen, row.changed) == ("done", 3, 1)
        assert row.report["classes"]["PL-HR-01"]["shorter"] == 1
        assert {len(entries_of(session, i)) for i in ids} == {2}


def test_under_a_hold_a_shortening_waits_for_its_end(
    database: Database, audit: AuditLog, file: File, desk: Desk
) -> None:
    case = add_case(database, audit)
    record_id = add_contract(database, audit, file, case)
    event = add_event(database, audit, f"case:{case}", date(2027, 1, 1))
    desk.drain()
    with database.write() as session:
        hold = place_hold(session, audit, OFFICER, PlaceHold("M", "R", (record_id,)), NOON).id
    with database.write() as session:
        correct_event(session, audit, OFFICER, event, reason="r", now=NOON, effective=date(2024, 6, 30))
    desk.drain()
    assert desk.through(record_id) == date(2037, 12, 31)
    with database.write() as session:
        assert session.get(DeferredKeeping, record_id) is not None
        assert not ask_deferred(session, "system:test", NOON)
        release_hold(session, audit, OFFICER, hold, "over", NOON)
        assert not ask_deferred(session, "system:test", NOON)  # asked for by the release itself
    desk.drain()
    assert desk.through(record_id) == date(2034, 12, 31)
    with database.read() as session:
        assert session.get(DeferredKeeping, record_id) is None


def test_events_of_a_party_reach_all_papers_that_name_it_under_any_spelling(
    database: Database, audit: AuditLog, file: File, desk: Desk
) -> None:
    ids = [file({"hire_date": "2020-02-02"}, domain="hr", doc_type="employment_contract") for _ in range(3)]
    with database.write() as session:
        root, leaf, other = new_id(), new_id(), new_id()
        for number, (party, of) in enumerate(((root, root), (leaf, root), (other, other))):
            session.add(
                Party(id=party, key=f"name:{number}", name="", created_at=NOON, root_id=of, kind="person")
            )
            session.flush()
            session.add(RecordParty(record_id=ids[number], role="employee", party_id=party))
    add_event(database, audit, f"party:{leaf}", date(2024, 6, 30))
    desk.drain()
    assert [desk.through(i) for i in ids] == [date(2034, 12, 31), date(2034, 12, 31), None]


def test_the_history_cannot_be_changed_with_sql(database: Database, file: File) -> None:
    record_id = file()
    mine = KeepingEntry.record_id == record_id
    for statement in (update(KeepingEntry).where(mine).values(actor="x"), delete(KeepingEntry).where(mine)):
        with pytest.raises(DatabaseError, match="append-only"), database.write() as session:
            session.execute(statement)


def test_req_9_no_paper_filed_while_an_event_is_recorded_misses_it(
    database: Database, audit: AuditLog, plan: Keeping, desk: Desk
) -> None:
    """A paper is computed with the old facts and not yet committed; the event that comes then must wait."""
    case = add_case(database, audit)
    with database.write() as session:
        record = add_record(session, domain="hr", doc_type="employment_contract", case_id=case)
        record_id = record.id
        hired = {"name": "hire_date", "value": "2020-02-02", "confidence": 1.0, "reader": "test"}
        session.add(Field(id=new_id(), record_id=record_id, **hired))
    computed, done = threading.Event(), threading.Event()

    def file_it() -> None:
        with database.write() as session:
            plan.on_understood(session, RecordUnderstood(record_id, "user:clerk"))
            computed.set()
            done.wait(0.7)  # long enough for the event, if nothing held it up

    filing = threading.Thread(target=file_it)
    filing.start()
    assert computed.wait(30)
    add_event(database, audit, f"case:{case}", date(2024, 6, 30))
    desk.drain()
    done.set()
    filing.join()
    assert desk.through(record_id) == date(2034, 12, 31)
