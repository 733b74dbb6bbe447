"""Mail becomes a page (headers and text) and children (what was attached)."""

from dataclasses import replace
from datetime import UTC
from pathlib import Path

from ingest.extract import layout, mail_eml, mail_tnef
from ingest.extract.context import ReadContext
from ingest.extract.mail_letter import Letter, is_paper
from ingest.model import Child, Reading, Refusal, Structured

_MAX_BYTES = 256 * 1024**2


def extract(path: Path, media_type: str, context: ReadContext) -> Reading | Refusal:
    """Read an EML, MSG, mbox or winmail.dat file.

    Refusals: `too_large`, `damaged`, `nested_too_deep`, `expands_too_much`.
    """
    size = path.stat().st_size
    if size > _MAX_BYTES:
        return Refusal("too_large", {"size": size, "limit": _MAX_BYTES})
    if media_type == "application/vnd.ms-outlook":
        from ingest.extract import mail_msg

        return _reading(mail_msg.parse(path, context), media_type, "msg", context)
    data = path.read_bytes()
    if media_type == "application/vnd.ms-tnef":
        return _reading(mail_tnef.parse(data, context), media_type, "tnef", context)
    if context.charset is not None and context.charset.startswith(("utf-16", "utf-32")):
        data = data.decode(context.charset, "replace").encode("utf-8")
    data = data.removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n\t ")
    zeros = b"\0" in data
    data = data.replace(b"\0", b"") if zeros else data
    if media_type == "application/mbox":
        found = mail_eml.messages(data)
        if len(found) > 1:
            return _mailbox(found, media_type, context)
        data = found[0] if found else data
    letter = mail_eml.parse(data, context)
    if zeros:
        letter.flags.add("hidden_characters")
    return _reading(letter, media_type, "rfc822", context)


def _reading(letter: Letter, media_type: str, root: str, context: ReadContext) -> Reading:
    if media_type != "application/vnd.ms-tnef":  # a message within one is a letter of its own
        _unwrap(letter, context)
    lines = layout.Lines(flags=set(letter.flags))
    date = letter.date.isoformat(sep=" ") if letter.date else ""
    lines.pairs(
        (
            ("From", letter.sender),
            ("To", letter.recipients),
            ("Cc", letter.copies),
            ("Subject", letter.subject),
            ("Date", date),
        )
    )
    lines.add()
    lines.extend(letter.body)
    children = _children(letter, lines, context)
    fields = {
        "subject": letter.subject,
        "title": letter.subject,
        "sender": letter.sender,
        "recipient": letter.recipients,
        "date": _iso(letter),
    }
    structured = Structured("mail", root, {name: value for name, value in fields.items() if value})
    read = layout.reading(lines, media_type, context, "mail", structured=structured)
    return replace(read, children=children)


def _unwrap(letter: Letter, context: ReadContext) -> None:
    """Put in the place of each `winmail.dat` the files and, where the mail says nothing, the text inside."""
    for place, part in reversed(list(enumerate(letter.parts))):
        if part.data is None or not part.data.startswith(mail_tnef.SIGNATURE):
            continue
        inner = mail_tnef.parse(part.data, context)
        letter.parts[place : place + 1] = inner.parts
        letter.flags |= inner.flags
        if not any(line.strip() for line in letter.body):
            letter.body = inner.body


def _iso(letter: Letter) -> str:
    """The moment as the sender wrote it, with its offset; mails that state none are in UTC by RFC 5322."""
    if letter.date is None:
        return ""
    moment = letter.date if letter.date.tzinfo else letter.date.replace(tzinfo=UTC)
    return moment.isoformat()


def _children(letter: Letter, lines: layout.Lines, context: ReadContext) -> tuple[Child, ...]:
    children, listed = [], []
    for part in letter.parts:
        if part.data is None:
            listed.append(f"{layout.escaped(part.name, lines.flags)}  left out: it is damaged")
        elif part.data and is_paper(part):
            children.append(context.new_child(part.name, part.data))
            listed.append(f"{layout.escaped(part.name, lines.flags)}  {len(part.data)}")
    if listed:
        lines.add()
        lines.add("Attachments:")
        lines.extend(listed)
    return tuple(children)


def _mailbox(found: list[bytes], media_type: str, context: ReadContext) -> Reading:
    lines = layout.Lines()
    children = []
    for number, data in enumerate(found, 1):
        letter_head = mail_eml.parse(data.split(b"\n\n", 1)[0] + b"\n\n", context)
        name = (letter_head.subject or f"message {number}")[:100].replace("/", "-") + ".eml"
        children.append(context.new_child(name, data))
        lines.add(f"{number}. {letter_head.sender}  {letter_head.subject}")
    return replace(layout.reading(lines, media_type, context, "mail"), children=tuple(children))
