"""Whether bytes are text, and which kind of text.

What a file is called decides nothing but the choice between kinds of text that
look alike (a table and a list of sentences with commas).
"""

import codecs
import csv
import json
import re
from collections.abc import Iterable

#: Bytes that occur in text: tab, line ends, form feed, escape (terminal logs) and
#: the frame of HL7's minimal lower layer protocol (0x0B ... 0x1C 0x0D).
_TEXT_CONTROLS = bytes([7, 8, 9, 10, 11, 12, 13, 26, 27, 28])
_OTHER_CONTROLS = bytes(c for c in (*range(1, 32), 127) if c not in _TEXT_CONTROLS)

_BOMS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)

_HL7 = re.compile(r"\x0b?\s*(MSH|FHS|BHS)[^\w\s,;:.]")
_MT940_START = re.compile(r"(?m)^:20:")
_MT940_BALANCE = re.compile(r"(?m)^:(25|28C?|60[FM]|61):")
_MT940_ENTRY = re.compile(r"(?m)^:61:\d{6}(?:\d{4})?R?[CD]")
_SWIFT = re.compile(r"\{1:[A-Z]\d\d[A-Z0-9]{12}")
_HEADER = re.compile(r"([!-9;-~]{1,70}):(?:[ \t]|$)")
_MBOX = re.compile(r"From \S+ +\S.*\d{2}:\d{2}.*\n[!-9;-~]+:")
_PDF_OBJECT = re.compile(rb"(?:^|[\r\n\s])\d{1,7}\s+\d{1,5}\s+obj\b")
_TECHNICAL = frozenset(
    [
        "message-id",
        "mime-version",
        "content-type",
        "content-transfer-encoding",
        "received",
        "return-path",
        "delivered-to",
        "dkim-signature",
        "x-mailer",
        "user-agent",
        "in-reply-to",
        "references",
        "authentication-results",
    ]
)
_COMMON = frozenset(["from", "to", "cc", "bcc", "subject", "date", "reply-to", "sender"])

_LINES = 40


def charset_of(head: bytes, whole: bool) -> str | None:
    """The Python name of the encoding where it is certain: a mark, two-byte units or valid UTF-8."""
    for mark, name in _BOMS:
        if head.startswith(mark):
            return name
    if wide := _without_mark(head):
        return wide
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        decoder.decode(head, final=whole)
    except UnicodeDecodeError:
        return None
    return "utf-8"


def _without_mark(head: bytes) -> str | None:
    """UTF-16 without a mark: in western text nearly every other byte is zero, the rest never."""
    sample = head[: len(head) & ~1][:4096]
    if len(sample) < 8:
        return None
    half = len(sample) // 2
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    if odd > 0.7 * half and even < 0.02 * half:
        return "utf-16-le"
    if even > 0.7 * half and odd < 0.02 * half:
        return "utf-16-be"
    return None


