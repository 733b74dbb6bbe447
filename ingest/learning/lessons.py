"""Lessons: what a correction says of a sender's other papers, and its use on the next one.

Three things are learnt. That papers taken for one type are another. What stays the same on
all of a sender's papers (its name, tax number, address, account, currency). And, of what
changes from paper to paper, the place: the label that the right value stands beside or
under, and the order in which the sender writes day and month.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

from rapidfuzz import fuzz

from ingest.fields.amounts import amounts_in, normal
from ingest.fields.checks import outcomes
from ingest.fields.dates import find_dates
from ingest.fields.found import SURE, FoundField, at
from ingest.fields.labels import label_text
from ingest.fields.names import FIELDS
from ingest.fields.rows import Row, cells

#: The name under which a change of domain and type is kept; its values are type codes.
KIND: Final = "kind"
#: Where fields found by a lesson say they come from.
SOURCE: Final = "sender"
#: The same on all papers of a sender.
CONSTANT: Final = frozenset(
    [
        *("vendor", "vendor_nip", "vendor_address", "address", "bank_account", "currency"),
        *("employer", "employer_nip", "insurer", "carrier", "manufacturer", "sending_facility"),
    ]
)
_ROWS: Final = 400
_ALIKE: Final = 80.0  # of 100: a name misread once more, not another name
_CONFIDENCE: Final = 0.86
_ABOVE: Final = 3
_LABEL_WORDS: Final = 4
_IDENTIFIER: Final = re.compile(r"[\w][\w./\\-]*(?: ?/ ?[\w./-]+)*")

Where = Literal["right", "below"]


@dataclass(frozen=True, slots=True)
class Anchor:
    """Where a value stands: the folded `label`, the side, and which of its occurrences is meant.

    `nth` counts from the top; -1 means the last one. `american` is the order of day and
    month in dates, None where the date left no doubt or is none.
    """

    label: str
    where: Where
    nth: int
    american: bool | None = None


@dataclass(frozen=True, slots=True)
class Lesson:
    """One thing learnt. `before` is what was read (None: nothing), `after` what is right.

    A lesson about a place keeps neither: what stood there belongs to that one paper.
    """

    field: str
    before: str | None
    after: str
    anchor: Anchor | None = None


@dataclass(frozen=True, slots=True)
class _Place:
    value: str
    start: int
    end: int


def learn(rows: Sequence[Row], ocr: bool, changes: Mapping[str, tuple[str | None, str]]) -> list[Lesson]:
    """The lessons of one correction; `changes` gives (before, after) by field, `kind` by type code."""
    lessons = []
    for name, (before, after) in changes.items():
        if name == KIND or name in CONSTANT:
            lessons.append(Lesson(name, before, after))
        elif name in FIELDS:
            anchor = _anchor(rows, ocr, name, after)
            if anchor is not None:
                lessons.append(Lesson(name, None, "", anchor))
    return lessons


def lesson_of(data: Mapping[str, Any]) -> Lesson:
    """The inverse of `dataclasses.asdict`. Raises KeyError or TypeError for what is none."""
    anchor = data["anchor"]
    return Lesson(data["field"], data["before"], data["after"], Anchor(**anchor) if anchor else None)


def taught_type(lessons: Sequence[Lesson], doc_type: str, sure: bool) -> str | None:
    """The type that a sender's papers of this verdict were corrected to; None where nothing was."""
    for lesson in lessons:
        if lesson.field == KIND and lesson.after != doc_type and (lesson.before == doc_type or not sure):
            return lesson.after
    return None


def apply(
    rows: Sequence[Row], ocr: bool, lessons: Sequence[Lesson], fields: Sequence[FoundField]
) -> tuple[FoundField, ...]:
    """The fields as the lessons have them, newest lesson first; what a file states itself stays."""
    found = {f.name: f for f in fields}
    done: set[str] = set()
    for lesson in lessons:
        mine = found.get(lesson.field)
        if lesson.field == KIND or lesson.field in done or (mine is not None and mine.source == "structured"):
            continue
        better = _by_anchor(rows, ocr, lesson) if lesson.anchor else _constant(lesson, mine)
        if better is not None:
            done.add(lesson.field)
            found[lesson.field] = better
    if not done:
        return tuple(fields)
    checks = outcomes({name: f.value for name, f in found.items()})
    for name in done & checks.keys():
        found[name] = replace(found[name], check=checks[name])
    return tuple(found.values())


def _constant(lesson: Lesson, mine: FoundField | None) -> FoundField | None:
    """The taught value, where the paper has what was wrong before, nothing, or nothing sure."""
    if mine is not None and mine.value == lesson.after:
        return replace(mine, confidence=max(mine.confidence, _CONFIDENCE))
    wrong_again = mine is not None and (
        (lesson.before is not None and _similar(mine.value, lesson.before))
        or _similar(mine.value, lesson.after)
        or mine.confidence < SURE
    )
    if mine is not None and not wrong_again:
        return None
    if mine is None:
        return FoundField(lesson.field, lesson.after, lesson.after, _CONFIDENCE, None, None, SOURCE)
    return replace(mine, value=lesson.after, confidence=_CONFIDENCE, source=SOURCE, check=None)


def _similar(one: str, other: str) -> bool:
    return fuzz.ratio(one.casefold(), other.casefold()) >= _ALIKE


# -- places ------------------------------------------------------------------------


def _anchor(rows: Sequence[Row], ocr: bool, name: str, value: str) -> Anchor | None:
    for american in (None, False, True) if FIELDS[name].type == "date" else (None,):
        finder = _finder(name, ocr, bool(american))
        for row in rows[:_ROWS]:
            for place in finder(row):
                if not _same(name, place.value, value):
                    continue
                labelled = _label_of(rows, row, place)
                if labelled is not None:
                    label, where = labelled
                    doubtful = american if _doubtful(row, name) else None
                    return Anchor(label, where, _which(rows, ocr, label, where, row, name), doubtful)
    return None


