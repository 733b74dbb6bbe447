"""One picture becomes a page: recognised, and turned upright if it reads badly as it is."""

import statistics
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from ingest.model import Page, Word
from ingest.ocr import neural
from ingest.ocr.fusion import Line, fuse
from ingest.ocr.ink import unread_share
from ingest.ocr.port import Blank, Failed, Recognised, Recogniser

#: Below this mean confidence a picture may be upside down; asking costs a third of a reading.
#: Measured: upside-down print is "read" with up to 0.65, upright receipts rarely below 0.75.
_POOR = 0.72
#: Below this a second reading upside down is worth its time even if the engine sees no reason.
_HOPELESS = 0.6
_FEW_WORDS = 4
_ENOUGH_WORDS = 12
#: A picture this much taller than wide is a till receipt and not a sheet of paper (A4: 1.41).
_RECEIPT_RATIO = 1.75
#: With more of the print than this outside all words, the page is read again as one block. Measured on
#: scans: below 0.06 where everything was found, 0.13 to 0.45 where rows or half the page were missing.
_PASSED_OVER = 0.12
#: ... unless it is less than `_MUCH` and worth fewer words than this: a logo, a stamp, grain. On 74 receipts
#: and 49 other pictures no field was found by reading those again.
_PASSED_OVER_WORDS, _MUCH = 15, 0.25
#: The second reading is taken if it has so many times the good words of the first.
_WORTH_IT = 1.08
_GOOD = 0.6
#: Above this mean confidence print is clean, and Tesseract alone reads it as well at a fraction of the price.
_CLEAN = 0.90


def recognise_page(
    recogniser: Recogniser,
    picture: Path,
    pixels: tuple[int, int],
    *,
    number: int,
    size: tuple[float, float],
    languages: tuple[str, ...],
    dpi: int,
    turn: Callable[[int], tuple[Path, tuple[int, int]]],
    rotation: int = 0,
    second: Callable[[Path], Sequence[Line]] | None = None,
    always: bool = False,
    one_column: bool = False,
    unread: Callable[[Path, Sequence[Word]], float] = unread_share,
) -> Page:
    """Read one picture.

    Args:
        pixels: its width and height in pixels; `size` the same in points.
        turn: makes the picture turned clockwise by so many degrees, for one that lies on its side.
        rotation: degrees clockwise by which the source was turned already.
        second: the second reader, asked where its reading is worth its price; with `always`, everywhere.
        one_column: the page is one block of text, whatever its shape.
        unread: tells how much of the print lies outside all words.
    """
    receipt = one_column or pixels[1] > _RECEIPT_RATIO * pixels[0]
    outcome = recogniser.recognise(picture, pixels, languages=languages, dpi=dpi, receipt=receipt)
    sideways = _sideways(outcome, pixels)
    shown, shown_pixels = picture, pixels
    if sideways or _poor(outcome):
        best = 0
        for degrees in _turns(recogniser, picture, outcome, sideways=sideways):
            turned, turned_pixels = turn(degrees)
            again = recogniser.recognise(
                turned,
                turned_pixels,
                languages=languages,
                dpi=dpi,
                receipt=one_column or turned_pixels[1] > _RECEIPT_RATIO * turned_pixels[0],
            )
            # Columns that run up the page are read well where they stand, but nobody can look at them.
            if _score(again) > _score(outcome) * (0.8 if sideways and best == 0 else 1.0):
                outcome, best = again, degrees
                shown, shown_pixels = turned, turned_pixels
                if not _poor(again):
                    break
        if best:
            rotation = (rotation + best) % 360
            if best in (90, 270):
                size = (size[1], size[0])

    def as_block(first: Recognised | Blank | Failed) -> Recognised | Blank | Failed:
        block = recogniser.recognise(shown, shown_pixels, languages=languages, dpi=dpi, receipt=True)
        better = isinstance(block, Recognised) and _good_words(block) >= _WORTH_IT * _good_words(first)
        return block if better else first

    missing = (
        not receipt
        and isinstance(outcome, Recognised)
        and _passed_over(unread(shown, outcome.words), outcome)
    )
    reader, version = recogniser.name, recogniser.version()
    fused = None
    if second is not None and (always or _worth_a_second_look(outcome, shown_pixels)):
        if missing and _accented(outcome):
            outcome, missing = as_block(outcome), False
        # If it cannot, Tesseract's reading stands by itself.
        with suppress(ValueError, RuntimeError, MemoryError):
            fused = _fused(outcome, second(shown))
    if fused is not None:  # which has the rows that a reading as one block would find
        outcome = fused
        reader, version = f"{reader}+{neural.NAME}", f"{version}+{neural.neural_version()}"[:60]
    elif missing:
        outcome = as_block(outcome)
    common = {
        "number": number,
        "width": size[0],
        "height": size[1],
        "reader": reader,
        "reader_version": version,
        "rotation": rotation,
    }
    match outcome:
        case Recognised(text, words, confidence):
            return Page(outcome="recognised", text=text, words=words, confidence=confidence, **common)  # type: ignore[arg-type]
        case Blank():
            return Page(outcome="blank", **common)  # type: ignore[arg-type]
        case Failed(error):
            return Page(outcome="failed", error=error, **common)  # type: ignore[arg-type]


