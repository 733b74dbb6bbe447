"""File plans from YAML, with errors that point at file, line and field."""

import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from akta.access.roles import DOMAINS, LEVELS
from akta.kernel.errors import AktaError
from retention.rules import Comparison, Period, Rule, Trigger
from retention.rules.model import ROUNDINGS

_COMPARISON = re.compile(r"^([a-z_]+)\s*(<=|>=|==|<|>)\s*(\S+)$")
_PERIOD = re.compile(r"^(?:(\d+)y)?\s*(?:(\d+)m)?\s*(?:(\d+)d)?$")
_CODE = re.compile(r"^[A-Z0-9][A-Z0-9.-]{1,39}$")
_CLASS_KEYS = {"code", "domain", "title", "confidentiality", "doc_types", "rules"}
_RULE_KEYS = {
    "id", "version", "trigger", "rounding", "period", "when", "kind", "action", "basis", "status",
    "verified", "only_if_known", "roll_to_working_day",
}  # fmt: skip


class ScheduleError(AktaError):
    """A schedule makes no sense; the message names file, line and field."""

    code = "schedule_invalid"


@dataclass(frozen=True, slots=True)
class PlanClass:
    """A class of a file plan as written. `source` is its plain data, for storing and comparing."""

    code: str
    jurisdiction: str
    domain: str
    title_pl: str
    title_en: str
    confidentiality: int
    doc_types: tuple[str, ...]
    rules: tuple[Rule, ...]
    source: dict[str, Any]


class _Lines(yaml.SafeLoader):
    """A loader that remembers where each mapping stood."""


def _mapping(loader: _Lines, node: yaml.MappingNode) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for key_node, value_node in node.value:
        key = loader.construct_object(key_node, deep=True)
        if key in made:
            raise ScheduleError(f"line {key_node.start_mark.line + 1}: '{key}' stands twice.")
        made[key] = loader.construct_object(value_node, deep=True)
    made["__line__"] = node.start_mark.line + 1
    return made


_Lines.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)


def load_plan(path: Path) -> list[PlanClass]:
    """The classes of a YAML file. Raises ScheduleError."""
    try:
        return parse_plan(path.read_text("utf-8"))
    except ScheduleError as error:
        raise ScheduleError(f"{path.name}: {error.message}") from error


def parse_plan(text: str) -> list[PlanClass]:
    """The classes of a plan. Raises ScheduleError that names the line."""
    try:
        data = yaml.load(text, _Lines)  # noqa: S506 - a SafeLoader
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f"line {mark.line + 1}: " if mark else ""
        raise ScheduleError(f"{line}this is not YAML ({getattr(error, 'problem', error)}).") from error
    except RecursionError as error:
        raise ScheduleError("The plan has too many brackets within brackets.") from error
    except (ValueError, OverflowError) as error:  # a date or number that cannot be
        raise ScheduleError(f"This is not YAML ({error}).") from error
    if not isinstance(data, dict) or not isinstance(data.get("classes"), list):
        raise ScheduleError("line 1: a plan needs a list named 'classes'.")
    jurisdiction = data.get("jurisdiction")
    if not isinstance(jurisdiction, str) or not jurisdiction:
        raise ScheduleError("line 1: a plan needs a 'jurisdiction'.")
    zone = str(data.get("zone", "Europe/Warsaw"))
    classes: list[PlanClass] = []
    codes: set[str] = set()
    takers: dict[str, str] = {}
    for item in data["classes"]:
        made = _class(item, jurisdiction, zone)
        line = item["__line__"]
        if made.code in codes:
            raise _wrong(line, "code", f"the class {made.code} stands twice")
        codes.add(made.code)
        for doc_type in made.doc_types:
            if doc_type in takers:
                raise _wrong(line, "doc_types", f"{doc_type} falls into {takers[doc_type]} already")
            takers[doc_type] = made.code
        classes.append(made)
    return classes


