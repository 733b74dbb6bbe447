"""A paper that was given up starts again when a person says so, and ends filed."""

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from akta.access.principal import operator
from akta.audit.models import AuditEntry
from akta.bootstrap import App
from akta.cli.main import cli
from akta.events import jobs
from akta.events.models import Job
from akta.kernel.errors import ForbiddenError
from akta.records.models import Record
from akta.worker.celery_app import make_runner
from ingest.intake import Arrival, receive
from ingest.jobnames import JOB_SPLIT, JOB_TRAIN
from tests.conftest import principal

WHO = operator("test")
INVOICE = (
    "Faktura VAT nr FV/2026/0412\nData wystawienia: 2026-03-01\n"
    "Sprzedawca: Zakłady Testowe Łódź sp. z o.o.\nNIP: 526-000-12-46\nNabywca: Odbiorca S.A.\n"
    "Razem netto: 1003,66 PLN\nVAT 23%: 230,84 PLN\nDo zapłaty: 1 234,50 PLN\n"
).encode()


def _drain(app: App) -> None:
    runner = make_runner(app)
    while runner.run_next("test:1:1"):
        pass


def _job(app: App, record_id: str) -> Job | None:
    with app.database.read() as session:
        return session.scalars(
            select(Job).where(Job.key == f"process:{record_id}", Job.state != "done")
        ).first()


def _state(app: App, record_id: str) -> str:
    with app.database.read() as session:
        return session.get_one(Record, record_id).state


def _actions(app: App, subject: str) -> list[str]:
    with app.database.read() as session:
        return list(session.scalars(select(AuditEntry.action).where(AuditEntry.subject == subject)))


@pytest.fixture
def given_up(app: App) -> str:
    """A record whose job was parked after its last try."""

    def breaks(*_args: object, **_named: object) -> None:
        raise RuntimeError

    with app.database.write() as session:
        blob = app.store.put([INVOICE])
        arrival = Arrival(blob, "faktura.txt", "test")
        record_id = receive(session, app.audit, app.store, WHO, arrival, app.clock.now()).record_id
        for job in session.scalars(select(Job).where(Job.key == f"process:{record_id}")):
            job.max_attempts = 1
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("ingest.pipeline.read_in_sandbox", breaks)
        _drain(app)
    assert _state(app, record_id) == "quarantined"
    return record_id


def _retry(app: App, job_id: str, monkeypatch: pytest.MonkeyPatch) -> tuple[int, str]:
    monkeypatch.setenv("AKTA_HOME", str(app.home))
    result = CliRunner().invoke(cli, ["job", "retry", job_id])
    return result.exit_code, f"{result.output}{result.exception}"


def test_job_retry_starts_the_paper_again(app: App, given_up: str, monkeypatch: pytest.MonkeyPatch) -> None:
    job = _job(app, given_up)
    assert job
    assert _retry(app, job.id, monkeypatch)[0] == 0
    assert _state(app, given_up) == "received"
    again = _job(app, given_up)
    assert again
    assert (again.id, again.state, again.attempt, again.failures) == (job.id, "ready", 0, 0)
    assert "record.read_again" in _actions(app, f"record:{given_up}")
    _drain(app)
    assert _state(app, given_up) == "filed"
    assert _job(app, given_up) is None


def test_who_looks_after_jobs_sees_no_paper_and_may_have_it_read_again(app: App, given_up: str) -> None:
    job = _job(app, given_up)
    assert job
    for role, fine in (("staff", False), ("auditor", False), ("administrator", True)):
        who = principal(role, levels={})
        try:
            with app.database.write() as session:
                app.decisions.retry_job(session, who, job.id)
        except ForbiddenError:
            assert not fine, role
        else:
            assert fine, role
    _drain(app)
    assert _state(app, given_up) == "filed"


def test_only_what_nothing_relies_on_is_left_undone(
    app: App, given_up: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AKTA_HOME", str(app.home))
    job = _job(app, given_up)
    assert job
    told = CliRunner().invoke(cli, ["job", "cancel", job.id, "--reason", "no time"])
    assert told.exit_code != 0
    assert "relies on this job" in str(told.exception)
    with app.database.write() as session:
        jobs.enqueue(session, JOB_TRAIN, {"actor": "x"}, key="train", now=app.clock.now())
        waiting = session.scalars(select(Job.id).where(Job.kind == JOB_TRAIN)).one()
    told = CliRunner().invoke(cli, ["job", "cancel", waiting, "--reason", "no time"])
    assert told.exit_code == 0, told.output
    assert "no time" in CliRunner().invoke(cli, ["job", "list", "--state", "cancelled"]).output
    assert _actions(app, f"job:{waiting}") == ["job.cancelled"]


def test_read_again_settles_the_job_that_was_given_up(
    app: App, given_up: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = _job(app, given_up)
    assert job
    with app.database.write() as session:
        app.decisions.read_again(session, WHO, given_up)
    _drain(app)
    assert _state(app, given_up) == "filed"
    assert _job(app, given_up) is None, "nothing is told to be given up any more"
    code, said = _retry(app, job.id, monkeypatch)
    assert code != 0
    assert "parked" in said
    assert _state(app, given_up) == "filed"


def test_a_paper_that_came_to_another_end_is_left_as_it_is(
    app: App, given_up: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with app.database.write() as session:
        app.decisions.reject(session, WHO, given_up, "not ours")
    job = _job(app, given_up)
    assert job
    assert _retry(app, job.id, monkeypatch)[0] != 0
    assert _state(app, given_up) == "rejected"


def test_pages_are_asked_for_again_on_the_page(
    app: App, given_up: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The paper went to review as it was, so the job would find nothing to do."""
    with app.database.write() as session:
        jobs.enqueue(
            session, JOB_SPLIT, {"record_id": given_up}, key=f"split:{given_up}", now=app.clock.now()
        )
        job = session.scalars(select(Job).where(Job.kind == JOB_SPLIT)).one()
        job_id, job.state = job.id, "parked"
    code, said = _retry(app, job_id, monkeypatch)
    assert code != 0
    assert "on its own page" in said
    with app.database.write() as session:
        app.decisions.read_again(session, WHO, given_up)
    with app.database.read() as session:
        assert session.get_one(Job, job_id).state == "done"


def test_retry_of_other_work_is_audited(app: App, given_up: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with app.database.write() as session:
        job = session.scalars(select(Job).where(Job.kind == "indexer.catch_up")).first()
        assert job
        job_id, job.state = job.id, "parked"
    assert _retry(app, job_id, monkeypatch)[0] == 0
    assert _actions(app, f"job:{job_id}") == ["job.retried"]
