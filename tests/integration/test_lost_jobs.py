"""A paper in progress whose job is gone: it is told of, and the upkeep asks for it again."""

import pytest
from sqlalchemy import delete, select, update

from akta.access.principal import operator
from akta.audit.models import AuditEntry
from akta.bootstrap import App, maintain
from akta.events.models import Job
from akta.operations.verify import verify_archive
from akta.records.models import Record
from akta.records.reconciliation import reconcile
from akta.worker.celery_app import make_runner
from ingest.intake import Arrival, receive

WHO = operator("test")
INVOICE = (
    "Faktura VAT nr FV/2026/0412\nData wystawienia: 2026-03-01\n"
    "Sprzedawca: Zakłady Testowe Łódź sp. z o.o.\nNIP: 526-000-12-46\nNabywca: Odbiorca S.A.\n"
    "Razem netto: 1003,66 PLN\nVAT 23%: 230,84 PLN\nDo zapłaty: 1 234,50 PLN\n"
).encode()


def _take(app: App, name: str) -> str:
    with app.database.write() as session:
        blob = app.store.put([INVOICE.replace(b"0412", name[0].encode() + b"412")])
        arrival = Arrival(blob, name, "test")
        return receive(session, app.audit, app.store, WHO, arrival, app.clock.now()).record_id


def _resumed(app: App) -> list[str]:
    with app.database.read() as session:
        return list(session.scalars(select(AuditEntry.subject).where(AuditEntry.action == "record.resumed")))


def _jobless(app: App) -> int:
    with app.database.read() as session:
        return reconcile(session, WHO, app.clock.now(), "UTC", everything=True).jobless


@pytest.mark.parametrize("lost", ["deleted", "parked", "done"])
def test_a_paper_without_a_job_gets_one_once(app: App, lost: str) -> None:
    record_id, other = _take(app, "a.txt"), _take(app, "b.txt")
    mine = Job.key == f"process:{record_id}"
    with app.database.write() as session:
        session.execute(update(Record).where(Record.id == record_id).values(state="reading"))
        if lost == "deleted":
            session.execute(delete(Job).where(mine))
        else:
            session.execute(update(Job).where(mine).values(state=lost))
    assert _jobless(app) == 1
    assert any("1 records in progress have no job" in n for c in verify_archive(app).checks for n in c.notes)
    maintain(app)
    maintain(app)
    assert _resumed(app) == [f"record:{record_id}"]
    assert _jobless(app) == 0
    with app.database.read() as session:
        assert session.scalars(select(Job.state).where(mine, Job.state != "done")).all() == ["ready"]
    runner = make_runner(app)
    while runner.run_next("test:1:1"):
        pass
    with app.database.read() as session:
        states = session.scalars(select(Record.state).where(Record.id.in_([record_id, other]))).all()
    assert states == ["filed", "filed"]


@pytest.mark.parametrize("work", ["process", "split", "arrange"])
def test_one_that_is_worked_on_is_left_alone(app: App, work: str) -> None:
    record_id = _take(app, "a.txt")
    with app.database.write() as session:
        session.execute(
            update(Job)
            .where(Job.key == f"process:{record_id}")
            .values(
                key=f"{work}:{record_id}", state="running", owner="other:1:1", lease_until=app.clock.now()
            )
        )
    maintain(app)
    assert _resumed(app) == []
    assert _jobless(app) == 0
