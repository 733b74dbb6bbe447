"""File plans as tables: CSV with one line for each rule.

The class's own columns are filled in its first line; in further lines of the same code they
may be empty. Several values in a cell are parted by semicolons. The separator is a comma, or
a semicolon as spreadsheets in Poland write it.
"""

import csv
import io
from typing import Any

from akta.kernel.text import UNFIT, is_fit
from retention.rules.workdays import has_holidays
from retention.schedules.building import PlanItem, ScheduleError, classes_of, wrong
from retention.schedules.loading import Plan

CLASS_COLUMNS = (*("code", "jurisdiction", "title_pl", "title_en", "domain", "confidentiality", "doc_types"),)
RULE_COLUMNS = (
    *("rule", "version", "same_as", "kind", "trigger", "which", "rounding", "period", "leap", "when"),
    *("only_if_known", "roll_to_working_day", "hold_suspends", "part", "action", "needs", "basis"),
    *("status", "verified", "valid_from", "valid_to", "zone", "country", "note_pl", "note_en"),
)
COLUMNS = (*CLASS_COLUMNS, *RULE_COLUMNS)
REQUIRED = ("code", "jurisdiction", "title_pl", "title_en", "domain", "rule", "basis")
LISTS = ("doc_types", "when", "needs")
NUMBERS = ("confidentiality", "version")
FLAGS = ("only_if_known", "roll_to_working_day", "hold_suspends", "part")
_YES_NO = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}
#: A cell has no business being longer than this many signs.
_LARGEST = 20_000


def read_csv(text: str) -> Plan:
    """A plan in CSV. Raises ScheduleError that names line and column."""
    text = text.removeprefix("\ufeff")
    first = text.split("\n", 1)[0]
    separator = ";" if first.count(";") > first.count(",") else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        header = [name.strip() for name in next(reader, [])]
        _check_header(header)
        rows = []
        before = reader.line_num
        for cells in reader:
            if any(cell.strip() for cell in cells):
                rows.append((before + 1, _row(before + 1, header, cells)))
            before = reader.line_num
    except csv.Error as error:
        raise ScheduleError(f"line {reader.line_num}: this is not CSV ({error}).") from error
    if not rows:
        raise ScheduleError("line 1: there is no rule under the heading.", line=1)
    return Plan(tuple(classes_of(_items(rows))))


def _check_header(header: list[str]) -> None:
    for name in header:
        if name not in COLUMNS:
            raise wrong(1, name or "heading", f"is no column; known are {', '.join(COLUMNS)}")
        if header.count(name) > 1:
            raise wrong(1, name, "stands twice")
    for name in REQUIRED:
        if name not in header:
            raise wrong(1, name, "the column is missing")


def _row(line: int, header: list[str], cells: list[str]) -> dict[str, Any]:
    """The filled cells of a line, as values. Raises ScheduleError."""
    if len(cells) > len(header):
        raise wrong(line, header[-1], f"the line has {len(cells)} cells, the heading {len(header)}")
    made: dict[str, Any] = {}
    for name, cell in zip(header, cells, strict=False):
        value = cell.strip()
        if not value:
            continue
        if not is_fit(value):
            raise wrong(line, name, UNFIT)
        if len(value) > _LARGEST:
            raise wrong(line, name, "is too long")
        if name in LISTS:
            made[name] = [part.strip() for part in value.split(";") if part.strip()]
        elif name in FLAGS:
            if value.lower() not in _YES_NO:
                raise wrong(line, name, "is yes or no")
            made[name] = _YES_NO[value.lower()]
        elif name in NUMBERS:
            if not value.isascii() or not value.isdigit() or len(value) > 9:
                raise wrong(line, name, f"{value} is not a number")
            made[name] = int(value)
        else:
            made[name] = value
    return made


def _items(rows: list[tuple[int, dict[str, Any]]]) -> list[PlanItem]:
    """Classes with their rules; lines of one code belong together wherever they stand."""
    heads: dict[str, tuple[int, dict[str, Any]]] = {}
    rules: dict[str, list[PlanItem]] = {}
    for line, row in rows:
        code = row.get("code")
        if code is None:
            raise wrong(line, "code", "is missing")
        own = {key: value for key, value in row.items() if key in CLASS_COLUMNS}
        if code not in heads:
            heads[code] = line, own
        for key, value in own.items():
            if heads[code][1].get(key) != value:
                raise wrong(line, key, f"differs from that of line {heads[code][0]}, where {code} begins")
        rules.setdefault(code, []).append(_rule(line, row))
    made = []
    for code, (line, head) in heads.items():
        jurisdiction = str(head.get("jurisdiction", ""))
        country = jurisdiction if has_holidays(jurisdiction) else ""
        made.append(PlanItem({**head, "country": country}, line, {}, tuple(rules[code])))
    return made


def _rule(line: int, row: dict[str, Any]) -> PlanItem:
    rule = {key: value for key, value in row.items() if key in RULE_COLUMNS}
    if "rule" in rule:
        rule["id"] = rule.pop("rule")
    note = {language: rule.pop(f"note_{language}", None) for language in ("pl", "en")}
    if any(note.values()):
        rule["note"] = note
    return PlanItem(rule, line, {})
