"""A lease is renewed whatever its worker waits for, and lost only when somebody else has the job."""

import os
import threading
import time
from datetime import UTC, datetime, timedelta

import pytest

from akta.db.engine import Database
from akta.events import heartbeat, jobs
from akta.kernel.clock import SystemClock
from akta.worker.runner import Handler, Runner
from tests.conftest import SetClock


@pytest.fixture(autouse=True)
def _short_lease(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "LEASE", timedelta(seconds=1.0))
    monkeypatch.setattr(heartbeat, "SECONDS", 0.2)


def _enqueue(database: Database) -> None:
    with database.write() as session:
        jobs.enqueue(session, "x", {}, key="x", now=datetime.now(UTC))


def _threads() -> list[str]:
    return [t.name for t in threading.enumerate() if t.name == heartbeat.THREAD]


def test_a_handler_that_never_calls_back_keeps_its_lease(database: Database) -> None:
    """Fetching a large file from a store far away takes longer than a lease."""
    others: list[bool] = []

    def run(claim: jobs.Claim) -> None:
        for _ in range(5):
            time.sleep(0.5)
            others.append(Runner(database, SystemClock(), {"x": Handler(run)}).run_next("host:2:2"))
        with database.write() as session:
            jobs.finish(session, claim, datetime.now(UTC))

    _enqueue(database)
    assert Runner(database, SystemClock(), {"x": Handler(run)}).run_next("host:1:1")
    assert others == [False] * 5
    assert _threads() == []


def test_no_thread_crosses_a_fork(database: Database) -> None:
    """The child has the thread that forked alone; the lease is renewed before it and after it."""
    seen: list[int] = []
    held: list[bool] = []

    def run(_claim: jobs.Claim) -> None:
        for _ in range(20):
            pid = os.fork()
            if pid == 0:
                os._exit(len(_threads()))
            seen.append(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
            assert len(_threads()) == 1
            time.sleep(0.1)
            with database.write() as session:
                held.append(jobs.claim(session, "host:2:2", datetime.now(UTC)) is None)

    _enqueue(database)
    Runner(database, SystemClock(), {"x": Handler(run)}).run_next("host:1:1")
    assert seen == [0] * 20
    assert held == [True] * 20


def test_whoever_lost_the_lease_is_told_and_cannot_commit(database: Database, clock: SetClock) -> None:
    told: list[bool] = []

    def run(claim: jobs.Claim) -> None:
        clock.move(seconds=10)
        with database.write() as session:
            assert jobs.claim(session, "host:2:2", clock.now())
        assert claim.lost.wait(5)
        with pytest.raises(jobs.LeaseLostError):
            claim.check()
        told.append(True)
        with database.write() as session:
            jobs.finish(session, claim, clock.now())
        raise AssertionError("it could commit")

    with database.write() as session:
        jobs.enqueue(session, "x", {}, key="x", now=clock.now())
    # The other claims at once, so that no beat comes first.
    heartbeat.SECONDS = 1.0
    Runner(database, clock, {"x": Handler(run)}).run_next("host:1:1")
    assert told == [True]
    with database.read() as session:
        job = session.scalars(jobs.select(jobs.Job)).one()
    assert (job.state, job.owner, job.error) == ("running", "host:2:2", None)
