"""Two readings of one page: what each is believed for."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.model import Word
from ingest.ocr.fusion import Line, fuse, mended
from ingest.ocr.neural import neural_lines, neural_version
from tests.papers.make import generate, stands


def words(text: str, top: float, confidence: float, left: float = 0.1, line: int = 0) -> list[Word]:
    made, x = [], left
    for part in text.split():
        made.append(Word(part, (x, top, x + 0.01 * len(part), top + 0.02), confidence, line))
        x += 0.01 * (len(part) + 1)
    return made


def line(text: str, top: float, score: float, left: float = 0.1) -> Line:
    made = words(text, top, score, left)
    return Line(tuple(made), (left, top, made[-1].box[2], top + 0.02), score)


@pytest.mark.parametrize(
    ("text", "other", "result"),
    [
        ("Zaklad Uslug Lacznosci", "Zakład Usług Łączności", "Zakład Usług Łączności"),
        ("ZAZOLC", "zażółć", "ZAŻÓŁĆ"),
        ("47800P.Jaya", "47800 P.Jaya", "47800 P.Jaya"),
        ("TOTAL 31.45", "TOTAL 3145", "TOTAL 31.45"),
        ("Roti man", "§§§", "Roti man"),
        ("1O0", "100", "1O0"),
        ("", "x", ""),
    ],
)
def test_diacritics_and_spaces_come_back(text: str, other: str, result: str) -> None:
    assert mended(text, other) == result


def test_digits_of_the_second_letters_of_the_first() -> None:
    first = words("Zakład Usług", 0.1, 0.9) + words("RAZEM 3145", 0.2, 0.7, line=1)
    second = [line("Zaklad Uslug", 0.1, 0.97), line("RAZEM 31.45", 0.2, 0.96)]
    assert fuse(first, second)[0] == "Zakład Usług\nRAZEM 31.45"


def test_what_only_one_reader_saw_stays_unless_it_is_a_speck() -> None:
    first = words("Dziękujemy", 0.8, 0.95) + words("|~", 0.5, 0.3, line=1) + words("ab", 0.6, 0.4, line=2)
    text, _ = fuse(first, [line("PARAGON", 0.1, 0.99), line("??", 0.3, 0.2)])
    assert text == "PARAGON\nDziękujemy"


def test_a_sure_first_is_believed_against_an_unsure_second() -> None:
    assert fuse(words("Łódź", 0.1, 0.96), [line("Lodf", 0.1, 0.7)])[0] == "Łódź"


def test_a_slanting_line_over_another_is_a_row_of_its_own() -> None:
    name = Line(tuple(words("MEI LET RESTAURANT", 0.10, 0.9, 0.12)), (0.12, 0.100, 0.30, 0.140), 0.9)
    name = replace(name, words=tuple(replace(w, box=(w.box[0], 0.10, w.box[2], 0.14)) for w in name.words))
    street = Line(tuple(words("NO 2, JALAN BULAN", 0.12, 0.9, 0.10)), (0.10, 0.12, 0.27, 0.15), 0.9)
    street = replace(
        street, words=tuple(replace(w, box=(w.box[0], 0.12, w.box[2], 0.15)) for w in street.words)
    )
    text, made = fuse([], [street, name, line("RM", 0.125, 0.9, 0.6)])
    assert text == "MEI LET RESTAURANT\nNO 2, JALAN BULAN RM"
    assert len({w.line for w in made}) == 2


def test_label_and_amount_stand_on_one_row() -> None:
    second = [line("31,45", 0.101, 0.99, left=0.7), line("SUMA PLN", 0.1, 0.99), line("KARTA", 0.13, 0.99)]
    text, made = fuse([], second)
    assert text == "SUMA PLN 31,45\nKARTA"
    assert [w.line for w in made] == [0, 0, 0, 1]


boxes = st.tuples(*[st.floats(0, 0.99) for _ in range(2)])
some_words = st.lists(
    st.builds(
        lambda t, b, c: Word(t, (b[0], b[1], min(1.0, b[0] + 0.05), min(1.0, b[1] + 0.02)), c, 0),
        st.text(st.characters(exclude_categories=["Z", "C"]), min_size=1, max_size=8),
        boxes,
        st.floats(0, 1),
    ),
    max_size=8,
)


@given(some_words, some_words, st.floats(0, 1))
def test_fusion_never_breaks_and_stays_on_the_page(
    first: list[Word], second: list[Word], score: float
) -> None:
    lines = [Line((w,), w.box, score) for w in second]
    text, made = fuse(first, lines)
    assert " ".join(text.split()) == " ".join(w.text for w in made)
    assert all(0 <= x <= 1.001 for w in made for x in w.box)
    assert [w.line for w in made] == sorted(w.line for w in made)


def test_the_neural_reader_reads_a_photographed_receipt(tmp_path: Path) -> None:
    paper = generate("receipt", 5, "en", "photo", 150)
    picture = tmp_path / "receipt.jpg"
    picture.write_bytes(paper.data)
    lines = neural_lines(picture)
    text = "\n".join(found.text for found in lines)
    assert stands("total", paper.truth["total"], text)
    assert all(0 <= x <= 1 for found in lines for x in found.box)
    assert "rapidocr" in neural_version()


def test_a_file_that_is_no_picture_is_said_to_be_none(tmp_path: Path) -> None:
    (tmp_path / "x.jpg").write_bytes(b"no picture")
    with pytest.raises(ValueError, match="decoded"):
        neural_lines(tmp_path / "x.jpg")
