"""Tesseract's table of words becomes text, words and a confidence: the same whichever way it was asked."""

import re
import statistics
from collections.abc import Mapping, Sequence
from typing import Any

from ingest.model import Word
from ingest.ocr.port import Blank, Recognised

#: Page segmentation: 3 finds columns; 6 takes one block, which keeps a label and its amount on one line.
PSM_PAGE, PSM_BLOCK = 3, 6
#: Seconds for one call. A dense A3 page takes some 40 on a slow core; only noise takes longer, and then
#: the first call ends the page. What several slow calls add up to is limited with the process they run in.
TIMEOUT = 90.0
#: Resolutions that Tesseract believes.
LEAST_DPI, MOST_DPI = 70, 2400
#: A turn the engine is less sure of than this is none.
LEAST_TURN_CONFIDENCE = 1.0
_LEAST_CONFIDENCE = 0.10
_USEFUL = re.compile(r"\w")
_COLUMNS = (
    *("level", "page_num", "block_num", "par_num", "line_num", "word_num"),
    *("left", "top", "width", "height", "conf", "text"),
)
_NUMBERS = ("block_num", "par_num", "line_num", "left", "top", "width", "height")

Table = Mapping[str, Sequence[Any]]


def table_of(tsv: str) -> Table:
    """The columns of Tesseract's own form of its result, which has no heading. Raises ValueError."""
    rows = [line.split("\t") for line in tsv.split("\n") if line]
    if not rows or any(len(row) != len(_COLUMNS) for row in rows):
        raise ValueError("no table")
    columns: dict[str, list[Any]] = {name: [row[i] for row in rows] for i, name in enumerate(_COLUMNS)}
    return columns | {name: [int(value) for value in columns[name]] for name in _NUMBERS}


def collect(table: Table, size: tuple[int, int]) -> Recognised | Blank:
    """Put the words into lines and paragraphs; `size` is the picture's in pixels."""
    width, height = size
    words: list[Word] = []
    lines: list[str] = []
    previous: tuple[int, int, int] | None = None
    number = -1
    for index, raw in enumerate(table["text"]):
        text = str(raw).strip()
        confidence = float(table["conf"][index]) / 100
        if not text or confidence < _LEAST_CONFIDENCE:
            continue
        place = (table["block_num"][index], table["par_num"][index], table["line_num"][index])
        if place != previous:
            if previous is not None and place[:2] != previous[:2]:
                lines.append("")
            lines.append(text)
            number += 1
            previous = place
        else:
            lines[-1] += " " + text
        left, top = table["left"][index], table["top"][index]
        box = (
            _part(left, width),
            _part(top, height),
            _part(left + table["width"][index], width),
            _part(top + table["height"][index], height),
        )
        words.append(Word(text, box, min(1.0, confidence), number))
    if not any(_USEFUL.search(word.text) for word in words):
        return Blank()
    return Recognised("\n".join(lines), tuple(words), statistics.fmean(w.confidence for w in words))


def _part(value: float, whole: int) -> float:
    return round(min(1.0, max(0.0, value / whole)), 5)
