"""Internet mail (RFC 5322, MIME) to letters.

The standard library parses; the headers are taken raw and decoded by us, because
real mail breaks the rules and a mail with a bad header is still a paper.
"""

import email.errors
import email.header
import email.parser
import email.policy
import email.utils
import re
from datetime import datetime
from email.message import Message
from typing import Any

from ingest.extract import charset
from ingest.extract.context import ReadContext, RefusalError
from ingest.extract.mail_letter import Letter, Part, add_html

#: Most parts of one mail, and most levels of multiparts within it.
_MAX_PARTS = 1000
_MAX_LEVELS = 25
_MAX_HEADER = 2000
_MAX_MESSAGES = 5000
_FROM_LINE = re.compile(rb"(?:\A|\n\n|\r\n\r\n)From [^\r\n]{1,200}\r?\n(?=[!-9;-~]+:)")


def parse(data: bytes, context: ReadContext) -> Letter:
    """One mail.

    Raises:
        RefusalError: `nested_too_deep`, `expands_too_much` for the structure of a bomb.
    """
    try:
        message = email.parser.BytesParser(policy=email.policy.compat32).parsebytes(data)
    except RecursionError as error:
        raise RefusalError("nested_too_deep", detail="parts within parts of a mail") from error
    letter = Letter(
        sender=header(message, "from") or header(message, "sender"),
        recipients=header(message, "to") or header(message, "delivered-to"),
        copies=header(message, "cc"),
        subject=header(message, "subject"),
        date=_date(message),
    )
    _walk(message, letter, context)
    return letter


def messages(data: bytes) -> list[bytes]:
    """The mails of a mailbox file (RFC 4155). Raises RefusalError if there are too many."""
    starts = list(_FROM_LINE.finditer(data))
    if len(starts) > _MAX_MESSAGES:
        raise RefusalError("expands_too_much", detail=f"{len(starts)} mails")
    ends = [m.start() for m in starts[1:]] + [len(data)]
    return [data[m.end() : end].replace(b"\n>From ", b"\nFrom ") for m, end in zip(starts, ends, strict=True)]


def header(message: Message, name: str) -> str:
    """A header's value decoded, on one line and not too long; empty if there is none."""
    raw = next((str(v) for k, v in message.raw_items() if k.lower() == name), "")
    return decoded(raw)


def decoded(raw: str) -> str:
    """Encoded words (RFC 2047) and stray bytes as text; line breaks hidden in them become spaces."""
    raw = raw[: 4 * _MAX_HEADER]
    try:
        pieces = email.header.decode_header(raw)
    except (email.errors.HeaderParseError, ValueError):
        pieces = [(raw, None)]
    text = ""
    for piece, name in pieces:
        if isinstance(piece, str):
            text += _unescaped(piece)
        else:
            text += charset.decode(piece, name).text
    return " ".join(text.replace("\0", "").split())[:_MAX_HEADER]


def _unescaped(text: str) -> str:
    """The parser keeps bytes outside ASCII as lone surrogates; give them back their meaning."""
    if text.isascii():
        return text
    return charset.decode(text.encode("utf-8", "surrogateescape")).text


def _date(message: Message) -> datetime | None:
    try:
        return email.utils.parsedate_to_datetime(header(message, "date"))
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _walk(message: Message, letter: Letter, context: ReadContext) -> None:
    """Go through the parts in order, without recursion: body texts to the body, files to `parts`."""
    waiting: list[tuple[Message, int]] = [(message, 0)]
    count = 0
    images: set[str] = set()
    content_ids: list[tuple[Part, str]] = []
    while waiting:
        part, level = waiting.pop()
        count += 1
        if count > min(_MAX_PARTS, context.options.max_members):
            raise RefusalError("expands_too_much", detail=f"over {count - 1} parts")
        if level > _MAX_LEVELS:
            raise RefusalError("nested_too_deep", detail="parts within parts of a mail")
        kind = part.get_content_type()
        if kind == "multipart/encrypted":
            letter.flags.add("partly_read")
            letter.body.append("[encrypted content]")
        payload = part.get_payload()
        if kind == "message/rfc822" and isinstance(payload, list) and payload:
            letter.parts.append(_attached_mail(payload[0]))
        elif kind == "multipart/alternative" and isinstance(payload, list):
            waiting += [(chosen, level + 1) for chosen in reversed(_alternatives(payload))]
        elif isinstance(payload, list):
            waiting += [(sub, level + 1) for sub in reversed(payload) if isinstance(sub, Message)]
        elif kind.startswith("multipart/"):  # without its boundary it is one text
            images |= _body(part, "text/plain", letter)
        elif kind in ("text/plain", "text/html") and not _is_attachment(part):
            images |= _body(part, kind, letter)
        else:
            found = _file(part, letter)
            letter.parts.append(found)
            content_ids.append((found, str(part.get("content-id") or "").strip(" <>")))
    for found, content_id in content_ids:
        found.inline = found.inline or (content_id != "" and content_id in images)


