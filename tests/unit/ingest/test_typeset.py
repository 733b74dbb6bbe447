"""Papers that are data are shown as pages: their words stand where they are drawn, within bounds."""

import json
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pypdfium2 as pdfium
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.extract.context import ReadContext
from ingest.extract.einvoice.paper import MOST_ROWS
from ingest.extract.layout import MAX_TEXT_PAGES, TYPESET
from ingest.extract.options import ReadOptions
from ingest.extract.typeset import Sheet, set_sheet
from ingest.model import Page, Reading
from ingest.read import read_file
from ingest.render import render
from tests.papers import ledgers
from tests.papers.make import generate

FHIR = json.dumps(
    {
        "resourceType": "Observation",
        "status": "final",
        "code": {"text": "Hemoglobina"},
        "subject": {"display": "Żaneta Łoś"},
        "valueQuantity": {"value": 9.1, "unit": "g/dL"},
    }
)
SYSLOG = "\n".join(f"Jan  5 10:{n:02d}:00 web1 sshd[{n}]: Failed password for anna" for n in range(50))
PAPERS: dict[str, tuple[bytes | str, str]] = {
    "ksef": (generate("invoice", 3, "pl", "xml").data, "Faktura"),
    "ubl": (generate("invoice", 3, "en", "xml").data, "Invoice"),
    "order": (generate("purchase_order", 2, "en", "xml").data, "Order"),
    "hl7": (generate("lab_report", 3, "pl", "hl7").data, "Sprawozdanie z badań laboratoryjnych"),
    "hl7-en": (generate("lab_report", 3, "en", "hl7").data, "Laboratory report"),
    "mt940": (ledgers.mt940(ledgers.ledger(1, 90)), "Wyciąg bankowy"),
    "camt": (ledgers.camt(ledgers.ledger(2, 5)), "Wyciąg bankowy"),
    "jpk": (ledgers.jpk_fa(ledgers.ledger(4, 8)), "Jednolity plik kontrolny: faktury VAT"),
    "fhir": (FHIR, "Sprawozdanie z badań laboratoryjnych"),
    "syslog": (SYSLOG, "System log"),
}


def read(folder: Path, data: bytes | str, name: str = "paper") -> Reading:
    path = folder / "in"
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    result = read_file(path, ReadContext(ReadOptions(), folder, name))
    assert isinstance(result, Reading)
    return result


def drawn(folder: Path, result: Reading, pages: tuple[Page, ...] | None = None) -> pdfium.PdfDocument:
    out = folder / "out"
    out.mkdir()
    wanted = [("searchable_pdf", 0), ("preview", 1), ("thumbnail", 1)]
    made = render(folder / "in", result.media_type, pages or result.pages, wanted, out, None, "paper")
    assert [m.kind for m in made] == [kind for kind, _ in wanted]
    return pdfium.PdfDocument(out / made[0].path)


@pytest.mark.parametrize("kind", PAPERS)
def test_each_word_is_drawn_in_its_box(tmp_path: Path, kind: str) -> None:
    data, heading = PAPERS[kind]
    result = read(tmp_path, data)
    first = result.pages[0]
    assert (first.reader_version, first.text.splitlines()[0]) == (TYPESET, heading)
    document = drawn(tmp_path, result)
    try:
        for page in result.pages:
            shown = document[page.number - 1].get_textpage()
            for word in page.words if page.reader_version == TYPESET else ():
                x0, y0, x1, y1 = word.box
                box = (x0 * page.width, (1 - y1) * page.height, x1 * page.width, (1 - y0) * page.height)
                found = shown.get_text_bounded(box[0] - 1, box[1] - 1, box[2] + 1, box[3] + 1)
                # pdfium takes an underscore to lie below its line
                assert word.text.replace("_", "") in found.replace("_", "")
    finally:
        document.close()


@pytest.mark.parametrize("kind", PAPERS)
def test_words_overlap_nothing_and_stay_on_the_page(tmp_path: Path, kind: str) -> None:
    for page in read(tmp_path, PAPERS[kind][0]).pages:
        if page.reader_version != TYPESET:
            continue
        lines: dict[float, list[tuple[float, float]]] = {}
        for word in page.words:
            x0, y0, x1, y1 = word.box
            assert 0 < x0 < x1 < 1
            assert 0 < y0 < y1 < 1
            lines.setdefault(y0, []).append((x0, x1))
        for spans in lines.values():
            ordered = sorted(spans)
            assert all(a[1] <= b[0] + 0.0005 for a, b in pairwise(ordered))


