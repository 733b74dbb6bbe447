"""What Outlook saves and sends: messages, messages within them, rich text, winmail.dat."""

from email.message import EmailMessage
from pathlib import Path

import pytest

from ingest.extract.context import ReadContext
from ingest.extract.mail_rtf import unpacked
from ingest.extract.options import ReadOptions
from ingest.model import Reading, Refusal
from ingest.read import read_file
from tests.papers.broken import broken
from tests.papers.outlook import Letter, msg_file, packed_rtf, tnef_file
from tests.unit.ingest.sandboxed import read_broken

RTF = (
    rb"{\rtf1\ansi\ansicpg1250\deff0{\fonttbl{\f0\fswiss Arial;}}"
    rb"\pard\plain\f0\fs20 Za\'bf\'f3\'b3\'e6\par Razem 10\par}"
)


def _read(tmp_path: Path, data: bytes, name: str = "a.msg") -> Reading:
    path = tmp_path / "in"
    path.write_bytes(data)
    out = tmp_path / "out"
    out.mkdir(exist_ok=True)
    for left in out.iterdir():
        left.unlink()
    result = read_file(path, ReadContext(ReadOptions(), out, name))
    assert isinstance(result, Reading), result
    return result


def _child(tmp_path: Path, reading: Reading, number: int = 0) -> bytes:
    return (tmp_path / "out" / reading.children[number].path).read_bytes()


def _fields(reading: Reading) -> dict[str, str]:
    assert reading.structured is not None
    return reading.structured.fields


def test_a_message_with_a_file_and_a_message_within_a_message(tmp_path: Path) -> None:
    inmost = Letter(subject="Najgłębiej", body="Trzecia treść")
    inner = Letter(
        subject="Wewnątrz – ąę",
        body="Druga treść",
        sender="Jan Łoś",
        smtp="jan@example.com",
        files=[("plik.pdf", b"%PDF-1.4"), inmost],
    )
    letter = Letter(
        subject="Zewnątrz",
        body="Pierwsza treść\r\nDruga linia",
        sender="Anna Żak",
        smtp="anna@example.com",
        to=[("Kadry", "kadry@example.com")],
        files=[("umowa ąę.txt", b"abc"), inner],
    )
    reading = _read(tmp_path, msg_file(letter))
    assert _fields(reading)["subject"] == "Zewnątrz"
    assert _fields(reading)["sender"] == '"Anna Żak" <anna@example.com>'
    assert _fields(reading)["recipient"] == "Kadry <kadry@example.com>"
    assert "Pierwsza treść\nDruga linia" in reading.text
    assert [c.name for c in reading.children] == ["umowa ąę.txt", "Wewnątrz – ąę.eml"]
    assert _child(tmp_path, reading) == b"abc"
    within = _read(tmp_path, _child(tmp_path, reading, 1), "a.eml")
    assert _fields(within)["subject"] == "Wewnątrz – ąę"
    assert "jan@example.com" in _fields(within)["sender"]
    assert "Druga treść" in within.text
    assert [c.name for c in within.children] == ["plik.pdf", "Najgłębiej.eml"]
    deepest = _read(tmp_path, _child(tmp_path, within, 1), "a.eml")
    assert _fields(deepest)["subject"] == "Najgłębiej"
    assert "Trzecia treść" in deepest.text


def test_a_message_of_rich_text_only(tmp_path: Path) -> None:
    packed = packed_rtf(RTF)
    assert len(packed) < len(RTF) + 16  # what repeats is named and not written again
    assert unpacked(packed) == RTF
    assert "Zażółć\nRazem 10" in _read(tmp_path, msg_file(Letter(subject="x", rtf=packed))).text
    plain = len(RTF).to_bytes(4, "little") * 2 + b"MELA" + bytes(4) + RTF
    assert "Razem 10" in _read(tmp_path, msg_file(Letter(subject="x", rtf=plain))).text
    assert unpacked(b"short") == unpacked(bytes(40)) == b""


