"""Rich Text Format as text (media type `application/rtf`, Microsoft RTF specification 1.9.1).

A small reader of our own: control words that make text are honoured, destinations that
hold no text (fonts, styles, pictures, embedded objects) are passed over.
"""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from ingest.extract.context import ReadContext
from ingest.extract.layout import Lines, aligned, reading, split_lines
from ingest.model import Reading, Refusal

MAX_BYTES: Final = 64 * 1024**2
_SHOWN: Final = 4_000_000
_DEEPEST: Final = 1000
_TOKEN: Final = re.compile(
    r"\\([a-z]{1,32})(-?\d{1,10})? ?|\\'([0-9a-fA-F]{2})|\\([^a-z'])|([{}])|([^\\{}\r\n]+)|[\r\n]"
)
_CODE_PAGE: Final = re.compile(r"\\(ansicpg(\d{3,5})|mac|pca|pc)(?![a-z\d])")
_FONT: Final = re.compile(r"\\f(\d{1,5})(?![\d])([^;{}]{0,300}(?:\{[^{}]{0,300}\}[^;{}]{0,300}){0,4});")
_CHARSET: Final = re.compile(r"\\(fcharset|cpg)(\d{1,5})")
#: What the numbers of character sets mean (RTF 1.9.1, font table); 0 is that of the document.
_CHARSETS: Final = {
    77: "mac_roman",
    128: "cp932",
    129: "cp949",
    134: "cp936",
    136: "cp950",
    161: "cp1253",
    162: "cp1254",
    163: "cp1258",
    177: "cp1255",
    178: "cp1256",
    186: "cp1257",
    204: "cp1251",
    222: "cp874",
    238: "cp1250",
    255: "cp437",
}
_OLD_SETS: Final = {"mac": "mac_roman", "pc": "cp437", "pca": "cp850"}
_FONTS_WITHIN: Final = 1_000_000
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
    "cell": "\x07",
    "row": "\x1d\n",
    "emdash": "—",
    "endash": "–",
    "lquote": "‘",
    "rquote": "’",
    "ldblquote": "“",
    "rdblquote": "”",
    "bullet": "•",
    "emspace": " ",
    "enspace": " ",
    "nestcell": "\x1c",
    "nestrow": "\x1c",
}
_CELL, _IN_CELL, _ROW = "\x07", "\x1c", "\x1d"
_ESCAPED: Final = {"~": "\u00a0", "_": "-", "-": "", "\n": "\n", "\r": "\n"}


@dataclass(frozen=True, slots=True)
class _State:
    """What holds within a group. `fallback`: how many characters after a \\u stand in for it."""

    passed: bool = False
    fallback: int = 1
    code_page: str = "cp1252"
    deleted: bool = False
    in_table: bool = False


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
    write(data, lines)
    return reading(lines, media_type, context, reader="rtf", flags=lines.flags)


def write(data: bytes, lines: Lines) -> None:
    """The text of an RTF document: paragraphs, and tables as rows of cells."""
    for part in _text(data.decode("latin-1"), lines.flags).split("\f"):
        lines.new_section()
        rows: list[list[str]] = []
        for line in split_lines(part):
            if line.endswith(_ROW):
                *cells, _ = line.replace(_IN_CELL, " ").split(_CELL)
                rows.append(cells)
                continue
            lines.extend(aligned(rows))
            rows.clear()
            lines.add(line.replace(_CELL, "\t").replace(_IN_CELL, " ").replace(_ROW, ""))
        lines.extend(aligned(rows))


