"""Whose spelling of a word is taken, and what the second reader's alphabet holds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.model import Word
from ingest.ocr.alphabet import readable
from ingest.ocr.fusion import Line, fuse
from ingest.ocr.neural import _engine
from ingest.ocr.spelling import chosen, company_form, folded


def words(text: str, confidence: float) -> list[Word]:
    return [
        Word(part, (0.1 * at, 0.1, 0.1 * at + 0.08, 0.12), confidence, 0)
        for at, part in enumerate(text.split())
    ]


def spelt(neural: str, tesseract: str, confidence: float, sure: float = 1.0, accented: bool = True) -> str:
    parts = neural.split()
    return " ".join(chosen(parts, [sure] * len(parts), words(tesseract, confidence), accented))


@pytest.mark.parametrize(
    ("neural", "tesseract", "confidence", "result"),
    [
        ("podatek nalizony", "podatek naliczony", 0.95, "podatek naliczony"),
        ("podatek nalizony", "podatek naliczony", 0.90, "podatek nalizony"),
        ("Tytut przelewu", "Tytuł przelewu", 0.86, "Tytuł przelewu"),  # diacritics need less
        ("Opłata stała", "Optata stała", 0.97, "Opłata stała"),
        ("suma 777,29", "suma 717,29", 0.97, "suma 777,29"),  # digits are the neural reader's
        ("4 × 5,00", "4 x 5,00", 0.95, "4 x 5,00"),
        ("wydatek dnia", "wydatek z dnia", 0.90, "wydatek z dnia"),
        ("wydatek dnia", "wydatek z dnia", 0.70, "wydatek dnia"),
        ("Wynik badania", "|Wynik badania", 0.95, "Wynik badania"),
        ("Stalmar Sp.", "Stal Sp.", 0.97, "Stalmar Sp."),
    ],
)
def test_the_spelling_of_a_word(neural: str, tesseract: str, confidence: float, result: str) -> None:
    assert spelt(neural, tesseract, confidence) == result


def test_where_there_are_no_diacritics_the_neural_reader_must_be_unsure() -> None:
    assert spelt("LJAN HING", "LIAN HING", 0.93, sure=0.88, accented=False) == "LIAN HING"
    assert spelt("MEI LET", "MEL LET", 0.95, sure=0.99, accented=False) == "MEI LET"
    assert spelt("Radin Bagus", "Radin żagus", 0.97, sure=0.5, accented=False) == "Radin Bagus"


@pytest.mark.parametrize(
    ("read", "written"),
    [
        ("SUBANG HEALTHCARE SIN BHD", "SUBANG HEALTHCARE SDN BHD"),
        ("TAN STATIONERY 5DN BHO", "TAN STATIONERY SDN BHD"),
        ("99 SPEED MART 5/8 (519537-X)", "99 SPEED MART S/B (519537-X)"),
        ("ABC MART 5/B", "ABC MART S/B"),
        ("LINE 5/8 OF PAGE", "LINE 5/8 OF PAGE"),
        ("size 5/8", "size 5/8"),
        ("SON BAD", "SON BAD"),
    ],
)
def test_company_forms(read: str, written: str) -> None:
    assert company_form(read) == written


def test_a_single_letter_stays_on_a_line_of_print_and_nowhere_else() -> None:
    row = [
        Word("7", (0.1, 0.1, 0.11, 0.12), 0.93, 0),
        Word("Usługa", (0.2, 0.1, 0.3, 0.12), 0.95, 0),
        Word("7", (0.5, 0.6, 0.51, 0.62), 0.93, 1),  # a speck of its own
        Word("1", (0.6, 0.1, 0.61, 0.12), 0.50, 0),
    ]
    second = [Line((Word("Usluga", (0.2, 0.1, 0.3, 0.12), 0.98, 0),), (0.2, 0.1, 0.3, 0.12), 0.98)]
    assert fuse(row, second)[0].split() == ["7", "Usluga"]


short = st.text("aąblł1x×|.-", max_size=6)


@given(
    st.lists(short.filter(str.strip), max_size=6), st.lists(short, max_size=6), st.floats(0, 1), st.booleans()
)
def test_choosing_loses_no_word_of_the_neural_reader(
    parts: list[str], others: list[str], confidence: float, accented: bool
) -> None:
    told = [Word(t, (0.0, 0.0, 0.1, 0.1), confidence, 0) for t in others]
    found = chosen(parts, [0.9] * len(parts), told, accented)
    assert len(found) >= len(parts)
    assert all(found)


@given(st.text(max_size=40))
def test_folding_keeps_the_length_of_what_lower_case_keeps(text: str) -> None:
    assert len(folded(text)) == len(text.lower())


def test_the_second_reader_reads_only_what_papers_here_are_written_in() -> None:
    characters = _engine().text_rec.postprocess_op.character
    assert set("0189AZazłąŻß€-.,:/%") <= set(characters)
    assert all(readable(c) for c in characters)
    assert not any("\u4e00" <= c <= "\u9fff" for c in characters)
    assert len(characters) < 1000
