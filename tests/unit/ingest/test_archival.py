"""Searchable scans as PDF/A-2b: the clauses of ISO 19005-2 that such files touch, checked one by one."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from lxml import etree
from pikepdf import Array, Dictionary, Name
from PIL import Image, ImageCms

from ingest.model import Page, Word
from ingest.render import render
from ingest.render.archival import make_archival, srgb_profile
from tests.papers.make import generate

WORDS = (Word("Zażółć", (0.1, 0.1, 0.3, 0.13), 0.9, 0),)


def _page(number: int = 1, width: float = 595, height: float = 842) -> Page:
    return Page(number, width, height, "recognised", "tesseract", "5", "x", WORDS, 0.9)


def _searchable(source: Path, media_type: str, pages: list[Page], tmp_path: Path) -> Path:
    out = tmp_path / "out"
    out.mkdir(exist_ok=True)
    return out / render(source, media_type, pages, [("searchable_pdf", 0)], out)[0].path


def _check(path: Path) -> None:
    data = path.read_bytes()
    assert data[:8] in (b"%%PDF-1.%d" % n for n in range(4, 8))  # 6.1.2
    assert data[9:10] == b"%"
    assert all(byte > 127 for byte in data[10:14])
    with pikepdf.open(path) as pdf:
        assert not pdf.is_encrypted  # 6.1.3
        assert "/ID" in pdf.trailer
        assert "/Info" not in pdf.trailer  # 6.6.3: nothing that could contradict the metadata
        (intent,) = pdf.Root.OutputIntents  # 6.2.3
        assert intent.S == Name.GTS_PDFA1
        profile = ImageCms.ImageCmsProfile(io.BytesIO(intent.DestOutputProfile.read_bytes()))
        assert profile.profile.xcolor_space.strip() == "RGB"
        metadata = pdf.Root.Metadata  # 6.6.2
        assert "/Filter" not in metadata
        tree = etree.fromstring(metadata.read_bytes())
        said = {etree.QName(e).localname: e.text for e in tree.iter() if not len(e)}
        assert (said["part"], said["conformance"]) == ("2", "B")
        for key in ("/AA", "/OpenAction", "/Names", "/AcroForm", "/OCProperties"):
            assert key not in pdf.Root
        for page in pdf.pages:
            for picture in page.resources.XObject.values():
                assert not picture.get("/Interpolate", False)  # 6.2.8
                assert "/LZWDecode" not in str(picture.get("/Filter"))  # 6.1.7
            for font in (page.resources.get("/Font") or Dictionary()).values():
                (descendant,) = font.DescendantFonts  # 6.2.11
                assert len(descendant.FontDescriptor.FontFile2.read_bytes()) > 100
                assert len(descendant.CIDToGIDMap.read_bytes()) == 0x20000
                assert len(font.ToUnicode.read_bytes()) > 100


@pytest.mark.parametrize("mode", ["1", "L", "RGB", "P", "CMYK", "RGBA"])
@pytest.mark.parametrize("kind", ["png", "tiff", "jpeg"])
def test_a_scan_becomes_an_archival_file(tmp_path: Path, kind: str, mode: str) -> None:
    if mode in {"png": ("CMYK",), "jpeg": ("1", "P", "RGBA"), "tiff": ()}[kind]:
        return
    source = tmp_path / f"a.{kind}"
    Image.effect_noise((595, 842), 60).convert("RGB").convert(mode).save(source)
    target = _searchable(source, f"image/{kind}", [_page()], tmp_path)
    if mode == "CMYK":  # kept as it is, and what its colours mean is not known
        with pikepdf.open(target) as pdf:
            assert "/OutputIntents" not in pdf.Root
        return
    _check(target)


def test_a_scanned_pdf_becomes_an_archival_file_hardly_larger(tmp_path: Path) -> None:
    paper = generate("invoice", 3, "pl", "scan-pdf", 150)
    source = tmp_path / "a.pdf"
    source.write_bytes(paper.data)
    with pikepdf.open(source) as pdf:
        pages = [_page(n) for n in range(1, len(pdf.pages) + 1)]
    target = _searchable(source, "application/pdf", pages, tmp_path)
    _check(target)
    assert target.stat().st_size < source.stat().st_size * 1.05 + 20_000
    assert source.read_bytes() == paper.data


def test_the_same_scan_makes_the_same_bytes(tmp_path: Path) -> None:
    source = tmp_path / "a.png"
    Image.effect_noise((300, 400), 60).save(source)
    made = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        made.append(_searchable(source, "image/png", [_page()], tmp_path / name).read_bytes())
    assert made[0] == made[1]


def test_the_profile_is_one_that_the_standard_knows() -> None:
    profile = srgb_profile()
    assert profile[8] == 4
    assert profile[9] <= 0x30
    assert profile == srgb_profile()


def _scan() -> pikepdf.Pdf:
    pdf = pikepdf.new()
    pdf.add_blank_page(page_size=(400, 600))
    picture = pdf.make_stream(
        bytes(100), Type=Name.XObject, Subtype=Name.Image, Width=10, Height=10, BitsPerComponent=8
    )
    picture.ColorSpace = Name.DeviceGray
    pdf.pages[0].add_resource(picture, Name.XObject, Name.Im0)
    pdf.pages[0].contents_add(b"q 400 0 0 600 0 0 cm /Im0 Do Q")
    return pdf


def _resource(kind: str, value: Any) -> Callable[[pikepdf.Pdf], None]:
    def add(pdf: pikepdf.Pdf) -> None:
        pdf.pages[0].resources[kind] = Dictionary({"/X": value})

    return add


def _picture(key: str, value: Any) -> Callable[[pikepdf.Pdf], None]:
    def add(pdf: pikepdf.Pdf) -> None:
        pdf.pages[0].resources.XObject.Im0[key] = value

    return add


def _root(key: str, value: Any) -> Callable[[pikepdf.Pdf], None]:
    def add(pdf: pikepdf.Pdf) -> None:
        pdf.Root[key] = value

    return add


@pytest.mark.parametrize(
    "spoil",
    [
        _root("/OpenAction", Dictionary(S=Name.JavaScript, JS="x")),
        _root("/AcroForm", Dictionary()),
        _root("/Names", Dictionary()),
        _resource("/Font", Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica)),
        _resource("/Shading", Dictionary()),
        _resource("/ExtGState", Dictionary()),
        _picture("/ColorSpace", Name.DeviceCMYK),
        _picture("/ColorSpace", Array([Name.Separation, Name.X, Name.DeviceCMYK])),
        _picture("/Filter", Name.JPXDecode),
        _picture("/Filter", Name.LZWDecode),
        _picture("/Subtype", Name.Form),
        _picture("/SMask", Dictionary(Subtype=Name.Form)),
        lambda pdf: pdf.pages[0].contents_add(b"0 0 0 1 k"),
        lambda pdf: pdf.pages[0].obj.__setitem__("/Annots", Array([Dictionary(Subtype=Name.Link)])),
    ],
)
def test_what_is_no_plain_scan_claims_nothing(spoil: Callable[[pikepdf.Pdf], None]) -> None:
    assert make_archival(_scan())
    pdf = _scan()
    spoil(pdf)
    assert not make_archival(pdf)
    assert "/OutputIntents" not in pdf.Root
    assert "/Metadata" not in pdf.Root
