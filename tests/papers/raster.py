"""Pictures of a page as a scanner or a telephone would take them.

Each function returns the picture and where the page's points went, so that word boxes can follow.
"""

import io
import math
from collections.abc import Callable
from random import Random
from typing import Any

import numpy as np
import pillow_heif
import pypdfium2
from PIL import Image

from tests.papers.model import PlacedWord

#: Takes a point in fractions of the page to one in fractions of the picture.
Move = Callable[[float, float], tuple[float, float]]


def pages_of(pdf: bytes, dpi: int) -> list[Image.Image]:
    """The pages in grey at a resolution."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        return [page.render(scale=dpi / 72, grayscale=True).to_pil().convert("L") for page in document]
    finally:
        document.close()


def scanned(page: Image.Image, rng: Random) -> tuple[Image.Image, Move]:
    """Skewed by up to 1.2 degrees, on tinted paper, with sensor noise and some specks; RGB."""
    angle = rng.uniform(-1.2, 1.2)
    turned = page.rotate(angle, Image.Resampling.BILINEAR, fillcolor=255)
    width, height = page.size
    grain = np.random.default_rng(rng.randrange(2**32))
    tile = grain.normal(0, rng.uniform(2.5, 7.0), (512, 512)).astype(np.int16)
    noise = np.tile(tile, (height // 512 + 1, width // 512 + 1))[:height, :width]
    pixels = np.asarray(turned, dtype=np.int16)
    black = rng.randint(10, 55)
    pixels = black + pixels.astype(np.int32) * (255 - black) // 255 + noise  # 16 bits would overflow
    for _ in range(rng.randint(0, 25)):
        y, x = grain.integers(0, height - 3), grain.integers(0, width - 3)
        pixels[y : y + 2, x : x + 2] = 90
    grey = Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8), "L")
    tint = (1.0, rng.uniform(0.955, 1.0), rng.uniform(0.87, 0.99))
    bright = rng.uniform(0.93, 0.99)
    channels = [grey.point([int(v * t * bright) for v in range(256)]) for t in tint]
    turn = math.radians(angle)
    cos, sin = math.cos(turn), math.sin(turn)

    def move(x: float, y: float) -> tuple[float, float]:
        # Pillow turns counter-clockwise about the centre; y points down.
        u, v = (x - 0.5) * width, (y - 0.5) * height
        return (cos * u + sin * v) / width + 0.5, (-sin * u + cos * v) / height + 0.5

    return Image.merge("RGB", channels), move


def photographed(page: Image.Image, rng: Random) -> tuple[Image.Image, Move]:
    """Seen at an angle on a table, with a shadow across; RGB."""
    width, height = page.size
    full_w, full_h = int(width * 1.12), int(height * 1.12)
    reach = 0.055

    def corner(x: float, y: float) -> tuple[float, float]:
        return (
            full_w * (0.06 + 0.88 * x) + rng.uniform(-reach, reach) * full_w * 0.8,
            full_h * (0.06 + 0.88 * y) + rng.uniform(-reach, reach) * full_h * 0.8,
        )

    corners = [corner(0, 0), corner(1, 0), corner(1, 1), corner(0, 1)]
    source = [(0, 0), (width, 0), (width, height), (0, height)]
    back = _homography(corners, source)
    forth = _homography(source, corners)
    size = (full_w, full_h)
    seen = page.transform(size, Image.Transform.PERSPECTIVE, back, Image.Resampling.BICUBIC, fillcolor=0)
    sheet = Image.new("L", page.size, 255).transform(size, Image.Transform.PERSPECTIVE, back, fillcolor=0)
    grain = np.random.default_rng(rng.randrange(2**32))
    ys, xs = np.mgrid[0:full_h:8, 0:full_w:8].astype(np.float32)
    slope = rng.uniform(0, 2 * math.pi)
    across = (xs / full_w - 0.5) * math.cos(slope) + (ys / full_h - 0.5) * math.sin(slope)
    light = 0.86 + 0.22 * across - 0.16 / (1 + np.exp(-(across - rng.uniform(0.0, 0.35)) * 40))
    shade = np.asarray(Image.fromarray(light.astype(np.float32)).resize(size, Image.Resampling.BILINEAR))
    tile = grain.normal(0, rng.uniform(2, 5), (512, 512)).astype(np.float32)
    noise = np.tile(tile, (full_h // 512 + 1, full_w // 512 + 1))[:full_h, :full_w]
    table = np.array([rng.randint(70, 150), rng.randint(55, 120), rng.randint(35, 100)], dtype=np.float32)
    on_sheet = np.asarray(sheet, dtype=np.float32) / 255
    paper = 25 + np.asarray(seen, dtype=np.float32) * 0.88
    tint = (1.0, rng.uniform(0.96, 1.0), rng.uniform(0.86, 0.98))
    channels = [
        np.clip((paper * t * on_sheet + ground * (1 - on_sheet)) * shade + noise, 0, 255).astype(np.uint8)
        for t, ground in zip(tint, table, strict=True)
    ]
    picture = Image.merge("RGB", [Image.fromarray(channel, "L") for channel in channels])

    def move(x: float, y: float) -> tuple[float, float]:
        a, b, c, d, e, f, g, h = forth
        u, v = x * width, y * height
        w = g * u + h * v + 1
        return (a * u + b * v + c) / w / full_w, (d * u + e * v + f) / w / full_h

    return picture, move


def _homography(
    of: list[tuple[float, float]] | list[tuple[int, int]],
    to: list[tuple[float, float]] | list[tuple[int, int]],
) -> tuple[float, ...]:
    """The eight coefficients that take four points to four others."""
    rows, wanted = [], []
    for (x, y), (u, v) in zip(of, to, strict=True):
        rows.append([x, y, 1, 0, 0, 0, -u * x, -u * y])
        rows.append([0, 0, 0, x, y, 1, -v * x, -v * y])
        wanted += [u, v]
    solved = np.linalg.solve(np.array(rows, dtype=float), np.array(wanted, dtype=float))
    return tuple(float(c) for c in solved)


def moved(words: list[PlacedWord], moves: list[Move]) -> tuple[PlacedWord, ...]:
    """Words with their boxes where the picture shows them: the upright box around each moved one."""
    out = []
    for text, page, (x0, y0, x1, y1) in words:
        points = [moves[page - 1](x, y) for x, y in ((x0, y0), (x1, y0), (x1, y1), (x0, y1))]
        xs, ys = [min(max(p[0], 0.0), 1.0) for p in points], [min(max(p[1], 0.0), 1.0) for p in points]
        out.append((text, page, (min(xs), min(ys), max(xs), max(ys))))
    return tuple(out)


def jpeg(picture: Image.Image, dpi: int, quality: int) -> bytes:
    """The picture as JPEG with its resolution."""
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=quality, dpi=(dpi, dpi))
    return out.getvalue()


def tiff(pictures: list[Image.Image], dpi: int) -> bytes:
    """Black and white pages in one TIFF, Group 4, as office scanners and faxes send them."""
    flat = [p.convert("L").point([0] * 150 + [255] * 106).convert("1") for p in pictures]
    out = io.BytesIO()
    flat[0].save(out, "TIFF", compression="group4", dpi=(dpi, dpi), save_all=True, append_images=flat[1:])
    return out.getvalue()


def photograph_file(picture: Image.Image, kind: str, **options: Any) -> bytes:
    """The picture as telephones store it: `kind` is HEIF or AVIF; `options` are those of the writer."""
    pillow_heif.register_heif_opener()
    out = io.BytesIO()
    picture.save(out, kind, **{"quality": 60, **options})
    return out.getvalue()
