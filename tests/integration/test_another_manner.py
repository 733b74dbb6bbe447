"""A paper that was read badly is read again in another manner, from the same original."""

import io
import json

import pikepdf
import pytest
from fpdf import FPDF
from PIL import Image
from sqlalchemy import select

from akta.access.principal import operator
from akta.audit.models import AuditEntry
from akta.bootstrap import App
from akta.kernel.errors import InvalidError
from akta.records.models import PageText, Record, Rendition
from akta.worker.celery_app import make_runner
from ingest.intake import Arrival, receive
from ingest.manner import Manner
from ingest.ocr import neural
from tests.papers import generate

WHO = operator("test")


def _take(app: App, name: str, data: bytes) -> str:
    blob = app.store.put([data])
    with app.database.write() as session:
        receipt = receive(session, app.audit, app.store, WHO, Arrival(blob, name, "test"), app.clock.now())
    _drain(app)
    return receipt.record_id


def _drain(app: App) -> None:
    runner = make_runner(app)
    while runner.run_next("test:1:1"):
        pass


def _again(app: App, record_id: str, manner: Manner) -> list[PageText]:
    with app.database.write() as session:
        app.decisions.read_again(session, WHO, record_id, manner=manner)
    _drain(app)
    return _pages(app, record_id)


def _pages(app: App, record_id: str) -> list[PageText]:
    with app.database.read() as session:
        return list(session.scalars(select(PageText).where(PageText.record_id == record_id)))


def _scan_with_a_lying_layer() -> bytes:
    """A scanned invoice, over which some program has put the text of another one, invisibly."""
    scan = generate("invoice", seed=11, language="en", medium="scan", dpi=200)
    with pikepdf.open(io.BytesIO(scan.data)) if scan.data[:4] == b"%PDF" else _as_pdf(scan.data) as pdf:
        font = pdf.make_indirect(
            pikepdf.Dictionary(
                Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica
            )
        )
        page = pdf.pages[0]
        page.obj.Resources.Font = pikepdf.Dictionary(F9=font)
        lines = [f"Invoice number: LIE-{n} total due {n}00.00 EUR on 2026-01-0{n}" for n in range(1, 9)]
        text = " T* ".join(f"({line}) Tj" for line in lines)
        layer = f"BT 3 Tr /F9 40 Tf 48 TL 40 800 Td {text} ET"
        page.contents_add(pdf.make_stream(layer.encode()))
        made = io.BytesIO()
        pdf.save(made)
    return made.getvalue()


def _as_pdf(picture: bytes) -> pikepdf.Pdf:
    pdf = FPDF(unit="pt", format="A4")
    pdf.add_page()
    with Image.open(io.BytesIO(picture)) as opened:
        pdf.image(opened.convert("L"), x=0, y=0, w=595)
    return pikepdf.open(io.BytesIO(bytes(pdf.output())))


def test_a_lying_text_layer_is_not_believed_twice(app: App) -> None:
    record_id = _take(app, "scan.pdf", _scan_with_a_lying_layer())
    assert "LIE-3" in _pages(app, record_id)[0].text
    pages = _again(app, record_id, Manner(ignore_text_layer=True))
    assert "LIE-3" not in pages[0].text
    assert pages[0].reader.startswith("tesseract")
    assert app.index.search(WHO, "LIE-3")[1] == []
    with app.database.read() as session:
        told = [
            json.loads(entry.body)["details"]
            for entry in session.scalars(select(AuditEntry))
            if json.loads(entry.body)["action"] == "record.read_again"
        ]
        kinds = set(session.scalars(select(Rendition.kind).where(Rendition.record_id == record_id)))
    assert told == [{"with_password": False, "ignore_text_layer": True}]
    assert "searchable_pdf" in kinds
    # Without a wish it is read as always.
    assert "LIE-3" in _again(app, record_id, Manner())[0].text


def test_the_second_reader_is_asked_for_or_left_out(app: App) -> None:
    clean = generate("invoice", seed=12, language="en", medium="scan", dpi=300)
    record_id = _take(app, clean.name, clean.data)
    first = _pages(app, record_id)[0]
    twice = _again(app, record_id, Manner(second_reader="always"))[0]
    once = _again(app, record_id, Manner(second_reader="never"))[0]
    assert neural.NAME in twice.reader
    assert neural.NAME not in once.reader
    assert first.width == twice.width


def test_one_language_one_column_and_larger(app: App) -> None:
    paper = generate("receipt", seed=13, language="pl", medium="scan", dpi=150)
    record_id = _take(app, paper.name, paper.data)
    before = _pages(app, record_id)[0]
    after = _again(app, record_id, Manner(languages=("pol",), one_column=True, enlarge=True))[0]
    assert after.outcome == "recognised"
    assert (after.width, after.height) == (before.width, before.height)
    words = set(before.text.split())
    assert len(words & set(after.text.split())) > len(words) / 2


@pytest.mark.parametrize("manner", [Manner(languages=("klingon",)), Manner(languages=("pol", "../../etc"))])
def test_what_cannot_be_had_is_refused(app: App, manner: Manner) -> None:
    record_id = _take(app, "note.txt", b"Invoice number: 1, total due 5 EUR")
    state = _state(app, record_id)
    with app.database.write() as session, pytest.raises(InvalidError):
        app.decisions.read_again(session, WHO, record_id, manner=manner)
    assert _state(app, record_id) == state


def _state(app: App, record_id: str) -> tuple[str, int]:
    with app.database.read() as session:
        record = session.get_one(Record, record_id)
        return record.state, record.row_version


def test_tables_of_an_earlier_reading_do_not_outlive_it(app: App) -> None:
    pdf = FPDF(unit="pt", format="A4")
    pdf.set_font("helvetica", size=11)
    pdf.add_page()
    pdf.image(Image.new("L", (595, 842), 255), x=0, y=0, w=595)  # an empty sheet, under a hidden layer
    with pdf.local_context(text_mode="INVISIBLE"):
        lines = [(f"Bolt of size {n}", str(10 * n), f"{n}2.50") for n in range(1, 12)]
        for at, row in enumerate((("Item", "Pieces", "Price"), *lines)):
            for column, text in enumerate(row):
                pdf.text(60 + 150 * column, 100 + 20 * at, text)
    record_id = _take(app, "lines.pdf", bytes(pdf.output()))

    def tables() -> list[Rendition]:
        with app.database.read() as session:
            asked = select(Rendition).where(Rendition.record_id == record_id, Rendition.kind == "tables")
            return list(session.scalars(asked))

    assert len(tables()) == 1
    _again(app, record_id, Manner())
    assert len(tables()) == 1
    _again(app, record_id, Manner(ignore_text_layer=True))
    assert tables() == []