def _fonts(source: str) -> tuple[str, dict[int, str]]:
    """The code page of the document, and of each font that has another."""
    said = _CODE_PAGE.search(source, 0, 2000)
    default = _known(f"cp{said[2]}" if said[2] else _OLD_SETS[said[1]]) if said else "cp1252"
    start = source.find("{\\fonttbl", 0, _FONTS_WITHIN)
    fonts: dict[int, str] = {}
    for font in _FONT.finditer(source, max(0, start), _FONTS_WITHIN) if start >= 0 else ():
        for kind, number in _CHARSET.findall(font[2]):
            if kind == "cpg":
                fonts[int(font[1])] = _known(f"cp{number}")
            elif int(number) in _CHARSETS:
                fonts.setdefault(int(font[1]), _CHARSETS[int(number)])
        if font[2].rstrip().endswith(" CE"):  # the Central European fonts of Windows 3.1
            fonts.setdefault(int(font[1]), "cp1250")
    return default, fonts


def _known(code_page: str) -> str:
    try:
        return codecs.lookup(code_page).name
    except LookupError:
        return "cp1252"


def _tokens(source: str) -> Iterator[re.Match[str]]:
    """Control words, symbols, braces and text in turn; the bytes that follow \\bin are stepped over."""
    at = 0
    while (token := _TOKEN.search(source, at)) is not None:
        at = token.end()
        if token[1] == "bin":
            at += max(0, int(token[2] or 0))
        yield token


def _text(source: str, flags: set[str]) -> str:
    code_page, fonts = _fonts(source)
    first = re.search(r"\\deff(\d{1,5})", source[:2000])
    plain_page = fonts.get(int(first[1]) if first else 0, code_page)
    state = _State(code_page=plain_page)
    stack: list[_State] = []
    out: list[str] = []
    pending = bytearray()
    length, to_skip, starred = 0, 0, False
    for token in _tokens(source):
        word, number, octet, sign, brace, plain = token.groups()
        if octet is None and pending:
            out.append(pending.decode(state.code_page, "replace"))
            pending.clear()
        if length > _SHOWN:
            flags.add("partly_read")
            break
        if brace == "{":
            if len(stack) >= _DEEPEST:
                flags.add("damaged")
                break
            stack.append(state)
        elif brace == "}":
            state = stack.pop() if stack else _State(code_page=plain_page)
        elif sign == "*":
            starred = True
            continue
        elif word is not None and (word in _PASSED or (starred and word not in ("shptxt", "shpinst"))):
            state = replace(state, passed=True)
        elif state.passed:
            pass
        elif word == "u" and number is not None:
            if not state.deleted:
                out.append(chr(int(number) % 65536))
            to_skip = state.fallback
            length += 1
        elif word is not None:
            state = _changed(state, word, number, fonts, code_page, plain_page)
            if not state.deleted:
                out.append(_IN_CELL if word == "par" and state.in_table else _WRITTEN.get(word, ""))
        elif octet is not None:
            if to_skip:
                to_skip -= 1
            elif not state.deleted:
                pending.append(int(octet, 16))
        elif sign is not None:
            out.append(_ESCAPED.get(sign, sign))
        elif plain is not None:
            shown = plain[to_skip:]
            to_skip = max(0, to_skip - len(plain))
            if not state.deleted:
                # Some writers leave letters of the code page as they are.
                out.append(
                    shown if shown.isascii() else shown.encode("latin-1").decode(state.code_page, "replace")
                )
            length += len(shown)
        starred = False
    if pending:
        out.append(pending.decode(state.code_page, "replace"))
    # Characters beyond the first plane are written as two halves.
    return "".join(out).encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _changed(
    state: _State, word: str, number: str | None, fonts: dict[int, str], code_page: str, plain_page: str
) -> _State:
    """The state after a control word that sets one."""
    value = int(number) if number else None
    if word == "f" and value is not None:
        return replace(state, code_page=fonts.get(value, code_page))
    if word == "plain":
        return replace(state, code_page=plain_page, deleted=False)
    if word == "deleted":
        return replace(state, deleted=value != 0)
    if word == "uc":
        return replace(state, fallback=max(0, min(value if value is not None else 1, 10)))
    if word in ("intbl", "pard"):
        return replace(state, in_table=word == "intbl")
    return state
