"""Tesseract as a library, its models loaded once: no program to start for each page.

The models are loaded before the sandbox forks (`preload`), so all slots share
them. Each picture is read in a copy of the process (`ingest.ocr.apart`): no page
can change how the next is read, and one on which the library crashes is a failed
page and not a failed file.
"""

import os
import re
import signal
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

# Pages run in parallel, not lines. Read when the library is loaded.
os.environ["OMP_THREAD_LIMIT"] = "1"

import tesserocr

from ingest.ocr.apart import EndedError, TookTooLongError, run_apart
from ingest.ocr.engines import ModelMissingError
from ingest.ocr.port import Blank, Failed, Recognised
from ingest.ocr.words import (
    LEAST_DPI,
    LEAST_TURN_CONFIDENCE,
    MOST_DPI,
    PSM_BLOCK,
    PSM_PAGE,
    TIMEOUT,
    collect,
    table_of,
)

_OSD = "osd"
_PLACES = (
    "/usr/share/tesseract-ocr/5/tessdata",
    "/usr/share/tesseract-ocr/4.00/tessdata",
    "/usr/share/tessdata",
    "/usr/local/share/tessdata",
)
#: Seconds more until the copy is stopped: the library looks at the clock only now and then.
_GRACE = 3.0
# What a copy answers instead of a table.
_TOO_SLOW, _UNREADABLE = b"too slow", b"unreadable"


def preload(languages: tuple[str, ...]) -> None:
    """Load the models of these languages, and of orientation where it is installed, into this process.

    Raises:
        ModelMissingError: one that is needed is not there.
    """
    _engine("+".join(languages))
    if (_tessdata() / f"{_OSD}.traineddata").is_file():
        _engine(_OSD)


class ResidentTesseract:
    """The port over the library."""

    name = "tesseract"

    def __init__(self, timeout: float = TIMEOUT) -> None:
        """`timeout`: seconds after which one reading is given up."""
        self._timeout = timeout

    def version(self) -> str:
        return str(tesserocr.tesseract_version()).split()[1]

    def recognise(
        self,
        picture: Path,
        size: tuple[int, int],
        *,
        languages: tuple[str, ...],
        dpi: int,
        receipt: bool = False,
    ) -> Recognised | Blank | Failed:
        try:
            engine = _engine("+".join(languages))
        except ModelMissingError as error:
            return Failed(str(error)[:200])
        psm = PSM_BLOCK if receipt else PSM_PAGE
        resolution = max(LEAST_DPI, min(MOST_DPI, dpi))
        for last in (False, True):
            try:
                answer = run_apart(
                    lambda: _read(engine, picture, psm, resolution, self._timeout), self._timeout + _GRACE
                )
                break
            except TookTooLongError:
                answer = _TOO_SLOW
                break
            except EndedError as error:
                if last or error.signal != signal.SIGKILL:
                    return Failed(_ended(error.signal))
        if answer == _TOO_SLOW:
            return Failed(f"recognition took more than {self._timeout:.0f} seconds")
        if answer == _UNREADABLE:
            return Failed("Tesseract cannot read the picture")
        try:
            return collect(table_of(answer.decode()), size)
        except ValueError:
            return Failed("Tesseract gave no usable answer")

    def upright_turn(self, picture: Path) -> int | None:
        try:
            engine = _engine(_OSD)
            answer = run_apart(lambda: _orientation(engine, picture), self._timeout)
            upright, confidence = answer.split()
        except (ModelMissingError, TookTooLongError, EndedError, ValueError):
            return None
        return (360 - int(upright)) % 360 if float(confidence) > LEAST_TURN_CONFIDENCE else None


# -- in the copy -------------------------------------------------------------


def _read(engine: Any, picture: Path, psm: int, dpi: int, seconds: float) -> bytes:
    engine.SetPageSegMode(psm)
    engine.SetVariable("user_defined_dpi", str(dpi))
    try:
        engine.SetImageFile(str(picture))
    except RuntimeError:
        return _UNREADABLE
    if not engine.Recognize(max(1, int(seconds * 1000))):
        return _TOO_SLOW
    return str(engine.GetTSVText(0)).encode()


def _orientation(engine: Any, picture: Path) -> bytes:
    """The degrees clockwise by which the print is turned, and how sure that is; nothing if it cannot tell."""
    engine.SetImageFile(str(picture))
    told = engine.DetectOrientationScript()
    return b"%d %f" % (told["orient_deg"], told["orient_conf"]) if told else b""


# -- the models ----------------------------------------------------------------


@cache
def _engine(languages: str) -> Any:
    folder = _tessdata()
    psm = tesserocr.PSM.OSD_ONLY if languages == _OSD else tesserocr.PSM.AUTO
    tesserocr.set_leptonica_log_level(tesserocr.LeptLogLevel.NONE)
    try:
        engine = tesserocr.PyTessBaseAPI(path=str(folder), lang=languages, psm=psm)
    except RuntimeError as error:
        raise ModelMissingError(f"Tesseract has no model for {languages}; install it.") from error
    engine.SetVariable("debug_file", os.devnull)
    return engine


@cache
def _tessdata() -> Path:
    """The folder of the models: where the environment or the program says, or where systems put it."""
    told = os.environ.get("TESSDATA_PREFIX")
    places = [Path(told), Path(told) / "tessdata"] if told else [Path(place) for place in _PLACES]
    for place in places:
        if any(place.glob("*.traineddata")):
            return place
    if (said := _told_by_program()) is not None and any(said.glob("*.traineddata")):
        return said
    raise ModelMissingError("Tesseract's models are not found: install them or set TESSDATA_PREFIX.")


def _told_by_program() -> Path | None:
    try:
        answer = subprocess.run(
            ["tesseract", "--list-langs"], capture_output=True, text=True, timeout=20, check=True
        )
    except (OSError, ValueError, subprocess.SubprocessError):
        return None
    found = re.search(r'"(/[^"]+)"', answer.stdout + answer.stderr)
    return Path(found[1]) if found else None


def _ended(number: int) -> str:
    if not number:
        return "Tesseract gave up"
    try:
        return f"Tesseract crashed ({signal.Signals(number).name})"
    except ValueError:
        return f"Tesseract crashed (signal {number})"
