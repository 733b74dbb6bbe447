"""Office files from before 2007: what they show is read; locked and broken ones are told."""

from pathlib import Path

import pytest

from ingest.extract.context import ReadContext
from ingest.extract.options import ReadOptions
from ingest.identify import Identity, identify
from ingest.model import Reading, Refusal
from ingest.read import read_file
from tests.papers.broken import broken
from tests.papers.office97 import (
    DELETED,
    IN_CELL,
    KEPT,
    ROW,
    excel_file,
    powerpoint_file,
    word_95_file,
    word_file,
)
from tests.unit.ingest.sandboxed import read_broken

LETTER = (
    "Umowa o pracę nr 7/2003\rZawarta w Łodzi – między „Żółw” a pracownikiem.\r"
    f"Imię\x07Kwota{IN_CELL}brutto\x07{ROW}Żaneta\x07\x07{ROW}\x07100,00 zł\x07{ROW}"
    f"Zostaje{DELETED}znika{KEPT} to.\rData: \x13 DATE \\@ yyyy \x142003-05-01\x15.\r"
    "Druga\x0bczęść\x1estrony\x1f.\fNowa strona\r"
)


def _result(tmp_path: Path, data: bytes, name: str, password: str | None = None) -> Reading | Refusal:
    path = tmp_path / "in"
    path.write_bytes(data)
    out = tmp_path / "out"
    out.mkdir(exist_ok=True)
    return read_file(path, ReadContext(ReadOptions(password=password), out, name))


def _read(tmp_path: Path, data: bytes, name: str, password: str | None = None) -> Reading:
    result = _result(tmp_path, data, name, password)
    assert isinstance(result, Reading), result
    return result


def _lines(reading: Reading) -> list[list[str]]:
    return [[" ".join(line.split()) for line in p.text.splitlines() if line.strip()] for p in reading.pages]


@pytest.mark.parametrize("piece", [1, 7, 40, 10_000])
def test_a_word_document_in_pieces(tmp_path: Path, piece: int) -> None:
    reading = _read(tmp_path, word_file(LETTER, piece=piece), "umowa.doc")
    assert reading.media_type == "application/msword"
    assert reading.flags == ()
    assert _lines(reading) == [
        [
            "Umowa o pracę nr 7/2003",
            "Zawarta w Łodzi – między „Żółw” a pracownikiem.",
            "Imię Kwota brutto",
            "Żaneta",
            "100,00 zł",
            "Zostaje to.",
            "Data: 2003-05-01.",
            "Druga",
            "część-strony.",
        ],
        ["Nowa strona"],
    ]
    row = next(line for line in reading.pages[0].text.splitlines() if "100,00" in line)
    assert row.startswith("   ")  # the amount stands under its head, not under the names


def test_notes_headers_comments_and_boxes_are_read_once(tmp_path: Path) -> None:
    data = word_file(
        "Treść\x02 główna\r",
        notes="\x02 Przypis pierwszy\r",
        headers="\x03\r\x04\r\rFirma sp. z o.o.\r\rStrona 1\r\rFirma sp. z o.o.\r",
        comments="\x05Uwaga kadr\r",
        boxes="W ramce\r",
    )
    lines = _lines(_read(tmp_path, data, "a.doc"))[0]
    assert sorted(lines) == sorted(
        ["Firma sp. z o.o.", "Strona 1", "Treść główna", "Przypis pierwszy", "Uwaga kadr", "W ramce"]
    )
    assert lines.index("Firma sp. z o.o.") < lines.index("Treść główna") < lines.index("Przypis pierwszy")


def test_tables_without_properties_are_still_rows(tmp_path: Path) -> None:
    data = word_file(f"Imię\x07Kwota\x07{ROW}Anna\x0710\x07{ROW}Koniec\r", properties=False)
    assert _lines(_read(tmp_path, data, "a.doc")) == [["Imię Kwota", "Anna 10", "Koniec"]]


def test_a_field_that_never_ends_swallows_nothing(tmp_path: Path) -> None:
    assert "Razem 10" in _read(tmp_path, word_file("A \x13 DATE \rRazem 10\r"), "a.doc").text


@pytest.mark.parametrize("code_page", ["cp1250", "cp1252"])
def test_word_95_wrote_in_the_code_page_of_the_country(tmp_path: Path, code_page: str) -> None:
    text = "Zażółć gęślą jaźń, należność" if code_page == "cp1250" else "Rechnung für Büromöbel, Größe"
    reading = _read(tmp_path, word_95_file(f"{text}\rDruga linia\r", code_page), "a.doc")
    assert _lines(reading) == [[text, "Druga linia"]]
    assert "charset_guessed" in reading.flags


def test_a_workbook_shows_what_its_cells_show(tmp_path: Path) -> None:
    sheets = {
        "Płace": [
            ["Pracownik", "Kwota", "Dnia", "Udział", "Kod"],
            [
                "Żaneta Łoś",
                (1234.5, '#,##0.00\\ "zł"'),
                (37742, "yyyy\\-mm\\-dd"),
                (0.125, "0.0%"),
                (950, "00\\-000"),
            ],
            ["Razem", 0.1 + 0.2, (37742.75, "dd/mm/yyyy hh:mm"), True, 5901234123457.0],
        ],
        "Ukryty": [["tajne"]],
        "Pusty": [],
    }
    reading = _read(tmp_path, excel_file(sheets, hidden=["Ukryty"], notes={"B2": "Sprawdzone"}), "p.xls")
    assert reading.media_type == "application/vnd.ms-excel"
    assert _lines(reading) == [
        [
            "Płace",
            "Pracownik Kwota Dnia Udział Kod",
            "Żaneta Łoś 1234.50 zł 2003-05-01 12.5% 00-950",
            "Razem 0.3 2003-05-01 18:00 TRUE 5901234123457",
            "Sprawdzone",
        ],
        ["Ukryty", "tajne"],
    ]