def _doubtful(row: Row, name: str) -> bool:
    return FIELDS[name].type == "date" and any(d.other is not None for d in find_dates([row], False)[0])


def _same(name: str, found: str, value: str) -> bool:
    if FIELDS[name].type in ("date", "amount"):
        return found == value[: len(found)] if FIELDS[name].type == "date" else found == value
    return re.sub(r"\W", "", found).casefold() == re.sub(r"\W", "", value).casefold()


def _finder(name: str, ocr: bool, american: bool) -> Callable[[Row], list[_Place]]:
    """What in a row may be a value of the field's type, in normal form."""
    kind = FIELDS[name].type

    def amounts(row: Row) -> list[_Place]:
        return [_Place(normal(a.value), a.start, a.end) for a in amounts_in(row, ocr)]

    def dates(row: Row) -> list[_Place]:
        return [_Place(d.value.isoformat(), d.start, d.end) for d in find_dates([row], american)[0]]

    def identifiers(row: Row) -> list[_Place]:
        return [
            _Place(m.group().rstrip(".,-/"), m.start(), m.start() + len(m.group().rstrip(".,-/")))
            for m in _IDENTIFIER.finditer(row.text)
            if any(c.isdigit() for c in m.group())
        ]

    def texts(row: Row) -> list[_Place]:
        out = []
        for cell in cells(row):
            begin, end = cell[0].start, cell[-1].start + len(cell[-1].text)
            colon = row.text.find(":", begin, end)
            begin = colon + 1 if 0 <= colon < end - 1 else begin
            while begin < end and row.text[begin] in " \t.":
                begin += 1
            value = row.text[begin:end].replace("\t", " ").strip(" ,;")
            if value:
                out.append(_Place(value, begin, begin + len(value)))
        return out

    match kind:
        case "amount" | "integer":
            return amounts if kind == "amount" else identifiers
        case "date":
            return dates
        case "identifier":
            return identifiers
        case _:
            return texts


def _label_of(rows: Sequence[Row], row: Row, place: _Place) -> tuple[str, Where] | None:
    """The words that name a place: left of it in its row, else over it in one of the rows above."""
    label = _words(label_text(row)[: place.start])
    if label:
        return label, "right"
    mine = row.span(place.start, place.end)
    if not mine:
        return None
    for above in reversed(rows[max(0, row.index - _ABOVE) : row.index]):
        if above.page != row.page:
            return None
        for cell in cells(above):
            if cell[0].x0 <= mine[-1].x1 + 0.01 and cell[-1].x1 >= mine[0].x0 - 0.01:
                text = label_text(above)[cell[0].start : cell[-1].start + len(cell[-1].text)]
                label = _words(text)
                if label:
                    return label, "below"
                break
    return None


def _words(text: str) -> str:
    """The last few words of a text that are no figures; empty where too little stands there."""
    last = text.rstrip(" \t:.#=").rpartition("\t")[2]
    words = re.findall(r"[a-z][a-z.'/-]*", last)[-_LABEL_WORDS:]
    joined = " ".join(w.strip(".'/-") for w in words)
    return joined if sum(c.isalpha() for c in joined) >= 3 else ""


def _hits(
    rows: Sequence[Row], ocr: bool, label: str, where: Where, name: str, american: bool
) -> list[tuple[Row, _Place]]:
    pattern = re.compile(r"(?<![a-z])" + r"\W{1,3}".join(map(re.escape, label.split())) + r"(?![a-z])")
    finder = _finder(name, ocr, american)
    out = []
    for row in rows[:_ROWS]:
        for match in pattern.finditer(label_text(row)):
            if where == "right":
                right = [p for p in finder(row) if p.start >= match.end()]
                between = row.text[match.end() : right[0].start] if right else ""
                if right and not re.search(r"[^\W\d_]{3}", between):
                    out.append((row, right[0]))
            else:
                under = _under(rows, row, match, finder)
                if under is not None:
                    out.append(under)
    return out


def _under(
    rows: Sequence[Row], row: Row, match: re.Match[str], finder: Callable[[Row], list[_Place]]
) -> tuple[Row, _Place] | None:
    label = row.span(match.start(), match.end())
    for below in rows[row.index + 1 : row.index + 1 + _ABOVE] if label else ():
        if below.page != row.page:
            return None
        for place in finder(below):
            tokens = below.span(place.start, place.end)
            if tokens and tokens[0].x0 <= label[-1].x1 + 0.01 and tokens[-1].x1 >= label[0].x0 - 0.01:
                return below, place
    return None


def _which(rows: Sequence[Row], ocr: bool, label: str, where: Where, row: Row, name: str) -> int:
    """Which of a label's occurrences the row is: the last one (-1), or its number from the top."""
    found = [hit for hit, _ in _hits(rows, ocr, label, where, name, False)]
    indices = [r.index for r in found]
    if not indices or row.index == indices[-1]:
        return -1
    return indices.index(row.index) if row.index in indices else 0


def _by_anchor(rows: Sequence[Row], ocr: bool, lesson: Lesson) -> FoundField | None:
    anchor = lesson.anchor
    assert anchor is not None
    hits = _hits(rows, ocr, anchor.label, anchor.where, lesson.field, bool(anchor.american))
    if not hits:
        return None
    row, place = hits[anchor.nth] if -1 <= anchor.nth < len(hits) else hits[-1]
    return at(row, place.start, place.end, lesson.field, place.value, _CONFIDENCE, SOURCE)
