"""Pictures of every kind become pages; broken and monstrous ones are told apart."""

import zlib
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFont

from ingest.extract.context import ReadContext
from ingest.extract.image import plain, resolution
from ingest.extract.options import ReadOptions
from ingest.model import Page, Reading, Refusal
from ingest.read import read_file
from ingest.render.overlay import text_font

LINES = ("Faktura VAT numer 12/2026", "Razem do zapłaty 1234,56", "Termin płatności 15 marca", "Dziękujemy")


def _sheet() -> Image.Image:
    picture = Image.new("L", (900, 520), 255)
    draw = ImageDraw.Draw(picture)
    font = ImageFont.truetype(str(text_font()), 44)
    for index, line in enumerate(LINES):
        draw.text((50, 50 + 110 * index), line, fill=0, font=font)
    return picture


def _read(path: Path, **options: int) -> Reading | Refusal:
    out = path.parent / "out"
    out.mkdir(exist_ok=True)
    result = read_file(path, ReadContext(ReadOptions(**options), out, path.name))  # type: ignore[arg-type]
    assert list(out.iterdir()) == []  # nothing is left behind
    return result


def _pages(result: Reading | Refusal) -> tuple[Page, ...]:
    assert isinstance(result, Reading)
    return result.pages


def _sixteen_bits(picture: Image.Image) -> Image.Image:
    return picture.convert("I").point(lambda v: v * 257).convert("I;16")


def _transparent(picture: Image.Image) -> Image.Image:
    black = Image.new("RGBA", picture.size, "black")
    black.putalpha(picture.point(lambda v: 255 - v))
    return black


@pytest.mark.ocr
@pytest.mark.parametrize(
    "name",
    ["a.png", "a.jpg", "a.webp", "a.gif", "a.bmp", "a.jp2", "a.tif", "g4.tif", "cmyk.jpg", "alpha.png"],
)
def test_every_format_and_mode_is_read(tmp_path: Path, name: str) -> None:
    picture = _sheet()
    if name == "g4.tif":
        picture.convert("1").save(tmp_path / name, compression="group4")
    elif name == "cmyk.jpg":
        picture.convert("CMYK").save(tmp_path / name)
    elif name == "alpha.png":
        _transparent(picture).save(tmp_path / name)
    else:
        picture.save(tmp_path / name)
    (page,) = _pages(_read(tmp_path / name))
    assert page.outcome == "recognised"
    assert "zapłaty" in page.text
    assert page.reader == "tesseract"


@pytest.mark.parametrize("mode", ["1", "P", "LA", "RGBA", "CMYK", "I", "F", "YCbCr", "LAB"])
def test_whatever_the_mode_black_stays_black_and_white_white(mode: str) -> None:
    picture = Image.new("L", (20, 10), 255)
    picture.paste(0, (0, 0, 10, 10))
    source = picture.convert("RGB").convert("LAB") if mode == "LAB" else picture.convert(mode)
    shown = plain(source).convert("L")
    assert shown.getpixel((2, 2)) <= 10
    assert shown.getpixel((17, 2)) >= 245


def test_sixteen_bits_are_not_cut_off() -> None:
    picture = Image.linear_gradient("L")
    shown = plain(_sixteen_bits(picture))
    assert shown.getextrema() == (0, 255)
    assert shown.getpixel((10, 128)) == pytest.approx(128, abs=2)


def test_what_is_transparent_is_paper() -> None:
    assert plain(Image.new("RGBA", (4, 4), (0, 0, 0, 0))).getpixel((1, 1)) == (255, 255, 255)


@pytest.mark.ocr
def test_frames_are_pages_with_empty_backs_and_what_was_read_before_is_skipped(tmp_path: Path) -> None:
    frames = [_sheet(), Image.new("L", (900, 520), 255), _sheet()]
    frames[0].save(tmp_path / "a.tif", save_all=True, append_images=frames[1:])
    pages = _pages(_read(tmp_path / "a.tif"))
    assert [(p.number, p.outcome) for p in pages] == [(1, "recognised"), (2, "blank"), (3, "recognised")]
    seen: list[tuple[int, int]] = []
    context = ReadContext(
        ReadOptions(),
        tmp_path,
        "a.tif",
        frozenset({1}),
        lambda page, total: seen.append((page.number, total)),
    )
    assert isinstance(read_file(tmp_path / "a.tif", context), Reading)
    assert seen == [(2, 3), (3, 3)]


def test_pages_beyond_the_limit_are_told(tmp_path: Path) -> None:
    blank = Image.new("L", (100, 100), 255)
    blank.save(tmp_path / "a.tif", save_all=True, append_images=[blank] * 4)
    result = _read(tmp_path / "a.tif", max_pages=2)
    assert isinstance(result, Reading)
    assert (len(result.pages), result.total_pages, result.flags) == (2, 5, ("partly_read",))


