"""Charts as SVG from the server: the geometry of columns. The table beside each says the same in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

#: Size in units of the picture, which is scaled to its place.
WIDTH, HEIGHT = 520, 170
_LEFT, _RIGHT, _TOP, _BOTTOM = 44, 4, 18, 22
_GAP = 0.28


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `value` is None where nothing can be said; `said` is the value in words.

    `name` stands below it and `long` in the table; `look` is a class of the style sheet: empty, `now`
    for a week or month that is not over, `late` for what should have been done.
    """

    name: str
    long: str
    value: float | None
    said: str
    href: str
    look: str = ""


def columns(items: Sequence[Column], most: float | None = None) -> dict[str, Any]:
    """Places of columns and lines; `most` is the value at the top, by default the next round one."""
    top = most or _round(max((item.value or 0 for item in items), default=0))
    # Long names get every second place only.
    crowded = sum(len(item.name) for item in items) > 4 * len(items)
    wide = (WIDTH - _LEFT - _RIGHT) / max(1, len(items))
    high = HEIGHT - _TOP - _BOTTOM
    drawn = []
    for number, item in enumerate(items):
        height = high * (item.value or 0) / top
        if item.value:
            height = max(height, 1.5)  # one paper among thousands is still to be seen
        drawn.append(
            {
                "item": item,
                "x": round(_LEFT + wide * number + wide * _GAP / 2, 1),
                "y": round(_TOP + high - height, 1),
                "width": round(wide * (1 - _GAP), 1),
                "height": round(height, 1),
                "middle": round(_LEFT + wide * (number + 0.5), 1),
                "left": round(_LEFT + wide * number, 1),
                "whole": round(wide, 1),
                "named": not crowded or (len(items) - 1 - number) % 2 == 0,
                "odd": (len(items) - 1 - number) % 2 == 1,
            }
        )
    lines = [{"y": round(_TOP + high * (1 - part), 1), "value": top * part} for part in (0, 0.5, 1)]
    return {
        "columns": drawn,
        "lines": lines,
        "width": WIDTH,
        "height": HEIGHT,
        "left": _LEFT,
        "bottom": HEIGHT - _BOTTOM,
        "any": any(item.value for item in items),
    }


def _round(value: float) -> float:
    """The next of 2, 4, 10, 20, 40, 100…, so that half of it is a whole number."""
    step = 1
    while True:
        for part in (2, 4, 10):
            if part * step >= value:
                return part * step
        step *= 10
