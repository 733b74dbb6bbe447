"""Values beside or under their labels, checked by their type: how forms are read.

A form prints its label before the value (`NIP: 525…`), in a cell of its own, or small above the
value in a box. What may be the value is looked at in that order of likelihood, and taken only if
it is of the field's type; another label of the same form is never a value.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from ingest.fields.amounts import amounts_in, normal
from ingest.fields.checks import outcomes
from ingest.fields.dates import find_dates
from ingest.fields.found import FoundField, at
from ingest.fields.identifiers import iban_ok, nip_ok, pesel_ok, regon_ok
from ingest.fields.labels import label_text
from ingest.fields.names import FIELDS
from ingest.fields.rows import Row, cells

Span = tuple[Row, int, int]

_ROWS: Final = 250
_BELOW: Final = 3
_COLUMN: Final = 0.04  # of the page's width; what begins further left begins in another column
_LEAD: Final = re.compile(r"[\s:.=)*]{0,8}")
_NUMBERED: Final = re.compile(r"^\W{0,2}\d{1,3}[a-z]?\.\s")
_ON: Final = re.compile(r"(?:\s+[a-zà-ž/()-]+){1,5}\s*(?:\([^)]{1,30}\))?\s*(:\s*)?")
_HEADING: Final = re.compile(r"[A-Z]{1,3}\.\s|[^a-zà-ž]{12,}$")
_LEGAL_END: Final = re.compile(r"(?:o\.\s?o|S\.\s?A|Sp\.\s?[kjpKJP]|\b[A-Z])\.?$")
_DIGITS: Final = re.compile(r"\d(?:[ \-]?\d){4,30}")
_CODE: Final = re.compile(r"(?:\b[A-Z]{1,5} )?[^\W_][\w./\\-]*(?: ?/ ?[\w./-]+)*")
_PARTED: Final = re.compile(r"\s{2,}|;|,\s(?=[^\W\d_][^:,]{1,30}:)|\s(?=(?:NIP|REGON|PESEL|ur\.|zam\.)\b)")
_INSURANCE: Final = re.compile(r"\b\d\d ?\d\d ?\d ?\d\b")
_CHECKED: Final = {"pesel": pesel_ok, "regon": regon_ok}
_LENGTHS: Final = {"pesel": (11,), "regon": (9, 14)}
_SURE_CHECKED, _SURE, _SURE_BELOW, _WRONG = 0.95, 0.78, 0.72, 0.4


def pattern_of(phrases: Sequence[str]) -> re.Pattern[str]:
    """One pattern for phrases already folded (`ingest.classify.words.plain`), longest first.

    Phrases are taken as words, never as patterns.
    """
    parts = [
        r"[\s.:/()-]{0,3}".join(re.escape(word) for word in re.findall(r"[^\W_]+", phrase))
        for phrase in sorted(phrases, key=len, reverse=True)
    ]
    return re.compile(r"(?<![^\W_])(?:" + "|".join(p for p in parts if p) + r")(?![^\W_])")


def find_labelled_fields(
    rows: Sequence[Row], wanted: Mapping[str, re.Pattern[str]], ocr: bool
) -> list[FoundField]:
    """The wanted fields, at most one of each name. Runs in time linear in the rows for each field."""
    found = []
    for name, pattern in wanted.items():
        if name not in FIELDS:
            continue
        value = _find(rows, name, pattern, tuple(wanted.values()), ocr)
        if value is not None:
            found.append(value)
    return found


def _find(
    rows: Sequence[Row],
    name: str,
    pattern: re.Pattern[str],
    labels: tuple[re.Pattern[str], ...],
    ocr: bool,
) -> FoundField | None:
    doubtful: FoundField | None = None
    for row in rows[:_ROWS]:
        text = label_text(row)
        for match in pattern.finditer(text):
            if any(_longer(other, text, match) for other in labels):
                continue  # it only begins another label
            for rank, span in enumerate(_candidates(rows, row, match, labels)):
                value = _typed(span, name, ocr, _SURE if rank == 0 else _SURE_BELOW)
                value = value and _continued(rows, span, value, labels)
                if value is None:
                    continue
                if value.confidence > _WRONG:
                    return value
                doubtful = doubtful or value
    return doubtful


def _longer(pattern: re.Pattern[str], text: str, match: re.Match[str]) -> bool:
    other = pattern.match(text, match.start())
    return other is not None and other.end() > match.end()


def _candidates(
    rows: Sequence[Row], row: Row, match: re.Match[str], labels: tuple[re.Pattern[str], ...]
) -> Iterator[Span]:
    """Where the value may stand: after the label in its cell, in the cell beside it, in the one below."""
    start, end = match.span()
    parts = [(c[0].start, c[-1].start + len(c[-1].text)) for c in cells(row)]
    mine = next(((a, b) for a, b in parts if a <= start < b), (start, end))
    rest = end + _lead(row.text[end : mine[1]])
    head = _NUMBERED.sub("", label_text(row)[mine[0] : start]).strip(" (")
    if rest >= mine[1]:
        # Headings that stand close come as one cell: the last of them has its own column.
        yield from _beside_and_below(rows, row, (start if head else mine[0], mine[1]), parts, labels)
    elif ":" in row.text[end:rest]:
        yield row, rest, mine[1]
    elif not head:
        # The label may go on (`Nazwa pełna płatnika: …`), unless it is a word that begins many labels.
        on = _ON.match(row.text[end : mine[1]])
        if on is None:
            yield row, rest, mine[1]
        elif len(match.group().split()) > 1 and on.group(1):
            yield row, end + on.end(), mine[1]
        elif len(match.group().split()) > 1 and end + on.end() >= mine[1]:
            yield from _beside_and_below(rows, row, mine, parts, labels)
    # Words before and after it and no colon: the phrase stands in a sentence.


def _beside_and_below(
    rows: Sequence[Row],
    row: Row,
    mine: tuple[int, int],
    parts: list[tuple[int, int]],
    labels: tuple[re.Pattern[str], ...],
) -> Iterator[Span]:
    beside = [(row, a, b) for a, b in parts if a >= mine[1]][:1]
    below = _below(rows, row, *mine)
    boxed = _NUMBERED.match(row.text[mine[0] : mine[1]]) is not None
    if below and row.height > 0 and below[0][0].height > 1.06 * row.height:
        boxed = True  # small print above what is filled in
    for span in (*below, *beside) if boxed else (*beside, *below):
        if not _is_label(span, labels):
            yield span


def _below(rows: Sequence[Row], row: Row, start: int, end: int) -> list[Span]:
    label = row.span(start, end)
    if not label:
        return []
    x0, x1 = label[0].x0, label[-1].x1
    for under in rows[row.index + 1 : row.index + 1 + _BELOW]:
        if under.page != row.page:
            break
        near = [c for c in cells(under) if c[0].x0 <= x1 + 0.01 and c[-1].x1 >= x0 - 0.01]
        if near:  # headings stand in the middle of their columns, figures at either side
            cell = max(near, key=lambda c: min(c[-1].x1, x1) - max(c[0].x0, x0))
            if cell[0].x0 < x0 - _COLUMN:  # two columns of figures that stand close
                cell = tuple(t for t in cell if t.x1 > x0) or cell
            return [(under, cell[0].start, cell[-1].start + len(cell[-1].text))]
    return []


def _is_label(span: Span, labels: tuple[re.Pattern[str], ...]) -> bool:
    row, start, end = span
    if _NUMBERED.match(row.text[start:end]) and not any(c.isdigit() for c in row.text[start + 4 : end]):
        return True
    text = _NUMBERED.sub("", label_text(row)[start:end]).strip(" .:*")
    return any((m := pattern.match(text)) is not None and m.end() >= 0.6 * len(text) for pattern in labels)


def _continued(
    rows: Sequence[Row], span: Span, value: FoundField, labels: tuple[re.Pattern[str], ...]
) -> FoundField:
    """A name or text with the line it goes on in, where the line below is plainly that."""
    row, start, end = span
    if FIELDS[value.name].type not in ("party", "text") or row.height <= 0 or row.index + 1 >= len(rows):
        return value
    if value.name in ("vendor", "buyer"):
        return value  # an address stands below
    if not row.text[start:end].rstrip(" .").endswith(value.raw.rstrip(" .")):
        return value  # something else follows it in its own line
    below = rows[row.index + 1]
    near = below.page == row.page and below.top - row.top < 1.75 * row.height
    mine = row.span(start, end)
    cell = next((c for c in cells(below) if abs(c[0].x0 - mine[0].x0) < 0.012), None)
    beside = start > 0 and row.text[start - 1] == "\t"
    if cell is None and not beside and mine[-1].x1 > 0.72:  # a long line after a colon
        cell = next(iter(cells(below)), None)
    if not near or cell is None or abs(below.height - row.height) > 0.15 * row.height:
        return value
    text = below.text[cell[0].start : cell[-1].start + len(cell[-1].text)]
    whole = cell[0].start == 0 or not beside
    alone = whole and len(cells(below)) == 1
    if not alone or ":" in text or _is_label((below, cell[0].start, cell[0].start + len(text)), labels):
        return value
    if _NUMBERED.match(text) or len(text) > 80 or _HEADING.match(text):
        return value
    goes_on = text[0].islower() or text[0] in "(&"
    if FIELDS[value.name].type == "party":
        goes_on = not _LEGAL_END.search(value.value) and _LEGAL_END.search(text) is not None
    if not goes_on:
        return value
    return replace(value, value=f"{value.value} {text}", raw=f"{value.raw} {text}")


def _lead(text: str) -> int:
    match = _LEAD.match(text)
    return match.end() if match else 0


def _typed(span: Span, name: str, ocr: bool, sure: float) -> FoundField | None:
    """The first value of the field's type in a span of a row."""
    row, start, end = span
    kind = FIELDS[name].type
    if kind == "date":
        days = [d for d in find_dates([row], american=False)[0] if start <= d.start and d.end <= end]
        day = min(days, key=lambda d: d.start, default=None)
        return (
            None if day is None else at(row, day.start, day.end, name, day.value.isoformat(), sure, "label")
        )
    if kind == "amount":
        sums = [a for a in amounts_in(row, ocr) if start <= a.start and a.end <= end]
        money = min(sums, key=lambda a: a.start, default=None)
        if money is None:
            return None
        return at(row, money.start, money.end, name, normal(money.value), sure, "label")
    text = row.text[start:end]
    if kind == "integer":
        number = re.search(r"(?<![\d.,/-])\d{1,12}(?![\d.,/-]\d|\d)", text)
        if number is None:
            return None
        begin = start + number.start()
        return at(row, begin, begin + len(number.group()), name, str(int(number.group())), sure, "label")
    if kind == "identifier":
        return _identifier(row, start, text, name, sure)
    if kind == "currency":
        code = re.search(r"\b[A-Z]{3}\b", text)
        return code and at(row, start + code.start(), start + code.end(), name, code.group(), sure, "label")
    value = _PARTED.split(text, maxsplit=1)[0].strip(" ,:_'–-") if kind == "party" else text.strip(" .:_")
    value = (
        value if _LEGAL_END.search(value) else value.rstrip(".").strip('" ' if value.count('"') == 2 else " ")
    )
    if not 2 <= len(value) <= 120 or sum(c.isalpha() for c in value) < 2 or _NUMBERED.match(value):
        return None
    begin = start + text.index(value)
    return at(row, begin, begin + len(value), name, value, sure, "label")


