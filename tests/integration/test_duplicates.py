"""Papers that came twice: both tell of each other, what may be paid twice waits, and people decide."""

import io
import threading
import time
import zipfile
from typing import Any

import pytest
from sqlalchemy import delete, func, select

from akta.access.principal import Principal, operator
from akta.access.roles import GRANTABLE
from akta.audit.log import AuditLog
from akta.audit.models import AuditEntry
from akta.bootstrap import App
from akta.db.engine import Database
from akta.events.jobs import PRIORITY_RENDER, enqueue
from akta.kernel.errors import ConflictError, NotFoundError
from akta.kernel.ids import new_id
from akta.records.destruction import destroy
from akta.records.duplicates import take_turn, told
from akta.records.guard import HeldError, lock
from akta.records.models import BusinessKey, Duplicate, Field, Hold, HoldItem, PageText, PictureBand, Record
from ingest.corrections import newest
from ingest.duplicates.finding import look, stops
from ingest.jobnames import JOB_DUPLICATES
from tests.conftest import NOON, principal
from tests.factories import add_record
from tests.integration.test_pipeline import _drain, _record, _take
from tests.papers.twice import printed, taken_file

WHO = operator("test")


def _invoice(number: str = "12/2026", total: str = "1230,00", extra: str = "") -> bytes:
    return (
        f"Faktura VAT nr FV/{number}\nData wystawienia 2026-03-01\n"
        "Sprzedawca: Modra Kuźnia SA\nNIP 1132853869\n"
        "Nabywca: Tkalnia Polesie Sp. z o.o.\nNIP 5260001246\n"
        f"Razem do zapłaty {total} zł\nTermin płatności 2026-04-01\n{extra}"
    ).encode()


def _read(app: App, name: str, data: bytes) -> str:
    record_id = _take(app, name, data)
    _drain(app)
    return record_id


def _told(app: App, record_id: str, who: Principal = WHO) -> list[dict[str, Any]]:
    with app.database.read() as session:
        return told(session, who, record_id)


def _others(app: App, record_id: str) -> list[tuple[str, str]]:
    return [(d["record"], d["state"]) for d in _told(app, record_id)]


def _decide(app: App, act: str, record_id: str, other_id: str, who: Principal = WHO) -> None:
    with app.database.write() as session:
        getattr(app.duplicate_decisions, act)(session, who, record_id, other_id)


def _entries(app: App, action: str) -> int:
    with app.database.read() as session:
        return session.scalar(select(func.count()).where(AuditEntry.action == action)) or 0


@pytest.fixture
def pair(app: App) -> tuple[str, str]:
    """An invoice that was filed, and the same one in another file."""
    first = _read(app, "a.txt", _invoice())
    assert _record(app, first).state == "filed"
    return first, _read(app, "b.txt", _invoice(extra="Dziękujemy za zakupy.\n"))


def test_the_same_invoice_again_waits_and_both_tell(app: App, pair: tuple[str, str]) -> None:
    first, second = pair
    record = _record(app, second)
    assert (record.state, record.reason) == ("review", "possible_duplicate")
    assert _others(app, first) == [(second, "open")]
    assert _others(app, second) == [(first, "open")]
    assert [k["kind"] for k in _told(app, second)[0]["kinds"]] == ["key"]
    assert _record(app, first).state == "filed"


def test_another_invoice_of_the_sender_is_filed(app: App, pair: tuple[str, str]) -> None:
    other = _read(app, "c.txt", _invoice("13/2026"))
    assert _record(app, other).state == "filed"
    assert _others(app, other) == []


def test_different_papers_files_and_can_be_taken_back(app: App, pair: tuple[str, str]) -> None:
    first, second = pair
    _decide(app, "dismiss", second, first)
    _decide(app, "dismiss", second, first)
    assert _record(app, second).state == "filed"
    assert _others(app, first) == [(second, "dismissed")]
    assert _entries(app, "record.duplicate_dismissed") == 2  # one on each record, said once
    _decide(app, "reopen", first, second)
    assert _others(app, second) == [(first, "open")]
    assert _record(app, second).state == "filed"


