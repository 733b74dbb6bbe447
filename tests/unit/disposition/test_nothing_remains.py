"""After a destruction the words of a paper are nowhere: in no row, file, index or journal (req 33)."""

import json
import zlib
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from akta.kernel.ids import new_id
from akta.records.guard import changed
from akta.records.judgements import FieldVerdict, JudgedFields, Judgement
from akta.records.models import (
    Correction,
    Field,
    Idempotency,
    Lesson,
    PageText,
    Receipt,
    Record,
    Rendition,
    SenderKey,
    Step,
    Version,
)
from akta.records.parties.models import Party, PartyBlock, PartyMark, RecordParty
from akta.records.queue import ReviewItem
from akta.records.redactions import Redaction
from akta.records.renditions import keep_rendition
from indexer.exports.service import ExportDraft
from indexer.saved.searches import SearchDraft
from tests.unit.disposition.conftest import Office

WORD = "xylofontajemny"


def _plant(office: Office) -> tuple[str, set[str]]:
    """A record with the word in every place that hangs on a record; returns it and all its blobs."""
    app, now = office.app, office.clock.now()
    record_id = office.paper(
        f"{WORD} title",
        fields={"vendor": f"{WORD} sp. z o.o.", "invoice_number": f"{WORD}/1"},
        file_name=f"{WORD}.pdf",
        suggestions={"total": [WORD]},
        doubts=[{"reason": "x", "params": {"word": WORD}}],
        alternatives=[WORD],
        reason_params={"word": WORD},
        flags=[WORD],
        syntax=WORD[:20],
    )
    blobs = set()
    with app.database.write() as session:
        record = session.get_one(Record, record_id)
        blobs.add(record.sha256)
        second = app.store.put([f"{WORD} version two".encode()])
        blobs.add(second.sha256)
        session.add(
            Version(
                id=new_id(),
                record_id=record_id,
                number=2,
                sha256=second.sha256,
                size=second.size,
                actor="user:x",
                created_at=now,
            )
        )
        for kind, page in (
            ("preview", 1),
            ("thumbnail", 1),
            ("searchable_pdf", 0),
            ("tables", 0),
            ("redacted", 0),
        ):
            blob = app.store.put([f"{WORD} {kind}".encode()])
            blobs.add(blob.sha256)
            keep_rendition(session, app.store, record_id, kind, page, blob, "image/jpeg", "a", now)
        page_text = session.get_one(PageText, (record_id, 1))
        page_text.text = f"{WORD} on the page"
        page_text.words = zlib.compress(json.dumps([[WORD]]).encode())
        for field in session.scalars(select(Field).where(Field.record_id == record_id)):
            field.alternatives = [{"value": WORD}]
        session.add(
            Correction(
                id=new_id(),
                record_id=record_id,
                batch=new_id(),
                at=now,
                actor="user:x",
                field="vendor",
                before={"value": WORD},
                after={"value": WORD},
            )
        )
        batch = new_id()
        session.add(
            Lesson(
                id=new_id(),
                record_id=record_id,
                batch=batch,
                at=now,
                actor="user:x",
                field="vendor",
                before=WORD,
                after=WORD,
            )
        )
        session.add(SenderKey(batch=batch, key=f"name:{WORD}", record_id=record_id, weight=1.0))
        session.add(
            Step(
                id=new_id(),
                record_id=record_id,
                name="read",
                outcome="read",
                agent="x",
                started_at=now,
                seconds=0.1,
                detail={"word": WORD},
            )
        )
        session.add(
            Redaction(
                id=new_id(), record_id=record_id, boxes=[], reason=WORD, version=1, asked_by="x", asked_at=now
            )
        )
        for receipt in session.scalars(select(Receipt).where(Receipt.record_id == record_id)):
            receipt.file_name = f"{WORD}.pdf"
        session.add(
            Idempotency(
                actor="user:x",
                key="k",
                fingerprint="f",
                answer={"record": record_id, "file": WORD},
                created_at=now,
            )
        )
        party = Party(id=new_id(), key=f"name:{WORD}", name="", created_at=now, kind="company", root_id="")
        party.root_id = party.id
        session.add(party)
        session.flush()
        session.add(RecordParty(record_id=record_id, role="vendor", party_id=party.id, name=WORD, core=WORD))
        session.add(PartyBlock(party_id=party.id, core=WORD, block=f"w:{WORD}"))
        session.add(
            PartyMark(record_id=record_id, role="vendor", kind="phone", value=WORD, party_id=party.id)
        )
        changed(session, record)
    return record_id, blobs


