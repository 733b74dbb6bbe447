"""WordprocessingML: paragraphs and tables in order, headers, footers, notes and text boxes."""

import re
from collections.abc import Iterator
from typing import Any, Final

from ingest.extract.einvoice.paper import local
from ingest.extract.layout import Lines, aligned
from ingest.extract.numbering import Numbering
from ingest.extract.zipguard import Package

_DEEPEST: Final = 40
_MOST_LINES: Final = 60_000
_DIAGRAM: Final = re.compile(r"word/diagrams/data\d*\.xml$")
#: Of the font Wingdings, what forms use: empty and ticked boxes, ticks and crosses.
_SYMBOLS: Final = {
    0xF06F: "☐",
    0xF071: "☐",
    0xF0A8: "☐",
    0xF078: "☒",
    0xF0FD: "☒",
    0xF0FE: "☑",
    0xF0FC: "✓",
    0xF0FB: "✗",
    0xF0B7: "•",
    0xF0E0: "→",
}
_PASSED: Final = frozenset(["del", "moveFrom", "instrText", "delText", "rPr", "pPr", "Fallback", "sectPr"])


def write(package: Package, lines: Lines) -> None:
    """The document's text. Deleted revisions and field codes are left out."""
    numbering = Numbering(package)
    _margins(package, "header", numbering, lines)
    _story(package, "word/document.xml", numbering, lines)
    _margins(package, "footer", numbering, lines)
    diagrams = sorted(n for n in package.names if _DIAGRAM.match(n))
    for name in (*diagrams, "word/footnotes.xml", "word/endnotes.xml", "word/comments.xml"):
        _story(package, name, numbering, lines)


def _margins(package: Package, kind: str, numbering: Numbering, lines: Lines) -> None:
    """Headers or footers, each line once: a section has one for first, odd and even pages."""
    gathered = Lines()
    for name in _parts(package, kind):
        _story(package, name, numbering, gathered)
    lines.flags |= gathered.flags
    lines.extend(dict.fromkeys(line for line in gathered.written() if line.strip()))


def _parts(package: Package, kind: str) -> list[str]:
    return sorted(n for n in package.names if n.startswith(f"word/{kind}") and n.endswith(".xml"))


def _story(package: Package, name: str, numbering: Numbering, lines: Lines) -> None:
    root = package.xml(name)
    if root is None:
        return
    for number, line in enumerate(_blocks(root, numbering, 0)):
        if number >= _MOST_LINES:
            lines.flags.add("partly_read")
            return
        lines.add(line)


def _blocks(element: Any, numbering: Numbering, depth: int) -> Iterator[str]:
    for child in element:
        name = local(child)
        if name == "p":
            text = "".join(_runs(child, 0))
            yield from ((numbering.label(child) if text.strip() else "") + text).split("\n")
            for box in child.iter():
                # The same box stands again under mc:Fallback for older programs.
                if local(box) == "txbxContent" and not _in_fallback(box):
                    yield from _blocks(box, numbering, depth + 1)
        elif name == "tbl":
            yield from aligned([_row(row, numbering, depth) for row in _rows(child) if not _is_deleted(row)])
            yield ""
        elif name not in _PASSED and depth < _DEEPEST:
            yield from _blocks(child, numbering, depth + 1)


def _in_fallback(element: Any) -> bool:
    return any(local(a) == "Fallback" for a in element.iterancestors())


def _rows(table: Any) -> Iterator[Any]:
    """The rows of a table, also those that a control or a correction wraps."""
    for child in table:
        if local(child) == "tr":
            yield child
        elif local(child) in ("sdt", "sdtContent", "customXml", "ins", "moveTo"):
            yield from _rows(child)


def _is_deleted(row: Any) -> bool:
    properties = next((e for e in row if local(e) == "trPr"), ())
    return any(local(e) == "del" for e in properties)


def _row(row: Any, numbering: Numbering, depth: int) -> list[str]:
    cells = []
    for cell in row.iter():
        if local(cell) == "tc" and next((a for a in cell.iterancestors() if local(a) == "tr"), None) is row:
            inside = " ".join(_blocks(cell, numbering, depth + 1)) if depth < _DEEPEST else ""
            cells.append(" ".join(inside.split()))
    return cells


def _symbol(element: Any) -> str:
    """A character of a symbol font: the boxes and ticks of forms; others say nothing without the font."""
    said = {k.rpartition("}")[2]: v for k, v in element.attrib.items()}
    try:
        code = int(str(said.get("char", "")), 16)
    except ValueError:
        return ""
    if not 0xF000 <= code <= 0xF0FF:
        return chr(code) if 0x20 <= code < 0xD800 else ""
    return _SYMBOLS.get(code, "") if "wingdings" in str(said.get("font", "")).lower() else ""


def _runs(element: Any, depth: int) -> Iterator[str]:
    """The text of a paragraph, without that of text boxes in it."""
    for child in element:
        name = local(child)
        if name == "t":
            yield child.text or ""
        elif name == "sym":
            yield _symbol(child)
        elif name in ("tab", "ptab"):
            yield "\t"
        elif name in ("br", "cr"):
            yield "\n"
        elif name == "noBreakHyphen":
            yield "-"
        elif name not in _PASSED and name != "txbxContent" and depth < _DEEPEST:
            yield from _runs(child, depth + 1)