def _alternatives(payload: list[Any]) -> list[Message]:
    """Of several forms of one text, the plain one if it says anything; what is no text stays."""
    texts = [
        p for p in payload if isinstance(p, Message) and p.get_content_type() in ("text/plain", "text/html")
    ]
    others = [p for p in payload if isinstance(p, Message) and p not in texts]
    plain = [p for p in texts if p.get_content_type() == "text/plain" and _text(p)[0].strip()]
    html = [p for p in texts if p.get_content_type() == "text/html"]
    if plain or html:
        others = [p for p in others if p.get_content_type() not in ("text/calendar", "text/x-amp-html")]
        # A related part may hold the HTML form; with the plain one at hand only its files are wanted.
        return [*(plain or html)[:1], *(_only_files(p) for p in others)] if plain else [*html[-1:], *others]
    return others


def _only_files(part: Message) -> Message:
    if part.is_multipart():
        kept = [
            p
            for p in part.get_payload()
            if isinstance(p, Message) and (p.is_multipart() or p.get_content_maintype() != "text")
        ]
        part.set_payload([_only_files(p) for p in kept])
    return part


def _is_attachment(part: Message) -> bool:
    if part.get_content_disposition() == "attachment":
        return True
    return bool(_name(part)) and part.get_content_disposition() != "inline"


def _body(part: Message, kind: str, letter: Letter) -> set[str]:
    """Add a text part to the body; the Content-IDs of pictures it shows."""
    text, guessed = _text(part)
    if guessed:
        letter.flags.add("charset_guessed")
    if letter.body and letter.body[-1]:
        letter.body.append("")
    if kind == "text/html":
        return set(add_html(letter, text))
    letter.body.extend(text.replace("\r\n", "\n").replace("\r", "\n").split("\n"))
    return set()


def _text(part: Message) -> tuple[str, bool]:
    data = _payload(part)
    result = charset.decode(data or b"", part.get_content_charset())
    return result.text, result.guessed


def _payload(part: Message) -> bytes | None:
    """The part's bytes; None where its transfer encoding is broken beyond repair."""
    try:
        data = part.get_payload(decode=True)
    except (ValueError, LookupError, AssertionError):
        return None
    if any(isinstance(d, email.errors.InvalidBase64LengthDefect) for d in part.defects):
        return None
    return data if isinstance(data, bytes) else None


def _name(part: Message) -> str:
    for field in ("content-disposition", "content-type"):
        raw = next((str(v) for k, v in part.raw_items() if k.lower() == field), "")
        if not raw.isascii():  # the library would put replacement characters
            part.replace_header(field, _unescaped(raw))
    try:
        name = part.get_filename()
    except (ValueError, LookupError, TypeError, AttributeError, IndexError):
        return ""
    return decoded(name) if name else ""


def _file(part: Message, letter: Letter) -> Part:
    data = _payload(part)
    if any(isinstance(d, email.errors.InvalidBase64CharactersDefect) for d in part.defects):
        data = _strict_base64(part, data)
    kind = part.get_content_type()
    inline = part.get_content_disposition() == "inline"
    fallback = "attachment" + {"image/jpeg": ".jpg", "image/png": ".png", "application/pdf": ".pdf"}.get(
        kind, ""
    )
    if data is None:
        letter.flags.add("damaged")
    return Part(_name(part) or fallback, kind, data, inline)


def _strict_base64(part: Message, data: bytes | None) -> bytes | None:
    """Bytes decoded in spite of foreign characters count only if these are few, as from a list's footer."""
    raw = part.get_payload()
    foreign = len(re.findall(r"[^A-Za-z0-9+/=\s]", raw)) if isinstance(raw, str) else 0
    return data if isinstance(raw, str) and foreign <= len(raw) // 100 else None


def _attached_mail(inner: Any) -> Part:
    name = (header(inner, "subject") or "message")[:100] + ".eml"
    try:
        data: bytes | None = inner.as_bytes()
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        data = None
    return Part(name.replace("/", "-"), "message/rfc822", data)
