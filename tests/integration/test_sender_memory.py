"""A correction is made once: the next paper of the same sender has it, until it is taken back."""

from typing import Any

import pytest
from sqlalchemy import func, select

from akta.access.principal import operator
from akta.bootstrap import App
from akta.kernel.ids import new_id
from akta.records.destruction import destroy
from akta.records.models import Field, Hold, HoldItem, Lesson, Record, SenderKey, Step
from ingest.corrections import newest
from tests.conftest import NOON
from tests.integration.test_pipeline import _drain, _record, _take

WHO = operator("test")


def _invoice(number: int, seller: str = "Modra Kuźnia SA", nip: str = "1132853869") -> bytes:
    return (
        f"Faktura VAT nr {number}/2026\nData wystawienia 2026-03-{number:02d}\n"
        f"Sprzedawca: {seller}\nNIP {nip}\n"
        f"Nabywca: Tkalnia Polesie Sp. z o.o.\nNIP 5260001246\nKonto klienta: AB-{number}77\n"
        f"Razem do zapłaty {number}23,00 zł\nTermin płatności 2026-04-{number:02d}\n"
    ).encode()


def _read(app: App, number: int, **more: str) -> str:
    record_id = _take(app, f"f{number}.txt", _invoice(number, **more))
    _drain(app)
    return record_id


def _fields(app: App, record_id: str) -> dict[str, Field]:
    with app.database.read() as session:
        return {f.name: f for f in session.scalars(select(Field).where(Field.record_id == record_id))}


def _correct(app: App, record_id: str, **what: Any) -> None:
    with app.database.write() as session:
        app.decisions.correct(session, WHO, record_id, **what)
    _drain(app)


def _count(app: App) -> tuple[int, int]:
    with app.database.read() as session:
        lessons = session.scalar(select(func.count()).select_from(Lesson)) or 0
        return lessons, session.scalar(select(func.count()).select_from(SenderKey)) or 0


@pytest.fixture
def first(app: App) -> str:
    return _read(app, 1)


def test_the_next_paper_of_the_sender_has_it(app: App, first: str) -> None:
    _correct(app, first, fields={"vendor": "Modra Kuźnia S.A. w upadłości", "reference": "AB-177"})
    following = _fields(app, _read(app, 2))
    assert following["vendor"].value == "Modra Kuźnia S.A. w upadłości"
    assert following["reference"].value == "AB-277"
    assert following["reference"].reader == "sender"
    other = _fields(app, _read(app, 3, seller="Inna Firma SA", nip="5252248481"))
    assert other["vendor"].value == "Inna Firma SA"
    assert "reference" not in other


def test_a_type_is_taught_and_said(app: App, first: str) -> None:
    _correct(app, first, doc_type="proforma_invoice")
    record_id = _read(app, 2)
    record = _record(app, record_id)
    assert (record.doc_type, record.domain) == ("proforma_invoice", "accounting")
    with app.database.read() as session:
        details = session.scalars(
            select(Step.detail).where(Step.record_id == record_id, Step.name == "understand")
        )
        assert [d["taught"] for d in details] == [True]


def test_what_is_taken_back_is_unlearnt(app: App, first: str) -> None:
    _correct(app, first, fields={"vendor": "Wrong Name"})
    assert _count(app)[0] == 1
    with app.database.write() as session:
        app.decisions.undo(session, WHO, first, newest(session, first) or "")
    _drain(app)
    assert _count(app) == (0, 0)
    assert _fields(app, _read(app, 2))["vendor"].value == "Modra Kuźnia SA"


def test_papers_filed_with_it_meanwhile_go_to_a_person(app: App, first: str) -> None:
    _correct(app, first, doc_type="proforma_invoice", fields={"vendor": "Wrong Name"})
    filed, looked_at, held = _read(app, 2), _read(app, 3), _read(app, 4)
    other = _read(app, 5, seller="Inna Firma SA", nip="5252248481")
    assert {_record(app, i).state for i in (filed, looked_at, held, other)} == {"filed"}
    _correct(app, looked_at, fields={"vendor": "Wrong Name"}, accept=True)
    with app.database.write() as session:
        hold = Hold(id=new_id(), matter="M", reason="R", authority="", placed_by="x", placed_at=NOON)
        session.add(hold)
        session.flush()
        session.add(HoldItem(hold_id=hold.id, record_id=held, added_at=NOON, active=True))
        session.get_one(Record, held).held = True
    with app.database.write() as session:
        app.decisions.undo(session, WHO, first, newest(session, first) or "")
    _drain(app)
    record = _record(app, filed)
    assert (record.state, record.reason, record.doc_type) == ("review", "unlearned", "invoice")
    assert _fields(app, filed)["vendor"].value == "Modra Kuźnia SA"
    for left in (looked_at, held):  # a person saw the one, and nothing changes the other
        assert _record(app, left).state == "filed"
        assert _fields(app, left)["vendor"].value == "Wrong Name"
    assert (_record(app, other).state, _record(app, other).doc_type) == ("filed", "invoice")
    with app.database.write() as session:
        app.decisions.correct(session, WHO, filed, accept=True)
    assert _record(app, filed).state == "filed"


def test_taken_back_where_it_changed_nothing_nothing_changes(app: App, first: str) -> None:
    _correct(app, first, fields={"vendor": "Wrong Name"})
    _correct(app, first, fields={"vendor": "Modra Kuźnia SA"})
    following = _read(app, 2)
    before = _record(app, following).row_version
    with app.database.write() as session:
        app.decisions.undo(session, WHO, first, newest(session, first) or "")
    with app.database.write() as session:
        app.decisions.undo(session, WHO, first, newest(session, first) or "")
    _drain(app)
    assert (_record(app, following).state, _record(app, following).row_version) == ("filed", before)


def test_taken_back_before_it_was_learnt(app: App, first: str) -> None:
    with app.database.write() as session:
        app.decisions.correct(session, WHO, first, fields={"vendor": "Wrong Name"})
        app.decisions.undo(session, WHO, first, newest(session, first) or "")
    _drain(app)
    assert _count(app) == (0, 0)


def test_lessons_go_with_the_record(app: App, first: str) -> None:
    _correct(app, first, fields={"vendor": "Modra Kuźnia S.A. w upadłości"}, accept=True)
    with app.database.write() as session:
        record = session.get_one(Record, first)
        record.held = False
        destroy(session, app.audit, WHO, first, now=app.clock.now(), authority={"test": True})
    assert _count(app) == (0, 0)


def test_a_correction_learnt_twice_is_learnt_once(app: App, first: str) -> None:
    _correct(app, first, fields={"vendor": "Modra Kuźnia S.A. w upadłości"})
    before = _count(app)
    with app.database.write() as session:
        from ingest.learning.memory import ask_to_learn

        ask_to_learn(session, first, newest(session, first) or "", app.clock.now())
    _drain(app)
    assert _count(app) == before
