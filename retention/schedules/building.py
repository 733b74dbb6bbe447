"""Classes made from what a file says, whatever kind of file it was."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from akta.access.roles import DOMAINS, LEVELS
from akta.kernel.errors import AktaError
from retention.rules import Rule
from retention.rules.language import RULE_KEYS, WrongFieldError, read_rule, rule_data

_CODE = re.compile(r"[A-Z0-9][A-Z0-9.-]{1,39}")
_DOC_TYPE = re.compile(r"[^\s;,]{1,60}")
_CLASS_KEYS = {
    *("code", "jurisdiction", "zone", "country", "domain", "title_pl", "title_en", "confidentiality"),
    "doc_types",
}
_TOLD_CLASS_KEYS = "code, confidentiality, country, doc_types, domain, jurisdiction, rules, title, zone"
#: What a rule takes over from the one that `same_as` names, unless it says otherwise itself.
TAKEN_OVER = (
    *("trigger", "which", "period", "leap", "rounding", "kind", "action", "needs", "zone", "country"),
    *("roll_to_working_day", "hold_suspends"),
)


class ScheduleError(AktaError):
    """A schedule makes no sense; the message names file, line and field."""

    code = "schedule_invalid"


@dataclass(frozen=True, slots=True)
class PlanClass:
    """A class of a file plan as written. `source` is its plain data, for storing and comparing.

    `lines` are the lines on which the class and its rules (by place) stood, for findings.
    """

    code: str
    jurisdiction: str
    domain: str
    title_pl: str
    title_en: str
    confidentiality: int
    doc_types: tuple[str, ...]
    rules: tuple[Rule, ...]
    source: dict[str, Any]
    line: int = field(default=0, compare=False)
    rule_lines: tuple[int, ...] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class PlanItem:
    """A class or rule as a file has it: its fields, where it stood, where each field stood."""

    fields: dict[str, Any]
    line: int
    lines: Mapping[str, int]
    rules: tuple["PlanItem", ...] = ()

    def wrong(self, key: str, what: str) -> ScheduleError:
        """An error that points at a field."""
        return wrong(self.lines.get(key, self.line), key, what)


def wrong(line: int, key: str, what: str) -> ScheduleError:
    """An error that points at line and field."""
    return ScheduleError(f"line {line}, {key}: {what}.", line=line, field=key)


def classes_of(items: Sequence[PlanItem]) -> list[PlanClass]:
    """The classes of a plan. Raises ScheduleError."""
    by_id = {str(rule.fields.get("id")): rule for item in items for rule in item.rules}
    classes: list[PlanClass] = []
    codes: set[str] = set()
    takers: dict[str, str] = {}
    versions: dict[tuple[str, int], str] = {}
    for item in items:
        made = _class(item, by_id)
        if made.code in codes:
            raise item.wrong("code", f"the class {made.code} stands twice")
        codes.add(made.code)
        for doc_type in made.doc_types:
            if doc_type in takers:
                raise item.wrong("doc_types", f"{doc_type} falls into {takers[doc_type]} already")
            takers[doc_type] = made.code
        for rule, written in zip(made.rules, item.rules, strict=True):
            if (rule.id, rule.version) in versions:
                other = versions[rule.id, rule.version]
                raise written.wrong("id", f"{rule.id} version {rule.version} stands in {other} already")
            versions[rule.id, rule.version] = made.code
        classes.append(made)
    return classes


def _class(item: PlanItem, by_id: Mapping[str, PlanItem]) -> PlanClass:
    fields = item.fields
    for key in fields:
        if key not in _CLASS_KEYS:
            raise item.wrong(key, f"is not known here; known are {_TOLD_CLASS_KEYS}")
    code = str(fields.get("code", ""))
    if not _CODE.fullmatch(code):
        raise item.wrong("code", "a code has capital letters, digits, dots and hyphens")
    jurisdiction = fields.get("jurisdiction")
    if not isinstance(jurisdiction, str) or not 1 <= len(jurisdiction) <= 8:
        raise item.wrong("jurisdiction", "is one like PL, at most 8 letters")
    if fields.get("domain") not in DOMAINS:
        raise item.wrong("domain", f"is one of {', '.join(DOMAINS)}")
    written = [fields.get("title_pl"), fields.get("title_en")]
    titles = [title.strip() for title in written if isinstance(title, str) and title.strip()]
    if len(titles) < 2:
        raise item.wrong("title", "is needed in pl and en")
    if any(len(title) > 200 for title in titles):
        raise item.wrong("title", "is longer than 200 signs")
    level = fields.get("confidentiality", 1)
    if isinstance(level, bool) or level not in LEVELS:
        raise item.wrong("confidentiality", "is 1, 2 or 3")
    doc_types = fields.get("doc_types") or []
    if not isinstance(doc_types, list) or not all(
        isinstance(t, str) and _DOC_TYPE.fullmatch(t) for t in doc_types
    ):
        raise item.wrong("doc_types", "is a list of document types")
    if not item.rules:
        raise item.wrong("rules", "a class needs at least one rule")
    rules = tuple(_rule(rule, fields, by_id) for rule in item.rules)
    made = {
        "code": code,
        "jurisdiction": jurisdiction,
        "domain": fields["domain"],
        "title": {"pl": titles[0], "en": titles[1]},
        "confidentiality": level,
        "doc_types": list(doc_types),
        "rules": [rule_data(rule) for rule in rules],
    }
    return PlanClass(
        code,
        jurisdiction,
        fields["domain"],
        titles[0],
        titles[1],
        level,
        tuple(made["doc_types"]),
        rules,
        made,
        item.line,
        tuple(rule.line for rule in item.rules),
    )


def _rule(item: PlanItem, fields: Mapping[str, Any], by_id: Mapping[str, PlanItem]) -> Rule:
    for key in item.fields:
        if key not in RULE_KEYS:
            raise item.wrong(key, f"is not known here; known are {', '.join(sorted(RULE_KEYS))}")
    data = _resolved(item, by_id, ())
    data.pop("same_as", None)
    try:
        return read_rule(data, fields.get("zone", "Europe/Warsaw"), fields.get("country", ""))
    except WrongFieldError as error:
        raise item.wrong(error.field, error.what) from error


def _resolved(item: PlanItem, by_id: Mapping[str, PlanItem], seen: tuple[str, ...]) -> dict[str, Any]:
    """A rule's fields with those that it takes over from the rule it is the same as."""
    wanted = item.fields.get("same_as")
    if wanted is None:
        return dict(item.fields)
    path = (*seen, str(item.fields.get("id")))
    if wanted in path:
        raise item.wrong("same_as", f"goes round in a circle: {' -> '.join((*path, str(wanted)))}")
    other = by_id.get(str(wanted))
    if other is None:
        raise item.wrong("same_as", f"there is no rule {wanted} in this plan")
    taken = _resolved(other, by_id, path)
    return {**{k: taken[k] for k in TAKEN_OVER if k in taken}, **item.fields}
