"""Dictionary forms of words: *fakturami* and *faktur* are *faktura*.

The Polish and English dictionaries of simplemma, with both sides folded as the index folds
words, so that a word which lost its diacritics (*umowe*, *zaplaty*) still has its dictionary
form. Where two words fold to one (*sąd*, *sad*) it has the forms of both.

Read whole, the dictionaries take 400 MB of memory and many seconds; so they are put once into
a file of sorted hashes, which every process maps and looks into where it must (decision 0026).
"""

import fcntl
import mmap
import os
import struct
import sys
from array import array
from bisect import bisect_left
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from hashlib import blake2b
from importlib.metadata import version
from pathlib import Path

from indexer.analysis import MAX_WORD, fold

LANGUAGES = ("pl", "en")
_MAGIC = b"aktalem1"
_HEAD = struct.Struct("<8sQQ")
#: So many dictionary forms one folded word may have.
_MOST = 4


class Lemmas:
    """The table, over the bytes that `build` made."""

    def __init__(self, content: "mmap.mmap | bytes") -> None:
        head = content[: _HEAD.size]
        magic, count, forms = _HEAD.unpack(head) if len(head) == _HEAD.size else (b"", 0, 0)
        if magic != _MAGIC or len(content) != _HEAD.size + 12 * count + forms:
            raise ValueError("not a table of dictionary forms")
        whole = memoryview(content)
        at = _HEAD.size
        self._keys = whole[at : at + 8 * count].cast("Q")
        self._places = whole[at + 8 * count : at + 12 * count].cast("I")
        self._forms = whole[at + 12 * count :]

    def __len__(self) -> int:
        return len(self._keys)

    def of(self, word: str) -> tuple[str, ...]:
        """The dictionary forms, folded, of a folded word; none if it is unknown."""
        key = _key(word)
        at = bisect_left(self._keys, key)
        found: list[str] = []
        while at < len(self._keys) and self._keys[at] == key and len(found) < _MOST:
            place = self._places[at]
            length = self._forms[place]
            found.append(bytes(self._forms[place + 1 : place + 1 + length]).decode("ascii"))
            at += 1
        return tuple(found)


@cache
def lemmas() -> Lemmas:
    """The table of this process; made first where set-up did not, which takes some 20 s."""
    for folder in (Path(sys.prefix) / "share" / "akta", Path.home() / ".cache" / "akta"):
        with suppress(OSError):
            return _mapped(folder)
    return Lemmas(build())


def _mapped(folder: Path) -> Lemmas:
    path = folder / f"lemmas-{version('simplemma')}-1"
    with suppress(FileNotFoundError, ValueError):
        return _open(path)
    folder.mkdir(parents=True, exist_ok=True)
    with _alone(folder / "lemmas.lock"):
        with suppress(FileNotFoundError, ValueError):
            return _open(path)  # another process was faster
        draft = path.with_suffix(f".{os.getpid()}")
        draft.write_bytes(build())
        draft.replace(path)
    return _open(path)


def _open(path: Path) -> Lemmas:
    with path.open("rb") as file:
        return Lemmas(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def build() -> bytes:
    """The table's bytes, from the dictionaries of the installed package."""
    import numpy

    forms = bytearray()
    places: dict[str, int] = {}
    keys, values = array("Q"), array("I")
    for word, lemma in _words():
        plain = fold(lemma)
        place = places.get(plain)
        if place is None:
            if not (plain.isascii() and plain.isalpha() and len(plain) < MAX_WORD):
                continue
            place = places[plain] = len(forms)
            forms += bytes((len(plain),)) + plain.encode()
            keys.append(_key(plain))
            values.append(place)
        folded = fold(word)
        if folded != plain:
            keys.append(_key(folded))
            values.append(place)
    pairs = numpy.empty(len(keys), dtype=[("key", "<u8"), ("place", "<u4")])
    pairs["key"], pairs["place"] = keys, values
    del keys, values
    pairs = numpy.unique(pairs)
    return b"".join(
        (
            _HEAD.pack(_MAGIC, len(pairs), len(forms)),
            numpy.ascontiguousarray(pairs["key"]).tobytes(),
            numpy.ascontiguousarray(pairs["place"]).tobytes(),
            bytes(forms),
        )
    )


def _words() -> Iterator[tuple[str, str]]:
    # The stream itself: through the package's mappings each word would be looked up again.
    from simplemma.strategies.dictionaries import dictionary_factory, frontcode

    for language in LANGUAGES:
        data = dictionary_factory._read_decompressed(language)
        backwards, _, start = frontcode._read_header(data)
        step = -1 if backwards else 1
        for _, word, lemma in frontcode._iter_records(data, start):
            yield word[::step].decode(), lemma[::step].decode()


def _key(word: str) -> int:
    return int.from_bytes(blake2b(word.encode(), digest_size=8).digest(), "little")


if __name__ == "__main__":
    print(f"{len(lemmas())} words and their dictionary forms")
