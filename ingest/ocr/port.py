"""What an OCR engine is asked and what it answers."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from ingest.model import Word


@dataclass(frozen=True, slots=True)
class Recognised:
    """Text was found. `confidence` is the mean over words, 0 to 1."""

    text: str
    words: tuple[Word, ...]
    confidence: float


@dataclass(frozen=True, slots=True)
class Blank:
    """The picture was looked at and holds no text."""


@dataclass(frozen=True, slots=True)
class Failed:
    """The engine could not do it; `error` says why, without text of the page."""

    error: str


class Recogniser(Protocol):
    """An OCR engine."""

    name: str

    def version(self) -> str: ...

    def recognise(
        self,
        picture: Path,
        size: tuple[int, int],
        *,
        languages: tuple[str, ...],
        dpi: int,
        receipt: bool = False,
    ) -> Recognised | Blank | Failed:
        """Read a picture file of `size` pixels, upright.

        `dpi` is its resolution as far as known. `receipt` says that it is one
        narrow column, which engines may use. Never raises for what the picture holds.
        """
        ...

    def upright_turn(self, picture: Path) -> int | None:
        """By how many degrees clockwise the picture must be turned to stand upright; None if unsure."""
        ...
