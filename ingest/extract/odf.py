"""OpenDocument text, sheets and slides: `content.xml` in order (OASIS OpenDocument 1.3)."""

from collections.abc import Iterator
from typing import Any, Final

from ingest.extract.context import RefusalError
from ingest.extract.einvoice.paper import local
from ingest.extract.layout import Lines
from ingest.extract.zipguard import Package

_DEEPEST: Final = 60
_MOST_ROWS: Final = 20_000
_MOST_CELLS: Final = 200
_MOST_REPEATS: Final = 200
_PASSED: Final = frozenset(["tracked-changes", "sequence-decls", "forms", "automatic-styles", "scripts"])
#: What stands in a paragraph with paragraphs of its own: they are written after it.
_WITH_PARAGRAPHS: Final = frozenset(
    [
        "annotation",
        "caption",
        "circle",
        "connector",
        "custom-shape",
        "ellipse",
        "line",
        "measure",
        "note-body",
        "path",
        "polygon",
        "polyline",
        "rect",
        "regular-polygon",
        "text-box",
    ]
)
#: Numbers that differ from page to page; without them a margin may say nothing.
_OF_THE_PAGE: Final = frozenset(["page-number", "page-count", "sheet-name", "page-continuation"])


def write(package: Package, lines: Lines) -> None:
    """The document's text with its margins; each sheet and each slide begins a page.

    Raises RefusalError: `damaged` for a package without content, `unsupported_format` for a locked one.
    """
    manifest = package.xml("META-INF/manifest.xml")
    if manifest is not None and any(local(e) == "encryption-data" for e in manifest.iter()):
        raise RefusalError("unsupported_format", detected="locked OpenDocument file")
    root = package.xml("content.xml")
    if root is None:
        raise RefusalError("damaged", detail="no content.xml")
    if any(local(e) == "script" for e in root.iter()):
        lines.flags.add("active_content")
    styles = package.xml("styles.xml")
    lines.extend(_margins(styles, "header"))
    _write(root, lines, 0)
    lines.extend(_margins(styles, "footer"))


def _margins(styles: Any, kind: str) -> list[str]:
    """The lines of all headers or footers once each."""
    found: dict[str, None] = {}
    for margin in styles.iter() if styles is not None else ():
        if local(margin).removesuffix("-left").removesuffix("-first") != kind:
            continue
        for paragraph in margin.iter():
            if local(paragraph) == "p" and _inline(paragraph, _OF_THE_PAGE).strip():
                found.update(dict.fromkeys(text_of(paragraph).split("\n")))
    return [line for line in found if line.strip()]


def _write(element: Any, lines: Lines, depth: int, passed: str = "") -> None:
    for child in element:
        name = local(child)
        if name == passed:
            continue
        if name in ("p", "h"):
            lines.extend(text_of(child).split("\n"))
            for part in _parts(child):
                _write(part, lines, depth + 1)
        elif name == "table":
            if local(element) == "spreadsheet":
                lines.new_section()
                lines.add(_attribute(child, "name"))
            notes: list[str] = []
            lines.sheet_of_cells(_attribute(child, "name"), list(_rows(child, lines, notes, depth)))
            lines.extend(notes)
        elif name not in _PASSED and depth < _DEEPEST:
            if name == "page":
                lines.new_section()
            _write(child, lines, depth + 1)


def _parts(element: Any) -> Iterator[Any]:
    """The outermost elements with paragraphs of their own inside a paragraph."""
    for child in element:
        if local(child) in _WITH_PARAGRAPHS:
            yield child
        else:
            yield from _parts(child)


def _rows(table: Any, lines: Lines, notes: list[str], depth: int) -> Iterator[list[str]]:
    written = 0
    for row in _own_rows(table):
        cells: list[str] = []
        for cell in row:
            if local(cell) not in ("table-cell", "covered-table-cell"):
                continue
            text = _cell(cell, notes, depth)
            cells.extend([text] * min(_times(cell, "number-columns-repeated"), _MOST_CELLS))
            if len(cells) > 2 * _MOST_CELLS:
                break
        while cells and not cells[-1]:
            cells.pop()
        if not cells:
            continue
        if len(cells) > _MOST_CELLS:
            lines.flags.add("partly_read")
        for _ in range(min(_times(row, "number-rows-repeated"), _MOST_REPEATS)):
            if written >= _MOST_ROWS:
                lines.flags.add("partly_read")
                return
            yield cells[:_MOST_CELLS]
            written += 1


def _own_rows(table: Any) -> Iterator[Any]:
    for child in table:
        name = local(child)
        if name == "table-row":
            yield child
        elif name in ("table-rows", "table-header-rows", "table-row-group"):
            yield from _own_rows(child)


def _cell(cell: Any, notes: list[str], depth: int) -> str:
    """All text of a cell on one line; what was noted on it goes to `notes`."""
    inside = Lines()
    for part in cell:
        if local(part) == "annotation":
            noted = Lines()
            _write(part, noted, depth + 1)
            notes.extend(line for line in noted.written() if line.strip())
    if depth < _DEEPEST:
        _write(cell, inside, depth + 1, passed="annotation")
    return " ".join(" ".join(inside.written()).split())


def _times(element: Any, name: str) -> int:
    said = _attribute(element, name)
    return max(1, int(said)) if said.isdigit() and len(said) < 10 else 1


def _attribute(element: Any, name: str) -> str:
    return next((str(v) for k, v in element.attrib.items() if k.endswith("}" + name)), "")


def text_of(element: Any) -> str:
    """The text of a paragraph with its tabs and line breaks, without notes and text boxes."""
    return _inline(element, frozenset())


def _inline(element: Any, passed: frozenset[str]) -> str:
    parts = [element.text or ""]
    for child in element:
        name = local(child)
        if name == "s":
            parts.append(" " * min(_times(child, "c"), 200))
        elif name == "tab":
            parts.append("\t")
        elif name == "line-break":
            parts.append("\n")
        elif name not in _WITH_PARAGRAPHS and name not in passed:
            parts.append(_inline(child, passed))
        parts.append(child.tail or "")
    return "".join(parts)
