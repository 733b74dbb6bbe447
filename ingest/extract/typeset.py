"""Papers that have data and no picture, set as pages that people read: heading, parties, tables, sums.

A `Sheet` gathers what stands on the paper; `set_sheet` gives it places on A4 pages. The words of
a page go into its `Page` as of any other; what is drawn besides them (rules, shades, faces) is
made again from the original when the page is drawn, so nothing of it is stored.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from ingest.extract.metrics import Face, width
from ingest.model import Page, Word

Box = tuple[float, float, float, float]

_SHORT, _LONG = 595.3, 841.9  # A4 in points
_MARGIN: Final = 46.0
_GAP: Final = 9.0  # between columns
_LEADING: Final = 1.32
#: Where in a word's box its baseline is, in parts of the box's height; the box is as high as the size.
BASELINE: Final = 0.76
#: Rows by which a table's columns are measured.
_MEASURED: Final = 400
_NARROWEST: Final = 26.0
_NUMBER: Final = re.compile(r"[-+−<>≤≥]?\s?\d[\d\s.,%/:]*(?:\s?[A-Z]{3}|\s?%)?$")
#: What must be left of a page for the next line to begin on it, in points.
_SPOKEN: Final = 14.0
#: Lines on a page that is kept as text only.
_TEXT_LINES: Final = 70


@dataclass(frozen=True, slots=True)
class Drawn:
    """What a page has besides its words: a face for each word, rules and shades as boxes.

    Boxes are in fractions of the page.
    """

    faces: str
    rules: tuple[Box, ...]
    shades: tuple[Box, ...]


@dataclass(slots=True)
class Sheet:
    """A paper to be set, block after block; it can be written to like `ingest.extract.layout.Lines`.

    The first line added is the heading.
    """

    blocks: list[tuple[str, object]] = field(default_factory=list)

    def add(self, line: str = "") -> None:
        """A line of its own; an empty one is a gap."""
        headed = any(kind == "title" for kind, _ in self.blocks)
        self.blocks.append(("line" if headed else "title", line) if line else ("gap", None))

    def extend(self, lines: Iterable[str]) -> None:
        for line in lines:
            self.add(line)

    def pairs(self, pairs: Iterable[tuple[str, str]]) -> None:
        """Labels with their values; those without a value are left out."""
        known = [(label, value) for label, value in pairs if value]
        if known:
            self.blocks.append(("pairs", known))

    def parties(self, parties: Iterable[tuple[str, Sequence[str]]]) -> None:
        """Blocks of lines under a label, two side by side; the first line is the name."""
        known = [(label, [t for t in block if t]) for label, block in parties if any(block)]
        if known:
            self.blocks.append(("parties", known))

    def table(self, rows: Sequence[Sequence[str]]) -> None:
        """Rows of cells; the first row is the heading, repeated on each page. Empty columns are left out."""
        count = max((len(row) for row in rows), default=0)
        used = [i for i in range(count) if any(i < len(row) and row[i] for row in rows[1:])]
        if used:
            self.blocks.append(("table", [[r[i] if i < len(r) else "" for i in used] for r in rows]))

    def sums(self, pairs: Iterable[tuple[str, str]]) -> None:
        """Amounts under the table at the right edge; the last one stands out."""
        known = [(label, value) for label, value in pairs if value]
        if known:
            self.blocks.append(("sums", known))

    def listing(self, lines: Sequence[str]) -> None:
        """Lines as a program wrote them, in fixed pitch."""
        self.blocks.append(("listing", lines))


def set_sheet(
    sheet: Sheet, number: int, reader: str, version: str, laid: int, clean: Callable[[str], str]
) -> list[tuple[Page, Drawn | None]]:
    """The pages of a sheet, numbered from `number`.

    `laid` pages are set; what follows them is kept as pages of text, without words and with
    no `Drawn`. `clean` is what text must pass through before it is shown.
    """
    setter = _Setter(laid, clean, _wide(sheet, clean))
    for kind, content in sheet.blocks:
        getattr(setter, f"set_{kind}")(content)
    return setter.pages(number, reader, version)


def _wide(sheet: Sheet, clean: Callable[[str], str]) -> bool:
    """Whether a table needs the long side of the paper."""
    for kind, content in sheet.blocks:
        if kind == "table" and isinstance(content, list):
            natural, least = _measures(content, 8.0, clean)
            room = _SHORT - 2 * _MARGIN - _GAP * (len(natural) - 1)
            if sum(least) > room or (sum(natural) > 1.5 * room and len(natural) > 6):
                return True
    return False


def _measures(
    rows: Sequence[Sequence[str]], size: float, clean: Callable[[str], str]
) -> tuple[list[float], list[float]]:
    """For each column the width of its widest cell, and of its longest word, within bounds."""
    count = len(rows[0])
    natural, least = [_NARROWEST] * count, [_NARROWEST] * count
    for at, row in enumerate(rows[:_MEASURED]):
        face: Face = "b" if at == 0 else "r"
        for i, cell in enumerate(row):
            words = clean(cell[:300]).split()
            natural[i] = max(natural[i], min(340.0, width(" ".join(words), size, face)))
            least[i] = max(least[i], min(150.0, max((width(w, size, face) for w in words), default=0.0)))
    return natural, least


@dataclass(slots=True)
class _Leaf:
    """A page in the making; without words once enough pages are laid."""

    laid: bool
    words: list[Word] = field(default_factory=list)
    faces: list[str] = field(default_factory=list)
    rules: list[Box] = field(default_factory=list)
    shades: list[Box] = field(default_factory=list)
    text: list[str] = field(default_factory=list)
    order: int = 0


class _Setter:
    def __init__(self, laid: int, clean: Callable[[str], str], wide: bool) -> None:
        self._laid = laid
        self._clean = clean
        self.width, self.height = (_LONG, _SHORT) if wide else (_SHORT, _LONG)
        self._inner = self.width - 2 * _MARGIN
        self._leaves = [_Leaf(laid > 0)]
        self._y = _MARGIN

    def pages(self, number: int, reader: str, version: str) -> list[tuple[Page, Drawn | None]]:
        out: list[tuple[Page, Drawn | None]] = []
        for count, leaf in enumerate(self._leaves):
            text = "\n".join(leaf.text)
            page = Page(
                number + count,
                round(self.width, 1),
                round(self.height, 1),
                "recognised" if leaf.words or text.strip() else "blank",
                reader,
                version,
                text,
                tuple(leaf.words),
                1.0 if leaf.words or text.strip() else None,
            )
            drawn = Drawn("".join(leaf.faces), tuple(leaf.rules), tuple(leaf.shades)) if leaf.laid else None
            out.append((page, drawn))
        return out

    # -- blocks ------------------------------------------------------------

    def set_title(self, text: str) -> None:
        shown = self._clean(text)
        self._say(shown)
        for line in self._wrapped(shown, self._inner, 15.0, "b"):
            self._line([(_MARGIN, line, "b")], 15.0)
        self._y += 3
        self._rule(_MARGIN, self._inner)
        self._y += 7

    def set_gap(self, _: object) -> None:
        self._y += 6

    def set_line(self, text: str) -> None:
        for part in text.splitlines():
            shown = self._clean(part)
            self._say(shown)
            for line in self._wrapped(shown, self._inner, 9.0, "r"):
                self._line([(_MARGIN, line, "r")], 9.0)

    def set_pairs(self, pairs: list[tuple[str, str]]) -> None:
        size = 8.6
        labels = [self._clean(label).strip() + ":" for label, _ in pairs]
        left = min(0.4 * self._inner, max(width(label, size) for label in labels) + _GAP)
        for label, (_, value) in zip(labels, pairs, strict=True):
            shown = self._clean(value)
            self._say(f"{label} {shown}")
            lines = self._wrapped(shown, self._inner - left, size, "b")
            heads = self._wrapped(label, left - _GAP / 2, size, "r")
            for i in range(max(len(lines), len(heads))):
                parts: list[tuple[float, str, Face]] = []
                if i < len(heads):
                    parts.append((_MARGIN, heads[i], "r"))
                if i < len(lines):
                    parts.append((_MARGIN + left, lines[i], "b"))
                self._line(parts, size)

    def set_parties(self, parties: list[tuple[str, list[str]]]) -> None:
        half = (self._inner - 2 * _GAP) / 2
        for start in range(0, len(parties), 2):
            pair = parties[start : start + 2]
            self._y += 8
            columns: list[list[tuple[str, Face]]] = []
            for label, block in pair:
                name = self._clean(label).strip() + ":"
                self._say(name)
                lines: list[tuple[str, Face]] = [(name, "r")]
                for n, text in enumerate(block):
                    shown = self._clean(text)
                    self._say("  " + shown)
                    face: Face = "b" if n == 0 else "r"
                    lines += [(line, face) for line in self._wrapped(shown, half, 9.0, face)]
                columns.append(lines)
            for i in range(max(len(c) for c in columns)):
                parts = [
                    (_MARGIN + at * (half + 2 * _GAP), column[i][0], column[i][1])
                    for at, column in enumerate(columns)
                    if i < len(column)
                ]
                self._line(parts, 9.0)
        self._y += 4

    def set_table(self, rows: list[list[str]]) -> None:
        size = 8.0
        natural, least = _measures(rows, size, self._clean)
        room = self._inner - _GAP * (len(natural) - 1)
        if sum(least) > room and sum(least) > 0:
            size = max(5.5, size * room / sum(least))
            natural, least = _measures(rows, size, self._clean)
        columns = _shared(natural, least, room)
        right = [_mostly_numbers(rows, i) for i in range(len(columns))]
        self._y += 8
        self._head(rows[0], columns, right, size)
        self._say("  ".join(self._clean(cell) for cell in rows[0]))
        for row in rows[1:]:
            if self._need(_SPOKEN) and self._leaves[-1].laid:
                self._head(rows[0], columns, right, size)
            self._say("  ".join(" ".join(self._clean(cell).split()) for cell in row).rstrip())
            if not self._leaves[-1].laid:
                self._y += size * _LEADING
                self._need(size)
                continue
            self._row(row, columns, right, size, "r", lambda: self._head(rows[0], columns, right, size))
            self._rule(_MARGIN, self._inner, 0.35)
            self._y += 2
        self._y += 4

    def set_sums(self, sums: list[tuple[str, str]]) -> None:
        left = _MARGIN + 0.5 * self._inner
        for at, (label, value) in enumerate(sums):
            face: Face = "b" if at == len(sums) - 1 else "r"
            name, shown = self._clean(label).strip() + ":", self._clean(value)
            self._say(f"{name} {shown}")
            size = 10.0 if face == "b" else 9.0
            if face == "b" and at:
                self._need(16)
                self._rule(left, _MARGIN + self._inner - left)
                self._y += 3
            edge = _MARGIN + self._inner - width(shown, size, face)
            self._line(
                [(left, name, face), (max(left + width(name, size, face) + 4, edge), shown, face)], size
            )
        self._y += 6

    def set_listing(self, lines: Sequence[str]) -> None:
        size = 6.6
        letters = max(20, int(self._inner / width("0", size, "m")))
        self._y += 4
        for line in lines:
            shown = self._clean(line).replace("\f", " ").expandtabs(8).rstrip()
            self._say(shown)
            pieces = [shown[i : i + letters] for i in range(0, len(shown), letters)] or [""]
            if not self._leaves[-1].laid:
                pieces = [""]
            for piece in pieces:
                self._line([(_MARGIN, piece, "m")], size)

    # -- parts -------------------------------------------------------------

    def _head(self, row: Sequence[str], columns: list[float], right: list[bool], size: float) -> None:
        self._need(4 * size)
        top = self._y
        self._row(row, columns, right, size, "b", None)
        if self._leaves[-1].laid:
            self._leaves[-1].shades.append(
                self._box(_MARGIN - 3, top - 2, self._inner + 6, self._y - top + 2)
            )
        self._y += 3

    def _row(
        self,
        row: Sequence[str],
        columns: list[float],
        right: list[bool],
        size: float,
        face: Face,
        again: Callable[[], None] | None,
    ) -> None:
        wrapped = [self._wrapped(self._clean(c), w, size, face) for c, w in zip(row, columns, strict=True)]
        for i in range(max(len(lines) for lines in wrapped)):
            if self._need(size * _LEADING) and again is not None and self._leaves[-1].laid:
                again()
            parts: list[tuple[float, str, Face]] = []
            x = _MARGIN
            for lines, column, to_right in zip(wrapped, columns, right, strict=True):
                if i < len(lines) and lines[i]:
                    shift = max(0.0, column - width(lines[i], size, face)) if to_right else 0.0
                    parts.append((x + shift, lines[i], face))
                x += column + _GAP
            self._line(parts, size)

    def _say(self, text: str) -> None:
        """Add a line to the page's text; a page that is only text ends after so many lines."""
        self._need(_SPOKEN)
        leaf = self._leaves[-1]
        if not leaf.laid and len(leaf.text) >= _TEXT_LINES:
            leaf = _Leaf(False)
            self._leaves.append(leaf)
            self._y = _MARGIN
        leaf.text.append(text)

    def _need(self, height: float) -> bool:
        """Begin a new page if less than `height` is left; says whether it did."""
        if self._y + height <= self.height - _MARGIN or not self._leaves[-1].laid:
            return False
        self._leaves.append(_Leaf(len(self._leaves) < self._laid))
        self._y = _MARGIN
        return True

    def _line(self, parts: Sequence[tuple[float, str, Face]], size: float) -> None:
        """Words from each starting place, all on one line."""
        self._need(size * _LEADING)
        leaf = self._leaves[-1]
        base = self._y + 0.8 * size
        found = False
        for x, text, face in parts if leaf.laid else ():
            for match in re.finditer(r"\S+", text):
                left = x + width(text[: match.start()], size, face)
                box = self._box(left, base - BASELINE * size, width(match[0], size, face), size)
                leaf.words.append(Word(match[0], box, 1.0, leaf.order))
                leaf.faces.append(face)
                found = True
        leaf.order += found
        self._y += size * _LEADING

    def _rule(self, x: float, length: float, thick: float = 0.7) -> None:
        if self._leaves[-1].laid:
            self._leaves[-1].rules.append(self._box(x, self._y, length, thick))

    def _box(self, x: float, y: float, across: float, down: float) -> Box:
        return (
            round(x / self.width, 5),
            round(y / self.height, 5),
            round(min(1.0, (x + across) / self.width), 5),
            round(min(1.0, (y + down) / self.height), 5),
        )

    def _wrapped(self, text: str, room: float, size: float, face: Face) -> list[str]:
        """`text` in lines no wider than `room`; a word that is wider is cut."""
        if not self._leaves[-1].laid:
            return [""]
        lines: list[str] = []
        line, used, space = "", 0.0, width(" ", size, face)
        for whole in text.split():
            word = whole
            while (long := width(word, size, face)) > room and len(word) > 1:
                if line:
                    lines.append(line)
                    line, used = "", 0.0
                fits = max(1, int(len(word) * room / long))
                lines.append(word[:fits])
                word = word[fits:]
            if line and used + space + long > room:
                lines.append(line)
                line, used = "", 0.0
            used += (space if line else 0.0) + long
            line = f"{line} {word}" if line else word
        return [*lines, line] if line or not lines else lines


def _shared(natural: list[float], least: list[float], room: float) -> list[float]:
    """Widths of columns: their natural ones if there is room, else the wide ones give way."""
    if sum(natural) <= room:
        spare = room - sum(natural)
        widest = natural.index(max(natural))
        return [w + (spare if i == widest else 0.0) for i, w in enumerate(natural)]
    if sum(least) >= room:
        return [w * room / sum(least) for w in least]
    share = (room - sum(least)) / max(1.0, sum(n - m for n, m in zip(natural, least, strict=True)))
    return [m + share * (n - m) for n, m in zip(natural, least, strict=True)]


def _mostly_numbers(rows: Sequence[Sequence[str]], column: int) -> bool:
    cells = [row[column].strip() for row in rows[1:_MEASURED] if row[column].strip()]
    return bool(cells) and sum(bool(_NUMBER.match(c)) for c in cells) * 10 >= len(cells) * 8
