"""Archives: what comes out, what stays in, and why."""

import gzip
import io
import struct
import tarfile
import zipfile
import zlib
from pathlib import Path

import pytest

from ingest.extract.archive import extract, unsafe_name
from ingest.extract.context import ReadContext, RefusalError
from ingest.extract.options import ReadOptions
from ingest.model import Reading, Refusal

ZIP, TAR, GZIP = "application/zip", "application/x-tar", "application/gzip"


def _zip(path: Path, members: list[tuple[str, bytes]], method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, data in members:
            info = zipfile.ZipInfo(name)
            info.compress_type = method
            archive.writestr(info, data)
    return path


def _read(path: Path, media_type: str = ZIP, name: str = "a.zip", **options: int | str) -> Reading | Refusal:
    out = path.parent / "out"
    out.mkdir(exist_ok=True)
    try:
        return extract(path, media_type, ReadContext(ReadOptions(**options), out, name))  # type: ignore[arg-type]
    except RefusalError as error:
        return error.refusal


def _reason(result: Reading | Refusal) -> str:
    assert isinstance(result, Refusal)
    return result.reason


def test_members_become_children_and_a_list(tmp_path: Path) -> None:
    path = _zip(
        tmp_path / "a",
        [("x/umowa.txt", b"one"), ("x/", b""), ("__MACOSX/._x", b"litter"), ("b.txt", b"two!")],
    )
    result = _read(path)
    assert isinstance(result, Reading)
    assert [(c.name, c.bytes) for c in result.children] == [("umowa.txt", 3), ("b.txt", 4)]
    assert "x/umowa.txt" in result.text
    assert "MACOSX" not in result.text
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == sorted(c.path for c in result.children)


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_same_names_are_kept_apart(tmp_path: Path) -> None:
    result = _read(_zip(tmp_path / "a", [("a.pdf", b"1"), ("a.pdf", b"22")]))
    assert isinstance(result, Reading)
    assert [(c.name, (tmp_path / "out" / c.path).read_bytes()) for c in result.children] == [
        ("a.pdf", b"1"),
        ("a (2).pdf", b"22"),
    ]


@pytest.mark.parametrize(
    "name", ["../x", "a/../../x", "/etc/x", "C:\\x", "..\\x", "\\\\server\\x", "n" * 2000]
)
def test_names_that_climb(tmp_path: Path, name: str) -> None:
    assert unsafe_name(name)
    result = _read(_zip(tmp_path / "a", [(name, b"evil"), ("good.txt", b"good")]))
    assert isinstance(result, Reading)
    assert [c.name for c in result.children] == ["good.txt"]
    assert "partly_read" in result.flags
    assert "left out" in result.text
    assert _reason(_read(_zip(tmp_path / "b", [(name, b"evil")]))) == "unsafe_archive"


def test_links_stay_in(tmp_path: Path) -> None:
    path = tmp_path / "a"
    with zipfile.ZipFile(path, "w") as archive:
        link = zipfile.ZipInfo("link")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
    assert _reason(_read(path)) == "unsafe_archive"


def test_limits(tmp_path: Path) -> None:
    path = _zip(tmp_path / "a", [(f"{n}", b"x" * 1000) for n in range(10)], zipfile.ZIP_STORED)
    assert _reason(_read(path, max_members=9)) == "expands_too_much"
    assert _reason(_read(path, max_expanded_bytes=9_999)) == "expands_too_much"
    assert _reason(_read(path, max_depth=0)) == "nested_too_deep"
    assert isinstance(_read(path, max_members=10, max_expanded_bytes=10_000, max_depth=1), Reading)


def test_growth_beyond_measure(tmp_path: Path) -> None:
    zeros = bytes(20_000_000)
    assert _reason(_read(_zip(tmp_path / "a", [("zeros", zeros)]))) == "expands_too_much"
    (tmp_path / "b").write_bytes(gzip.compress(zeros))
    assert _reason(_read(tmp_path / "b", GZIP, "b.gz")) == "expands_too_much"


def test_a_size_that_lies_is_found_while_unpacking(tmp_path: Path) -> None:
    path = _zip(tmp_path / "a", [("zeros", bytes(20_000_000))])
    data = bytearray(path.read_bytes())
    directory = data.rfind(b"PK\x01\x02")
    struct.pack_into("<I", data, directory + 24, 1000)  # uncompressed size in the central directory
    path.write_bytes(data)
    assert _reason(_read(path)) in ("damaged", "expands_too_much")


def test_overlapping_members(tmp_path: Path) -> None:
    path = _zip(tmp_path / "a", [("one", b"x" * 100), ("two", b"y" * 100)])
    data = bytearray(path.read_bytes())
    second = data.rfind(b"PK\x01\x02")
    struct.pack_into("<I", data, second + 42, 0)  # offset of its local header
    path.write_bytes(data)
    assert _reason(_read(path)) == "unsafe_archive"


def test_a_wrong_check_sum_costs_that_member(tmp_path: Path) -> None:
    path = _zip(tmp_path / "a", [("bad.txt", b"first-content"), ("good.txt", b"second")], zipfile.ZIP_STORED)
    path.write_bytes(path.read_bytes().replace(b"first-content", b"First-content"))
    result = _read(path)
    assert isinstance(result, Reading)
    assert [c.name for c in result.children] == ["good.txt"]
    assert "damaged" in result.flags
    assert len(list((tmp_path / "out").iterdir())) == 1


def _encrypt(path: Path, name: bytes, data: bytes, password: bytes) -> Path:
    """A stored member under traditional PKWARE encryption (APPNOTE 6.3.10, section 6.1)."""
    table = [0] * 256
    for n in range(256):
        c = n
        for _ in range(8):
            c = (c >> 1) ^ 0xEDB88320 if c & 1 else c >> 1
        table[n] = c
    keys = [0x12345678, 0x23456789, 0x34567890]

    def update(byte: int) -> None:
        keys[0] = (keys[0] >> 8) ^ table[(keys[0] ^ byte) & 0xFF]
        keys[1] = ((keys[1] + (keys[0] & 0xFF)) * 134775813 + 1) & 0xFFFFFFFF
        keys[2] = (keys[2] >> 8) ^ table[(keys[2] ^ (keys[1] >> 24)) & 0xFF]

    for byte in password:
        update(byte)
    crc = zlib.crc32(data)
    locked = bytearray()
    for byte in bytes(11) + bytes([crc >> 24]) + data:
        k = (keys[2] | 2) & 0xFFFF
        locked.append(byte ^ (((k * (k ^ 1)) >> 8) & 0xFF))
        update(byte)
    common = struct.pack("<HHHHHIIIHH", 20, 1, 0, 0, 0x5C21, crc, len(locked), len(data), len(name), 0)
    local = b"PK\x03\x04" + common + name + bytes(locked)
    central = b"PK\x01\x02" + struct.pack("<H", 20) + common + struct.pack("<HHHII", 0, 0, 0, 0, 0) + name
    end = b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, 1, 1, len(central), len(local), 0)
    path.write_bytes(local + central + end)
    return path


