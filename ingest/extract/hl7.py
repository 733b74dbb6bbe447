"""HL7 version 2 messages (pipe and hat), media type `application/hl7-v2`.

Results (ORU) are laboratory reports, orders (ORM, OML, OMG) laboratory orders. The
message says in MSH which characters separate what, so nothing is taken for granted.
Line ends may be CR (the standard), LF or both; MLLP frames and batch segments are passed over.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ingest.extract.charset import decode
from ingest.extract.context import ReadContext
from ingest.extract.lab_words import is_polish, say
from ingest.extract.layout import Lines, reading
from ingest.extract.typeset import Sheet
from ingest.model import Reading, Refusal, Structured

MAX_BYTES: Final = 64 * 1024**2
_MAX_SEGMENTS: Final = 100_000
_SEGMENT: Final = re.compile(r"[A-Z][A-Z0-9]{2}(?=[^A-Za-z0-9\s]|$)")
#: Message code (MSH-9.1) to document type, within the laboratory.
_TYPES: Final = {
    "ORU": "lab_report", "OUL": "lab_report", "ORM": "lab_order", "OML": "lab_order", "OMG": "lab_order",
    "ORL": "lab_order", "ORR": "lab_order",
}  # fmt: skip
#: Table 0078: flags that mean the result is not normal.
_NORMAL: Final = frozenset(["", "N", '""'])
#: Table 0211 to Python's encodings.
_CHARSETS: Final = {
    "8859/1": "iso-8859-1", "8859/2": "iso8859-2", "8859/15": "iso8859-15", "UNICODE UTF-8": "utf-8",
    "UTF-8": "utf-8", "CP1250": "cp1250", "WINDOWS-1250": "cp1250",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Message:
    """One message: its segments, each a list of fields, and its separators."""

    segments: list[list[str]]
    component: str
    repetition: str
    escape: str
    subcomponent: str

    def field(self, segment: list[str], number: int) -> str:
        """The text of a field's first repetition, numbered as in the standard; '' if it is not there."""
        value = segment[number] if number < len(segment) else ""
        return value.split(self.repetition, 1)[0] if self.repetition else value

    def part(self, segment: list[str], number: int, component: int) -> str:
        """One component (from 1) of a field, unescaped."""
        whole = self.field(segment, number)
        parts = whole.split(self.component) if self.component else [whole]
        value = parts[component - 1] if component <= len(parts) else ""
        value = value.split(self.subcomponent, 1)[0] if self.subcomponent else value
        return "" if value == '""' else self.unescape(value).strip()

    def unescape(self, value: str) -> str:
        """Escape sequences of chapter 2 as the characters they stand for."""
        if not self.escape or self.escape not in value:
            return value
        mark = re.escape(self.escape)
        known = {
            "F": "|",
            "S": self.component,
            "T": self.subcomponent,
            "R": self.repetition,
            "E": self.escape,
        }

        def written(found: re.Match[str]) -> str:
            code = found[1]
            if code in known:
                return known[code]
            if code.startswith("X") and re.fullmatch(r"X(?:[0-9A-Fa-f]{2}){1,40}", code):
                return bytes.fromhex(code[1:]).decode("utf-8", "replace")
            return "\n" if code.startswith(".") else ""

        return re.sub(f"{mark}([^{mark}]{{1,80}}){mark}", written, value)

    def all(self, name: str) -> list[list[str]]:
        return [s for s in self.segments if s[0] == name]

    def first(self, name: str) -> list[str]:
        return next((s for s in self.segments if s[0] == name), [name])


def extract(path: Path, media_type: str, context: ReadContext) -> Reading | Refusal:
    """Read a file of one or more messages; refuses one without a usable MSH segment (`damaged`)."""
    size = path.stat().st_size
    if size > MAX_BYTES:
        return Refusal("too_large", {"size": size, "limit": MAX_BYTES})
    data = path.read_bytes()
    declared = re.search(rb"MSH.(?:[^\r\n|]*\|){16}([^|\r\n~]{2,20})", data[:4000])
    name = _CHARSETS.get(declared[1].decode("latin-1").upper()) if declared else None
    decoded = decode(data, name)
    messages = list(messages_of(decoded.text))
    if not messages:
        return Refusal("damaged", {"detail": "no MSH segment"})
    lines = Lines(flags=set(decoded.flags))
    structured = facts(messages[0])
    polish = is_polish(decoded.text)
    for message in messages:
        _write(message, lines.sheet(), polish)
    if not structured.fields.get("message_type") or not structured.fields.get("message_control_id"):
        lines.flags.add("damaged")
    return reading(
        lines, media_type, context, reader="hl7", structured=structured, language="pl" if polish else None
    )


