"""Which engine reads: the only place that knows them all."""

from importlib.util import find_spec
from typing import Literal

from akta.kernel.errors import AktaError
from ingest.ocr.port import Recogniser

EngineName = Literal["resident", "program"]


class ModelMissingError(AktaError):
    """Tesseract's model of a language cannot be found or loaded."""

    code = "ocr_model_missing"


def best_engine() -> EngineName:
    """Tesseract in the process where its library is installed, else the program."""
    return "resident" if find_spec("tesserocr") else "program"


def recogniser(engine: EngineName) -> Recogniser:
    """The engine of this name. Each is imported when it is wanted: one of them suffices."""
    if engine == "resident":
        from ingest.ocr.resident import ResidentTesseract

        return ResidentTesseract()
    from ingest.ocr.tesseract import Tesseract

    return Tesseract()


def preload(engine: EngineName, languages: tuple[str, ...]) -> None:
    """Load before a fork what every page needs. Raises ModelMissingError."""
    if engine == "resident":
        from ingest.ocr import resident

        resident.preload(languages)
    else:
        from ingest.ocr import tesseract  # noqa: F401