def test_every_number_of_an_invoice_stands_on_its_first_page(tmp_path: Path) -> None:
    paper = generate("invoice", 3, "pl", "xml")
    result = read(tmp_path, paper.data)
    shown = {w.text for w in result.pages[0].words}
    for name in ("invoice_number", "date", "total", "vendor_nip", "buyer_nip"):
        assert paper.truth[name] in shown, name


def test_rules_and_bold_come_back_when_the_page_is_drawn(tmp_path: Path) -> None:
    result = read(tmp_path, PAPERS["ksef"][0])
    document = drawn(tmp_path, result)
    try:
        kinds = [item.type for item in document[0].get_objects()]
    finally:
        document.close()
    assert kinds.count(pdfium.raw.FPDF_PAGEOBJ_PATH) > 5


def test_a_page_set_otherwise_before_is_drawn_by_its_words(tmp_path: Path) -> None:
    result = read(tmp_path, PAPERS["ksef"][0])
    first = result.pages[0]
    moved = tuple(
        replace(w, box=(w.box[0], w.box[1] * 0.9, w.box[2], w.box[1] * 0.9 + 0.01)) for w in first.words
    )
    document = drawn(tmp_path, result, (replace(first, words=moved), *result.pages[1:]))
    try:
        page = document[0]
        paths = [i for i in page.get_objects() if i.type == pdfium.raw.FPDF_PAGEOBJ_PATH]
        text = page.get_textpage().get_text_range()
    finally:
        document.close()
    assert paths == []
    assert first.words[0].text in text


def test_a_table_over_many_pages_repeats_its_heading(tmp_path: Path) -> None:
    pages = [p for p in read(tmp_path, PAPERS["mt940"][0]).pages if p.reader_version == TYPESET]
    assert len(pages) > 1
    for page in pages[:2]:
        assert {"Data", "Kwota", "Opis"} <= {w.text for w in page.words}


def test_a_long_log_is_set_in_part_and_found_as_a_whole(tmp_path: Path) -> None:
    lines = [f"Jan  5 10:{n % 60:02d}:00 web1 cron[{n}]: job {n} done" for n in range(100_000)]
    result = read(tmp_path, "\n".join(lines), "long.log")
    with_words = [p for p in result.pages if p.words]
    assert len(with_words) == MAX_TEXT_PAGES
    assert len(result.pages) == result.total_pages < 2000
    assert result.flags == ()
    written = [line for page in result.pages for line in page.text.splitlines()]
    assert written[-1] == lines[-1]
    assert len(written) >= 100_000
    out = tmp_path / "out"
    out.mkdir()
    number = len(result.pages)
    made = render(tmp_path / "in", result.media_type, result.pages, [("preview", number)], out, None, "a.log")
    assert [(m.kind, m.page) for m in made] == [("preview", number)]


def test_an_invoice_of_very_many_lines_says_that_not_all_are_shown(tmp_path: Path) -> None:
    whole = generate("invoice", 3, "pl", "xml").data.decode()
    row = whole[whole.index("<FaWiersz>") : whole.index("</FaWiersz>") + len("</FaWiersz>")]
    result = read(tmp_path, whole.replace(row, row * (MOST_ROWS + 1), 1))
    assert result.structured is not None
    assert int(result.structured.fields["lines"]) > MOST_ROWS
    assert result.flags == ("partly_read",)
    assert sum(bool(p.words) for p in result.pages) == MAX_TEXT_PAGES


TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=60)


@given(st.lists(st.lists(TEXT, min_size=1, max_size=12), max_size=12), TEXT, st.integers(0, 3))
def test_any_paper_is_set(rows: list[list[str]], text: str, laid: int) -> None:
    sheet = Sheet()
    sheet.add(text)
    sheet.pairs((cell, text) for row in rows for cell in row[:1])
    sheet.parties((text, row) for row in rows)
    sheet.table(rows)
    sheet.sums((text, cell) for row in rows for cell in row[:2])
    sheet.listing([cell for row in rows for cell in row])
    pages = set_sheet(sheet, 1, "x", TYPESET, laid, lambda t: t)
    assert [p.number for p, _ in pages] == list(range(1, len(pages) + 1))
    assert all((drawn is not None) == (p.number <= max(laid, 0)) for p, drawn in pages)
    assert all(len(drawn.faces) == len(p.words) for p, drawn in pages if drawn is not None)
