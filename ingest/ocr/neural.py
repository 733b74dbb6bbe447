"""The second reader: PP-OCR through RapidOCR, run by OpenVINO.

Its models find and read lines of bad print that Tesseract misses (photographs, thermal
paper), digits above all, but know few Polish letters: what it reads is fused with
Tesseract's reading (`ingest.ocr.fusion`). The models are loaded when first needed, in
about a second and 100 MiB; a process that calls `warm` before it forks spares its
children that, and where several processes are forks of one, that one should have them.
"""

import logging
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from ingest.model import Word
from ingest.ocr.alphabet import narrow
from ingest.ocr.fusion import Line

NAME = "ppocr"
#: The longer side, in pixels, of the picture in which lines are looked for; they are read at full size.
_DETECTION_SIDE = 736
#: Pixels, at the height of 48 to which lines are made. RapidOCR fills up to 320, which costs a fifth more;
#: at 64 the model no longer sees the blanks in `3,5 - 5,1`.
_LEAST_WIDTH = 192
#: Pages run in parallel, one thread each.
_THREADS = 1
_warm = _left = _wanted = False


def warm() -> None:
    """Load the models into this process, so that those it forks have them; see `leave_to_parent`."""
    global _warm, _wanted
    if not _warm and _left:
        _wanted = True
    elif not _warm:
        import numpy as np

        _engine()(np.full((64, 256, 3), 255, np.uint8))
        _warm = True


def leave_to_parent() -> None:
    """From now on `warm` only notes that the models are wanted, for the parent of this process to load."""
    global _left
    _left = True


def is_wanted() -> bool:
    """Whether the models are wanted and left to the parent."""
    return _wanted


def neural_version() -> str:
    """What is stored beside a page as the reader's version."""
    return f"PP-OCRv6 small, rapidocr {version('rapidocr')}"


def neural_lines(picture: Path) -> list[Line]:
    """The lines of a picture file, upright.

    Raises ValueError if it cannot be read, RuntimeError if the models failed on it, as for want of memory.
    """
    import cv2

    pixels = cv2.imread(str(picture), cv2.IMREAD_COLOR)
    if pixels is None:
        raise ValueError("the picture cannot be decoded")
    height, width = pixels.shape[:2]
    try:
        told = _engine()(pixels)
    except Exception as error:  # the libraries raise anything, an IndexError among them
        _engine.cache_clear()  # what failed half-way holds results of the picture before
        raise RuntimeError(f"the models failed: {type(error).__name__}") from error
    if told.boxes is None or told.txts is None:
        return []
    lines = []
    for box, text, score, parts in zip(told.boxes, told.txts, told.scores, told.word_results, strict=True):
        place = _box(box, width, height)
        words = tuple(
            Word(str(part), _box(corners, width, height), float(sure), 0)
            for part, sure, corners in parts
            if str(part).strip()
        )
        if "".join(w.text for w in words) != "".join(str(text).split()):
            words = (Word(" ".join(str(text).split()), place, float(score), 0),)
        lines.append(Line(words, place, float(score)))
    return lines


@cache
def _engine() -> Any:
    # Imported here: a process that never needs it must not carry its libraries.
    import numpy as np
    from rapidocr import EngineType, RapidOCR

    logging.getLogger("RapidOCR").setLevel(logging.CRITICAL)
    engine = RapidOCR(
        params={
            "Global.use_cls": False,
            "Global.log_level": "critical",
            "Global.return_word_box": True,
            "Det.engine_type": EngineType.OPENVINO,
            "Det.limit_type": "max",
            "Det.limit_side_len": _DETECTION_SIDE,
            "Rec.engine_type": EngineType.OPENVINO,
            # Height and least width of a line: what is shorter is filled up to it, and paid for.
            "Rec.rec_img_shape": [3, 48, _LEAST_WIDTH],
            "EngineConfig.openvino.inference_num_threads": _THREADS,
        }
    )
    engine.recognize_txt([np.full((48, _LEAST_WIDTH, 3), 255, np.uint8)])  # which loads the recogniser
    narrow(engine.text_rec, _THREADS)
    return engine


def _box(corners: Any, width: int, height: int) -> tuple[float, float, float, float]:
    across = [float(x) for x, _ in corners]
    down = [float(y) for _, y in corners]
    return (
        round(min(1.0, max(0.0, min(across) / width)), 5),
        round(min(1.0, max(0.0, min(down) / height)), 5),
        round(min(1.0, max(0.0, max(across) / width)), 5),
        round(min(1.0, max(0.0, max(down) / height)), 5),
    )