def _class(item: Any, jurisdiction: str, zone: str) -> PlanClass:
    if not isinstance(item, dict):
        raise ScheduleError("a class must be a mapping.")
    line = item["__line__"]
    _only(item, _CLASS_KEYS, line)
    code = str(item.get("code", ""))
    if not _CODE.match(code):
        raise _wrong(line, "code", "a code has capital letters, digits, dots and hyphens")
    if item.get("domain") not in DOMAINS:
        raise _wrong(line, "domain", f"is one of {', '.join(DOMAINS)}")
    title = item.get("title")
    if not isinstance(title, dict) or not title.get("pl") or not title.get("en"):
        raise _wrong(line, "title", "is needed in pl and en")
    level = item.get("confidentiality", 1)
    if level not in LEVELS:
        raise _wrong(line, "confidentiality", "is 1, 2 or 3")
    rules = item.get("rules")
    if not isinstance(rules, list) or not rules:
        raise _wrong(line, "rules", "a class needs at least one rule")
    doc_types = tuple(str(t) for t in item.get("doc_types") or ())
    return PlanClass(
        code,
        jurisdiction,
        item["domain"],
        title["pl"],
        title["en"],
        level,
        doc_types,
        tuple(rule_from_data(r, zone) for r in rules),
        _plain(item),
    )


def rule_from_data(item: dict[str, Any], zone: str = "Europe/Warsaw") -> Rule:
    """A rule from plain data (of YAML or of the database). Raises ScheduleError."""
    line = item.get("__line__", 0)
    _only(item, _RULE_KEYS, line)
    for key in ("id", "trigger", "period", "basis"):
        if key not in item:
            raise _wrong(line, key, "is missing")
    if item.get("rounding", "exact") not in ROUNDINGS:
        raise _wrong(line, "rounding", f"is one of {', '.join(ROUNDINGS)}")
    if item.get("kind", "keep") not in ("keep", "limit"):
        raise _wrong(line, "kind", "is keep or limit")
    return Rule(
        id=str(item["id"]),
        version=int(item.get("version", 1)),
        trigger=_trigger(item["trigger"], line),
        period=_period(item["period"], line),
        rounding=item.get("rounding", "exact"),
        conditions=tuple(_comparison(text, line) for text in item.get("when") or ()),
        kind=item.get("kind", "keep"),
        action=str(item.get("action", "destroy")),
        basis=str(item["basis"]),
        status=str(item.get("status", "draft")),
        verified=str(item.get("verified", "unverified")),
        zone=zone,
        only_if_known=bool(item.get("only_if_known", False)),
        roll_to_working_day=bool(item.get("roll_to_working_day", False)),
    )


def _trigger(value: Any, line: int) -> Trigger:
    if isinstance(value, str):
        return Trigger(() if value == "none" else (value,))
    if isinstance(value, dict):
        for choice in ("later_of", "earlier_of"):
            names = value.get(choice)
            if isinstance(names, list) and len(names) > 1:
                return Trigger(tuple(str(n) for n in names), choice)
    raise _wrong(line, "trigger", "is the name of a fact, or later_of / earlier_of with at least two")


def _period(value: Any, line: int) -> Period | None:
    text = str(value).strip().lower()
    if text == "permanent":
        return None
    match = _PERIOD.match(text)
    if not match or not any(match.groups()):
        raise _wrong(line, "period", "is written like 5y, 18m, 3y 6m, 90d, or permanent")
    years, months, days = (int(group or 0) for group in match.groups())
    if years > 1000 or months > 12_000 or days > 365_000:
        raise _wrong(line, "period", "is longer than a thousand years; write permanent")
    return Period(years, months, days)


def _comparison(text: Any, line: int) -> Comparison:
    match = _COMPARISON.match(str(text).strip())
    if match is None:
        raise _wrong(line, "when", "is written like 'hired_on >= 2019-01-01' or 'ria_filed == yes'")
    name, operator, value = match.groups()
    if value in ("yes", "no"):
        if operator != "==":
            raise _wrong(line, "when", "yes and no can only be compared with ==")
        return Comparison(name, "==", value == "yes")
    try:
        return Comparison(name, operator, date.fromisoformat(value))  # type: ignore[arg-type]
    except ValueError as error:
        raise _wrong(line, "when", f"{value} is not a date") from error


def _only(item: dict[str, Any], known: set[str], line: int) -> None:
    unknown = sorted(set(item) - known - {"__line__"})
    if unknown:
        raise _wrong(line, unknown[0], f"is not known here; known are {', '.join(sorted(known))}")


def _wrong(line: int, field: str, what: str) -> ScheduleError:
    return ScheduleError(f"line {line}, {field}: {what}.", line=line, field=field)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _plain(v) for k, v in value.items() if k != "__line__"}
    if isinstance(value, list):
        return [_plain(v) for v in value]
    return value if isinstance(value, (str, int, float, bool)) or value is None else str(value)
