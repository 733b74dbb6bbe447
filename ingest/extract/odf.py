"""OpenDocument text, sheets and slides: `content.xml` in order (OASIS OpenDocument 1.3)."""

from collections.abc import Iterator
from typing import Any, Final

from ingest.extract.context import RefusalError
from ingest.extract.einvoice.paper import local
from ingest.extract.layout import Lines, aligned
from ingest.extract.zipguard import Package

_DEEPEST: Final = 60
_MOST_ROWS: Final = 20_000
_MOST_CELLS: Final = 200
_PASSED: Final = frozenset(
    ["tracked-changes", "annotation", "sequence-decls", "forms", "automatic-styles", "scripts"]
)


def write(package: Package, lines: Lines) -> None:
    """The document's text; each sheet and each slide begins a page. Refuses a package without content."""
    root = package.xml("content.xml")
    if root is None:
        raise RefusalError("damaged", detail="no content.xml")
    if any(local(e) == "script" for e in root.iter()):
        lines.flags.add("active_content")
    _write(root, lines, 0)


def _write(element: Any, lines: Lines, depth: int) -> None:
    for child in element:
        name = local(child)
        if name in ("p", "h"):
            lines.extend(text_of(child).split("\n"))
            for frame in child.iter():
                if local(frame) == "text-box":
                    _write(frame, lines, depth + 1)
        elif name == "table":
            sheet = local(element) == "spreadsheet"
            if sheet:
                lines.new_section()
                lines.add(next((v for k, v in child.attrib.items() if k.endswith("}name")), ""))
            lines.extend(aligned(list(_rows(child, lines))))
        elif name not in _PASSED and depth < _DEEPEST:
            if name == "page":
                lines.new_section()
            _write(child, lines, depth + 1)


def _rows(table: Any, lines: Lines) -> Iterator[list[str]]:
    written = 0
    for row in table.iter():
        if local(row) != "table-row":
            continue
        cells: list[str] = []
        for cell in row:
            if local(cell) not in ("table-cell", "covered-table-cell"):
                continue
            text = " ".join(" ".join(text_of(p) for p in cell if local(p) in ("p", "h")).split())
            times = next((v for k, v in cell.attrib.items() if k.endswith("}number-columns-repeated")), "1")
            count = min(int(times) if times.isdigit() else 1, _MOST_CELLS) if text else 1
            cells.extend([text] * count)
        while cells and not cells[-1]:
            cells.pop()
        if cells:
            yield cells[:_MOST_CELLS]
            written += 1
        if written >= _MOST_ROWS:
            lines.flags.add("partly_read")
            return


def text_of(element: Any) -> str:
    """The text of a paragraph with its tabs and line breaks, without notes and text boxes."""
    parts = [element.text or ""]
    for child in element:
        name = local(child)
        if name == "s":
            count = next((v for k, v in child.attrib.items() if k.endswith("}c")), "1")
            parts.append(" " * min(int(count) if count.isdigit() else 1, 200))
        elif name == "tab":
            parts.append("\t")
        elif name == "line-break":
            parts.append("\n")
        elif name not in ("annotation", "text-box"):
            parts.append(text_of(child))
        parts.append(child.tail or "")
    return "".join(parts)
