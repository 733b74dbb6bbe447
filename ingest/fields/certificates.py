"""Certificates of employment: who worked where, from when until when, as their sentences say it."""

import re
from collections.abc import Sequence
from typing import Final

from ingest.classify.words import plain
from ingest.fields.checks import NIP_RIGHT
from ingest.fields.dates import find_dates
from ingest.fields.found import FoundField, at
from ingest.fields.identifiers import find_nips
from ingest.fields.rows import Row

_NAME: Final = r"(?:pani?\s+)?([a-z][a-z'’-]+(?:\s[a-z][a-z'’-]+){1,3})"
_SAID: Final = re.compile(r"(?:stwierdza sie,? ze|zaswiadcza sie,? ze|zaswiadczam,? ze)\s+" + _NAME)
_BORN: Final = re.compile(r"(?:ur\.|urodzon[ya]|data urodzenia)\s*(?:w dniu|dnia)?[:\s]*")
_SPAN: Final = re.compile(r"(?:w okresie|zatrudnion[ya])\s+od(?:\s+dnia)?\s+")
_UNTIL: Final = re.compile(r"\s*(?:r\.?)?\s*do(?:\s+dnia)?\s+")
_WHERE: Final = re.compile(
    r"zatrudnion[ya]\s+w\s+(?:firmie|(?:naszym\s+)?zakladzie(?:\s+pracy)?|przedsiebiorstwie|spolce)?\s*(.{3,90}?)"
    r"\s+(?:w okresie|od dnia|na stanowisku|w wymiarze)"
)
_NOT_NAME: Final = re.compile(r"\b(?:ur|urodzon[ya]|syn|corka|pesel|byl|byla|zam|legitymujac\w*|pracownik)\b")
_ROWS: Final = 60


def find_certificate(rows: Sequence[Row]) -> dict[str, FoundField]:
    """`employee`, `birth_date`, `employer`, `termination_date`, `hire_date`, `employer_nip`, by name."""
    page = [r for r in rows[:_ROWS] if r.page == rows[0].page]
    joined = Row(page[0].page, 0, " ".join(r.text.replace("\t", " ") for r in page), (), 0.0, 0.0)
    starts = [sum(len(r.text) + 1 for r in page[:n]) for n in range(len(page))]
    text = plain(joined.text)
    out: dict[str, FoundField] = {}

    def put(name: str, start: int, end: int, value: str, confidence: float) -> None:
        row = max((n for n in range(len(page)) if starts[n] <= start), default=0)
        begin = start - starts[row]
        until = min(end - starts[row], len(page[row].text))
        out.setdefault(name, at(page[row], begin, until, name, value, confidence, "label"))

    said = _SAID.search(text)
    if said is not None:
        stop = _NOT_NAME.search(text, said.start(1), said.end(1))
        end = stop.start() if stop else said.end(1)
        name = joined.text[said.start(1) : end].strip(" ,")
        if 2 <= len(name.split()) <= 4 and all(word[:1].isupper() for word in name.split()):
            put("employee", said.start(1), said.start(1) + len(name), name, 0.8)
    days = find_dates([joined], american=False)[0]

    def day_at(position: int) -> tuple[int, int, str] | None:
        day = next((d for d in days if position <= d.start <= position + 2), None)
        return None if day is None else (day.start, day.end, day.value.isoformat())

    born = _BORN.search(text)
    if born is not None and (day := day_at(born.end())) is not None:
        put("birth_date", *day, 0.8)
    span = _SPAN.search(text)
    if span is not None and (first := day_at(span.end())) is not None:
        put("hire_date", *first, 0.8)
        until = _UNTIL.match(text, first[1])
        if until is not None and (last := day_at(until.end())) is not None:
            put("termination_date", *last, 0.8)
    where = _WHERE.search(text)
    if where is not None:
        firm = joined.text[where.start(1) : where.end(1)].strip(" ,")
        put("employer", where.start(1), where.end(1), firm, 0.75)
    for row in page:
        for digits, start, end, valid in find_nips(row.text):
            if valid and "employer_nip" not in out:
                out["employer_nip"] = at(row, start, end, "employer_nip", digits, 0.9, "pattern", NIP_RIGHT)
    return out