def messages_of(text: str) -> Iterator[Message]:
    """The messages in a text. A line that is no segment continues the one before (broken exports do that)."""
    text = text.replace("\x0b", "\r").replace("\x1c", "\r")
    current: list[str] = []
    count = 0
    for line in re.split(r"[\r\n]+", text):
        stripped = line.lstrip(" \t")
        if not stripped.strip():
            continue
        count += 1
        if count > _MAX_SEGMENTS:
            break
        if stripped.startswith("MSH"):
            if current:
                yield _message(current)
            current = [stripped] if len(stripped) > 3 and not stripped[3].isalnum() else []
        elif _SEGMENT.match(stripped):
            if current and stripped[:3] not in ("FHS", "BHS", "BTS", "FTS"):
                current.append(stripped)
        elif current:
            current[-1] += " " + stripped.strip()
    if current:
        yield _message(current)


def _message(segments: list[str]) -> Message:
    mark = segments[0][3]
    signs = segments[0][4:].split(mark, 1)[0]
    if not signs or signs[0].isalnum():
        signs = "^~\\&"
    split = [segment.split(mark) for segment in segments]
    split[0].insert(1, mark)  # MSH-1 is the separator itself, so fields are numbered as in the standard
    return Message(split, *(signs[i : i + 1] for i in range(4)))


def facts(message: Message) -> Structured:
    """The fields of a message, with domain and type where its code is a laboratory's."""
    header, patient = message.first("MSH"), message.first("PID")
    code = message.part(header, 9, 1).upper()
    orders, results = message.all("OBR"), message.all("OBX")
    tests = list(dict.fromkeys(filter(None, (_coded(message, order, 4) for order in orders))))
    names = list(dict.fromkeys(filter(None, (_coded(message, result, 3) for result in results))))
    fields = {
        "syntax": "HL7 v2",
        "message_type": message.field(header, 9),
        "sending_application": message.part(header, 3, 1),
        "sending_facility": message.part(header, 4, 1),
        "receiving_facility": message.part(header, 6, 1),
        "message_control_id": message.part(header, 10, 1),
        "date": moment(message.part(header, 7, 1))[:10],
        "version": message.part(header, 12, 1),
        "patient": person(message, patient, 5),
        "patient_id": message.part(patient, 3, 1) or message.part(patient, 2, 1),
        "birth_date": moment(message.part(patient, 7, 1))[:10],
        "order_number": next(filter(None, (message.part(o, 2, 1) for o in orders)), ""),
        "specimen": next(filter(None, (message.part(s, 2, 1) for s in message.all("SPM"))), "")
        or next(filter(None, (message.part(o, 3, 1) for o in orders)), ""),
        "ordering_provider": next(filter(None, (person(message, o, 16, 2) for o in orders)), ""),
        "result_status": next(filter(None, (message.part(o, 25, 1) for o in orders)), ""),
        "tests": "; ".join(tests)[:2000],
        "analytes": "; ".join(names)[:2000],
        "obr": str(len(orders)),
        "obx": str(len(results)),
        "abnormal_flags": str(sum(1 for r in results if message.part(r, 8, 1).upper() not in _NORMAL)),
    }
    doc_type = _TYPES.get(code)
    return Structured(
        "HL7 v2", code or "?", {k: v for k, v in fields.items() if v}, "lab" if doc_type else None, doc_type
    )


def person(message: Message, segment: list[str], number: int, start: int = 1) -> str:
    """Family, given and further names and suffix; `start` is the component with the family name."""
    parts = [message.part(segment, number, start + i) for i in range(4)]
    return " ".join(" ".join(p for p in parts if p).split())


def _coded(message: Message, segment: list[str], number: int) -> str:
    """A coded element as people read it: its text, else the alternative's, else its code."""
    return (
        message.part(segment, number, 2)
        or message.part(segment, number, 5)
        or message.part(segment, number, 1)
    )


