"""Certificates: what they say, that they hold without the archive, that nobody changes them (req 34, 35)."""

import json
from pathlib import Path

import pypdfium2 as pdfium
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from akta.kernel.errors import InvalidError, NotFoundError
from akta.kernel.ids import new_id
from akta.operations.verify import verify_archive
from akta.records.models import RecordClass
from akta.records.orphans import GRACE, sweep_orphans
from akta.records.stubs import get_stub
from retention.disposition.certificate_pdf import _facts
from retention.disposition.certifying import raw_key, read_key, verify_certificate
from retention.disposition.models import Disposition, DispositionItem
from retention.disposition.showing import disposition_data, get_certificate, list_certificates
from retention.disposition.unsigned import drafts_among
from tests.unit.disposition.conftest import BOTH, Office

SECRET = "Żółwiński Zygfryd"


def test_a_certificate_says_who_what_when_how_and_nothing_of_the_paper(office: Office) -> None:
    """req 34."""
    paper = office.paper(SECRET, fields={"employee": SECRET})
    held = office.paper(SECRET, state="filed")
    run = office.propose(paper, held)
    office.decide(run)
    office.release(run)
    with office.app.database.write() as session:
        session.execute(text("UPDATE records SET held = true WHERE id = :i"), {"i": held})
    office.execute(run)
    data = office.certificate(run)
    assert SECRET.encode() not in data
    body = verify_certificate(data, office.app.audit.public_key).certificate
    assert body["counts"] == {
        "records": 2,
        "destroyed": 1,
        "transferred": 0,
        "failed": 1,
        "extend": 0,
        "relabel": 0,
        "exclude": 0,
    }
    assert [body[n]["by"]["login"] for n in ("proposed", "released")] == ["ola", "piotr"]
    assert [p["login"] for p in body["reviewed"]["by"]] == ["ola"]
    assert "second" not in body["ground"]
    assert set(body["method"]) == {"records", "files", "index", "backups", "database"}
    line = next(i for i in body["items"] if i["record"] == paper)
    assert (line["class"], line["rule"], line["rule_version"]) == ("PL-ACC-08", "PL-ACC-08", 1)
    assert line["basis"] == "ustawa o rachunkowości, art. 74"
    assert len(line["sha256"]) == 64
    assert next(i for i in body["items"] if i["record"] == held)["failure"] == "held"


def _with(data: bytes, **change: object) -> dict[str, object]:
    envelope = json.loads(data)
    envelope["certificate"] |= change
    return dict(envelope)


def test_rules_that_nobody_signed_are_named(office: Office) -> None:
    """On the disposition, and for ever on its certificate; not once somebody has signed them."""
    record = office.paper()
    run = office.propose(record)
    office.decide(run)
    with office.app.database.read() as session:
        made = session.get_one(Disposition, run)
        told = disposition_data(session, office.who("ola"), made, office.app.dispositions.today, "en")
    assert told["draft_rules"] == ["PL-ACC-08 v1"]
    office.release(run)
    office.execute(run)
    envelope = json.loads(office.certificate(run))
    assert envelope["certificate"]["draft_rules"] == ["PL-ACC-08 v1"]
    facts = {english: value for (_, english), value in _facts(envelope, "")}
    assert facts["Rules that no lawyer signed"] == "PL-ACC-08 v1"
    with office.app.database.write() as session:
        current = select(RecordClass).where(RecordClass.code == "PL-ACC-08", RecordClass.current)
        row = session.scalars(current).one()
        copy = {column.name: getattr(row, column.name) for column in RecordClass.__table__.columns}
        signed = [{**rule, "status": "approved"} for rule in row.rules]
        session.add(RecordClass(**{**copy, "id": new_id(), "version": 99, "current": False, "rules": signed}))
    with office.app.database.read() as session:
        item = session.get_one(DispositionItem, (run, record))
        assert drafts_among(session, [{**item.facts, "class_version": 99}]) == []
        assert drafts_among(session, [item.facts]) == ["PL-ACC-08 v1"]


def test_it_is_checked_without_the_archive(office: Office, tmp_path: Path) -> None:
    """req 34: one changed letter, another key, a count that was mended: all are seen."""
    run = office.let_go(office.paper(), office.paper())
    data = office.certificate(run)
    key = read_key(raw_key(office.app.audit.public_key).encode())
    assert verify_certificate(data, key).holds
    alone = verify_certificate(data, None)
    assert (alone.holds, alone.by_given_key) == (True, False)
    stranger = Ed25519PrivateKey.generate().public_key()
    assert not verify_certificate(data, stranger).holds
    envelope = json.loads(data)
    envelope["certificate"]["items"].pop()
    assert len(verify_certificate(json.dumps(envelope).encode(), key).problems) == 2
    forged = json.loads(data)
    forged["public_key"] = raw_key(stranger)
    assert not verify_certificate(json.dumps(forged).encode(), key).holds
    assert not verify_certificate(data.replace(b'"A run"', b'"A walk"'), None).holds
    twice = b'{"certificate": {"format": "forged"}, ' + data.strip()[1:]
    torn = [json.dumps(_with(data, **change)).encode() for change in ({"items": ["x"]}, {"counts": []})]
    deep = b"[" * 200_000
    plain = b'{"certificate": 1, "signature": 2, "public_key": 3}'
    for wrong in (b"", b"{}", b"[]", b"\xff", plain, twice, deep, *torn):
        with pytest.raises(InvalidError, match="no certificate"):
            verify_certificate(wrong, None)
    with pytest.raises(InvalidError, match="public key"):
        read_key(b"-----BEGIN NONSENSE-----")


