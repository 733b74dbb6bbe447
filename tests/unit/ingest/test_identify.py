"""What a file is, by its content."""

import gzip
import io
import zipfile
from pathlib import Path

import pytest

from ingest.identify import Identity, identify
from ingest.identify.markup import read_prolog
from ingest.model import Refusal

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def _zip(members: dict[str, str]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def _content_types(main: str) -> str:
    return (
        f'<Types><Override PartName="/word/document.xml" ContentType="application/vnd.{main}+xml"/></Types>'
    )


def _identify(tmp_path: Path, data: bytes, name: str = "file") -> Identity | Refusal:
    path = tmp_path / "file"
    path.write_bytes(data)
    return identify(path, name)


DOCX = _zip(
    {
        "[Content_Types].xml": _content_types("openxmlformats-officedocument.wordprocessingml.document.main"),
        "word/document.xml": "<w/>",
    }
)
HL7 = b"MSH|^~\\&|LAB|H|EHR|H|20260101||ORU^R01|1|P|2.5\rPID|1||7\r"
MAIL = b"Received: from x\r\nFrom: a@example.com\r\nTo: b@example.com\r\nSubject: x\r\n\r\nText\r\n"
MT940 = b":20:START\r\n:25:PL123\r\n:28C:1/1\r\n:60F:C260101PLN10,00\r\n:61:2601010101D5,00NTRFX\r\n"


@pytest.mark.parametrize(
    ("data", "media_type"),
    [
        (b"%PDF-1.7\n1 0 obj\n", "application/pdf"),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF", "image/jpeg"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "image/png"),
        (b"II*\0\x08\0\0\0", "image/tiff"),
        (b"MM\0+\0\x08\0\0\0\0", "image/tiff"),
        (b"RIFF\x10\0\0\0WEBPVP8 ", "image/webp"),
        (b"GIF89a\x01\0\x01\0", "image/gif"),
        (b"BM\x46\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0", "image/bmp"),
        (b"\0\0\0\x18ftypheic\0\0\0\0", "image/heic"),
        (b"\0\0\0\x0cjP  \r\n\x87\n", "image/jp2"),
        (b"{\\rtf1\\ansi}", "application/rtf"),
        (DOCX, WORD),
        (
            _zip({"mimetype": "application/vnd.oasis.opendocument.text"}),
            "application/vnd.oasis.opendocument.text",
        ),
        (_zip({"a.txt": "x"}), "application/zip"),
        (gzip.compress(b"x", mtime=0), "application/gzip"),
        (b"7z\xbc\xaf\x27\x1c\0\4", "application/x-7z-compressed"),
        (b"Rar!\x1a\x07\x01\0", "application/vnd.rar"),
        (HL7, "application/hl7-v2"),
        (b"\x0b" + HL7 + b"\x1c\r", "application/hl7-v2"),
        (MT940, "application/x-mt940"),
        (b"{1:F01BANKPLPWAXXX0000000000}{2:O9400000}{4:\r\n:20:A\r\n-}", "application/x-mt940"),
        (MAIL, "message/rfc822"),
        (b"From a@example.com Mon Jan  5 10:00:00 2026\n" + MAIL, "application/mbox"),
        (b'<?xml version="1.0"?><a/>', "application/xml"),
        ('<?xml version="1.0" encoding="utf-16"?><a/>'.encode("utf-16"), "application/xml"),
        ('<?xml version="1.0"?><a>text</a>'.encode("utf-16-le"), "application/xml"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/svg+xml"),
        (b"<!DOCTYPE html><html><body>x</body></html>", "text/html"),
        (b"<!-- a --><HTML><body>x", "text/html"),
        (b'{"resourceType": "Patient"}', "application/json"),
        (b"[1, 2]", "application/json"),
        (b"a;b;c\n1;2;3\n4;5;6\n", "text/csv"),
        ("Zażółć gęślą jaźń".encode("cp1250"), "text/plain"),
        (b"<jan@firma.pl> wrote: dear all", "text/plain"),
        (b"[2026-01-01 10:00] started\n[2026-01-01 10:01] stopped\n", "text/plain"),
        (b'{"a": 1}\n{"a": 2}\n', "text/plain"),
        (b"MZ 12/2026 is the number of this letter, written as text.", "text/plain"),
        (b"From: the storekeeper\nPlease count the boxes.\n", "text/plain"),
    ],
)
def test_media_type_by_content(tmp_path: Path, data: bytes, media_type: str) -> None:
    found = _identify(tmp_path, data)
    assert isinstance(found, Identity)
    assert found.media_type == media_type


@pytest.mark.parametrize("data", [b"", b" \n\t ", b"\0" * 5000, b"\xef\xbb\xbf", b"\xff" * 100_000])
def test_nothing_in_it(tmp_path: Path, data: bytes) -> None:
    assert _identify(tmp_path, data) == Refusal("empty", {"bytes": len(data)})


def test_blank_start_is_not_an_empty_file(tmp_path: Path) -> None:
    found = _identify(tmp_path, b" " * 200_000 + b"text")
    assert not isinstance(found, Refusal) or found.reason != "empty"


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"MZ\x90\0\x03\0\0\0" + b"\0" * 60, "invoice.pdf"),
        (b"MZ\n%PDF-1.4\n\x00\x01", "a.pdf"),
        (b"\x7fELF\x02\x01\x01\0", "scan.png"),
        (b"#!/bin/sh\nrm x\n", "photo.jpg"),
        (b"\n\n#!/bin/sh\nrm x\n", "photo.jpg"),
        (b"\xca\xfe\xba\xbe\0\0\0\x34", "x"),
        (b"L\0\0\0\x01\x14\x02\0\0\0\0\0\xc0\0\0\0\0\0\0F", "faktura.lnk"),
        (b"@echo off\r\ndel *.*\r\n", "x.txt"),
        (b"WScript.Echo 1\r\n", "faktura.pdf.vbs"),
        (_zip({"META-INF/MANIFEST.MF": "x", "A.class": "x"}), "a.zip"),
    ],
)
def test_programs_are_refused_under_any_name(tmp_path: Path, data: bytes, name: str) -> None:
    found = _identify(tmp_path, data, name)
    assert isinstance(found, Refusal)
    assert found.reason == "executable"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (bytes(range(256)) * 20, "unknown_format"),
        (b"PK\x03\x04" + b"\x55" * 3000, "damaged"),
        (DOCX[: len(DOCX) // 2], "damaged"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x55" * 3000, "damaged"),
        (b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "forbidden_xml"),
        (b'<?xml version="1.0"?><!DOCTYPE a SYSTEM "http://x/y.dtd"><a/>', "forbidden_xml"),
        (b'<!DOCTYPE html [<!ENTITY b "c">]><html>&b;</html>', "forbidden_xml"),
        (b'<?xml version="1.0" encoding="UTF-7"?><a/>', "forbidden_xml"),
        (b"x" * 2000 + b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\n", "damaged"),
    ],
)
def test_refusals(tmp_path: Path, data: bytes, reason: str) -> None:
    found = _identify(tmp_path, data)
    assert isinstance(found, Refusal)
    assert found.reason == reason


@pytest.mark.parametrize(
    ("data", "name", "flags"),
    [
        (b"%PDF-1.4\n%%EOF\n", "a.PDF", ()),
        (b"%PDF-1.4\n%%EOF\n", "a.docx", ("misnamed",)),
        (b"%PDF-1.4\n%%EOF\n", "a.unknown", ()),
        (b"%PDF-1.4\n%%EOF\n" + _zip({"a": "b"}), "a.pdf", ("trailing_data",)),
        (b"%PDF-1.4\n%%EOF\nGIF89a and more", "a.pdf", ("trailing_data",)),
        (b"%PDF-1.4\n%%EOF\n7 0 obj\n<< /Type /Page >>\nend", "a.pdf", ("damaged",)),
        (b"%PDF-1.4\n%%EOF\r\nxref\r\n0 0\r\ntrailer\r\n", "a.pdf", ("damaged",)),
        (b"junk\n%PDF-1.4\n%%EOF\n", "a.pdf", ("damaged",)),
        (b"1 0 obj\n<< /Type /Catalog >>\nendobj\n", "a.pdf", ("damaged",)),
        (b"\xff\xd8\xff\xe0\xff\xd9" + _zip({"a": "b"}), "a.jpg", ("trailing_data",)),
        (b"plain words", "a.jpg", ("misnamed",)),
        (b'<?xml version="1.0"?><?xml-stylesheet href="http://x"?><a/>', "a.xml", ("external_references",)),
    ],
)
def test_flags(tmp_path: Path, data: bytes, name: str, flags: tuple[str, ...]) -> None:
    found = _identify(tmp_path, data, name)
    assert isinstance(found, Identity)
    assert found.flags == flags


def test_macros_are_flagged(tmp_path: Path) -> None:
    members = {
        "[Content_Types].xml": _content_types("ms-word.document.macroEnabled.main"),
        "word/vbaProject.bin": "x",
    }
    found = _identify(tmp_path, _zip(members), "a.docm")
    assert isinstance(found, Identity)
    assert (found.media_type, found.flags) == (WORD, ("active_content",))


def test_the_name_chooses_only_between_kinds_of_text(tmp_path: Path) -> None:
    rows = b"a,b\nc,d\n"
    as_table, as_log = _identify(tmp_path, rows, "x.csv"), _identify(tmp_path, rows, "x.log")
    assert isinstance(as_table, Identity)
    assert isinstance(as_log, Identity)
    assert (as_table.media_type, as_log.media_type) == ("text/csv", "text/plain")


def test_prolog_finds_root_and_namespace() -> None:
    text = (
        '\ufeff<?xml version="1.0"?><!-- <x> --><?p q?>\n<n:Invoice a=">" xmlns:n="urn:one" xmlns="urn:two">'
    )
    prolog = read_prolog(text.lstrip("\ufeff"))
    assert prolog is not None
    assert (prolog.root, prolog.local_name, prolog.namespace) == ("n:Invoice", "Invoice", "urn:one")
