"""Archives become children, one for each file inside, and a page that lists them.

An archive is the favourite vessel of harm, so each member must earn its way out:
no links, no devices, no names that climb, no two members over the same bytes, no
growth beyond measure (see David Fifield, "A better zip bomb", 2019, for
overlapping members). What is left out is listed with the reason.
"""

import gzip
import stat
import struct
import tarfile
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Protocol

from ingest.extract import layout
from ingest.extract.context import ReadContext, RefusalError, harmless_name
from ingest.identify.zipdir import open_zip
from ingest.model import Child, Reading, Refusal

_CHUNK = 256 * 1024
_MAX_NAME = 1000
#: A member that grows by more than this factor, and beyond this size, was not made by packing papers.
_MAX_RATIO = 200
_RATIO_FROM = 8 * 1024**2
_LOCAL_HEADER = struct.Struct("<4s2xH20x")
_LOCAL_HEADER_SIZE = 30
_LISTED = 2000
_LITTER = ("__MACOSX/", ".DS_Store", "Thumbs.db", "desktop.ini")


class _Source(Protocol):
    def read(self, size: int, /) -> bytes: ...


@dataclass(slots=True)
class _Contents:
    """What came out of an archive, and what did not."""

    children: list[Child] = field(default_factory=list)
    rows: list[tuple[str, str, str]] = field(default_factory=list)
    flags: set[str] = field(default_factory=set)
    names: Counter[str] = field(default_factory=Counter)
    reason: str = ""  # why the first member was left out

    def keep(self, child: Child, shown: str) -> None:
        self.names[shown] += 1
        if self.names[shown] > 1:
            stem, dot, ending = child.name.rpartition(".")
            count = self.names[shown]
            name = f"{stem} ({count}).{ending}" if dot and stem else f"{child.name} ({count})"
            child = Child(name, child.path, child.bytes)
        self.children.append(child)
        self._list(shown, str(child.bytes), "")

    def refuse(self, name: str, why: str, flag: str = "partly_read") -> None:
        self.flags.add(flag)
        self.reason = self.reason or why
        self._list(name, "", f"left out: {why}")

    def _list(self, *row: str) -> None:
        if len(self.rows) < _LISTED:
            name, size, note = row
            self.rows.append((layout.escaped(name[:200], self.flags), size, note))


def extract(path: Path, media_type: str, context: ReadContext) -> Reading | Refusal:
    """Unpack a ZIP, tar or gzip file into `context.out_dir`.

    Refusals: `damaged`, `needs_password`, `expands_too_much`, `unsafe_archive`,
    `nested_too_deep`, `empty`.
    """
    contents = _Contents()
    match media_type:
        case "application/zip":
            _unpack_zip(path, context, contents)
        case "application/x-tar":
            _unpack_tar(path, context, contents)
        case _:
            _unpack_gzip(path, context, contents)
    if not contents.children:
        if contents.reason:
            if "damaged" in contents.flags:
                return Refusal("damaged", {"detail": contents.reason})
            return Refusal("unsafe_archive", {"detail": contents.reason})
        return Refusal("empty", {"detail": "an archive without files"})
    lines = layout.Lines(flags=contents.flags)
    lines.add(f"{harmless_name(context.file_name, 'archive')}: {len(contents.children)}")
    lines.add()
    lines.table(contents.rows)
    return _with_children(
        layout.reading(lines, media_type, context, "archive", language=None), tuple(contents.children)
    )


def _with_children(reading: Reading, children: tuple[Child, ...]) -> Reading:
    return Reading(
        media_type=reading.media_type,
        pages=reading.pages,
        children=children,
        flags=reading.flags,
        total_pages=reading.total_pages,
    )


def unsafe_name(name: str) -> str | None:
    """Why a member's name is not to be trusted with its file, or None."""
    if len(name) > _MAX_NAME:
        return "its name is too long"
    parts = name.replace("\\", "/").split("/")
    if ".." in parts:
        return "its name climbs out of the archive"
    if parts[0] == "" or (len(parts[0]) >= 2 and parts[0][1] == ":"):
        return "its name is a path of the whole disk"
    if "\0" in name:
        return "its name holds a NUL"
    return None


def _is_litter(name: str) -> bool:
    return name.startswith(_LITTER[0]) or name.rsplit("/", 1)[-1] in _LITTER[1:]


def _copy(source: _Source, context: ReadContext, name: str, packed: int) -> Child:
    """Copy an unpacked stream to a child, minding its growth from `packed` bytes."""
    with context.child_file() as file:
        while chunk := source.read(_CHUNK):
            file.write(chunk)
            if file.size > _RATIO_FROM and file.size > _MAX_RATIO * max(1, packed):
                raise RefusalError("expands_too_much", detail=f"more than {_MAX_RATIO} times its size")
        return file.child(name)


# -- ZIP -------------------------------------------------------------------


