"""Sets a sheet: breaks lines and pages, and knows where each word came to stand.

Positions are points from the top left of the page. The output is drawing operators of PDF, so what
is drawn and what is known about it come from one place.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.papers.fonts import Face, face
from tests.papers.model import PlacedWord
from tests.papers.sheet import Band, Block, Break, Frame, Gap, Grid, Pairs, Rule, Sheet, Side, Text


@dataclass(slots=True)
class Laid:
    """Set pages: their operators, size in points, the faces used, words, and the text in the order set."""

    width: float
    height: float
    pages: list[list[str]] = field(default_factory=list)
    faces: dict[str, Face] = field(default_factory=dict)
    words: list[PlacedWord] = field(default_factory=list)
    lines: list[list[str]] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "\n\f\n".join("\n".join(page) for page in self.lines)


def lay_out(sheet: Sheet) -> Laid:
    """Set a sheet; one whose height is 0 becomes a single strip as long as needed."""
    if sheet.height:
        return _Setter(sheet, sheet.height).run()
    trial = _Setter(sheet, 100_000.0)
    trial.run()
    return _Setter(sheet, trial.y + sheet.margin).run()


def wrap(text: str, type_face: Face, size: float, width: float) -> list[str]:
    """Break a paragraph at spaces so that each line fits; a word too long for a line is cut."""
    lines = []
    room = width / size
    blank = type_face.widths.get(" ", 0.3)
    for paragraph in text.split("\n"):
        line: list[str] = []
        used = 0.0
        for word in paragraph.split():
            long = type_face.width(word)
            while long > room:
                keep = max(1, int(len(word) * room / long) - 1)
                if line:
                    lines.append(" ".join(line))
                    line, used = [], 0.0
                lines.append(word[:keep])
                word = word[keep:]
                long = type_face.width(word)
            if line and used + blank + long > room:
                lines.append(" ".join(line))
                line, used = [], 0.0
            used += long + (blank if line else 0.0)
            line.append(word)
        lines.append(" ".join(line))
    return lines


class _Setter:
    def __init__(self, sheet: Sheet, height: float) -> None:
        self.sheet = sheet
        self.out = Laid(sheet.width, height)
        self.height = height
        self.regular = face(sheet.family)
        self.bold = face(sheet.family, bold=True)
        self.out.faces = {"F1": self.regular, "F2": self.bold}
        self.bottom = height - sheet.margin
        self.y = 0.0
        self.page = -1
        self.frozen = 0  # inside something that must not be parted, the page is not turned
        self._open(0)

    def run(self) -> Laid:
        self._blocks(self.sheet.blocks, self.sheet.margin, self.sheet.width - 2 * self.sheet.margin)
        if self.sheet.footer:
            for page in range(len(self.out.pages)):
                self.page = page
                line = self.sheet.footer.replace("#", str(self.page + 1))
                self._row(
                    [(line, "c")],
                    self.sheet.margin,
                    self.sheet.width - 2 * self.sheet.margin,
                    self.height - self.sheet.margin * 0.6,
                    self.sheet.size * 0.8,
                )
        return self.out

    # pages

    def _open(self, page: int) -> None:
        if page == len(self.out.pages):
            self.out.pages.append([])
            self.out.lines.append([])
        self.page, self.y = page, self.sheet.margin

    def _need(self, points: float) -> bool:
        """Turn the page if there is no room; True if it was turned."""
        if self.y + points > self.bottom and self.y > self.sheet.margin and not self.frozen:
            self._open(self.page + 1)
            return True
        return False

    # drawing

    def _draw(self, operators: str) -> None:
        self.out.pages[self.page].append(operators)

    def _stroke(self, x0: float, y0: float, x1: float, y1: float, weight: float = 0.5) -> None:
        h = self.height
        self._draw(f"{weight:.2f} w {x0:.2f} {h - y0:.2f} m {x1:.2f} {h - y1:.2f} l S")

    def _fill(self, x: float, y: float, width: float, height: float, colour: Sequence[float]) -> None:
        ink = " ".join(f"{c:.2f}" for c in colour)
        self._draw(f"q {ink} rg {x:.2f} {self.height - y - height:.2f} {width:.2f} {height:.2f} re f Q")

    def _box(self, x: float, y: float, width: float, height: float) -> None:
        self._draw(f"0.5 w {x:.2f} {self.height - y - height:.2f} {width:.2f} {height:.2f} re S")

    def _put(
        self, text: str, x: float, baseline: float, size: float, bold: bool, white: bool = False
    ) -> None:
        """Draw a run and note its words."""
        if not text:
            return
        type_face, tag = (self.bold, "F2") if bold else (self.regular, "F1")
        ink = "1 g " if white else ""
        after = " 0 g" if white else ""
        self._draw(
            f"{ink}BT /{tag} {size:.2f} Tf {x:.2f} {self.height - baseline:.2f} Td "
            f"<{type_face.encode(text)}> Tj ET{after}"
        )
        widths = type_face.widths
        top = (baseline - 0.76 * size) / self.height
        foot = (baseline + 0.22 * size) / self.height
        blank = widths.get(" ", 0.3) * size
        page = self.page + 1
        for word in text.split(" "):
            if word:
                end = x + type_face.width(word) * size
                box = (x / self.sheet.width, top, end / self.sheet.width, foot)
                self.out.words.append((word, page, box))
                x = end
            x += blank

    def _row(
        self,
        runs: list[tuple[str, str]],
        x: float,
        width: float,
        baseline: float,
        size: float,
        bold: bool = False,
        white: bool = False,
    ) -> None:
        """Runs on one line within one column, each at its side."""
        type_face = self.bold if bold else self.regular
        for text, align in runs:
            at = x
            if align != "l":
                slack = width - type_face.width(text) * size
                at = x + (slack / 2 if align == "c" else slack)
            self._put(text, at, baseline, size, bold, white)
        said = " ".join(text for text, _ in runs if text)
        if said:
            self.out.lines[self.page].append(said)

    # blocks

    def _blocks(self, blocks: Sequence[Block], x: float, width: float) -> None:
        for block in blocks:
            match block:
                case Text():
                    self._text(block, x, width)
                case Pairs():
                    self._pairs(block, x, width)
                case Grid():
                    self._grid(block, x, width)
                case Side():
                    self._side(block, x, width)
                case Frame():
                    self._frame(block, x, width)
                case Rule():
                    self._need(6)
                    self._stroke(x, self.y + 3, x + width, self.y + 3, block.weight)
                    self.y += 6
                case Gap():
                    self.y += block.points
                case Band():
                    self._band(block, x, width)
                case Break():
                    self._open(self.page + 1)

    def _text(self, block: Text, x: float, width: float) -> None:
        size = self.sheet.size * block.size
        step = size * self.sheet.leading
        self.y += block.gap
        for line in wrap(block.text, self.bold if block.bold else self.regular, size, width - block.indent):
            self._need(step)
            self._row(
                [(line, block.align)], x + block.indent, width - block.indent, self.y + size, size, block.bold
            )
            self.y += step

    def _pairs(self, block: Pairs, x: float, width: float) -> None:
        size = self.sheet.size
        if block.style == "boxed":
            self._boxes(block, x, width)
            return
        for label, value in block.items:
            if block.style == "colon":
                self._text(Text(f"{label}: {value}" if label else value), x, width)
                continue
            side = width * block.label_width
            labels = wrap(label, self.regular, size, side - 6)
            values = wrap(value, self.bold, size, width - side)
            step = size * self.sheet.leading
            self._need(step * max(len(labels), len(values)))
            start = self.y
            for n in range(max(len(labels), len(values))):
                base = start + n * step + size
                here = []
                if n < len(labels):
                    self._put(labels[n], x, base, size, False)
                    here.append(labels[n])
                if n < len(values):
                    self._put(values[n], x + side, base, size, True)
                    here.append(values[n])
                self.out.lines[self.page].append(" ".join(here))
            self.y = start + step * max(len(labels), len(values))

    def _boxes(self, block: Pairs, x: float, width: float) -> None:
        size, small = self.sheet.size, self.sheet.size * 0.72
        cell = width / block.across
        for first in range(0, len(block.items), block.across):
            group = block.items[first : first + block.across]
            labels = [wrap(label, self.regular, small, cell - 8) for label, _ in group]
            values = [wrap(value, self.regular, size, cell - 12) for _, value in group]
            tall = (
                max(len(a) * small * 1.2 + len(b) * size * 1.25 for a, b in zip(labels, values, strict=True))
                + 7
            )
            self._need(tall)
            for n, (label, value) in enumerate(zip(labels, values, strict=True)):
                left, y = x + n * cell, self.y
                self._box(left, y, cell, tall)
                for line in label:
                    self._row([(line, "l")], left + 4, cell, y + small + 2, small)
                    y += small * 1.2
                for line in value:
                    self._row([(line, "l")], left + 6, cell, y + size + 3, size)
                    y += size * 1.25
            self.y += tall

    def _cells(self, row: Sequence[str], widths: list[float], size: float, bold: bool) -> list[list[str]]:
        type_face = self.bold if bold else self.regular
        return [
            wrap(cell, type_face, size, w - 6) if cell else [] for cell, w in zip(row, widths, strict=True)
        ]

    def _grid(self, block: Grid, x: float, width: float) -> None:
        total = sum(block.widths)
        size = self.sheet.size * block.size
        widths = self._room(block, [w * width / total for w in block.widths], size)
        if block.head:
            self._grid_row(block, block.head, x, widths, size, head=True, odd=False, bold=True)
        for n, row in enumerate(block.rows):
            tall = self._tall(row, widths, size)
            if self._need(tall) and block.head:
                self._grid_row(block, block.head, x, widths, size, head=True, odd=False, bold=True)
            self._grid_row(block, row, x, widths, size, head=False, odd=n % 2 == 1, bold=n in block.strong)

    def _room(self, block: Grid, widths: list[float], size: float) -> list[float]:
        """Widths with room for every number in full, taken from the columns of words."""
        out = list(widths)
        words = [n for n, align in enumerate(block.align) if align == "l"]
        for n, align in enumerate(block.align):
            if align == "r" and block.rows and words:
                least = max(self.bold.width(row[n]) for row in block.rows) * size + 7
                if least > out[n]:
                    widest = max(words, key=lambda m: out[m])
                    given = min(least - out[n], out[widest] * 0.6)
                    out[n] += given
                    out[widest] -= given
        return out

    def _tall(self, row: Sequence[str], widths: list[float], size: float) -> float:
        return max(1, *(len(c) for c in self._cells(row, widths, size, True))) * size * 1.25 + 5

    def _grid_row(
        self,
        block: Grid,
        row: Sequence[str],
        x: float,
        widths: list[float],
        size: float,
        *,
        head: bool,
        odd: bool,
        bold: bool,
    ) -> None:
        cells = self._cells(row, widths, size, bold)
        tall = max(1, *(len(c) for c in cells)) * size * 1.25 + 5
        self._need(tall)
        full = sum(widths)
        if head and block.style in ("ruled", "zebra"):
            self._fill(x, self.y, full, tall, (0.88, 0.88, 0.9))
        elif odd and block.style == "zebra":
            self._fill(x, self.y, full, tall, (0.95, 0.95, 0.96))
        type_face = self.bold if bold else self.regular
        left = x
        said: list[str] = []
        for lines, w, align in zip(cells, widths, block.align, strict=True):
            for n, line in enumerate(lines):
                slack = w - 6 - type_face.width(line) * size
                at = left + 3 + (0 if align == "l" else slack / 2 if align == "c" else slack)
                self._put(line, at, self.y + 2 + size + n * size * 1.25, size, bold)
            said.extend(lines)
            if block.style == "ruled":
                self._box(left, self.y, w, tall)
            left += w
        if said:
            self.out.lines[self.page].append(" ".join(said))
        if block.style == "lines" or (head and block.style == "zebra"):
            self._stroke(x, self.y + tall, x + full, self.y + tall, 0.9 if head else 0.3)
        self.y += tall

    def _side(self, block: Side, x: float, width: float) -> None:
        gutter = 14.0
        left = (width - gutter) * block.ratio
        self._keep(block.left, left, block.right, width - gutter - left)
        start = self.y
        self.frozen += 1
        self._blocks(block.left, x, left)
        low, self.y = self.y, start
        self._blocks(block.right, x + left + gutter, width - gutter - left)
        self.y = max(low, self.y)
        self.frozen -= 1

    def _keep(self, one: Sequence[Block], one_width: float, two: Sequence[Block], two_width: float) -> None:
        """Turn the page beforehand if what comes is too tall for what is left of it."""
        if not self.frozen:
            self._need(max(self._measure(one, one_width), self._measure(two, two_width)))

    def _measure(self, blocks: Sequence[Block], width: float) -> float:
        bare = Sheet(
            width=self.sheet.width,
            height=100_000.0,
            family=self.sheet.family,
            size=self.sheet.size,
            leading=self.sheet.leading,
        )
        trial = _Setter(bare, 100_000.0)
        start = trial.y
        trial._blocks(blocks, 0.0, width)
        return trial.y - start

    def _frame(self, block: Frame, x: float, width: float) -> None:
        tall = self._measure(block.blocks, width - 12) + 10
        self._need(tall)
        if block.shade < 1:
            self._fill(x, self.y, width, tall, (block.shade,) * 3)
        self._box(x, self.y, width, tall)
        end = self.y + tall
        self.y += 5
        self.frozen += 1
        self._blocks(block.blocks, x + 6, width - 12)
        self.frozen -= 1
        self.y = end

    def _band(self, block: Band, x: float, width: float) -> None:
        size = self.sheet.size * block.size
        tall = size * 1.6
        self._need(tall * 2)
        self._fill(x, self.y, width, tall, self.sheet.ink)
        self._row([(block.text, "l")], x + 5, width, self.y + size * 1.15, size, bold=True, white=True)
        self.y += tall + 3
