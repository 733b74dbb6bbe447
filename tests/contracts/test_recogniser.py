"""What every OCR engine must do. Another engine joins by adding itself to `ENGINES`."""

from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFont

from ingest.ocr.port import Blank, Failed, Recognised, Recogniser
from ingest.ocr.resident import ResidentTesseract
from ingest.ocr.tesseract import Tesseract
from ingest.render.overlay import text_font

ENGINES: dict[str, Callable[[], Recogniser]] = {"program": Tesseract, "resident": ResidentTesseract}
LINES = (
    "Faktura VAT numer 12/2026",
    "Sprzedawca: Żółta Łódź",
    "Razem do zapłaty 1234,56",
    "Termin płatności 2026-03-15",
)
LANGUAGES = ("pol", "eng")
TOP, STEP = 60, 120

pytestmark = pytest.mark.ocr


@pytest.fixture(params=sorted(ENGINES))
def engine(request: pytest.FixtureRequest) -> Recogniser:
    return ENGINES[request.param]()


def _sheet(lines: tuple[str, ...] = LINES) -> Image.Image:
    picture = Image.new("L", (1000, 600), 255)
    draw = ImageDraw.Draw(picture)
    font = ImageFont.truetype(str(text_font()), 44)
    for index, line in enumerate(lines):
        draw.text((60, TOP + STEP * index), line, fill=0, font=font)
    return picture


def _read(
    engine: Recogniser, picture: Image.Image, path: Path, *, receipt: bool = False
) -> Recognised | Blank | Failed:
    picture.save(path)
    return engine.recognise(path, picture.size, languages=LANGUAGES, dpi=200, receipt=receipt)


@pytest.mark.parametrize("name", ["a.png", "a.pgm", "a.jpg"])
@pytest.mark.parametrize("receipt", [False, True])
def test_text_is_read_with_polish_letters(
    engine: Recogniser, tmp_path: Path, name: str, receipt: bool
) -> None:
    outcome = _read(engine, _sheet(), tmp_path / name, receipt=receipt)
    assert isinstance(outcome, Recognised)
    assert "zapłaty" in outcome.text
    assert "1234,56" in outcome.text
    assert 0.5 < outcome.confidence <= 1


def test_words_stand_where_they_are_on_the_picture_and_lines_are_in_order(
    engine: Recogniser, tmp_path: Path
) -> None:
    outcome = _read(engine, _sheet(), tmp_path / "a.png")
    assert isinstance(outcome, Recognised)
    where = {w.text: w for w in outcome.words}
    for index, sought in enumerate(("Faktura", "Sprzedawca:", "Razem", "Termin")):
        x0, y0, x1, y1 = where[sought].box
        assert x0 == pytest.approx(0.06, abs=0.02)
        assert x1 > x0
        assert (TOP + STEP * index) / 600 <= y0 < y1 <= (TOP + STEP * index + 60) / 600
        assert where[sought].line == index
    assert all(0 <= w.confidence <= 1 for w in outcome.words)
    assert [w.line for w in outcome.words] == sorted(w.line for w in outcome.words)


def test_text_and_words_say_the_same(engine: Recogniser, tmp_path: Path) -> None:
    outcome = _read(engine, _sheet(), tmp_path / "a.png")
    assert isinstance(outcome, Recognised)
    assert outcome.text.split() == [w.text for w in outcome.words]


def test_an_empty_sheet_is_blank_and_no_failure(engine: Recogniser, tmp_path: Path) -> None:
    assert _read(engine, Image.new("L", (800, 600), 255), tmp_path / "a.png") == Blank()


@pytest.mark.parametrize("content", [b"", b"no picture", b"\x89PNG\r\n\x1a\n" + b"\0" * 40])
def test_what_cannot_be_read_is_a_failure_with_a_reason_and_no_empty_text(
    engine: Recogniser, tmp_path: Path, content: bytes
) -> None:
    (tmp_path / "a.png").write_bytes(content)
    outcome = engine.recognise(tmp_path / "a.png", (800, 600), languages=LANGUAGES, dpi=200)
    assert isinstance(outcome, Failed)
    assert outcome.error
    assert str(tmp_path) not in outcome.error


def test_a_missing_file_is_a_failure(engine: Recogniser, tmp_path: Path) -> None:
    outcome = engine.recognise(tmp_path / "none.png", (800, 600), languages=LANGUAGES, dpi=200)
    assert isinstance(outcome, Failed)


def test_a_language_that_is_not_there_is_a_failure(engine: Recogniser, tmp_path: Path) -> None:
    _sheet().save(tmp_path / "a.png")
    outcome = engine.recognise(tmp_path / "a.png", (1000, 600), languages=("xxx",), dpi=200)
    assert isinstance(outcome, Failed)


@pytest.mark.parametrize("turned", [90, 180, 270])
def test_it_tells_how_a_picture_must_be_turned_or_that_it_does_not_know(
    engine: Recogniser, tmp_path: Path, turned: int
) -> None:
    lines = tuple(f"{line} oraz kolejne słowa" for line in LINES)
    _sheet(lines).rotate(-turned, expand=True, fillcolor=255).save(tmp_path / "a.png")
    assert engine.upright_turn(tmp_path / "a.png") in (None, (360 - turned) % 360)


def test_it_says_what_it_is(engine: Recogniser) -> None:
    assert engine.name
    assert engine.version()[0].isdigit()
