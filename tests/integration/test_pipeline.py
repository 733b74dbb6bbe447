"""The main job end to end in one archive: received, read, understood, filed, found, kept, held, backed up."""

import io
import json
import os
import subprocess
import sys
import zipfile
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from akta.access.principal import operator
from akta.bootstrap import ROOT, App
from akta.events import jobs
from akta.kernel.errors import InvalidError
from akta.operations.verify import verify_archive
from akta.records.models import Field, IndexPending, PageText, Receipt, Record, Rendition, Step
from akta.worker.celery_app import make_runner
from ingest.intake import Arrival, receive
from ingest.sandbox import ReaderKilledError, read_in_sandbox
from tests.papers.facturx import facturx

WHO = operator("test")
INVOICE = """Faktura VAT nr FV/2026/0412
Data wystawienia: 2026-03-01
Sprzedawca: Zakłady Testowe Łódź sp. z o.o.
NIP: 526-000-12-46
Nabywca: Odbiorca S.A.
Razem netto: 1003,66 PLN
VAT 23%: 230,84 PLN
Do zapłaty: 1 234,50 PLN
""".encode()


def _take(app: App, name: str, data: bytes) -> str:
    blob = app.store.put([data])
    with app.database.write() as session:
        receipt = receive(session, app.audit, app.store, WHO, Arrival(blob, name, "test"), app.clock.now())
        return receipt.record_id


def _drain(app: App) -> None:
    runner = make_runner(app)
    while runner.run_next("test:1:1"):
        pass


def _record(app: App, record_id: str) -> Record:
    with app.database.read() as session:
        return session.get_one(Record, record_id)


def _found(app: App, query: str) -> list[str]:
    return [record.id for record in app.index.search(WHO, query)[1]]


def test_an_invoice_from_bytes_to_kept_until(app: App) -> None:
    record_id = _take(app, "faktura.txt", INVOICE)
    _drain(app)
    record = _record(app, record_id)
    assert (record.state, record.domain, record.doc_type) == ("filed", "accounting", "invoice")
    assert record.class_code == "PL-ACC-08"
    assert record.retain_through is not None
    assert record.retain_through.isoformat() == "2031-12-31"
    with app.database.read() as session:
        rows = session.execute(select(Field.name, Field.value).where(Field.record_id == record_id))
        values = dict(rows.all())
        steps = session.scalars(select(Step.name).where(Step.record_id == record_id)).all()
        kinds = set(session.scalars(select(Rendition.kind).where(Rendition.record_id == record_id)))
        assert session.scalar(select(func.count()).select_from(IndexPending)) == 0
    assert values["total"] == "1234.50"
    assert values["vendor_nip"] == "5260001246"
    assert values["invoice_number"] == "FV/2026/0412"
    assert set(steps) == {"read", "understand"}
    assert kinds == {"searchable_pdf", "thumbnail", "preview"}
    for query in (
        "faktvra",
        "lodz",
        "5260001246",
        "1 234,50",
        "FV/2026/0412",
        "type:faktura total:>1000",
        "zakładami",
    ):
        assert _found(app, query) == [record_id], query
    assert _found(app, "-faktura") == []
    assert verify_archive(app).holds


@pytest.mark.parametrize(
    ("name", "data", "state", "reason"),
    [
        ("empty.pdf", b"", "rejected", "empty"),
        ("spaces.txt", b"  \n\n ", "rejected", "empty"),
        ("tool.exe.pdf", b"MZ" + bytes(300), "quarantined", "executable"),
        ("noise.bin", bytes(range(1, 256)) * 20, "quarantined", "unknown_format"),
        ("cut.pdf", b"%PDF-1.7\n1 0 obj\n<<", "quarantined", "damaged"),
        (
            "laughs.xml",
            b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
            "quarantined",
            "forbidden_xml",
        ),
        (
            "novel.txt",
            b"It was a quiet evening and the river went on as rivers do. " * 30,
            "review",
            "not_ours",
        ),
    ],
)
def test_bad_input_has_a_reason_and_harms_no_neighbour(
    app: App, name: str, data: bytes, state: str, reason: str
) -> None:
    good = _take(app, "faktura.txt", INVOICE)
    bad = _take(app, name, data)
    _drain(app)
    assert _record(app, good).state == "filed"
    record = _record(app, bad)
    assert (record.state, record.reason) == (state, reason)
    assert verify_archive(app).holds
    assert list((app.home / "tmp").iterdir()) == []


