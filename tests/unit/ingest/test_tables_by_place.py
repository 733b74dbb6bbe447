"""Tables found by the places of words alone: rows and cells as they were set on the sheet."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.extract.options import ReadOptions
from ingest.model import Page, Reading, Word
from ingest.sandbox import Limits, read_in_sandbox
from ingest.tables import Table, as_json, find_tables, of_json
from ingest.tables.geometry import tables_by_place
from tests.papers import generate
from tests.papers.desk import Desk
from tests.papers.make import REGISTRY
from tests.papers.sheet import Block, Frame, Grid, Side

WIDTH, HEIGHT, LETTER = 600.0, 800.0, 10.0
Line = tuple[float, Sequence[tuple[float, str]]]


def _page(*lines: Line, slope: float = 0.0) -> Page:
    """Lines of (top in points, pieces of (left side in points, words)); they fall by `slope`."""
    words = []
    for number, (top, pieces) in enumerate(lines):
        for left, text in pieces:
            x = left
            for word in text.split():
                right, y = x + 5.5 * len(word), top + slope * x
                box = (x / WIDTH, y / HEIGHT, right / WIDTH, (y + LETTER) / HEIGHT)
                words.append(Word(word, box, 1.0, number))
                x = right + 3
    text = " ".join(w.text for w in words)
    return Page(1, WIDTH, HEIGHT, "recognised", "test", "1", text, tuple(words))


def _texts(table: Table) -> list[list[str]]:
    return [[cell.text if cell else "" for cell in row] for row in table.rows]


BILL: tuple[Line, ...] = (
    (100, [(40, "Nazwa towaru"), (300, "Ilość"), (400, "Cena"), (500, "Wartość")]),
    (120, [(40, "Śruba M6 ocynkowana"), (310, "100"), (400, "0,50"), (505, "50,00")]),
    (132, [(40, "z podkładką i nakrętką")]),
    (150, [(40, "Klucz płaski"), (315, "2"), (400, "30,00"), (505, "60,00")]),
)


def test_a_description_of_two_lines_is_one_cell_and_a_paragraph_no_table() -> None:
    letter = [
        (400.0 + 14 * n, [(40.0, "Prosimy o zapłatę do 14 dni na rachunek podany niżej")]) for n in range(5)
    ]
    (table,) = tables_by_place(_page(*BILL, *letter))
    assert table.headed
    assert _texts(table) == [
        ["Nazwa towaru", "Ilość", "Cena", "Wartość"],
        ["Śruba M6 ocynkowana z podkładką i nakrętką", "100", "0,50", "50,00"],
        ["Klucz płaski", "2", "30,00", "60,00"],
    ]
    cell = table.rows[1][0]
    assert cell is not None
    assert cell.box == pytest.approx((40 / WIDTH, 120 / HEIGHT, 40 / WIDTH + 0.189, 142 / HEIGHT), abs=0.01)


def test_a_number_of_two_lines_ends_the_table_but_a_sum_below_it_does_not() -> None:
    goes_on = (162.0, [(40.0, "10 mm 2026/7")])
    assert _texts(tables_by_place(_page(*BILL, goes_on))[0])[2][0] == "Klucz płaski 10 mm 2026/7"
    below = (172.0, [(505.0, "110,00")])
    assert _texts(tables_by_place(_page(*BILL, below))[0])[2] == ["Klucz płaski", "2", "30,00", "60,00"]


@given(st.floats(-0.05, 0.05))
def test_a_page_that_lies_askew_keeps_its_rows(slope: float) -> None:
    (table,) = tables_by_place(_page(*BILL, slope=slope))
    assert _texts(table)[2] == ["Klucz płaski", "2", "30,00", "60,00"]


@given(st.lists(st.tuples(st.floats(0, 780), st.floats(0, 590), st.text(max_size=12)), max_size=60))
def test_any_words_give_whole_tables_that_survive_keeping(words: list[tuple[float, float, str]]) -> None:
    page = _page(*[(top, [(left, text)]) for top, left, text in words])
    tables = tables_by_place(page)
    put = [c.text for t in tables for row in t.rows for c in row if c]
    assert sum(len(text.split()) for text in put) <= len(page.words)  # no word stands in two cells
    for table in tables:
        assert len({len(row) for row in table.rows}) == 1
    kept = of_json(as_json(tables))
    assert [_texts(t) for t in kept] == [_texts(t) for t in tables]


def _grids(blocks: Sequence[Block]) -> Iterator[Grid]:
    for block in blocks:
        if isinstance(block, Grid):
            yield block
        elif isinstance(block, Side):
            yield from _grids(block.left)
            yield from _grids(block.right)
        elif isinstance(block, Frame):
            yield from _grids(block.blocks)


def _squeezed(row: Sequence[str]) -> list[str]:
    return ["".join(text.split()).casefold() for text in row]


@pytest.mark.parametrize(("medium", "share"), [("pdf", 0.85), ("scan", 0.5)])
def test_rows_of_generated_papers_come_out_as_they_were_set(
    medium: str, share: float, tmp_path: Path
) -> None:
    wanted = exact = 0
    for kind in ("invoice", "purchase_order", "bank_statement"):
        for seed in (900, 901):
            sheet = REGISTRY[kind].build(Desk(kind, "pl", seed)).sheet
            grids = [g for g in _grids(sheet.blocks) if len(g.head) >= 3]
            paper = generate(kind, seed, "pl", medium, 200)  # type: ignore[arg-type]
            folder = tmp_path / f"{kind}{seed}"
            folder.mkdir()
            original = folder / paper.name
            original.write_bytes(paper.data)
            (folder / "out").mkdir()
            reading = read_in_sandbox(
                original, paper.name, ReadOptions(second_reader=False), Limits(), folder / "out"
            )
            assert isinstance(reading, Reading)
            found = [
                _squeezed(row)
                for t in find_tables(original, paper.media_type, reading.pages)
                for row in _texts(t)
            ]
            for row in (_squeezed(row) for grid in grids for row in grid.rows):
                wanted += 1
                exact += row in found
    assert wanted >= 20
    assert exact >= share * wanted, (exact, wanted)
