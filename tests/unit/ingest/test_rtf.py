"""Rich text as word processors of many years wrote it."""

from pathlib import Path

import pytest

from ingest.extract.context import ReadContext
from ingest.extract.options import ReadOptions
from ingest.extract.rtf import extract
from ingest.model import Reading, Refusal
from tests.papers.broken import broken
from tests.unit.ingest.sandboxed import read_broken


def _read(tmp_path: Path, data: bytes) -> Reading:
    path = tmp_path / "in"
    path.write_bytes(data)
    result = extract(path, "application/rtf", ReadContext(ReadOptions(), tmp_path, "a.rtf"))
    assert isinstance(result, Reading)
    return result


def _lines(tmp_path: Path, data: bytes) -> list[str]:
    return [" ".join(line.split()) for line in _read(tmp_path, data).text.splitlines() if line.strip()]


FONTS = (
    rb"{\fonttbl{\f0\fswiss\fcharset0 Arial;}{\f1\fswiss\fcharset238{\*\fname Arial;}Arial CE;}"
    rb"{\f2 Times New Roman CE;}}"
)
JAZN = rb"Za\'bf\'f3\'b3\'e6 g\'ea\'9cl\'b9 ja\'9f\'f1"


@pytest.mark.parametrize("font", [b"\\f1", b"\\f2"])
def test_letters_are_those_of_the_font(tmp_path: Path, font: bytes) -> None:
    data = (
        rb"{\rtf1\ansi\ansicpg1252\deff0"
        + FONTS
        + b"\\f0 B\\'fcro {"
        + font
        + b" "
        + JAZN
        + rb"} \'e9t\'e9\par}"
    )
    assert _lines(tmp_path, data) == ["Büro Zażółć gęślą jaźń été"]


def test_the_first_font_and_plain_text_count_too(tmp_path: Path) -> None:
    data = rb"{\rtf1\ansi\ansicpg1252\deff1" + FONTS + JAZN + rb"\par\f0\'e9\plain " + JAZN + rb"\par}"
    assert _lines(tmp_path, data) == ["Zażółć gęślą jaźń", "éZażółć gęślą jaźń"]


def test_letters_that_nobody_escaped(tmp_path: Path) -> None:
    data = rb"{\rtf1\ansi\ansicpg1250 " + "Zażółć".encode("cp1250") + rb"\par}"
    assert _lines(tmp_path, data) == ["Zażółć"]


def test_old_code_pages(tmp_path: Path) -> None:
    assert _lines(tmp_path, rb"{\rtf1\mac caf\'8e\par}") == ["café"]
    assert _lines(tmp_path, rb"{\rtf1\pc caf\'82\par}") == ["café"]
    assert _lines(tmp_path, rb"{\rtf1\ansi\ansicpg99999 a\'e9\par}") == ["aé"]


def test_raw_bytes_of_a_picture_are_stepped_over(tmp_path: Path) -> None:
    data = rb"{\rtf1 przed {\pict\pngblip\bin12 }}}{{{\rtf\'}po\par}"
    assert _lines(tmp_path, data) == ["przed po"]


def test_deleted_text_is_left_out_and_notes_and_margins_are_kept(tmp_path: Path) -> None:
    data = (
        rb"{\rtf1{\header Firma\par}Zostaje{\deleted  znika\'e9\u347?} to\deleted  i to\deleted0 .\par"
        rb"Kwota{\super 1}{\footnote Przypis}\par{\footer Strona\par}}"
    )
    assert _lines(tmp_path, data) == ["Firma", "Zostaje to.", "Kwota1Przypis", "Strona"]


def test_tables_stay_tables(tmp_path: Path) -> None:
    def row(*cells: bytes) -> bytes:
        return (
            rb"\trowd\cellx1000\cellx2000\pard\intbl " + b"".join(c + rb"\cell " for c in cells) + b"\\row\n"
        )

    data = (
        rb"{\rtf1 Wykaz\par "
        + row(b"Nazwa", b"Kwota")
        + row(rb"Papier\par A4", b"12,00")
        + rb"\pard Razem\par}"
    )
    reading = _read(tmp_path, data)
    assert [line for line in reading.text.splitlines() if line] == [
        "Wykaz",
        "Nazwa      Kwota",
        "Papier A4  12,00",
        "Razem",
    ]


def test_broken_ones_are_read_or_refused(tmp_path: Path) -> None:
    data = (
        rb"{\rtf1\ansi\ansicpg1252\deff1"
        + FONTS
        + (JAZN + rb"\par{\b \u347?\bin3 abc}" + b"\\row\\cell ") * 20
        + b"}"
    )
    results = read_broken(tmp_path, broken(data, 30), "a.rtf")
    reasons = {r.reason for r in results if isinstance(r, Refusal)}
    assert reasons <= {"damaged", "unknown_format", "executable"}
    assert any(isinstance(r, Reading) for r in results)


def test_a_font_table_made_to_take_forever_does_not(tmp_path: Path) -> None:
    hostile = b"{\\rtf1{\\fonttbl" + b"\\f1{}{}{}{}" * 60_000 + b"}Koniec\\par}"
    (result,) = read_broken(tmp_path, [hostile], "a.rtf")
    assert isinstance(result, Reading)
    assert "Koniec" in result.text
