"""XML: one hardened parse, then the dialect's fields and a page for people.

`extract` reads `application/xml`; `structured_from_xml` gives the fields of XML found
inside something else (the attachment of a Factur-X PDF).

The bytes are decoded here, never by the parser: a declaration that lies about the
encoding then does no harm, and no encoding (UTF-7, UTF-16) can hide a document type
declaration. DTDs are refused before parsing, XInclude and stylesheets are not processed.
"""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from lxml import etree

from ingest.extract.charset import Decoded, decode
from ingest.extract.context import ReadContext, RefusalError
from ingest.extract.einvoice import read_paper
from ingest.extract.einvoice.paper import local, namespace
from ingest.extract.fhir import NAMESPACE as FHIR
from ingest.extract.fhir import fhir_facts, fhir_of_xml, write_fhir
from ingest.extract.layout import Lines, escaped, reading
from ingest.model import Reading, Refusal, Structured

MAX_BYTES: Final = 64 * 1024**2
#: Deepest nesting shown; libxml2 itself stops at 256.
_DEEPEST: Final = 250
_DECLARATION: Final = re.compile(r"\s*<\?xml\b[^>]{0,400}?\?>")
_ENCODING: Final = re.compile(r"""encoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")
_WORDS: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|_")


def extract(path: Path, media_type: str, context: ReadContext) -> Reading | Refusal:
    """Read an XML file. Refuses DTDs and entities (`forbidden_xml`) and what cannot be parsed (`damaged`)."""
    size = path.stat().st_size
    if size > MAX_BYTES:
        return Refusal("too_large", {"size": size, "limit": MAX_BYTES})
    flags: set[str] = set()
    root, decoded = parse(path.read_bytes(), flags)
    flags.update(decoded.flags)
    paper = read_paper(root)
    lines = Lines()
    resource = fhir_of_xml(root) if namespace(root) == FHIR else None
    if paper is not None:
        paper.write(lines.sheet())
        flags |= {"partly_read"} if paper.left_out else set()
        lines.new_section()
    elif resource is not None:
        write_fhir(resource, lines)
        lines.new_section()
    lines.extend(_outline(root))
    return reading(
        lines,
        media_type,
        context,
        reader="xml",
        structured=_clean(paper.structured) if paper else _clean(fhir_facts(resource) or _other(root)),
        language=paper.language if paper else None,
        flags=flags,
    )


def _other(root: Any) -> Structured:
    """What can be said of XML that is no business paper."""
    name, space = local(root), namespace(root)
    if name in ("Event", "Events") and "schemas.microsoft.com/win" in space + namespace(
        next(iter(root), root)
    ):
        entries = len(root) if name == "Events" else 1
        return Structured("Windows event log", name, {"lines": str(entries)}, "it", "system_log")
    return Structured("XML", name)


def structured_from_xml(data: bytes) -> Structured | None:
    """The fields of a business paper in XML; None if it is no known dialect or not safe to read."""
    if len(data) > MAX_BYTES:
        return None
    try:
        root, _ = parse(data, set())
    except RefusalError:
        return None
    paper = read_paper(root)
    return _clean(paper.structured) if paper else None


def parse(data: bytes, flags: set[str]) -> tuple[Any, Decoded]:
    """The root element and how the bytes were decoded; adds `damaged` to `flags` if the XML was repaired.

    Raises:
        RefusalError: `forbidden_xml` for a DTD or an entity, `damaged` where there is no XML left to read.
    """
    head = data[:1000].decode("latin-1")
    named = _ENCODING.search(head) if head.lstrip("\ufeffï»¿ \r\n\t").startswith("<?xml") else None
    if named and named[1].lower().replace("_", "-") in ("utf-7", "unicode-1-1-utf-7", "csunicode11utf7"):
        raise RefusalError("forbidden_xml", detail="UTF-7")
    decoded = decode(data, named[1] if named else None)
    text = decoded.text.replace("\x00", "").lstrip()
    text = _DECLARATION.sub("", text, count=1) if text.startswith("<?xml") else text
    _refuse_dtd(text)
    if "<?xml-stylesheet" in text[:4000] or "XInclude" in text[:20_000]:
        flags.add("external_references")
    encoded = text.encode("utf-8", "replace")
    try:
        root = etree.fromstring(encoded, _parser(recover=False))
    except etree.XMLSyntaxError as error:
        if "xcessive depth" in str(error) or "depth" in str(error.msg or ""):
            raise RefusalError("damaged", detail="nested too deep") from None
        root = etree.fromstring(encoded, _parser(recover=True)) if text else None
        if root is None or not local(root) or (len(root) == 0 and not (root.text or "").strip()):
            raise RefusalError("damaged", detail=str(error.msg)[:200]) from None
        flags.add("damaged")
    if root.getroottree().docinfo.internalDTD is not None:
        raise RefusalError("forbidden_xml", detail="DTD")
    return root, decoded


def _parser(recover: bool) -> Any:
    return etree.XMLParser(
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
        strip_cdata=True,
        recover=recover,
        encoding="utf-8",
    )


def _refuse_dtd(text: str) -> None:
    """Raises if markup that declares a document type or entities stands before the root element.

    A plain scan, so that nothing in the prolog is ever interpreted. In what follows the root's
    start tag a declaration is a syntax error by itself.
    """
    at = 0
    while (at := text.find("<", at)) >= 0:
        if text.startswith("<!--", at):
            end = text.find("-->", at)
        elif text.startswith("<?", at):
            end = text.find("?>", at)
        elif text.startswith("<!", at):
            raise RefusalError("forbidden_xml", detail=" ".join(text[at : at + 40].split()))
        else:
            return
        if end < 0:
            return
        at = end


def _clean(stated: Structured) -> Structured:
    """The fields without characters that are not seen."""
    fields = {name: escaped(value, set())[:2000] for name, value in stated.fields.items()}
    return replace(stated, fields=fields)


def _outline(root: Any) -> list[str]:
    """Every value in the document under its humanised name, indented by depth."""
    lines: list[str] = []
    stack: list[tuple[Any, int]] = [(root, 0)]
    while stack and len(lines) < 60_000:
        element, depth = stack.pop()
        name = local(element)
        if not name:
            continue
        value = " ".join((element.text or "").split())
        facts = [f"{k.rpartition('}')[2]}={v}" for k, v in element.attrib.items() if v and "://" not in v]
        shown = " ".join([value, f"({', '.join(facts)})" if facts else ""]).strip()
        label = _WORDS.sub(" ", name).strip()
        if shown or len(element):
            lines.append("  " * min(depth, 20) + (f"{label}: {shown}" if shown else label))
        tail = " ".join((element.tail or "").split())
        if tail:
            lines.append("  " * min(depth, 20) + tail)
        if depth < _DEEPEST:
            stack.extend((child, depth + 1) for child in reversed(element))
    return lines