def _identifier(row: Row, start: int, text: str, name: str, sure: float) -> FoundField | None:
    """A number with check digits where the field's has some, else the first word with a digit in it."""
    if name in _CHECKED or name.endswith("_nip"):
        best: FoundField | None = None
        for match in _DIGITS.finditer(text):
            digits = re.sub(r"\D", "", match.group())
            right = nip_ok(digits) if name.endswith("_nip") else _CHECKED[name](digits)
            if not right and len(digits) not in _LENGTHS.get(name, (10,)):
                continue
            check = outcomes({name: digits}).get(name)
            begin = start + match.start()
            found = at(
                row,
                begin,
                start + match.end(),
                name,
                digits,
                _SURE_CHECKED if right else _WRONG,
                "label",
                check,
            )
            if right:
                return found
            best = best or found
        return best
    if name == "bank_account":
        for match in re.finditer(r"(?:[A-Z]{2})?\s?\d{2}(?:[ -]?\d{4}){4,7}", text):
            digits = re.sub(r"[\s-]", "", match.group())
            digits = digits if digits[:2].isalpha() else "PL" + digits
            if iban_ok(digits):
                begin = start + match.start()
                check = outcomes({name: digits}).get(name)
                return at(row, begin, start + match.end(), name, digits, _SURE_CHECKED, "label", check)
        return None
    if name == "insurance_code":
        code = _INSURANCE.search(text)
        begin = start + code.start() if code else 0
        return code and at(row, begin, begin + len(code.group()), name, code.group(), sure, "label")
    for match in _CODE.finditer(text):
        value = match.group().strip("./-")
        if any(c.isdigit() for c in value) and len(value) <= 60:
            begin = start + match.start() + match.group().index(value)
            return at(row, begin, begin + len(value), name, value, sure, "label")
    return None
