"""Pages that lie askew or were photographed at an angle are made straight before they are read.

Tesseract follows lines that rise by a degree or two and loses whole rows beyond. The angle is
the one at which the print, summed along its lines, falls into the sharpest rows (the projection
profile of Postl, 1986). A sheet on a darker table is found as the largest quadrilateral.
Words are put back where they stand on the picture as it came, so what people see is not changed.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from ingest.model import Word

_Matrix = NDArray[np.float64]

#: Degrees: up to these Tesseract follows the lines by itself; beyond those the print stands on end.
_LEAST_ANGLE, _MOST_ANGLE = 1.5, 15.0
_COARSE, _FINE = 0.5, 0.1
#: Pixels of the longer side at which the angle is sought, and how many dark ones are looked at.
_LOOKED_AT, _POINTS = 1200, 40_000
#: Tones by which print is darker than what surrounds it.
_DARKER = 24
#: The rows must be so many times sharper at the angle found than as they are.
_SHARPER = 1.15
#: Pixels; smaller pictures have too few rows to tell by.
_LEAST_SIDE = 150
#: Fewer dark pixels than this are no text.
_LEAST_POINTS = 400
#: A sheet takes this share of a photograph at least, and at most (else it is the picture itself).
_LEAST_SHEET, _MOST_SHEET = 0.2, 0.97
#: Tones by which a sheet is lighter than what lies around it.
_LIGHTER = 40
#: Share of the print that may lie beside the sheet (grain of the table, a pen).
_MOST_OUTSIDE = 0.1
_SHEET_LOOKED_AT = 800
#: A corner nearer than this share of the side to where a straight picture has it is not worth mending.
_OFF = 0.012


@dataclass(frozen=True, slots=True)
class Straight:
    """A picture made straight, and the way back.

    `back` takes a point of it, in fractions of its width and height, to the same point of the
    picture as it came.
    """

    picture: Image.Image
    back: tuple[tuple[float, ...], ...]

    def put_back(self, words: Iterable[Word], turn: int = 0) -> tuple[Word, ...]:
        """Words where they stand on the picture as it came, both turned clockwise by `turn` degrees."""
        matrix = _turned(turn) @ np.array(self.back) @ np.linalg.inv(_turned(turn))
        return tuple(replace(word, box=_moved(word.box, matrix)) for word in words)


def straighten(picture: Image.Image) -> Straight | None:
    """The picture with its lines level; None if they are, or if there is nothing to tell by.

    `picture` is grey or colour, upright or turned by a quarter.
    """
    if min(picture.size) < _LEAST_SIDE:
        return None
    grey = picture if picture.mode == "L" else picture.convert("L")
    size = np.array([picture.width, picture.height], dtype=float)
    forth: _Matrix = np.eye(3)
    flat = size
    sheet = _sheet(grey)
    if sheet is not None:
        flat = _size_of(sheet)
        forth = _homography(sheet, np.array([[0, 0], [flat[0], 0], flat, [0, flat[1]]], dtype=float))
    angle = _angle(grey if sheet is None else _drawn(grey, forth, flat, _LOOKED_AT))
    if abs(angle) < _LEAST_ANGLE:
        if sheet is None:
            return None
        angle = 0.0
    if angle:
        level, flat = _levelled(flat, angle)
        forth = level @ forth
    pixels = np.diag([1 / size[0], 1 / size[1], 1.0]) @ np.linalg.inv(forth) @ np.diag([*flat, 1.0])
    return Straight(_drawn(picture, forth, flat), tuple(map(tuple, pixels.tolist())))


def _angle(grey: Image.Image) -> float:
    """Degrees counter-clockwise by which the lines fall off; 0 where nothing tells."""
    points = _print(grey)
    if len(points) < _LEAST_POINTS:
        return 0.0
    if len(points) > _POINTS:
        points = points[:: len(points) // _POINTS + 1]
    best, level = max((_best(axis) for axis in (points, points[:, ::-1] * (1, -1))), key=lambda b: b[1][0])
    return best if level[0] > _SHARPER * level[1] else 0.0


def _best(points: _Matrix) -> tuple[float, tuple[float, float]]:
    """The angle with the sharpest rows, its sharpness, and that of no angle."""
    coarse = np.arange(-_MOST_ANGLE, _MOST_ANGLE + _COARSE / 2, _COARSE)
    first = max(coarse, key=lambda a: _sharpness(points, a))
    fine = first + np.arange(-_COARSE + _FINE, _COARSE, _FINE)
    found = max(fine, key=lambda a: _sharpness(points, a))
    return float(found), (_sharpness(points, found), _sharpness(points, 0.0))


def _sharpness(points: _Matrix, degrees: float) -> float:
    turn = math.radians(degrees)
    rows = points[:, 1] * math.cos(turn) + points[:, 0] * math.sin(turn)
    counts = np.bincount((rows - rows.min()).astype(np.intp))
    return float(np.square(np.diff(counts.astype(np.float64))).sum())


def _print(grey: Image.Image) -> _Matrix:
    """Where it is darker than around: x and y of each such pixel of the picture made small."""
    small = grey.reduce(max(1, round(max(grey.size) / _LOOKED_AT)))
    around = small.filter(ImageFilter.BoxBlur(12))
    dark = np.asarray(around, dtype=np.int16) - np.asarray(small, dtype=np.int16) > _DARKER
    ys, xs = np.nonzero(dark)
    return np.stack([xs, ys], axis=1).astype(np.float64)


def _sheet(grey: Image.Image) -> _Matrix | None:
    """The corners of a sheet on a darker ground, clockwise from the top left, in pixels; None without one."""
    times = max(1, round(max(grey.size) / _SHEET_LOOKED_AT))
    small = grey.reduce(times)
    tones = np.asarray(small.filter(ImageFilter.GaussianBlur(3)))
    edge = np.concatenate([tones[0], tones[-1], tones[:, 0], tones[:, -1]])
    light = float(np.percentile(tones, 85))
    if light - float(np.median(edge)) < _LIGHTER:
        return None
    import cv2  # only photographs need it, and it is large

    _, mask = cv2.threshold(tones, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    mask = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones((15, 15), np.uint8))
    outlines, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    if not outlines:
        return None
    hull = cv2.convexHull(max(outlines, key=cv2.contourArea))
    area = cv2.contourArea(hull) / mask.size
    if not _LEAST_SHEET <= area <= _MOST_SHEET:
        return None
    around = cv2.arcLength(hull, True)
    for slack in (0.01, 0.02, 0.03, 0.05):
        corners = cv2.approxPolyDP(hull, slack * around, True).reshape(-1, 2).astype(float)
        if len(corners) == 4:
            break
    else:
        return None
    if cv2.contourArea(corners.astype(np.float32)) < 0.9 * cv2.contourArea(hull):
        return None
    if _outside(grey, hull.reshape(-1, 2).astype(float) * times) > _MOST_OUTSIDE:
        return None
    corners = _ordered(corners)
    size = np.array(tones.shape[::-1], dtype=float)
    box = np.array([corners.min(axis=0), corners.max(axis=0)])
    upright = np.array([box[0], [box[1][0], box[0][1]], box[1], [box[0][0], box[1][1]]])
    if np.abs((corners - upright) / size).max() < _OFF:
        return None
    return corners * times


def _outside(grey: Image.Image, hull: _Matrix) -> float:
    """The share of what looks like print that does not lie on the sheet: then it is no sheet on a table."""
    points = _print(grey) * max(1, round(max(grey.size) / _LOOKED_AT))
    middle = hull.mean(axis=0)
    wider = [tuple(corner) for corner in (middle + (hull - middle) * 1.04).tolist()]
    mask = Image.new("1", grey.size)
    ImageDraw.Draw(mask).polygon(wider, fill=1)
    on = np.asarray(mask)[points[:, 1].astype(np.intp), points[:, 0].astype(np.intp)]
    return 1.0 - float(on.mean()) if len(on) else 1.0


def _ordered(corners: _Matrix) -> _Matrix:
    """Clockwise, from the one nearest to the top left."""
    middle = corners.mean(axis=0)
    turn = np.arctan2(corners[:, 1] - middle[1], corners[:, 0] - middle[0])
    corners = corners[np.argsort(turn)]
    first = int(np.argmin(corners.sum(axis=1)))
    return np.roll(corners, -first, axis=0)


def _size_of(sheet: _Matrix) -> _Matrix:
    """Width and height of a sheet seen at an angle: its longer sides."""
    a, b, c, d = sheet
    across = max(np.linalg.norm(b - a), np.linalg.norm(c - d))
    down = max(np.linalg.norm(d - a), np.linalg.norm(c - b))
    return np.round(np.array([across, down]))


def _levelled(size: _Matrix, degrees: float) -> tuple[_Matrix, _Matrix]:
    """The matrix that turns a picture so that lines falling off by an angle are level, and the new size."""
    turn = math.radians(degrees)
    cos, sin = math.cos(turn), math.sin(turn)
    width, height = size
    larger = np.ceil([width * cos + height * abs(sin), height * cos + width * abs(sin)])
    rotate = np.array([[cos, -sin, 0], [sin, cos, 0], [0, 0, 1]])
    centre = np.array([[1, 0, -width / 2], [0, 1, -height / 2], [0, 0, 1]])
    place = np.array([[1, 0, larger[0] / 2], [0, 1, larger[1] / 2], [0, 0, 1]])
    return place @ rotate @ centre, larger


def _homography(source: _Matrix, target: _Matrix) -> _Matrix:
    """The matrix that takes four points to four others."""
    rows, wanted = [], []
    for (x, y), (u, v) in zip(source, target, strict=True):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
        wanted += [u, v]
    return np.append(np.linalg.solve(np.array(rows), np.array(wanted)), 1.0).reshape(3, 3)


def _drawn(
    picture: Image.Image,
    forth: _Matrix,
    size: _Matrix,
    longest: float = math.inf,
) -> Image.Image:
    """The picture through a matrix of pixels, its longer side no longer than `longest`."""
    times = min(1.0, longest / float(size.max()))
    back = np.linalg.inv(np.diag([times, times, 1.0]) @ forth)
    back /= back[2, 2]
    width, height = (max(1, round(float(side) * times)) for side in size)
    white = 255 if picture.mode == "L" else (255,) * len(picture.getbands())
    return picture.transform(
        (width, height),
        Image.Transform.PERSPECTIVE,
        tuple(back.flatten()[:8]),
        Image.Resampling.BICUBIC if times == 1.0 else Image.Resampling.BILINEAR,
        fillcolor=white,
    )


def _turned(degrees: int) -> _Matrix:
    """The matrix in fractions of a picture turned clockwise by quarters."""
    turns: Final = {
        0: [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
        90: [[0, -1, 1], [1, 0, 0], [0, 0, 1]],
        180: [[-1, 0, 1], [0, -1, 1], [0, 0, 1]],
        270: [[0, 1, 0], [-1, 0, 1], [0, 0, 1]],
    }
    return np.array(turns[degrees % 360], dtype=float)


def _moved(box: tuple[float, float, float, float], matrix: _Matrix) -> tuple[float, float, float, float]:
    """The upright box around a moved one, inside the picture."""
    x0, y0, x1, y1 = box
    corners = matrix @ np.array([[x0, x1, x1, x0], [y0, y0, y1, y1], [1, 1, 1, 1]], dtype=float)
    xs, ys = np.clip(corners[0] / corners[2], 0, 1), np.clip(corners[1] / corners[2], 0, 1)
    return float(xs.min()), float(ys.min()), float(xs.max()), float(ys.max())