def test_read_again_after_different_papers_is_filed_again(app: App, pair: tuple[str, str]) -> None:
    first, second = pair
    _decide(app, "dismiss", first, second)
    with app.database.write() as session:
        app.decisions.read_again(session, WHO, second)
    _drain(app)
    assert _record(app, second).state == "filed"
    assert _others(app, second) == [(first, "dismissed")]


def test_the_same_paper_rejects_the_newer_and_can_be_taken_back(app: App, pair: tuple[str, str]) -> None:
    first, second = pair
    _decide(app, "confirm", first, second)
    _decide(app, "confirm", first, second)
    record = _record(app, second)
    assert (record.state, record.reason) == ("rejected", "duplicate_of")
    assert record.reason_params == {"record": first}
    assert _record(app, first).state == "filed"
    assert _entries(app, "record.duplicate_confirmed") == 2
    assert _others(app, first) == [(second, "confirmed")]
    with pytest.raises(ConflictError):
        _decide(app, "dismiss", first, second)
    _decide(app, "reopen", first, second)
    record = _record(app, second)
    assert (record.state, record.reason) == ("review", "possible_duplicate")


def test_what_was_filed_is_only_linked(app: App, pair: tuple[str, str]) -> None:
    first, second = pair
    with app.database.write() as session:
        app.decisions.correct(session, WHO, second, accept=True)
    _decide(app, "confirm", second, first)
    assert {_record(app, r).state for r in pair} == {"filed"}
    assert _others(app, first) == [(second, "confirmed")]


def test_a_corrected_number_makes_and_removes_the_warning(app: App, pair: tuple[str, str]) -> None:
    first, second = pair
    field = "invoice_number" if _has(app, first, "invoice_number") else "document_number"
    with app.database.write() as session:
        app.decisions.correct(session, WHO, first, fields={field: "FV/99/2026"})
    assert _others(app, first) == _others(app, second) == []
    record = _record(app, second)
    assert (record.state, record.reason) == ("review", "duplicate_settled")
    with app.database.write() as session:
        app.decisions.undo(session, WHO, first, newest(session, first) or "")
    assert _others(app, second) == [(first, "open")]
    assert _record(app, second).reason == "possible_duplicate"


def _has(app: App, record_id: str, name: str) -> bool:
    with app.database.read() as session:
        return (
            session.scalar(select(Field.id).where(Field.record_id == record_id, Field.name == name))
            is not None
        )


def test_the_other_rejected_settles_the_doubt(app: App) -> None:
    first = _read(app, "a.txt", _invoice())
    second = _read(app, "b.txt", _invoice(extra="Kopia\n"))
    third = _read(app, "c.txt", _invoice(extra="Druga kopia\n"))
    _decide(app, "dismiss", third, first)
    assert _record(app, third).state == "review"  # the second may still be the same
    with app.database.write() as session:
        app.decisions.reject(session, WHO, second, "kopia")
    assert _record(app, third).reason == "duplicate_settled"
    assert _others(app, third) == [(first, "dismissed")]


def test_one_who_may_not_see_the_other_is_told_nothing(app: App, pair: tuple[str, str]) -> None:
    first, second = pair
    with app.database.write() as session:
        session.get_one(Record, first).confidentiality = 3
    low = principal("clerk", levels=dict.fromkeys(GRANTABLE, 1))
    assert _told(app, second, low) == []
    assert len(_told(app, second, principal("clerk"))) == 1
    with pytest.raises(NotFoundError):
        _decide(app, "dismiss", second, first, low)
    with pytest.raises(NotFoundError):
        _decide(app, "confirm", first, second, low)


