"""What all work needs is away for a while: papers wait, and are filed when it is back."""

from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import select

from akta.access.principal import operator
from akta.bootstrap import App
from akta.db.engine import Database
from akta.events import jobs
from akta.events.models import Job
from akta.records.models import Record
from akta.worker.celery_app import make_runner
from akta.worker.runner import Handler, Runner
from ingest.intake import Arrival, receive
from tests.conftest import SetClock

WHO = operator("test")
INVOICE = (
    "Faktura VAT nr FV/2026/0412\nData wystawienia: 2026-03-01\n"
    "Sprzedawca: Zakłady Testowe Łódź sp. z o.o.\nNIP: 526-000-12-46\nNabywca: Odbiorca S.A.\n"
    "Razem netto: 1003,66 PLN\nVAT 23%: 230,84 PLN\nDo zapłaty: 1 234,50 PLN\n"
).encode()


def test_a_store_away_for_an_hour_costs_an_hour(make_app: Callable[..., App]) -> None:
    app, clock = make_app(), SetClock()
    app.__dict__["clock"] = clock
    with app.database.write() as session:
        blob = app.store.put([INVOICE])
        arrival = Arrival(blob, "faktura.txt", "test")
        record_id = receive(session, app.audit, app.store, WHO, arrival, clock.now()).record_id
    folder, away = app.home / "blobs", app.home / "blobs-away"
    folder.rename(away)
    runner, asked = make_runner(app), 0
    for _ in range(360):
        while runner.run_next("test:1:1"):
            asked += 1
        clock.move(seconds=10)
    with app.database.read() as session:
        assert session.get_one(Record, record_id).state == "reading"
        job = session.scalars(select(Job).where(Job.key == f"process:{record_id}")).one()
        assert (job.state, job.failures) == ("ready", 0)
        assert job.error
    assert asked < 25, "the pause grows"
    away.rename(folder)
    for _ in range(60):
        clock.move(seconds=10)
        while runner.run_next("test:1:1"):
            pass
    with app.database.read() as session:
        assert session.get_one(Record, record_id).state == "filed"


def test_a_database_away_for_an_hour_costs_no_try(app: App, clock: SetClock) -> None:
    folder, away = app.home, app.home.with_name("away")
    database = Database(app.settings.effective_database_url, pooled=False)
    ran, back = 0, clock.now()

    def run(claim: jobs.Claim) -> None:
        nonlocal ran, back
        ran += 1
        if ran == 1:
            folder.rename(away)
            back = clock.now() + timedelta(hours=1)
        with database.write() as session:
            jobs.finish(session, claim, clock.now())

    def sleep(seconds: float) -> None:
        clock.move(seconds=seconds)
        if clock.now() >= back and away.exists():
            away.rename(folder)

    with database.write() as session:
        jobs.enqueue(session, "x", {}, key="x", now=clock.now(), max_attempts=1)
    runner = Runner(database, clock, {"x": Handler(run)}, sleep=sleep)
    assert runner.run_next("host:1:1")
    with database.read() as session:
        job = session.scalars(select(Job)).one()
        assert (job.state, job.failures, job.waits) == ("ready", 0, 1)
    clock.move(seconds=2)
    assert runner.run_next("host:1:1")
    with database.read() as session:
        assert session.scalars(select(Job.state)).all() == ["done"]


def test_outages_and_deaths_leave_the_tries_of_a_fault(database: Database, clock: SetClock) -> None:
    with database.write() as session:
        jobs.enqueue(session, "x", {}, key="x", now=clock.now(), max_attempts=2)

    def claim() -> jobs.Claim:
        clock.move(hours=1)
        with database.write() as session:
            taken = jobs.claim(session, "host:1:1", clock.now())
        assert taken
        return taken

    for _ in range(20):
        taken = claim()
        with database.write() as session:
            jobs.wait(session, taken, "away", clock.now())
    claim()  # its worker dies
    for parked in (False, True):
        taken = claim()
        with database.write() as session:
            assert jobs.fail(session, taken, "broke", clock.now()) is parked
    assert taken.tries == 3