def _files_with(folder: Path, word: str) -> list[str]:
    wanted = word.encode()
    return [str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file() and wanted in p.read_bytes()]


@pytest.mark.parametrize("engine", ["tantivy", "whoosh"])
def test_no_word_of_a_destroyed_paper_is_left_anywhere(office: Office, engine: str) -> None:
    """req 33: rows, files, index, exports, journal of the database; the neighbours are untouched."""
    app = office.app
    object.__setattr__(app, "settings", app.settings.model_copy(update={"search_engine": engine}))
    record, blobs = _plant(office)
    neighbour = office.paper("sasiedni", through=None)
    with app.database.write() as session:
        changed(session, session.get_one(Record, neighbour))
        ola = office.who("ola")
        made = app.searches.save(session, ola, SearchDraft("all", "type:invoice"))
        app.news.watch(session, ola, made.id)
        app.exports.ask(session, ola, ExportDraft("type:invoice", "zip"))
    office.drain()
    assert app.index.search(office.who("ola"), WORD)[1]
    assert _files_with(app.home, WORD)
    assert any(app.exports.folder.iterdir())
    office.let_go(record)
    office.drain()
    assert _files_with(app.home, WORD) == []
    assert all(not app.store.exists(name) for name in blobs)
    assert list(app.exports.folder.iterdir()) == []
    assert app.index.engine.traces() == 0
    assert [r.id for r in app.index.search(office.who("ola"), "sasiedni")[1]] == [neighbour]
    assert app.index.search(office.who("ola"), WORD)[1] == []
    with app.database.read() as session:
        for model in (PageText, Field, Version, Rendition, Step, Judgement, JudgedFields, FieldVerdict):
            assert session.scalar(select(model.record_id).where(model.record_id == record)) is None
        assert session.scalar(select(ReviewItem.record_id).where(ReviewItem.record_id == record)) is None
        assert session.scalars(select(Party)).all() == []


def test_bytes_that_another_record_needs_stay_until_it_goes(office: Office) -> None:
    """req 33: a shared blob goes with its last referrer, and the certificate says so."""
    one = office.paper()
    with office.app.database.read() as session:
        sha256 = session.get_one(Record, one).sha256
    twin = office.paper(sha256=sha256)
    run = office.let_go(one)
    assert office.app.store.exists(sha256)
    assert office.item(run, one).remains == [{"why": "shared", "sha256": sha256}]
    office.let_go(twin)
    assert not office.app.store.exists(sha256)


def test_bytes_that_the_store_protects_are_named_and_asked_for_again(office: Office) -> None:
    """req 33, 34: what a store will not delete yet is in the certificate, and goes when it may."""
    record = office.paper()
    app = office.app
    with app.database.read() as session:
        sha256 = session.get_one(Record, record).sha256
    app.store.set_legal_hold(sha256, True)
    run = office.let_go(record)
    assert office.item(run, record).remains == [{"why": "locked", "sha256": sha256}]
    assert json.loads(office.certificate(run))["certificate"]["items"][0]["remains"]
    app.store.set_legal_hold(sha256, False)
    office.clock.move(seconds=timedelta(days=1, minutes=1).total_seconds())
    office.drain()
    assert not app.store.exists(sha256)


def test_a_stub_asks_for_nothing_and_tells_nothing(office: Office) -> None:
    """req 35: it is in no list, no search, no news, no queue, no suggestion and no reminder."""
    record = office.paper(WORD, state="filed")
    ola = office.who("ola")
    with office.app.database.write() as session:
        changed(session, session.get_one(Record, record))
        made = office.app.searches.save(session, ola, SearchDraft("w", WORD))
        office.app.news.watch(session, ola, made.id)
    office.drain()
    office.let_go(record)
    with office.app.database.write() as session:
        changed(session, session.get_one(Record, record))  # whoever touches a stub wakes nobody
    office.drain()
    app = office.app
    assert app.index.search(ola, "")[1] == []
    assert app.index.suggest(ola, WORD[:5]) == []
    with app.database.read() as session:
        from indexer.saved.news import unseen_count

        assert unseen_count(session, ola) == 0
        assert session.scalars(select(ReviewItem)).all() == []
    assert [e.id for e in app.index.search(ola, f"class:{'PL-ACC-08'}")[1]] == []