def test_nothing_stands_beside_what_was_signed(office: Office) -> None:
    """req 34: a note that somebody wrote into the file would pass for a part of the certificate."""
    data = office.certificate(office.let_go(office.paper()))
    found = verify_certificate(json.dumps({**json.loads(data), "note": "all in order"}).encode(), None)
    assert found.problems == ("Beside the certificate the file holds something that nobody signed.",)


@pytest.mark.parametrize(
    "change", [{"id": "\ud800"}, {"id": None}, {"counts": {}}, {"counts": {"destroyed": "x"}}]
)
def test_what_is_no_certificate_is_told_so(office: Office, change: dict[str, object]) -> None:
    data = office.certificate(office.let_go(office.paper()))
    with pytest.raises(InvalidError, match="no certificate"):
        verify_certificate(json.dumps(_with(data, **change)).encode(), None)


@pytest.mark.parametrize("depth", [900, 980])
def test_a_certificate_of_brackets_was_changed(office: Office, depth: int) -> None:
    data = office.certificate(office.let_go(office.paper()))
    nested = b"[" * depth + b"]" * depth
    for name in (b'"title"', b'"outcome"'):
        changed = data.replace(name + b":", name + b":" + nested + b', "x":', 1)
        assert changed != data
        try:
            assert not verify_certificate(changed, None).holds
        except InvalidError:
            continue


@BOTH
def test_rows_and_bytes_of_certificates_stay(office: Office) -> None:
    """req 34: no SQL changes or deletes one, no sweep takes its bytes, and verify misses them."""
    run = office.let_go(office.paper())
    for statement in (
        "UPDATE certificates SET signature = 'x'",
        "DELETE FROM certificates",
        "UPDATE evidence SET sha256 = 'x'",
        "DELETE FROM evidence",
    ):
        with pytest.raises(DBAPIError, match="never changes"), office.app.database.write() as session:
            session.execute(text(statement))
    app = office.app
    notes = app.home / "run" / "orphans.json"
    now = office.clock.now()
    sweep_orphans(app.database, app.store, notes, now)
    assert sweep_orphans(app.database, app.store, notes, now + GRACE) == (0, 0)
    assert office.certificate(run)
    checks = {check.name: check for check in verify_archive(app).checks}
    assert (checks["blobs"].problems, checks["blobs"].notes, checks["blobs"].examined) == ([], [], 2)


def test_the_paper_has_both_languages_and_every_record(office: Office) -> None:
    """req 34."""
    records = [office.paper(f"p{n}") for n in range(40)]
    run = office.let_go(*records)
    with office.app.database.read() as session:
        (made,) = list_certificates(session, office.who("piotr"))
    with office.app.store.open(made.pdf_sha256) as source:
        document = pdfium.PdfDocument(source.read())
    pages = [document[n].get_textpage().get_text_range() for n in range(len(document))]
    told = "\n".join(pages)
    assert len(pages) == 2
    for word in ("Protokół brakowania", "Certificate of disposition", "Zniszczone", "Destroyed", made.sha256):
        assert word in told.replace("\r\n", ""), word
    assert all(r in told for r in records)
    assert made.disposition_id == run


def test_only_who_may_see_all_of_it_reads_a_certificate(office: Office) -> None:
    office.let_go(office.paper(), office.paper(domain="hr", confidentiality=3))
    office.add("half", accounting=3)
    with office.app.database.read() as session:
        (made,) = list_certificates(session, office.who("ola"))
        assert list_certificates(session, office.who("half")) == []
        with pytest.raises(NotFoundError):
            get_certificate(session, office.who("half"), made.id)


def test_a_stub_says_by_what_right_and_nothing_personal(office: Office) -> None:
    """req 35."""
    office.add("auditor", "auditor")
    office.add("clerk", "clerk")
    office.add("blind", "officer", lab=3)
    steps = {"steps": [{"code": "fact", "data": {"fact": "employment_end", "date": "1987-06-05"}}]}
    record = office.paper(SECRET, more=steps, owner_id=office.ids["clerk"])
    run = office.let_go(record)
    with office.app.database.read() as session:
        for login in ("ola", "auditor"):
            stub = get_stub(session, office.who(login), record)
            assert stub["authority"]["disposition"] == run
            assert (stub["class"], stub["rule"], len(stub["sha256"])) == ("PL-ACC-08", "PL-ACC-08", 64)
        for login in ("clerk", "blind"):
            with pytest.raises(NotFoundError):
                get_stub(session, office.who(login), record)
        row = session.execute(text("SELECT * FROM records WHERE id = :i"), {"i": record}).one()
    told = " ".join(map(str, row))
    assert SECRET not in told
    assert "1987" not in told
    assert office.ids["clerk"] not in told
    with pytest.raises(NotFoundError), office.app.database.read() as session:
        get_stub(session, office.who("ola"), office.paper())
