"""The first element of an XML or HTML file, found without an XML parser.

A bounded scanner that reads the prolog (XML 1.0, section 2.8) and nothing else:
it expands no entity, opens no DTD and stops at the root element's start tag. A
document type declaration other than HTML's is what XML attacks need, so a file
that has one is refused before any parser sees it.
"""

import re
from dataclasses import dataclass

_SPACE = re.compile(r"[ \t\r\n\f]*")
_DECLARATION = re.compile(r"<\?xml\b([^?]{0,400})\?>")
_ENCODING = re.compile(r"""encoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")
_INSTRUCTION = re.compile(r"<\?([\w.:-]{1,100})(.*?)\?>", re.DOTALL)
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_DOCTYPE = re.compile(r"<!DOCTYPE\s+([\w.:-]{1,100})([^\[>]*)(\[?)", re.IGNORECASE)
_ROOT = re.compile(r"<([A-Za-z_\u00c0-\uffff][\w.:-]{0,200})((?:[^<>\"']|\"[^\"<]*\"|'[^'<]*')*)(/?>|$)")
_NAMESPACE = re.compile(r"""(?:^|\s)xmlns(?::([\w.-]+))?\s*=\s*(?:"([^"]*)"|'([^']*)')""")

HTML_STARTS = frozenset(
    [
        "html",
        "head",
        "body",
        "title",
        "meta",
        "link",
        "script",
        "style",
        "table",
        "div",
        "span",
        "p",
        "h1",
        "h2",
        "h3",
        "br",
        "hr",
        "ul",
        "ol",
        "center",
        "font",
        "form",
    ]
)


@dataclass(frozen=True, slots=True)
class Prolog:
    """What stands before and in the root element's start tag.

    `doctype` is the name in a document type declaration, `entities` whether it has
    an internal subset, `stylesheet` whether a processing instruction asks for one.
    """

    root: str = ""
    namespace: str = ""
    declared_encoding: str = ""
    xml: bool = False
    doctype: str = ""
    entities: bool = False
    stylesheet: bool = False

    @property
    def local_name(self) -> str:
        return self.root.rpartition(":")[2]

    @property
    def is_html(self) -> bool:
        if self.doctype.lower() == "html" and not self.entities:
            return True
        return self.local_name.lower() == "html" or (not self.xml and self.root.lower() in HTML_STARTS)


def read_prolog(text: str) -> Prolog | None:
    """The prolog of `text` (the file's beginning), or None if it does not begin like markup."""
    position = _skip(text, 0)
    if text[position : position + 1] != "<":
        return None
    xml, encoding, doctype, entities, stylesheet = False, "", "", False, False
    if declaration := _DECLARATION.match(text, position):
        xml = True
        named = _ENCODING.search(declaration[1])
        encoding = named[1].lower() if named else ""
        position = _skip(text, declaration.end())
    while True:
        if found := _COMMENT.match(text, position):
            pass
        elif found := _INSTRUCTION.match(text, position):
            stylesheet = stylesheet or found[1] == "xml-stylesheet"
        elif found := _DOCTYPE.match(text, position):
            doctype, entities = found[1], bool(found[3])
            if entities:  # what follows is a DTD; nothing in it is read
                return Prolog("", "", encoding, xml, doctype, entities, stylesheet)
            position = found.end() + 1
            continue
        else:
            break
        position = _skip(text, found.end())
    position = _skip(text, position)
    root = _ROOT.match(text, position)
    if root is None:
        if xml or doctype:
            return Prolog("", "", encoding, xml, doctype, entities, stylesheet)
        return None
    prefix = root[1].rpartition(":")[0]
    spaces = {m[1] or "": m[2] if m[2] is not None else m[3] for m in _NAMESPACE.finditer(root[2])}
    return Prolog(root[1], spaces.get(prefix, ""), encoding, xml, doctype, entities, stylesheet)


def _skip(text: str, position: int) -> int:
    found = _SPACE.match(text, position)
    return found.end() if found else position
