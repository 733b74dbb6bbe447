"""Tesseract in the process: nothing a picture does to it is felt by the next one, or by us."""

import os
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import psutil
import pytest
from PIL import Image, ImageDraw, ImageFont

from akta.worker import embedded
from ingest.extract.options import ReadOptions
from ingest.ocr import resident
from ingest.ocr.apart import EndedError, TookTooLongError, run_apart
from ingest.ocr.engines import ModelMissingError, best_engine, recogniser
from ingest.ocr.port import Blank, Failed, Recognised
from ingest.ocr.resident import ResidentTesseract, preload
from ingest.ocr.tesseract import Tesseract
from ingest.render.overlay import text_font

LANGUAGES = ("pol", "eng")

pytestmark = pytest.mark.ocr


def _sheet(path: Path, *lines: str, size: tuple[int, int] = (900, 500)) -> Path:
    picture = Image.new("L", size, 255)
    font = ImageFont.truetype(str(text_font()), 40)
    for index, line in enumerate(lines):
        ImageDraw.Draw(picture).text((30, 40 + 80 * index), line, fill=0, font=font)
    picture.save(path)
    return path


@pytest.fixture
def sheet(tmp_path: Path) -> Path:
    return _sheet(tmp_path / "sheet.png", "Faktura 12/2026", "Żółta Łódź sp. z o.o.", "Razem 1234,56 zł")


def _recognise(picture: Path, timeout: float = 20.0, *, receipt: bool = False) -> Recognised | Blank | Failed:
    with Image.open(picture) as opened:
        size = opened.size
    return ResidentTesseract(timeout).recognise(picture, size, languages=LANGUAGES, dpi=200, receipt=receipt)


def _becomes(monkeypatch: pytest.MonkeyPatch, work: Callable[[], Any]) -> None:
    monkeypatch.setattr(resident, "_read", lambda *_: work())


@pytest.mark.parametrize("receipt", [False, True])
def test_it_reads_what_the_program_reads(sheet: Path, receipt: bool) -> None:
    here = _recognise(sheet, receipt=receipt)
    there = Tesseract().recognise(sheet, (900, 500), languages=LANGUAGES, dpi=200, receipt=receipt)
    assert isinstance(here, Recognised)
    assert isinstance(there, Recognised)
    assert here.text == there.text
    assert [(w.text, w.line) for w in here.words] == [(w.text, w.line) for w in there.words]
    assert here.confidence == pytest.approx(there.confidence, abs=0.02)
    for one, other in zip(here.words, there.words, strict=True):
        assert one.box == pytest.approx(other.box, abs=0.005)


def test_a_page_reads_the_same_whatever_came_before(sheet: Path, tmp_path: Path) -> None:
    engine = ResidentTesseract()
    first = _recognise(sheet)
    Image.effect_noise((400, 400), 90).save(tmp_path / "noise.png")
    (tmp_path / "rubbish.png").write_bytes(b"\x89PNG\r\n\x1a\n" + b"\0" * 40)
    _sheet(tmp_path / "other.png", "lIlIlI 0O0O0O", "Sprzedawca Nabywca", "rn m rn m cl d")
    for name in ("noise.png", "rubbish.png", "other.png"):
        engine.recognise(tmp_path / name, (400, 400), languages=LANGUAGES, dpi=70, receipt=True)
        engine.upright_turn(tmp_path / name)
        assert _recognise(sheet) == first


@pytest.mark.parametrize(
    "make",
    [
        lambda: Image.new("L", (1, 1), 0),
        lambda: Image.new("L", (3, 2000), 0),
        lambda: Image.linear_gradient("L").convert("I").point(lambda v: v * 257).convert("I;16"),
        lambda: Image.linear_gradient("L").convert("P"),
        lambda: Image.linear_gradient("L").convert("1"),
        lambda: Image.linear_gradient("L").convert("LA"),
        lambda: Image.linear_gradient("L").convert("RGBA"),
    ],
    ids=["1x1", "sliver", "16 bit", "palette", "1 bit", "grey and alpha", "alpha"],
)
def test_pictures_of_every_kind_are_looked_at(make: Callable[[], Image.Image], tmp_path: Path) -> None:
    picture = make()
    picture.save(tmp_path / "a.png")
    assert isinstance(_recognise(tmp_path / "a.png"), Recognised | Blank | Failed)
    ResidentTesseract().upright_turn(tmp_path / "a.png")


def test_a_picture_in_printers_colours_is_read(sheet: Path, tmp_path: Path) -> None:
    with Image.open(sheet) as opened:
        opened.convert("CMYK").save(tmp_path / "a.jpg", quality=95)
    outcome = _recognise(tmp_path / "a.jpg")
    assert isinstance(outcome, Recognised | Failed)


