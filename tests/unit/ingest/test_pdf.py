"""PDFs: the text layer where it can be believed, recognition where not, and what else a file carries."""

import io
import zlib
from collections.abc import Callable
from pathlib import Path

import pikepdf
import pytest
from fpdf import FPDF
from pikepdf import Array, Dictionary, Name, String
from PIL import Image, ImageDraw, ImageFont

from ingest.extract.context import ReadContext
from ingest.extract.options import ReadOptions
from ingest.extract.pdf_words import layer_is_good
from ingest.model import Reading, Refusal, Word
from ingest.read import read_file
from ingest.render.overlay import text_font

LINES = ("Faktura VAT numer 12/2026", "Razem do zapłaty 1234,56", "Termin płatności 15 marca", "Dziękujemy")


def _text_pdf(lines: tuple[str, ...] = LINES, pages: int = 1) -> bytes:
    pdf = FPDF(unit="pt", format=(400, 600))
    pdf.add_font("f", fname=text_font())
    pdf.set_auto_page_break(False)
    for _ in range(pages):
        pdf.add_page()
        pdf.set_font("f", size=14)
        for index, line in enumerate(lines):
            pdf.text(40, 100 + 50 * index, line)
    return bytes(pdf.output())


def _scan_pdf(stamp: str = "") -> bytes:
    picture = Image.new("L", (1000, 1500), 255)
    draw = ImageDraw.Draw(picture)
    font = ImageFont.truetype(str(text_font()), 44)
    for index, line in enumerate(LINES):
        draw.text((100, 300 + 150 * index), line, fill=0, font=font)
    pdf = FPDF(unit="pt", format=(400, 600))
    pdf.add_page()
    pdf.image(picture, 0, 0, 400, 600)
    if stamp:
        pdf.set_font("helvetica", size=8)
        pdf.text(20, 20, stamp)
    return bytes(pdf.output())


def _read(tmp_path: Path, data: bytes, **options: object) -> Reading | Refusal:
    (tmp_path / "a.pdf").write_bytes(data)
    out = tmp_path / "out"
    out.mkdir(exist_ok=True)
    return read_file(tmp_path / "a.pdf", ReadContext(ReadOptions(**options), out, "a.pdf"))  # type: ignore[arg-type]


def _reading(tmp_path: Path, data: bytes, **options: object) -> Reading:
    result = _read(tmp_path, data, **options)
    assert isinstance(result, Reading)
    return result


def _changed(data: bytes, change: Callable[[pikepdf.Pdf], None], **save: object) -> bytes:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(data)) as pdf:
        change(pdf)
        pdf.save(out, **save)  # type: ignore[arg-type]
    return out.getvalue()


# -- the text layer ---------------------------------------------------------------


def test_the_text_layer_is_read_with_its_words_in_place(tmp_path: Path) -> None:
    (page,) = _reading(tmp_path, _text_pdf()).pages
    assert (page.outcome, page.reader, page.confidence) == ("recognised", "pdf text layer", 1.0)
    assert page.text.splitlines() == list(LINES)
    where = {w.text: w for w in page.words}
    x0, _, _, y1 = where["Razem"].box
    assert (x0, y1) == (pytest.approx(0.1, abs=0.01), pytest.approx(0.25, abs=0.01))
    assert [where[w].line for w in ("Faktura", "zapłaty", "Termin", "Dziękujemy")] == [0, 1, 2, 3]


@pytest.mark.parametrize(("turned", "x", "y"), [(90, 0.75, 0.1), (180, 0.9, 0.75), (270, 0.25, 0.9)])
def test_boxes_follow_the_rotation_of_the_page(tmp_path: Path, turned: int, x: float, y: float) -> None:
    data = _changed(_text_pdf(), lambda pdf: pdf.pages[0].rotate(turned, relative=False))
    (page,) = _reading(tmp_path, data).pages
    assert (page.width, page.height) == ((600, 400) if turned in (90, 270) else (400, 600))
    box = next(w.box for w in page.words if w.text == "Razem")
    near_x = box[2] if turned in (90, 180) else box[0]
    near_y = box[1] if turned == 90 else box[3] if turned == 270 else box[1]
    # The corner where the word begins, on its baseline.
    assert near_x == pytest.approx(x, abs=0.03)
    assert near_y == pytest.approx(y, abs=0.03)


