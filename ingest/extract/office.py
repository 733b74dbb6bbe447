"""Office documents: Word, Excel, PowerPoint (Office Open XML) and OpenDocument text, sheets, slides.

All are zip packages of XML; the parts are read directly, in the document's order, so
that one guard (`ingest.extract.zipguard`) holds for every part and nothing outside is
ever fetched. Standards: ECMA-376 and OASIS OpenDocument 1.3.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Final

from ingest.extract import odf, presentation, spreadsheet, word
from ingest.extract.context import ReadContext
from ingest.extract.instrument import instrument_facts
from ingest.extract.layout import Lines, reading
from ingest.extract.zipguard import Package
from ingest.model import Reading, Refusal

MAX_BYTES: Final = 128 * 1024**2
_OOXML: Final = "application/vnd.openxmlformats-officedocument"
_ODF: Final = "application/vnd.oasis.opendocument"

_WRITERS: Final[dict[str, tuple[str, Callable[[Package, Lines], None]]]] = {
    f"{_OOXML}.wordprocessingml.document": ("docx", word.write),
    f"{_OOXML}.spreadsheetml.sheet": ("xlsx", spreadsheet.write),
    f"{_OOXML}.presentationml.presentation": ("pptx", presentation.write),
    f"{_ODF}.text": ("odt", odf.write),
    f"{_ODF}.spreadsheet": ("ods", odf.write),
    f"{_ODF}.presentation": ("odp", odf.write),
}


def extract(path: Path, media_type: str, context: ReadContext) -> Reading | Refusal:
    """Read an office document. Refuses bombs, entities and packages that cannot be opened."""
    size = path.stat().st_size
    if size > MAX_BYTES:
        return Refusal("too_large", {"size": size, "limit": MAX_BYTES})
    if media_type not in _WRITERS:
        return Refusal("unsupported_format", {"detected": media_type})
    reader, write = _WRITERS[media_type]
    lines = Lines()
    package = Package(path, context)
    try:
        _flag(package, lines)
        write(package, lines)
    finally:
        package.close()
    structured = None
    if reader in ("xlsx", "ods"):
        structured = instrument_facts(lines.cells)
    return reading(lines, media_type, context, reader=reader, structured=structured)


def _flag(package: Package, lines: Lines) -> None:
    """Macros, and links to what lies outside the package (ECMA-376 part 2, `TargetMode="External"`)."""
    for name in package.names:
        lower = name.lower()
        if lower.endswith("vbaproject.bin") or (
            lower.startswith(("basic/", "scripts/")) and not lower.endswith("/")
        ):
            lines.flags.add("active_content")
        if lower.endswith(".rels"):
            for relation in package.xml(name):
                kind = (relation.get("Type") or "").rpartition("/")[2]
                if relation.get("TargetMode") == "External" and kind != "hyperlink":
                    lines.flags.add("external_references")
