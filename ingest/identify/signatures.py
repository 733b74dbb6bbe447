"""Formats told by the bytes they begin with.

A small table of our own and not a general library: what is let in is a security
decision and must be the same everywhere. Each entry comes from the format's
specification or, where there is none, from its common documentation.
"""

import re
import struct
from dataclasses import dataclass
from typing import Literal

Kind = Literal["paper", "zip", "ole", "program", "other"]


@dataclass(frozen=True, slots=True)
class Signature:
    """`pattern` is matched at the file's first byte. `kind` says what becomes of it.

    `paper` may have an extractor, `zip` and `ole` are containers to look into,
    `program` is refused as one, `other` is known and not read.
    """

    pattern: re.Pattern[bytes]
    media_type: str
    name: str
    kind: Kind


def _sign(pattern: bytes, media_type: str, name: str, kind: Kind) -> Signature:
    return Signature(re.compile(pattern, re.DOTALL), media_type, name, kind)


SIGNATURES: tuple[Signature, ...] = (
    _sign(rb"%PDF-", "application/pdf", "PDF document", "paper"),
    _sign(rb"\xff\xd8\xff", "image/jpeg", "JPEG picture", "paper"),
    _sign(rb"\x89PNG\r\n\x1a\n", "image/png", "PNG picture", "paper"),
    _sign(rb"II\*\0|MM\0\*|II\+\0\x08\0\0\0|MM\0\+\0\x08\0\0", "image/tiff", "TIFF picture", "paper"),
    _sign(rb"RIFF.{4}WEBP", "image/webp", "WebP picture", "paper"),
    _sign(rb"GIF8[79]a", "image/gif", "GIF picture", "paper"),
    _sign(
        rb"BM.{4}\0\0\0\0.{2}\0\0[\x0c\x10\x28\x34\x38\x40\x6c\x7c]\0\0\0",
        "image/bmp",
        "BMP picture",
        "paper",
    ),
    _sign(rb"BM.{4}\0\0\0\0.\0\0\0", "image/bmp", "BMP picture", "paper"),
    _sign(
        rb"\0\0\0\x0cjP  \r\n\x87\n|\0\0\0\x0cjP\x1a\x1a|\xff\x4f\xff\x51",
        "image/jp2",
        "JPEG 2000 picture",
        "paper",
    ),
    # The first brand may be the general one; then a later one says how the picture is coded (ISO 23008-12).
    _sign(
        rb".{4}ftyp(avi[fs]|(mif1|msf1|miaf).{4}(.{4}){0,12}?avi[fs])",
        "image/avif",
        "AVIF picture",
        "paper",
    ),
    _sign(rb".{4}ftyp(hei[cmsx]|hev[cmsx]|mif1|msf1)", "image/heic", "HEIC picture", "paper"),
    _sign(rb"\{\\rtf", "application/rtf", "RTF document", "paper"),
    _sign(rb"PK(\x03\x04|\x05\x06|\x07\x08)", "application/zip", "ZIP archive", "zip"),
    _sign(rb"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage", "OLE compound file", "ole"),
    _sign(rb"\x1f\x8b\x08", "application/gzip", "gzip archive", "paper"),
    _sign(rb".{257}ustar(\0|  \0)", "application/x-tar", "tar archive", "paper"),
    # Programs.
    _sign(rb"\x7fELF", "application/x-elf", "Linux program", "program"),
    _sign(
        rb"\xfe\xed\xfa[\xce\xcf]|[\xce\xcf]\xfa\xed\xfe",
        "application/x-mach-binary",
        "macOS program",
        "program",
    ),
    _sign(rb"\xca\xfe\xba\xbe", "application/java-vm", "Java class or macOS program", "program"),
    _sign(rb"\0asm\x01\0\0\0", "application/wasm", "WebAssembly program", "program"),
    _sign(rb"dex\n\d{3}\0", "application/vnd.android.dex", "Android program", "program"),
    _sign(
        rb"L\0\0\0\x01\x14\x02\0\0\0\0\0\xc0\0\0\0\0\0\0F",
        "application/x-ms-shortcut",
        "Windows shortcut",
        "program",
    ),
    _sign(rb"#!\s*/", "text/x-script", "script", "program"),
    _sign(rb"<\?php\b", "text/x-php", "PHP script", "program"),
    _sign(rb"(?i:@echo\s+o(ff|n)\b)", "text/x-msdos-batch", "batch script", "program"),
    # Known and not read.
    _sign(rb"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed", "7-Zip archive", "other"),
    _sign(rb"Rar!\x1a\x07", "application/vnd.rar", "RAR archive", "other"),
    _sign(rb"BZh[1-9]1AY&SY", "application/x-bzip2", "bzip2 archive", "other"),
    _sign(rb"\xfd7zXZ\0", "application/x-xz", "xz archive", "other"),
    _sign(rb"\x28\xb5\x2f\xfd", "application/zstd", "Zstandard archive", "other"),
    _sign(rb"MSCF\0\0\0\0", "application/vnd.ms-cab-compressed", "cabinet archive", "other"),
    _sign(rb"\0\0[\x01\x02]\0[^\0]\0", "image/vnd.microsoft.icon", "icon", "other"),
    _sign(rb"8BPS\0[\x01\x02]", "image/vnd.adobe.photoshop", "Photoshop picture", "other"),
    _sign(rb"AT&TFORM", "image/vnd.djvu", "DjVu document", "other"),
    _sign(rb"\x97JB2\r\n\x1a\n", "image/x-jbig2", "JBIG2 picture", "other"),
    _sign(rb"\xff\x0a|\0\0\0\x0cJXL \r\n\x87\n", "image/jxl", "JPEG XL picture", "other"),
    _sign(rb"\x01\0\0\0.{36} EMF|\xd7\xcd\xc6\x9a", "image/x-emf", "Windows metafile", "other"),
    _sign(rb"%!PS", "application/postscript", "PostScript document", "other"),
    _sign(rb"\0\x01\0\0\0|OTTO|ttcf|true\0|wOFF|wOF2", "font/sfnt", "font", "other"),
    _sign(
        rb"ID3[\x02-\x04]|\xff[\xfb\xf3\xf2\xf1\xf9]|fLaC|RIFF.{4}WAVE|OggS",
        "audio/x-audio",
        "sound",
        "other",
    ),
    _sign(
        rb"RIFF.{4}AVI |\x1a\x45\xdf\xa3|FLV\x01|.{4}ftyp|\0\0\x01[\xba\xb3]",
        "video/x-video",
        "film",
        "other",
    ),
    _sign(rb"SQLite format 3\0", "application/vnd.sqlite3", "SQLite database", "other"),
    _sign(rb"PAR1", "application/vnd.apache.parquet", "Parquet table", "other"),
    _sign(rb"\x89HDF\r\n\x1a\n", "application/x-hdf5", "HDF5 data", "other"),
    _sign(
        rb"\x30[\x80-\x84].{0,4}\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07",
        "application/pkcs7-mime",
        "signed or encrypted envelope (PKCS #7)",
        "other",
    ),
    _sign(rb"\x78\x9f\x3e\x22", "application/vnd.ms-tnef", "Outlook winmail.dat", "paper"),
)


def match(head: bytes) -> Signature | None:
    """The first signature that fits, or None."""
    if is_windows_program(head):
        return _WINDOWS
    return next((s for s in SIGNATURES if s.pattern.match(head)), None)


_WINDOWS = _sign(rb"MZ", "application/vnd.microsoft.portable-executable", "Windows program", "program")
_PRINTABLE = bytes([9, 10, 13, *range(32, 127)])


def is_windows_program(head: bytes) -> bool:
    """`MZ` alone could begin a text ("MZ/12/2026"); a DOS header has bytes that no text has."""
    if head[:2] not in (b"MZ", b"ZM"):
        return False
    if len(head) >= 64:
        (offset,) = struct.unpack_from("<I", head, 60)
        if head[offset : offset + 2] in (b"PE", b"NE", b"LE"):
            return True
    return bool(head[:64].translate(None, _PRINTABLE))
