"""Labels: the words that stand beside or above a value and say what it is."""

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Final, Protocol, TypeVar

from ingest.classify.words import plain
from ingest.fields.rows import Row

_PHRASES: Final = Path(__file__).with_name("phrases.txt")
_BELOW: Final = 3  # rows under a column's heading in which its value may stand
_LETTERS: Final = str.maketrans("015", "ols")
_MIXED: Final = re.compile(r"[a-z]*[015][a-z]+[015a-z]*|[a-z]+[015][015a-z]*")


class Placed(Protocol):
    """Something found in a row."""

    @property
    def start(self) -> int: ...
    @property
    def end(self) -> int: ...


P = TypeVar("P", bound=Placed)


def label_text(row: Row) -> str:
    """A row's text for matching labels, of the same length.

    In lower case, without accents, digits that OCR put into words turned back to letters.
    """
    return _label_text(row.text)


@lru_cache(maxsize=4096)
def _label_text(text: str) -> str:
    return _MIXED.sub(
        lambda m: m.group().translate(_LETTERS) if _wordlike(m.group()) else m.group(), plain(text)
    )


def _wordlike(word: str) -> bool:
    return sum(c.isalpha() for c in word) >= 3


def beside_or_below(
    rows: Sequence[Row], row: Row, start: int, end: int, found: Callable[[Row], Sequence[P]]
) -> tuple[Row, P] | None:
    """The nearest value to the right of the label `start:end`, else under it in the same column."""
    right = [p for p in found(row) if p.start >= end]
    if right:
        nearest = min(right, key=lambda p: p.start)
        if row.text.count("\t", end, nearest.start) <= 1:
            return row, nearest
    label = row.span(start, end)
    if not label:
        return None
    x0, x1 = label[0].x0, label[-1].x1
    for below in rows[row.index + 1 : row.index + 1 + _BELOW]:
        if below.page != row.page:
            break
        for item in found(below):
            tokens = below.span(item.start, item.end)
            if tokens and tokens[0].x0 <= x1 + 0.01 and tokens[-1].x1 >= x0 - 0.01:
                return below, item
    return None


@lru_cache(maxsize=1)
def _sections() -> dict[str, list[str]]:
    texts: dict[str, list[str]] = {}
    current: list[str] = []
    for line in _PHRASES.read_text(encoding="utf-8").splitlines():
        if line.startswith("@"):
            current = texts.setdefault(line[1:].strip(), [])
        elif line.strip() and not line.startswith("#"):
            current.append(line)
    return {
        name: [p.strip() for p in " ".join(lines).split(";") if p.strip()] for name, lines in texts.items()
    }


def phrases(section: str) -> re.Pattern[str]:
    """One pattern for the phrases of a section of `phrases.txt`, longest first.

    Raises KeyError where there is no such section.
    """
    parts = [
        re.escape(p).replace(r"\ ", r"[\s.:/-]{0,3}")
        for p in sorted(_sections()[section], key=len, reverse=True)
    ]
    return re.compile(r"(?<![a-z])(?:" + "|".join(parts) + r")(?![a-z])")
