"""A reading as rows of words, the form in which labels and amounts are looked for.

Readers number lines as they find them; a table read column by column, or a total
standing far from its label, ends in several lines. Here lines of one page that lie
beside each other become one row. Text without boxes keeps its own lines, with the
column of each word standing in for its place.
"""

import itertools
import re
import statistics
from dataclasses import dataclass
from typing import Final

from ingest.classify.words import visible
from ingest.model import Page, Reading, Word

Box = tuple[float, float, float, float]

MAX_PAGES: Final = 12
MAX_ROWS: Final = 1500
MAX_TOKENS: Final = 9000
_MAX_LINE_CHARS: Final = 1200
_COLUMNS: Final = 130.0  # a text line of this many characters is taken as a page wide
_CELL_GAP: Final = 2.2  # letters; what stands further apart stands in cells of their own
_TWO_BLANKS: Final = 1.6  # ... where all letters are of one width: `1  300,00` is two figures
_EVEN: Final = 0.02
_BESIDE: Final = 0.25  # of their height; words of a line that share less stand in different ones
_NOT_SPACE: Final = re.compile(r"\S+")


@dataclass(frozen=True, slots=True)
class Token:
    """A word in a row: where it begins in the row's text, and where it stands across the page (0 to 1)."""

    text: str
    start: int
    x0: float
    x1: float
    box: Box | None
    confidence: float


@dataclass(frozen=True, slots=True)
class Row:
    """One visual line. In `text` a tab marks a gap wide enough to separate table cells."""

    page: int
    index: int
    text: str
    tokens: tuple[Token, ...]
    top: float
    height: float

    def span(self, start: int, end: int) -> tuple[Token, ...]:
        """The tokens that overlap the characters `start:end` of the text."""
        return tuple(t for t in self.tokens if t.start < end and t.start + len(t.text) > start)


def cells(row: Row) -> list[tuple[Token, ...]]:
    """The tokens of a row by table cell."""
    out: list[tuple[Token, ...]] = []
    current: list[Token] = []
    for token in row.tokens:
        if current and row.text[token.start - 1] == "\t":
            out.append(tuple(current))
            current = []
        current.append(token)
    if current:
        out.append(tuple(current))
    return out


def union(tokens: tuple[Token, ...]) -> Box | None:
    """The box around `tokens`, None if any of them has no place on the page."""
    boxes = [t.box for t in tokens if t.box is not None]
    if not boxes or len(boxes) != len(tokens):
        return None
    return (
        min(b[0] for b in boxes),
        min(b[1] for b in boxes),
        max(b[2] for b in boxes),
        max(b[3] for b in boxes),
    )


def rows_of(reading: Reading) -> list[Row]:
    """The rows of a reading, top to bottom, at most `MAX_ROWS` and `MAX_TOKENS` words.

    A long paper gives its first pages and its last one: totals stand at the end.
    """
    pages = [p for p in reading.pages if p.outcome == "recognised"]
    if len(pages) > MAX_PAGES:
        pages = [*pages[: MAX_PAGES - 1], pages[-1]]
    rows: list[Row] = []
    left = MAX_TOKENS
    for page in pages:
        found = _from_words(page) if page.words else _from_text(page)
        for row in found:
            if len(rows) >= MAX_ROWS or left <= 0:
                return rows
            left -= len(row.tokens)
            rows.append(Row(row.page, len(rows), row.text, row.tokens, row.top, row.height))
    return rows


def _from_text(page: Page) -> list[Row]:
    rows = []
    lines = [line for line in page.text.splitlines() if visible(line).strip()]
    if len(lines) > MAX_ROWS:  # the end of a long text says as much as its beginning
        lines = lines[: MAX_ROWS - 300] + lines[-300:]
    for number, raw in enumerate(lines):
        seen = visible(raw[:_MAX_LINE_CHARS])
        line = seen.expandtabs(8) if "\t" not in seen.strip() else seen
        parts: list[str] = []
        tokens = []
        length = 0
        previous_end = None
        for match in _NOT_SPACE.finditer(line):
            if previous_end is not None:
                gap = line[previous_end : match.start()]
                parts.append("\t" if len(gap) > 1 or "\t" in gap else " ")
                length += 1
            parts.append(match.group())
            x0, x1 = match.start() / _COLUMNS, match.end() / _COLUMNS
            tokens.append(Token(match.group(), length, x0, x1, None, 1.0))
            length += len(match.group())
            previous_end = match.end()
        top = number / max(1, len(lines))
        rows.append(Row(page.number, number, "".join(parts), tuple(tokens), top, 0.0))
    return rows