def test_a_hold_is_respected(app: App, pair: tuple[str, str]) -> None:
    first, second = pair
    with app.database.write() as session:
        hold = Hold(id=new_id(), matter="M", reason="R", authority="", placed_by="x", placed_at=NOON)
        session.add(hold)
        session.flush()
        session.add(HoldItem(hold_id=hold.id, record_id=second, added_at=NOON, active=True))
        session.get_one(Record, second).held = True
    for act, asked, other in (
        ("dismiss", second, first),
        ("confirm", first, second),
        ("reopen", second, first),
    ):
        with pytest.raises(HeldError):
            _decide(app, act, asked, other)
    assert _others(app, first) == [(second, "open")]
    _decide(app, "dismiss", first, second)  # of the held one nothing changes
    assert _record(app, second).state == "review"


def test_destruction_leaves_nothing(app: App, pair: tuple[str, str]) -> None:
    first, second = pair
    with app.database.write() as session:
        session.add(PictureBand(band=1, record_id=second))
        destroy(session, app.audit, WHO, second, now=app.clock.now(), authority={"test": True})
    with app.database.read() as session:
        for model in (BusinessKey, PictureBand):
            assert session.scalars(select(model).where(model.record_id == second)).all() == []
        assert session.scalars(select(Duplicate)).all() == []
    assert _others(app, first) == []


def test_what_waited_for_a_paper_that_is_destroyed_waits_no_more(app: App, pair: tuple[str, str]) -> None:
    first, second = pair
    assert _record(app, second).reason == "possible_duplicate"
    with app.database.write() as session:
        session.get_one(Record, first).held = False
        destroy(session, app.audit, WHO, first, now=app.clock.now(), authority={"test": True})
    waiting = _record(app, second)
    assert (waiting.state, waiting.reason, waiting.doubts) == ("review", "duplicate_settled", [])
    with app.database.write() as session:
        app.decisions.correct(session, WHO, second, accept=True)
    assert _record(app, second).state == "filed"


def test_what_a_lesson_shows_to_be_here_already_is_not_filed(app: App) -> None:
    def strange(number: str, total: str) -> bytes:
        return (
            "Faktura VAT\nModra Kuźnia SA\nNIP 1132853869\nData wystawienia 2026-03-01\n"
            "Nabywca: Tkalnia Polesie Sp. z o.o.\nNIP 5260001246\n"
            f"Sygnatura pisma: {number}\nKwota należna: {total} zł\n"
        ).encode()

    first = _read(app, "a.txt", _invoice("7/2026", "1230,00"))
    assert _record(app, first).state == "filed"
    again = _read(app, "b.txt", strange("FV/7/2026", "1230,00"))
    other = _read(app, "c.txt", strange("FV/8/2026", "77,00"))
    assert [_record(app, i).state for i in (again, other)] == ["review", "review"]
    assert _others(app, again) == []
    with app.database.write() as session:
        fields = {"invoice_number": "FV/8/2026", "total": "77.00", "vendor": "Modra Kuźnia SA"}
        app.decisions.correct(session, WHO, other, fields=fields, accept=True)
    _drain(app)
    with app.database.read() as session:
        values = dict(session.execute(select(Field.name, Field.value).where(Field.record_id == again)).all())
    assert (values["invoice_number"], values["total"]) == ("FV/7/2026", "1230.00")
    assert (_record(app, again).state, _record(app, again).reason) == ("review", "possible_duplicate")
    assert _others(app, again) == [(first, "open")]


def test_papers_that_came_before_are_found_by_a_job(app: App, pair: tuple[str, str]) -> None:
    first, second = pair
    with app.database.write() as session:  # as an archive is that was made before
        for model in (Duplicate, BusinessKey, PictureBand):
            session.execute(delete(model))
        old = session.get_one(Record, second)
        old.reason, old.reason_params, old.doubts = (
            "unsure_type",
            {},
            [{"reason": "unsure_type", "params": {}}],
        )
        enqueue(session, JOB_DUPLICATES, {}, key="duplicates", now=app.clock.now(), priority=PRIORITY_RENDER)
    _drain(app)
    assert _others(app, first) == [(second, "open")]
    assert (_record(app, first).state, _record(app, second).state) == ("filed", "review")
    assert [d["reason"] for d in _record(app, second).doubts] == ["unsure_type", "possible_duplicate"]


