"""Which part of a page's picture shows a hit.

The picture stands enlarged in a narrow window and is moved by steps, each a class of the style
sheet, because a page of ours may carry no style of its own.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from indexer.snippets import Box, Snippet

#: The window shows this share of the page's width, and of a sheet of A4 this share of its height.
WIDTH, HEIGHT = 0.6, 0.09
STEP = 4
_MOST = 60


@dataclass(frozen=True, slots=True)
class Look:
    """`across` and `down` are where the window begins, in percent of the page, in steps of 4."""

    page: int
    across: int
    down: int
    boxes: tuple[Box, ...]


def look_at(snippets: Sequence[Snippet]) -> Look | None:
    """The part with most of the first snippet's hits; None for a page without places, or with masks."""
    if not snippets or not snippets[0].boxes or not snippets[0].picture:
        return None
    boxes = snippets[0].boxes[:_MOST]
    best = max(boxes, key=lambda top: sum(_beside(top, box) for box in boxes))
    across = min(max(0.0, best[0] - WIDTH / 4), 1 - WIDTH)
    down = min(max(0.0, (best[1] + best[3]) / 2 - HEIGHT / 2), 1 - HEIGHT)
    return Look(snippets[0].page, _step(across), _step(down), boxes)


def _beside(top: Box, box: Box) -> bool:
    return 0 <= box[1] - top[1] < HEIGHT * 0.8 and abs(box[0] - top[0]) < WIDTH / 2


def _step(share: float) -> int:
    return round(share * 100 / STEP) * STEP
