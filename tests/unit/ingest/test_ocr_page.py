"""A page is read as it lies, turned only where that pays."""

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from ingest.model import Page, Word
from ingest.ocr.page import recognise_page
from ingest.ocr.port import Blank, Failed, Recognised


def _reading(confidence: float, *, on_end: bool = False, count: int = 20) -> Recognised:
    box = (0.1, 0.1, 0.11, 0.5) if on_end else (0.1, 0.1, 0.5, 0.11)
    return Recognised("tekst " * count, (Word("tekst", box, confidence, 0),) * count, confidence)


@dataclass
class Engine:
    """Answers by the degrees that the picture's name says it was turned by."""

    answers: dict[int, Recognised | Blank | Failed]
    told: int | None = None
    asked: int = 0
    read: list[int] = field(default_factory=list)
    as_receipt: list[bool] = field(default_factory=list)
    name: str = "scripted"

    def version(self) -> str:
        return "1"

    def recognise(
        self,
        picture: Path,
        size: tuple[int, int],
        *,
        languages: tuple[str, ...],
        dpi: int,
        receipt: bool = False,
    ) -> Recognised | Blank | Failed:
        self.read.append(int(picture.name))
        self.as_receipt.append(receipt)
        return self.answers[int(picture.name)]

    def upright_turn(self, picture: Path) -> int | None:
        self.asked += 1
        return self.told


def _page(engine: Engine, pixels: tuple[int, int] = (1000, 1400), rotation: int = 0) -> Page:
    def turn(degrees: int) -> tuple[Path, tuple[int, int]]:
        return Path(str(degrees)), pixels if degrees == 180 else (pixels[1], pixels[0])

    return recognise_page(
        engine,
        Path("0"),
        pixels,
        number=3,
        size=(500, 700),
        languages=("pol",),
        dpi=200,
        turn=turn,
        rotation=rotation,
    )


def test_a_good_reading_costs_nothing_more() -> None:
    engine = Engine({0: _reading(0.9)})
    page = _page(engine)
    assert (page.outcome, page.number, page.rotation, page.confidence) == ("recognised", 3, 0, 0.9)
    assert (engine.read, engine.asked) == ([0], 0)


def test_upside_down_as_the_engine_says() -> None:
    engine = Engine({0: _reading(0.65), 180: _reading(0.9)}, told=180)
    page = _page(engine)
    assert (page.rotation, page.width, page.height) == (180, 500, 700)


def test_upside_down_though_the_engine_does_not_know() -> None:
    engine = Engine({0: _reading(0.5), 180: _reading(0.8)}, told=None)
    assert _page(engine).rotation == 180


def test_a_bad_but_upright_page_stays_as_it_is() -> None:
    engine = Engine({0: _reading(0.5), 180: _reading(0.4)}, told=None)
    page = _page(engine)
    assert (page.rotation, page.confidence) == (0, 0.5)


def test_a_doubtful_page_is_not_read_twice_without_a_sign() -> None:
    engine = Engine({0: _reading(0.7)}, told=None)
    assert _page(engine).rotation == 0
    assert engine.read == [0]


@pytest.mark.parametrize(("told", "right"), [(90, 90), (90, 270), (None, 90), (None, 270), (270, 90)])
def test_on_its_side_the_other_side_is_tried_too(told: int | None, right: int) -> None:
    answers = {0: _reading(0.86, on_end=True), 90: _reading(0.5), 270: _reading(0.5)}
    answers[right] = _reading(0.85)
    page = _page(Engine(answers, told=told))
    assert (page.rotation, page.width, page.height) == (right, 700, 500)


def test_turns_add_up_to_what_the_source_says_already() -> None:
    engine = Engine({0: _reading(0.5), 180: _reading(0.9)}, told=180)
    assert _page(engine, rotation=270).rotation == 90


def test_a_long_strip_is_read_as_a_receipt() -> None:
    engine = Engine({0: _reading(0.9)})
    _page(engine, pixels=(500, 1200))
    _page(engine, pixels=(1000, 1414))
    assert engine.as_receipt == [True, False]


def test_blank_and_failed_stay_what_they_are() -> None:
    assert _page(Engine({0: Blank()})).outcome == "blank"
    failed = _page(Engine({0: Failed("no")}))
    assert (failed.outcome, failed.error, failed.text) == ("failed", "no", "")
