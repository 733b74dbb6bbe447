"""PowerPoint 97-2003 presentations (MS-PPT): the text of each slide with its notes.

The stream is a heap of records, old ones among them. What counts is found as the specification says
(2.1.2): from the last edit over its persist directory to the document, and from there to the slides.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from ingest.extract.layout import Lines

_SHOWN: Final = 4_000_000
_MOST_RECORDS: Final = 500_000
_MOST_EDITS: Final = 1000
_DEEPEST: Final = 16
_CONTAINER: Final = 0x0F
_LOCKED: Final = 0xF3D1C4DF
_PERSISTENT: Final = 0xFFFFF

#: Record types (MS-PPT 2.13.24 and MS-ODRAW).
_DOCUMENT, _SLIDE, _SLIDE_ATOM = 0x03E8, 0x03EE, 0x03EF
_SLIDE_PERSIST, _MASTER = 0x03F3, 0x03F8
_OUTLINE_REFERENCE, _TEXT_WIDE, _TEXT_NARROW = 0x0F9E, 0x0FA0, 0x0FA8
_CSTRING, _LIST, _EDIT, _DIRECTORY, _TEXT_BOX = 0x0FBA, 0x0FF0, 0x0FF5, 0x1772, 0xF00D
_TAG_DATA: Final = 0x138B  # holds records though it does not say so (2.11.20)
_COMMENT, _WORDS = 0x2EE0, 1  # of a comment's strings the second (2.5.26)
_SLIDES, _NOTE_PAGES = 0, 2
_WRITTEN: Final = {"\r": "\n", "\x0b": "\n", "\t": "\t"}


@dataclass(frozen=True, slots=True)
class _Record:
    kind: int
    instance: int
    container: bool
    start: int
    end: int


@dataclass(slots=True)
class _Listed:
    """A slide or notes page as the document lists it: where it is kept, its own number, its outline text."""

    persist: int
    ident: int
    texts: list[str]


def is_encrypted(current_user: bytes) -> bool:
    """Whether the stream `Current User` says that the presentation is locked (MS-PPT 2.3.2)."""
    return len(current_user) >= 16 and struct.unpack_from("<I", current_user, 12)[0] == _LOCKED


def write(stream: bytes, current_user: bytes, lines: Lines) -> None:
    """Each slide's text on a page of its own, its notes and comments after it.

    `stream` is `PowerPoint Document`. Where the directory is broken, all texts are taken in the order in
    which they lie in the file, and the reading is marked as damaged.
    """
    budget = _Budget()
    places = _directory(stream, current_user)
    document = _document(stream, places)
    if document is None:
        lines.flags.add("damaged")
        for text in _all_texts(stream, _Record(0, 0, True, 0, len(stream)), budget):
            _write_text(text, lines)
    else:
        slides, notes = (_listed(stream, document, which, budget) for which in (_SLIDES, _NOTE_PAGES))
        by_ident = {entry.ident: entry for entry in notes}
        for slide in slides:
            lines.new_section()
            record = _at(stream, places.get(slide.persist, -1))
            if record is None or record.kind != _SLIDE:
                lines.flags.add("damaged")
            texts, note = _slide(stream, record, slide.texts, budget)
            for text in texts:
                _write_text(text, lines)
            if note in by_ident:
                page = _at(stream, places.get(by_ident[note].persist, -1))
                for text in _slide(stream, page, by_ident[note].texts, budget)[0]:
                    _write_text(text, lines)
    if budget.spent:
        lines.flags.add("partly_read")


class _Budget:
    """How many records and characters may still be looked at: a list may name the same slide forever."""

    def __init__(self) -> None:
        self._records, self._characters = _MOST_RECORDS, _SHOWN

    @property
    def spent(self) -> bool:
        return self._records <= 0 or self._characters <= 0

    def record(self) -> bool:
        self._records -= 1
        return not self.spent

    def text(self, text: str) -> str:
        shown = text[: max(0, self._characters)]
        self._characters -= len(text)
        return shown


def _at(stream: bytes, place: int) -> _Record | None:
    """The record whose header lies at `place`; one that would reach beyond the stream is cut."""
    if not 0 <= place <= len(stream) - 8:
        return None
    head, kind, size = struct.unpack_from("<HHI", stream, place)
    end = min(place + 8 + size, len(stream))
    return _Record(kind, head >> 4, head & 0x0F == _CONTAINER, place + 8, end)


def _inside(stream: bytes, record: _Record, budget: _Budget) -> Iterator[_Record]:
    place = record.start
    while budget.record() and (found := _at(stream, place)) is not None and place + 8 <= record.end:
        yield found
        place = found.end


def _directory(stream: bytes, current_user: bytes) -> dict[int, int]:
    """Where each persistent object lies by the edits, the last one first (MS-PPT 2.3.3 and 2.3.4).

    The key -1 holds the document's own number.
    """
    found: dict[int, int] = {}
    place = struct.unpack_from("<I", current_user, 16)[0] if len(current_user) >= 20 else -1
    seen: set[int] = set()
    while place not in seen and len(seen) < _MOST_EDITS:
        seen.add(place)
        edit = _at(stream, place)
        if edit is None or edit.kind != _EDIT or edit.end - edit.start < 28:
            break
        before, directory, document = struct.unpack_from("<III", stream, edit.start + 8)
        found.setdefault(-1, document)
        table = _at(stream, directory)
        if table is not None and table.kind == _DIRECTORY:
            for number, where in _entries(stream, table):
                found.setdefault(number, where)
        if before == 0:
            break
        place = before
    return found


def _entries(stream: bytes, table: _Record) -> Iterator[tuple[int, int]]:
    at = table.start
    while at + 4 <= table.end:
        (head,) = struct.unpack_from("<I", stream, at)
        first, count, at = head & _PERSISTENT, head >> 20, at + 4
        for n in range(min(count, (table.end - at) // 4)):
            yield first + n, struct.unpack_from("<I", stream, at + 4 * n)[0]
        at += 4 * count


def _document(stream: bytes, places: dict[int, int]) -> _Record | None:
    record = _at(stream, places.get(places.get(-1, -2), -1))
    if record is not None and record.kind == _DOCUMENT:
        return record
    return None


def _listed(stream: bytes, document: _Record, which: int, budget: _Budget) -> list[_Listed]:
    """The slides or notes pages of a document in order, with the texts of their outline."""
    found: list[_Listed] = []
    for part in _inside(stream, document, budget):
        if part.kind != _LIST or part.instance != which:
            continue
        for record in _inside(stream, part, budget):
            if record.kind == _SLIDE_PERSIST and record.end - record.start >= 16:
                persist, _flags, _count, ident = struct.unpack_from("<IIiI", stream, record.start)
                found.append(_Listed(persist, ident, []))
            elif record.kind in (_TEXT_WIDE, _TEXT_NARROW) and found:
                found[-1].texts.append(_text(stream, record, budget))
    return found


def _slide(
    stream: bytes, slide: _Record | None, outline: list[str], budget: _Budget
) -> tuple[list[str], int]:
    """The texts of a slide in the order of its shapes, and the number of its notes page.

    A placeholder names its text by its place in the outline; what no shape names comes first.
    """
    texts: list[str] = []
    named: set[int] = set()
    notes = 0
    waiting = [(r, 0) for r in reversed(list(_inside(stream, slide, budget)))] if slide is not None else []
    while waiting:
        record, depth = waiting.pop()
        if record.kind == _SLIDE_ATOM and record.end - record.start >= 20:
            (notes,) = struct.unpack_from("<I", stream, record.start + 16)
        elif record.kind == _OUTLINE_REFERENCE and record.end - record.start >= 4:
            (index,) = struct.unpack_from("<i", stream, record.start)
            if 0 <= index < len(outline) and index not in named:
                named.add(index)
                texts.append(outline[index])
        elif record.kind in (_TEXT_WIDE, _TEXT_NARROW):
            texts.append(_text(stream, record, budget))
        elif record.kind == _COMMENT:
            parts = list(_inside(stream, record, budget))
            texts += [_text(stream, r, budget) for r in parts if r.kind == _CSTRING and r.instance == _WORDS]
        elif (record.container or record.kind in (_TEXT_BOX, _TAG_DATA)) and depth < _DEEPEST:
            waiting += [(r, depth + 1) for r in reversed(list(_inside(stream, record, budget)))]
    return [text for n, text in enumerate(outline) if n not in named] + texts, notes


def _all_texts(stream: bytes, record: _Record, budget: _Budget, depth: int = 0) -> Iterator[str]:
    for inner in _inside(stream, record, budget):
        if inner.kind in (_TEXT_WIDE, _TEXT_NARROW):
            yield _text(stream, inner, budget)
        elif inner.kind != _MASTER and (inner.container or inner.kind == _TEXT_BOX) and depth < _DEEPEST:
            yield from _all_texts(stream, inner, budget, depth + 1)


def _text(stream: bytes, record: _Record, budget: _Budget) -> str:
    """The characters of a text record; the narrow kind leaves out bytes that are zero (MS-PPT 2.9.43)."""
    data = stream[record.start : record.end]
    return budget.text(data.decode("latin-1" if record.kind == _TEXT_NARROW else "utf-16-le", "replace"))


def _write_text(text: str, lines: Lines) -> None:
    shown = "".join(_WRITTEN.get(c, c if c >= " " else "") for c in text)
    lines.extend(shown.split("\n"))