def _worth_a_second_look(outcome: Recognised | Blank | Failed, pixels: tuple[int, int]) -> bool:
    """Whether Tesseract's reading is likely to want mending: thermal paper, photographs, bad print."""
    if not isinstance(outcome, Recognised):
        return isinstance(outcome, Blank)  # a picture that broke one reader is not tried on another
    return pixels[1] > _RECEIPT_RATIO * pixels[0] or outcome.confidence < _CLEAN


def _fused(outcome: Recognised | Blank | Failed, lines: Sequence[Line]) -> Recognised | None:
    """Both readings as one; None if the second found nothing to add."""
    first = outcome.words if isinstance(outcome, Recognised) else ()
    text, words = fuse(first, lines)
    if not lines or not any(c.isalnum() for c in text):
        return None
    return Recognised(text, words, statistics.fmean(word.confidence for word in words))


def _turns(
    recogniser: Recogniser, picture: Path, outcome: Recognised | Blank | Failed, *, sideways: bool
) -> list[int]:
    """Turns worth a reading, best first: what the engine thinks, and what it may have missed.

    Engines find the axis of the lines easily and their direction badly, receipts above all.
    """
    told = recogniser.upright_turn(picture)
    if told in (90, 270) or sideways:
        first = told if told in (90, 270) else 270
        return [first, (first + 180) % 360]
    if told:
        return [told]
    hopeless = (
        isinstance(outcome, Recognised)
        and outcome.confidence < _HOPELESS
        and len(outcome.words) >= _ENOUGH_WORDS
    )
    return [180] if hopeless else []


def _passed_over(share: float, outcome: Recognised) -> bool:
    """Whether so much print lies outside all words that rows may be missing."""
    worth = share * len(outcome.words) / max(1 - share, 0.01)
    return share > _MUCH or (share > _PASSED_OVER and worth >= _PASSED_OVER_WORDS)


def _accented(outcome: Recognised | Blank | Failed) -> bool:
    """Whether it is written with letters that the second reader does not know."""
    words = outcome.words if isinstance(outcome, Recognised) else ()
    return sum(not w.text.isascii() and w.text.isalpha() and w.confidence > _GOOD for w in words) > 1


def _poor(outcome: Recognised | Blank | Failed) -> bool:
    return isinstance(outcome, Recognised) and (outcome.confidence < _POOR or len(outcome.words) < _FEW_WORDS)


def _sideways(outcome: Recognised | Blank | Failed, pixels: tuple[int, int]) -> bool:
    """Whether most words of some length stand on end."""
    if not isinstance(outcome, Recognised):
        return False
    boxes = [w.box for w in outcome.words if len(w.text) >= 4]
    on_end = sum((b[3] - b[1]) * pixels[1] > 1.5 * (b[2] - b[0]) * pixels[0] for b in boxes)
    return len(boxes) >= _FEW_WORDS and on_end > 0.6 * len(boxes)


def _score(outcome: Recognised | Blank | Failed) -> float:
    return outcome.confidence * len(outcome.words) ** 0.5 if isinstance(outcome, Recognised) else 0.0


def _good_words(outcome: Recognised | Blank | Failed) -> int:
    if not isinstance(outcome, Recognised):
        return 0
    return sum(w.confidence > _GOOD and sum(c.isalnum() for c in w.text) >= 2 for w in outcome.words)
