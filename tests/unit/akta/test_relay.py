"""Messages: one for each job, and another only for one that nobody takes for long."""

from collections.abc import Callable

import pytest
from sqlalchemy import select, text

from akta.bootstrap import App
from akta.events import jobs
from akta.events.models import Job
from akta.worker.relay import publish_due
from tests.conftest import SetClock


class _Broker:
    """Where the relay sends to; keeps the ids."""

    def __init__(self) -> None:
        self.sent: list[str] = []

    def send(self, _kind: str, arguments: list[str]) -> None:
        self.sent += arguments

    def run(self, app: App) -> int:
        """What the relay sends until there is nothing more; returns how much."""
        before = len(self.sent)
        while publish_due(app, self.send):
            pass
        return len(self.sent) - before


@pytest.fixture
def relayed(make_app: Callable[..., App], database_url: str, clock: SetClock) -> App:
    app = make_app(database_url=database_url)
    with app.database.write() as session:
        session.execute(text("DELETE FROM jobs"))
    app.__dict__["clock"] = clock
    return app


def _enqueue(app: App, *keys: str) -> None:
    with app.database.write() as session:
        for key in keys:
            jobs.enqueue(session, "x", {}, key=key, now=app.clock.now())


def _claim(app: App) -> jobs.Claim:
    with app.database.write() as session:
        taken = jobs.claim(session, "h:1:1", app.clock.now())
    assert taken
    return taken


def test_a_long_queue_is_sent_once(relayed: App, clock: SetClock) -> None:
    _enqueue(relayed, *(f"k{n}" for n in range(450)))
    broker = _Broker()
    assert broker.run(relayed) == 450
    for _ in range(4):
        clock.move(seconds=12)
        assert broker.run(relayed) == 0
    assert len(set(broker.sent)) == 450


def test_what_nobody_takes_is_sent_again_after_times_that_grow(relayed: App, clock: SetClock) -> None:
    _enqueue(relayed, "k")
    broker, gaps, since = _Broker(), [], 0
    for minute in range(24 * 60):
        if broker.run(relayed):
            gaps.append(minute - since)
            since = minute
        clock.move(minutes=1)
    assert gaps == [0, 1, 4, 16, 64, 256, 360, 360, 360]


def test_another_try_and_a_lost_lease_are_sent_at_once(relayed: App, clock: SetClock) -> None:
    _enqueue(relayed, "k")
    broker = _Broker()
    assert broker.run(relayed) == 1
    taken = _claim(relayed)
    assert broker.run(relayed) == 0
    with relayed.database.write() as session:
        jobs.fail(session, taken, "broke", clock.now())
    assert broker.run(relayed) == 0
    clock.move(seconds=2)
    assert broker.run(relayed) == 1
    taken = _claim(relayed)
    clock.move(seconds=40)
    with relayed.database.write() as session:
        taken.hold(session, clock.now())
    clock.move(seconds=40)
    assert broker.run(relayed) == 0, "the lease was renewed"
    clock.move(seconds=21)
    assert broker.run(relayed) == 1
    _claim(relayed)
    with relayed.database.write() as session:
        jobs.release_leases(session, "h:1:", clock.now())
    assert broker.run(relayed) == 1


def test_a_job_taken_while_the_batch_is_sent_keeps_its_own_time(relayed: App, clock: SetClock) -> None:
    _enqueue(relayed, "k")
    broker = _Broker()

    def send(_kind: str, _arguments: list[str]) -> None:
        _claim(relayed)

    assert publish_due(relayed, send) == 1
    clock.move(seconds=61)  # its worker died
    assert broker.run(relayed) == 1


def test_a_message_nobody_could_take_is_not_sent(relayed: App, clock: SetClock) -> None:
    """The work is being done already; its twin's turn comes when that is over."""
    _enqueue(relayed, "k")
    broker = _Broker()
    assert broker.run(relayed) == 1
    taken = _claim(relayed)
    _enqueue(relayed, "k")
    assert broker.run(relayed) == 0
    with relayed.database.write() as session:
        jobs.finish(session, taken, clock.now())
    assert broker.run(relayed) == 1


def test_a_job_put_back_by_a_person_is_sent(relayed: App, clock: SetClock) -> None:
    _enqueue(relayed, "k")
    broker = _Broker()
    broker.run(relayed)
    taken = _claim(relayed)
    with relayed.database.write() as session:
        jobs.fail(session, taken, "broke", clock.now(), permanent=True)
        jobs.retry(session, taken.id, clock.now())
    assert broker.run(relayed) == 1


def test_work_wanted_sooner_is_sent_sooner(relayed: App, clock: SetClock) -> None:
    with relayed.database.write() as session:
        jobs.enqueue(session, "x", {}, key="k", now=clock.now(), delay=jobs.KEEP_DONE)
    broker = _Broker()
    assert broker.run(relayed) == 0
    _enqueue(relayed, "k")
    assert broker.run(relayed) == 1
    with relayed.database.read() as session:
        assert session.scalars(select(Job.state)).all() == ["ready"]