def test_locked_members_need_the_password(tmp_path: Path) -> None:
    path = _encrypt(tmp_path / "a", b"secret.txt", b"tajne", b"klucz")
    assert _reason(_read(path)) == "needs_password"
    assert _reason(_read(path, password="wrong")) == "needs_password"
    result = _read(path, password="klucz")
    assert isinstance(result, Reading)
    assert (tmp_path / "out" / result.children[0].path).read_bytes() == b"tajne"


def test_tar(tmp_path: Path) -> None:
    path = tmp_path / "a"
    with tarfile.open(path, "w") as archive:
        for name, kind in (
            ("good.txt", tarfile.REGTYPE),
            ("../evil", tarfile.REGTYPE),
            ("link", tarfile.SYMTYPE),
        ):
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, "/etc/passwd" if kind == tarfile.SYMTYPE else ""
            info.size = 4 if kind == tarfile.REGTYPE else 0
            archive.addfile(info, io.BytesIO(b"text"))
    result = _read(path, TAR, "a.tar")
    assert isinstance(result, Reading)
    assert [c.name for c in result.children] == ["good.txt"]
    path.write_bytes(path.read_bytes()[:600])
    assert _reason(_read(path, TAR, "a.tar")) == "damaged"


def test_gzip_takes_the_name_without_its_ending(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(gzip.compress(b"<a/>"))
    result = _read(tmp_path / "a", GZIP, "faktura.xml.gz")
    assert isinstance(result, Reading)
    assert result.children[0].name == "faktura.xml"
    (tmp_path / "a").write_bytes(gzip.compress(b"text" * 1000)[:-6])
    assert _reason(_read(tmp_path / "a", GZIP, "a.gz")) == "damaged"


def test_an_archive_of_nothing(tmp_path: Path) -> None:
    assert _reason(_read(_zip(tmp_path / "a", [("x/", b"")]))) == "empty"
