"""How many measurements an instrument's export tells of.

Readings on plates are counted where there are plates, else the rows that name a well, else
the rows below the head of the largest table. What was worked out from readings (means, blank
corrected values, standard deviations), the plan of a plate and a second table of the same wells
are no further measurements.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

_WELL: Final = re.compile(r"^[A-P](?:0?[1-9]|1\d|2[0-4])$")
_ROW_OF_PLATE: Final = re.compile(r"[A-Za-z]|A[A-F]")
_READING: Final = re.compile(r"[-+]?\d[\d.,]*(?:[eE][-+]?\d+)?")
_SMALLEST_PLATE: Final = 3
#: What a grid is called that holds no readings of its own.
_NO_READINGS: Final = re.compile(
    r"\b(?:calculated|corrected|normali[sz]ed|layout|plate ?map|means?|averaged?|deviation|std|cv"
    r"|well areas?)\b",
    re.IGNORECASE,
)
#: What follows a further row of readings of the same wells: the read and its wavelength.
_RAW: Final = re.compile(r"^(?!blank\b).*\b\d{3}(?:,\d{3})?$", re.IGNORECASE)
#: Rows of a plate in print, parted by blanks alone.
_PRINTED: Final = re.compile(r"^\s*(?:0?1\s+0?2\s+0?3\s|[A-P]\s+[-\d.]+\s+[-\d.]+\s)")
#: A grid by this name holds the readings themselves; if there is one, no other grid does.
_UNTOUCHED: Final = re.compile(r"\b(?:raw|unprocessed)\b", re.IGNORECASE)
_WORKED_OUT: Final = re.compile(r"\bCalc(?:ulated)?\b")
_RESULTS: Final = re.compile(r"\[?results?\]?", re.IGNORECASE)
#: Rows and columns of whole plates that some programs print without any names.
_PLATES: Final = frozenset(((8, 12), (16, 24), (32, 48)))
_LEAST_WELLS: Final = 24
#: Rows that name a well and stand before the plates, so that they are a list of the readings.
_A_LIST: Final = 4
_READ_AT: Final = re.compile(r"^(?:read|measurement|measured)(?: date| time| at)", re.IGNORECASE)
#: A table of two columns that ends in a reading, and one that is the spectrum of one sample.
_ABSORBED: Final = re.compile(r"\babsorbance\b|\[A\]|^result$", re.IGNORECASE)
_SPECTRUM: Final = re.compile(r"wavelength", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Table:
    """Rows with two cells at least that follow one upon the other; `title` is what stands above them."""

    start: int
    title: str
    rows: list[list[str]]


def measurements(rows: Sequence[Sequence[str]], *, known: bool = False) -> int:
    """The count; 0 if none is clear. `known`: it is surely an export, which tells of one sample at least."""
    cells = [[str(c).strip() for c in row] for row in rows]
    tables = list(_tables(cells))
    plates, first_plate = _plates(cells)
    wells, first_well = _wells(tables)
    if plates and (wells < _A_LIST or first_plate < first_well):
        return plates
    return wells or _longest(tables) or _short(tables) or int(known)


def _tables(rows: Sequence[list[str]]) -> Iterator[_Table]:
    table: list[list[str]] = []
    title, above = "", ""
    for number, row in enumerate([*rows, []]):
        filled = [c for c in row if c]
        if len(filled) >= 2:
            if not table:
                title = above
            table.append(row)
            continue
        if table:
            yield _Table(number - len(table), title, table)
            table = []
            above = ""
        above = filled[0] if filled else above


# -- plates --------------------------------------------------------------------


def _plates(rows: Sequence[list[str]]) -> tuple[int, int]:
    """Readings in grids of wells (columns headed 1, 2, 3 …, rows named A, B, C …); the row of the first."""
    found: list[tuple[int, bool, int]] = []
    above: list[str] = []
    grid: _Grid | None = None
    worked_out = False
    for number, row in enumerate(rows):
        cells = row
        lone = [c for c in row if c]
        if len(lone) == 1 and _PRINTED.match(lone[0] + " "):
            cells = ["", *lone[0].split()] if lone[0][0] in "01" else lone[0].split()
        if runs := _heads(cells):
            grid = _Grid(cells, runs)
            grid.derived = worked_out or _NO_READINGS.search(" ".join(above)) is not None
            grid.raw = _UNTOUCHED.search(" ".join(above)) is not None
            above, worked_out = [], False
            continue
        if not lone:
            continue
        if grid is not None and grid.takes(cells):
            if grid.counted and not grid.derived:
                found.append((grid.counted, grid.raw, number))
            continue
        grid = None
        if (size := _bare_plate(rows, number)) and not worked_out:
            found.append((size, False, number))
        above = [*above, lone[0]][-4:] if len(lone) == 1 else above
        worked_out = (worked_out and size == 0) or any(map(_WORKED_OUT.search, lone))
    raw = [f for f in found if f[1]] or found
    return sum(f[0] for f in raw), min((f[2] for f in raw), default=0)


def _bare_plate(rows: Sequence[list[str]], start: int) -> int:
    """The readings of a plate without names that begins in this row; 0 if none does."""
    if start and any(rows[start - 1]):
        return 0
    width = height = 0
    for row in rows[start : start + 33]:
        filled = [c for c in row if c]
        if not filled or (width and len(filled) != width) or not all(map(_READING.fullmatch, filled)):
            break
        width, height = len(filled), height + 1
    return width * height if (height, width) in _PLATES else 0


def _heads(cells: Sequence[str]) -> list[tuple[int, int]]:
    """Runs of columns headed 1, 2, 3 … or A1, A2, A3 …: (where, how many); plates may stand side by side."""
    runs: list[tuple[int, int]] = []
    at = 0
    while at < len(cells):
        if not runs and at > 2:
            return []
        run = 0
        while at + run < len(cells) and cells[at + run].lstrip("0") == str(run + 1):
            run += 1
        wells = 0
        while at + wells < len(cells) and _WELL.match(cells[at + wells]):
            wells += 1
        if run >= _SMALLEST_PLATE or wells >= _LEAST_WELLS:
            runs.append((at, max(run, wells)))
        at += max(1, run, wells)
    return runs


class _Grid:
    """A plate that is being counted, row by row."""

    def __init__(self, head: Sequence[str], runs: list[tuple[int, int]]) -> None:
        self.runs = runs
        self.first = runs[0][0]
        #: SoftMax Pro does not name the rows of what was read, but the column before it.
        self.unnamed = any("temperature" in c.lower() for c in head[: self.first])
        self.begun = False
        self.derived = self.raw = False
        self.counted = 0
        self._read = False

    def takes(self, cells: Sequence[str]) -> bool:
        """Whether the row belongs to the plate; `counted` is then how many readings it has."""
        self.counted = 0
        name = next((c for c in cells[: self.first] if c), "")
        if self.unnamed:
            self.counted = self._readings(cells)
            return bool(self.counted)
        if _ROW_OF_PLATE.fullmatch(name):
            self.counted = self._readings(cells)
            self.begun, self._read = True, self.counted > 0
            return True
        if name or not self.begun:
            return False
        last_start, last_width = self.runs[-1]
        label = next((c for c in cells[last_start + last_width :] if c), "")
        if self._read and (not label or _RAW.match(label)):
            self.counted = self._readings(cells)
        return True

    def _readings(self, cells: Sequence[str]) -> int:
        filled = [c for start, width in self.runs for c in cells[start : start + width] if c]
        numbers = sum(1 for c in filled if _READING.fullmatch(c))
        # Words among numbers are readings, too: OVRFLW, MISSED, NaN.
        return len(filled) if numbers * 2 >= len(filled) else numbers


# -- tables --------------------------------------------------------------------


def _wells(tables: Sequence[_Table]) -> tuple[int, int]:
    """Rows that name a well, and where the first stands.

    A table of another kind about wells that were counted adds none, nor do rows that say nothing of theirs.
    """
    results = [t for t in tables if _RESULTS.fullmatch(t.title) and _well_column(t) is not None]
    count, first = 0, 0
    seen: set[str] = set()
    heads: set[tuple[str, ...]] = set()
    for table in results or tables:
        at = _well_column(table)
        if at is None:
            continue
        rows = [row for row in table.rows if _WELL.match(_at(row, at)) and not _heads(row)]
        if not rows:
            continue
        most = max(sum(1 for c in row if c) for row in rows)
        rows = [row for row in rows if 2 * sum(1 for c in row if c) > most]
        head = tuple(next((row for row in table.rows if not _WELL.match(_at(row, at))), ()))
        when = next((i for i, c in enumerate(head) if _READ_AT.match(c)), None)
        if when is not None and any(_at(row, when) for row in rows):
            rows = [row for row in rows if _at(row, when)]
        wells = {row[at] for row in rows}
        if wells <= seen and head not in heads:
            continue
        seen |= wells
        heads.add(head)
        first = first if count else table.start
        count += len(rows)
    return count, first


def _well_column(table: _Table) -> int | None:
    columns = Counter(at for row in table.rows for at, c in enumerate(row) if _WELL.match(c))
    return max(columns, key=lambda at: (columns[at], -at)) if columns else None


def _at(row: Sequence[str], column: int) -> str:
    return row[column] if column < len(row) else ""


def _longest(tables: Sequence[_Table]) -> int:
    """The rows of the longest table of four columns or more, without those of its head."""
    longest = 0
    for table in tables:
        run = heads = 0
        for row in (*table.rows, []):
            filled = [c for c in row if c]
            if len(filled) >= 4:
                run += 1
                heads += heads == run - 1 and not any(_READING.fullmatch(c) for c in filled)
                continue
            longest = max(longest, run - max(1, heads))
            run = heads = 0
    return longest


def _short(tables: Sequence[_Table]) -> int:
    """Rows of a table of samples and what each absorbed."""
    for table in tables:
        head = [c for c in table.rows[0] if c]
        if any(map(_ABSORBED.search, head[1:])) and not _SPECTRUM.search(head[0]):
            return sum(1 for row in table.rows[1:] if _READING.fullmatch([c for c in row if c][-1]))
    return 0