def test_a_sender_within_the_company_is_a_person_and_not_a_place_in_a_directory(tmp_path: Path) -> None:
    place = "/o=ExchangeLabs/ou=Exchange Administrative Group/cn=Recipients/cn=a17-ku"
    reading = _read(tmp_path, msg_file(Letter(sender="Jan Łoś", place=place, smtp="jan@example.com")))
    assert _fields(reading)["sender"] == "Jan Łoś <jan@example.com>"
    assert _fields(_read(tmp_path, msg_file(Letter(sender="Jan Łoś", place=place))))["sender"] == "Jan Łoś"


@pytest.mark.parametrize("stated", ["cp1250", "cp1252"])
def test_old_messages_in_eight_bits(tmp_path: Path, stated: str) -> None:
    letter = Letter(subject="Zażółć gęślą jaźń", body="Należność za usługę", code_page="cp1250")
    data = msg_file(letter)
    if stated == "cp1252":  # as a program set to another country states it
        data = data.replace((1250).to_bytes(4, "little"), (1252).to_bytes(4, "little"))
    reading = _read(tmp_path, data)
    assert _fields(reading)["subject"] == "Zażółć gęślą jaźń"
    assert "Należność za usługę" in reading.text


WRAPPED = Letter(
    subject="Faktura za łącze",
    body="W załączeniu",
    files=[("faktura za łącze 12-2026.pdf", b"%PDF-1.4"), Letter(subject="Wewnątrz", body="Druga treść")],
)


@pytest.mark.parametrize("code_page", ["", "cp1250"])
def test_winmail_dat_alone(tmp_path: Path, code_page: str) -> None:
    letter = Letter(**{**vars(WRAPPED), "code_page": code_page})
    reading = _read(tmp_path, tnef_file(letter), "winmail.dat")
    assert reading.media_type == "application/vnd.ms-tnef"
    assert _fields(reading)["subject"] == "Faktura za łącze"
    assert "W załączeniu" in reading.text
    assert [c.name for c in reading.children] == ["faktura za łącze 12-2026.pdf", "message.dat"]
    assert _child(tmp_path, reading) == b"%PDF-1.4"
    within = _read(tmp_path, _child(tmp_path, reading, 1), "message.dat")
    assert "Druga treść" in within.text


def test_winmail_dat_in_a_mail_gives_its_files_to_the_mail(tmp_path: Path) -> None:
    mail = EmailMessage()
    mail["From"], mail["Subject"] = "Anna <a@example.com>", "Faktura"
    mail.set_content(" \n")
    mail.add_attachment(b"abc", maintype="text", subtype="csv", filename="przed.csv")
    mail.add_attachment(tnef_file(WRAPPED), maintype="application", subtype="ms-tnef", filename="winmail.dat")
    reading = _read(tmp_path, mail.as_bytes(), "a.eml")
    assert [c.name for c in reading.children] == ["przed.csv", "faktura za łącze 12-2026.pdf", "message.dat"]
    assert "W załączeniu" in reading.text
    assert _fields(reading)["subject"] == "Faktura"


def test_rich_text_in_winmail_dat(tmp_path: Path) -> None:
    assert "Razem 10" in _read(tmp_path, tnef_file(Letter(rtf=packed_rtf(RTF))), "winmail.dat").text


@pytest.mark.parametrize("kind", ["msg", "dat"])
def test_broken_ones_are_read_or_refused(tmp_path: Path, kind: str) -> None:
    letter = Letter(**{**vars(WRAPPED), "rtf": packed_rtf(RTF), "body": ""})
    data = msg_file(letter) if kind == "msg" else tnef_file(letter)
    results = read_broken(tmp_path, broken(data, 45), f"a.{kind}")
    reasons = {r.reason for r in results if isinstance(r, Refusal)}
    assert reasons <= {"damaged", "unknown_format", "unsupported_format", "executable", "expands_too_much"}
    assert any(isinstance(r, Reading) for r in results)
