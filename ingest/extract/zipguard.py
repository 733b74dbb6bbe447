"""A zip package of an office document, opened with care.

Nothing is written to disk and no member's name is used as a path. Parts are counted
before they are read and measured while they are read (a header may lie about sizes);
a document type declaration in any XML part is refused, for that is what XML attacks need.
"""

import lzma
import posixpath
import zipfile
import zlib
from pathlib import Path
from typing import Any, Final

from lxml import etree

from ingest.extract.context import ReadContext, RefusalError

_BROKEN: Final = (zipfile.BadZipFile, OSError, ValueError, NotImplementedError)
_MOST_PARTS: Final = 20_000
#: One XML part may be this large, and this many times larger than it is packed.
MAX_PART: Final = 32 * 1024**2
_MAX_RATIO: Final = 200
_RATIO_COUNTS_FROM: Final = 4 * 1024**2


class Package:
    """The parts of an office document.

    Raises:
        RefusalError: `damaged` if it is no readable zip, `expands_too_much` for a bomb,
            `needs_password` if a part is encrypted.
    """

    def __init__(self, path: Path, context: ReadContext) -> None:
        self._context = context
        try:
            self._zip = zipfile.ZipFile(path)
            infos = self._zip.infolist()
        except _BROKEN as error:
            raise RefusalError("damaged", detail=str(error)[:200]) from None
        if len(infos) > _MOST_PARTS:
            raise RefusalError("expands_too_much", detail=f"{len(infos)} parts")
        if any(info.flag_bits & 1 for info in infos):
            raise RefusalError("needs_password")
        self._infos = {info.filename: info for info in infos}
        self.names: tuple[str, ...] = tuple(self._infos)

    def close(self) -> None:
        self._zip.close()

    def read(self, name: str) -> bytes | None:
        """A part's bytes, or None if there is no such part.

        Raises:
            RefusalError: `expands_too_much`, or `damaged` if its checksum or stream is wrong.
        """
        info = self._infos.get(name)
        if info is None:
            return None
        try:
            with self._zip.open(info) as stream:
                data = stream.read(MAX_PART + 1)
        except (*_BROKEN, EOFError, RuntimeError, zlib.error, lzma.LZMAError) as error:
            raise RefusalError("damaged", detail=f"{name}: {error}"[:200]) from None
        ratio = len(data) / max(1, info.compress_size)
        if len(data) > MAX_PART or (len(data) > _RATIO_COUNTS_FROM and ratio > _MAX_RATIO):
            raise RefusalError("expands_too_much", detail=f"{name}: over {len(data) - 1} bytes")
        self._context.expanded(len(data))
        return data

    def xml(self, name: str) -> Any:
        """A part parsed as XML, or None if there is no such part. Raises `forbidden_xml` for a DTD."""
        data = self.read(name)
        return None if data is None else safe_xml(data, name)

    def related(self, part: str) -> list[tuple[str, str]]:
        """Kind and name of each part inside the package that `part` names (ECMA-376 part 2, clause 9)."""
        folder, _, name = part.rpartition("/")
        root = self.xml(f"{folder}/_rels/{name}.rels")
        found = []
        for relation in root if root is not None else ():
            target = relation.get("Target") or ""
            if relation.get("TargetMode") == "External" or not target:
                continue
            place = target.lstrip("/") if target.startswith("/") else posixpath.normpath(f"{folder}/{target}")
            found.append(((relation.get("Type") or "").rpartition("/")[2], place))
        return found


def safe_xml(data: bytes, name: str) -> Any:
    """The root of an XML part.

    Raises:
        RefusalError: `forbidden_xml` if it declares a document type or entities, `damaged`
            if it cannot be parsed.
    """
    probe = data.replace(b"\x00", b"")  # a part in UTF-16 must not hide its declaration
    if b"<!DOCTYPE" in probe or b"<!ENTITY" in probe:
        raise RefusalError("forbidden_xml", detail=name)
    parser = etree.XMLParser(
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise RefusalError("damaged", detail=f"{name}: {error.msg}"[:200]) from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise RefusalError("forbidden_xml", detail=name)
    return root
