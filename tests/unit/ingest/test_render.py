"""Renditions: the invisible words stand where the visible ones are, pictures stay what they were."""

import io
from pathlib import Path

import pikepdf
import pypdfium2 as pdfium
import pytest
from PIL import Image

from ingest.extract.pdf_words import page_words
from ingest.model import Page, Word
from ingest.render import render
from ingest.render.glyphless import add_font
from ingest.render.overlay import lay_over, shown_box

WORDS = (
    Word("Zażółć", (0.1, 0.1, 0.3, 0.13), 0.9, 0),
    Word("gęślą", (0.32, 0.1, 0.5, 0.13), 0.9, 0),
    Word("jaźń", (0.1, 0.5, 0.2, 0.54), 0.9, 1),
    Word("1234,56", (0.7, 0.9, 0.95, 0.93), 0.9, 2),
    Word("𝔸kta", (0.1, 0.7, 0.2, 0.73), 0.9, 3),
)


def _page(width: float, height: float, rotation: int = 0, number: int = 1) -> Page:
    return Page(number, width, height, "recognised", "tesseract", "5", "x", WORDS, 0.9, rotation=rotation)


def _words_of(pdf: Path, number: int = 1) -> dict[str, tuple[float, float, float, float]]:
    document = pdfium.PdfDocument(pdf)
    try:
        return {w.text: w.box for w in page_words(document[number - 1])[0]}
    finally:
        document.close()


def _assert_in_place(found: dict[str, tuple[float, float, float, float]]) -> None:
    for word in WORDS[:4]:
        assert word.text in found
        assert found[word.text] == pytest.approx(word.box, abs=0.012)


def _searchable(source: Path, media_type: str, pages: list[Page], tmp_path: Path) -> Path:
    out = tmp_path / "out"
    out.mkdir(exist_ok=True)
    made = render(source, media_type, pages, [("searchable_pdf", 0)], out)
    assert [m.kind for m in made] == ["searchable_pdf"]
    return out / made[0].path


@pytest.mark.parametrize("turned", [0, 90, 180, 270])
@pytest.mark.parametrize("crop", [None, (50, 20, 380, 500)])
def test_words_lie_over_their_boxes_however_the_page_is_turned_and_cropped(
    tmp_path: Path, turned: int, crop: tuple[int, int, int, int] | None
) -> None:
    pdf = pikepdf.new()
    pdf.add_blank_page(page_size=(400, 600))
    page = pdf.pages[0]
    if crop:
        page.cropbox = pikepdf.Array(crop)
    page.rotate(turned, relative=False)
    x0, y0, x1, y1 = shown_box(page)
    size = (y1 - y0, x1 - x0) if turned in (90, 270) else (x1 - x0, y1 - y0)
    lay_over(page, add_font(pdf), _page(*size))
    pdf.save(tmp_path / "a.pdf")
    _assert_in_place(_words_of(tmp_path / "a.pdf"))


def test_words_are_invisible_and_copy_in_order(tmp_path: Path) -> None:
    pdf = pikepdf.new()
    pdf.add_blank_page(page_size=(400, 600))
    lay_over(pdf.pages[0], add_font(pdf), _page(400, 600))
    pdf.save(tmp_path / "a.pdf")
    document = pdfium.PdfDocument(tmp_path / "a.pdf")
    assert document[0].render().to_pil().convert("L").getextrema() == (255, 255)
    text = document[0].get_textpage().get_text_range()
    assert text.split() == [w.text for w in WORDS]
    document.close()


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_a_photograph_keeps_its_bytes_and_is_turned_by_the_page(tmp_path: Path, rotation: int) -> None:
    picture = Image.effect_noise((300, 400), 60).convert("RGB")
    source = tmp_path / "a.jpg"
    picture.save(source, quality=70)
    size = (400.0, 300.0) if rotation in (90, 270) else (300.0, 400.0)
    result = _searchable(source, "image/jpeg", [_page(*size, rotation)], tmp_path)
    with pikepdf.open(result) as pdf:
        image = next(iter(pdf.pages[0].get_images().values()))
        assert image.read_raw_bytes() == source.read_bytes()
    document = pdfium.PdfDocument(result)
    assert document[0].get_size() == pytest.approx(size)
    document.close()
    _assert_in_place(_words_of(result))


