"""Fingerprints: near for one paper taken twice, far for others, and no judge between papers on one form."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from ingest.duplicates.compare import NEAR, same_picture
from ingest.ocr.fingerprint import bands, distance, fingerprint, is_fingerprint, probes
from tests.papers.raster import pages_of
from tests.papers.twice import printed, taken

MARKS = st.text("0123456789abcdef", min_size=64, max_size=64)


def _mark(picture: Image.Image, turn: int = 0) -> str:
    mark = fingerprint(picture, turn)
    assert mark is not None
    assert is_fingerprint(mark)
    return mark


@pytest.mark.parametrize("kind", ["invoice", "lab_report", "payslip"])
def test_taken_twice_is_near_and_found(kind: str) -> None:
    paper = printed(kind, 3)
    first, again = _mark(taken(paper, 1, 300, 85)), _mark(taken(paper, 2, 150, 50))
    assert distance(first, again) <= NEAR
    assert set(probes(first, 1)) & set(bands(again, 1))
    assert distance(first, _mark(pages_of(paper, 72)[0])) <= NEAR  # the file it was printed from


def test_other_papers_are_far() -> None:
    marks = [
        _mark(pages_of(printed(kind, 5), 72)[0]) for kind in ("invoice", "lab_report", "payslip", "memo")
    ]
    far = [distance(a, b) for n, a in enumerate(marks) for b in marks[n + 1 :]]
    assert min(far) > NEAR


def test_a_turned_page_is_known_once_upright() -> None:
    page = pages_of(printed("invoice", 3), 100)[0]
    lying = page.rotate(90, expand=True)
    assert distance(_mark(page), _mark(lying, 90)) <= 8


def test_papers_on_one_form_look_alike_and_are_told_apart_by_what_is_read() -> None:
    """The picture alone would call them one; with their text they are two."""
    mine, other = printed("invoice", 3), printed("invoice", 3, numbers=9)
    marks = (_mark(taken(mine, 1)), _mark(taken(other, 2)))
    assert distance(*marks) <= NEAR
    text = (
        "Faktura VAT FV/12/2026 z dnia 2026-03-01 Razem do zapłaty 1 230,00 PLN NIP 5260001246 netto 1000,00"
    )
    changed = text.replace("12/2026", "77/2025").replace("1 230,00", "4 919,37").replace("1000,00", "3999,49")
    assert same_picture(marks, (text, text.replace("zapłaty", "zaplaty"))) is not None
    assert same_picture(marks, (text, changed.replace("2026-03-01", "2025-11-17"))) is None


def test_one_field_that_names_a_paper_makes_two() -> None:
    mark = _mark(pages_of(printed("payslip", 3), 72)[0])
    text = "Pasek płacowy 03/2026 " * 12
    people = ({"employee": "Anna Nowak"}, {"employee": "Piotr Zieliński"})
    assert same_picture((mark, mark), (text, text), people) is None
    assert same_picture((mark, mark), (text, text), (people[0], {"employee": "Anna N0wak"})) is not None
    numbers = ({"invoice_number": "FV/12/26"}, {"invoice_number": "FV/14/26"})
    assert same_picture((mark, mark), (text, text), numbers) is None


def test_next_to_nothing_has_no_fingerprint() -> None:
    assert fingerprint(Image.new("L", (800, 1100), 255)) is None
    dot = Image.new("RGB", (800, 1100), "white")
    ImageDraw.Draw(dot).ellipse((400, 400, 404, 404), fill="black")
    assert fingerprint(dot) is None
    assert fingerprint(Image.new("1", (8, 8))) is None


@given(MARKS, MARKS, st.integers(1, 8))
def test_bands_and_probes(one: str, other: str, kind: int) -> None:
    assert set(bands(one, kind)) <= set(probes(one, kind))
    assert not set(bands(one, kind)) & set(bands(one, kind + 1))
    assert distance(one, other) == distance(other, one)
    assert distance(one, one) == 0


@pytest.mark.parametrize("text", ["", "0" * 63, "0" * 65, "G" * 64, "0" * 64 + "\n", None, 7])
def test_what_is_no_fingerprint(text: object) -> None:
    assert not is_fingerprint(text)
