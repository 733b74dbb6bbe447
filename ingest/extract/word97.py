"""Word 97-2003 documents (MS-DOC 2.4): the text through its piece table, and that of Word 6 and 95.

A document is one run of characters in pieces anywhere in the file: main text, then notes, headers,
comments, text boxes. What belongs to a table, and what was deleted under revision marks, is told by
properties kept in pages of their own (FKP, 2.9.55 and 2.9.174).
"""

import struct
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

from ingest.extract import charset
from ingest.extract.context import RefusalError
from ingest.extract.layout import Lines, aligned

_SHOWN: Final = 4_000_000
_MOST_RUNS: Final = 400_000
_PAGE: Final = 512
_FIRST_WORD_97: Final = 0xC1
#: Places in the header (MS-DOC 2.5.1 to 2.5.6) and in that of Word 6 and 95.
_COUNTS_97, _COUNTS_95 = 0x4C, 0x34
_TABLES_97: Final = 0x9A
_BTE_CHPX, _BTE_PAPX, _CLX = 12, 13, 33
_CLX_95: Final = 0x160
#: Single property modifiers that matter here (MS-DOC 2.6).
_DELETED, _IN_TABLE, _ROW_END, _INNER_CELL, _INNER_ROW_END = 0x0800, 0x2416, 0x2417, 0x244B, 0x244C
_TABLE_DEFINITION, _TAB_CHANGES = 0xD608, 0xC615
_OPERAND_BYTES: Final = (1, 1, 2, 4, 2, 2, 0, 3)

#: Our own marks, on places where Word leaves none in the text: they are no characters of its texts.
_GONE, _PARAGRAPH_IN_CELL, _ROW = "\x00", "\x1c", "\x1d"
_CELL: Final = "\x07"
_FIELD_BEGIN, _FIELD_RESULT, _FIELD_END = "\x13", "\x14", "\x15"
_WRITTEN: Final = {"\x0b": "\n", "\x0e": "\n", "\x1e": "-", "\x1f": "", "\t": "\t", "\xa0": " "}


@dataclass(slots=True)
class _Marks:
    """What the properties say: ranges of bytes that are deleted, and marks for ends of paragraphs.

    `deleted` holds starts and ends in turn, sorted; `ends` are the places behind paragraphs, sorted, and
    `marks` what to write for each.
    """

    deleted: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    marks: list[str] = field(default_factory=list)


def is_encrypted(document: bytes) -> bool:
    """Whether the stream `WordDocument` says that it is locked with a password (MS-DOC 2.5.2)."""
    return len(document) >= 12 and bool(struct.unpack_from("<H", document, 10)[0] & 0x0100)


def is_obfuscated(document: bytes) -> bool:
    """Whether a locked document is so by the old exclusive-or and not by a cipher."""
    return bool(struct.unpack_from("<H", document, 10)[0] & 0x8000)


def table_stream(document: bytes) -> str:
    """The name of the stream that holds the tables of this document."""
    return (
        "1Table" if len(document) >= 12 and struct.unpack_from("<H", document, 10)[0] & 0x0200 else "0Table"
    )


def write(document: bytes, table: bytes, lines: Lines) -> None:
    """The text of a document: headers, main text with its tables, notes, comments, text boxes.

    `document` and `table` are the streams. What was deleted under revision marks is left out.
    Raises RefusalError `damaged` if the header is cut or nothing leads to any text.
    """
    if len(document) < 0x60:
        raise RefusalError("damaged", detail="Word document whose header is cut off")
    is_97 = struct.unpack_from("<H", document, 2)[0] >= _FIRST_WORD_97
    try:
        text, counts = _text_97(document, table, lines) if is_97 else _text_95(document, lines)
    except struct.error as error:
        raise RefusalError("damaged", detail="Word document whose tables cannot be read") from error
    if len(text) < min(sum(counts), _SHOWN):
        lines.flags.add("damaged")
    stories, start = [], 0
    for count in counts:
        stories.append(text[start : start + count])
        start += count
    main, notes, headers, *others = stories
    _write_headers(headers, lines)
    for story in (main, notes, *others):
        _write_story(story, lines)


# -- from the file to characters ---------------------------------------------