def test_frames_of_a_tiff_become_pages_without_loss(tmp_path: Path) -> None:
    frames = [Image.effect_noise((200, 300), 80), Image.effect_noise((300, 200), 80)]
    source = tmp_path / "a.tif"
    frames[0].save(source, save_all=True, append_images=frames[1:])
    result = _searchable(
        source, "image/tiff", [_page(200, 300), _page(200, 300, rotation=90, number=2)], tmp_path
    )
    with pikepdf.open(result) as pdf:
        assert len(pdf.pages) == 2
        for frame, page in zip(frames, pdf.pages, strict=True):
            held = pikepdf.PdfImage(next(iter(page.get_images().values()))).as_pil_image()
            assert held.tobytes() == frame.tobytes()
    _assert_in_place(_words_of(result, 1))
    _assert_in_place(_words_of(result, 2))


@pytest.mark.parametrize(("name", "mode"), [("a.png", "RGBA"), ("a.webp", "RGB"), ("a.jpg", "CMYK")])
def test_what_pdf_cannot_hold_as_it_is_still_becomes_a_page(tmp_path: Path, name: str, mode: str) -> None:
    Image.new(mode, (200, 300)).save(tmp_path / name)
    kind = {"png": "image/png", "webp": "image/webp", "jpg": "image/jpeg"}[name[2:]]
    _assert_in_place(_words_of(_searchable(tmp_path / name, kind, [_page(200, 300)], tmp_path)))


def test_a_mirrored_photograph_is_shown_the_right_way_round(tmp_path: Path) -> None:
    picture = Image.new("L", (200, 300), 255)
    picture.paste(0, (0, 0, 100, 150))
    exif = Image.Exif()
    exif[0x0112] = 2
    picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT).save(tmp_path / "a.jpg", exif=exif)
    result = _searchable(tmp_path / "a.jpg", "image/jpeg", [_page(200, 300)], tmp_path)
    document = pdfium.PdfDocument(result)
    shown = document[0].render().to_pil().convert("L")
    assert shown.getpixel((20, 20)) < 60 < 200 < shown.getpixel((180, 20))
    document.close()


def test_a_recognised_page_of_a_pdf_gets_words_and_the_rest_stays(tmp_path: Path) -> None:
    pdf = pikepdf.new()
    for _ in range(2):
        pdf.add_blank_page(page_size=(400, 600))
    pdf.pages[1].Contents = pdf.make_stream(b"q 0.5 0 0 0.5 0 0 cm 0 0 10 10 re f Q")
    before = bytes(pdf.pages[0].Contents.read_bytes())
    pdf.save(tmp_path / "a.pdf")
    result = _searchable(tmp_path / "a.pdf", "application/pdf", [_page(600, 400, 90, 2)], tmp_path)
    with pikepdf.open(result) as made:
        assert bytes(made.pages[0].Contents.read_bytes()) == before
        assert int(made.pages[1].obj.Rotate) == 90
    _assert_in_place(_words_of(result, 2))


def test_a_pdf_with_a_good_text_layer_needs_no_other(tmp_path: Path) -> None:
    pdf = pikepdf.new()
    pdf.add_blank_page()
    pdf.save(tmp_path / "a.pdf")
    page = Page(1, 612, 792, "recognised", "pdf text layer", "1", "x", WORDS, 1.0)
    assert render(tmp_path / "a.pdf", "application/pdf", [page], [("searchable_pdf", 0)], tmp_path) == []


def test_a_paper_of_text_becomes_a_pdf_that_reads_the_same(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Zażółć")
    page = Page(1, 595, 842, "recognised", "text", "1", "x", WORDS[:4], 1.0)
    result = _searchable(tmp_path / "a.txt", "text/plain", [page], tmp_path)
    assert set(_words_of(result)) == {w.text for w in WORDS[:4]}
    document = pdfium.PdfDocument(result)
    assert document[0].render().to_pil().convert("L").getextrema()[0] < 100
    document.close()


@pytest.mark.parametrize(("kind", "side"), [("preview", 1400), ("thumbnail", 220)])
def test_pictures_for_the_screen_are_upright_and_of_their_size(tmp_path: Path, kind: str, side: int) -> None:
    Image.new("RGB", (3000, 2000), "white").save(tmp_path / "a.jpg")
    made = render(tmp_path / "a.jpg", "image/jpeg", [_page(200, 300, 90)], [(kind, 1)], tmp_path)
    with Image.open(io.BytesIO((tmp_path / made[0].path).read_bytes())) as shown:
        assert shown.format == "JPEG"
        assert max(shown.size) == side
        assert shown.height > shown.width


def test_a_page_that_is_not_there_is_left_out(tmp_path: Path) -> None:
    Image.new("RGB", (300, 200), "white").save(tmp_path / "a.jpg")
    wanted = [("preview", 7), ("thumbnail", 1)]
    made = render(tmp_path / "a.jpg", "image/jpeg", [_page(200, 300)], wanted, tmp_path)
    assert [m.kind for m in made] == ["thumbnail"]
