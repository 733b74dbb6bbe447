"""Names, addresses of mail and telephone numbers on personnel papers."""

import re
from collections.abc import Sequence
from typing import Final

from ingest.classify.words import plain
from ingest.fields.checks import PESEL_RIGHT
from ingest.fields.found import FoundField, at
from ingest.fields.identifiers import find_labelled
from ingest.fields.labels import label_text, phrases
from ingest.fields.rows import Row, cells

_MAIL: Final = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_PHONE: Final = re.compile(r"(?<![\w.])\+?\(?\d[\d\s().-]{7,17}\d(?![\w])")
_EMPLOYEE: Final = phrases("person.employee")
_EMPLOYER: Final = phrases("person.employer")
_PERSON: Final = re.compile(r"^[^\W\d_][\w'’-]+\.?(?:\s+[^\W\d_][\w'’.-]*){1,3}$")
_NO_PERSON: Final = re.compile(
    r"\b(?:curriculum|vitae|resume|cv|zyciorys|lebenslauf|profile|summary|experience|education|contact|skills|page|work|umowa|agreement|pracodawca|"
    r"pracownik|engineer|developer|manager|designer|analyst|director|street|imie|nazwisko|date|data|company|employer|employee)\b"
)


def find_person(rows: Sequence[Row], doc_type: str) -> list[FoundField]:
    """`name` or `employee`, `employer`, `email`, `phone` and `pesel` as far as they stand on the paper."""
    out: list[FoundField] = []
    if doc_type == "resume":
        head = _heading_name(rows)
        if head is not None:
            out.append(head)
        for row in rows[:60]:
            for name, pattern in (("email", _MAIL), ("phone", _PHONE)):
                match = pattern.search(row.text)
                if (
                    match
                    and all(f.name != name for f in out)
                    and (name == "email" or 8 <= sum(c.isdigit() for c in match.group()) <= 15)
                ):
                    out.append(
                        at(row, match.start(), match.end(), name, match.group().strip(), 0.85, "pattern")
                    )
        return out
    for name, pattern in (("employee", _EMPLOYEE), ("employer", _EMPLOYER)):
        found = _after_label(rows, pattern, name)
        if found is not None:
            out.append(found)
    for row in rows[:300]:
        for digits, start, end, valid in find_labelled(row.text, "pesel"):
            if valid and all(f.name != "pesel" for f in out):
                out.append(at(row, start, end, "pesel", digits, 0.97, "pattern", PESEL_RIGHT))
    return out


def _heading_name(rows: Sequence[Row]) -> FoundField | None:
    best: tuple[float, FoundField] | None = None
    for row in rows[:15]:
        for cell in cells(row):
            text = " ".join(t.text for t in cell).strip(" ,|•")
            if not _PERSON.match(text) or _NO_PERSON.search(plain(text)):
                continue
            score = 2.0 - 0.15 * row.index + 40 * row.height
            if best is None or score > best[0]:
                start, end = cell[0].start, cell[-1].start + len(cell[-1].text)
                best = (score, at(row, start, end, "name", text, 0.75, "position"))
    return best[1] if best else None


def _after_label(rows: Sequence[Row], pattern: re.Pattern[str], name: str) -> FoundField | None:
    for row in rows[:120]:
        text = label_text(row)
        for match in pattern.finditer(text):
            rest = row.text[match.end() :]
            lead = re.match(r"[\s:.\t]{1,6}", rest)
            if lead is None:
                continue
            start = match.end() + lead.end()
            value = re.split(
                r"\t|,|;|\s(?:zam|ur|pesel|nip|z siedzib|date|zwan|legitym)",
                row.text[start:],
                maxsplit=1,
                flags=re.I,
            )[0].strip(" .:_")
            person = bool(_PERSON.match(value)) and not _NO_PERSON.search(plain(value))
            good = (
                person and value[:1].isupper()
                if name == "employee"
                else 3 <= len(value) <= 70 and value[:1].isupper() and ":" in lead.group()
            )
            if good:
                return at(row, start, start + len(value), name, value, 0.75, "label")
    return None
