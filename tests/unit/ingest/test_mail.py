"""Mail: headers, text, what was attached, and mail made to do harm."""

from email.message import EmailMessage
from pathlib import Path

from ingest.extract.context import ReadContext, RefusalError
from ingest.extract.mail import extract
from ingest.extract.options import ReadOptions
from ingest.model import Reading, Refusal


def _read(
    tmp_path: Path, data: bytes, media_type: str = "message/rfc822", **options: int
) -> Reading | Refusal:
    path = tmp_path / "mail"
    path.write_bytes(data)
    out = tmp_path / "out"
    out.mkdir(exist_ok=True)
    try:
        return extract(path, media_type, ReadContext(ReadOptions(**options), out, "a.eml"))  # type: ignore[arg-type]
    except RefusalError as error:
        return error.refusal


def _reading(tmp_path: Path, data: bytes, media_type: str = "message/rfc822") -> Reading:
    result = _read(tmp_path, data, media_type)
    assert isinstance(result, Reading)
    return result


def _mail(body: str = "W załączeniu umowa.") -> EmailMessage:
    mail = EmailMessage()
    mail["From"] = "Łucja Żak <lucja@example.com>"
    mail["To"] = "kadry@example.com"
    mail["Subject"] = "Umowa o pracę – aneks"
    mail["Date"] = "Tue, 10 Mar 2026 09:30:00 +0100"
    mail.set_content(body)
    return mail


def _png(width: int, height: int, size: int) -> bytes:
    head = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + width.to_bytes(4, "big") + height.to_bytes(4, "big")
    return head + bytes(size - len(head))


def test_headers_text_and_attachment(tmp_path: Path) -> None:
    mail = _mail()
    mail.add_attachment(b"%PDF-1.4", maintype="application", subtype="pdf", filename="umowa ąę.pdf")
    reading = _reading(tmp_path, mail.as_bytes())
    assert reading.structured is not None
    assert reading.structured.fields == {
        "subject": "Umowa o pracę – aneks",
        "title": "Umowa o pracę – aneks",
        "sender": "Łucja Żak <lucja@example.com>",
        "recipient": "kadry@example.com",
        "date": "2026-03-10T09:30:00+01:00",
    }
    assert "W załączeniu umowa." in reading.text
    assert [(c.name, (tmp_path / "out" / c.path).read_bytes()) for c in reading.children] == [
        ("umowa ąę.pdf", b"%PDF-1.4")
    ]


def test_plain_text_is_preferred_and_html_is_read_without_loading(tmp_path: Path) -> None:
    both = _mail("plain words")
    both.add_alternative("<p>html words</p>", subtype="html")
    text = _reading(tmp_path, both.as_bytes()).text
    assert "plain words" in text
    assert "html words" not in text
    only = EmailMessage()
    only["From"] = "a@example.com"
    only.set_content(
        "<style>p{}</style><script>run()</script><p>Kwota</p><table><tr><td>Razem</td><td>10,00</td></tr></table>"
        "<img src='http://example.com/p.gif'>",
        subtype="html",
    )
    reading = _reading(tmp_path, only.as_bytes())
    assert "Razem  10,00" in reading.text
    assert "run()" not in reading.text
    assert {"active_content", "external_references"} <= set(reading.flags)


def test_logos_and_pixels_stay_behind_and_scans_in_the_text_do_not(tmp_path: Path) -> None:
    mail = _mail()
    mail.add_alternative("<img src='cid:logo'><img src='cid:dot'><img src='cid:scan'>", subtype="html")
    part = mail.get_payload()[1]  # type: ignore[index]
    for name, width, height, size in (
        ("logo", 400, 90, 30_000),
        ("dot", 1, 1, 100),
        ("scan", 1600, 2200, 90_000),
    ):
        part.add_related(_png(width, height, size), "image", "png", cid=f"<{name}>", filename=f"{name}.png")  # type: ignore[union-attr]
    html_only = mail.get_payload()[1]  # type: ignore[index]
    head = b"From: a@example.com\nMIME-Version: 1.0\n"
    reading = _reading(tmp_path, head + html_only.as_bytes())  # type: ignore[union-attr]
    assert [c.name for c in reading.children] == ["scan.png"]


