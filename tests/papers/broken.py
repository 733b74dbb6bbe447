"""What becomes of files on the way: cut off, bits turned over, pieces lost."""

import io
import re
import zipfile
from collections.abc import Iterator
from random import Random


def broken(data: bytes, count: int, seed: int = 1) -> Iterator[bytes]:
    """`count` broken copies of `data`, always the same: a third cut short, a third with bytes changed, the
    rest with a piece missing, blanked or doubled."""
    rng = Random(seed)
    size = len(data)
    for number in range(count):
        if number % 3 == 0:
            yield data[: size * (number + 1) // (count + 1)]
        elif number % 3 == 1:
            changed = bytearray(data)
            # Headers say how the rest is to be taken, so half of the changes go there.
            reach = min(size, 2048) if number % 2 else size
            for _ in range(rng.randint(1, 24)):
                changed[rng.randrange(reach)] = rng.choice((0, 0xFF, 0x7F, rng.randrange(256)))
            yield bytes(changed)
        else:
            start = rng.randrange(size)
            length = rng.randint(1, max(1, size // 8))
            piece = data[start : start + length]
            yield data[:start] + rng.choice((b"", bytes(len(piece)), piece * 2)) + data[start + length :]


_HUGE = (
    b"0",
    b"-1",
    b"65535",
    b"65536",
    b"2147483648",
    b"4294967295",
    b"99999999999999999999",
    b"1e999",
    b"NaN",
)
_NESTING = (
    b"<a>",
    b"{",
    b"[",
    b"(",
    b"{\\rtf1 ",
    b"<table><tr><td>",
    b"<<",
    b"&amp;",
    b"\x1b",
    b"^~\\&",
    b"..\\..\\",
)
_DIGITS = re.compile(rb"\d+")


def twisted(data: bytes, rng: Random, other: bytes = b"") -> bytes:
    """`data` with one to four things done to it that break parsers; pieces may come from `other`.

    Of a ZIP mostly one member is twisted: the checksums of a broken container keep its insides from being read.
    """
    if data[:2] == b"PK" and rng.random() < 0.8:
        return _twisted_member(data, rng, other)
    return _twisted(data, rng, other)


def _twisted_member(data: bytes, rng: Random, other: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as whole, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as copy:
        names = whole.namelist()
        chosen = rng.choice(names)
        for name in names:
            member = whole.read(name)
            copy.writestr(name, _twisted(member, rng, other) if name == chosen else member)
    return made.getvalue()


def _twisted(data: bytes, rng: Random, other: bytes) -> bytes:
    for _ in range(rng.randint(1, 4)):
        data = rng.choice(_TWISTS)(data, rng, other) or data[:1]
        if len(data) > _LONGEST:
            data = data[:_LONGEST]
    return data


_LONGEST = 2_000_000


def _cut(data: bytes, rng: Random, _: bytes) -> bytes:
    return data[: rng.randint(0, len(data))]


def _flip(data: bytes, rng: Random, _: bytes) -> bytes:
    changed = bytearray(data)
    for _n in range(rng.randint(1, 16)):
        if changed:
            changed[rng.randrange(len(changed))] = rng.randrange(256)
    return bytes(changed)


def _drop(data: bytes, rng: Random, _: bytes) -> bytes:
    start = rng.randint(0, len(data))
    return data[:start] + data[start + rng.randint(1, max(1, len(data) // 4)) :]


def _repeat(data: bytes, rng: Random, _: bytes) -> bytes:
    start = rng.randint(0, len(data))
    piece = data[start : start + rng.randint(1, 400)]
    return data[:start] + piece * rng.choice((2, 50, 3000)) + data[start:]


def _splice(data: bytes, rng: Random, other: bytes) -> bytes:
    start, end = rng.randint(0, len(data)), rng.randint(0, len(other))
    return data[:start] + other[end : end + rng.randint(1, 4000)] + data[start:]


def _inflate(data: bytes, rng: Random, _: bytes) -> bytes:
    """A number becomes another: lengths, offsets and counts that are written out."""
    places = list(_DIGITS.finditer(data[:200_000]))
    if not places:
        return data
    place = rng.choice(places)
    return data[: place.start()] + rng.choice(_HUGE) + data[place.end() :]


def _lengths(data: bytes, rng: Random, _: bytes) -> bytes:
    """The same for lengths that are stored: two or four bytes with everything or nothing in them."""
    start, size = rng.randint(0, len(data)), rng.choice((1, 2, 4, 8))
    return data[:start] + rng.choice((b"\xff", b"\x00", b"\x7f", b"\x80")) * size + data[start + size :]


def _nest(data: bytes, rng: Random, _: bytes) -> bytes:
    start = rng.randint(0, len(data))
    return data[:start] + rng.choice(_NESTING) * rng.choice((1, 30, 5000)) + data[start:]


_TWISTS = (_cut, _flip, _flip, _drop, _repeat, _splice, _inflate, _inflate, _lengths, _lengths, _nest)
