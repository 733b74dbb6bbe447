"""PresentationML: the text of each slide on a page of its own, with its diagrams, notes and comments."""

import re
from collections.abc import Iterator
from typing import Any

from ingest.extract.einvoice.paper import local
from ingest.extract.layout import Lines, aligned
from ingest.extract.zipguard import Package

_SLIDE = re.compile(r"ppt/slides/slide(\d+)\.xml$")
_BOOK = "ppt/presentation.xml"
#: Parts that belong to a slide, in the order in which they are written after it.
_BESIDE = ("diagramData", "notesSlide", "comments")


def write(package: Package, lines: Lines) -> None:
    """Slides in the order in which they are shown."""
    for name in _slides(package):
        lines.new_section()
        _write(package.xml(name), lines)
        related = package.related(name)
        for wanted in _BESIDE:
            for kind, part in related:
                if kind == wanted:
                    _write(package.xml(part), lines)


def _slides(package: Package) -> list[str]:
    """By the presentation's list; slides that it does not name by the numbers of their parts."""
    found = sorted((int(m[1]), m[0]) for n in package.names if (m := _SLIDE.match(n)))
    numbered = [name for _, name in found]
    book = package.xml(_BOOK)
    if book is None:
        return numbered
    relations = package.xml("ppt/_rels/presentation.xml.rels")
    targets = {r.get("Id"): r.get("Target") or "" for r in relations} if relations is not None else {}
    shown = []
    for slide in book.iter():
        if local(slide) == "sldId":
            target = targets.get(next((v for k, v in slide.attrib.items() if k.endswith("}id")), ""), "")
            shown.append(target.lstrip("/") if target.startswith("/") else f"ppt/{target}")
    shown = [name for name in dict.fromkeys(shown) if name in package.names]
    return shown + [name for name in numbered if name not in shown]


def _write(root: Any, lines: Lines) -> None:
    if root is None:
        return
    for element in _blocks(root):
        name = local(element)
        if name == "tbl":
            rows = [r for r in element if local(r) == "tr"]
            lines.extend(aligned([[_text(c) for c in r if local(c) == "tc"] for r in rows]))
        elif name == "p":
            lines.add(_text(element))
        else:
            lines.extend((element.text or "").split("\n"))  # the text of a comment


def _blocks(element: Any) -> Iterator[Any]:
    """Tables, paragraphs and comments in order; what stands again for older programs is passed over."""
    for child in element:
        name = local(child)
        if name in ("tbl", "p", "text"):
            yield child
        elif name not in ("Fallback", "cmAuthor"):
            yield from _blocks(child)


def _text(element: Any) -> str:
    parts = []
    for part in element.iter():
        name = local(part)
        if name == "t":
            parts.append(part.text or "")
        elif name == "br" or (name == "p" and part is not element and parts):
            parts.append(" ")
    return "".join(parts)
