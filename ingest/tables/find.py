"""Which tables a paper has: by its ruled lines where a born-digital PDF draws them, else by place."""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from ingest.model import TEXT_LAYER, Page
from ingest.tables.geometry import tables_by_place
from ingest.tables.model import Table

#: Pages whose tables are sought; what stands further behind is found by its words.
MOST_PAGES: Final = 60
#: Seconds for the slow parser; pages after that are read by place.
_PATIENCE: Final = 20.0
_LEAST_COLUMNS, _LEAST_ROWS = 3, 2


def may_hold_tables(pages: Sequence[Page]) -> bool:
    """Whether looking is worth it: some words with places, and more than a few numbers."""
    return any(sum(any(c.isdigit() for c in w.text) for w in p.words) >= 4 for p in pages[:MOST_PAGES])


def is_slow(media_type: str, pages: Sequence[Page]) -> bool:
    """Whether the slow parser may be asked, so that what else is made should not wait for it."""
    return bool(_layered(media_type, pages))


def _layered(media_type: str, pages: Sequence[Page]) -> set[int]:
    return (
        {p.number for p in pages[:MOST_PAGES] if p.reader == TEXT_LAYER and may_hold_tables((p,))}
        if media_type == "application/pdf"
        else set()
    )


def find_tables(
    original: Path, media_type: str, pages: Sequence[Page], password: str | None = None
) -> list[Table]:
    """The tables of a paper in the order of its pages. Runs in the limited child: it opens the file."""
    # Imported here, in the child: a server that only shows tables needs no PDF parser.
    from ingest.tables.ruled import pages_with_rules, ruled_tables

    found: list[Table] = []
    layered = _layered(media_type, pages)
    drawn = pages_with_rules(original, layered, password) if layered else frozenset()
    until = time.monotonic() + _PATIENCE
    for page in pages[:MOST_PAGES]:
        if not may_hold_tables((page,)):
            continue
        ruled: list[Table] = []
        if page.number in drawn and time.monotonic() < until:
            ruled = [t for t in ruled_tables(original, page.number, password) if _true(t)]
        placed = [t for t in tables_by_place(page) if not any(_over(t, other) for other in ruled)]
        found += sorted((*ruled, *placed), key=lambda t: t.box[1])
    return found


def _true(table: Table) -> bool:
    """Whether ruled lines make a table of rows, and not a frame or the boxes of a form."""
    full = [row for row in table.rows if sum(bool(c and c.text) for c in row) >= _LEAST_COLUMNS]
    return len(full) >= _LEAST_ROWS and 2 * len(full) >= len(table.rows)


def _over(one: Table, other: Table) -> bool:
    """Whether most of a table lies within another."""
    a, b = one.box, other.box
    across = max(0.0, min(a[2], b[2]) - max(a[0], b[0]))
    down = max(0.0, min(a[3], b[3]) - max(a[1], b[1]))
    return across * down > 0.3 * (a[2] - a[0]) * (a[3] - a[1])
