"""The text of a web page or HTML mail body, as lines, without loading anything it asks for."""

from dataclasses import dataclass
from typing import Any

from lxml import etree

_HIDDEN = frozenset(["script", "style", "head", "title", "template", "noscript", "object", "embed", "svg"])
_LINES = frozenset(
    [
        "address",
        "article",
        "aside",
        "blockquote",
        "body",
        "br",
        "caption",
        "center",
        "dd",
        "div",
        "dl",
        "dt",
        "fieldset",
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
        "li",
        "main",
        "nav",
        "ol",
        "option",
        "p",
        "pre",
        "section",
        "table",
        "tbody",
        "td",
        "tfoot",
        "th",
        "thead",
        "tr",
        "ul",
    ]
)
_CELLS = frozenset(("td", "th"))
_PARAGRAPHS = frozenset(["p", "h1", "h2", "h3", "h4", "table", "ul", "ol"])
_MAX_NODES = 200_000


@dataclass(frozen=True, slots=True)
class HtmlText:
    """`lines` of text; `flags` for what the page would fetch or run; `images` it shows by Content-ID."""

    lines: tuple[str, ...]
    flags: frozenset[str]
    images: frozenset[str]


def html_text(markup: str) -> HtmlText:
    """What a person would read of the page. Nothing is fetched, nothing is run."""
    data = markup.replace("\0", "").encode("utf-8", "replace")
    parser = etree.HTMLPullParser(
        events=("start", "end"),
        encoding="utf-8",
        no_network=True,
        remove_comments=True,
        remove_pis=True,
        recover=True,
        huge_tree=False,
    )
    writer = _Writer()
    try:
        for start in range(0, len(data), 65536):
            parser.feed(data[start : start + 65536])
            if not writer.take(parser.read_events()):
                break
        parser.close()
        writer.take(parser.read_events())
    except etree.XMLSyntaxError:
        pass  # nothing in it that the parser takes for an element
    return HtmlText(writer.finish(), frozenset(writer.flags), frozenset(writer.images))


class _Writer:
    """Gathers text in document order; the parser's events come while it still builds the tree."""

    def __init__(self) -> None:
        self.flags: set[str] = set()
        self.images: set[str] = set()
        self._root: Any = None
        self._nodes = 0

    def take(self, events: Any) -> bool:
        for kind, element in events:
            if kind != "start":
                continue
            self._nodes += 1
            if self._root is None:
                self._root = element
            self._look(element)
        return self._nodes < _MAX_NODES

    def finish(self) -> tuple[str, ...]:
        """Walk the finished tree; done at the end because text belongs to elements only then."""
        if self._root is None:
            return ()
        lines: list[str] = []
        current: list[str] = []

        def end_line(blank: bool = False) -> None:
            shown = _tidy("".join(current))
            current.clear()
            if shown:
                lines.append(shown)
            if blank and lines and lines[-1]:
                lines.append("")

        hidden = 0
        for kind, element in etree.iterwalk(self._root, events=("start", "end")):
            tag = element.tag if isinstance(element.tag, str) else ""
            if kind == "start":
                if tag in _HIDDEN:
                    hidden += 1
                elif not hidden:
                    if tag in _LINES and tag not in _CELLS and not _in_cell(element):
                        end_line(tag in _PARAGRAPHS)
                    elif tag in _LINES and tag not in _CELLS:
                        current.append(" ")
                    current.append(element.text or "")
                continue
            if tag in _HIDDEN:
                hidden -= 1
            elif tag in _CELLS:
                current.append("\t")
            elif tag in _LINES and not hidden and not _in_cell(element):
                end_line(tag in _PARAGRAPHS)
            if not hidden:
                current.append(element.tail or "")
        end_line()
        while lines and not lines[-1]:
            lines.pop()
        return tuple(lines)

    def _look(self, element: Any) -> None:
        tag = element.tag if isinstance(element.tag, str) else ""
        if tag in ("script", "object", "embed", "applet"):
            self.flags.add("active_content")
        for name, value in element.attrib.items():
            if name in ("src", "background", "poster") or (name == "href" and tag in ("link", "base")):
                if value[:4].lower() == "cid:":
                    self.images.add(value[4:].strip())
                elif value[:5].lower() == "http:" or value[:6].lower() == "https:" or value[:2] == "//":
                    self.flags.add("external_references")
            elif name.startswith("on"):
                self.flags.add("active_content")


def _in_cell(element: Any) -> bool:
    """Whether the element lies in a cell of a table whose rows are single lines.

    A cell that holds a table or paragraphs of its own is layout, not data.
    """
    cell = next(element.iterancestors("td", "th"), None)
    if cell is None or element.tag in ("table", "tr", "tbody", "thead", "tfoot"):
        return False
    return (
        cell.find(".//table") is None
        and len(cell.findall(".//p")) <= 1
        and len("".join(cell.itertext())) < 200
    )


def _tidy(text: str) -> str:
    """White space folded; cells of a row stay apart by two spaces."""
    cells = [" ".join(cell.replace("\u00a0", " ").split()) for cell in text.split("\t")]
    return "  ".join(cell for cell in cells if cell)
