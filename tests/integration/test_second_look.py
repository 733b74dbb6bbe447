"""Figures that do not hold together: the second reader is asked, and what it settles stays."""

import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pypdfium2 as pdfium
import pytest
from fpdf import FPDF
from sqlalchemy import select

from akta.access.principal import operator
from akta.bootstrap import App
from akta.records.models import Field, PageText, Step
from akta.worker.celery_app import make_runner
from ingest.extract.options import ReadOptions
from ingest.intake import Arrival, receive
from ingest.model import Page, Reading
from ingest.sandbox import read_in_sandbox

_LINES = (
    "Faktura VAT nr 17/03/2026",
    "Data wystawienia: 2026-03-17",
    "Sprzedawca: Tkalnia Polesie Sp. z o.o.",
    "ul. Lniana 5, 80-001 Gdansk",
    "NIP: {nip}",
    "Nabywca: Roth Handel S.A., NIP 7010002116",
    "Razem netto 100,00",
    "VAT 23% 23,00",
    "Razem brutto 123,00",
    "Do zaplaty: 123,00 PLN",
)
_RIGHT, _WRONG = "5260001246", "5260001244"


def _scan(nip: str) -> bytes:
    pdf = FPDF(format="A4")
    pdf.add_page()
    pdf.set_font("Helvetica", size=13)
    for line in _LINES:
        pdf.cell(0, 11, line.format(nip=nip), new_x="LMARGIN", new_y="NEXT")
    out = io.BytesIO()
    document = pdfium.PdfDocument(bytes(pdf.output()))
    document[0].render(scale=200 / 72).to_pil().convert("L").save(out, "PNG", dpi=(200, 200))
    return out.getvalue()


def _process(app: App, data: bytes) -> tuple[dict[str, Field], list[PageText], list[Step]]:
    blob = app.store.put([data])
    with app.database.write() as session:
        arrival = Arrival(blob, "faktura.png", "test")
        record = receive(session, app.audit, app.store, operator("test"), arrival, app.clock.now()).record_id
    runner = make_runner(app)
    while runner.run_next("test:1:1"):
        pass
    with app.database.read() as session:
        fields = session.scalars(select(Field).where(Field.record_id == record)).all()
        pages = session.scalars(select(PageText).where(PageText.record_id == record)).all()
        steps = session.scalars(select(Step).where(Step.record_id == record)).all()
        session.expunge_all()
    return {f.name: f for f in fields}, list(pages), list(steps)


def _again(steps: list[Step]) -> Step | None:
    return next((s for s in steps if s.name == "read_again"), None)


def test_a_paper_that_agrees_with_itself_is_read_once(app: App) -> None:
    fields, pages, steps = _process(app, _scan(_RIGHT))
    assert (fields["vendor_nip"].value, fields["total"].value) == (_RIGHT, "123.00")
    assert pages[0].reader == "tesseract"
    assert _again(steps) is None


def test_a_number_misprinted_is_looked_at_twice_and_stays(app: App) -> None:
    fields, pages, steps = _process(app, _scan(_WRONG))
    assert (fields["vendor_nip"].value, fields["vendor_nip"].supported_by) == (_WRONG, "nip wrong")
    looked = _again(steps)
    assert looked is not None
    assert looked.outcome == "no better"
    assert looked.detail["why"] == {"vendor_nip": "nip wrong"}
    assert looked.detail["pages"] == [1]
    assert [p.reader for p in pages] == ["tesseract"]


def test_a_digit_misread_is_mended(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    def misread(page: Page) -> Page:
        words = tuple(replace(w, text=w.text.replace(_RIGHT, _WRONG)) for w in page.words)
        return replace(page, text=page.text.replace(_RIGHT, _WRONG), words=words)

    def reads(
        path: Path,
        name: str,
        options: ReadOptions,
        *args: Any,
        on_page: Callable[[Page, int], None] | None = None,
        **named: Any,
    ) -> Any:
        if options.second_always:
            return read_in_sandbox(path, name, options, *args, on_page=on_page, **named)
        told = None if on_page is None else lambda page, total: on_page(misread(page), total)
        result = read_in_sandbox(path, name, options, *args, on_page=told, **named)
        assert isinstance(result, Reading)
        return replace(result, pages=tuple(misread(p) for p in result.pages))

    monkeypatch.setattr("ingest.pipeline.read_in_sandbox", reads)
    fields, pages, steps = _process(app, _scan(_RIGHT))
    assert (fields["vendor_nip"].value, fields["vendor_nip"].supported_by) == (_RIGHT, "nip checksum")
    assert [p.reader for p in pages] == ["tesseract+ppocr"]
    assert _RIGHT in pages[0].text
    assert _WRONG not in pages[0].text
    looked = _again(steps)
    assert looked is not None
    assert looked.outcome == "better"
    assert looked.agent == "ppocr"
