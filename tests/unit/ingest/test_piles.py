"""Where the papers of a pile begin: sheets, labels, and what the pages say."""

import random

import numpy as np
import pytest
import zxingcpp
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageFilter

from ingest.model import Page, Reading, Structured, Word
from ingest.piles.marks import marks_of
from ingest.piles.plan import LABEL, SHEET
from ingest.piles.propose import parts_at, propose
from ingest.piles.sheets import MOST_SHEETS, separator_sheets
from tests.piles import pictures


def _page(number: int, *lines: str, outcome: str = "recognised", marks: tuple[str, ...] = ()) -> Page:
    words = []
    for row, line in enumerate(lines):
        for column, text in enumerate(line.split()):
            left, top = 0.05 + 0.09 * column, 0.05 + 0.03 * row
            words.append(Word(text, (left, top, left + 0.08, top + 0.02), 0.95, row))
    return Page(
        number,
        595,
        842,
        outcome,  # type: ignore[arg-type]
        "tesseract",
        "5",
        "\n".join(lines),
        tuple(words),
        0.95,
        marks=marks,
    )


def _invoice(number: int, name: str, *more: str) -> Page:
    return _page(
        number,
        f"Faktura VAT nr {name}",
        "Data wystawienia: 2026-03-01 Termin płatności: 2026-03-15",
        "Sprzedawca: Zakłady Testowe sp. z o.o. NIP: 526-000-12-46",
        "Nabywca: Odbiorca S.A. NIP: 525-23-44-078",
        "Razem netto: 1003,66 PLN VAT 23%: 230,84 PLN",
        "Do zapłaty: 1234,50 PLN",
        *more,
    )


def _reading(
    *pages: Page, media_type: str = "application/pdf", structured: Structured | None = None
) -> Reading:
    return Reading(media_type, pages, structured=structured, total_pages=len(pages))


def _barcode(text: str, kind: zxingcpp.BarcodeFormat) -> Image.Image:
    code = np.asarray(zxingcpp.create_barcode(text, kind).to_image(scale=4))
    sheet = Image.new("L", (1240, 1754), 255)
    sheet.paste(Image.fromarray(code).convert("L"), (300, 400))
    return sheet


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
@pytest.mark.parametrize("dpi", [100, 300])
def test_a_printed_sheet_is_known_however_it_lies(turn: int, dpi: int) -> None:
    picture = pictures(separator_sheets(1), dpi)[0].rotate(turn + 1.5, expand=True, fillcolor=255)
    noise = np.random.default_rng(1).normal(0, 18, (picture.height, picture.width))
    worn = Image.fromarray(np.clip(np.asarray(picture, dtype=float) + noise, 0, 255).astype("uint8"))
    assert marks_of(worn.filter(ImageFilter.GaussianBlur(0.8))) == (SHEET,)


def test_as_many_sheets_as_asked_for() -> None:
    assert len(pictures(separator_sheets(3), 30)) == 3
    for wrong in (0, MOST_SHEETS + 1):
        with pytest.raises(ValueError, match="sheets"):
            separator_sheets(wrong)


@pytest.mark.parametrize("kind", [zxingcpp.BarcodeFormat.Code128, zxingcpp.BarcodeFormat.Code39])
def test_sheets_of_other_programs_separate_too(kind: zxingcpp.BarcodeFormat) -> None:
    assert marks_of(_barcode("PATCHT", kind)) == (SHEET,)


@pytest.mark.parametrize(
    ("text", "marks"),
    [
        ("ASN00123", (f"{LABEL}ASN00123",)),
        ("AKTA-7", (f"{LABEL}AKTA-7",)),
        ("ASN", ()),
        ("ASN12X", ()),
        ("5901234123457", ()),
    ],
)
def test_only_labels_agreed_on_count(text: str, marks: tuple[str, ...]) -> None:
    assert marks_of(_barcode(text, zxingcpp.BarcodeFormat.QRCode)) == marks
    assert marks_of(_barcode(text, zxingcpp.BarcodeFormat.Code128), ("NO-",)) == ()


