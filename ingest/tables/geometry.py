"""Tables by the places of words alone: on scans, photographs, and where a PDF draws no lines.

Words of one height on the page form rows; wide gaps part a row into pieces. Where rows of three
and more pieces follow each other, the gaps that run through all of them are the borders of the
columns. Rows of fewer pieces among them continue the row above: a description of two lines.
"""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field

from ingest.model import Page, Word
from ingest.tables.model import Box, Cell, Table

#: A gap of so many heights of the letters parts pieces; between words it is a third of one.
_GAP = 0.7
_LEAST_COLUMNS, _LEAST_ROWS = 3, 2
#: Rows further apart than so many heights belong to different tables.
_APART, _CONTINUED = 4.5, 2.2
#: Lines of one cell stand closer than so many heights; a sum below a table stands further off.
_NEXT_LINE = 1.7
#: Rows of one or two pieces that may stand between rows of a table.
_MOST_CONTINUED = 4
#: So many of a table's rows must fill three columns, and of some column's cells have digits.
_FILLED, _NUMERIC = 0.6, 0.5
#: Share of the rows that may reach over a border of columns.
_ACROSS = 0.12
_MOST_WORDS = 6000
#: Fewer pairs of neighbours tell no slope; a steeper one (four degrees) is none of a page read as it lies.
_LEAST_STEPS, _STEEPEST = 12, 0.07


@dataclass(slots=True)
class _Piece:
    """Words that stand close; sides in points."""

    words: list[Word]
    left: float
    right: float

    @property
    def numeric(self) -> bool:
        return any(c.isdigit() for word in self.words for c in word.text)


@dataclass(slots=True)
class _Row:
    words: list[Word] = field(default_factory=list)
    middle: float = 0.0
    height: float = 0.0
    pieces: list[_Piece] = field(default_factory=list)

    @property
    def wide(self) -> bool:
        return len(self.pieces) >= _LEAST_COLUMNS

    @property
    def numeric(self) -> bool:
        return any(piece.numeric for piece in self.pieces)


def tables_by_place(page: Page) -> list[Table]:
    """The tables of a page, top to bottom. Words must have boxes; a page without them has no tables."""
    if not page.words or len(page.words) > _MOST_WORDS or page.width <= 0 or page.height <= 0:
        return []
    rows = _rows(page)
    return [table for run in _runs(rows) if (table := _table(run, page)) is not None]


def _rows(page: Page) -> list[_Row]:
    """Words by rows: one belongs to a row if its middle lies within the row's letters."""
    placed = []
    slope = _slope(page)
    for word in page.words:
        x0, y0, x1, y1 = word.box
        if word.text.strip() and x1 > x0 and y1 > y0:
            level = (y0 + y1) / 2 * page.height - slope * (x0 + x1) / 2 * page.width
            placed.append((level, (y1 - y0) * page.height, word))
    placed.sort(key=lambda p: p[0])
    rows: list[_Row] = []
    for middle, height, word in placed:
        near = next((r for r in reversed(rows[-4:]) if _beside(r, middle, height)), None)
        if near is None:
            near = _Row(middle=middle, height=height)
            rows.append(near)
        near.words.append(word)
        count = len(near.words)
        near.middle += (middle - near.middle) / count
        near.height += (height - near.height) / count
    rows.sort(key=lambda r: r.middle)
    for row in rows:
        row.words.sort(key=lambda w: w.box[0])
        row.pieces = _pieces(row, page.width)
    return rows


def _slope(page: Page) -> float:
    """By how much lines fall for each point to the right: the median over words of the same line."""
    steps = []
    for one, other in zip(page.words, page.words[1:], strict=False):
        across = (other.box[0] + other.box[2] - one.box[0] - one.box[2]) / 2 * page.width
        if one.line == other.line and across > 0:
            # The feet of letters stand on the line; their heads do not reach one height.
            steps.append(((other.box[3] - one.box[3]) * page.height / across, across))
    if len(steps) < _LEAST_STEPS:
        return 0.0
    steps.sort()
    half, run = sum(across for _, across in steps) / 2, 0.0
    for step, across in steps:
        run += across
        if run >= half:
            return step if abs(step) < _STEEPEST else 0.0
    return 0.0


def _beside(row: _Row, middle: float, height: float) -> bool:
    return abs(row.middle - middle) < 0.5 * min(max(height, 0.6 * row.height), 1.6 * row.height)


def _pieces(row: _Row, width: float) -> list[_Piece]:
    pieces: list[_Piece] = []
    for word in row.words:
        left, right = word.box[0] * width, word.box[2] * width
        if word.text.strip("|[]_") == "" and len(word.text) <= 2:
            continue  # a ruled line that OCR took for a letter
        if pieces and left - pieces[-1].right < _GAP * row.height:
            pieces[-1].words.append(word)
            pieces[-1].right = max(pieces[-1].right, right)
        else:
            pieces.append(_Piece([word], left, right))
    return pieces


