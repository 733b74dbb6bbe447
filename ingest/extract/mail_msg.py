"""Outlook messages (MS-OXMSG) to letters."""

import struct
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from typing import Any

from oxmsg import Message
from oxmsg.properties import Properties

from ingest.extract import charset
from ingest.extract.context import ReadContext, RefusalError
from ingest.extract.mail_eml import decoded
from ingest.extract.mail_letter import Letter, Part, add_html, shown_pictures
from ingest.extract.mail_rtf import body_lines

_PID_SUBJECT, _PID_BODY, _PID_RTF, _PID_HTML = 0x0037, 0x1000, 0x1009, 0x1013
_PID_SENDER_NAME, _PID_SENDER_SMTP = 0x0C1A, 0x5D01
_EMBEDDED_HEADER = 24
_PID_ATTACH_FILENAME = 0x3704
_PID_ATTACH_CONTENT_ID = 0x3712
_PID_DISPLAY_NAME = 0x3001
_PID_RECIPIENT_TYPE = 0x0C15
_EMBEDDED = "__substg1.0_3701000D"
_TO, _COPY = 1, 2
_BROKEN = (OSError, ValueError, KeyError, IndexError, AssertionError, AttributeError, TypeError, struct.error)


class _Embedded(Message):
    """A message within a message. Its properties begin after 24 bytes, not after 32 (MS-OXMSG 2.4.1.2)."""

    @property
    def _properties(self) -> Properties:
        return Properties(self._storage, properties_header_offset=_EMBEDDED_HEADER)


def parse(path: Path, context: ReadContext) -> Letter:
    """One message. Raises RefusalError `damaged`, `expands_too_much`."""
    try:
        message = Message.load(str(path))
        return _letter(message, context)
    except RecursionError as error:
        raise RefusalError("nested_too_deep", detail="folders within folders of a message") from error
    except _BROKEN as error:
        raise RefusalError("damaged", detail="Outlook message whose parts cannot be read") from error


def _letter(message: Any, context: ReadContext) -> Letter:
    letter = Letter(
        sender=decoded(_sender(message)),
        subject=decoded(_string(message, _PID_SUBJECT)),
        date=_quietly(lambda: message.sent_date),
    )
    to: list[str] = []
    copies: list[str] = []
    for recipient in message.recipients:
        name, address = (
            _quietly(lambda r=recipient: r.name) or "",
            _quietly(lambda r=recipient: r.email_address) or "",
        )
        shown = f"{name} <{address}>" if name and address and name != address else name or address
        kind = _quietly(lambda r=recipient: r.properties.int_prop_value(_PID_RECIPIENT_TYPE)) or _TO
        (copies if kind == _COPY else to).append(shown)
    letter.recipients, letter.copies = decoded(", ".join(to)), decoded(", ".join(copies))
    images = _body(message, letter)
    attachments = message.attachments
    if len(attachments) > context.options.max_members:
        raise RefusalError("expands_too_much", detail=f"{len(attachments)} attachments")
    for attachment in attachments:
        part = _part(attachment, images, context)
        if part.data is None:
            letter.flags.add("damaged")
        letter.parts.append(part)
    return letter


def _body(message: Any, letter: Letter) -> frozenset[str]:
    plain = _string(message, _PID_BODY)
    html = _html(message)
    if plain.strip():
        letter.body = plain.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        return shown_pictures(html)
    if html:
        return add_html(letter, html)
    packed = _quietly(lambda: message.properties.binary_prop_value(_PID_RTF))
    letter.body = body_lines(packed, letter.flags) if isinstance(packed, bytes) else []
    return frozenset()


def _sender(message: Any) -> str:
    """Name and address; within a company Outlook keeps a place in its directory instead of the address."""
    said = _quietly(lambda: message.sender) or ""
    if "</o=" not in said.lower() and said:
        return said
    name, address = _string(message, _PID_SENDER_NAME), _string(message, _PID_SENDER_SMTP)
    return f"{name} <{address}>" if name and address else name or address or said


def _string(message: Any, pid: int) -> str:
    """A text property. Of one in eight bits the stated code page is believed only if it fits the bytes."""
    streams = {s.name: s for s in message._storage.streams}
    wide, narrow = (streams.get(f"__substg1.0_{pid:04X}{kind}") for kind in ("001F", "001E"))
    if wide is not None:
        return str(wide.bytes_.decode("utf-16-le", "replace")).rstrip("\0")
    if narrow is None:
        return ""
    stated = _quietly(lambda: message.properties.body_encoding)
    return charset.decode(narrow.bytes_.rstrip(b"\0"), stated).text


def _html(message: Any) -> str:
    raw = _quietly(lambda: message.properties.binary_prop_value(_PID_HTML))
    if isinstance(raw, bytes):
        return charset.decode(raw, _quietly(lambda: message.properties.body_encoding)).text
    return _quietly(lambda: message.html_body) or ""


def _part(attachment: Any, images: frozenset[str], context: ReadContext) -> Part:
    embedded = next((s for s in attachment._storage.storages if s.name == _EMBEDDED), None)
    if embedded is not None:
        return _attached_message(embedded, context)
    properties = attachment.properties
    name = (
        _quietly(lambda: attachment.file_name)
        or _quietly(lambda: properties.str_prop_value(_PID_ATTACH_FILENAME))
        or _quietly(lambda: properties.str_prop_value(_PID_DISPLAY_NAME))
        or "attachment"
    )
    content_id = _quietly(lambda: properties.str_prop_value(_PID_ATTACH_CONTENT_ID)) or ""
    data = _quietly(lambda: attachment.file_bytes)
    kind = (_quietly(lambda: attachment.mime_type) or "application/octet-stream").lower()
    if kind == "application/octet-stream" and name.lower().endswith((".png", ".jpg", ".jpeg", ".gif")):
        kind = "image/" + name.lower().rpartition(".")[2].replace("jpg", "jpeg")
    return Part(name, kind, data, content_id != "" and content_id in images)


def _attached_message(storage: Any, context: ReadContext) -> Part:
    """A message within the message, written as Internet mail: it has no file of its own to take out."""
    inner = _letter(_Embedded(storage), context)
    mail = EmailMessage()
    for name, value in (
        ("From", inner.sender),
        ("To", inner.recipients),
        ("Cc", inner.copies),
        ("Subject", inner.subject),
        ("Date", format_datetime(inner.date) if inner.date else ""),
    ):
        if value:
            try:
                mail[name] = value
            except (ValueError, IndexError):
                mail[f"X-{name}"] = ascii(value)
    mail.set_content("\n".join(inner.body))
    for part in inner.parts:
        if part.data is not None:
            mail.add_attachment(part.data, maintype="application", subtype="octet-stream", filename=part.name)
    return Part(
        (inner.subject or "message")[:100].replace("/", "-") + ".eml", "message/rfc822", mail.as_bytes()
    )


def _quietly(get: Any) -> Any:
    """A property that may be missing or broken: None then."""
    try:
        return get()
    except (*_BROKEN, LookupError):
        return None