@pytest.mark.parametrize(
    ("work", "error"),
    [
        (lambda: os.kill(os.getpid(), signal.SIGSEGV), "crashed (SIGSEGV)"),
        (lambda: os.kill(os.getpid(), signal.SIGKILL), "crashed (SIGKILL)"),
        (os.abort, "crashed (SIGABRT)"),
        (lambda: os._exit(0), "no usable answer"),
        (lambda: 1 / 0, "gave up"),
        (lambda: b"", "no usable answer"),
        (lambda: b"5\t1\tFaktura", "no usable answer"),
        (lambda: b"\xff", "no usable answer"),
        (lambda: time.sleep(30), "took more than 0 seconds"),
    ],
)
def test_trouble_in_the_library_is_a_failure_with_words_for_people(
    sheet: Path, monkeypatch: pytest.MonkeyPatch, work: Callable[[], Any], error: str
) -> None:
    monkeypatch.setattr(resident, "_GRACE", 0.2)
    _becomes(monkeypatch, work)
    outcome = _recognise(sheet, timeout=0.1)
    assert isinstance(outcome, Failed)
    assert error in outcome.error


def test_a_copy_killed_from_outside_gets_another_chance(
    sheet: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = resident._read

    def killed_once(*args: Any) -> bytes:
        try:
            (tmp_path / "killed").mkdir()
        except FileExistsError:
            return read(*args)
        os.kill(os.getpid(), signal.SIGKILL)
        raise AssertionError

    monkeypatch.setattr(resident, "_read", killed_once)
    assert isinstance(_recognise(sheet), Recognised)


def test_the_library_itself_keeps_to_the_time(sheet: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    picture = Image.open(sheet).resize((2700, 1500))
    picture.save(sheet)
    assert _recognise(sheet, timeout=0.05) == Failed("recognition took more than 0 seconds")


def test_models_that_are_missing_are_told(
    sheet: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ModelMissingError, match="no model for xxx"):
        preload(("xxx",))
    resident._tessdata.cache_clear()
    monkeypatch.setenv("TESSDATA_PREFIX", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    try:
        with pytest.raises(ModelMissingError, match="not found"):
            preload(("lit",))
    finally:
        resident._tessdata.cache_clear()


def test_a_worker_without_models_starts_and_reads_what_needs_none(capsys: pytest.CaptureFixture[str]) -> None:
    read = ReadOptions(languages=("xxx",), ocr_engine="resident")
    embedded.load_for_reading(cast(Any, SimpleNamespace(pipeline_options=SimpleNamespace(read=read))))
    assert "no model for xxx" in "".join(capsys.readouterr())


def test_models_are_found_where_the_environment_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "tessdata").mkdir()
    (tmp_path / "tessdata" / "pol.traineddata").touch()
    monkeypatch.setenv("TESSDATA_PREFIX", str(tmp_path))
    resident._tessdata.cache_clear()
    try:
        assert resident._tessdata() == tmp_path / "tessdata"
    finally:
        resident._tessdata.cache_clear()


def test_what_was_loaded_is_used_again(sheet: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    preload(LANGUAGES)
    monkeypatch.setattr(resident.tesserocr, "PyTessBaseAPI", None)
    assert isinstance(_recognise(sheet), Recognised)
    ResidentTesseract().upright_turn(sheet)


def test_the_library_is_chosen_where_it_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    assert best_engine() == "resident"
    assert isinstance(recogniser("resident"), ResidentTesseract)
    assert isinstance(recogniser("program"), Tesseract)
    monkeypatch.setattr("ingest.ocr.engines.find_spec", lambda _name: None)
    assert best_engine() == "program"


# -- copies of the process -------------------------------------------------------


def test_a_copy_answers_at_any_length_and_changes_nothing_here() -> None:
    before: list[int] = []

    def work() -> bytes:
        before.append(1)
        return b"x" * 3_000_000

    assert len(run_apart(work, 10)) == 3_000_000
    assert before == []


def test_a_copy_that_takes_too_long_is_gone_at_once() -> None:
    before = set(psutil.Process().children())
    with pytest.raises(TookTooLongError):
        run_apart(lambda: (threading.Event().wait(30) and b"") or b"", 0.1)
    assert set(psutil.Process().children()) <= before


def test_a_copy_holds_none_of_our_files(tmp_path: Path) -> None:
    with (tmp_path / "a").open("w"):
        count = run_apart(lambda: str(len(list(Path("/proc/self/fd").iterdir()))).encode(), 10)
    assert int(count) <= 5  # three standard ones, the answer, the folder that is listed


def test_how_a_copy_ended_is_told() -> None:
    with pytest.raises(EndedError) as caught:
        run_apart(lambda: os.kill(os.getpid(), signal.SIGBUS) or b"", 10)  # type: ignore[func-returns-value]
    assert caught.value.signal == signal.SIGBUS


def test_a_fork_that_fails_for_a_moment_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    fork, failures = os.fork, [OSError(11, "no process left"), OSError(12, "no memory left")]

    def short_of() -> int:
        if failures:
            raise failures.pop()
        return fork()

    monkeypatch.setattr(os, "fork", short_of)
    assert run_apart(lambda: b"read", 10) == b"read"


def test_where_no_process_can_be_made_the_page_fails_and_nothing_stays_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    picture = _sheet(tmp_path / "page.png", "Faktura")
    preload(LANGUAGES)
    opened = len(list(Path("/proc/self/fd").iterdir()))

    def none_left() -> int:
        raise OSError(11, "no process left")

    monkeypatch.setattr(os, "fork", none_left)
    outcome = ResidentTesseract().recognise(picture, (900, 500), languages=LANGUAGES, dpi=200)
    assert isinstance(outcome, Failed)
    assert len(list(Path("/proc/self/fd").iterdir())) == opened
