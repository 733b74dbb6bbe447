"""What follows for one record from its class, its facts, its extensions and what a locked class has fixed.

Pure but for a memory of what was computed before: many records share the same facts.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from akta.records.models import RecordClass
from retention.keeping.facts import Known
from retention.keeping.length import day_of
from retention.keeping.models import Extension
from retention.rules import Decision, Fact, Rule, Step, compute, longest
from retention.schedules.fileplan import rules_of

#: What a class that keeps for ever fixes.
FOR_EVER: Final = date.max
_REMEMBERED: Final = 20_000
#: Facts that a rule may use though it does not name them.
_ALWAYS: Final = ("document_date", "fiscal_year_end")


@dataclass(frozen=True, slots=True)
class Derived:
    """A derivation as it is stored, and what else follows for the record's row."""

    derivation: dict[str, Any]
    locked_through: date | None
    entity_id: str | None

    @property
    def outcome(self) -> str:
        return str(self.derivation["outcome"])

    @property
    def retain_through(self) -> date | None:
        return day_of(self.derivation)


@dataclass(slots=True)
class Deriver:
    """Derives keeping; remembers the rules of classes and the decisions on equal facts."""

    locked: frozenset[str] = frozenset()
    _rules: dict[tuple[str, int], list[Rule]] = field(default_factory=dict)
    _decided: dict[Any, dict[str, Any]] = field(default_factory=dict)

    def derive(self, cls: RecordClass, known: Known, floor: date | None) -> Derived:
        """Until when a record with these facts is kept; never before `floor`, which a locked class fixed."""
        base = self._base(cls, known)
        derivation = {**base, "class": cls.code, "class_version": cls.version, "steps": list(base["steps"])}
        for extension in known.extensions:
            derivation = extended(derivation, extension)
        if cls.code in self.locked:
            floor = _fixed(derivation)
        elif floor is not None:
            derivation = not_before(derivation, floor)
        return Derived(derivation, floor, known.entity_id)

    def asked(self, cls: RecordClass) -> frozenset[str]:
        """The facts that the rules of a class ask for."""
        names: set[str] = set()
        for rule in self._rules_of(cls):
            names |= asked_by(rule)
        return frozenset(names)

    def _base(self, cls: RecordClass, known: Known) -> dict[str, Any]:
        names = self.asked(cls) | set(_ALWAYS)
        facts = {name: fact for name, fact in known.facts.items() if name in names}
        key = (cls.code, cls.version, tuple(sorted(facts.items())), known.calendar)
        found = self._decided.get(key)
        if found is None:
            if len(self._decided) >= _REMEMBERED:
                self._decided.clear()
            found = self._decided[key] = decide(cls, facts, self._rules_of(cls)).as_dict()
            found["facts"] = {name: _plain(fact) for name, fact in sorted(facts.items())}
        return found

    def _rules_of(self, cls: RecordClass) -> list[Rule]:
        key = (cls.code, cls.version)
        if key not in self._rules:
            self._rules[key] = rules_of(cls)
        return self._rules[key]


def decide(cls: RecordClass, facts: dict[str, Fact], rules: Sequence[Rule] | None = None) -> Decision:
    """What the rules of a class say together, beginning with the class itself."""
    rules = rules_of(cls) if rules is None else rules
    decision = longest([compute(rule, facts) for rule in rules if rule.kind == "keep"])
    head = Step("class", {"class": cls.code, "title_pl": cls.title_pl, "title_en": cls.title_en})
    return Decision(
        decision.outcome,
        decision.retain_through,
        (head, *decision.steps),
        decision.rule_id,
        decision.rule_version,
        decision.action,
        decision.missing,
        decision.conflicts,
    )


def asked_by(rule: Rule) -> set[str]:
    """The facts that a rule asks for."""
    return {*rule.trigger.facts, *(condition.fact for condition in rule.conditions)}


def extended(derivation: dict[str, Any], extension: Extension) -> dict[str, Any]:
    """The derivation with a further duty to keep; it only ever lengthens."""
    step = {"extension": extension.id, "date": extension.until.isoformat()}
    through = day_of(derivation)
    lengthens = derivation["outcome"] == "until" and through is not None and through < extension.until
    return _with(derivation, "extended", step, extension.until if lengthens else None)


def not_before(derivation: dict[str, Any], floor: date) -> dict[str, Any]:
    """The derivation, kept at least through a day that a locked class has fixed."""
    through = day_of(derivation)
    if derivation["outcome"] != "until" or through is None or through >= floor:
        return derivation
    if floor == FOR_EVER:
        made = _with(derivation, "locked", {}, None)
        return {**made, "outcome": "permanent", "retain_through": None}
    return _with(derivation, "locked", {"date": floor.isoformat()}, floor)


def by_rules_alone(derivation: dict[str, Any]) -> dict[str, Any]:
    """What the rules said, before any extension and before what a locked class has fixed."""
    steps = [step for step in derivation["steps"] if step["code"] not in ("extended", "locked")]
    made = {**derivation, **derivation.get("by_rules", {}), "steps": steps}
    return {name: value for name, value in made.items() if name not in ("by_rules", "computed_at")}


def _with(
    derivation: dict[str, Any], code: str, data: dict[str, Any], through: date | None
) -> dict[str, Any]:
    """The derivation with one more step; what the rules said stays beside it."""
    said = {name: derivation[name] for name in ("outcome", "retain_through")}
    made = {"by_rules": said, **derivation, "steps": [*derivation["steps"], {"code": code, "data": data}]}
    return made if through is None else {**made, "retain_through": through.isoformat()}


def _fixed(derivation: dict[str, Any]) -> date | None:
    match derivation["outcome"]:
        case "permanent":
            return FOR_EVER
        case "until":
            return day_of(derivation)
        case _:
            return None


def _plain(fact: Fact) -> dict[str, Any]:
    value = fact.value.isoformat() if isinstance(fact.value, date) else fact.value
    made: dict[str, Any] = {"value": value, "source": fact.source}
    return {**made, "assumed": fact.assumed} if fact.assumed else made