def test_macros_of_excel_4_are_flagged(tmp_path: Path) -> None:
    sheets: dict[str, list[list[str]]] = {"Dane": [["widoczne"]], "Makro": [["=EXEC()"]]}
    reading = _read(tmp_path, excel_file(sheets, macros=["Makro"]), "a.xls")  # type: ignore[arg-type]
    assert reading.flags == ("active_content",)
    assert "widoczne" in reading.text


def test_the_calendar_of_old_macintoshes(tmp_path: Path) -> None:
    data = excel_file({"A": [[(0.0, "yyyy-mm-dd"), (36280, "yyyy-mm-dd")]]}, epoch_1904=True)
    assert _lines(_read(tmp_path, data, "a.xls")) == [["A", "1904-01-01 2003-05-01"]]


SLIDES = [
    (["Plan roku", "Cel: łączność\rKoszt"], ["W kształcie"], "Notatka prelegenta"),
    (["Drugi slajd"], [], ""),
]


def test_slides_are_pages_with_their_shapes_and_notes(tmp_path: Path) -> None:
    reading = _read(tmp_path, powerpoint_file(SLIDES), "a.ppt")
    assert reading.media_type == "application/vnd.ms-powerpoint"
    assert reading.flags == ()
    assert _lines(reading) == [
        ["Plan roku", "Cel: łączność", "Koszt", "W kształcie", "Notatka prelegenta"],
        ["Drugi slajd"],
    ]


def test_what_an_earlier_edit_said_is_not_read(tmp_path: Path) -> None:
    reading = _read(tmp_path, powerpoint_file(SLIDES, old="Stara cena"), "a.ppt")
    assert "Stara cena" not in reading.text
    assert "Drugi slajd" in reading.text


def test_without_a_directory_all_texts_are_read_and_it_is_said(tmp_path: Path) -> None:
    reading = _read(tmp_path, powerpoint_file(SLIDES, directory=False), "a.ppt")
    assert "damaged" in reading.flags
    assert all(text in reading.text for text in ("Plan roku", "W kształcie", "Notatka prelegenta"))


@pytest.mark.parametrize("kind", ["doc", "xls"])
def test_a_locked_file_opens_with_its_password_only(tmp_path: Path, kind: str) -> None:
    def locked(password: str) -> bytes:
        if kind == "doc":
            return word_file("Poufne: żółw\r", password=password)
        return excel_file({"A": [["Poufne: żółw", 12.5]]}, password=password)

    for given in (None, "zły"):
        result = _result(tmp_path, locked("hasło"), f"a.{kind}", given)
        assert isinstance(result, Refusal)
        assert result.reason == "needs_password"
    reading = _read(tmp_path, locked("hasło"), f"a.{kind}", "hasło")
    assert "Poufne: żółw" in reading.text
    assert "encrypted_open" not in reading.flags
    # This one the programs try by themselves (MS-OFFCRYPTO 2.3.7 and MS-XLS 2.2.9).
    assert "encrypted_open" in _read(tmp_path, locked("VelvetSweatshop"), f"a.{kind}").flags


def test_a_locked_presentation_is_never_read_as_text(tmp_path: Path) -> None:
    result = _result(tmp_path, powerpoint_file(SLIDES, locked=True), "a.ppt")
    assert isinstance(result, Refusal)
    assert result.reason in ("needs_password", "damaged")


@pytest.mark.parametrize(
    ("data", "media_type"),
    [
        (word_file("a\r"), "application/msword"),
        (word_95_file("a\r"), "application/msword"),
        (excel_file({"A": [[1.0]]}), "application/vnd.ms-excel"),
        (powerpoint_file(SLIDES), "application/vnd.ms-powerpoint"),
    ],
)
def test_they_are_told_by_their_streams(tmp_path: Path, data: bytes, media_type: str) -> None:
    path = tmp_path / "a"
    path.write_bytes(data)
    found = identify(path)
    assert isinstance(found, Identity)
    assert found.media_type == media_type


@pytest.mark.parametrize("kind", ["doc", "doc-95", "doc-locked", "xls", "xls-locked", "ppt"])
def test_broken_ones_are_read_or_refused(tmp_path: Path, kind: str) -> None:
    data = {
        "doc": lambda: word_file(LETTER * 5, notes="a\r", headers="b\r"),
        "doc-95": lambda: word_95_file("Zażółć\r" * 200),
        "doc-locked": lambda: word_file(LETTER, password="x"),
        "xls": lambda: excel_file({"A": [["Żółw", 1.0, (2.0, "0.00")]] * 40}, notes={"A1": "x"}),
        "xls-locked": lambda: excel_file({"A": [["Żółw", 1.0]] * 40}, password="x"),
        "ppt": lambda: powerpoint_file(SLIDES * 4, old="x"),
    }[kind]()
    name = f"a.{kind[:3]}"
    results = read_broken(tmp_path, broken(data, 36), name)
    assert {r.reason for r in results if isinstance(r, Refusal)} <= {
        "damaged",
        "needs_password",
        "unsupported_format",
        "unknown_format",
        "executable",
    }
    assert any(isinstance(r, Refusal) for r in results)
