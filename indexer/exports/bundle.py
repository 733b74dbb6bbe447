"""A ZIP with the originals, a table, and a manifest by which each file can be checked."""

import json
import re
import unicodedata
import zipfile
from collections.abc import Callable, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO

_CHUNK = 1 << 18
#: What some system gives a meaning to in a file's name.
_UNSAFE = re.compile(r'[\x00-\x1f\x7f-\x9f<>:"/\\|?*]')
_LONGEST_NAME, _LONGEST_ENDING = 80, 12
MANIFEST = "manifest.json"
FORMAT = "akta-export-1"


def entry_name(number: int, file_name: str) -> str:
    """A path in the ZIP for the file of the record with this number (from 1).

    The number keeps names apart and takes reserved ones (`CON`, `..`) their meaning. No letters that
    cannot be seen or that turn the direction of writing stay in it, and nothing that any system reads as
    a folder.
    """
    name = unicodedata.normalize("NFC", file_name.encode("utf-8", "replace").decode("utf-8"))
    name = re.split(r"[/\\]", name)[-1]
    name = "".join(c for c in name if unicodedata.category(c)[0] != "C")
    name = " ".join(_UNSAFE.sub("_", name).split()).strip(" .")
    stem, dot, ending = name.rpartition(".")
    if dot and stem and len(ending) <= _LONGEST_ENDING:
        name = f"{stem[: _LONGEST_NAME - len(ending) - 1].rstrip(' .')}.{ending}"
    else:
        name = name[:_LONGEST_NAME].rstrip(" .")
    return f"originals/{number:06d}-{name or 'file'}"


class Bundle:
    """A ZIP being written to a file; each part is streamed, its SHA-256 and size taken on the way.

    The lines of the manifest wait in a file beside it (`notes`), so memory does not grow with the
    number of records but for the ZIP's own directory (about 300 bytes a file).
    """

    def __init__(self, target: BinaryIO, notes: Path) -> None:
        self._zip = zipfile.ZipFile(target, "w", zipfile.ZIP_STORED)
        self._path = notes
        self._notes = notes.open("w", encoding="utf-8")
        self.bytes = 0

    def close(self) -> None:
        """Let go of the files; the caller removes them if the bundle was not finished."""
        self._notes.close()
        self._zip.close()
        self._path.unlink(missing_ok=True)

    def add_original(
        self, name: str, source: BinaryIO, facts: Mapping[str, Any], check: Callable[[], None]
    ) -> str:
        """Copy one original in and note it; returns the SHA-256 of what was copied.

        `check` is called for each piece and may raise to stop.
        """
        digest, size = sha256(), 0
        with self._zip.open(_info(name), "w", force_zip64=True) as target:
            while chunk := source.read(_CHUNK):
                check()
                digest.update(chunk)
                size += len(chunk)
                target.write(chunk)
        self.bytes += size
        self.note({"path": name, "sha256": digest.hexdigest(), "size": size, **facts})
        return digest.hexdigest()

    def note(self, line: Mapping[str, Any]) -> None:
        """A line of the manifest's list of files."""
        self._notes.write(json.dumps(line, ensure_ascii=False) + "\n")

    def add_file(self, name: str, path: Path) -> None:
        """Copy a file of our own in, packed, and note it."""
        digest, size = sha256(), 0
        with path.open("rb") as source, self._zip.open(_info(name, packed=True), "w") as target:
            while chunk := source.read(_CHUNK):
                digest.update(chunk)
                size += len(chunk)
                target.write(chunk)
        self.bytes += size
        self.note({"path": name, "sha256": digest.hexdigest(), "size": size})

    def finish(self, head: Mapping[str, Any]) -> None:
        """Write the manifest: `head`, and under `files` all that was noted."""
        self._notes.flush()
        with self._zip.open(_info(MANIFEST, packed=True), "w") as target:
            opening = json.dumps({"format": FORMAT, **head}, ensure_ascii=False, indent=1)
            target.write(opening.removesuffix("\n}").encode() + b',\n "files": [\n')
            with self._path.open(encoding="utf-8") as lines:
                for at, line in enumerate(lines):
                    target.write((",\n" if at else "").encode() + b"  " + line.rstrip("\n").encode())
            target.write(b"\n ]\n}\n")
        self._zip.close()


def _info(name: str, *, packed: bool = False) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.external_attr = 0o644 << 16
    info.compress_type = zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED
    return info
