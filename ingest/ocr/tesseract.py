"""Tesseract through pytesseract: one pass yields text, boxes and confidence together."""

import os
import re
import signal
import statistics
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytesseract

from ingest.model import Word
from ingest.ocr.port import Blank, Failed, Recognised

#: Page segmentation: 3 finds columns; 6 takes one block, which keeps a label and its amount on one line.
_PSM_PAGE = 3
_PSM_RECEIPT = 6
_LEAST_CONFIDENCE = 0.10
#: Seconds for one call. A dense A3 page takes some 40 on a slow core; only noise takes longer, and then
#: the first call ends the page. What several slow calls add up to is limited with the process they run in.
TIMEOUT = 90.0
#: pytesseract leaves the interpreter if it cannot understand the version.
_NO_ANSWER = (OSError, RuntimeError, ValueError, KeyError, TypeError, subprocess.SubprocessError, SystemExit)
_USEFUL = re.compile(r"\w")


@cache
def tesseract_version() -> str:
    """The program's version, asked once for each process tree."""
    return str(pytesseract.get_tesseract_version()).split()[0]


class Tesseract:
    """The port over the `tesseract` program. One thread: pages run in parallel, not lines."""

    name = "tesseract"

    def __init__(self, timeout: float = TIMEOUT) -> None:
        """`timeout`: seconds after which one call of the program is given up."""
        os.environ["OMP_THREAD_LIMIT"] = "1"
        self._timeout = timeout

    def version(self) -> str:
        try:
            return tesseract_version()
        except _NO_ANSWER:
            return "unknown"  # a page that failed for this names its reader all the same

    def recognise(
        self,
        picture: Path,
        size: tuple[int, int],
        *,
        languages: tuple[str, ...],
        dpi: int,
        receipt: bool = False,
    ) -> Recognised | Blank | Failed:
        psm = _PSM_RECEIPT if receipt else _PSM_PAGE
        config = f"--psm {psm} --dpi {max(70, min(2400, dpi))}"
        try:
            data = self._read(picture, "+".join(languages), config)
        except pytesseract.TesseractNotFoundError:
            return Failed("the program tesseract is not installed")
        except pytesseract.TesseractError as error:
            return Failed(_plain(str(error.message)))
        except RuntimeError:  # pytesseract's way to say that the time is over
            return Failed(f"recognition took more than {self._timeout:.0f} seconds")
        except _NO_ANSWER:
            return Failed("the program tesseract gave no usable answer")
        return _collect(data, size)

    def _read(self, picture: Path, languages: str, config: str) -> dict[str, list[Any]]:
        for last in (False, True):
            try:
                data: dict[str, list[Any]] = pytesseract.image_to_data(
                    str(picture),  # a path is handed to the program as it is, without another encoding
                    lang=languages,
                    config=config,
                    output_type=pytesseract.Output.DICT,
                    timeout=self._timeout,
                )
            except pytesseract.TesseractError as error:
                if last or error.status != -signal.SIGKILL:
                    raise
            else:
                return data
        raise AssertionError

    def upright_turn(self, picture: Path) -> int | None:
        try:
            told = pytesseract.image_to_osd(
                str(picture), output_type=pytesseract.Output.DICT, timeout=self._timeout
            )
        except _NO_ANSWER:  # also TesseractError and the time limit, which are RuntimeErrors
            return None
        return int(told["rotate"]) if float(told["orientation_conf"]) > 1.0 else None


def _collect(data: dict[str, list[Any]], size: tuple[int, int]) -> Recognised | Blank:
    width, height = size
    words: list[Word] = []
    lines: list[str] = []
    previous: tuple[int, int, int] | None = None
    number = -1
    for index, raw in enumerate(data["text"]):
        text = str(raw).strip()
        confidence = float(data["conf"][index]) / 100
        if not text or confidence < _LEAST_CONFIDENCE:
            continue
        place = (data["block_num"][index], data["par_num"][index], data["line_num"][index])
        if place != previous:
            if previous is not None and place[:2] != previous[:2]:
                lines.append("")
            lines.append(text)
            number += 1
            previous = place
        else:
            lines[-1] += " " + text
        left, top = data["left"][index], data["top"][index]
        box = (
            _part(left, width),
            _part(top, height),
            _part(left + data["width"][index], width),
            _part(top + data["height"][index], height),
        )
        words.append(Word(text, box, min(1.0, confidence), number))
    if not any(_USEFUL.search(word.text) for word in words):
        return Blank()
    return Recognised("\n".join(lines), tuple(words), statistics.fmean(w.confidence for w in words))


def _part(value: float, whole: int) -> float:
    return round(min(1.0, max(0.0, value / whole)), 5)


def _plain(message: str) -> str:
    """The program's complaint without paths."""
    lines = re.sub(r"\S*/\S*", "…", message).strip().splitlines()
    return f"the program tesseract failed: {lines[-1]}"[:200] if lines else "the program tesseract failed"
