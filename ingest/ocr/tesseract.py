"""Tesseract as a program, through pytesseract: one pass yields text, boxes and confidence together."""

import os
import re
import signal
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytesseract

from ingest.ocr.port import Blank, Failed, Recognised
from ingest.ocr.words import (
    LEAST_DPI,
    LEAST_TURN_CONFIDENCE,
    MOST_DPI,
    PSM_BLOCK,
    PSM_PAGE,
    TIMEOUT,
    collect,
)

#: pytesseract leaves the interpreter if it cannot understand the version.
_NO_ANSWER = (OSError, RuntimeError, ValueError, KeyError, TypeError, subprocess.SubprocessError, SystemExit)


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
        psm = PSM_BLOCK if receipt else PSM_PAGE
        config = f"--psm {psm} --dpi {max(LEAST_DPI, min(MOST_DPI, dpi))}"
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
        return collect(data, size)

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
        return int(told["rotate"]) if float(told["orientation_conf"]) > LEAST_TURN_CONFIDENCE else None


def _plain(message: str) -> str:
    """The program's complaint without paths."""
    lines = re.sub(r"\S*/\S*", "…", message).strip().splitlines()
    return f"the program tesseract failed: {lines[-1]}"[:200] if lines else "the program tesseract failed"
