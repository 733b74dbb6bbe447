"""What people correct is checked again, kept with what stood there before, and can be taken back."""

from typing import Any

import pytest
from sqlalchemy import select

from akta.access.principal import operator
from akta.bootstrap import App
from akta.kernel.errors import ConflictError
from akta.records.destruction import destroy
from akta.records.guard import HeldError
from akta.records.models import Correction, Field, Record
from ingest.corrections import newest
from retention.holds.placing import PlaceHold, place_hold
from tests.integration.test_pipeline import INVOICE, _drain, _found, _record, _take

WHO = operator("test")


@pytest.fixture
def paper(app: App) -> str:
    record_id = _take(app, "faktura.txt", INVOICE)
    _drain(app)
    return record_id


def _correct(app: App, record_id: str, **fields: str) -> None:
    with app.database.write() as session:
        app.decisions.correct(session, WHO, record_id, fields=fields)
    _drain(app)


def _undo(app: App, record_id: str, batch: str | None = None) -> None:
    with app.database.write() as session:
        app.decisions.undo(session, WHO, record_id, batch or newest(session, record_id) or "")
    _drain(app)


def _fields(app: App, record_id: str) -> dict[str, dict[str, Any]]:
    columns = ("value", "confidence", "page", "box", "reader", "supported_by", "confirmed_by", "raw")
    with app.database.read() as session:
        rows = session.scalars(select(Field).where(Field.record_id == record_id))
        return {row.name: {c: getattr(row, c) for c in columns} for row in rows}


def test_checks_follow_what_was_typed(app: App, paper: str) -> None:
    before = _fields(app, paper)
    assert {before[n]["supported_by"] for n in ("net", "vat", "total")} == {"net+vat=total"}
    assert before["vendor_nip"]["supported_by"] == "nip checksum"
    _correct(app, paper, vendor_nip="123", total="2 025,00")
    after = _fields(app, paper)
    assert after["vendor_nip"]["supported_by"] == "nip wrong"
    assert {after[n]["supported_by"] for n in ("net", "vat", "total")} == {"net+vat!=total"}
    _correct(app, paper, vendor_nip="PL 526-000-12-46", net="1 794,16")
    put_right = _fields(app, paper)
    assert put_right["vendor_nip"]["supported_by"] == "nip checksum"
    assert {put_right[n]["supported_by"] for n in ("net", "vat", "total")} == {"net+vat=total"}


def test_several_fields_that_were_not_read_are_added_at_once(app: App, paper: str) -> None:
    added = {"reference": "X-1", "due_date": "2026-05-01", "order_number": "Z/77"}
    with app.database.write() as session:
        app.decisions.correct(session, WHO, paper, fields=added)
    with app.database.read() as session:
        rows = session.scalars(select(Field).where(Field.record_id == paper, Field.name.in_(added)))
        assert {f.name: (f.value, f.confidence, f.reader) for f in rows} == {
            name: (value, 1.0, "person") for name, value in added.items()
        }


def test_a_correction_is_taken_back_with_all_that_follows(app: App, paper: str) -> None:
    fields, record = _fields(app, paper), _record(app, paper)
    _correct(app, paper, date="15.01.2019", vendor_nip="", total="2 025,00", due_date="2019-02-01")
    assert _record(app, paper).title == record.title
    assert str(_record(app, paper).retain_through) == "2024-12-31"
    assert _found(app, "total:2025") == [paper]
    _undo(app, paper)
    assert _fields(app, paper) == fields
    back = _record(app, paper)
    assert (back.title, back.document_date, back.retain_through, back.state) == (
        *(record.title, record.document_date, record.retain_through, record.state),
    )
    assert _found(app, "total:2025") == []
    assert _found(app, "total:1234,50") == [paper]


def test_batches_are_taken_back_from_the_newest_on_and_each_once(app: App, paper: str) -> None:
    fields = _fields(app, paper)
    _correct(app, paper, total="10,00")
    with app.database.read() as session:
        first = newest(session, paper)
    _correct(app, paper, total="20,00", vendor="Inna S.A.")
    with pytest.raises(ConflictError, match="corrected after it"):
        _undo(app, paper, first)
    _undo(app, paper)
    assert _fields(app, paper)["total"]["value"] == "10.00"
    _undo(app, paper)
    assert _fields(app, paper) == fields
    with pytest.raises(ConflictError, match="taken back already"):
        _undo(app, paper, first)
    with app.database.read() as session:
        assert newest(session, paper) is None


def test_the_kind_is_taken_back_with_its_class(app: App, paper: str) -> None:
    def place() -> tuple[str | None, ...]:
        record = _record(app, paper)
        return record.domain, record.doc_type, record.class_code

    before = place()
    with app.database.write() as session:
        app.decisions.correct(session, WHO, paper, domain="hr", doc_type="employment_contract")
    _drain(app)
    assert place()[2] != before[2]
    _undo(app, paper)
    assert place() == before


def test_nothing_changed_leaves_nothing_to_take_back(app: App, paper: str) -> None:
    with app.database.write() as session:
        app.decisions.correct(session, WHO, paper)
    with app.database.read() as session:
        assert newest(session, paper) is None


def test_a_hold_stops_taking_back_and_destruction_takes_what_was_corrected(app: App, paper: str) -> None:
    _correct(app, paper, total="10,00")
    with app.database.write() as session:
        place_hold(session, app.audit, WHO, PlaceHold("M", "R", record_ids=(paper,)), app.clock.now())
    with pytest.raises(HeldError):
        _undo(app, paper)
    other = _take(app, "b.txt", INVOICE.replace(b"0412", b"0413"))
    _drain(app)
    _correct(app, other, total="11,00")
    with app.database.write() as session:
        destroy(session, app.audit, WHO, other, now=app.clock.now(), authority={})
    with app.database.read() as session:
        assert session.get_one(Record, other).state == "destroyed"
        assert session.scalars(select(Correction).where(Correction.record_id == other)).all() == []
