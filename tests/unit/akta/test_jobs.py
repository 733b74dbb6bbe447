"""The jobs table: nothing is lost, nothing is done by two at once."""

import threading
from contextlib import suppress
from datetime import timedelta

import pytest
from sqlalchemy import select

from akta.db.engine import Database
from akta.events import jobs
from akta.events.models import Job
from akta.worker.runner import DEATHS, Handler, Runner
from tests.conftest import NOON, SetClock


def _enqueue(database: Database, key: str = "k", **options: object) -> None:
    with database.write() as session:
        jobs.enqueue(session, "test.work", {"n": 1}, key=key, now=NOON, **options)


def _claim(
    database: Database, clock: SetClock, owner: str = "host:1:1", **options: object
) -> jobs.Claim | None:
    with database.write() as session:
        return jobs.claim(session, owner, clock.now(), **options)


def _states(database: Database) -> list[str]:
    with database.read() as session:
        return sorted(session.scalars(select(Job.state)))


def test_a_job_is_written_with_the_change_or_not_at_all(database: Database) -> None:
    with pytest.raises(RuntimeError), database.write() as session:
        jobs.enqueue(session, "test.work", {}, key="k", now=NOON)
        raise RuntimeError
    assert _states(database) == []


def test_waiting_twin_serves_both(database: Database, clock: SetClock) -> None:
    _enqueue(database)
    _enqueue(database)
    assert _states(database) == ["ready"]
    assert _claim(database, clock)
    _enqueue(database)  # the first is running: a new one must wait for it
    assert _states(database) == ["ready", "running"]
    assert _claim(database, clock, "host:2:2") is None


def test_priority_then_age(database: Database, clock: SetClock) -> None:
    _enqueue(database, "low", priority=80)
    _enqueue(database, "high", priority=10)
    claim = _claim(database, clock)
    assert claim
    assert claim.key == "high"


def test_lease_runs_out_and_the_slow_worker_is_fenced(database: Database, clock: SetClock) -> None:
    _enqueue(database)
    first = _claim(database, clock)
    assert first
    assert _claim(database, clock, "host:2:2") is None
    clock.move(seconds=61)
    second = _claim(database, clock, "host:2:2")
    assert second
    assert second.attempt == 2
    with pytest.raises(jobs.LeaseLostError), database.write() as session:
        jobs.finish(session, first, clock.now())
    with database.write() as session:
        jobs.finish(session, second, clock.now())
    assert _states(database) == ["done"]


def test_heartbeat_keeps_the_lease(database: Database, clock: SetClock) -> None:
    _enqueue(database)
    claim = _claim(database, clock)
    assert claim
    clock.move(seconds=40)
    with database.write() as session:
        claim.hold(session, clock.now())
    clock.move(seconds=40)
    assert _claim(database, clock, "host:2:2") is None


def test_failure_backs_off_then_parks(database: Database, clock: SetClock) -> None:
    _enqueue(database, max_attempts=3)
    for attempt in (1, 2, 3):
        claim = _claim(database, clock)
        assert claim
        assert claim.attempt == attempt
        with database.write() as session:
            parked = jobs.fail(session, claim, "broke", clock.now())
        assert parked == (attempt == 3)
        assert _claim(database, clock) is None
        clock.move(seconds=2**attempt)
    assert _states(database) == ["parked"]
    with database.write() as session:
        job_id = session.scalars(select(Job.id)).one()
        jobs.retry(session, job_id, clock.now())
    claim = _claim(database, clock)
    assert claim
    assert claim.attempt == 1


def test_permanent_failure_parks_at_once(database: Database, clock: SetClock) -> None:
    _enqueue(database)
    claim = _claim(database, clock)
    assert claim
    with database.write() as session:
        assert jobs.fail(session, claim, "never", clock.now(), permanent=True)


def test_dead_workers_leases_are_released(database: Database, clock: SetClock) -> None:
    _enqueue(database)
    assert _claim(database, clock, "host:11:1")
    with database.write() as session:
        assert jobs.release_leases(session, "host:1:", clock.now()) == 0
        assert jobs.release_leases(session, "host:11:", clock.now()) == 1
    assert _claim(database, clock, "host:2:2")


def test_doubled_message_does_nothing(database: Database, clock: SetClock) -> None:
    _enqueue(database)
    with database.read() as session:
        job_id = session.scalars(select(Job.id)).one()
    claim = _claim(database, clock, job_id=job_id)
    assert claim
    assert _claim(database, clock, job_id=job_id) is None
    with database.write() as session:
        jobs.finish(session, claim, clock.now())
    assert _claim(database, clock, job_id=job_id) is None


def test_old_finished_jobs_go_parked_stay(database: Database, clock: SetClock) -> None:
    _enqueue(database, "a")
    _enqueue(database, "b")
    for key in ("a", "b"):
        claim = _claim(database, clock)
        assert claim
        with database.write() as session:
            if key == "a":
                jobs.finish(session, claim, clock.now())
            else:
                jobs.fail(session, claim, "x", clock.now(), permanent=True)
    clock.move(days=30)
    with database.write() as session:
        assert jobs.prune(session, clock.now() - timedelta(days=7)) == 1
    assert _states(database) == ["parked"]


def test_many_claimers_each_job_once(database: Database, clock: SetClock) -> None:
    for n in range(40):
        _enqueue(database, f"k{n}")
    taken: list[str] = []
    guard = threading.Lock()

    def work(owner: str) -> None:
        while (claim := _claim(database, clock, owner)) is not None:
            with guard:
                taken.append(claim.key)
            with database.write() as session:
                jobs.finish(session, claim, clock.now())

    threads = [threading.Thread(target=work, args=(f"host:{n}:1",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    while (claim := _claim(database, clock)) is not None:  # skip-locked claimers may have given up early
        taken.append(claim.key)
    assert sorted(taken) == sorted(f"k{n}" for n in range(40))


def test_a_job_that_kills_its_worker_each_time_is_parked_in_the_end(
    database: Database, clock: SetClock
) -> None:
    ran = 0

    def run(_claim: jobs.Claim) -> None:
        nonlocal ran
        ran += 1
        raise SystemExit  # the nearest to a death that a test survives

    runner = Runner(database, clock, {"x": Handler(run)})
    with database.write() as session:
        jobs.enqueue(session, "x", {}, key="x", now=clock.now(), max_attempts=2)
    for _ in range(30):
        with suppress(SystemExit):
            runner.run_next("host:1:1")
        clock.move(hours=2)
    assert ran == 2 + DEATHS
    with database.read() as session:
        assert session.scalars(select(Job.state)).all() == ["parked"]