def test_a_mail_in_a_mail_comes_out_as_mail(tmp_path: Path) -> None:
    inner = _mail("inside")
    outer = _mail("outside")
    outer.add_attachment(inner)
    reading = _reading(tmp_path, outer.as_bytes())
    assert [c.name for c in reading.children] == ["Umowa o pracę – aneks.eml"]
    assert "inside" not in reading.text
    assert b"inside" in (tmp_path / "out" / reading.children[0].path).read_bytes()


def test_file_names_lose_paths_and_hidden_characters(tmp_path: Path) -> None:
    mail = _mail()
    mail.add_attachment(b"x", maintype="application", subtype="pdf", filename="../../etc/fak\u202efdp.exe")
    reading = _reading(tmp_path, mail.as_bytes())
    assert reading.children[0].name == "fak\ufffdfdp.exe"
    assert "hidden_characters" in reading.flags


def test_raw_bytes_in_headers_and_names(tmp_path: Path) -> None:
    data = (
        "From: Żak <z@example.com>\nMIME-Version: 1.0\nSubject: =?utf-8?q?a=0D=0ABcc:_x?=\n"
        'Content-Type: application/pdf; name="zał.pdf"\nContent-Transfer-Encoding: base64\n\nJVBERg==\n'
    ).encode()
    reading = _reading(tmp_path, data)
    assert [c.name for c in reading.children] == ["zał.pdf"]
    assert reading.structured is not None
    assert reading.structured.fields["sender"] == "Żak <z@example.com>"
    assert reading.structured.fields["subject"] == "a Bcc: x"


def test_broken_base64_is_left_out_and_said(tmp_path: Path) -> None:
    data = (
        b"From: a@example.com\nMIME-Version: 1.0\nContent-Type: application/pdf; name=a.pdf\n"
        b"Content-Transfer-Encoding: base64\n\n!!!not***base64###at all!!!x\n"
    )
    reading = _reading(tmp_path, data)
    assert reading.children == ()
    assert "damaged" in reading.flags
    assert "a.pdf  left out" in reading.text


def test_bombs_of_parts(tmp_path: Path) -> None:
    many = b"From: a@b\nContent-Type: multipart/mixed; boundary=x\n\n" + b"--x\n\n\n" * 3000 + b"--x--\n"
    result = _read(tmp_path, many)
    assert isinstance(result, Refusal)
    assert result.reason == "expands_too_much"
    deep = b"From: a@b\n"
    for n in range(120):
        deep += b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n)
    result = _read(tmp_path, deep + b"\ntext\n")
    assert isinstance(result, Refusal)
    assert result.reason == "nested_too_deep"


def test_no_deeper_than_allowed(tmp_path: Path) -> None:
    mail = _mail()
    mail.add_attachment(b"x", maintype="application", subtype="pdf", filename="a.pdf")
    result = _read(tmp_path, mail.as_bytes(), max_depth=0)
    assert isinstance(result, Refusal)
    assert result.reason == "nested_too_deep"


def test_a_bad_date_is_no_date(tmp_path: Path) -> None:
    reading = _reading(tmp_path, b"From: a@example.com\nDate: yesterday\nMessage-ID: <1>\n\ntext\n")
    assert reading.structured is not None
    assert "date" not in reading.structured.fields


def test_a_mailbox_gives_its_mails(tmp_path: Path) -> None:
    one = b"From a@b Mon Jan  5 10:00:00 2026\nFrom: a@b\nSubject: one\n\ntext\n>From here\n\n"
    two = b"From a@b Mon Jan  5 11:00:00 2026\nFrom: a@b\nSubject: two\n\ntext\n"
    reading = _reading(tmp_path, one + two, "application/mbox")
    assert [c.name for c in reading.children] == ["one.eml", "two.eml"]
    assert b"\nFrom here" in (tmp_path / "out" / reading.children[0].path).read_bytes()
