"""Compound files (MS-CFB, version 3), as old Office programs and Outlook write them."""

import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise

_SECTOR, _MINI, _CUTOFF = 512, 64, 4096
_FREE, _END, _FAT_SECTOR = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
_STORAGE, _STREAM, _ROOT = 1, 2, 5


@dataclass(slots=True)
class _Entry:
    name: str
    kind: int
    data: bytes = b""
    start: int = _END
    children: list["_Entry"] = field(default_factory=list)
    number: int = 0
    child: int = _FREE
    right: int = _FREE

    def packed(self) -> bytes:
        name = self.name.encode("utf-16-le") + b"\0\0"
        return (
            name.ljust(64, b"\0")
            + struct.pack("<HBBIII", len(name), self.kind, 1, _FREE, self.right, self.child)
            + bytes(16 + 4 + 16)
            + struct.pack("<III", self.start, len(self.data), 0)
        )


def ole_file(streams: Mapping[str, bytes]) -> bytes:
    """A compound file of streams; `/` in a name makes a storage."""
    root = _Entry("Root Entry", _ROOT)
    entries = [root]
    for path, data in streams.items():
        place = root
        *storages, name = path.split("/")
        for storage in storages:
            found = next((e for e in place.children if e.name == storage), None)
            if found is None:
                found = _Entry(storage, _STORAGE)
                place.children.append(found)
                entries.append(found)
            place = found
        stream = _Entry(name, _STREAM, data)
        place.children.append(stream)
        entries.append(stream)
    for number, entry in enumerate(entries):
        entry.number = number
    for entry in entries:
        # A chain to the right is a tree, too; siblings stand in the order of MS-CFB 2.6.4.
        ordered = sorted(entry.children, key=lambda e: (len(e.name), e.name.upper()))
        entry.child = ordered[0].number if ordered else _FREE
        for one, following in pairwise(ordered):
            one.right = following.number
    return _laid_out(entries)


def _laid_out(entries: list[_Entry]) -> bytes:
    body, fat = bytearray(), list[int]()
    mini, mini_fat = bytearray(), list[int]()

    def add(data: bytes, sector: int, where: bytearray, table: list[int]) -> int:
        if not data:
            return _END
        start, count = len(table), -(-len(data) // sector)
        table.extend([*range(start + 1, start + count), _END])
        where.extend(data.ljust(count * sector, b"\0"))
        return start

    for entry in entries:
        if entry.kind == _STREAM and len(entry.data) < _CUTOFF:
            entry.start = add(entry.data, _MINI, mini, mini_fat)
        elif entry.kind == _STREAM:
            entry.start = add(entry.data, _SECTOR, body, fat)
    entries[0].data = bytes(mini)
    entries[0].start = add(bytes(mini), _SECTOR, body, fat)
    packed = b"".join(e.packed() for e in entries)
    directory = add(packed.ljust(-(-len(packed) // _SECTOR) * _SECTOR, b"\0"), _SECTOR, body, fat)
    table = struct.pack(f"<{len(mini_fat)}I", *mini_fat)
    table += b"\xff" * (-len(table) % _SECTOR)
    mini_table = add(table, _SECTOR, body, fat)
    sectors = 1
    while sectors * 128 < len(fat) + sectors:
        sectors += 1
    first = len(fat)
    fat += [_FAT_SECTOR] * sectors
    fat += [_FREE] * (sectors * 128 - len(fat))
    body += struct.pack(f"<{len(fat)}I", *fat)
    head = struct.pack(
        "<8s16sHHHHH6xIIIIIIIIII",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        bytes(16),
        0x3E,
        3,
        0xFFFE,
        9,
        6,
        0,
        sectors,
        directory,
        0,
        _CUTOFF,
        mini_table,
        len(table) // _SECTOR,
        _END,
        0,
        first,
    )
    # The table of FAT sectors is 109 entries long; the first has been written above.
    more = [first + n for n in range(1, sectors)] + [_FREE] * (109 - sectors)
    return head + struct.pack("<108I", *more) + bytes(body)
