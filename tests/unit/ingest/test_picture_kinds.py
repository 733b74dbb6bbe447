"""Every way of storing a picture that offices meet is read, and shown as it is; broken ones are told."""

from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from PIL import Image

from ingest.extract.context import ReadContext
from ingest.extract.options import ReadOptions
from ingest.model import Page, Reading, Refusal
from ingest.read import read_file
from ingest.render import render
from tests.papers.broken import broken
from tests.papers.pictures import bitmaps, fax, saved, saved_tiffs, web_pictures, written_tiffs
from tests.unit.ingest.sandboxed import read_broken
from tests.unit.ingest.test_image import _sheet

Kinds = Callable[[Image.Image], dict[str, bytes]]


@cache
def _made(kinds: Kinds) -> dict[str, bytes]:
    return kinds(_sheet())


def _page(tmp_path: Path, data: bytes, name: str) -> tuple[Page, str]:
    path = tmp_path / name
    path.write_bytes(data)
    out = tmp_path / "out"
    out.mkdir()
    result = read_file(path, ReadContext(ReadOptions(second_reader=False), out, name))
    assert isinstance(result, Reading), result
    assert result.flags == ()
    assert result.total_pages == 1
    return result.pages[0], result.media_type


#: Small enough to be made once for naming the cases.
_NAMED = Image.new("L", (16, 8), 255)


@pytest.mark.ocr
@pytest.mark.parametrize(
    ("kinds", "name"),
    [
        pytest.param(kinds, name, id=f"{kinds.__name__}-{name}")
        for kinds in (written_tiffs, saved_tiffs, bitmaps, web_pictures)
        for name in kinds(_NAMED)
    ],
)
def test_every_kind_of_picture_is_read_and_shown(tmp_path: Path, kinds: Kinds, name: str) -> None:
    file_name = name if "." in name else name + (".bmp" if kinds is bitmaps else ".tif")
    page, media_type = _page(tmp_path, _made(kinds)[name], file_name)
    assert page.outcome == "recognised"
    assert "płatności 15 marca" in page.text  # letters that even a coarse fax keeps apart
    assert page.width > page.height
    out = tmp_path / "out"
    made = render(tmp_path / file_name, media_type, [page], [("searchable_pdf", 0), ("preview", 1)], out)
    assert [m.kind for m in made] == ["searchable_pdf", "preview"]
    with Image.open(out / made[1].path) as shown:
        assert shown.width > shown.height
        assert shown.convert("L").resize((1, 1)).getpixel((0, 0)) > 200  # type: ignore[operator]  # dark on light


@pytest.mark.ocr
def test_a_fax_is_shown_in_its_true_proportions(tmp_path: Path) -> None:
    page, media_type = _page(tmp_path, fax(_sheet()), "fax.tif")
    assert page.width / page.height == pytest.approx(900 / 520, rel=0.02)
    (made,) = render(tmp_path / "fax.tif", media_type, [page], [("preview", 1)], tmp_path / "out")
    with Image.open(tmp_path / "out" / made.path) as shown:
        assert shown.width / shown.height == pytest.approx(900 / 520, rel=0.02)


def test_proportions_that_cannot_be_are_not_believed(tmp_path: Path) -> None:
    data = saved(Image.new("1", (400, 200), 1), "TIFF", dpi=(1200, 75))
    page, _ = _page(tmp_path, data, "a.tif")
    assert page.width / page.height == pytest.approx(2.0)


def test_stretching_a_fax_cannot_make_it_too_large(tmp_path: Path) -> None:
    data = saved(Image.new("1", (400, 200), 1), "TIFF", dpi=(400, 100))
    path = tmp_path / "a.tif"
    path.write_bytes(data)
    options = ReadOptions(max_pixels=100_000)
    result = read_file(path, ReadContext(options, tmp_path, "a.tif"))
    assert isinstance(result, Refusal)
    assert result.reason == "too_many_pixels"


@pytest.mark.ocr
@pytest.mark.parametrize(
    ("kinds", "name"),
    [
        (saved_tiffs, "group3"),
        (saved_tiffs, "group4"),
        (saved_tiffs, "tiff_lzw"),
        (saved_tiffs, "jpeg"),
        (saved_tiffs, "tiff_adobe_deflate"),
        (written_tiffs, "sixteen-bits"),
        (written_tiffs, "palette-4"),
        (bitmaps, "run-lengths"),
        (bitmaps, "four-bits"),
        (web_pictures, "moving.gif"),
        (web_pictures, "moving.webp"),
        (web_pictures, "palette.png"),
    ],
)
def test_broken_pictures_are_read_or_refused(tmp_path: Path, kinds: Kinds, name: str) -> None:
    small = _sheet().resize((180, 104))
    results = read_broken(tmp_path, broken(kinds(small)[name], 12), name)
    reasons = {r.reason for r in results if isinstance(r, Refusal)}
    assert reasons <= {
        "damaged",
        "too_many_pixels",
        "unknown_format",
        "empty",
        "expands_too_much",
        "executable",
    }
    assert any(
        isinstance(r, Refusal) or "damaged" in r.flags or r.pages[0].outcome == "failed" for r in results
    )
