"""How wide text is in the fonts in which pages are set and drawn.

Pages are set when a paper is read and drawn later; both use the same files, so a word's box
is where the word is drawn.
"""

from functools import cache
from pathlib import Path
from typing import Final, Literal

from fontTools.ttLib import TTFont  # type: ignore[import-untyped]  # ships no types

Face = Literal["r", "b", "m"]  # regular, bold, monospaced
_FOLDERS: Final = (
    Path("/usr/share/fonts/truetype/dejavu"),
    Path("/usr/share/fonts/dejavu"),
    Path("/usr/share/fonts/truetype/liberation"),
)
_FILES: Final[dict[Face, tuple[str, ...]]] = {
    "r": ("DejaVuSans.ttf", "LiberationSans-Regular.ttf"),
    "b": ("DejaVuSans-Bold.ttf", "LiberationSans-Bold.ttf"),
    "m": ("DejaVuSansMono.ttf", "LiberationMono-Regular.ttf"),
}
_TYPICAL: Final = 0.62  # of the size, where there is no font to measure with


@cache
def font_file(face: Face) -> Path | None:
    """The font of a face, with Latin letters and Polish diacritics; None if none is installed."""
    found = (folder / name for name in _FILES[face] for folder in _FOLDERS)
    return next((path for path in found if path.exists()), None)


@cache
def _advances(face: Face) -> tuple[dict[int, float], float]:
    """Widths by code point in parts of the size, and the width of what the font has not."""
    path = font_file(face)
    if path is None:
        return {}, _TYPICAL
    with TTFont(path, lazy=True) as font:
        unit = font["head"].unitsPerEm
        metrics, names = font["hmtx"].metrics, font.getBestCmap()
        widths = {code: metrics[name][0] / unit for code, name in names.items() if code < 0x3000}
        return widths, metrics[".notdef"][0] / unit


def measure() -> None:
    """Measure the fonts now, so that processes forked afterwards need not."""
    for face in _FILES:
        _advances(face)


def width(text: str, size: float, face: Face = "r") -> float:
    """The width of `text` in points."""
    widths, missing = _advances(face)
    return size * sum(widths.get(ord(c), missing) for c in text)
