"""WordprocessingML: paragraphs and tables in order, headers, footers, notes and text boxes."""

from collections.abc import Iterator
from typing import Any, Final

from ingest.extract.einvoice.paper import local
from ingest.extract.layout import Lines, aligned
from ingest.extract.zipguard import Package

_DEEPEST: Final = 40
_MOST_LINES: Final = 60_000
_PASSED: Final = frozenset(["del", "moveFrom", "instrText", "delText", "rPr", "pPr", "Fallback", "sectPr"])


def write(package: Package, lines: Lines) -> None:
    """The document's text. Deleted revisions and field codes are left out."""
    for name in _parts(package, "header"):
        _story(package, name, lines)
    _story(package, "word/document.xml", lines)
    for name in (*_parts(package, "footer"), "word/footnotes.xml", "word/endnotes.xml", "word/comments.xml"):
        _story(package, name, lines)


def _parts(package: Package, kind: str) -> list[str]:
    return sorted(n for n in package.names if n.startswith(f"word/{kind}") and n.endswith(".xml"))


def _story(package: Package, name: str, lines: Lines) -> None:
    root = package.xml(name)
    if root is None:
        return
    for number, line in enumerate(_blocks(root, 0)):
        if number >= _MOST_LINES:
            lines.flags.add("partly_read")
            return
        lines.add(line)


def _blocks(element: Any, depth: int) -> Iterator[str]:
    for child in element:
        name = local(child)
        if name == "p":
            yield from "".join(_runs(child, 0)).split("\n")
            for box in child.iter():
                # The same box stands again under mc:Fallback for older programs.
                if local(box) == "txbxContent" and not _in_fallback(box):
                    yield from _blocks(box, depth + 1)
        elif name == "tbl":
            yield from aligned([_row(row, depth) for row in child if local(row) == "tr"])
            yield ""
        elif name not in _PASSED and depth < _DEEPEST:
            yield from _blocks(child, depth + 1)


def _in_fallback(element: Any) -> bool:
    return any(local(a) == "Fallback" for a in element.iterancestors())


def _row(row: Any, depth: int) -> list[str]:
    cells = []
    for cell in row.iter():
        if local(cell) == "tc" and next((a for a in cell.iterancestors() if local(a) == "tr"), None) is row:
            cells.append(" ".join(" ".join(_blocks(cell, depth + 1)).split()) if depth < _DEEPEST else "")
    return cells


def _runs(element: Any, depth: int) -> Iterator[str]:
    """The text of a paragraph, without that of text boxes in it."""
    for child in element:
        name = local(child)
        if name == "t":
            yield child.text or ""
        elif name in ("tab", "ptab"):
            yield "\t"
        elif name in ("br", "cr"):
            yield "\n"
        elif name == "noBreakHyphen":
            yield "-"
        elif name not in _PASSED and name != "txbxContent" and depth < _DEEPEST:
            yield from _runs(child, depth + 1)
