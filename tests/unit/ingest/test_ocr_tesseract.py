"""How the Tesseract program is asked, and that no trouble with it looks like an empty page."""

import stat
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from ingest.extract.context import ReadContext
from ingest.extract.options import ReadOptions
from ingest.model import Page, Reading
from ingest.ocr import tesseract
from ingest.ocr.port import Blank, Failed, Recognised
from ingest.ocr.tesseract import Tesseract
from ingest.read import read_file
from ingest.render.overlay import text_font

_HEAD = "level\tpage_num\tblock_num\tpar_num\tline_num\tword_num\tleft\ttop\twidth\theight\tconf\ttext"


@pytest.fixture
def sheet(tmp_path: Path) -> Path:
    picture = Image.new("L", (400, 200), 255)
    font = ImageFont.truetype(str(text_font()), 40)
    ImageDraw.Draw(picture).text((20, 60), "Faktura 12/2026", fill=0, font=font)
    picture.save(tmp_path / "sheet.png")
    return tmp_path / "sheet.png"


def _stand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """Put a program called tesseract, which does as `script` says, before the real one."""
    folder = tmp_path / "bin"
    folder.mkdir()
    program = folder / "tesseract"
    program.write_text(f'#!/bin/sh\n[ "$1" = --version ] && {{ echo tesseract 5.3.0; exit; }}\n{script}\n')
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")


def _recognise(sheet: Path, timeout: float = 20.0) -> Recognised | Blank | Failed:
    return Tesseract(timeout).recognise(sheet, (400, 200), languages=("pol", "eng"), dpi=200)


def _answering(rows: list[str]) -> str:
    """A script that writes `rows` to the file the program is told to write to."""
    lines = "\\n".join([_HEAD, *rows]).replace("\t", "\\t")
    return f"printf '{lines}\\n' > \"$2.tsv\""


def test_a_missing_program_is_told(sheet: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert _recognise(sheet) == Failed("the program tesseract is not installed")


def test_a_version_nobody_understands_is_a_failure_too(sheet: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def leave() -> None:
        raise SystemExit("Invalid tesseract version")

    monkeypatch.setattr(tesseract, "tesseract_version", leave)
    monkeypatch.setattr("pytesseract.image_to_data", lambda *_, **__: leave())
    assert isinstance(_recognise(sheet), Failed)
    assert Tesseract().version() == "unknown"


@pytest.mark.parametrize(
    ("script", "error"),
    [
        ("kill -SEGV $$", "tesseract failed"),
        ("echo 'Error opening data file /usr/share/x.traineddata' >&2; exit 1", "Error opening data file …"),
        ("exit 0", "no usable answer"),
        ("sleep 30", "took more than 1 seconds"),
    ],
)
def test_trouble_of_the_program_is_a_failure_with_words_for_people(
    sheet: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, error: str
) -> None:
    _stand_in(tmp_path, monkeypatch, script)
    outcome = _recognise(sheet, timeout=1.0)
    assert isinstance(outcome, Failed)
    assert error in outcome.error


def test_a_page_the_program_crashed_on_is_failed_and_the_file_is_not_called_damaged(
    sheet: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _stand_in(tmp_path, monkeypatch, "kill -SEGV $$")
    out = tmp_path / "out"
    out.mkdir()
    reading = read_file(sheet, ReadContext(ReadOptions(ocr_engine="program"), out, "sheet.png"))
    assert isinstance(reading, Reading)
    (page,) = reading.pages
    assert (page.outcome, page.text, page.reader) == ("failed", "", "tesseract")
    assert page.error


def test_words_keep_their_lines_boxes_and_confidence(
    sheet: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [
        "5\t1\t1\t1\t1\t1\t40\t20\t80\t10\t90\tRazem",
        "5\t1\t1\t1\t1\t2\t200\t20\t100\t10\t80\t12,50",
        "5\t1\t1\t1\t2\t1\t40\t60\t80\t10\t4\tszum",  # too unsure to be kept
        "5\t1\t1\t1\t2\t2\t40\t60\t80\t10\t70\tPLN",
        "5\t1\t2\t1\t1\t1\t380\t180\t40\t40\t60\tkoniec",  # reaches beyond the picture
    ]
    _stand_in(tmp_path, monkeypatch, _answering(rows))
    outcome = _recognise(sheet)
    assert isinstance(outcome, Recognised)
    assert outcome.text == "Razem 12,50\nPLN\n\nkoniec"
    assert [(w.text, w.line) for w in outcome.words] == [
        ("Razem", 0),
        ("12,50", 0),
        ("PLN", 1),
        ("koniec", 2),
    ]
    assert outcome.words[0].box == (0.1, 0.1, 0.3, 0.15)
    assert outcome.words[3].box == (0.95, 0.9, 1.0, 1.0)
    assert outcome.confidence == pytest.approx((0.9 + 0.8 + 0.7 + 0.6) / 4)


def test_marks_without_a_letter_or_digit_are_no_text(
    sheet: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _stand_in(tmp_path, monkeypatch, _answering(["5\t1\t1\t1\t1\t1\t40\t20\t80\t10\t90\t|—"]))
    assert _recognise(sheet) == Blank()


def _page_of(picture: Image.Image, tmp_path: Path) -> Page:
    picture.save(tmp_path / "a.png")
    out = tmp_path / "out"
    out.mkdir()
    reading = read_file(tmp_path / "a.png", ReadContext(ReadOptions(ocr_engine="program"), out, "a.png"))
    assert isinstance(reading, Reading)
    return reading.pages[0]


def test_an_empty_sheet_with_a_scanner_s_grain_does_not_start_the_program(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _stand_in(tmp_path, monkeypatch, "exit 1")
    noise = np.random.default_rng(1).normal(228, 5, (1100, 800))
    grain = Image.fromarray(np.clip(noise, 0, 255).astype("uint8"))
    page = _page_of(grain, tmp_path)
    assert (page.outcome, page.error) == ("blank", None)


def test_a_single_full_stop_is_enough_to_look_closer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _stand_in(tmp_path, monkeypatch, "exit 1")
    sheet = Image.new("L", (1240, 1754), 255)  # A4 at 150 dpi
    font = ImageFont.truetype(str(text_font()), 21)  # 10 points
    ImageDraw.Draw(sheet).text((600, 900), ".", fill=0, font=font)
    assert _page_of(sheet, tmp_path).outcome == "failed"