def _from_words(page: Page) -> list[Row]:
    lines: dict[int, list[Word]] = {}
    for word in page.words[: MAX_TOKENS * 2]:
        if visible(word.text).strip():
            lines.setdefault(word.line, []).append(word)
    groups = [(_top(ws), _bottom(ws), ws) for line in lines.values() for ws in _level(line)]
    groups.sort(key=lambda g: g[0] + g[1])
    merged: list[tuple[float, float, list[Word]]] = []
    for top, bottom, words in groups:
        if merged and _beside(merged[-1], (top, bottom, words)):
            last = merged[-1]
            merged[-1] = (min(last[0], top), max(last[1], bottom), last[2] + words)
        else:
            merged.append((top, bottom, words))
    return [_row(page, words, top, bottom) for top, bottom, words in merged]


def _level(words: list[Word]) -> list[list[Word]]:
    """The words of a reader's line by the lines in which they stand.

    What was typed into a form's boxes, or read twice, comes as one line though some of it stands higher.
    Along a slanting line each word still stands beside the one before it.
    """
    if max(w.box[1] for w in words) < min(w.box[3] for w in words):
        return [words]
    levels: list[list[Word]] = []
    for word in sorted(words, key=lambda w: w.box[0]):
        best, most = None, _BESIDE
        for level in levels:
            shared = max(_shared(word, other) for other in level[-3:])
            if shared > most:
                best, most = level, shared
        if best is None:
            levels.append([word])
        else:
            best.append(word)
    if sum(any(c.isalnum() for w in level for c in w.text) for level in levels) < 2:
        return [words]  # a dash or a comma that hangs low
    return levels


def _shared(a: Word, b: Word) -> float:
    """How much of the lower one's height two words have in common; less than 0 where they are apart."""
    lower = min(a.box[3] - a.box[1], b.box[3] - b.box[1])
    return (min(a.box[3], b.box[3]) - max(a.box[1], b.box[1])) / max(lower, 1e-6)


def _top(words: list[Word]) -> float:
    return sorted(w.box[1] for w in words)[len(words) // 2]


def _bottom(words: list[Word]) -> float:
    return sorted(w.box[3] for w in words)[len(words) // 2]


def _beside(a: tuple[float, float, list[Word]], b: tuple[float, float, list[Word]]) -> bool:
    overlap = min(a[1], b[1]) - max(a[0], b[0])
    lower = min(a[1] - a[0], b[1] - b[0])
    if lower <= 0 or overlap < 0.6 * lower:
        return False
    if any(u.box[0] < v.box[2] and v.box[0] < u.box[2] for u in a[2] for v in b[2]):
        return False
    return not _woven(a[2], b[2])


def _woven(a: list[Word], b: list[Word]) -> bool:
    """Whether words of two lines alternate closely, as those of bent lines over each other do.

    Columns of a table alternate too, but with wide gaps between them.
    """
    order = sorted([(w.box, 0) for w in a] + [(w.box, 1) for w in b])
    letter = statistics.median((w.box[2] - w.box[0]) / max(1, len(w.text)) for w in (*a, *b))
    close = 0
    for (left, mine), (right, other) in itertools.pairwise(order):
        close += mine != other and right[0] - left[2] < _CELL_GAP * letter
    return close > 2


def _row(page: Page, words: list[Word], top: float, bottom: float) -> Row:
    words = sorted(words, key=lambda w: w.box[0])
    widths = sorted((w.box[2] - w.box[0]) / max(1, len(w.text)) for w in words)
    letter = widths[len(widths) // 2]
    even = (
        len(words) > 2 and widths[-1] - widths[0] < _EVEN * letter
    )  # of one width, so blanks can be counted
    gap = _TWO_BLANKS if even else _CELL_GAP
    parts: list[str] = []
    tokens = []
    length = 0
    previous: Word | None = None
    for word in words:
        if previous is not None:
            parts.append("\t" if word.box[0] - previous.box[2] > gap * letter else " ")
            length += 1
        text = visible(word.text).replace("\t", " ").strip()
        parts.append(text)
        tokens.append(Token(text, length, word.box[0], word.box[2], word.box, word.confidence))
        length += len(text)
        previous = word
    return Row(page.number, 0, "".join(parts), tuple(tokens), top, bottom - top)