def test_papers_inside_an_archive_become_records(app: App) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as made:
        made.writestr("faktura.txt", INVOICE)
        made.writestr("../../evil.txt", b"Invoice FV/9 total 5.00 PLN")
    parent = _take(app, "pile.zip", buffer.getvalue())
    _drain(app)
    with app.database.read() as session:
        children = session.scalars(select(Record).where(Record.parent_id == parent)).all()
        receipts = session.scalars(select(Receipt.channel)).all()
    assert any(c.doc_type == "invoice" for c in children)
    assert all("/" not in c.file_name for c in children)
    assert receipts.count("unpacked") == len(children)


def test_the_data_inside_an_invoice_is_no_second_record(app: App) -> None:
    paper = facturx(2)
    record_id = _take(app, "faktura.pdf", paper.data)
    _drain(app)
    assert _record(app, record_id).state == "filed"
    assert _found(app, paper.stated["invoice_number"]) == [record_id]
    with app.database.read() as session:
        assert session.scalar(select(func.count()).select_from(Record)) == 1
        kept = session.scalars(select(Rendition).where(Rendition.kind == "embedded_data")).one()
    assert b"".join(app.store.open(kept.sha256)) == paper.xml
    other = _take(app, "inna.pdf", facturx(3, total="987654.32").data)
    _drain(app)
    record = _record(app, other)
    assert record.state == "review"
    assert {"data_differs", "sums_differ"} <= {d["reason"] for d in record.doubts}
    differs = next(d["params"] for d in record.doubts if d["reason"] == "data_differs")
    assert differs["stated"] == "987654.32"
    assert verify_archive(app).holds


def test_password_later(app: App) -> None:
    import pikepdf
    from fpdf import FPDF

    pdf = FPDF()
    pdf.add_page()
    pdf.set_font("helvetica", size=12)
    for line in ("INVOICE", "Invoice number: INV-77", "Invoice date: 2026-02-03", "Total due: 99.00 EUR"):
        pdf.cell(0, 10, line, new_x="LMARGIN", new_y="NEXT")
    buffer = io.BytesIO()
    with pikepdf.open(io.BytesIO(bytes(pdf.output()))) as opened:
        opened.save(buffer, encryption=pikepdf.Encryption(owner="o", user="sesame"))
    record_id = _take(app, "locked.pdf", buffer.getvalue())
    _drain(app)
    assert _record(app, record_id).reason == "needs_password"
    with app.database.write() as session:
        app.decisions.read_again(session, WHO, record_id, password="wrong")
    _drain(app)
    assert _record(app, record_id).reason == "wrong_password"
    with app.database.write() as session:
        app.decisions.read_again(session, WHO, record_id, password="sesame")
        stored = session.scalars(select(jobs.Job.payload)).all()
    assert not any("sesame" in json.dumps(payload) for payload in stored)
    _drain(app)
    assert _record(app, record_id).state in ("filed", "review")
    assert _found(app, "INV-77") == [record_id]


