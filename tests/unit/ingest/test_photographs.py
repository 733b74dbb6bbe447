"""HEIC and AVIF, as telephones make them: told by content, read like JPEG, shown upright."""

import io
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from ingest.extract.context import ReadContext
from ingest.extract.options import ReadOptions
from ingest.identify import Identity, identify
from ingest.model import Page, Reading, Refusal
from ingest.read import read_file
from ingest.render import render
from tests.papers.broken import broken
from tests.papers.raster import photograph_file
from tests.unit.ingest.sandboxed import read_broken
from tests.unit.ingest.test_image import _sheet

_NAMES = {"HEIF": "a.heic", "AVIF": "a.avif"}
_TYPES = {"HEIF": "image/heic", "AVIF": "image/avif"}


def _read(path: Path, **options: int) -> Reading | Refusal:
    out = path.parent / "out"
    out.mkdir(exist_ok=True)
    result = read_file(path, ReadContext(ReadOptions(**options), out, path.name))  # type: ignore[arg-type]
    assert list(out.iterdir()) == []
    return result


def _page(path: Path) -> Page:
    result = _read(path)
    assert isinstance(result, Reading)
    assert result.media_type == _TYPES["AVIF" if path.name.endswith("avif") else "HEIF"]
    assert result.flags == ()
    (page,) = result.pages
    return page


@pytest.mark.ocr
@pytest.mark.parametrize(
    ("kind", "mode", "options"),
    [
        ("HEIF", "RGB", {}),
        ("HEIF", "L", {}),
        ("HEIF", "RGBA", {}),
        ("HEIF", "RGB", {"tile_size": 256}),  # telephones store a photograph as tiles
        ("HEIF", "I;16", {}),  # ten bits a channel
        ("AVIF", "RGB", {}),
        ("AVIF", "RGBA", {}),
    ],
)
def test_photographs_are_read_like_jpeg(
    tmp_path: Path, kind: str, mode: str, options: dict[str, Any]
) -> None:
    picture = _sheet()
    picture = (
        picture.convert("I").point(lambda v: v * 257).convert(mode)
        if mode == "I;16"
        else picture.convert(mode)
    )
    path = tmp_path / _NAMES[kind]
    path.write_bytes(photograph_file(picture, kind, **options))
    page = _page(path)
    assert "zapłaty" in page.text
    assert page.reader == "tesseract"


@pytest.mark.ocr
@pytest.mark.parametrize("kind", ["HEIF", "AVIF"])
@pytest.mark.parametrize(
    ("held", "made"),
    [
        (3, Image.Transpose.ROTATE_180),
        (6, Image.Transpose.ROTATE_90),
        (8, Image.Transpose.ROTATE_270),
        (2, Image.Transpose.FLIP_LEFT_RIGHT),
        (5, Image.Transpose.TRANSPOSE),
    ],
)
def test_however_it_was_held_it_is_read_and_shown_upright(
    tmp_path: Path, kind: str, held: int, made: Image.Transpose
) -> None:
    exif = Image.Exif()
    exif[0x0112] = held
    path = tmp_path / _NAMES[kind]
    path.write_bytes(photograph_file(_sheet().convert("RGB").transpose(made), kind, exif=exif.tobytes()))
    page = _page(path)
    assert "zapłaty" in page.text
    assert page.width > page.height
    out = tmp_path / "made"
    out.mkdir()
    wanted = [("searchable_pdf", 0), ("preview", 1)]
    by_kind = {m.kind: out / m.path for m in render(path, _TYPES[kind], [page], wanted, out)}
    with Image.open(by_kind["preview"]) as shown:
        assert shown.width > shown.height
        left, right = (shown.convert("L").crop((x, 0, x + 40, shown.height)) for x in (20, shown.width - 60))
        # Lines begin at the left edge of the sheet and end before the right one.
        assert min(left.get_flattened_data()) + 100 < min(right.get_flattened_data())
    assert by_kind["searchable_pdf"].stat().st_size < 400_000  # encoded as a photograph, not as raw tones


def test_colours_stay_what_they_are(tmp_path: Path) -> None:
    for kind in ("HEIF", "AVIF"):
        picture = Image.new("RGB", (128, 128), (200, 30, 40))
        with Image.open(io.BytesIO(photograph_file(picture, kind))) as opened:
            seen = opened.convert("RGB").getpixel((64, 64))
        assert isinstance(seen, tuple)
        assert all(abs(a - b) < 12 for a, b in zip(seen, (200, 30, 40), strict=True))


@pytest.mark.parametrize("kind", ["HEIF", "AVIF"])
def test_too_many_pixels_are_refused_before_they_are_decoded(tmp_path: Path, kind: str) -> None:
    path = tmp_path / _NAMES[kind]
    path.write_bytes(photograph_file(Image.new("L", (300, 300), 255).convert("RGB"), kind))
    result = _read(path, max_pixels=80_000)
    assert isinstance(result, Refusal)
    assert result.reason == "too_many_pixels"


def test_a_size_that_lies_is_refused(tmp_path: Path) -> None:
    data = photograph_file(Image.new("RGB", (64, 64), "white"), "HEIF")
    place = data.index(b"ispe") + 8
    path = tmp_path / "a.heic"
    for side, reason in ((30_000, "too_many_pixels"), (4000, "damaged")):
        path.write_bytes(data[:place] + side.to_bytes(4, "big") * 2 + data[place + 8 :])
        (result,) = read_broken(tmp_path / str(side), [path.read_bytes()], "a.heic")
        assert isinstance(result, Refusal)
        assert result.reason == reason


@pytest.mark.parametrize(
    ("brands", "media_type"),
    [
        (b"heic\0\0\0\0mif1heic", "image/heic"),
        (b"mif1\0\0\0\0mif1heic", "image/heic"),
        (b"mif1\0\0\0\0mif1avifmiaf", "image/avif"),
        (b"avif\0\0\0\0avifmif1", "image/avif"),
        (b"isom\0\0\2\0isomiso2", "video/x-video"),
    ],
)
def test_the_brands_tell_what_it_is(tmp_path: Path, brands: bytes, media_type: str) -> None:
    path = tmp_path / "a"
    path.write_bytes((len(brands) + 8).to_bytes(4, "big") + b"ftyp" + brands + b"\0\0\0\x20meta" + bytes(24))
    found = identify(path)
    assert isinstance(found, Identity)
    assert found.media_type == media_type


@pytest.mark.ocr
@pytest.mark.parametrize("kind", ["HEIF", "AVIF"])
def test_broken_photographs_are_read_or_refused(tmp_path: Path, kind: str) -> None:
    picture = _sheet().convert("RGB").resize((300, 173))
    data = photograph_file(picture, kind, **({"tile_size": 128} if kind == "HEIF" else {}))
    results = read_broken(tmp_path, broken(data, 24), _NAMES[kind])
    assert {r.reason for r in results if isinstance(r, Refusal)} <= {
        "damaged",
        "too_many_pixels",
        "unknown_format",
        "unsupported_format",
    }
    assert any(isinstance(r, Refusal) for r in results)
