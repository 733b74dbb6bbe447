"""Checking a package: the bag's rules, and that METS and PREMIS say what is there. Needs no archive."""

import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import IO, Any, Final

from retention.transfer.bag import DECLARATION, decoded
from retention.transfer.describing import METS, PREMIS

_CHUNK: Final = 1 << 18
_MOST: Final = 50
_LINE: Final = re.compile(r"([0-9a-f]{64})  ?\*?(.+)")
_METS: Final = "{http://www.loc.gov/METS/}"
_PREMIS: Final = "{http://www.loc.gov/premis/v3}"
_HREF: Final = "{http://www.w3.org/1999/xlink}href"
#: Lists and descriptions are read whole; nothing of ours is larger.
_LARGEST: Final = 200_000_000
_BROKEN: Final = (
    *(zipfile.BadZipFile, zlib.error, OSError, EOFError),
    *(ValueError, KeyError, NotImplementedError, RuntimeError),
)


@dataclass(slots=True)
class Checked:
    """What was found: how many files, and at most 50 problems as sentences."""

    files: int = 0
    problems: list[str] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        return not self.problems

    def say(self, problem: str) -> None:
        if len(self.problems) < _MOST:
            self.problems.append(problem)


def check_package(path: Path) -> Checked:
    """Check a package file to its last byte."""
    found = Checked()
    try:
        with zipfile.ZipFile(path) as file:
            _check(file, found)
    except _BROKEN as error:
        found.say(f"The file is no package, or it is damaged ({type(error).__name__}).")
    return found


def _check(file: zipfile.ZipFile, found: Checked) -> None:
    names = [name for name in file.namelist() if not name.endswith("/")]
    roots = {name.partition("/")[0] for name in names}
    if len(roots) != 1 or any(".." in name.split("/") or name.startswith("/") for name in names):
        found.say("A package is one folder.")
        return
    if len(names) != len(set(names)):
        found.say("A file is in it twice.")
    root = roots.pop()
    inside = {name.removeprefix(f"{root}/") for name in names}
    if "bagit.txt" not in inside or _text(file, root, "bagit.txt") != DECLARATION:
        found.say("It is no bag of BagIt 1.0: bagit.txt is missing or says something else.")
    sums = _manifest(file, root, inside, "manifest-sha256.txt", found)
    tags = _manifest(file, root, inside, "tagmanifest-sha256.txt", found)
    payload = {name for name in inside if name.startswith("data/")}
    for name in sorted(payload - set(sums)):
        found.say(f"{name} is not in the manifest.")
    for name in sorted(set(sums) - payload):
        found.say(f"{name} is missing.")
    for name in ("bagit.txt", "bag-info.txt", "manifest-sha256.txt"):
        if name not in tags:
            found.say(f"{name} is not in the tag manifest.")
    total = 0
    for name, wanted in (*sums.items(), *tags.items()):
        if name not in inside:
            if name in tags:
                found.say(f"{name} is missing.")
            continue
        digest, size = _digest(file, f"{root}/{name}")
        if digest != wanted:
            found.say(f"{name} was changed.")
        if name in sums:
            total += size
            found.files += 1
    info = _text(file, root, "bag-info.txt") if "bag-info.txt" in inside else ""
    if f"Payload-Oxum: {total}.{len(sums)}\n" not in info:
        found.say("The sum of sizes in bag-info.txt is another one.")
    _described(file, root, inside, sums, found)


def _described(
    file: zipfile.ZipFile, root: str, inside: set[str], sums: dict[str, str], found: Checked
) -> None:
    for name in (METS, PREMIS):
        if name not in inside:
            found.say(f"{name} is missing.")
            return
    mets, premis = (_xml(file, root, name, found) for name in (METS, PREMIS))
    if mets is None or premis is None:
        return
    named = {METS}
    for element in (*mets.iter(f"{_METS}file"), *mets.iter(f"{_METS}mdRef")):
        place = element.find(f"{_METS}FLocat") if element.tag == f"{_METS}file" else element
        path = f"data/{place.get(_HREF) if place is not None else ''}"
        named.add(path)
        if sums.get(path) != element.get("CHECKSUM"):
            found.say(f"METS says something else of {path} than the manifest.")
        elif str(file.getinfo(f"{root}/{path}").file_size) != element.get("SIZE"):
            found.say(f"METS tells another size of {path}.")
    for path in sorted(set(sums) - named):
        found.say(f"METS does not name {path}.")
    fixed = {e.text for e in premis.iter(f"{_PREMIS}messageDigest")}
    originals = {sums[p] for p in sums if p.startswith("data/representations/")}
    for digest in sorted(originals - fixed):
        found.say(f"PREMIS does not know the file with SHA-256 {digest}.")
    if fixed - originals:
        found.say("PREMIS knows files that are not in the package.")


def _manifest(
    file: zipfile.ZipFile, root: str, inside: set[str], name: str, found: Checked
) -> dict[str, str]:
    if name not in inside:
        found.say(f"{name} is missing.")
        return {}
    sums = {}
    lines = _text(file, root, name).split("\n")  # and by nothing else that may stand in a name
    for line in lines[:-1] if not lines[-1] else lines:
        match = _LINE.fullmatch(line)
        if match is None:
            found.say(f"{name} has a line that is none of a manifest.")
        else:
            sums[decoded(match[2])] = match[1]
    return sums


def _xml(file: zipfile.ZipFile, root: str, name: str, found: Checked) -> Any:
    from lxml import etree  # few processes check packages

    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=True)
    try:
        return etree.fromstring(_text(file, root, name).encode(), parser)
    except etree.XMLSyntaxError:
        found.say(f"{name} is no XML.")
        return None


def _text(file: zipfile.ZipFile, root: str, name: str) -> str:
    info = file.getinfo(f"{root}/{name}")
    if info.file_size > _LARGEST:
        raise ValueError("too large")
    return file.read(info).decode("utf-8")


def _digest(file: zipfile.ZipFile, name: str) -> tuple[str, int]:
    digest, size = sha256(), 0
    with file.open(name) as source:
        for chunk in _chunks(source):
            digest.update(chunk)
            size += len(chunk)
    return digest.hexdigest(), size


def _chunks(source: IO[bytes]) -> Iterator[bytes]:
    while chunk := source.read(_CHUNK):
        yield chunk
