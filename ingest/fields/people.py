"""Names, addresses of mail and telephone numbers on personnel papers."""

import re
from collections.abc import Sequence
from typing import Final

from ingest.classify.words import plain
from ingest.fields.checks import PESEL_RIGHT
from ingest.fields.contracts import find_parties, inflected
from ingest.fields.found import FoundField, at
from ingest.fields.identifiers import find_labelled
from ingest.fields.labels import label_text, phrases
from ingest.fields.rows import Row, cells

_CONTRACTS: Final = frozenset(["contractor_agreement", "employment_contract"])
_MAIL: Final = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_PHONE: Final = re.compile(r"(?<![\w.])\+?\(?\d[\d\s().-]{7,17}\d(?![\w])")
_EMPLOYEE: Final = phrases("person.employee")
_EMPLOYER: Final = phrases("person.employer")
_FULL_NAME: Final = re.compile(r"imie i nazwisko|nazwisko i imie|full name")
_PERSON: Final = re.compile(r"^[^\W\d_][\w'’-]+\.?(?:\s+[^\W\d_][\w'’.-]*){1,3}$")
_NO_PERSON: Final = re.compile(
    r"\b(?:curriculum|vitae|resume|cv|zyciorys|lebenslauf|profile|summary|experience|education|contact|skills|page|work|umowa|agreement|pracodawca|"
    r"pracownik|dane|osobowe|doswiadczenie|wyksztalcenie|umiejetnosci|kontakt|zawodowe|personal|details|engineer|developer|manager|designer|analyst|director|street|imie|nazwisko|date|data|company|employer|employee)\b"
)


#: A town with its state and code, `Pleasantville, CA 94588`, or its postal code before it, `00-950 Warszawa`.
_PLACE: Final = re.compile(
    r"(?:[^\W\d_][\w.'’-]+(?: [^\W\d_][\w.'’-]+){0,2}, ?[A-Z]{2} ?\d{5}(?:-\d{4})?)"
    r"|\b\d\d-\d{3} [^\W\d_][\w-]+(?: [^\W\d_][\w-]+)?|\b\d{5} [A-ZÄÖÜ][a-zäöüß]+(?: [A-ZÄÖÜ][a-zäöüß]+)?\b"
    r"|^[A-Z][\w'’-]+(?: [A-Z][\w'’-]+)?, [A-Z][a-z]+(?: [A-Z][a-z]+)?$"
)
_NO_HEADLINE: Final = re.compile(r"curriculum|vitae|resume|zyciorys|profiles?$|summary|contact|page|strona")
_HEADLINE: Final = re.compile(r"[^\W\d_][^@:\d|•]{5,80}")


def find_person(rows: Sequence[Row], doc_type: str) -> list[FoundField]:
    """`name` or `employee`, `employer`, `email`, `phone` and `pesel` as far as they stand on the paper."""
    out: list[FoundField] = []
    if doc_type == "resume":
        head = _after_label(rows[:15], _FULL_NAME, "name") or _heading_name(rows)
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
        return [*out, *_under_name(rows, head)]
    if doc_type in _CONTRACTS:
        out.extend(find_parties(rows))
    for name, pattern in (("employee", _EMPLOYEE), ("employer", _EMPLOYER)):
        found = _after_label(rows, pattern, name)
        if found is not None and all(f.name != name for f in out):
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


def _under_name(rows: Sequence[Row], head: FoundField | None) -> list[FoundField]:
    """`headline` and `location`: what people put under their names on a resume."""
    out: list[FoundField] = []
    if head is None:
        return out
    start = next((r.index for r in rows[:15] if head.raw in r.text.replace("\t", " ")), 0)
    for row in rows[start : start + 8]:
        for cell in cells(row):
            begin, end = cell[0].start, cell[-1].start + len(cell[-1].text)
            text = row.text[begin:end]
            if text == head.raw:
                continue
            place = _PLACE.search(text)
            if place and all(f.name != "location" for f in out):
                out.append(
                    at(
                        row,
                        begin + place.start(),
                        begin + place.end(),
                        "location",
                        place.group(),
                        0.7,
                        "pattern",
                    )
                )
            elif (
                row.index <= start + 1
                and not out
                and not _NO_HEADLINE.search(plain(text))
                and _HEADLINE.fullmatch(text)
                and 2 <= len(text.split()) <= 9
            ):
                out.append(at(row, begin, end, "headline", text, 0.65, "position"))
    return out


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
                if name in ("employee", "name")
                else 3 <= len(value) <= 70 and value[:1].isupper() and ":" in lead.group()
            )
            if good:
                sure = 0.55 if person and inflected(value) else 0.75
                return at(row, start, start + len(value), name, value, sure, "label")
    return None
