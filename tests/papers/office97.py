"""Word, Excel and PowerPoint files of 1997 to 2003, written by their specifications (MS-DOC, MS-XLS, MS-PPT).

As small as the programs would still take them, but not simpler than what they save: text in several
pieces of two widths and out of order, properties in pages, edits on top of older ones, ciphers.
"""

import hashlib
import struct
from collections.abc import Sequence

from tests.papers.ole import ole_file

#: In texts for `word_file`: the mark that ends a row of a table, a paragraph within a cell, and brackets
#: around what was deleted under revision marks. Cells end with "\x07" as in the format itself.
ROW, IN_CELL, DELETED, KEPT = "\x1d", "\x1c", "\ue000", "\ue001"

_SALT = bytes(range(16))
_PAGE = 512
_STORIES = 7


# -- Word -----------------------------------------------------------------------


def word_file(
    main: str,
    *,
    notes: str = "",
    headers: str = "",
    comments: str = "",
    boxes: str = "",
    piece: int = 40,
    password: str = "",
    properties: bool = True,
) -> bytes:
    """A document of Word 97; `piece` is the longest piece in characters, without `properties` no FKPs are written."""
    stories = [main, notes, headers, "", comments, "", boxes, ""]
    text, deleted, counts = "", set[int](), []
    for story in stories:
        before, out = len(text), False
        for char in story:
            if char in (DELETED, KEPT):
                out = char == DELETED
                continue
            if out:
                deleted.add(len(text))
            text += char
        counts.append(len(text) - before)
    written = text.replace(ROW, "\x07").replace(IN_CELL, "\r")
    body = bytearray()
    pieces: list[tuple[int, int, int, int]] = []  # first character, last, place, width
    starts = range(0, len(text), piece)
    for start in sorted(starts, key=lambda s: (s // piece) % 3):
        end = min(len(text), start + piece)
        narrow = (
            all(ord(c) < 128 for c in written[start:end])
            or written[start:end].encode("cp1252", "replace").decode("cp1252") == written[start:end]
        )
        place = 1024 + len(body)
        body += written[start:end].encode("cp1252" if narrow else "utf-16-le")
        pieces.append((start, end, place, 1 if narrow else 2))
    body += bytes(-len(body) % _PAGE)
    characters: list[tuple[int, int, bytes]] = []
    paragraphs: list[tuple[int, int, bytes]] = []
    for start, end, place, width in pieces:
        first = start
        for n in range(start, end):
            if n + 1 == end or ((n in deleted) != (n + 1 in deleted)):
                change = struct.pack("<HB", 0x0800, 1) if n in deleted else b""
                characters.append((place + (first - start) * width, place + (n + 1 - start) * width, change))
                first = n + 1
        first = start
        for n in range(start, end):
            if text[n] in "\r\x07\x1c\x1d" or n + 1 == end:
                change = struct.pack("<HB", 0x2416, 1) if text[n] in "\x07\x1c\x1d" else b""
                change += struct.pack("<HB", 0x2417, 1) if text[n] == ROW else b""
                # A table's definition, of variable size, stands before what is looked for.
                change = struct.pack("<HH3s", 0xD608, 4, b"\1\2\3") + change if text[n] == ROW else change
                paragraphs.append((place + (first - start) * width, place + (n + 1 - start) * width, change))
                first = n + 1
    document = bytearray(1024) + body
    table = bytearray(52 if password else 0)
    pairs = dict[int, tuple[int, int]]()
    if properties:
        for number, runs, step in ((12, characters, 1), (13, paragraphs, 13)):
            plc = _fkps(document, runs, step)
            pairs[number] = (len(table), len(plc))
            table += plc
    pieces.sort()
    plc = struct.pack(f"<{len(pieces) + 1}I", *(p[0] for p in pieces), len(text))
    for _start, _end, place, width in pieces:
        plc += struct.pack("<HIH", 0, place if width == 2 else place * 2 | 0x40000000, 0)
    clx = b"\x01" + struct.pack("<H", 2) + b"\0\0" + b"\x02" + struct.pack("<I", len(plc)) + plc
    pairs[33] = (len(table), len(clx))
    table += clx
    flags = 0x0200 | (0x0100 if password else 0)
    struct.pack_into("<HHHHHHHI", document, 0, 0xA5EC, 0xC1, 0, 0x0415, 0, flags, 0xBF, 52 if password else 0)
    struct.pack_into("<H", document, 32, 14)
    struct.pack_into("<H", document, 62, 22)
    struct.pack_into("<I", document, 64, len(document))
    struct.pack_into("<8I", document, 0x4C, *counts)
    struct.pack_into("<H", document, 152, 93)
    for number, pair in pairs.items():
        struct.pack_into("<II", document, 0x9A + 8 * number, *pair)
    if password:
        document[68:] = _rc4_blocks(bytes(document), password, 512)[68:]
        table[:52] = struct.pack("<HH", 1, 1) + _verifier(password)
        table[52:] = _rc4_blocks(bytes(table), password, 512)[52:]
    return ole_file({"WordDocument": bytes(document), "1Table": bytes(table), "\x05SummaryInformation": b""})


def _fkps(document: bytearray, runs: Sequence[tuple[int, int, bytes]], step: int) -> bytes:
    """Pages of properties behind the document, and the list that leads to them."""
    runs = sorted(runs)
    groups = [runs[n : n + 12] for n in range(0, len(runs), 12)]
    pages = []
    for group in groups:
        page = bytearray(_PAGE)
        struct.pack_into(f"<{len(group) + 1}I", page, 0, *(r[0] for r in group), group[-1][1])
        end = _PAGE - 2
        for n, (_start, _end, change) in enumerate(group):
            if not change:
                continue
            if step == 1:
                data = bytes((len(change),)) + change
            else:
                change = b"\0\0" + change  # the style comes first
                data = (
                    bytes(((len(change) + 1) // 2,)) + change
                    if len(change) % 2
                    else bytes((0, len(change) // 2)) + change
                )
            end = (end - len(data)) & ~1
            page[end : end + len(data)] = data
            page[4 * (len(group) + 1) + step * n] = end // 2
        page[-1] = len(group)
        pages.append(len(document) // _PAGE)
        document += page
    places = [g[0][0] for g in groups] + [groups[-1][-1][1]] if groups else [0]
    return struct.pack(f"<{len(places)}I", *places) + struct.pack(f"<{len(pages)}I", *pages)


def word_95_file(text: str, code_page: str = "cp1250") -> bytes:
    """A document of Word 95: one run of eight-bit characters."""
    data = text.encode(code_page)
    document = bytearray(0x300)
    struct.pack_into("<HHHHHH", document, 0, 0xA5DC, 0x68, 0, 0x0415, 0, 0)
    struct.pack_into("<II", document, 0x18, 0x300, 0x300 + len(data))
    struct.pack_into("<I", document, 0x34, len(data))
    return ole_file({"WordDocument": bytes(document) + data})


# -- Excel ----------------------------------------------------------------------

Cell = str | float | bool | None | tuple[float, str]


def excel_file(
    sheets: dict[str, Sequence[Sequence[Cell]]],
    *,
    hidden: Sequence[str] = (),
    notes: dict[str, str] | None = None,
    macros: Sequence[str] = (),
    epoch_1904: bool = False,
    password: str = "",
) -> bytes:
    """A workbook of Excel 97. A cell (number, format) is shown by its format; `notes` are on the
    first sheet; the sheets in `macros` hold macros of Excel 4."""
    codes = sorted({c[1] for rows in sheets.values() for row in rows for c in row if isinstance(c, tuple)})
    words = sorted({c for rows in sheets.values() for row in rows for c in row if isinstance(c, str)})
    bof = struct.pack("<HHHHII", 0x600, 5, 0x0DBB, 0x07CC, 0, 6)
    head = [(0x0809, bof)]
    if password:
        head.append((0x002F, struct.pack("<HHH", 1, 1, 1) + _verifier(password)))
    head += [(0x0042, struct.pack("<H", 1200)), (0x0022, struct.pack("<H", epoch_1904))]
    font = struct.pack("<HHHHHBBBB", 200, 0, 0x7FFF, 400, 0, 0, 0, 238, 0) + bytes((5, 0)) + b"Arial"
    head += [(0x0031, font)] * 5
    head += [
        (0x041E, struct.pack("<H", 164 + n) + struct.pack("<HB", len(c), 1) + c.encode("utf-16-le"))
        for n, c in enumerate(codes)
    ]
    head += [(0x00E0, struct.pack("<HHHBBBBIIH", 0, 0, 0xFFF5, 0x20, 0, 0, 0, 0, 0, 0x20C0))] * 15
    for n in (0, *range(164, 164 + len(codes))):
        head.append((0x00E0, struct.pack("<HHHBBBBIIH", 0, n, 1, 0x20, 0, 0, 0, 0, 0, 0x20C0)))
    shared = struct.pack("<II", len(words), len(words)) + b"".join(
        struct.pack("<HB", len(w), 1) + w.encode("utf-16-le") for w in words
    )
    bodies = [
        _worksheet(rows, codes, words, notes or {} if n == 0 else {})
        for n, rows in enumerate(sheets.values())
    ]
    names = [
        (bytes((name in hidden, name in macros)) + bytes((len(name), 1)) + name.encode("utf-16-le"))
        for name in sheets
    ]
    records = [*head, *((0x0085, bytes(4) + n) for n in names), (0x00FC, shared), (0x000A, b"")]
    place = sum(4 + len(data) for _kind, data in records)
    starts = []
    for body in bodies:
        starts.append(place)
        place += sum(4 + len(data) for _kind, data in body)
    bounds = iter(zip(starts, names, strict=True))
    records = [
        (kind, struct.pack("<I", (found := next(bounds))[0]) + found[1]) if kind == 0x0085 else (kind, data)
        for kind, data in records
    ]
    every = records + [record for body in bodies for record in body]
    stream = b"".join(struct.pack("<HH", kind, len(data)) + data for kind, data in every)
    if password:
        stream = _locked_records(stream, password)
    return ole_file({"Workbook": stream})


def _worksheet(
    rows: Sequence[Sequence[Cell]], codes: list[str], words: list[str], notes: dict[str, str]
) -> list[tuple[int, bytes]]:
    records = [(0x0809, struct.pack("<HHHHII", 0x600, 0x10, 0x0DBB, 0x07CC, 0, 6))]
    for y, row in enumerate(rows):
        for x, value in enumerate(row):
            if isinstance(value, bool):
                records.append((0x0205, struct.pack("<HHHBB", y, x, 15, value, 0)))
            elif isinstance(value, str):
                records.append((0x00FD, struct.pack("<HHHI", y, x, 15, words.index(value))))
            elif isinstance(value, tuple):
                form = 16 + codes.index(value[1])
                records.append((0x0203, struct.pack("<HHHd", y, x, form, value[0])))
            elif value is not None:
                records.append((0x0203, struct.pack("<HHHd", y, x, 15, value)))
    for ident, (place, words_of) in enumerate(notes.items(), 1):
        x, y = ord(place[0]) - 65, int(place[1:]) - 1
        records += [
            (0x005D, struct.pack("<HHHHH", 0x15, 18, 0x19, ident, 0x4011) + bytes(12) + bytes(4)),
            (0x01B6, struct.pack("<HHHHHHHI", 0x212, 0, 0, 0, 0, len(words_of), 16, 0)),
            (0x003C, b"\1" + words_of.encode("utf-16-le")),
            (0x003C, struct.pack("<HHIHHI", 0, 0, 0, len(words_of), 0, 0)),
            (0x001C, struct.pack("<HHHHH", y, x, 0, ident, 1) + b"\0A\0"),
        ]
    records.append((0x00E5, struct.pack("<HHHHH", 1, 0, 0, 0, 1)))
    return [*records, (0x000A, b"")]


def _locked_records(stream: bytes, password: str) -> bytes:
    """Records with their contents encrypted; some stay readable (MS-XLS 2.2.10)."""
    locked = _rc4_blocks(stream, password, 1024)
    out, at = bytearray(stream), 0
    while at < len(stream):
        kind, size = struct.unpack_from("<HH", stream, at)
        start = at + 4 + (4 if kind == 0x0085 else 0)
        if kind not in (0x0809, 0x002F):
            out[start : at + 4 + size] = locked[start : at + 4 + size]
        at += 4 + size
    return bytes(out)


# -- PowerPoint -----------------------------------------------------------------


def powerpoint_file(
    slides: Sequence[tuple[Sequence[str], Sequence[str], str]],
    *,
    old: str = "",
    directory: bool = True,
    locked: bool = False,
) -> bytes:
    """A presentation. A slide has texts of placeholders, of other shapes, and its notes; `old` is a text
    of an earlier edit that the last one has replaced. Without `directory` the way to the slides is lost."""
    stream, places = b"", dict[int, int]()

    def keep(number: int, record: bytes) -> None:
        nonlocal stream
        places[number] = len(stream)
        stream += record

    before = 0
    if old:
        first = _record(0x03E8, _record(0x0FF0, _listed(2, 256, [old])), True)
        keep(1, first)
        keep(2, _slide([], 1, 0))
        before = len(stream) + 8 + 4 + 4 * 2
        stream += _persists(places)
        stream += _edit(0, before - 20, 1)
        places.clear()
    notes_of = {n: text for n, (_placed, _free, text) in enumerate(slides) if text}
    listed = b"".join(_listed(10 + n, 256 + n, placed) for n, (placed, _free, _notes) in enumerate(slides))
    noted = b"".join(_listed(100 + n, 512 + n, []) for n in notes_of)
    keep(
        1,
        _record(0x03E8, _record(0x0FF0, listed, True) + _record(0x0FF0, noted, True, instance=2), True),
    )
    for n, (placed, free, _notes) in enumerate(slides):
        keep(10 + n, _slide(free, len(placed), 512 + n if n in notes_of else 0))
    for n, text in notes_of.items():
        keep(100 + n, _record(0x03F0, _shape(_text(text)), True))
    table = len(stream)
    stream += _persists(places)
    edit = len(stream)
    stream += _edit(before, table if directory else 0, 1)
    user = struct.pack("<HHI", 0, 0x0FF6, 0x18) + struct.pack(
        "<IIIHHBBH", 0x14, 0xF3D1C4DF if locked else 0xE391C05F, edit, 1, 0x03F4, 3, 0, 0
    )
    return ole_file({"PowerPoint Document": stream, "Current User": user + b"A" + struct.pack("<I", 8)})


def _record(kind: int, data: bytes, container: bool = False, instance: int = 0) -> bytes:
    return struct.pack("<HHI", instance << 4 | (0xF if container else 0), kind, len(data)) + data


def _text(text: str) -> bytes:
    if all(ord(c) < 256 for c in text):
        return _record(0x0FA8, text.encode("latin-1"))
    return _record(0x0FA0, text.encode("utf-16-le"))


def _listed(persist: int, ident: int, texts: Sequence[str]) -> bytes:
    entry = _record(0x03F3, struct.pack("<IIiII", persist, 0, len(texts), ident, 0))
    return entry + b"".join(_record(0x0F9F, bytes(4)) + _text(text) for text in texts)


def _shape(inner: bytes) -> bytes:
    """A text box in a shape in the drawing of a page (MS-ODRAW)."""
    box = _record(0xF00D, inner)
    return _record(0x040C, _record(0xF002, _record(0xF003, _record(0xF004, box, True), True), True), True)


def _slide(texts: Sequence[str], placed: int, notes: int) -> bytes:
    atom = _record(0x03EF, struct.pack("<I8sIIHH", 0, bytes(8), 0, notes, 0, 0))
    shapes = [_record(0x0F9E, struct.pack("<i", n)) for n in range(placed)] + [_text(t) for t in texts]
    return _record(0x03EE, atom + b"".join(_shape(shape) for shape in shapes), True)


def _persists(places: dict[int, int]) -> bytes:
    data, numbers = b"", sorted(places)
    while numbers:
        run = [numbers.pop(0)]
        while numbers and numbers[0] == run[-1] + 1:
            run.append(numbers.pop(0))
        data += struct.pack("<I", len(run) << 20 | run[0])
        data += struct.pack(f"<{len(run)}I", *(places[n] for n in run))
    return _record(0x1772, data)


def _edit(before: int, table: int, document: int) -> bytes:
    return _record(0x0FF5, struct.pack("<IIIIIIHH", 256, 0x03000000, before, table, document, 200, 1, 0))


# -- ciphers (MS-OFFCRYPTO 2.3.6) -------------------------------------------------


def _rc4(key: bytes, data: bytes) -> bytes:
    state, j = list(range(256)), 0
    for i in range(256):
        j = (j + state[i] + key[i % len(key)]) & 255
        state[i], state[j] = state[j], state[i]
    out, i, j = bytearray(), 0, 0
    for byte in data:
        i = (i + 1) & 255
        j = (j + state[i]) & 255
        state[i], state[j] = state[j], state[i]
        out.append(byte ^ state[(state[i] + state[j]) & 255])
    return bytes(out)


def _key(password: str, block: int) -> bytes:
    first = hashlib.md5(password.encode("utf-16-le")).digest()[:5]
    second = hashlib.md5((first + _SALT) * 16).digest()[:5]
    return hashlib.md5(second + struct.pack("<I", block)).digest()


def _rc4_blocks(data: bytes, password: str, size: int) -> bytes:
    return b"".join(
        _rc4(_key(password, n), data[n * size : (n + 1) * size]) for n in range(-(-len(data) // size))
    )


def _verifier(password: str) -> bytes:
    proof = bytes(range(100, 116))
    locked = _rc4(_key(password, 0), proof + hashlib.md5(proof).digest())
    return _SALT + locked
