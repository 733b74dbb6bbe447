"""Tax forms: which one, of which year, and what the boxes of American wage and income statements hold."""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from ingest.fields.amounts import Amount, amounts_in, normal
from ingest.fields.found import FoundField, at
from ingest.fields.labels import beside_or_below, label_text
from ingest.fields.rows import Row

_FORM: Final = re.compile(
    r"(?<![a-z])(?:form|formularz)\s{0,2}([a-z]{0,2}-?\d{1,4}[a-z]{0,4}(?:-[a-z0-9]{1,4})?)(?![a-z0-9])"
    r"|(?<![a-z])((?:pit|cit)[\s_/-]?\d{1,2}[a-z]{0,3}|vat[\s_-]?(?:\d{1,2}[a-z]?|r|ue|z|ud)"
    r"|zus[\s_-]?(?:dra|rca|rsa|rza|zua|zza|zwua|iwa|rmua|zcna|zfa|zpa|rpa|osw)"
    r"|jpk[\s_-]?(?:v7[mk]|fa|vat|mag|ewp|pkpir|kr|wb))(?![a-z0-9])"
)
_SCHEDULE: Final = re.compile(r"^\W*schedule\s([a-z]{1,2}|\d)(?![a-z0-9])(?:.*\(form\s(\d{3,4})\))?")
_OF_FORM: Final = re.compile(r"^\W*\(form\s(\d{3,4})[^)]*\)")
_YEAR: Final = re.compile(r"(?<!\d)(20[0-3]\d)(?!\d)")
_COUNTRIES: Final = (
    ("US", re.compile(r"internal revenue|department of the treasury|irs\.gov|omb no")),
    ("PL", re.compile(r"urz[aą]d skarbowy|podatnik|zus")),
)
_EIN: Final = re.compile(r"(?<![\d-])(\d{2})\s?-\s?(\d{7})(?![\d-])")
_SSN: Final = re.compile(r"(?<![\d-])\d{3}-\d{2}-\d{4}(?![\d-])")
#: The boxes of forms W-2 and 1099 that are looked for, by what is printed in them.
_BOXES: Final = {
    "wages": re.compile(r"wages,? [tl]ips,? oth[ae]r comp"),
    "federal_tax_withheld": re.compile(r"federal income tax withheld"),
    "social_security_wages": re.compile(r"so[ce]ial secur[il]ty wages"),
    "social_security_tax": re.compile(r"so[cs][il]al security ta[xr] withheld"),
    "medicare_tax": re.compile(r"medicare tax withheld"),
    "ordinary_dividends": re.compile(r"total ordinary dividends"),
}
_PERSONS: Final = {
    "employer": re.compile(r"employer.?s name"),
    "employee": re.compile(r"employee.?s (?:first )?name"),
    "payer": re.compile(r"payer.?s name"),
    "recipient": re.compile(r"recipient.?s name"),
}
_LAST_NAME: Final = re.compile(r"last name")
_BELOW: Final = 5  # rows under a box's label in which a name is looked for


def find_tax_form(rows: Sequence[Row], ocr: bool) -> list[FoundField]:
    """`form`, `tax_year` and `jurisdiction`; of American statements the numbers, names and main boxes too."""
    out: list[FoundField] = []
    form = _form(rows)
    if form is not None:
        out.append(form)
    for row in rows[:25]:
        year = _YEAR.search(row.text)
        if year and not re.search(r"rev|urodz|birth", label_text(row)):
            out.append(at(row, year.start(), year.end(), "tax_year", year.group(1), 0.7, "position"))
            break
    else:
        out.extend(_year_below(rows))
    everything = "\n".join(r.text for r in rows[:80]).lower()
    country = next((code for code, pattern in _COUNTRIES if pattern.search(everything)), "")
    if country:
        out.append(FoundField("jurisdiction", country, country, 0.9, rows[0].page, None, "pattern"))
    if country == "US" and form is not None and re.match(r"W-?2|1099|1098", form.value):
        out.extend(_statement(rows, ocr))
    return out


