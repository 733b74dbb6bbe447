"""One paper taken more than once, and other papers on the same form."""

import dataclasses
import io
from random import Random
from typing import Any

from PIL import Image

from tests.papers import pdf, raster
from tests.papers.desk import Desk
from tests.papers.kinds import REGISTRY
from tests.papers.layout import lay_out


def printed(kind: str, seed: int, language: str = "pl", *, numbers: int | None = None) -> bytes:
    """The PDF of a generated paper; with `numbers`, the same form with all digits drawn anew from that seed."""
    draft = REGISTRY[kind].build(Desk(kind, language, seed))
    sheet = draft.sheet if numbers is None else _renumbered(draft.sheet, Random(numbers))
    return pdf.write(lay_out(sheet), draft.title, "ScanStation 4")


def taken(paper: bytes, seed: int, dpi: int = 200, quality: int = 75, *, photo: bool = False) -> Image.Image:
    """The first page as a scanner or telephone saw it: grain, skew, tint and compression go with the seed."""
    page = raster.pages_of(paper, dpi)[0]
    seen, _ = (raster.photographed if photo else raster.scanned)(page, Random(seed))
    picture = Image.open(io.BytesIO(raster.jpeg(seen, dpi, quality)))
    picture.load()
    return picture


def taken_file(paper: bytes, seed: int, dpi: int = 200, quality: int = 75, *, photo: bool = False) -> bytes:
    """The same as a JPEG file."""
    return raster.jpeg(taken(paper, seed, dpi, 95, photo=photo), dpi, quality)


def _renumbered(value: Any, chance: Random) -> Any:
    if isinstance(value, str):
        return "".join(chance.choice("0123456789") if c in "0123456789" else c for c in value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        changed = {f.name: _renumbered(getattr(value, f.name), chance) for f in dataclasses.fields(value)}
        return dataclasses.replace(value, **changed)
    if isinstance(value, list | tuple):
        return type(value)(_renumbered(item, chance) for item in value)
    return value