def looks_like_text(head: bytes, charset: str | None) -> bool:
    """Whether these bytes are text in some encoding a back office meets."""
    if charset in ("utf-32", "utf-16", "utf-16-le", "utf-16-be"):
        shown = head.decode(charset, "replace")
        odd = sum(1 for c in shown if c == "\ufffd" or (c < " " and c not in "\t\r\n\f"))
        return odd <= 0.02 * max(50, len(shown))
    size = len(head)
    controls = size - len(head.translate(None, _OTHER_CONTROLS))
    zeros = head.count(0)
    if controls > max(1, size // 200) or zeros > max(4, size // 20):
        return False
    if charset is not None:
        return True
    high = size - len(head.translate(None, bytes(range(128, 256))))
    # Eight-bit text has letters of many kinds; padding and noise do not.
    return high < 0.4 * size or (high < 0.9 * size and len(set(head)) > min(20, size // 2))


def decode(head: bytes, charset: str | None) -> str:
    """The beginning as text for looking at; wrong bytes become replacement characters."""
    return head.decode(charset or "iso-8859-2", "replace").lstrip("\ufeff")


def has_pdf_object(head: bytes) -> bool:
    """Whether the file begins like the body of a PDF whose header is gone."""
    return _PDF_OBJECT.search(head[:1024]) is not None and (b"endobj" in head or b"<<" in head[:2048])


def begins_with_pdf_body(data: bytes) -> bool:
    """Whether a piece of a PDF's body or cross-reference stands first (ISO 32000-1, 7.3.10 and 7.5)."""
    return re.match(rb"\d{1,7}\s+\d{1,5}\s+obj\b|xref\b|trailer\b|endobj\b|startxref\b", data) is not None


def has_pdf_syntax(head: bytes) -> bool:
    """Whether words of PDF syntax (ISO 32000-1, 7.3 and 7.5) occur in what does not begin like a PDF."""
    return sum(word in head for word in (b"endobj", b"<<", b"/Type", b"xref", b"trailer", b"endstream")) >= 2


def is_journal(head: bytes) -> bool:
    """The journal of systemd in export format, which may have binary values among its text."""
    return head.startswith((b"__CURSOR=", b"__REALTIME_TIMESTAMP=")) and b"\n_" in head[:4000]


def is_hl7(text: str) -> bool:
    return _HL7.match(text.lstrip(" \t\r\n")) is not None


def is_mt940(text: str) -> bool:
    """SWIFT MT940 or MT942: tags at line starts, with or without the envelope."""
    if _SWIFT.match(text.lstrip()) and re.search(r"\{2:[IO]94[02]", text[:2000]):
        return True
    if _MT940_ENTRY.search(text[:8000]):
        return True
    return bool(_MT940_START.search(text[:4000]) and _MT940_BALANCE.search(text[:8000]))


def is_mbox(text: str) -> bool:
    return _MBOX.match(text) is not None


def is_mail(text: str, ending: str) -> bool:
    """RFC 5322: the file begins with a block of header fields, the usual ones among them."""
    names: set[str] = set()
    for line in text.splitlines()[:200]:
        if not line.strip():
            break
        if line[0] in " \t" and names:
            continue
        found = _HEADER.match(line)
        if found is None:
            return False
        names.add(found[1].lower())
    technical, common = names & _TECHNICAL, names & _COMMON
    if ending in ("eml", "mht", "mhtml"):
        return len(technical | common) >= 1
    return len(technical | common) >= 3 and bool(technical) and bool(common or {"received"} & technical)


def is_json(text: str, whole: bool) -> bool:
    """One JSON value; a file of one object a line is a log and stays text."""
    start = text.lstrip()
    if not re.match(r"\{\s*[\"}]|\[\s*[\[{\"\]\d-]", start):
        return False
    if whole:
        try:
            json.loads(start)
        except (ValueError, RecursionError):
            return False
        return True
    first_line = start.split("\n", 1)[0]
    try:
        json.loads(first_line)
    except (ValueError, RecursionError):
        return bool(re.match(r"\{\s*\"", start)) or bool(re.match(r"\[\s*[{\[]", start))
    return False  # complete on its first line, and more follows


def is_table(text: str, ending: str) -> bool:
    """Rows of the same number of cells. The name's ending sets how strict we are."""
    lines = [line for line in text.splitlines()[:_LINES] if line.strip()]
    if ending in ("log", "md") or not lines:
        return False
    if lines[0].lstrip().startswith('{"'):
        return False  # an object a line
    if ending in ("csv", "tsv", "tab"):
        return any(d in text for d in ",;\t|")
    least_rows, least_cells = (5, 4) if ending in ("txt", "text") else (3, 3)
    return any(_same_width(lines, d, least_rows, least_cells) for d in ";\t,|")


def _same_width(lines: Iterable[str], delimiter: str, least_rows: int, least_cells: int) -> bool:
    try:
        widths = [len(row) for row in csv.reader(lines, delimiter=delimiter)]
    except csv.Error:
        return False
    return len(widths) >= least_rows and widths[0] >= least_cells and len(set(widths)) == 1