def test_boxes_follow_the_crop_box(tmp_path: Path) -> None:
    def crop(pdf: pikepdf.Pdf) -> None:
        pdf.pages[0].cropbox = Array([0, 300, 200, 600])

    (page,) = _reading(tmp_path, _changed(_text_pdf(), crop)).pages
    assert (page.width, page.height) == (200, 300)
    box = next(w.box for w in page.words if w.text == "Faktura")
    assert (box[0], box[3]) == (pytest.approx(0.2, abs=0.01), pytest.approx(1 / 3, abs=0.01))


def _words(text: str) -> tuple[Word, ...]:
    return tuple(Word(w, (0.1, 0.1, 0.2, 0.12), 1.0, 0) for w in text.split())


@pytest.mark.parametrize(
    ("text", "good"),
    [
        ("Invoice number 12/2026 of 3 March, to be paid by transfer", True),
        ("Należność 1 234,56 zł płatna przelewem", True),
        ("PL 61 1090 1014 0000 0712 1981 2874", True),
        ("", False),
        ("\ue001\ue002\ue003 \ue004\ue005 \ue010\ue011\ue012", False),
        ("\ufffd\ufffd\ufffd\ufffd nr \ufffd\ufffd", False),
        ("!\"#$%& '()*+,- ./:;<= >?@[\\] ^_`{|} ~!\"#$ %&'()* +,-./: ;<=>?", False),
        (" ".join(["Tojestzdaniebezodstępówktóremasię"] * 8), False),
    ],
)
def test_a_layer_is_believed_if_it_looks_like_language(text: str, good: bool) -> None:
    assert layer_is_good(text, _words(text)) is good


@pytest.mark.ocr
def test_a_page_whose_letters_mean_nothing_is_recognised(tmp_path: Path) -> None:
    def spoil(pdf: pikepdf.Pdf) -> None:
        font = next(iter(pdf.pages[0].resources.Font.values()))
        cmap = bytes(font.ToUnicode.read_bytes())
        spoiled = b"\n".join(
            line[: line.rindex(b"<")] + b"<E0" + line[line.rindex(b"<") + 3 :]
            if line.startswith(b"<") and line.count(b"<") >= 2 and b"FFFF" not in line.upper()
            else line
            for line in cmap.splitlines()
        )
        font.ToUnicode = pdf.make_stream(spoiled)

    (page,) = _reading(tmp_path, _changed(_text_pdf(), spoil)).pages
    assert page.reader == "tesseract"
    assert "zapłaty" in page.text


@pytest.mark.ocr
@pytest.mark.parametrize("stamp", ["", "Fax from 22 555 01 02 to 22 555 03 04 on 2026-03-01 page 1 of 1"])
def test_a_scan_is_recognised_even_under_a_stamp(tmp_path: Path, stamp: str) -> None:
    (page,) = _reading(tmp_path, _scan_pdf(stamp)).pages
    assert page.reader == "tesseract"
    assert "zapłaty" in page.text
    assert page.confidence is not None
    assert page.confidence > 0.6
    assert list((tmp_path / "out").iterdir()) == []


@pytest.mark.ocr
def test_a_scan_on_its_side_is_turned(tmp_path: Path) -> None:
    data = _changed(_scan_pdf(), lambda pdf: pdf.pages[0].rotate(90, relative=False))
    (page,) = _reading(tmp_path, data).pages
    assert (page.rotation, page.width, page.height) == (270, 400, 600)
    assert "zapłaty" in page.text


# -- pages ----------------------------------------------------------------------------


