"""A bag by BagIt 1.0 (RFC 8493) in a ZIP, written as it comes: nothing is kept in memory but its lists."""

import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import BinaryIO, Final

_CHUNK: Final = 1 << 18
DECLARATION: Final = "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"


@dataclass(frozen=True, slots=True)
class Entry:
    """A file of the bag: its path below the bag's folder, SHA-256 and size in bytes."""

    path: str
    sha256: str
    size: int


class BagWriter:
    """Writes one bag named `name`; `check` is called for each piece and may raise to stop."""

    def __init__(self, target: BinaryIO, name: str, check: Callable[[], None] = lambda: None) -> None:
        self._zip = zipfile.ZipFile(target, "w", zipfile.ZIP_STORED)
        self._name = name
        self._check = check
        self.payload: list[Entry] = []

    def close(self) -> None:
        """Let go of the ZIP; the caller removes it if the bag was not finished."""
        self._zip.close()

    def add(self, path: str, source: BinaryIO) -> Entry:
        """Copy a file into the payload (`data/…`)."""
        digest, size = sha256(), 0
        with self._zip.open(self._info(path), "w", force_zip64=True) as out:
            while chunk := source.read(_CHUNK):
                self._check()
                digest.update(chunk)
                size += len(chunk)
                out.write(chunk)
        return self._noted(path, digest.hexdigest(), size)

    def add_text(self, path: str, text: str) -> Entry:
        """Write a text of ours into the payload."""
        data = text.encode()
        self._zip.writestr(self._info(path, packed=True), data)
        return self._noted(path, sha256(data).hexdigest(), len(data))

    def finish(self, info: dict[str, str], day: date) -> None:
        """Write manifests and tag files; the bag is whole with it."""
        size = sum(entry.size for entry in self.payload)
        oxum = f"{size}.{len(self.payload)}"
        lines = {**info, "Bagging-Date": day.isoformat(), "Payload-Oxum": oxum}
        tags = {
            "bagit.txt": DECLARATION,
            "bag-info.txt": "".join(f"{name}: {_one_line(text)}\n" for name, text in lines.items()),
            "manifest-sha256.txt": "".join(f"{e.sha256}  {_encoded(e.path)}\n" for e in self.payload),
        }
        tags["tagmanifest-sha256.txt"] = "".join(
            f"{sha256(text.encode()).hexdigest()}  {name}\n" for name, text in tags.items()
        )
        for name, text in tags.items():
            self._zip.writestr(self._info(name, packed=True), text.encode())
        self._zip.close()

    def _noted(self, path: str, digest: str, size: int) -> Entry:
        entry = Entry(path, digest, size)
        self.payload.append(entry)
        return entry

    def _info(self, path: str, *, packed: bool = False) -> zipfile.ZipInfo:
        info = zipfile.ZipInfo(f"{self._name}/{path}")
        info.external_attr = 0o644 << 16
        info.compress_type = zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED
        return info


def _encoded(path: str) -> str:
    """A path as manifests write it: line ends and per cents are encoded (RFC 8493, 2.1.3)."""
    return path.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def decoded(path: str) -> str:
    """The path that a manifest's line means."""
    return path.replace("%0A", "\n").replace("%0D", "\r").replace("%25", "%")


def _one_line(text: str) -> str:
    return " ".join(text.split())
