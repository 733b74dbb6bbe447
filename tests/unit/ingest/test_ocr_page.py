"""A page is read as it lies, turned only where that pays."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFont

from ingest.model import Page, Word
from ingest.ocr.fusion import Line
from ingest.ocr.ink import unread_share
from ingest.ocr.page import recognise_page
from ingest.ocr.port import Blank, Failed, Recognised
from ingest.render.overlay import text_font


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
    as_block: Recognised | Blank | Failed | None = None
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
        if receipt and self.as_block is not None:
            return self.as_block
        return self.answers[int(picture.name)]

    def upright_turn(self, picture: Path) -> int | None:
        self.asked += 1
        return self.told


def _page(
    engine: Engine,
    pixels: tuple[int, int] = (1000, 1400),
    rotation: int = 0,
    unread: float = 0.0,
    second: Callable[[Path], Sequence[Line]] | None = None,
) -> Page:
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
        second=second,
        unread=lambda _picture, _words: unread,
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
    answers: dict[int, Recognised | Blank | Failed] = {}
    answers |= {0: _reading(0.86, on_end=True), 90: _reading(0.5), 270: _reading(0.5)}
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


def test_print_that_was_passed_over_is_read_as_one_block() -> None:
    engine = Engine({0: _reading(0.9)}, as_block=_reading(0.85, count=30))
    assert len(_page(engine, unread=0.3).words) == 30
    assert engine.as_receipt == [False, True]


def test_a_logo_beside_a_few_words_is_not_worth_another_reading() -> None:
    engine = Engine({0: _reading(0.9)})
    _page(engine, unread=0.2)
    assert engine.as_receipt == [False]
    full = Engine({0: _reading(0.9, count=80)}, as_block=_reading(0.9, count=80))
    _page(full, unread=0.2)
    assert full.as_receipt == [False, True]


@pytest.mark.parametrize(
    "as_block", [_reading(0.9, count=21), _reading(0.4, count=60), Blank(), Failed("no")], ids=repr
)
def test_a_block_without_more_good_words_changes_nothing(as_block: Recognised | Blank | Failed) -> None:
    assert _page(Engine({0: _reading(0.9)}, as_block=as_block), unread=0.3).words == _reading(0.9).words


def _more(_picture: Path) -> list[Line]:
    word = Word("Razem", (0.1, 0.8, 0.3, 0.82), 0.9, 0)
    return [Line((word,), word.box, 0.9)]


def _broken(_picture: Path) -> list[Line]:
    raise ValueError


@pytest.mark.parametrize(
    ("second", "as_receipt"),
    [(_more, [False]), (lambda _picture: [], [False, True]), (_broken, [False, True])],
)
def test_where_another_reader_adds_its_lines_no_block_is_read(
    second: Callable[[Path], Sequence[Line]], as_receipt: list[bool]
) -> None:
    engine = Engine({0: _reading(0.8)}, as_block=_reading(0.8, count=40))
    page = _page(engine, unread=0.3, second=second)
    assert engine.as_receipt == as_receipt
    assert ("Razem" in page.text) == (second is _more)


def test_rows_with_letters_that_the_other_reader_does_not_know_are_read_as_a_block() -> None:
    words = tuple(Word(text, (0.1, 0.1, 0.5, 0.11), 0.8, 0) for text in ("Żółta", "Łódź") * 10)
    engine = Engine({0: Recognised("Żółta Łódź " * 10, words, 0.8)}, as_block=_reading(0.8, count=40))
    page = _page(engine, unread=0.3, second=_more)
    assert engine.as_receipt == [False, True]
    assert "Razem" in page.text


@pytest.mark.parametrize("as_block", [Blank(), Failed("no")])
def test_a_block_that_cannot_be_read_takes_nothing_away(as_block: Recognised | Blank | Failed) -> None:
    engine = Engine({0: _reading(0.5), 90: Blank(), 180: Blank(), 270: Blank()}, as_block=as_block)
    assert _page(engine, unread=0.3).outcome == "recognised"


def test_a_block_is_looked_for_on_the_picture_as_it_was_turned() -> None:
    engine = Engine({180: _reading(0.9)}, told=180, as_block=_reading(0.9, count=40))
    engine.answers[0] = _reading(0.5)
    page = _page(engine, unread=0.3)
    assert (page.rotation, len(page.words)) == (180, 40)
    assert engine.read == [0, 180, 180]


def _print(lines: int) -> Image.Image:
    """A grey sheet with ruled lines and, above each but the last, one of print."""
    sheet = Image.new("L", (1240, 1754), 225)
    draw = ImageDraw.Draw(sheet)
    font = ImageFont.truetype(str(text_font()), 24)
    for index in range(20):
        draw.rectangle((80, 120 + 80 * index, 1160, 123 + 80 * index), fill=0)
        if index < lines:
            draw.text((100, 70 + 80 * index), "Faktura Razem do zapłaty 1234,56", fill=20, font=font)
    return sheet


def _line(index: int) -> Word:
    return Word("x", (0.07, (66 + 80 * index) / 1754, 0.5, (104 + 80 * index) / 1754), 0.9, index)


@pytest.mark.parametrize(("name", "read"), [("a.png", 20), ("a.png", 10), ("a.jpg", 15), ("a.pgm", 0)])
def test_the_share_of_print_outside_all_words_is_told_without_the_rules(
    tmp_path: Path, name: str, read: int
) -> None:
    _print(20).save(tmp_path / name)
    share = unread_share(tmp_path / name, [_line(i) for i in range(read)])
    assert share == pytest.approx(1 - read / 20, abs=0.08)


def test_an_empty_form_has_nothing_to_be_read(tmp_path: Path) -> None:
    _print(0).save(tmp_path / "a.png")
    assert unread_share(tmp_path / "a.png", []) == 0.0
