"""Pages askew and photographs are made straight, and words still stand where people see them."""

from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageFont

from bench.scans import compared, damaged
from ingest.model import Word
from ingest.ocr.straighten import straighten
from ingest.render.overlay import text_font
from tests.papers import generate
from tests.papers.model import Paper
from tests.papers.raster import moved, pages_of


@pytest.fixture(scope="module")
def paper() -> Paper:
    return generate("invoice", seed=21, language="pl", medium="pdf")


@pytest.fixture(scope="module")
def sheet(paper: Paper) -> Image.Image:
    return pages_of(paper.data, 150)[0]


@settings(max_examples=12, deadline=None)
@given(degrees=st.floats(2, 13), left=st.booleans(), quarter=st.booleans())
def test_the_angle_is_found(sheet: Image.Image, degrees: float, left: bool, quarter: bool) -> None:
    degrees *= -1 if left else 1
    lying = sheet.rotate(90, expand=True) if quarter else sheet
    flat = straighten(lying.rotate(degrees, Image.Resampling.BICUBIC, expand=True, fillcolor=255))
    assert flat is not None
    # A horizontal step on the straight picture is a step along the fallen line on the one that came.
    size = np.array(flat.picture.size)
    came = lying.rotate(degrees, expand=True).size
    back = np.array(flat.back)
    a, b = (back @ (x, 0.5, 1.0) for x in (0.4, 0.6))
    step = (b[:2] / b[2] - a[:2] / a[2]) * came
    assert size.min() > 0
    assert np.degrees(np.arctan2(-step[1], step[0])) == pytest.approx(degrees, abs=0.35)


@pytest.mark.parametrize("damage", ["clean", "scan"])
def test_what_is_straight_is_left_alone(sheet: Image.Image, damage: str) -> None:
    picture, _ = damaged(sheet, damage, Random(3))
    assert straighten(picture) is None


@pytest.mark.parametrize("damage", ["skew", "photo"])
@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_words_are_put_back_where_they_stand(
    paper: Paper, sheet: Image.Image, damage: str, turn: int
) -> None:
    """With the true words as the reading of the straight picture, they return to their true places."""
    picture, moves = damaged(sheet, damage, Random(5))
    truth = moved([w for w in paper.words if w[1] == 1], moves)
    flat = straighten(picture)
    assert flat is not None
    forth = np.linalg.inv(np.array(flat.back))
    on_flat = [Word(text, _carried(_inner(box), forth, turn), 1.0, 0) for text, _, box in truth]
    again = flat.put_back(on_flat, turn)
    for word, (text, _, box) in zip(again, truth, strict=True):
        x, y = _turned((box[0] + box[2]) / 2, (box[1] + box[3]) / 2, turn)
        assert word.text == text
        assert (word.box[0] + word.box[2]) / 2 == pytest.approx(x, abs=0.01)
        assert (word.box[1] + word.box[3]) / 2 == pytest.approx(y, abs=0.01)


def _inner(box: tuple[float, ...]) -> tuple[float, float]:
    return (box[0] + box[2]) / 2, (box[1] + box[3]) / 2


def _carried(at: tuple[float, float], forth: np.ndarray, turn: int) -> tuple[float, float, float, float]:
    x, y, w = forth @ (*at, 1.0)
    x, y = _turned(x / w, y / w, turn)
    return x - 0.001, y - 0.001, x + 0.001, y + 0.001


def _turned(x: float, y: float, turn: int) -> tuple[float, float]:
    return {0: (x, y), 90: (1 - y, x), 180: (1 - x, 1 - y), 270: (y, 1 - x)}[turn]


def test_a_white_box_on_a_dark_page_is_not_cut_out() -> None:
    """Print around the light part says that all of it is the page."""
    page = Image.new("L", (1000, 1400), 40)
    ink = ImageDraw.Draw(page)
    font = ImageFont.truetype(str(text_font()), 26)
    ink.polygon([(120, 300), (880, 340), (860, 1000), (140, 980)], fill=245)
    for row in range(12):
        ink.text((170, 360 + row * 45), "Razem do zapłaty 1 234,50 PLN brutto", font=font, fill=10)
    for row in (*range(5), *range(23, 28)):
        ink.text((60, 30 + row * 45), "Sprzedawca: Zakłady Testowe, NIP 526-000-12-46", font=font, fill=230)
    flat = straighten(page)
    assert flat is None or flat.picture.width >= page.width


@pytest.mark.parametrize("mode", ["L", "RGB"])
@pytest.mark.parametrize("size", [(1, 1), (3, 900), (900, 3), (64, 64), (1200, 1600)])
def test_nothing_and_noise_stay_as_they_are(mode: str, size: tuple[int, int]) -> None:
    noise = np.random.default_rng(1).integers(0, 255, (size[1], size[0]), dtype=np.uint8)
    assert straighten(Image.new(mode, size, "white")) is None
    assert straighten(Image.new(mode, size, "black")) is None
    assert straighten(Image.fromarray(noise, "L").convert(mode)) is None


def test_the_comparison_of_words_sees_what_is_wrong() -> None:
    """The bench's own measure: exact, misread, missed, and made up."""
    truth = [("Razem", 1, (0.1, 0.1, 0.2, 0.12)), ("50,00", 1, (0.3, 0.1, 0.4, 0.12))]

    def word(text: str, x: float) -> Word:
        return Word(text, (x, 0.1, x + 0.1, 0.12), 1.0, 0)

    assert compared(truth, [word("Razem", 0.1), word("50,00", 0.3)]) == (0, 2)
    assert compared(truth, [word("Razen", 0.1)]) == (1 + 5, 1 - 1)
    assert compared(truth, [word("Razem", 0.1), word("50,00", 0.3), word("XX", 0.8)]) == (2, 2)