def _runs(rows: Sequence[_Row]) -> list[list[_Row]]:
    """Rows that may be a table: wide ones that follow each other, with what continues them."""
    runs: list[list[_Row]] = []
    run: list[_Row] = []
    narrow = 0
    for row in rows:
        if run:
            distance = row.middle - run[-1].middle
            height = statistics.median(r.height for r in run)
            another = row.wide and not row.numeric and any(r.wide and r.numeric for r in run)
            if another or distance > _APART * height or (not row.wide and distance > _CONTINUED * height):
                runs.append(run)
                run, narrow = [], 0
        if row.wide:
            run.append(row)
            narrow = 0
        elif run and row.pieces:
            narrow += 1
            run.append(row)
            if narrow > _MOST_CONTINUED:
                runs.append(run[:-narrow])
                run, narrow = [], 0
    runs.append(run)
    return [_trimmed(r) for r in runs if sum(row.wide for row in r) >= _LEAST_ROWS]


def _trimmed(run: list[_Row]) -> list[_Row]:
    """Without narrow rows at the end, but for the one that continues the last."""
    last = max(i for i, row in enumerate(run) if row.wide)
    return run[: last + 2]


def _table(run: list[_Row], page: Page) -> Table | None:
    wide = [row for row in run if row.wide]
    body = [row for row in wide if row.numeric]
    if len(body) < 1:
        return None
    columns = _columns(body if len(body) > 1 else wide)
    if not run[0].numeric:  # a column may be named and empty
        named = [(p.left, p.right) for p in run[0].pieces]
        columns += [n for n in named if not any(a < n[1] and b > n[0] for a, b in columns)]
        columns.sort()
    if len(columns) < _LEAST_COLUMNS:
        return None
    headed = not run[0].numeric
    grid: list[list[list[Word]]] = []
    numeric = [_mostly_numeric(column, body) for column in columns]
    before = run[0].middle
    for row, after in zip(run, [*run[1:], None], strict=True):
        cells = _cells(row, columns, page.width)
        filled = [i for i, words in enumerate(cells) if words]
        continues = grid and not row.wide and not any(numeric[i] and _digits(cells[i]) for i in filled)
        # A long number may go on as well, where the table does.
        close = len(grid) > 0 and row.middle - before < _NEXT_LINE * row.height
        alone = len(row.pieces) == 1 and (after.wide if after is not None else close)
        continues = continues or (bool(grid) and alone)
        # A heading may be wide itself and go on for two lines.
        continues = continues or (len(grid) == 1 and headed and row is not run[0] and not row.numeric)
        if continues:
            for i in filled:
                grid[-1][i] += cells[i]
        elif row.wide or (len(filled) > 1 and any(numeric[i] and _digits(cells[i]) for i in filled)):
            grid.append(cells)  # a balance or a sum fills few columns
        else:
            break
        before = row.middle
    if len(grid) < _LEAST_ROWS:
        return None
    full = sum(sum(bool(c) for c in row) >= _LEAST_COLUMNS for row in grid)
    if full < _FILLED * len(grid) or not any(numeric):
        return None
    rows = tuple(tuple(_cell(words) for words in row) for row in grid)
    boxes = [cell.box for row in rows for cell in row if cell is not None]
    box = (
        min(b[0] for b in boxes),
        min(b[1] for b in boxes),
        max(b[2] for b in boxes),
        max(b[3] for b in boxes),
    )
    return Table(page.number, box, rows, headed)


def _columns(rows: Sequence[_Row]) -> list[tuple[float, float]]:
    """Left and right side in points of what stands between gaps that run through nearly all rows."""
    allowed = int(_ACROSS * len(rows))
    events = sorted(
        [(p.left, 1) for r in rows for p in r.pieces] + [(p.right, -1) for r in rows for p in r.pieces]
    )
    columns: list[tuple[float, float]] = []
    deep, start = 0, None
    for at, step in events:
        deep += step
        if start is None and deep > allowed:
            start = at
        elif start is not None and deep <= allowed:
            columns.append((start, at))
            start = None
    # What only a few rows have between two columns is no column of its own.
    return [c for i, c in enumerate(columns) if i == 0 or c[0] > columns[i - 1][1]]


def _mostly_numeric(column: tuple[float, float], rows: Sequence[_Row]) -> bool:
    inside = [p for row in rows for p in row.pieces if p.left < column[1] and p.right > column[0]]
    return bool(inside) and sum(p.numeric for p in inside) >= _NUMERIC * len(inside)


def _cells(row: _Row, columns: Sequence[tuple[float, float]], width: float) -> list[list[Word]]:
    """The row's words by columns: a piece goes where it overlaps most, one over several is parted."""
    cells: list[list[Word]] = [[] for _ in columns]
    for piece in row.pieces:
        over = [i for i, (a, b) in enumerate(columns) if min(b, piece.right) - max(a, piece.left) > 0]
        if len(over) <= 1:
            at = over[0] if over else _nearest(columns, (piece.left + piece.right) / 2)
            cells[at] += piece.words
            continue
        for word in piece.words:
            cells[_nearest(columns, (word.box[0] + word.box[2]) / 2 * width)].append(word)
    return cells


def _nearest(columns: Sequence[tuple[float, float]], x: float) -> int:
    return min(range(len(columns)), key=lambda i: max(columns[i][0] - x, x - columns[i][1], 0.0))


def _digits(words: Sequence[Word]) -> bool:
    return any(c.isdigit() for word in words for c in word.text)


def _cell(words: Sequence[Word]) -> Cell | None:
    if not words:
        return None
    boxes = [word.box for word in words]
    box: Box = (
        min(b[0] for b in boxes),
        min(b[1] for b in boxes),
        max(b[2] for b in boxes),
        max(b[3] for b in boxes),
    )
    return Cell(" ".join(word.text for word in words), box)
