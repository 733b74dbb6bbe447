"""Rich Text Format as text (media type `application/rtf`, Microsoft RTF specification 1.9.1).

A small reader of our own: control words that make text are honoured, destinations that
hold no text (fonts, styles, pictures, embedded objects) are passed over.
"""

import re
from pathlib import Path
from typing import Final

from ingest.extract.context import ReadContext
from ingest.extract.layout import Lines, reading, split_lines
from ingest.model import Reading, Refusal

MAX_BYTES: Final = 64 * 1024**2
_SHOWN: Final = 4_000_000
_DEEPEST: Final = 1000
_TOKEN: Final = re.compile(
    r"\\([a-z]{1,32})(-?\d{1,10})? ?|\\'([0-9a-fA-F]{2})|\\([^a-z'])|([{}])|([^\\{}\r\n]+)|[\r\n]"
)
_CODE_PAGE: Final = re.compile(rb"\\ansicpg(\d{3,5})")
_PASSED: Final = frozenset(
    [
        "fonttbl",
        "colortbl",
        "stylesheet",
        "info",
        "pict",
        "object",
        "objdata",
        "themedata",
        "colorschememapping",
        "datastore",
        "latentstyles",
        "listtable",
        "listoverridetable",
        "rsidtbl",
        "generator",
        "filetbl",
        "revtbl",
        "xmlnstbl",
        "fldinst",
        "mmathPr",
        "wgrffmtfilter",
        "pgdsctbl",
    ]
)
_WRITTEN: Final = {
    "par": "\n",
    "line": "\n",
    "sect": "\n",
    "page": "\f",
    "tab": "\t",
    "cell": "\t",
    "row": "\n",
    "emdash": "—",
    "endash": "–",
    "lquote": "‘",
    "rquote": "’",
    "ldblquote": "“",
    "rdblquote": "”",
    "bullet": "•",
    "emspace": " ",
    "enspace": " ",
    "nestcell": "\t",
    "nestrow": "\n",
}
_ESCAPED: Final = {"~": "\u00a0", "_": "-", "-": "", "\n": "\n", "\r": "\n"}


def extract(path: Path, media_type: str, context: ReadContext) -> Reading | Refusal:
    """Read an RTF file. Refuses one that does not begin as RTF (`damaged`)."""
    size = path.stat().st_size
    if size > MAX_BYTES:
        return Refusal("too_large", {"size": size, "limit": MAX_BYTES})
    data = path.read_bytes()
    if not data.lstrip().startswith(b"{\\rtf"):
        return Refusal("damaged", {"detail": "no RTF header"})
    lines = Lines()
    if b"\\objdata" in data or b"\\objocx" in data:
        lines.flags.add("active_content")
    if b"INCLUDEPICTURE" in data or re.search(rb"\\\*\\template\b", data):
        lines.flags.add("external_references")
    page = _CODE_PAGE.search(data[:2000])
    text = _text(data.decode("latin-1"), f"cp{page[1].decode()}" if page else "cp1252", lines.flags)
    for part in text.split("\f"):
        lines.new_section()
        lines.extend(split_lines(part))
    return reading(lines, media_type, context, reader="rtf", flags=lines.flags)


def _text(source: str, code_page: str, flags: set[str]) -> str:
    try:
        b"\xb9".decode(code_page, "replace")
    except LookupError:
        code_page = "cp1252"
    out: list[str] = []
    length = 0
    # For each open group: whether it is passed over, and how many characters follow a \u as its fallback.
    stack: list[tuple[bool, int]] = []
    passed, fallback, to_skip, starred = False, 1, 0, False
    pending = bytearray()
    for token in _TOKEN.finditer(source):
        word, number, octet, sign, brace, plain = token.groups()
        if octet is None and pending:
            out.append(pending.decode(code_page, "replace"))
            pending.clear()
        if length > _SHOWN:
            flags.add("partly_read")
            break
        if brace == "{":
            if len(stack) >= _DEEPEST:
                flags.add("damaged")
                break
            stack.append((passed, fallback))
        elif brace == "}":
            passed, fallback = stack.pop() if stack else (False, 1)
        elif sign == "*":
            starred = True
            continue
        elif word is not None and (word in _PASSED or (starred and word not in ("shptxt", "shpinst"))):
            passed = True
        elif passed:
            pass
        elif word == "uc":
            fallback = min(int(number or 1), 10)
        elif word == "u" and number is not None:
            code = int(number) % 65536
            out.append(chr(code))
            to_skip = fallback
            length += 1
        elif word == "bin":
            flags.add("damaged")  # raw bytes would be taken for text
            break
        elif word is not None:
            out.append(_WRITTEN.get(word, ""))
        elif octet is not None:
            if to_skip:
                to_skip -= 1
            else:
                pending.append(int(octet, 16))
        elif sign is not None:
            out.append(_ESCAPED.get(sign, sign))
        elif plain is not None:
            shown = plain[to_skip:]
            to_skip = max(0, to_skip - len(plain))
            out.append(shown)
            length += len(shown)
        starred = False
    if pending:
        out.append(pending.decode(code_page, "replace"))
    # Characters beyond the first plane are written as two halves.
    return "".join(out).encode("utf-16", "surrogatepass").decode("utf-16", "replace")