_MOMENT: Final = re.compile(r"(\d{4})(\d{2})?(\d{2})?(?:(\d{2})(\d{2})?(\d{2})?(?:\.\d+)?)?([+-]\d{4})?$")


def moment(value: str) -> str:
    """ISO 8601 of an HL7 time stamp (YYYY[MM[DD[HH[MM[SS]]]]][+-ZZZZ]); '' if malformed or no whole day."""
    found = _MOMENT.match(value)
    if found is None or not found[3] or not ("01" <= found[2] <= "12" and "01" <= found[3] <= "31"):
        return ""
    day = f"{found[1]}-{found[2]}-{found[3]}"
    if not found[4]:
        return day
    zone = f"{found[7][:3]}:{found[7][3:]}" if found[7] else ""
    return f"{day}T{found[4]}:{found[5] or '00'}:{found[6] or '00'}{zone}"


def _write(message: Message, lines: Sheet, polish: bool) -> None:
    header, patient = message.first("MSH"), message.first("PID")
    doc_type = facts(message).doc_type
    title = {"lab_report": "Laboratory report", "lab_order": "Laboratory order"}.get(doc_type or "")
    lines.add(say(title or "HL7 message", polish))
    lines.pairs(
        [
            (say("Message", polish), f"{message.field(header, 9)} {message.part(header, 10, 1)}".strip()),
            (say("Date", polish), moment(message.part(header, 7, 1)) or message.part(header, 7, 1)),
            (
                say("From", polish),
                " / ".join(filter(None, (message.part(header, 4, 1), message.part(header, 3, 1)))),
            ),
            (
                say("To", polish),
                " / ".join(filter(None, (message.part(header, 6, 1), message.part(header, 5, 1)))),
            ),
            (say("Patient", polish), person(message, patient, 5)),
            (say("Patient number", polish), message.part(patient, 3, 1)),
            (say("Date of birth", polish), moment(message.part(patient, 7, 1))),
            (say("Sex", polish), message.part(patient, 8, 1)),
        ]
    )
    rows: list[list[str]] = []

    def flush() -> None:
        if rows:
            columns = ("Test", "Result", "Unit", "Reference", "Flag", "Status")
            lines.table([[say(name, polish) for name in columns], *rows])
            rows.clear()

    for segment in message.segments:
        match segment[0]:
            case "OBR":
                flush()
                lines.add()
                lines.add(f"{say('Test', polish)}: {_coded(message, segment, 4)}")
                lines.pairs(
                    [
                        (say("Order number", polish), message.part(segment, 2, 1)),
                        (say("Filler number", polish), message.part(segment, 3, 1)),
                        (say("Collected", polish), moment(message.part(segment, 7, 1))),
                        (say("Reported", polish), moment(message.part(segment, 22, 1))),
                        (say("Ordered by", polish), person(message, segment, 16, 2)),
                        (say("Status", polish), message.part(segment, 25, 1)),
                    ]
                )
            case "OBX":
                rows.append(_result(message, segment))
            case "NTE":
                note = (
                    message.unescape(message.field(segment, 3)).replace(message.component or "^", " ").strip()
                )
                if note:
                    flush()
                    lines.extend(f"{say('Note', polish)}: {part}" for part in note.split("\n"))
            case "MSH" | "PID":
                pass
            case name:
                flush()
                values = " ".join(
                    " ".join(message.unescape(v).replace(message.component or "^", " ").split())
                    for v in segment[1:]
                    if v
                )
                lines.add(f"{name}: {values}")
    flush()


def _result(message: Message, segment: list[str]) -> list[str]:
    raw = segment[5] if len(segment) > 5 else ""
    kind = message.part(segment, 2, 1)
    if kind in ("CE", "CWE", "CNE", "CF"):
        value = _coded(message, segment, 5)
    elif kind == "ED":
        value = "(attached data)"
    else:
        repeated = raw.split(message.repetition) if message.repetition else [raw]
        value = ", ".join(
            " ".join(message.unescape(r).replace(message.component or "^", " ").split()) for r in repeated
        )
    return [
        _coded(message, segment, 3),
        value[:4000],
        message.part(segment, 6, 1),
        message.part(segment, 7, 1),
        message.part(segment, 8, 1),
        message.part(segment, 11, 1),
    ]
