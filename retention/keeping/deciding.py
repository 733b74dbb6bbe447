"""What follows for one record from its class, its facts, its extensions and what a locked class has fixed.

Pure but for a memory of what was computed before: many records share the same facts.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Final

from akta.records.models import RecordClass
from retention.keeping.facts import Known
from retention.keeping.length import day_of
from retention.keeping.models import Extension
from retention.rules import Decision, Facts, FiscalCalendar, Rule, Step, compact, in_force
from retention.rules import decide as decide_by_rules
from retention.rules.model import SUSPENDED
from retention.schedules.fileplan import rules_of

#: What a class that keeps for ever fixes.
FOR_EVER: Final = date.max
_REMEMBERED: Final = 20_000
#: What a rule that counts from fiscal years may use though it does not name it.
_FISCAL: Final = frozenset({"document_date", "fiscal_year_end"})


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
    """Derives keeping by the rules in force on `today`; remembers rules, and decisions on equal facts."""

    today: date
    locked: frozenset[str] = frozenset()
    _rules: dict[tuple[str, int], list[Rule]] = field(default_factory=dict)
    _uses: dict[tuple[str, int], frozenset[str]] = field(default_factory=dict)
    _decided: dict[Any, dict[str, Any]] = field(default_factory=dict)

    def derive(
        self, cls: RecordClass, known: Known, floor: date | None, before: Mapping[str, Any] | None = None
    ) -> Derived:
        """Until when a record with these facts is kept; never before `floor`, which a locked class fixed.

        `before` is the derivation that is stored. In a locked class the day moves with the facts, but not
        before what another locked class had fixed when the record came from there.
        """
        base = self._base(cls, known)
        derivation = {**base, "class": cls.code, "class_version": cls.version, "steps": list(base["steps"])}
        for extension in known.extensions:
            derivation = extended(derivation, extension)
        if cls.code in self.locked:
            if floor is not None and _fixed_elsewhere(before, cls.code):
                derivation = not_before(derivation, floor)
            floor = _fixed(derivation)
        elif floor is not None:
            derivation = not_before(derivation, floor)
        return Derived(derivation, floor, known.entity_id)

    def asked(self, cls: RecordClass) -> frozenset[str]:
        """The facts that the rules of a class ask for."""
        return frozenset(name for rule in self._rules_of(cls) for name in rule.asks)

    def _used(self, cls: RecordClass) -> frozenset[str]:
        """The facts on which a decision of a class can depend: equal ones are decided once."""
        key = (cls.id, cls.version)
        if key not in self._uses:
            names = set(self.asked(cls))
            for rule in self._rules_of(cls):
                if rule.rounding == "start_of_next_fiscal_year" or "fiscal_year_end" in rule.asks:
                    names |= _FISCAL
                if rule.hold_suspends:
                    names.add(SUSPENDED)
            self._uses[key] = frozenset(names)
        return self._uses[key]

    def stops_for_holds(self, cls: RecordClass) -> bool:
        """Whether a legal hold stops the clock of any rule of a class."""
        return any(rule.hold_suspends for rule in self._rules_of(cls))

    def _base(self, cls: RecordClass, known: Known) -> dict[str, Any]:
        names = self._used(cls)
        facts = {name: fact for name, fact in known.facts.items() if name in names}
        key = (cls.id, cls.version, tuple(sorted(facts.items())), known.calendar)
        found = self._decided.get(key)
        if found is None:
            if len(self._decided) >= _REMEMBERED:
                self._decided.clear()
            # Its rules stand in the version of the class, which nothing changes.
            found = compact(decide(cls, facts, known.calendar, rules=self._rules_of(cls)).as_dict())
            self._decided[key] = found
        return found

    def _rules_of(self, cls: RecordClass) -> list[Rule]:
        key = (cls.id, cls.version)
        if key not in self._rules:
            self._rules[key] = in_force(rules_of(cls), self.today)
        return self._rules[key]


def decide(
    cls: RecordClass,
    facts: Facts,
    calendar: FiscalCalendar | None = None,
    *,
    rules: Sequence[Rule] | None = None,
) -> Decision:
    """What the rules of a class say together, beginning with the class itself."""
    decision = decide_by_rules(rules_of(cls) if rules is None else rules, facts, calendar)
    head = Step("class", {"class": cls.code, "title_pl": cls.title_pl, "title_en": cls.title_en})
    return replace(decision, steps=(head, *decision.steps))


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


def _fixed_elsewhere(before: Mapping[str, Any] | None, code: str) -> bool:
    """Whether the day that is fixed is another class's."""
    if before is None:
        return False
    return before.get("class") != code or any(step["code"] == "locked" for step in before.get("steps", ()))


def _fixed(derivation: dict[str, Any]) -> date | None:
    match derivation["outcome"]:
        case "permanent":
            return FOR_EVER
        case "until":
            return day_of(derivation)
        case _:
            return None
