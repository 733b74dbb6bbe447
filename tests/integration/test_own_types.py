"""A type that an officer defines acts on the next paper, is found by name, and is disabled without loss."""

from typing import Any

import pytest
from sqlalchemy import select

from akta.access.principal import operator
from akta.audit.models import AuditEntry
from akta.bootstrap import App
from akta.kernel.errors import ForbiddenError, StaleError
from akta.records.doctypes.current import refresh, use
from akta.records.models import DocumentType, Record
from ingest.corrections import newest
from ingest.doctypes.loading import TypeDefinitionError, read_types
from tests.conftest import principal
from tests.integration.test_pipeline import _drain, _record, _take
from tests.unit.ingest.test_doctypes import GOOD, PAPER

WHO = operator("test")


def _define(app: App, text: str = GOOD) -> list[str]:
    with app.database.write() as session:
        return app.doctypes.define(session, WHO, read_types(text))


def _read(app: App, name: str, text: str = PAPER) -> Record:
    record_id = _take(app, name, (text + name).encode())
    _drain(app)
    return _record(app, record_id)


def _found(app: App, query: str) -> list[str]:
    return [r.id for r in app.index.search(WHO, query)[1]]


def test_the_next_paper_has_it(app: App) -> None:
    before = _read(app, "a.txt")
    assert before.doc_type != "parking_permit"
    assert _define(app) == ["parking_permit"]
    use(None)  # another process than the one that defined it
    after = _read(app, "b.txt")
    assert (after.domain, after.doc_type, after.class_code) == ("hr", "parking_permit", "PL-HR-01")
    assert after.state == "filed"
    assert after.confidentiality == 3  # of its class, which asks for more than the type
    assert _found(app, 'rodzaj:"karta parkingowa"') == [after.id]
    assert _found(app, "type:parking_permit") == [after.id]


def test_the_same_again_changes_nothing_and_a_change_is_a_version(app: App) -> None:
    _define(app)
    assert _define(app) == []
    assert _define(app, GOOD.replace("Parking permit", "Parking card")) == ["parking_permit"]
    with app.database.read() as session:
        rows = session.scalars(select(DocumentType).order_by(DocumentType.version)).all()
        assert [(r.version, r.current, r.definition["name"]["en"]) for r in rows] == [
            (1, False, "Parking permit"),
            (2, True, "Parking card"),
        ]
        actions = session.scalars(
            select(AuditEntry.action).where(AuditEntry.subject == "type:parking_permit")
        )
        assert list(actions) == ["type.defined", "type.defined"]
        known = refresh(session).get("parking_permit")
        assert known is not None
        assert known.version == 2


def test_a_disabled_type_is_given_no_more_and_old_records_keep_it(app: App) -> None:
    _define(app)
    old = _read(app, "a.txt")
    with app.database.write() as session:
        assert app.doctypes.set_active(session, WHO, "parking_permit", False)
        assert not app.doctypes.set_active(session, WHO, "parking_permit", False)
    new = _read(app, "b.txt")
    assert new.doc_type != "parking_permit"
    assert _record(app, old.id).doc_type == "parking_permit"
    assert _found(app, "type:parking_permit") == [old.id]
    with app.database.write() as session:
        app.doctypes.set_active(session, WHO, "parking_permit", True)
    assert _read(app, "c.txt").doc_type == "parking_permit"


def test_a_person_chooses_a_finer_type_and_takes_it_back(app: App) -> None:
    record = _read(
        app, "z.txt", "Deklaracja ZUS DRA\nDeklaracja rozliczeniowa\nPłatnik składek: Modra S.A.\n"
    )
    kind = (record.doc_type, record.subtype, record.class_code)
    assert kind == ("tax_form", "zus_dra", "PL-HR-06")
    with app.database.write() as session:
        app.decisions.correct(session, WHO, record.id, doc_type="pit_37")
    _drain(app)
    changed = _record(app, record.id)
    assert (changed.doc_type, changed.subtype) == ("tax_form", "pit_37")
    assert changed.title.startswith("PIT-37")
    assert _found(app, "type:pit") == [record.id]
    assert _found(app, "type:tax_form") == [record.id]
    assert _found(app, "type:zus") == []
    page, _ = app.index.search(WHO, "type:tax_form", facets=("type",))
    assert {"tax_form", "pit", "pit_37"} <= set(page.facets["type"])
    with app.database.write() as session:
        batch = newest(session, record.id)
        assert batch is not None
        app.decisions.undo(session, WHO, record.id, batch)
    back = _record(app, record.id)
    assert (back.doc_type, back.subtype, back.class_code) == kind


def test_what_makes_no_sense_here_is_refused_and_nothing_is_kept(app: App) -> None:
    two = GOOD + GOOD.split("types:\n")[1].replace("parking_permit", "second").replace("PL-HR-01", "XX-1")
    with pytest.raises(TypeDefinitionError, match="line 40, class: there is no class XX-1"):
        _define(app, two)
    with app.database.read() as session:
        assert session.scalar(select(DocumentType.id)) is None
    with pytest.raises(ForbiddenError), app.database.write() as session:
        app.doctypes.define(session, principal("clerk"), read_types(GOOD))


def test_two_officers_do_not_overwrite_each_other(app: App) -> None:
    item: dict[str, Any] = read_types(GOOD)[0]
    with app.database.write() as session:
        app.doctypes.put(session, WHO, "parking_permit", item, expected_version=0)
    with pytest.raises(StaleError), app.database.write() as session:
        app.doctypes.put(session, WHO, "parking_permit", item, expected_version=0)
