"""Pages for papers that have none: lines of text laid out on a grid of fixed-width cells.

A text file, a table or a message has no geometry, yet every word needs a box: the
page shown, the highlighted hit and the field finder all work with boxes. So the
lines are set in a fixed pitch on pages as wide as the longest line (within bounds).
Columns that are aligned in the text are then aligned on the page. Running text of
letters and documents is broken at the width of a sheet, so that it can be read there.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from ingest.extract.context import ReadContext
from ingest.extract.typeset import Sheet, set_sheet
from ingest.model import FLAGS, Page, Reading, Structured, Word

#: Cell of one character and margins, in points.
_CELL_WIDTH: Final = 4.8
_LINE_HEIGHT: Final = 11.0
_MARGIN: Final = 36.0

LINES_PER_PAGE: Final = 70
_LEAST_COLUMNS: Final = 110
_MOST_COLUMNS: Final = 360
#: Longest line taken, in characters; what is beyond is left out and flagged.
MAX_LINE: Final = 20_000
#: Most pages laid out for one paper, whatever the options allow: words are held in memory.
#: What follows them is kept as pages of text.
MAX_TEXT_PAGES: Final = 400
#: Version of the reader on pages that were set.
TYPESET: Final = "typeset 1"

_WORD: Final = re.compile(r"\S+")
#: What separates columns within a line.
_COLUMN_GAP: Final = re.compile(r"\S(?:  +|\t)\S")
#: Readers of running text, whose lines are paragraphs.
_PROSE: Final = frozenset({"docx", "doc", "odt", "rtf", "html", "mail"})
# C0 and C1 controls, direction overrides and isolates (UAX 9), invisible operators, lone surrogates.
_HIDDEN: Final = re.compile(
    "[\x00-\x08\x0b\x0e-\x1f\x7f-\x84\x86-\x9f\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ud800-\udfff]"
)
_LINE_END: Final = re.compile("\r\n|[\n\r\x85\u2028\u2029]")


@dataclass(slots=True)
class Lines:
    """Lines gathered for a paper, in sections that each begin a page, and what was noticed on the way."""

    sections: list[list[str] | Sheet] = field(default_factory=lambda: [[]])
    flags: set[str] = field(default_factory=set)
    #: The cells of spreadsheets, sheet by sheet with a row of none between.
    cells: list[Sequence[str]] = field(default_factory=list)

    def _plain(self) -> list[str]:
        last = self.sections[-1]
        if isinstance(last, Sheet):
            last = []
            self.sections.append(last)
        return last

    def add(self, line: str = "") -> None:
        self._plain().append(line)

    def extend(self, lines: Iterable[str]) -> None:
        self._plain().extend(lines)

    def new_section(self) -> None:
        if isinstance(self.sections[-1], Sheet) or self.sections[-1]:
            self.sections.append([])

    def written(self) -> Iterator[str]:
        """The lines of all sections that are plain lines."""
        return (line for part in self.sections if not isinstance(part, Sheet) for line in part)

    def sheet(self) -> Sheet:
        """A new section that is set as a paper."""
        made = Sheet()
        self.sections.append(made)
        return made

    def pairs(self, pairs: Iterable[tuple[str, str]]) -> None:
        """Labels and values, one pair a line; pairs without a value are left out."""
        for label, value in pairs:
            if value:
                self.add(f"{label}: {value}")

    def table(self, rows: Sequence[Sequence[str]]) -> None:
        self.extend(aligned(rows))

    def sheet_of_cells(self, title: str, rows: Sequence[Sequence[str]]) -> None:
        """The rows of a sheet as aligned lines; the cells are kept too."""
        self.cells.extend(([title], [], *rows, []))
        self.extend(aligned(rows))


def escaped(text: str, flags: set[str]) -> str:
    """`text` with characters that are not seen written out (`\\u202e`); adds `hidden_characters` if any."""
    text = text.removeprefix("\ufeff")
    if _HIDDEN.search(text) is None:
        return text
    flags.add("hidden_characters")
    return _HIDDEN.sub(_written, text)


def _written(found: re.Match[str]) -> str:
    code = ord(found[0])
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def split_lines(text: str) -> list[str]:
    """Lines by any of the usual line ends; form feeds stay at the start of their line."""
    return _LINE_END.split(text)


def aligned(rows: Sequence[Sequence[str]], widest: int = 48) -> Iterator[str]:
    """Rows of cells as lines with aligned columns, two spaces apart.

    A cell longer than `widest` is not cut: it pushes the rest of its row aside.
    """
    widths: list[int] = []
    for row in rows:
        for i, cell in enumerate(row):
            if i == len(widths):
                widths.append(0)
            widths[i] = max(widths[i], min(len(cell), widest))
    for row in rows:
        yield "  ".join(" ".join(cell.split()).ljust(widths[i]) for i, cell in enumerate(row)).rstrip()


def reading(
    lines: Lines,
    media_type: str,
    context: ReadContext,
    reader: str,
    version: str = "1",
    structured: Structured | None = None,
    language: str | None = None,
    flags: Iterable[str] = (),
) -> Reading:
    """The gathered lines as a Reading, within the page limit."""
    noticed = lines.flags | set(flags)
    limit, laid = context.options.max_pages, min(context.options.max_pages, MAX_TEXT_PAGES)
    pages: list[Page] = []
    total = 0
    for section in lines.sections:
        if isinstance(section, Sheet):
            for page, drawn in set_sheet(
                section, total + 1, reader, TYPESET, laid - total, lambda text: escaped(text, noticed)
            ):
                total += 1
                if total <= limit:
                    pages.append(page)
                if drawn is not None:
                    context.drawn[page.number] = drawn
            continue
        prose = reader in _PROSE
        shown = [piece for line in section for piece in _pieces(escaped(line, noticed), noticed, prose)]
        while shown and not shown[-1].strip():
            shown.pop()
        if not shown and (pages or len(lines.sections) > 1):
            continue
        columns = max(_LEAST_COLUMNS, max((len(line) for line in shown), default=0))
        for start in range(0, max(1, len(shown)), LINES_PER_PAGE):
            total += 1
            if total <= limit:
                piece = shown[start : start + LINES_PER_PAGE]
                if prose:  # a wide table makes its own page wide, and not the letter around it
                    columns = max(_LEAST_COLUMNS, max((len(line) for line in piece), default=0))
                pages.append(_page(total, piece, columns, reader, version, words=total <= laid))
    if not pages:
        total = 1
        pages.append(_page(1, [], _LEAST_COLUMNS, reader, version))
    if total > len(pages):
        noticed.add("partly_read")
    return Reading(
        media_type=media_type,
        pages=tuple(pages),
        structured=structured,
        flags=tuple(f for f in FLAGS if f in noticed),
        language=language,
        total_pages=total,
    )


def _pieces(line: str, flags: set[str], prose: bool) -> Iterator[str]:
    """A line as one or more lines that fit the page, broken at spaces where there are any."""
    widest = _LEAST_COLUMNS if prose and not _COLUMN_GAP.search(line) else _MOST_COLUMNS
    if len(line) > MAX_LINE:
        flags.add("partly_read")
        line = line[:MAX_LINE]
    line = line.replace("\f", " ").expandtabs(8).rstrip()
    while len(line) > widest:
        cut = line.rfind(" ", widest // 2, widest)
        cut = cut if cut > 0 else widest
        yield line[:cut]
        line = line[cut:].lstrip()
    yield line


def laid_again(page: Page) -> Page:
    """A page that was kept as text, with its words."""
    lines = page.text.split("\n")
    columns = max([_LEAST_COLUMNS, *map(len, lines)])
    return _page(page.number, lines[:LINES_PER_PAGE], columns, page.reader, page.reader_version)


def _page(
    number: int, lines: Sequence[str], columns: int, reader: str, version: str, *, words: bool = True
) -> Page:
    """A page of lines on a grid; without `words` it is text to be found and no more."""
    width = 2 * _MARGIN + columns * _CELL_WIDTH
    height = 2 * _MARGIN + LINES_PER_PAGE * _LINE_HEIGHT
    text = "\n".join(lines)
    placed: list[Word] = []
    order = 0
    for row, line in enumerate(lines) if words else ():
        top = _MARGIN + row * _LINE_HEIGHT
        y0, y1 = round((top + 1.5) / height, 5), round((top + _LINE_HEIGHT - 1.0) / height, 5)
        found = False
        for match in _WORD.finditer(line):
            x0 = round((_MARGIN + match.start() * _CELL_WIDTH) / width, 5)
            x1 = round((_MARGIN + match.end() * _CELL_WIDTH) / width, 5)
            placed.append(Word(match[0], (x0, y0, x1, y1), 1.0, order))
            found = True
        order += found
    return Page(
        number=number,
        width=round(width, 1),
        height=round(height, 1),
        outcome="recognised" if text.strip() else "blank",
        reader=reader,
        reader_version=version,
        text=text,
        words=tuple(placed),
        confidence=1.0 if text.strip() else None,
    )