def test_a_worker_that_dies_half_way_leaves_no_trace(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    """The last transaction fails once; the next try files the paper, with each page once."""
    record_id = _take(app, "faktura.txt", INVOICE)
    runner = make_runner(app)
    original = jobs.finish
    calls = 0

    def dies_once(*args: object) -> None:
        nonlocal calls
        calls += 1
        if calls == 1:
            raise OSError("the machine is on fire")
        original(*args)  # type: ignore[arg-type]

    monkeypatch.setattr("ingest.concluding.finish", dies_once)
    while not calls:
        assert runner.run_next("test:1:1")
    assert _record(app, record_id).state == "reading"
    with app.database.write() as session:
        session.execute(jobs.update(jobs.Job).values(run_after=app.clock.now()))
    _drain(app)
    assert _record(app, record_id).state == "filed"
    with app.database.read() as session:
        assert session.scalar(select(func.count()).where(PageText.record_id == record_id)) == 1
    assert verify_archive(app).holds


def test_a_killed_reader_is_tried_again_but_not_for_ever(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    once, always = _take(app, "faktura.txt", INVOICE), _take(app, "inna.txt", INVOICE + b"x")
    killed: set[str] = set()

    def kills(path: Path, name: str, *args: Any, **named: Any) -> Any:
        if name == "inna.txt" or name not in killed:
            killed.add(name)
            raise ReaderKilledError("killed")
        return read_in_sandbox(path, name, *args, **named)

    monkeypatch.setattr("ingest.pipeline.read_in_sandbox", kills)
    for _ in range(4):
        with app.database.write() as session:
            session.execute(jobs.update(jobs.Job).values(run_after=app.clock.now()))
        _drain(app)
    assert _record(app, once).state == "filed"
    assert (_record(app, always).state, _record(app, always).reason) == (
        "quarantined",
        "took_too_much_memory",
    )


def test_given_up_after_all_tries(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    record_id = _take(app, "faktura.txt", INVOICE)

    def always(*_args: object, **_named: object) -> None:
        raise RuntimeError("secret document text")

    monkeypatch.setattr("ingest.pipeline.read_in_sandbox", always)
    for _ in range(5):
        with app.database.write() as session:
            session.execute(jobs.update(jobs.Job).values(run_after=app.clock.now()))
        _drain(app)
    record = _record(app, record_id)
    assert (record.state, record.reason) == ("quarantined", "gave_up")
    assert "secret" not in json.dumps(record.reason_params)


def test_damage_is_found(app: App) -> None:
    record_id = _take(app, "faktura.txt", INVOICE)
    _drain(app)
    path = next((app.home / "blobs").rglob(_record(app, record_id).sha256))
    path.chmod(0o600)
    path.write_bytes(INVOICE.replace(b"1 234,50", b"9 234,50"))
    problems = [p for c in verify_archive(app).checks for p in c.problems]
    assert any("was changed" in p for p in problems)
    path.unlink()
    problems = [p for c in verify_archive(app).checks for p in c.problems]
    assert any("is missing" in p for p in problems)


def test_index_loss_costs_a_rebuild_and_no_data(app: App) -> None:
    import shutil

    record_id = _take(app, "faktura.txt", INVOICE)
    _drain(app)
    app.index.close()
    shutil.rmtree(app.home / "index")
    (app.home / "index").mkdir()
    assert not verify_archive(app).holds
    assert app.index.rebuild() == 1
    assert _found(app, "faktura") == [record_id]
    assert verify_archive(app).holds


def _akta(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "akta.cli", *arguments],
        cwd=ROOT,
        env={**os.environ, "AKTA_HOME": str(home), "PYTHONPATH": str(ROOT), "AKTA_WORKERS": "2"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_the_command_line_alone(tmp_path: Path) -> None:
    """A missing archive is made at first use; exit codes and JSON are what scripts rely on."""
    home, papers = tmp_path / "home", tmp_path / "papers"
    papers.mkdir()
    (papers / "faktura.txt").write_bytes(INVOICE)
    told = _akta(home, "ingest", str(papers), "--wait", "--json")
    assert told.returncode == 0, told.stderr
    row = json.loads(told.stdout)
    wanted = [
        "path",
        "receipt",
        "record",
        "state",
        "reason",
        "domain",
        "doc_type",
        "confidence",
        "fields",
        "pages",
        "seconds",
    ]
    assert set(wanted) <= set(row)
    assert row["state"] == "filed"
    assert row["fields"]["total"] == "1234.50"
    hits = _akta(home, "search", "--json", "faktvra")
    assert json.loads(hits.stdout)["id"] == row["record"]
    assert "31 December 2031" in _akta(home, "explain", row["receipt"]).stdout
    shown = json.loads(_akta(home, "show", row["record"][:12], "--json").stdout)
    assert shown["class"] == "PL-ACC-08"
    status = json.loads(_akta(home, "status", "--json").stdout)
    assert status["adds_up"]
    assert status["total"]["filed"] == 1
    assert _akta(home, "verify").returncode == 0
    (papers / "empty.pdf").write_bytes(b"")
    again = _akta(home, "ingest", str(papers), str(papers / "nothing"), "--wait", "--json")
    assert again.returncode == 1
    states = {
        Path(r["path"]).name: (r["state"], r["duplicate"]) for r in map(json.loads, again.stdout.splitlines())
    }
    assert states == {
        "faktura.txt": ("filed", True),
        "empty.pdf": ("rejected", False),
        "nothing": ("error", False),
    }
    missing = _akta(home, "show", "zzz")
    assert missing.returncode == 2
    assert "no record" in missing.stderr


def test_a_correction_reaches_title_keeping_parties_and_search(app: App) -> None:
    record_id = _take(app, "faktura.txt", INVOICE)
    _drain(app)
    changes = {"date": "15.01.2019", "total": "2 025,00 zł", "vendor": "Inna Firma SA"}
    with app.database.write() as session:
        app.decisions.correct(session, WHO, record_id, fields=changes)
    _drain(app)
    record = _record(app, record_id)
    assert str(record.document_date) == "2019-01-15"
    assert str(record.retain_through) == "2024-12-31"
    assert "Inna Firma SA" in record.title
    assert _found(app, "total:2025") == [record_id]
    with app.database.write() as session, pytest.raises(InvalidError, match="2026-03-31"):
        app.decisions.correct(session, WHO, record_id, fields={"date": "31.02.2024"})
    with app.database.write() as session:
        app.decisions.read_again(session, WHO, record_id)
    _drain(app)
    again = _record(app, record_id)
    assert (str(again.document_date), again.title) == ("2019-01-15", record.title)


def test_what_carries_papers_is_filed_as_that_and_its_papers_by_themselves(app: App) -> None:
    pile = io.BytesIO()
    with zipfile.ZipFile(pile, "w") as archive:
        archive.writestr("faktura-1.txt", INVOICE)
        archive.writestr("faktura-2.txt", INVOICE.replace(b"0412", b"0413"))
    letter = EmailMessage()
    letter["From"], letter["To"], letter["Subject"] = "a@x.test", "b@y.test", "Faktura VAT nr FV/2026/0412"
    letter["Date"] = "Mon, 02 Mar 2026 10:00:00 +0100"
    letter.set_content("W załączeniu faktura VAT nr FV/2026/0412, do zapłaty 1 234,50 PLN.")
    letter.add_attachment(
        INVOICE.replace(b"0412", b"0414"), maintype="text", subtype="plain", filename="faktura.txt"
    )
    zipped, mailed = _take(app, "marzec.zip", pile.getvalue()), _take(app, "list.eml", letter.as_bytes())
    _drain(app)
    for record_id, doc_type, code, inside in (
        (zipped, "archive", "PL-OTH-02", 2),
        (mailed, "email", "PL-OTH-01", 1),
    ):
        record = _record(app, record_id)
        assert (record.state, record.domain, record.doc_type) == ("filed", "other", doc_type)
        assert (record.class_code, str(record.retain_through)[5:]) == (code, "12-31")
        with app.database.read() as session:
            children = session.scalars(select(Record).where(Record.parent_id == record_id)).all()
        assert [(c.state, c.doc_type) for c in children] == [("filed", "invoice")] * inside
