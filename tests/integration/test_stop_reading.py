"""What Akta does with a paper is stopped by a person: at once, without a trace in others, and undone."""

import io
import threading
import time

import pytest
from fpdf import FPDF
from PIL import Image
from sqlalchemy import func, select

from akta.access.principal import operator
from akta.audit.models import AuditEntry
from akta.bootstrap import App
from akta.events.models import Job
from akta.kernel.errors import ConflictError
from akta.records.guard import HeldError
from akta.records.models import PageText, Record
from akta.records.reconciliation import reconcile
from akta.worker.celery_app import make_runner
from ingest.intake import Arrival, receive
from ingest.piles.requests import request_split
from retention.holds.placing import PlaceHold, place_hold
from tests.papers import generate

WHO = operator("test")


def _take(app: App, name: str, data: bytes) -> str:
    blob = app.store.put([data])
    with app.database.write() as session:
        return receive(
            session, app.audit, app.store, WHO, Arrival(blob, name, "test"), app.clock.now()
        ).record_id


def _drain(app: App) -> None:
    runner = make_runner(app)
    while runner.run_next("test:1:1"):
        pass


def _record(app: App, record_id: str) -> Record:
    with app.database.read() as session:
        return session.get_one(Record, record_id)


def _stop(app: App, record_id: str) -> None:
    with app.database.write() as session:
        app.decisions.stop_reading(session, WHO, record_id)


def _scan(*seeds: int) -> bytes:
    pdf = FPDF(unit="pt", format="A4")
    for seed in seeds:
        scan = generate("invoice", seed=seed, language="en", medium="photo")
        pdf.add_page()
        with Image.open(io.BytesIO(scan.data)) as opened:
            pdf.image(opened.convert("L"), x=0, y=0, w=595)
    return bytes(pdf.output())


def test_a_waiting_paper_is_stopped_and_taken_up_again(app: App) -> None:
    paper = generate("invoice", seed=3, language="pl")
    record_id = _take(app, "invoice.pdf", paper.data)
    _stop(app, record_id)
    _drain(app)
    stopped = _record(app, record_id)
    assert (stopped.state, stopped.reason, stopped.doc_type) == ("review", "stopped", None)
    with app.database.read() as session:
        actions = session.scalars(
            select(AuditEntry.action).where(AuditEntry.subject == f"record:{record_id}")
        ).all()
        assert list(actions) == ["record.received", "record.stopped"]
        told = reconcile(session, WHO, app.clock.now(), app.settings.zone, everything=True)
        assert (told.adds_up, told.jobless) == (True, 0)
    with app.database.write() as session:
        app.decisions.read_again(session, WHO, record_id)
    _drain(app)
    assert _record(app, record_id).doc_type == "invoice"


def test_the_worker_that_reads_it_lets_go(app: App) -> None:
    record_id = _take(app, "long.pdf", _scan(*range(12)))
    other = generate("invoice", seed=4, language="pl")
    after = _take(app, "other.pdf", other.data)
    worker = threading.Thread(target=_drain, args=(app,))
    worker.start()
    until = time.monotonic() + 60
    while _record(app, record_id).pages_done == 0:
        assert time.monotonic() < until
        time.sleep(0.05)
    _stop(app, record_id)
    read = _record(app, record_id).pages_done
    assert 0 < read < 12
    worker.join(60)
    assert not worker.is_alive()
    stopped = _record(app, record_id)
    assert (stopped.state, stopped.reason, stopped.reason_params) == ("review", "stopped", {"done": read})
    assert _record(app, after).doc_type == "invoice"
    with app.database.read() as session:
        kept = session.scalar(select(func.count()).where(PageText.record_id == record_id))
        job = session.scalars(select(Job).where(Job.key == f"process:{record_id}")).one()
    assert (kept, job.state, job.failures) == (read, "cancelled", 0)


def test_a_split_that_was_asked_for_is_stopped(app: App) -> None:
    record_id = _take(app, "two.pdf", _scan(1, 1))
    _drain(app)
    with app.database.write() as session:
        record = session.get_one(Record, record_id)
        request_split(session, record, [[1], [2]], "asked", WHO.actor, app.clock.now())
    _stop(app, record_id)
    _drain(app)
    record = _record(app, record_id)
    assert (record.state, record.reason, record.page_count) == ("review", "stopped", 2)
    with app.database.read() as session:
        assert not session.scalar(select(func.count()).where(Record.parent_id == record_id))


def test_only_what_is_in_progress_is_stopped(app: App) -> None:
    paper = generate("invoice", seed=5, language="pl")
    record_id = _take(app, "invoice.pdf", paper.data)
    _drain(app)
    state = _record(app, record_id).state
    with pytest.raises(ConflictError):
        _stop(app, record_id)
    assert _record(app, record_id).state == state


def test_a_hold_keeps_what_it_covers(app: App) -> None:
    paper = generate("invoice", seed=6, language="pl")
    record_id = _take(app, "invoice.pdf", paper.data)
    wanted = PlaceHold(matter="court", reason="asked", record_ids=(record_id,))
    with app.database.write() as session:
        place_hold(session, app.audit, WHO, wanted, app.clock.now())
    with pytest.raises(HeldError):
        _stop(app, record_id)
    with app.database.read() as session:
        job = session.scalars(select(Job).where(Job.key == f"process:{record_id}")).one()
    assert job.state == "ready"