def _text_97(document: bytes, table: bytes, lines: Lines) -> tuple[str, list[int]]:
    counts = _counts(document, _COUNTS_97)
    pairs = {n: struct.unpack_from("<II", document, _TABLES_97 + 8 * n) for n in (_BTE_CHPX, _BTE_PAPX, _CLX)}
    pieces = _pieces(table, *pairs[_CLX])
    if not pieces:
        raise RefusalError("damaged", detail="Word document whose list of pieces is missing")
    marks = _marks(document, table, pairs[_BTE_CHPX], pairs[_BTE_PAPX])
    out: list[str] = []
    length = 0
    for start, end, said in pieces:
        narrow = bool(said & 0x40000000)
        width = 1 if narrow else 2
        place = (said & 0x3FFFFFFF) // (2 if narrow else 1)
        data = document[place : place + (end - start) * width]
        length += end - start
        if len(data) < (end - start) * width:
            lines.flags.add("damaged")
            data += bytes((end - start) * width - len(data)) if length <= _SHOWN else b""
        characters = list(data.decode("cp1252" if narrow else "utf-16-le", "replace"))
        if not narrow and len(characters) * 2 != len(data):
            # A character beyond the first plane is two of Word's: a mark keeps the count.
            characters = [
                c for found in characters for c in ((found, _GONE) if found > "\uffff" else (found,))
            ]
        _mark(characters, place, width, marks)
        out.append("".join(characters))
        if length > _SHOWN:
            lines.flags.add("partly_read")
            break
    return "".join(out), counts


def _text_95(document: bytes, lines: Lines) -> tuple[str, list[int]]:
    """Word 6 and 95: eight bits a character, in the code page of the country."""
    counts = _counts(document, _COUNTS_95)
    first, last = struct.unpack_from("<II", document, 0x18)
    data = document[first:last]
    if struct.unpack_from("<H", document, 10)[0] & 0x0004 and len(document) >= _CLX_95 + 8:
        pieces = _pieces(document, *struct.unpack_from("<II", document, _CLX_95))
        data = b"".join(document[place : place + end - start] for start, end, place in pieces)[:_SHOWN]
    decoded = charset.decode(data[: sum(counts)])
    if decoded.guessed:
        lines.flags.add("charset_guessed")
    text = decoded.text
    return text if len(text) == len(data[: sum(counts)]) else data.decode("cp1250", "replace"), counts


def _counts(document: bytes, place: int) -> list[int]:
    """Characters of the stories in their order: main, footnotes, headers, comments, endnotes, boxes."""
    found = list(struct.unpack_from("<8I", document, place))
    del found[3]  # macros, of no version that is read here
    return [min(count, _SHOWN) for count in found]


def _pieces(table: bytes, place: int, size: int) -> list[tuple[int, int, int]]:
    """First character, last character and place of each piece (Clx, MS-DOC 2.9.38)."""
    clx = table[place : place + size]
    at = 0
    while at + 3 <= len(clx) and clx[at] == 1:
        at += 3 + struct.unpack_from("<H", clx, at + 1)[0]
    if at + 5 > len(clx) or clx[at] != 2:
        return []
    plc = clx[at + 5 : at + 5 + struct.unpack_from("<I", clx, at + 1)[0]]
    count = (len(plc) - 4) // 12
    if count < 1:
        return []
    starts = struct.unpack_from(f"<{count + 1}I", plc)
    places = [struct.unpack_from("<I", plc, 4 * (count + 1) + 8 * n + 2)[0] for n in range(count)]
    return [
        (start, min(end, start + _SHOWN), where)
        for (start, end), where in zip(pairwise(starts), places, strict=True)
        if start < end
    ]


def _marks(document: bytes, table: bytes, characters: tuple[int, ...], paragraphs: tuple[int, ...]) -> _Marks:
    marks = _Marks()
    deleted = sorted(
        (start, end)
        for start, end, changes in _runs(document, table, characters, 1)
        if _changes(changes).get(_DELETED)
    )
    for start, end in deleted:
        if marks.deleted and start <= marks.deleted[-1]:
            marks.deleted[-1] = max(end, marks.deleted[-1])
        else:
            marks.deleted += (start, end)
    ends: dict[int, str] = {}
    for _start, end, changes in _runs(document, table, paragraphs, 13):
        said = _changes(changes[2:])
        if said.get(_ROW_END) or said.get(_INNER_ROW_END):
            ends[end] = _ROW
        elif said.get(_INNER_CELL):
            ends[end] = _CELL
        elif said.get(_IN_TABLE):
            ends[end] = _PARAGRAPH_IN_CELL
    marks.ends = sorted(ends)
    marks.marks = [ends[end] for end in marks.ends]
    return marks