@pytest.mark.ocr
@pytest.mark.parametrize(
    ("orientation", "made", "rotation"),
    [
        (3, Image.Transpose.ROTATE_180, 180),
        (6, Image.Transpose.ROTATE_90, 90),
        (8, Image.Transpose.ROTATE_270, 270),
        (2, Image.Transpose.FLIP_LEFT_RIGHT, 0),
    ],
)
def test_a_photograph_is_read_as_it_was_held(
    tmp_path: Path, orientation: int, made: Image.Transpose, rotation: int
) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    _sheet().transpose(made).save(tmp_path / "a.jpg", exif=exif, quality=90)
    (page,) = _pages(_read(tmp_path / "a.jpg"))
    assert "zapłaty" in page.text
    assert page.rotation == rotation
    assert page.width > page.height


@pytest.mark.ocr
@pytest.mark.parametrize("turned", [90, 180, 270])
def test_a_scan_that_lies_wrong_is_turned(tmp_path: Path, turned: int) -> None:
    _sheet().rotate(-turned, expand=True, fillcolor=255).save(tmp_path / "a.png")
    (page,) = _pages(_read(tmp_path / "a.png"))
    assert page.rotation == (360 - turned) % 360
    assert "zapłaty" in page.text
    assert page.width > page.height


@pytest.mark.ocr
def test_of_a_truncated_picture_what_is_there_is_read(tmp_path: Path) -> None:
    _sheet().save(tmp_path / "whole.jpg")
    data = (tmp_path / "whole.jpg").read_bytes()
    (tmp_path / "a.jpg").write_bytes(data[: len(data) * 7 // 10])
    result = _read(tmp_path / "a.jpg")
    assert "Faktura" in _pages(result)[0].text
    assert isinstance(result, Reading)
    assert "damaged" in result.flags


@pytest.mark.parametrize("size", [(1, 1), (3, 500), (200, 200)])
def test_an_empty_or_tiny_picture_is_blank(tmp_path: Path, size: tuple[int, int]) -> None:
    Image.new("RGB", size, "white").save(tmp_path / "a.png")
    assert [p.outcome for p in _pages(_read(tmp_path / "a.png"))] == ["blank"]


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.tif", "a.gif", "a.bmp", "a.webp"])
def test_too_many_pixels_are_refused(tmp_path: Path, name: str) -> None:
    Image.new("L", (300, 300), 255).save(tmp_path / name)
    result = _read(tmp_path / name, max_pixels=80_000)
    assert isinstance(result, Refusal)
    assert result.reason == "too_many_pixels"


def test_a_huge_second_frame_fails_alone(tmp_path: Path) -> None:
    first, second = Image.new("L", (100, 100), 255), Image.new("L", (500, 500), 255)
    first.save(tmp_path / "a.tif", save_all=True, append_images=[second])
    pages = _pages(_read(tmp_path / "a.tif", max_pixels=80_000))
    assert [(p.outcome, p.error) for p in pages] == [("blank", None), ("failed", "500 × 500 pixels")]


def _chunk(kind: bytes, data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")


def test_a_text_chunk_that_unpacks_without_end_is_refused(tmp_path: Path) -> None:
    Image.new("L", (20, 20), 255).save(tmp_path / "b.png")
    data = (tmp_path / "b.png").read_bytes()
    bomb = _chunk(b"zTXt", b"Comment\0\0" + zlib.compress(b"\0" * 8_000_000))
    (tmp_path / "a.png").write_bytes(data[:33] + bomb + data[33:])
    result = _read(tmp_path / "a.png")
    assert isinstance(result, Refusal)
    assert result.reason == "expands_too_much"


@pytest.mark.parametrize(
    "data",
    [
        b"\xff\xd8\xff\xe0\x00\x10JFIF\0" + b"\0" * 50,
        b"\x89PNG\r\n\x1a\n" + b"\0" * 60,
        b"II*\0\x08\0\0\0\0\0",
    ],
)
def test_rubble_is_damaged(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a").write_bytes(data)
    result = _read(tmp_path / "a")
    assert isinstance(result, Refusal)
    assert result.reason == "damaged"


def test_broken_exif_stops_nothing(tmp_path: Path) -> None:
    Image.new("L", (100, 100), 255).save(tmp_path / "a.jpg", exif=b"Exif\0\0MM\0*\xff\xff\xff\xff")
    assert [p.outcome for p in _pages(_read(tmp_path / "a.jpg"))] == ["blank"]


@pytest.mark.parametrize(
    ("said", "expected"), [((300, 300), 300), ((1, 1), 100), (("x", 1), 100), ((), 100), ((9999, 9999), 100)]
)
def test_a_resolution_that_cannot_be_is_guessed(said: tuple[object, ...], expected: int) -> None:
    picture = Image.new("L", (800, 1100))
    picture.info["dpi"] = said
    assert resolution(picture) == expected
