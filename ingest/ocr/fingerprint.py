"""The fingerprint of a page's picture: near for the same paper scanned twice, far for others.

The print is taken for its darkness against what surrounds it, so that paper, lamp and exposure do
not count; made level, and cut out by where it stands, so that margins and the place on the glass do
not. Of its lowest frequencies (discrete cosine transform) each bit says whether one is positive:
the perceptual hash of Zauner (Implementation and Benchmarking of Perceptual Image Hash Functions,
2010), with more bits because a page has more in it than a photograph. With the bits goes which of
them are least sure, so that a search can try those both ways (multi-probe, Lv et al., 2007).

Papers on one form differ in so few pixels that no picture tells them apart; whoever finds two
alike must compare what was read (`ingest.duplicates.compare`).
"""

import itertools
import re
from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

_Matrix = NDArray[np.float64]

#: Bands of a fingerprint, bits of each, and how many of those are tried both ways.
BANDS: Final = 8
WIDTH: Final = 16
_UNSURE: Final = 3
#: Pixels of the longer side at which the print is looked at; side of the square that is transformed.
_LOOKED_AT, _SIDE = 384, 64
#: Frequencies down and across.
_FREQUENCIES: Final = 12
#: Tones by which print is darker than what surrounds it, and the most that counts.
_DARKER, _DARKEST = 20, 90
#: Share of the print that may lie outside what is cut out: specks, the edge of the scanner's lid.
_OUTSIDE = 0.006
#: Pixels of the small picture; with fewer dark ones there is nothing to know a page by.
_LEAST_PRINT = 60
#: Degrees of the angles tried; pages further askew were made straight before.
_ANGLES: Final = np.arange(-2.0, 2.01, 0.25)
_HEX: Final = re.compile(r"[0-9a-f]{64}")
_COSINES: Final[_Matrix] = np.cos(
    np.pi / _SIDE * (np.arange(_SIDE)[None, :] + 0.5) * np.arange(_FREQUENCIES)[:, None]
)
#: The lowest frequencies, dealt out so that each band has some of all.
_TAKEN: Final = sorted(
    ((u, v) for u in range(_FREQUENCIES) for v in range(_FREQUENCIES) if u + v),
    key=lambda f: (f[0] ** 2 + f[1] ** 2, f),
)[: BANDS * WIDTH]


def fingerprint(picture: Image.Image, turn: int = 0) -> str | None:
    """128 bits and which of them are unsure, in 64 hexadecimal digits; None for next to no print.

    `turn` is by how many degrees clockwise, a multiple of 90, the picture is to be turned upright.
    """
    times = max(1, round(max(picture.size) / _LOOKED_AT))
    plain = picture if picture.mode in ("L", "RGB") else picture.convert("L")
    small = plain.reduce(times).convert("L")
    if turn % 360:
        small = small.rotate(-turn, expand=True)
    ink = _ink(small)
    if np.count_nonzero(ink) < _LEAST_PRINT:
        return None
    angle = _angle(ink)
    if angle:
        level = small.rotate(-angle, Image.Resampling.BILINEAR, expand=True, fillcolor=255)
        ink = _ink(level)
    rows, columns = _extent(ink.sum(axis=1)), _extent(ink.sum(axis=0))
    if rows is None or columns is None:
        return None
    box = (columns[0], rows[0], columns[1], rows[1])
    square = Image.fromarray(ink).resize((_SIDE, _SIDE), Image.Resampling.BOX, box)
    low = _COSINES @ np.asarray(square, dtype=np.float64) @ _COSINES.T
    values = np.array([low[place] for place in _TAKEN]).reshape(WIDTH, BANDS).T
    unsure = np.zeros(values.shape, dtype=bool)
    np.put_along_axis(unsure, np.argsort(np.abs(values), axis=1)[:, :_UNSURE], True, axis=1)
    return np.packbits(np.stack([values > 0, unsure]).flatten()).tobytes().hex()


def is_fingerprint(text: object) -> bool:
    """Whether a text can be what `fingerprint` returns."""
    return isinstance(text, str) and _HEX.fullmatch(text) is not None


def distance(one: str, other: str) -> int:
    """In how many of their 128 bits two fingerprints differ."""
    half = len(one) // 2
    return (int(one[:half], 16) ^ int(other[:half], 16)).bit_count()


def bands(mark: str, kind: int) -> list[int]:
    """What a fingerprint is kept under, a number for each band; `kind` (to 255) parts what is never alike."""
    return [_place(kind, band, value) for band, (value, _) in enumerate(_parts(mark))]


def probes(mark: str, kind: int) -> list[int]:
    """Under what a fingerprint like this one may be kept: the same, with unsure bits the other way too."""
    found = []
    for band, (value, unsure) in enumerate(_parts(mark)):
        bits = [1 << n for n in range(WIDTH) if unsure >> n & 1]
        for count in range(len(bits) + 1):
            for flipped in itertools.combinations(bits, count):
                found.append(_place(kind, band, value ^ sum(flipped)))
    return found


def _parts(mark: str) -> Iterator[tuple[int, int]]:
    digits = WIDTH // 4
    half = BANDS * digits
    for start in range(0, half, digits):
        yield int(mark[start : start + digits], 16), int(mark[half + start : half + start + digits], 16)


def _place(kind: int, band: int, value: int) -> int:
    return (kind & 0xFF) << 24 | band << WIDTH | value


def _ink(small: Image.Image) -> NDArray[np.float32]:
    around = small.filter(ImageFilter.BoxBlur(9))
    dark = np.asarray(around, dtype=np.float32) - np.asarray(small, dtype=np.float32)
    return np.where(dark > _DARKER, np.minimum(dark, _DARKEST), 0).astype(np.float32)


def _angle(ink: NDArray[np.float32]) -> float:
    """Degrees by which the lines fall off: the angle of the sharpest rows (see `ingest.ocr.straighten`)."""
    ys, xs = np.nonzero(ink)

    def sharpness(degrees: float) -> float:
        rows = ys + xs * np.tan(np.radians(degrees))
        counts = np.bincount((rows - rows.min()).astype(np.intp)).astype(np.float64)
        return float(np.square(np.diff(counts)).sum())

    return float(max(_ANGLES, key=sharpness))


def _extent(profile: NDArray[np.float32]) -> tuple[float, float] | None:
    """From where to where the print reaches, without the outermost of it; None if that is next to nothing."""
    total = float(profile.sum())
    if total <= 0:
        return None
    summed = np.cumsum(profile) / total
    first = float(np.searchsorted(summed, _OUTSIDE))
    last = min(float(len(profile)), float(np.searchsorted(summed, 1 - _OUTSIDE)) + 1)
    return (first, last) if last - first >= 4 else None