def _zip(**members: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, data in members.items():
            archive.writestr(name.replace("_", "."), data)
    return made.getvalue()


def test_an_archive_is_no_duplicate_of_what_is_in_it(app: App) -> None:
    archive = _read(app, "a.zip", _zip(a_txt=_invoice(), b_txt=_invoice(extra="x\n")))
    assert _others(app, archive) == []
    with app.database.read() as session:
        children = session.scalars(select(Record.id).where(Record.parent_id == archive)).all()
    assert [len(_others(app, child)) for child in children] == [1, 1]


@pytest.mark.ocr
@pytest.mark.slow
def test_the_same_paper_scanned_twice(app: App) -> None:
    paper = printed("invoice", 3)
    first = _read(app, "a.jpg", taken_file(paper, 1, 200, 80))
    second = _read(app, "b.jpg", taken_file(paper, 2, 150, 70))
    other = _read(app, "c.jpg", taken_file(printed("invoice", 3, numbers=7), 3, 200, 80))
    assert "picture" in {k["kind"] for d in _told(app, second) for k in d["kinds"]}
    assert [d["record"] for d in _told(app, first)] == [second]
    assert _told(app, other) == []
    with app.database.read() as session:
        assert len(session.scalars(select(PageText.picture).where(PageText.picture.is_not(None))).all()) == 3


def _stored(database: Database, **more: object) -> str:
    with database.write() as session:
        record = add_record(session, state="reading", **more)
        values = {"vendor": "Modra", "invoice_number": "FV/1/26", "total": "12.00", "date": "2026-03-01"}
        for name, value in values.items():
            session.add(
                Field(id=new_id(), record_id=record.id, name=name, value=value, confidence=1, reader="x")
            )
        return record.id


def test_two_copies_at_the_same_time_both_have_the_warning(database: Database, audit: AuditLog) -> None:
    ids = [_stored(database), _stored(database)]
    begun = threading.Barrier(2, timeout=20)
    stopped: dict[str, bool] = {}

    def process(record_id: str, slowly: bool) -> None:
        if not slowly:
            begun.wait()
        with database.write() as session:
            record = lock(session, record_id)
            take_turn(session)
            look(session, record, NOON)
            if slowly:
                begun.wait()
                time.sleep(0.5)  # the other has begun and would see nothing of this yet
            stopped[record_id] = stops(session, record)

    workers = [threading.Thread(target=process, args=(ids[n], n == 0)) for n in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(30)
    assert stopped == {ids[0]: False, ids[1]: True}
    with database.read() as session:
        pairs = session.scalars(select(Duplicate)).all()
        assert [(p.first_id, p.second_id, p.state) for p in pairs] == [(*sorted(ids), "open")]
        for record_id in ids:
            assert [d["record"] for d in told(session, WHO, record_id)] == [i for i in ids if i != record_id]


def test_found_and_destroyed_on_each_database(database: Database, audit: AuditLog) -> None:
    first, second = _stored(database), _stored(database, sha256="a" * 64)
    third = _stored(database, sha256="a" * 64, parent_id=first)
    for record_id in (first, second, third):
        with database.write() as session:
            record = lock(session, record_id)
            take_turn(session)
            look(session, record, NOON)
            look(session, record, NOON)  # twice is once
    with database.read() as session:
        found = {
            (p.first_id, p.second_id): (p.same_bytes, p.business_key)
            for p in session.scalars(select(Duplicate))
        }
    assert found == {(first, second): (None, 0.99), (second, third): (1.0, 0.99)}  # not a paper and its part
    with database.write() as session:
        destroy(session, audit, WHO, second, now=NOON, authority={"rule": "X"})
    with database.read() as session:
        assert session.scalars(select(Duplicate)).all() == []
        assert set(session.scalars(select(BusinessKey.record_id))) == {first, third}
