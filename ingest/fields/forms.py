"""Fields of forms: those of everyday Polish papers, and those of the types that an officer defined."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Final

from akta.records.doctypes.current import current
from akta.records.doctypes.tree import TypeTree
from ingest.classify.words import plain
from ingest.fields.certificates import find_certificate
from ingest.fields.find import Findings
from ingest.fields.found import SURE, FoundField, at
from ingest.fields.labelled import find_labelled_fields, pattern_of
from ingest.fields.labels import label_text
from ingest.fields.rows import Row
from ingest.fields.taxnumbers import BUYER, SELLER, find_tax_numbers

_FORMS: Final = Path(__file__).with_name("forms.txt")
Wanted = Mapping[str, re.Pattern[str]]
_PERIOD: Final = re.compile(
    r"(?<![\d/.-])(?:0?[1-9]|1[0-2])\s?[/.\- ]\s?20\d\d(?![\d/.-])|(?<!\d)20\d\d-(?:0[1-9]|1[0-2])(?![\d-])"
)
_YEAR: Final = re.compile(r"(?<!\d)(20[0-4]\d)(?!\d)")
#: A name in two boxes, `Nazwisko` and `Pierwsze imię`, by the field it makes.
_LAST: Final = pattern_of(["nazwisko"])
_FIRST: Final = pattern_of(["pierwsze imie", "imie"])
_NAMED: Final = {"pit_11": "employee", "pit_2": "employee", "zus_zua": "employee", "pit_37": "name"}


@lru_cache(maxsize=1)
def _shipped() -> dict[str, dict[str, re.Pattern[str]]]:
    forms: dict[str, dict[str, re.Pattern[str]]] = {}
    fields: dict[str, re.Pattern[str]] = {}
    for line in _FORMS.read_text("utf-8").splitlines():
        if line.startswith("@"):
            fields = forms.setdefault(line[1:].strip(), {})
        elif line.strip() and not line.startswith("#"):
            name, _, labels = line.partition(":")
            fields[name.strip()] = pattern_of([p.strip() for p in labels.split(";")])
    return forms


@lru_cache(maxsize=1024)
def wanted_fields(code: str, tree: TypeTree) -> Wanted:
    """The fields of a type and of those above it, with the labels they stand beside."""
    wanted: dict[str, re.Pattern[str]] = {}
    for above in tree.path(code):
        for name, pattern in _shipped().get(above, {}).items():
            wanted.setdefault(name, pattern)
        known = tree.get(above)
        for own in known.definition.get("fields", ()) if known is not None else ():
            wanted.setdefault(own["name"], pattern_of([plain(p) for p in own["phrases"]]))
    return wanted


def with_forms(findings: Findings, rows: Sequence[Row], code: str, ocr: bool) -> Findings:
    """What was found, with the fields of the form `code` where there is one.

    A form's own label outranks what was found without one, unless a checksum or the file itself speaks
    for that; a doubt about a field goes where the form has it for sure.
    """
    wanted = wanted_fields(code, current())
    if not rows or (not wanted and code != "employment_certificate"):
        return findings
    found = {f.name: f for f in findings.fields}
    new = {f.name: f for f in find_labelled_fields(rows, wanted, ocr)}
    if code in _NAMED and _NAMED[code] not in new:
        named = _composed(rows, _NAMED[code], ocr)
        if named is not None:
            new[named.name] = named
    if "period" in wanted:
        new.pop("period", None)
        period = _period(rows, wanted["period"])
        if period is not None:
            new["period"] = period
    if "tax_year" in wanted:
        new.pop("tax_year", None)
        year = _tax_year(rows, wanted["tax_year"])
        if year is not None:
            new["tax_year"] = year
    if "vendor" in wanted and "buyer" in wanted:
        labels = {SELLER: wanted["vendor"], BUYER: wanted["buyer"]}
        numbers = find_tax_numbers(rows, {**found, **new}, labels=labels)
        found = {name: f for name, f in found.items() if name not in labels or f.source == "structured"}
        new |= {f.name: f for f in numbers}
    if code == "employment_certificate":
        new |= find_certificate(rows)
    for name, field in new.items():
        old = found.get(name)
        better = old is None or (old.source != "structured" and (not old.check or bool(field.check)))
        if better and (old is None or field.confidence > SURE or field.confidence >= old.confidence):
            found[name] = field
    sure = {name for name in new if found[name].confidence >= SURE}
    doubtful = tuple(name for name in findings.doubtful if name not in sure)
    return replace(findings, fields=tuple(found.values()), doubtful=doubtful)


def _composed(rows: Sequence[Row], name: str, ocr: bool) -> FoundField | None:
    """First name and surname from boxes of their own."""
    parts = find_labelled_fields(rows, {"employee": _FIRST, "name": _LAST}, ocr)
    if len(parts) != 2 or not all(re.fullmatch(r"[^\W\d_][^\W\d_' -]{1,40}", p.value) for p in parts):
        return None
    first, last = parts
    confidence = min(first.confidence, last.confidence)
    return replace(
        last,
        name=name,
        value=f"{first.value} {last.value}",
        raw=f"{last.raw} {first.raw}",
        confidence=confidence,
    )


def _period(rows: Sequence[Row], label: re.Pattern[str]) -> FoundField | None:
    """The month a declaration is for, as printed: `03/2026`, also after the declaration's number `01`."""
    for row in rows[:60]:
        text = label_text(row)
        if label.search(text) is None:
            continue
        for near in rows[row.index : row.index + 3]:
            matches = list(_PERIOD.finditer(near.text))
            if near.page == row.page and matches:
                match = matches[-1]
                value = re.sub(r"\s", "", match.group())
                return at(near, match.start(), match.end(), "period", value, 0.75, "label")
    return None


def _tax_year(rows: Sequence[Row], label: re.Pattern[str]) -> FoundField | None:
    for row in rows[:40]:
        match = label.search(label_text(row))
        if match is None:
            continue
        for near in rows[row.index : row.index + 3]:
            year = _YEAR.search(near.text, match.end() if near is row else 0)
            if near.page == row.page and year is not None:
                return at(near, year.start(), year.end(), "tax_year", year.group(1), 0.8, "label")
    return None
