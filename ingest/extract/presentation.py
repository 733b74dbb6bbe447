"""PresentationML: the text of each slide on a page of its own, with its notes."""

import re
from typing import Any

from ingest.extract.einvoice.paper import local
from ingest.extract.layout import Lines, aligned
from ingest.extract.zipguard import Package

_SLIDE = re.compile(r"ppt/slides/slide(\d+)\.xml$")


def write(package: Package, lines: Lines) -> None:
    """Slides in the order of their numbers."""
    slides = sorted((int(m[1]), m[0]) for n in package.names if (m := _SLIDE.match(n)))
    for number, name in slides:
        lines.new_section()
        for part in (name, f"ppt/notesSlides/notesSlide{number}.xml"):
            root = package.xml(part)
            if root is None:
                continue
            for element in root.iter():
                if local(element) == "tbl":
                    rows = [r for r in element if local(r) == "tr"]
                    lines.extend(aligned([[_text(c) for c in r if local(c) == "tc"] for r in rows]))
                elif local(element) == "p" and not any(local(a) == "tbl" for a in element.iterancestors()):
                    lines.add(_text(element))


def _text(element: Any) -> str:
    return "".join(
        (e.text or "") if local(e) == "t" else " " if local(e) == "br" else "" for e in element.iter()
    )
