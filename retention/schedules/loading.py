"""File plans from YAML, with errors that point at file, line and field."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from akta.kernel.text import UNFIT, is_fit
from retention.rules import Rule
from retention.rules.language import WrongFieldError, read_rule
from retention.rules.workdays import has_holidays
from retention.schedules.building import PlanClass, PlanItem, ScheduleError, classes_of, wrong

__all__ = ["PlanClass", "ScheduleError", "load_plan", "parse_plan", "rule_from_data"]

_PLAIN = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,8})")
_PLAN_KEYS = {"jurisdiction", "zone", "country", "facts", "classes"}


class _Mapping(dict[str, Any]):
    """A mapping that remembers where it stood, and each of its keys."""

    line = 0
    lines: Mapping[str, int]


class _Lines(yaml.SafeLoader):
    """A loader whose mappings remember their lines."""


def _mapping(loader: _Lines, node: yaml.MappingNode) -> _Mapping:
    made = _Mapping()
    made.line = node.start_mark.line + 1
    lines: dict[str, int] = {}
    for key_node, value_node in node.value:
        line = key_node.start_mark.line + 1
        key = loader.construct_object(key_node, deep=True)
        if not isinstance(key, str):
            raise ScheduleError(f"line {line}: '{key}' is not the name of a field.", line=line)
        if key in made:
            raise ScheduleError(f"line {line}: '{key}' stands twice.", line=line)
        made[key] = loader.construct_object(value_node, deep=True)
        lines[key] = line
    made.lines = lines
    return made


def _text(loader: _Lines, node: yaml.ScalarNode) -> str:
    value = str(loader.construct_scalar(node))
    if not is_fit(value):
        line = node.start_mark.line + 1
        raise ScheduleError(f"line {line}: {UNFIT}.", line=line)
    return value


def _day(loader: _Lines, node: yaml.ScalarNode) -> Any:
    """A day; what looks like one and is none stays text, so that the error names its line and field."""
    try:
        return loader.construct_yaml_timestamp(node)
    except (ValueError, OverflowError):
        return loader.construct_scalar(node)


def _number(loader: _Lines, node: yaml.ScalarNode) -> Any:
    """A whole number in plain digits; `1:30` (in sixties), `0x10`, `1_000` and endless ones stay text."""
    text = str(loader.construct_scalar(node))
    return int(text) if _PLAIN.fullmatch(text) else text


_Lines.add_constructor("tag:yaml.org,2002:timestamp", _day)
_Lines.add_constructor("tag:yaml.org,2002:int", _number)
_Lines.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)
_Lines.add_constructor(yaml.resolver.BaseResolver.DEFAULT_SCALAR_TAG, _text)


@dataclass(frozen=True, slots=True)
class Plan:
    """A file plan: its classes, and the facts of its own that it names."""

    classes: tuple[PlanClass, ...]
    facts: frozenset[str] = field(default_factory=frozenset)


def load_plan(path: Path) -> list[PlanClass]:
    """The classes of a YAML file. Raises ScheduleError."""
    try:
        return parse_plan(path.read_text("utf-8"))
    except ScheduleError as error:
        raise ScheduleError(f"{path.name}: {error.message}", **error.params) from error


def parse_plan(text: str) -> list[PlanClass]:
    """The classes of a plan. Raises ScheduleError that names the line."""
    return list(read_yaml(text).classes)


def read_yaml(text: str) -> Plan:
    """A plan in YAML. Raises ScheduleError that names the line."""
    data = _yaml(text)
    if not isinstance(data, _Mapping) or not isinstance(data.get("classes"), list):
        raise ScheduleError("line 1: a plan needs a list named 'classes'.", line=1, field="classes")
    for key in data:
        if key not in _PLAN_KEYS:
            known = ", ".join(sorted(_PLAN_KEYS))
            raise wrong(data.lines[key], key, f"is not known here; known are {known}")
    jurisdiction = "NO" if data.get("jurisdiction") is False else data.get("jurisdiction")
    if not isinstance(jurisdiction, str) or not jurisdiction:
        raise ScheduleError("line 1: a plan needs a 'jurisdiction'.", line=1, field="jurisdiction")
    country = data["country"] if "country" in data else jurisdiction if has_holidays(jurisdiction) else ""
    defaults = {"jurisdiction": jurisdiction, "zone": data.get("zone", "Europe/Warsaw"), "country": country}
    facts = data.get("facts") or []
    if not isinstance(facts, list) or not all(isinstance(name, str) for name in facts):
        raise wrong(data.lines["facts"], "facts", "is a list of names")
    items = [_item(entry, defaults) for entry in data["classes"]]
    return Plan(tuple(classes_of(items)), frozenset(facts))


def rule_from_data(item: dict[str, Any], zone: str = "Europe/Warsaw") -> Rule:
    """A rule from plain data, as a class of the database has it. Raises ScheduleError."""
    try:
        return read_rule(item, zone)
    except WrongFieldError as error:
        raise wrong(0, error.field, error.what) from error


def _item(entry: Any, defaults: Mapping[str, Any]) -> PlanItem:
    """A class as it is written, its rules with their lines."""
    if not isinstance(entry, _Mapping):
        raise ScheduleError("a class must be a mapping.", line=0, field="classes")
    title = entry.get("title")
    if title is not None and not isinstance(title, dict):
        raise wrong(entry.lines["title"], "title", "is needed in pl and en")
    rules = entry.get("rules")
    if not isinstance(rules, list) or not rules:
        raise wrong(entry.lines.get("rules", entry.line), "rules", "a class needs at least one rule")
    made = []
    for rule in rules:
        if not isinstance(rule, _Mapping):
            raise wrong(entry.lines["rules"], "rules", "a rule must be a mapping")
        made.append(PlanItem(dict(rule), rule.line, rule.lines))
    fields = {**defaults, **{k: v for k, v in entry.items() if k not in ("rules", "title")}}
    fields |= {f"title_{language}": (title or {}).get(language) for language in ("pl", "en")}
    lines = {**entry.lines}
    if "title" in lines:
        lines |= {"title_pl": lines["title"], "title_en": lines["title"]}
    return PlanItem(fields, entry.line, lines, tuple(made))


def _yaml(text: str) -> Any:
    try:
        return yaml.load(text, _Lines)  # noqa: S506 - a SafeLoader
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f"line {mark.line + 1}: " if mark else ""
        raise ScheduleError(f"{line}this is not YAML ({getattr(error, 'problem', error)}).") from error
    except RecursionError as error:
        raise ScheduleError("The plan has too many brackets within brackets.") from error
    except (ValueError, OverflowError, TypeError, LookupError, AttributeError) as error:
        # A value that is none of the kind it is said to be, such as `!!bool x`.
        raise ScheduleError(f"This is not YAML ({error}).") from error
