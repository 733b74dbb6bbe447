"""Carrying a released disposition out: what changed is asked again in the act; dying: req 31, 23, 27."""

import json
from datetime import date, timedelta

import pytest
from sqlalchemy import select, update

from akta.audit.models import AuditEntry
from akta.events.models import Job
from akta.kernel.errors import InvalidError
from akta.kernel.ids import new_id
from akta.operations.verify import verify_archive
from akta.records.models import Case, Record, RecordClass
from retention.disposition.models import Disposition, DispositionItem
from retention.events.recording import RecordEvent, record_event
from retention.holds.placing import PlaceHold, place_hold
from tests.unit.disposition.conftest import BOTH, OVER, Office


def _new_plan(office: Office, _record: str) -> None:
    with office.app.database.write() as session:
        made = session.scalars(select(RecordClass).where(RecordClass.code == "PL-ACC-08")).one()
        made.current = False
        values = {c.name: getattr(made, c.name) for c in RecordClass.__table__.columns}
        session.add(RecordClass(**{**values, "id": "0" * 26, "version": 2, "current": True}))


def _hold_and_release(office: Office, record: str) -> None:
    office.release_hold(office.hold(record))


def _later(office: Office, record: str) -> None:
    with office.app.database.write() as session:
        session.get_one(Record, record).retain_through = date(2040, 1, 1)


@BOTH
@pytest.mark.parametrize(
    ("change", "failure"),
    [
        (lambda office, record: office.hold(record), "held"),
        (_hold_and_release, "grace"),
        (_new_plan, "changed"),
        (_later, "not_due"),
    ],
)
def test_what_changed_after_the_release_fails_and_the_rest_goes(
    office: Office, change: object, failure: str
) -> None:
    """req 31, 23, 27: asked again under the lock, record by record; the certificate says what failed."""
    one, other = office.paper(), office.paper(class_code="PL-ACC-02")
    run = office.propose(one, other)
    office.decide(run)
    office.release(run)
    change(office, one)  # type: ignore[operator]
    office.execute(run)
    assert (office.state(one), office.state(other)) == ("filed", "destroyed")
    assert (office.item(run, one).outcome, office.item(run, one).failure) == ("failed", failure)
    body = json.loads(office.certificate(run))["certificate"]
    assert body["counts"]["failed"] == body["counts"]["destroyed"] == 1
    assert {i["record"]: i["failure"] for i in body["items"]} == {one: failure, other: None}


@BOTH
def test_an_event_recorded_after_the_release_stops_what_it_keeps(office: Office) -> None:
    """req 31, 9: nobody need have computed anew what the event changes."""
    one, other = office.paper(), office.paper()
    run = office.propose(one, other)
    office.decide(run)
    office.release(run)
    with office.app.database.write() as session:
        said = RecordEvent("tax_due", "record", one, date(2025, 1, 25))
        record_event(session, office.app.audit, office.who("ola"), said, office.clock.now())
        office.app.dispositions.execute(session, office.who("ola"), run)
        for job in session.scalars(select(Job).where(Job.kind == "retention.recompute")):
            job.run_after = office.clock.now() + timedelta(minutes=5)
    office.drain()
    assert (office.state(one), office.state(other)) == ("filed", "destroyed")
    assert office.item(run, one).failure == "longer"
    office.clock.move(minutes=20)
    office.drain()
    with office.app.database.read() as session:
        kept = session.get_one(Record, one).retain_through
    assert kept is not None
    assert kept > date(2030, 1, 1)


def test_a_day_made_earlier_in_the_database_destroys_nothing(office: Office) -> None:
    """req 3, 31: what is stored of a record is not believed in the act, and verification names it."""
    honest, forged = office.paper(), office.paper(document_date=date(2024, 3, 1))
    run = office.let_go(honest, forged)
    assert (office.state(honest), office.state(forged)) == ("destroyed", "filed")
    assert office.item(run, forged).failure == "longer"
    office.drain()  # and its keeping was computed anew
    with office.app.database.write() as session:
        record = session.get_one(Record, forged)
        assert record.retain_through == date(2029, 12, 31)
        assert _said_of_keeping(office) == []
        record.retain_through = OVER
    assert "own derivation" in _said_of_keeping(office)[0]
    with office.app.database.write() as session:
        record = session.get_one(Record, forged)
        record.retention = {**(record.retention or {}), "retain_through": OVER.isoformat()}
    assert "history" in _said_of_keeping(office)[0]


