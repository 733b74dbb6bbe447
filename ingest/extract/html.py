"""HTML as text: headings, paragraphs, lists and tables in order. Media type `text/html`.

Nothing is run and nothing is fetched; scripts, styles and embedded objects are dropped
and their presence flagged.
"""

import re
from pathlib import Path
from typing import Any, Final

from lxml import etree
from lxml import html as lxml_html

from ingest.extract.charset import decode
from ingest.extract.context import ReadContext
from ingest.extract.layout import Lines, aligned, reading, split_lines
from ingest.model import Reading, Refusal

MAX_BYTES: Final = 32 * 1024**2
_DEEPEST: Final = 200
_DROPPED: Final = frozenset(
    ["script", "style", "noscript", "template", "iframe", "object", "embed", "svg", "head"]
)
_ACTIVE: Final = frozenset(["script", "object", "embed", "iframe", "applet"])
_BLOCKS: Final = frozenset(
    [
        "address",
        "article",
        "aside",
        "blockquote",
        "body",
        "center",
        "dd",
        "div",
        "dl",
        "dt",
        "fieldset",
        "figcaption",
        "figure",
        "footer",
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hr",
        "html",
        "legend",
        "li",
        "main",
        "nav",
        "ol",
        "option",
        "p",
        "pre",
        "section",
        "select",
        "table",
        "tbody",
        "td",
        "tfoot",
        "th",
        "thead",
        "title",
        "tr",
        "ul",
    ]
)
_CHARSET: Final = re.compile(rb"""charset\s*=\s*["']?([A-Za-z0-9_.:-]{2,40})""", re.IGNORECASE)


def extract(path: Path, media_type: str, context: ReadContext) -> Reading | Refusal:
    """Read an HTML page as text."""
    size = path.stat().st_size
    if size > MAX_BYTES:
        return Refusal("too_large", {"size": size, "limit": MAX_BYTES})
    data = path.read_bytes()
    named = _CHARSET.search(data[:4096])
    decoded = decode(data, named[1].decode("ascii") if named else None)
    lines = Lines(flags=set(decoded.flags))
    write_html(decoded.text, lines)
    return reading(lines, media_type, context, reader="html")


def write_html(text: str, lines: Lines) -> None:
    """The readable text of an HTML page or fragment, as lines; also adds flags for what was left out."""
    body = re.sub(r"^\s*<\?xml[^>]{0,400}\?>", "", text.replace("\x00", ""))
    parser = lxml_html.HTMLParser(no_network=True, huge_tree=False, remove_comments=True, remove_pis=True)
    try:
        root = lxml_html.document_fromstring(body, parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        lines.extend(split_lines(re.sub(r"<[^>]{0,2000}>", " ", body)))
        return
    title = root.findtext(".//title")
    if title and title.strip():
        lines.add(" ".join(title.split()))
        lines.add()
    writer = _Writer(lines)
    writer.walk(root, 0)
    writer.end_line()


class _Writer:
    """Gathers inline text and breaks the line where a block begins or ends."""

    def __init__(self, lines: Lines) -> None:
        self.lines = lines
        self.now: list[str] = []

    def end_line(self) -> None:
        text = " ".join("".join(self.now).split())
        if text:
            self.lines.add(text)
        self.now = []

    def walk(self, element: Any, depth: int) -> None:
        tag = element.tag if isinstance(element.tag, str) else ""
        if tag in _ACTIVE:
            self.lines.flags.add("active_content")
        if tag in ("img", "link", "iframe") and "//" in (element.get("src") or element.get("href") or "")[:8]:
            self.lines.flags.add("external_references")
        if any(name.startswith("on") for name in element.attrib):
            self.lines.flags.add("active_content")
        if tag and tag not in _DROPPED and depth < _DEEPEST:
            if tag == "table" and _is_grid(element):
                self.end_line()
                self.lines.extend(aligned(_grid(element)))
                self.lines.add()
            else:
                self._inside(element, tag, depth)
        elif tag == "head":
            for inner in element.iter("script", "link"):
                if inner.tag == "script":
                    self.lines.flags.add("active_content")
        self.now.append(element.tail or "")

    def _inside(self, element: Any, tag: str, depth: int) -> None:
        block = tag in _BLOCKS
        if block or tag == "br":
            self.end_line()
        if tag in ("h1", "h2", "h3"):
            self.lines.add()
        if tag == "pre":
            self.lines.extend(split_lines("".join(element.itertext())))
        else:
            self.now.append(("- " if tag == "li" else "") + (element.text or ""))
            if tag == "input" and element.get("type") not in ("hidden", "password"):
                self.now.append(f" {element.get('value') or ''} ")
            for child in element:
                self.walk(child, depth + 1)
        if block:
            self.end_line()


def _is_grid(table: Any) -> bool:
    """Whether a table is one of data: without tables or long texts in its cells."""
    cells = list(table.iter("td", "th"))
    return bool(cells) and table.find(".//table") is None and all(len(_text(c)) < 400 for c in cells[:500])


def _grid(table: Any) -> list[list[str]]:
    return [[_text(c) for c in row if c.tag in ("td", "th")] for row in table.iter("tr")]


def _text(cell: Any) -> str:
    parts = cell.xpath(".//text()[not(ancestor::script) and not(ancestor::style)]")
    return " ".join(" ".join(parts).split())
