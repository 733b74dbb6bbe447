"""Faces to set papers in: widths for the layout, and a small subset for the PDF.

The DejaVu faces (Debian's fonts-dejavu-core) are required; Liberation faces are used where they
are installed. Each face is cut down once per process to the characters papers use.
"""

import io
import zlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

_FOLDERS = tuple(
    Path(p)
    for p in (
        "/usr/share/fonts/truetype/dejavu",
        "/usr/share/fonts/truetype/liberation",
        "/usr/share/fonts/truetype/liberation2",
        "/usr/share/fonts/dejavu",
        "/usr/share/fonts/dejavu-sans-fonts",
        "/usr/share/fonts/TTF",
    )
)
_FILES = {
    "sans": ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf"),
    "serif": ("DejaVuSerif.ttf", "DejaVuSerif-Bold.ttf"),
    "mono": ("DejaVuSansMono.ttf", "DejaVuSansMono-Bold.ttf"),
    "grotesque": ("LiberationSans-Regular.ttf", "LiberationSans-Bold.ttf"),
    "roman": ("LiberationSerif-Regular.ttf", "LiberationSerif-Bold.ttf"),
    "typewriter": ("LiberationMono-Regular.ttf", "LiberationMono-Bold.ttf"),
}
_INSTEAD = {"grotesque": "sans", "roman": "serif", "typewriter": "mono"}

CHARACTERS = (
    "".join(map(chr, range(0x20, 0x7F)))
    + "ąćęłńóśźżĄĆĘŁŃÓŚŹŻ"
    + "äöüßÄÖÜéèáíñçÉ£€§©®°±²³µ·×÷½–—‘’‚“”„…•≤≥→☐☒ "
)


@dataclass(frozen=True, slots=True, eq=False)
class Face:
    """A face: advance widths in em by character, glyph numbers of the subset, the subset itself.

    `ascent` and `descent` (positive) are in em. `stream` is the subset, deflated.
    """

    name: str
    widths: dict[str, float]
    glyphs: dict[str, int]
    ascent: float
    descent: float
    stream: bytes
    length: int

    def width(self, text: str) -> float:
        """Width of a run in em."""
        widths = self.widths
        return sum([widths.get(c, 0.6) for c in text])

    def encode(self, text: str) -> str:
        """Hexadecimal glyph numbers, two bytes each; a character the face lacks becomes `?`."""
        glyphs = self.glyphs
        return "".join([f"{glyphs.get(c) or glyphs['?']:04X}" for c in text])


def _find(name: str) -> Path | None:
    return next((folder / name for folder in _FOLDERS if (folder / name).is_file()), None)


@cache
def face(family: str, bold: bool = False) -> Face:
    """One face of a family. Raises FileNotFoundError if not even DejaVu is installed."""
    path = _find(_FILES[family][bold])
    if path is None and family in _INSTEAD:
        return face(_INSTEAD[family], bold)
    if path is None:
        raise FileNotFoundError(f"{_FILES[family][bold]}: install fonts-dejavu-core")
    options = subset.Options(
        hinting=False, layout_features=[], name_IDs=[], notdef_outline=True, glyph_names=False
    )
    options.drop_tables += ["GSUB", "GPOS", "GDEF", "kern", "FFTM", "OS/2", "post"]
    font = TTFont(str(path), lazy=True, recalcTimestamp=False)
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=[ord(c) for c in CHARACTERS])
    cutter.subset(font)
    out = io.BytesIO()
    font.save(out)
    raw = out.getvalue()
    cut = TTFont(io.BytesIO(raw))
    units = cut["head"].unitsPerEm
    names = cut.getBestCmap()
    advances = cut["hmtx"].metrics
    return Face(
        name=path.stem.replace("-", ""),
        widths={chr(code): advances[glyph][0] / units for code, glyph in names.items()},
        glyphs={chr(code): cut.getGlyphID(glyph) for code, glyph in names.items()},
        ascent=cut["hhea"].ascent / units,
        descent=-cut["hhea"].descent / units,
        stream=zlib.compress(raw, 9),
        length=len(raw),
    )
