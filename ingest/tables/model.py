"""A table as it stands on a page."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

Box = tuple[float, float, float, float]
#: Cells kept of one paper; a longer list is cut and says so.
MOST_CELLS = 50_000


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell; `box` in fractions of the page as shown, origin at the top left. `text` may be empty."""

    text: str
    box: Box


@dataclass(frozen=True, slots=True)
class Table:
    """A table on page `page` (from 1) as rows of cells, all rows of one length.

    None stands where a cell is empty or part of a wider or higher neighbour. `headed` says
    that the first row names the columns.
    """

    page: int
    box: Box
    rows: tuple[tuple[Cell | None, ...], ...]
    headed: bool = False


def as_json(tables: Iterable[Table]) -> dict[str, Any]:
    """For keeping: `{"tables": [{"page", "box", "headed", "rows": [[{"text", "box"} | null]]}], "cut"}`."""
    kept: list[dict[str, Any]] = []
    cells, cut = 0, False
    for table in tables:
        cells += sum(len(row) for row in table.rows)
        if cells > MOST_CELLS:
            cut = True
            break
        rows = [[c and {"text": c.text, "box": _short(c.box)} for c in row] for row in table.rows]
        kept.append({"page": table.page, "box": _short(table.box), "headed": table.headed, "rows": rows})
    return {"tables": kept, "cut": cut}


def of_json(kept: Mapping[str, Any]) -> list[Table]:
    """From `as_json`."""
    return [
        Table(
            table["page"],
            tuple(table["box"]),
            tuple(tuple(c and Cell(c["text"], tuple(c["box"])) for c in row) for row in table["rows"]),
            table["headed"],
        )
        for table in kept["tables"]
    ]


def _short(box: Box) -> list[float]:
    return [round(side, 4) for side in box]