def test_pages_are_handed_over_one_by_one_and_read_ones_are_skipped(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(_text_pdf(pages=3))
    seen: list[tuple[int, int]] = []
    context = ReadContext(
        ReadOptions(),
        tmp_path,
        "a.pdf",
        frozenset({2}),
        lambda page, total: seen.append((page.number, total)),
    )
    result = read_file(tmp_path / "a.pdf", context)
    assert isinstance(result, Reading)
    assert seen == [(1, 3), (3, 3)]


def test_pages_beyond_the_limit_are_told(tmp_path: Path) -> None:
    result = _reading(tmp_path, _text_pdf(pages=3), max_pages=2)
    assert (len(result.pages), result.total_pages, result.flags) == (2, 3, ("partly_read",))


def test_an_empty_page_is_blank(tmp_path: Path) -> None:
    pdf = FPDF()
    pdf.add_page()
    assert [p.outcome for p in _reading(tmp_path, bytes(pdf.output())).pages] == ["blank"]


def test_no_pages(tmp_path: Path) -> None:
    def empty(pdf: pikepdf.Pdf) -> None:
        del pdf.pages[0]

    result = _read(tmp_path, _changed(_text_pdf(), empty))
    assert isinstance(result, Refusal)
    assert result.reason in ("no_pages", "damaged")


def test_rubble_is_damaged(tmp_path: Path) -> None:
    result = _read(tmp_path, b"%PDF-1.7\nrubble\n%%EOF")
    assert isinstance(result, Refusal)
    assert result.reason == "damaged"


def test_a_lost_table_of_objects_is_repaired_and_told(tmp_path: Path) -> None:
    data = _text_pdf()
    result = _reading(tmp_path, data[: data.rindex(b"xref\n0")])
    assert "zapłaty" in result.text
    assert "damaged" in result.flags


# -- locks ------------------------------------------------------------------------------


def _locked(user: str) -> bytes:
    return _changed(_text_pdf(), lambda pdf: None, encryption=pikepdf.Encryption(user=user, owner="owner"))


def test_a_locked_file_needs_its_password(tmp_path: Path) -> None:
    assert _read(tmp_path, _locked("sezam")) == Refusal("needs_password")
    assert _read(tmp_path, _locked("sezam"), password="wrong") == Refusal("needs_password")
    assert "zapłaty" in _reading(tmp_path, _locked("sezam"), password="sezam").text


def test_one_that_opens_by_itself_is_only_flagged(tmp_path: Path) -> None:
    result = _reading(tmp_path, _locked(""))
    assert "zapłaty" in result.text
    assert result.flags == ("encrypted_open",)


# -- what else is inside --------------------------------------------------------------------


def _script(pdf: pikepdf.Pdf) -> None:
    pdf.Root.OpenAction = Dictionary(S=Name.JavaScript, JS=String("app.alert(1)"))


def _launch(pdf: pikepdf.Pdf) -> None:
    link = Dictionary(Subtype=Name.Link, Rect=[0, 0, 9, 9], A=Dictionary(S=Name.Launch, F=String("a.exe")))
    pdf.pages[0].Annots = Array([pdf.make_indirect(link)])


def _phone_home(pdf: pikepdf.Pdf) -> None:
    pdf.Root.OpenAction = Dictionary(S=Name.URI, URI=String("http://tracker.example/"))


def _link(pdf: pikepdf.Pdf) -> None:
    link = Dictionary(
        Subtype=Name.Link, Rect=[0, 0, 9, 9], A=Dictionary(S=Name.URI, URI=String("http://a.example"))
    )
    pdf.pages[0].Annots = Array([pdf.make_indirect(link)])


@pytest.mark.parametrize(
    ("change", "flags"),
    [
        (_script, ("active_content",)),
        (_launch, ("active_content",)),
        (_phone_home, ("external_references",)),
        (_link, ()),
    ],
)
def test_what_would_act_is_flagged_and_a_mere_link_is_not(
    tmp_path: Path, change: Callable[[pikepdf.Pdf], None], flags: tuple[str, ...]
) -> None:
    assert _reading(tmp_path, _changed(_text_pdf(), change)).flags == flags


def test_a_form_that_only_a_program_can_show_is_no_paper(tmp_path: Path) -> None:
    def dynamic(pdf: pikepdf.Pdf) -> None:
        pdf.Root.AcroForm = Dictionary(Fields=Array([]), XFA=pdf.make_stream(b"<xdp/>"))

    assert _read(tmp_path, _changed(_text_pdf(), dynamic)) == Refusal("active_page", {"detail": "XFA"})


@pytest.mark.parametrize("xfa", [False, True])
def test_values_of_form_fields_are_in_the_text(tmp_path: Path, xfa: bool) -> None:
    def form(pdf: pikepdf.Pdf) -> None:
        font = pdf.make_indirect(
            Dictionary(
                Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica, Encoding=Name.WinAnsiEncoding
            )
        )
        field = pdf.make_indirect(
            Dictionary(
                Type=Name.Annot,
                Subtype=Name.Widget,
                FT=Name.Tx,
                T=String("name"),
                V=String("Kowalska"),
                Rect=[40, 100, 240, 120],
                DA=String("/F1 12 Tf 0 g"),
                F=4,
            )
        )
        pdf.pages[0].Annots = Array([field])
        pdf.Root.AcroForm = Dictionary(
            Fields=Array([field]),
            DR=Dictionary(Font=Dictionary(F1=font)),
            DA=String("/F1 12 Tf 0 g"),
            NeedAppearances=True,
        )
        if xfa:
            pdf.Root.AcroForm.XFA = pdf.make_stream(b"<xdp/>")

    result = _reading(tmp_path, _changed(_text_pdf(), form))
    assert "Kowalska" in result.text
    assert ("active_content" in result.flags) is xfa


def test_attached_and_pinned_files_become_children(tmp_path: Path) -> None:
    def attach(pdf: pikepdf.Pdf) -> None:
        pdf.attachments["../umowa.txt"] = b"tresc umowy"
        held = pdf.make_stream(b"pinned", Type=Name.EmbeddedFile)
        pin = Dictionary(
            Subtype=Name.FileAttachment,
            Rect=[0, 0, 9, 9],
            FS=Dictionary(Type=Name.Filespec, F=String("b.txt"), EF=Dictionary(F=held)),
        )
        pdf.pages[0].Annots = Array([pdf.make_indirect(pin)])

    result = _reading(tmp_path, _changed(_text_pdf(), attach))
    found = {c.name: (tmp_path / "out" / c.path).read_bytes() for c in result.children}
    assert found == {"umowa.txt": b"tresc umowy", "b.txt": b"pinned"}
    assert result.flags == ("attachments",)


def test_an_attached_invoice_states_the_fields(tmp_path: Path) -> None:
    namespace = "urn:un:unece:uncefact:data:standard:"
    xml = f"""<?xml version="1.0"?>
<rsm:CrossIndustryInvoice xmlns:rsm="{namespace}CrossIndustryInvoice:100"
 xmlns:ram="{namespace}ReusableAggregateBusinessInformationEntity:100"
 xmlns:udt="{namespace}UnqualifiedDataType:100">
<rsm:ExchangedDocument><ram:ID>FV 12/2026</ram:ID><ram:TypeCode>380</ram:TypeCode><ram:IssueDateTime>
<udt:DateTimeString format="102">20260301</udt:DateTimeString></ram:IssueDateTime></rsm:ExchangedDocument>
</rsm:CrossIndustryInvoice>"""

    def attach(pdf: pikepdf.Pdf) -> None:
        pdf.attachments["factur-x.xml"] = xml.encode()

    result = _reading(tmp_path, _changed(_text_pdf(), attach))
    assert result.structured is not None
    assert result.structured.syntax.startswith("CII")
    assert "FV 12/2026" in result.structured.fields.values()
    assert result.children == ()
    assert [c.name for c in result.parts] == ["factur-x.xml"]


# -- monsters -----------------------------------------------------------------------------


@pytest.mark.parametrize("times", [1, 2])
def test_a_drawing_that_unpacks_without_end_is_refused(tmp_path: Path, times: int) -> None:
    data = b"0 0 m " * 8_000_000
    for _ in range(times):
        data = zlib.compress(data, 9)

    def bomb(pdf: pikepdf.Pdf) -> None:
        stream = pdf.make_stream(b"")
        stream.write(data, filter=Array([Name.FlateDecode] * times))
        pdf.pages[0].Contents = stream

    result = _read(tmp_path, _changed(_text_pdf(), bomb))
    assert isinstance(result, Refusal)
    assert result.reason == "expands_too_much"


def test_a_picture_of_too_many_pixels_is_refused_before_it_is_decoded(tmp_path: Path) -> None:
    def monster(pdf: pikepdf.Pdf) -> None:
        picture = pdf.make_stream(zlib.compress(b"\0" * 1000))
        picture.update(
            Dictionary(
                Type=Name.XObject,
                Subtype=Name.Image,
                Width=30_000,
                Height=30_000,
                BitsPerComponent=1,
                ColorSpace=Name.DeviceGray,
                Filter=Name.FlateDecode,
            )
        )
        pdf.pages[0].Resources = Dictionary(XObject=Dictionary(I=picture))
        pdf.pages[0].Contents = pdf.make_stream(b"q 400 0 0 600 0 0 cm /I Do Q")

    result = _read(tmp_path, _changed(_text_pdf(), monster))
    assert isinstance(result, Refusal)
    assert result.reason == "too_many_pixels"


def test_a_page_beyond_all_measure_is_not_drawn_but_its_text_is_read(tmp_path: Path) -> None:
    def vast(pdf: pikepdf.Pdf) -> None:
        for page in pdf.pages:
            page.mediabox = Array([0, 0, 1_000_000, 1_000_000])
        pdf.pages[1].Contents = pdf.make_stream(b"0 0 5 5 re f")

    pages = _reading(tmp_path, _changed(_text_pdf(pages=2), vast)).pages
    assert [p.outcome for p in pages] == ["recognised", "failed"]
    assert "zapłaty" in pages[0].text