def _unpack_zip(path: Path, context: ReadContext, contents: _Contents) -> None:
    with open_zip(path) as archive, path.open("rb") as raw:
        members = [m for m in archive.infolist() if not m.is_dir()]
        if len(archive.infolist()) > context.options.max_members:
            raise RefusalError("expands_too_much", detail=f"{len(archive.infolist())} members")
        _check_overlap(archive.infolist())
        _check_growth(members, context)
        locked = [m for m in members if m.flag_bits & 1]
        if locked and not _opens(archive, locked[0], context):
            raise RefusalError("needs_password")
        password = (context.options.password or "").encode() or None
        for member in members:
            if _is_litter(member.filename):
                continue
            why = unsafe_name(member.filename) or _unsafe_member(member, raw)
            if why is not None:
                contents.refuse(member.filename, why)
                continue
            try:
                with archive.open(member, pwd=password if member.flag_bits & 1 else None) as source:
                    child = _copy(source, context, member.filename, member.compress_size)
            except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, struct.error):
                contents.refuse(member.filename, "it is damaged", "damaged")
            except (NotImplementedError, RuntimeError):
                contents.refuse(member.filename, "its way of packing is not known")
            else:
                contents.keep(child, member.filename)


def _check_overlap(members: list[zipfile.ZipInfo]) -> None:
    end = 0
    for member in sorted(members, key=lambda m: m.header_offset):
        if member.header_offset < end:
            raise RefusalError("unsafe_archive", detail="its members overlap")
        end = member.header_offset + _LOCAL_HEADER_SIZE + member.compress_size


def _check_growth(members: list[zipfile.ZipInfo], context: ReadContext) -> None:
    total = sum(m.file_size for m in members)
    if total > context.options.max_expanded_bytes:
        raise RefusalError("expands_too_much", detail=f"{total} bytes")
    for member in members:
        if member.file_size > _RATIO_FROM and member.file_size > _MAX_RATIO * max(1, member.compress_size):
            raise RefusalError("expands_too_much", detail=f"more than {_MAX_RATIO} times its size")


def _unsafe_member(member: zipfile.ZipInfo, raw: IO[bytes]) -> str | None:
    mode = member.external_attr >> 16
    if member.create_system == 3 and stat.S_IFMT(mode) not in (0, stat.S_IFREG):
        return "it is a link or a device"
    raw.seek(max(0, member.header_offset))
    header = raw.read(_LOCAL_HEADER_SIZE)
    if len(header) < _LOCAL_HEADER_SIZE:
        return "its header is missing"
    magic, flags = _LOCAL_HEADER.unpack_from(header)
    if magic != b"PK\x03\x04" or (flags ^ member.flag_bits) & 1:
        return "its two headers disagree"
    return None


def _opens(archive: zipfile.ZipFile, member: zipfile.ZipInfo, context: ReadContext) -> bool:
    """Whether the given password opens the member (all locked members share one)."""
    if not context.options.password:
        return False
    try:
        with archive.open(member, pwd=context.options.password.encode()) as source:
            while source.read(_CHUNK):
                pass
    except NotImplementedError as error:
        raise RefusalError("unsupported_format", detected="ZIP archive with AES encryption") from error
    except (RuntimeError, zipfile.BadZipFile, zlib.error, EOFError):
        return False
    return True


# -- tar and gzip ------------------------------------------------------------


def _unpack_tar(path: Path, context: ReadContext, contents: _Contents) -> None:
    count = 0
    try:
        with tarfile.open(path, "r:", errorlevel=2) as archive:
            for member in archive:
                count += 1
                if count > context.options.max_members:
                    raise RefusalError("expands_too_much", detail=f"over {count - 1} members")
                if member.isdir() or _is_litter(member.name):
                    continue
                why = unsafe_name(member.name)
                if why is None and (not member.isreg() or member.issparse()):
                    why = "it is a link, a device or has holes"
                if why is not None:
                    contents.refuse(member.name, why)
                    continue
                source = archive.extractfile(member)
                if source is not None:
                    with source:
                        contents.keep(_copy(source, context, member.name, member.size), member.name)
    except (tarfile.TarError, EOFError, ValueError, OSError) as error:
        if not contents.children:
            raise RefusalError("damaged", detail="the tar archive breaks off") from error
        contents.refuse("…", "the archive breaks off here", "damaged")


def _unpack_gzip(path: Path, context: ReadContext, contents: _Contents) -> None:
    name = harmless_name(context.file_name, "file.gz")
    for packed, unpacked in ((".tgz", ".tar"), (".gz", "")):
        if name.lower().endswith(packed):
            name = name[: -len(packed)] + unpacked
            break
    with _damage("the gzip file breaks off or its check sum is wrong"), gzip.open(path, "rb") as source:
        contents.keep(_copy(source, context, name, path.stat().st_size), name)


@contextmanager
def _damage(detail: str) -> Iterator[None]:
    try:
        yield
    except (zlib.error, EOFError, OSError, struct.error) as error:
        raise RefusalError("damaged", detail=detail) from error