def _said_of_keeping(office: Office) -> list[str]:
    found = verify_archive(office.app).checks
    return next(check.problems for check in found if check.name == "keeping")


def test_a_run_waits_while_a_hold_is_being_placed(office: Office) -> None:
    """req 23: what is not known yet is no failure; the job waits, and what the hold covers stays."""
    with office.app.database.write() as session:
        case = Case(id=new_id(), kind="order", key="Z/1", title="Z/1", opened_at=office.clock.now())
        session.add(case)
        session.flush()
        number = case.id
    one, other = office.paper(), office.paper(case_id=number)
    run = office.propose(one, other)
    office.decide(run)
    office.release(run)
    with office.app.database.write() as session:
        command = PlaceHold("M", "R", (), case_ids=(number,))
        place_hold(session, office.app.audit, office.who("ola"), command, office.clock.now())
        waiting = session.scalars(select(Job).where(Job.key.startswith("place-hold:"))).one()
        waiting.run_after = office.clock.now() + timedelta(minutes=5)
    office.execute(run)
    assert (office.state(one), office.item(run, one).outcome) == ("filed", None)
    assert office.run_state(run) == "running"
    office.clock.move(minutes=20)
    office.drain()
    office.clock.move(minutes=20)
    office.drain()
    assert (office.state(one), office.state(other)) == ("destroyed", "filed")
    assert office.item(run, other).failure == "held"
    assert office.run_state(run) == "done"


def test_a_list_changed_behind_our_back_is_void(office: Office) -> None:
    """req 31: rows edited in the database after the release do not fit its hash."""
    one, other = office.paper(), office.paper()
    run = office.propose(one, other)
    office.decide(run, "accept", one)
    office.decide(run, "exclude", other, reason="kept for the jubilee")
    office.release(run)
    with office.app.database.write() as session:
        session.execute(
            update(DispositionItem).where(DispositionItem.record_id == other).values(decision="accept")
        )
    office.execute(run)
    assert (office.run_state(run), office.state(one), office.state(other)) == ("void", "filed", "filed")


@BOTH
def test_the_job_dies_anywhere_and_comes_twice(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is done stays done, once; there is one certificate."""
    records = [office.paper(f"p{n}") for n in range(4)]
    run = office.propose(*records)
    office.decide(run)
    office.release(run)
    executor = office.app.executor
    real, calls = executor._destroy, 0

    def dies(*arguments: object) -> object:
        nonlocal calls
        calls += 1
        if calls in (2, 4):
            raise RuntimeError("power")
        return real(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(executor, "_destroy", dies)
    for step in ("_purge", "_look_for_bytes"):
        whole = getattr(executor, step)
        failed: list[str] = []

        def once(*arguments: object, whole: object = whole, failed: list[str] = failed) -> object:
            if not failed:
                failed.append("x")
                raise RuntimeError("power")
            return whole(*arguments)  # type: ignore[operator]

        monkeypatch.setattr(executor, step, once)
    office.execute(run)
    for _ in range(5):
        office.clock.move(minutes=11)
        office.drain()
    assert [office.state(r) for r in records] == ["destroyed"] * 4
    with office.app.database.read() as session:
        entries = session.scalars(
            select(AuditEntry.subject).where(AuditEntry.action == "record.destroyed")
        ).all()
    assert sorted(entries) == sorted(f"record:{r}" for r in records)
    before = office.certificate(run)
    with office.app.database.write() as session:  # the message comes once more
        job = session.scalars(select(Job).where(Job.kind == "retention.execute")).one()
        job.state, job.attempt = "ready", 0
    office.drain()
    assert office.certificate(run) == before


def test_two_runs_with_one_record_destroy_it_once(office: Office) -> None:
    record = office.paper()
    first = office.propose(record)
    office.decide(first)
    office.release(first)
    with office.app.database.write() as session:
        session.get_one(Disposition, first).state = "cancelled"
    second = office.propose(record)
    office.decide(second)
    office.release(second)
    with office.app.database.write() as session:
        session.get_one(Disposition, first).state = "released"
    office.execute(second)
    office.execute(first)
    assert office.item(first, record).failure == "gone"
    assert office.run_state(first) == "done"


def test_a_grace_of_thirty_days_after_a_hold(office: Office) -> None:
    """req 27. It is said when somebody proposes it by its number, and not only in the act."""
    record = office.paper()
    office.release_hold(office.hold(record))
    with pytest.raises(InvalidError, match="time of grace"):
        office.propose(record)
    office.drain()
    office.clock.move(days=31)
    office.let_go(record)
    assert office.state(record) == "destroyed"
