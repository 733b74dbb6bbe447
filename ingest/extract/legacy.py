"""Office files from before 2007: Word, Excel and PowerPoint in compound files (MS-CFB).

Locked ones are opened with their password through msoffcrypto, in memory and in the temporary folder
only (MS-OFFCRYPTO 2.3.6 and 2.3.7).
"""

import io
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msoffcrypto
import olefile
from msoffcrypto.exceptions import DecryptionError, InvalidKeyError

from ingest.extract import excel97, powerpoint97, word97
from ingest.extract.context import ReadContext, RefusalError
from ingest.extract.instrument import instrument_facts
from ingest.extract.layout import Lines, reading
from ingest.extract.locked import DEFAULT_PASSWORD
from ingest.identify.containers import OLE_BROKEN
from ingest.model import Reading, Refusal, Structured

MAX_BYTES: Final = 128 * 1024**2
_WORD, _EXCEL = "application/msword", "application/vnd.ms-excel"
_READERS: Final = {_WORD: "doc", _EXCEL: "xls", "application/vnd.ms-powerpoint": "ppt"}
_NAMES: Final = {"doc": "Word document", "xls": "Excel workbook", "ppt": "PowerPoint presentation"}
_FILE_PASS, _BOUND_SHEET, _END_OF_STREAM = 0x2F, 0x85, 0x0A
_MOST_GLOBAL_RECORDS: Final = 20_000


def extract(path: Path, media_type: str, context: ReadContext) -> Reading | Refusal:
    """Read an old Office file.

    Refusals: `too_large`, `damaged`, `needs_password`, `unsupported_format` for a rare encryption.
    """
    size = path.stat().st_size
    if size > MAX_BYTES:
        return Refusal("too_large", {"size": size, "limit": MAX_BYTES})
    reader = _READERS[media_type]
    lines = Lines()
    data = path.read_bytes()
    streams = _streams(data, reader)
    if _locked(streams, reader):
        streams = _streams(_unlocked(data, context, lines, reader), reader)
    structured: Structured | None = None
    if reader == "doc":
        document = streams["worddocument"]
        word97.write(document, streams.get(word97.table_stream(document).lower(), b""), lines)
    elif reader == "xls":
        book = streams.get("workbook") or streams["book"]
        if _has_macro_sheet(book):
            lines.flags.add("active_content")
        excel97.write(book, lines)
        structured = instrument_facts(lines.cells)
    else:
        powerpoint97.write(streams["powerpoint document"], streams.get("current user", b""), lines)
    return reading(lines, media_type, context, reader=reader, structured=structured)


def _streams(data: bytes, reader: str) -> dict[str, bytes]:
    """The streams that hold the text, by their names in small letters."""
    wanted = {
        "doc": ("WordDocument", "0Table", "1Table"),
        "xls": ("Workbook", "Book"),
        "ppt": ("PowerPoint Document", "Current User"),
    }[reader]
    try:
        with olefile.OleFileIO(io.BytesIO(data)) as ole:
            found = {n.lower(): ole.openstream(n).read() for n in wanted if ole.exists(n)}
    except OLE_BROKEN as error:
        raise RefusalError("damaged", detail=f"{_NAMES[reader]} whose streams cannot be read") from error
    if not any(found.get(name.lower()) for name in wanted[: 2 if reader == "xls" else 1]):
        raise RefusalError("damaged", detail=f"{_NAMES[reader]} without its content")
    return found


def _locked(streams: dict[str, bytes], reader: str) -> bool:
    if reader == "doc":
        return word97.is_encrypted(streams["worddocument"])
    if reader == "ppt":
        return powerpoint97.is_encrypted(streams.get("current user", b""))
    return _has_file_pass(streams.get("workbook") or streams["book"])


def _records(book: bytes) -> Iterator[tuple[int, bytes]]:
    """The first records of a workbook's stream (MS-XLS 2.1.4), to the end of those on the whole book."""
    at = 0
    for _ in range(_MOST_GLOBAL_RECORDS):
        if at + 4 > len(book):
            break
        kind, size = struct.unpack_from("<HH", book, at)
        yield kind, book[at + 4 : at + 4 + size]
        if kind == _END_OF_STREAM:
            break
        at += 4 + size


def _has_file_pass(book: bytes) -> bool:
    """Whether a record says that the rest is encrypted (MS-XLS 2.4.117)."""
    return any(kind == _FILE_PASS for kind, _data in _records(book))


def _has_macro_sheet(book: bytes) -> bool:
    """Whether a sheet holds macros of Excel 4, which run without any Visual Basic (MS-XLS 2.4.28)."""
    return any(kind == _BOUND_SHEET and data[5:6] == b"\1" for kind, data in _records(book))


def _unlocked(data: bytes, context: ReadContext, lines: Lines, reader: str) -> bytes:
    """The file without its encryption."""
    rare = RefusalError("unsupported_format", detected=f"{_NAMES[reader]} with a rare encryption")
    if reader == "doc" and word97.is_obfuscated(_streams(data, reader)["worddocument"]):
        raise rare
    for password in filter(None, (context.options.password, DEFAULT_PASSWORD)):
        out = io.BytesIO()
        try:
            office = msoffcrypto.OfficeFile(io.BytesIO(data))
            office.load_key(password=password)
            office.decrypt(out)
        except InvalidKeyError:
            continue
        except MemoryError:
            raise
        except Exception as error:  # of a broken header the library makes whatever it can
            if isinstance(error, DecryptionError):
                raise rare from error
            raise RefusalError("damaged", detail=f"locked {_NAMES[reader]} that cannot be opened") from error
        context.expanded(out.tell())
        if password != context.options.password:
            lines.flags.add("encrypted_open")
        return out.getvalue()
    raise RefusalError("needs_password")
