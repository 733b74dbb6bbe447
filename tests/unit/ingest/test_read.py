"""The dispatcher and what it gives to extractors."""

from pathlib import Path

import pytest

from ingest.extract.context import ReadContext, RefusalError, harmless_name
from ingest.extract.options import ReadOptions
from ingest.model import Reading, Refusal
from ingest.read import EXTRACTORS, extractor, read_file


def _read(tmp_path: Path, data: bytes, name: str) -> Reading | Refusal:
    path = tmp_path / "file"
    path.write_bytes(data)
    out = tmp_path / "out"
    out.mkdir()
    return read_file(path, ReadContext(ReadOptions(), out, name))


@pytest.mark.parametrize("module", sorted(set(EXTRACTORS.values())))
def test_every_format_of_the_table_has_its_extractor(module: str) -> None:
    assert callable(extractor(module))


def test_known_but_not_read(tmp_path: Path) -> None:
    result = _read(tmp_path, b"Rar!\x1a\x07\x01\0", "a.rar")
    assert result == Refusal("unsupported_format", {"detected": "RAR archive"})


def test_flags_of_identification_and_extraction_meet(tmp_path: Path) -> None:
    data = (
        b"From: a@b\nMIME-Version: 1.0\nMessage-ID: <1>\nContent-Type: application/pdf; name=a.pdf\n"
        b"Content-Transfer-Encoding: base64\n\nJVBERg==\n"
    )
    result = _read(tmp_path, data, "a.pdf")
    assert isinstance(result, Reading)
    assert result.flags == ("misnamed", "attachments")


def test_a_refusal_from_deep_inside_is_a_value(tmp_path: Path) -> None:
    deep = b"From: a@b\nMessage-ID: <1>\nMIME-Version: 1.0\n"
    for n in range(60):
        deep += b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n)
    result = _read(tmp_path, deep, "a.eml")
    assert isinstance(result, Refusal)
    assert result.reason == "nested_too_deep"


def test_children_share_one_budget(tmp_path: Path) -> None:
    context = ReadContext(ReadOptions(max_members=2, max_expanded_bytes=10), tmp_path)
    assert context.new_child("a", b"12345").bytes == 5
    with pytest.raises(RefusalError) as caught:
        context.new_child("b", b"123456")
    assert caught.value.refusal.reason == "expands_too_much"
    assert [p.name for p in tmp_path.iterdir()] == ["child-00001"]
    with pytest.raises(RefusalError):
        context.new_child("c", b"")


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\x\\faktura.pdf", "faktura.pdf"),
        ("a\0b\n.pdf", "a\ufffdb\ufffd.pdf"),
        ("..", "file"),
        ("", "file"),
        ("x" * 500 + ".pdf", "x" * 188 + "….pdf"),
    ],
)
def test_harmless_names(name: str, shown: str) -> None:
    assert harmless_name(name) == shown
