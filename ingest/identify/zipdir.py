"""Opening a ZIP archive's directory safely.

`zipfile` reads the whole central directory into memory, so its size is looked at
first (APPNOTE 6.3.10, sections 4.3.14 to 4.3.16).
"""

import struct
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ingest.extract.context import RefusalError

_MAX_DIRECTORY = 32 * 1024**2
_END = b"PK\x05\x06"
_END_SIZE = 22
_MAX_COMMENT = 65535


def end_record(tail: bytes) -> tuple[int, int, int] | None:
    """(position in `tail`, entries, directory size) of a ZIP's end record that closes the file, or None.

    `tail` are the file's last bytes, at most 64 kB and the record are of use.
    """
    position = tail.rfind(_END)
    while position >= 0:
        if position + _END_SIZE <= len(tail):
            entries, size, _offset, comment = struct.unpack_from("<HIIH", tail, position + 10)
            if position + _END_SIZE + comment <= len(tail):
                return position, entries, size
        position = tail.rfind(_END, 0, position)
    return None


@contextmanager
def open_zip(path: Path) -> Iterator[zipfile.ZipFile]:
    """The archive, opened for reading.

    Raises:
        RefusalError: `damaged` if it has no usable directory, `expands_too_much` if that is monstrous.
    """
    with path.open("rb") as stream:
        size = stream.seek(0, 2)
        stream.seek(max(0, size - _MAX_COMMENT - _END_SIZE))
        found = end_record(stream.read(_MAX_COMMENT + _END_SIZE))
        if found is None:
            raise RefusalError("damaged", detail="the archive's directory is missing")
        if found[2] != 0xFFFFFFFF and found[2] > _MAX_DIRECTORY:
            raise RefusalError("expands_too_much", detail="the archive's directory is too large")
        if found[2] == 0xFFFFFFFF and size > 8 * _MAX_DIRECTORY and found[1] == 0xFFFF:
            # More than 65,534 members in a file of many gigabytes: not for a back office.
            raise RefusalError("expands_too_much", detail="too many members")
        stream.seek(0)
        try:
            archive = zipfile.ZipFile(stream)
        except (zipfile.BadZipFile, ValueError, struct.error, NotImplementedError, OSError) as error:
            raise RefusalError("damaged", detail="the archive's directory cannot be read") from error
        with archive:
            yield archive


def read_member(archive: zipfile.ZipFile, name: str, limit: int) -> bytes:
    """At most `limit` bytes of a member, empty if there is no such member or it cannot be read."""
    try:
        with archive.open(name) as stream:
            return stream.read(limit)
    except (KeyError, zipfile.BadZipFile, RuntimeError, NotImplementedError, ValueError, OSError, EOFError):
        return b""
    except Exception as error:  # zlib.error and lzma.LZMAError have no common root
        if type(error).__name__ in ("error", "LZMAError"):
            return b""
        raise