def test_sheets_and_blank_backs_are_in_no_paper() -> None:
    pages = (
        _page(1, marks=(SHEET,)),
        _invoice(2, "FV/1/2026"),
        _page(3, outcome="blank"),
        _page(4, marks=(SHEET,)),
        _page(5, marks=(SHEET,)),
        _page(6, "Umowa o pracę"),
        _page(7, outcome="blank"),
        _page(8, "Załącznik"),
    )
    found = propose(_reading(*pages))
    assert found is not None
    assert (found.pages, found.why, found.sure) == (((2,), (6, 7, 8)), "separators", True)


def test_labels_begin_papers_and_stay_on_them() -> None:
    pages = (
        _page(1, "x", marks=(f"{LABEL}ASN1",)),
        _page(2, "y"),
        _page(3, "z", marks=(f"{LABEL}ASN2",)),
    )
    found = propose(_reading(*pages))
    assert found is not None
    assert (found.pages, found.why, found.sure) == (((1, 2), (3,)), "labels", True)
    assert propose(_reading(_page(1, "x", marks=(f"{LABEL}ASN1",)), _page(2, "y"))) is None


def test_invoices_of_other_numbers_are_other_papers() -> None:
    found = propose(_reading(_invoice(1, "FV/1/2026"), _invoice(2, "FV/2/2026"), _invoice(3, "FV/3/2026")))
    assert found is not None
    assert (found.pages, found.why, found.sure) == (((1,), (2,), (3,)), "reading", True)


def test_one_invoice_on_two_pages_is_one_paper() -> None:
    assert propose(_reading(_invoice(1, "FV/1/2026"), _invoice(2, "FV/1/2026"))) is None
    counted = (_invoice(1, "FV/1/2026", "Strona 1 z 2"), _invoice(2, "FV/9/2026", "Strona 2 z 2"))
    assert propose(_reading(*counted)) is None
    going_on = _page(2, "ciąg dalszy faktury", *_invoice(2, "FV/9/2026").text.splitlines())
    assert propose(_reading(_invoice(1, "FV/1/2026"), going_on)) is None


def test_page_counts_tell_papers_apart() -> None:
    pages = (
        _invoice(1, "FV/1/2026", "Strona 1 z 2"),
        _page(2, "pozycje", "Strona 2 z 2"),
        _invoice(3, "FV/2/2026", "Strona 1 z 1"),
    )
    found = propose(_reading(*pages))
    assert found is not None
    assert (found.pages, found.sure) == (((1, 2), (3,)), True)


def test_what_was_not_scanned_is_asked_about() -> None:
    layered = [
        Page(p.number, 595, 842, "recognised", "pdf text layer", "1", p.text, p.words, 1.0)
        for p in (_invoice(1, "FV/1/2026"), _invoice(2, "FV/2/2026"))
    ]
    found = propose(_reading(*layered))
    assert found is not None
    assert not found.sure


def test_what_is_no_pile() -> None:
    two = (_invoice(1, "FV/1/2026"), _invoice(2, "FV/2/2026"))
    assert propose(_reading(two[0])) is None
    assert propose(_reading(*two, media_type="text/plain")) is None
    assert propose(_reading(*two, structured=Structured("CII", "x", {"total": "1.00"}))) is None
    assert propose(_reading(two[0], _invoice(3, "FV/2/2026"))) is None  # a page is missing


@given(st.data())
def test_parts_hold_each_page_once_and_in_order(data: st.DataObject) -> None:
    count = data.draw(st.integers(1, 30))
    chance = random.Random(data.draw(st.integers()))
    pages = [
        _page(
            n, outcome=chance.choice(("recognised", "blank")), marks=(SHEET,) if chance.random() < 0.2 else ()
        )
        for n in range(1, count + 1)
    ]
    starts = data.draw(st.lists(st.integers(1, count)))
    parts = parts_at(pages, starts)
    listed = [n for part in parts for n in part]
    assert listed == sorted(set(listed))
    for page in pages:
        if page.outcome == "recognised" and SHEET not in page.marks:
            assert page.number in listed
        if SHEET in page.marks:
            assert page.number not in listed
    for part in parts:
        assert not any(part[0] < start <= part[-1] for start in starts)
        assert pages[part[0] - 1].outcome == pages[part[-1] - 1].outcome == "recognised"
