"""What stands on a paper, before it is laid out: blocks in reading order."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

Align = Literal["l", "c", "r"]


@dataclass(slots=True)
class Text:
    """A paragraph. `size` is relative to the sheet's; `gap` is points of air above it."""

    text: str
    size: float = 1.0
    bold: bool = False
    align: Align = "l"
    gap: float = 0.0
    indent: float = 0.0


@dataclass(slots=True)
class Pairs:
    """Labels with values: `colon` sets them on one line, `tab` in two columns, `boxed` as form fields."""

    items: Sequence[tuple[str, str]]
    style: Literal["colon", "tab", "boxed"] = "colon"
    label_width: float = 0.35
    across: int = 1  # boxes in a row, for `boxed`


@dataclass(slots=True)
class Grid:
    """A table. `widths` are relative, `align` has a letter for each column, `strong` rows are bold."""

    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    widths: Sequence[float]
    align: str
    style: Literal["ruled", "lines", "plain", "zebra"] = "ruled"
    size: float = 0.9
    strong: frozenset[int] = frozenset()


@dataclass(slots=True)
class Side:
    """Blocks beside blocks."""

    left: "Sequence[Block]"
    right: "Sequence[Block]"
    ratio: float = 0.5


@dataclass(slots=True)
class Frame:
    """Blocks in a box; `shade` is its grey, 1 for white."""

    blocks: "Sequence[Block]"
    shade: float = 1.0


@dataclass(slots=True)
class Rule:
    """A line across."""

    weight: float = 0.6


@dataclass(slots=True)
class Gap:
    """Air, in points."""

    points: float = 8.0


@dataclass(slots=True)
class Band:
    """A line of text on a dark ground."""

    text: str
    size: float = 1.1


@dataclass(slots=True)
class Break:
    """A new page."""


Block = Text | Pairs | Grid | Side | Frame | Rule | Gap | Band | Break


@dataclass(slots=True)
class Sheet:
    """A paper to be set: format in points, faces, and blocks. `height` 0 fits the page to its content."""

    blocks: list[Block] = field(default_factory=list)
    width: float = 595.28
    height: float = 841.89
    margin: float = 50.0
    family: str = "sans"
    size: float = 9.5
    leading: float = 1.3
    ink: tuple[float, float, float] = (0.2, 0.25, 0.35)
    footer: str = ""

    def add(self, *blocks: Block) -> None:
        self.blocks.extend(blocks)