def _runs(
    document: bytes, table: bytes, where: tuple[int, ...], step: int
) -> Iterator[tuple[int, int, bytes]]:
    """Start, end and property changes of each run of characters (step 1) or paragraph (step 13)."""
    plc = table[where[0] : where[0] + where[1]]
    count = max(0, (len(plc) - 4) // 8)
    given = 0
    for n in range(count):
        number = struct.unpack_from("<I", plc, 4 * (count + 1) + 4 * n)[0] & 0x3FFFFF
        page = document[number * _PAGE : (number + 1) * _PAGE]
        if len(page) < _PAGE:
            continue
        runs = page[-1]
        if 4 * (runs + 1) + step * runs >= _PAGE:
            continue
        given += runs
        if given > _MOST_RUNS:
            return
        places = struct.unpack_from(f"<{runs + 1}I", page)
        for run, (start, end) in enumerate(pairwise(places)):
            offset = 2 * page[4 * (runs + 1) + step * run]
            if not offset or start >= end:
                continue
            size, offset = page[offset], offset + 1
            if step == 13:  # sizes of paragraphs count pairs, and 0 is followed by the true one
                size, offset = (2 * page[offset], offset + 1) if size == 0 else (2 * size - 1, offset)
            yield start, end, page[offset : min(offset + size, _PAGE - 1)]


def _changes(data: bytes) -> dict[int, int]:
    """The first operand byte of each single property modifier (MS-DOC 2.2.5.1)."""
    found: dict[int, int] = {}
    at = 0
    while at + 2 < len(data):
        (code,) = struct.unpack_from("<H", data, at)
        at += 2
        found[code] = data[at]
        size = _OPERAND_BYTES[code >> 13]
        if code == _TABLE_DEFINITION and at + 2 <= len(data):
            size = struct.unpack_from("<H", data, at)[0] + 1
        elif code == _TAB_CHANGES and data[at] == 0xFF:
            break
        elif size == 0:
            size = data[at] + 1
        at += size
    return found


def _mark(characters: list[str], place: int, width: int, marks: _Marks) -> None:
    """Take out what is deleted and mark the ends that tables need, in the characters of one piece."""
    behind = place + len(characters) * width
    at = bisect_right(marks.deleted, place) & ~1
    while at < len(marks.deleted) and marks.deleted[at] < behind:
        first = max(0, (marks.deleted[at] - place) // width)
        last = min(len(characters), (marks.deleted[at + 1] - place) // width)
        characters[first:last] = [_GONE] * max(0, last - first)
        at += 2
    for n in range(bisect_right(marks.ends, place), bisect_left(marks.ends, behind + 1)):
        index = (marks.ends[n] - place) // width - 1
        if 0 <= index < len(characters) and characters[index] in "\r\x07":
            mark = marks.marks[n]
            characters[index] = mark if mark != _PARAGRAPH_IN_CELL or characters[index] == "\r" else _CELL


# -- from characters to lines --------------------------------------------------


def _write_headers(story: str, lines: Lines) -> None:
    """Headers and footers once each, though every section states them again."""
    gathered = Lines()
    _write_story(story, gathered)
    for line in dict.fromkeys(line for line in gathered.written() if line.strip()):
        lines.add(line)


def _write_story(story: str, lines: Lines) -> None:
    story = _without_field_codes(story)
    has_rows = _ROW in story
    rows: list[list[str]] = []
    cells: list[str] = []
    now: list[str] = []

    def finish_rows() -> None:
        if cells:
            rows.append(cells.copy())
            cells.clear()
        if rows:
            lines.extend(aligned(rows))
            lines.add()
            rows.clear()

    for char in story:
        if char == _CELL and not has_rows and cells and not now:
            rows.append(cells.copy())  # without properties, the second mark in a row ends it
            cells.clear()
        elif char == _CELL:
            cells.append("".join(now))
            now.clear()
        elif char == _ROW:
            rows.append(cells.copy())
            cells.clear()
            now.clear()
        elif char == _PARAGRAPH_IN_CELL:
            now.append(" ")
        elif char in "\r\f":
            finish_rows()
            lines.extend("".join(now).split("\n"))
            now.clear()
            if char == "\f":
                lines.new_section()
        else:
            now.append(_WRITTEN.get(char, char if char >= " " else ""))
    finish_rows()
    if now:
        lines.extend("".join(now).split("\n"))


def _without_field_codes(story: str) -> str:
    """The text with the results of fields, without their instructions; as it is if fields do not close."""
    out: list[str] = []
    hidden: list[bool] = []
    for char in story:
        if char == _FIELD_BEGIN:
            hidden.append(True)
        elif char == _FIELD_RESULT and hidden:
            hidden[-1] = False
        elif char == _FIELD_END and hidden:
            hidden.pop()
        elif not any(hidden[-8:]):
            out.append(char)
    return story if hidden else "".join(out)