def _form(rows: Sequence[Row]) -> FoundField | None:
    votes: dict[str, tuple[float, Row, re.Match[str]]] = {}
    for row in rows[:120]:
        text = label_text(row).replace("–", "-")
        for match in _FORM.finditer(text):
            code = re.sub(r"[\s_]", "-", (match.group(1) or match.group(2)).upper())
            count, first, where = votes.get(code, (2.0 - row.index / 10, row, match))
            votes[code] = (count + 1, first, where)
    schedule = _schedule(rows)
    if schedule is not None:
        return schedule
    if not votes:
        return None
    code = max(votes, key=lambda c: votes[c][0])
    _, row, match = votes[code]
    return at(row, match.start(), match.end(), "form", code, 0.7, "label")


def _schedule(rows: Sequence[Row]) -> FoundField | None:
    """`1040 Sch SE` of a schedule, which names the form it belongs to in its head."""
    for row in rows[:4]:
        text = label_text(row)
        match = _SCHEDULE.match(text)
        if match is None:
            continue
        below = [_OF_FORM.match(label_text(r)) for r in rows[row.index + 1 : row.index + 3]]
        form = match.group(2) or next((m.group(1) for m in below if m), None)
        if form is not None:
            # From the row itself: matching labels turns digits in words to letters.
            code = row.text[match.start(1) : match.end(1)].upper()
            return at(row, match.start(), match.end(1), "form", f"{form} Sch {code}", 0.8, "label")
    return None


def _year_below(rows: Sequence[Row]) -> list[FoundField]:
    """The year beside the form's name, where it stands at the foot of the page."""
    for row in rows[25:120]:
        year = _YEAR.search(row.text)
        if year and re.search(r"form|statement", label_text(row)) and "rev" not in label_text(row):
            return [at(row, year.start(), year.end(), "tax_year", year.group(1), 0.65, "position")]
    return []


def _statement(rows: Sequence[Row], ocr: bool) -> list[FoundField]:
    out: list[FoundField] = []

    def amounts(row: Row) -> list[Amount]:
        return [a for a in amounts_in(row, ocr) if a.cents]

    for row in rows[:120]:
        text = label_text(row)
        for name, box in _BOXES.items():
            label = box.search(text)
            if label and all(f.name != name for f in out):
                hit = beside_or_below(rows, row, label.start(), label.end(), amounts)
                if hit is not None:
                    where, amount = hit
                    value = normal(amount.value)
                    out.append(at(where, amount.start, amount.end, name, value, 0.65, "label"))
        for name, pattern in (("employer_ein", _EIN), ("employee_ssn", _SSN)):
            number = pattern.search(row.text)
            if number and all(f.name != name for f in out):
                value = "-".join(number.groups()) if number.groups() else number.group()
                out.append(at(row, number.start(), number.end(), name, value, 0.85, "pattern"))
        for name, label_of in _PERSONS.items():
            label = label_of.search(text)
            if label and all(f.name != name for f in out):
                named = _name_below(rows, row, label, name)
                last = _LAST_NAME.search(text, label.end())
                out.extend(_whole(named, _name_below(rows, row, last, name)) if last else named)
    return out


def _whole(first: list[FoundField], last: list[FoundField]) -> list[FoundField]:
    """First and last name, which the form asks for side by side."""
    if not first or not last or first[0].value == last[0].value:
        return first or last
    value = f"{first[0].value} {last[0].value}"
    return [replace(first[0], value=value, raw=value)]


def _name_below(rows: Sequence[Row], row: Row, label: re.Match[str], name: str) -> list[FoundField]:
    """The first line under the label that is a name: capitals, no label of another box."""
    tokens = row.span(label.start(), label.end())
    if not tokens:
        return []
    x0, x1 = tokens[0].x0, tokens[-1].x1
    for below in rows[row.index + 1 : row.index + 1 + _BELOW]:
        if below.page != row.page:
            break
        under = [t for t in below.tokens if t.x0 < x1 + 0.1 and t.x1 > x0 - 0.02]
        if not under:
            continue
        start, end = under[0].start, under[-1].start + len(under[-1].text)
        text = below.text[start:end].split("\t")[0]
        if not re.fullmatch(r"[^\W\d_][\w&.,' -]{2,60}", text) or not text[:1].isupper():
            continue
        if re.search(r"\b(?:or|and|name|address|city|street|tin|no)\b", text.lower()):
            continue
        return [at(below, start, start + len(text), name, text.strip(" ,"), 0.6, "label")]
    return []
