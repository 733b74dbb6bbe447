"""Two versions of a class: what is different."""

from collections.abc import Sequence
from dataclasses import dataclass

from retention.rules.language import rule_data
from retention.rules.model import Rule
from retention.schedules.building import PlanClass
from retention.schedules.locking import Refusal, refusals

__all__ = ["Difference", "Refusal", "differences", "refusals"]

#: Fields of classes and rules as they are told: (English, Polish).
FIELDS = {
    "action": ("action", "czynność"),
    "basis": ("legal basis", "podstawa prawna"),
    "class": ("class", "klasa"),
    "confidentiality": ("confidentiality", "poufność"),
    "country": ("country", "kraj"),
    "doc_types": ("document types", "rodzaje dokumentów"),
    "domain": ("domain", "dziedzina"),
    "hold_suspends": ("suspension", "zawieszenie"),
    "jurisdiction": ("jurisdiction", "jurysdykcja"),
    "kind": ("kind", "rodzaj"),
    "leap": ("29 February", "29 lutego"),
    "needs": ("what the action needs", "wymogi czynności"),
    "note": ("note", "uwaga"),
    "only_if_known": ("only if known", "tylko gdy znane"),
    "part": ("part of a file", "część akt"),
    "period": ("period", "okres"),
    "roll_to_working_day": ("working day", "dzień roboczy"),
    "rounding": ("rounding", "zaokrąglenie"),
    "rule": ("rule", "reguła"),
    "status": ("status", "stan"),
    "title": ("title", "tytuł"),
    "trigger": ("start", "początek"),
    "valid_from": ("valid from", "obowiązuje od"),
    "valid_to": ("valid to", "obowiązuje do"),
    "verified": ("verified", "sprawdzono"),
    "version": ("version", "wersja"),
    "when": ("conditions", "warunki"),
    "which": ("which of several days", "który z dni"),
    "zone": ("time zone", "strefa czasowa"),
}


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is different; `rule` is empty for the class itself."""

    rule: str
    field: str
    before: str | None
    after: str | None

    def words(self, language: str) -> str:
        """The difference in a sentence."""
        polish = language == "pl"
        name = FIELDS.get(self.field, (self.field, self.field))[polish]
        whose = f"{self.rule}: " if self.rule else ""
        if self.before is None:
            return f"{whose}{name}: {'dodano' if polish else 'added'} {self.after}."
        if self.after is None:
            return f"{whose}{name}: {'usunięto' if polish else 'removed'} {self.before}."
        return f"{whose}{name}: {self.before} → {self.after}."


def differences(old: PlanClass | None, new: PlanClass | None) -> list[Difference]:
    """What is different between two versions of a class; one of them may not exist."""
    if old is None or new is None:
        return [Difference("", "class", old.code if old else None, new.code if new else None)]
    made = []
    for key in ("jurisdiction", "domain", "title", "confidentiality", "doc_types"):
        if old.source[key] != new.source[key]:
            made.append(Difference("", key, _told(old.source[key]), _told(new.source[key])))
    before, after = _by_key(old.rules), _by_key(new.rules)
    for key in sorted(before | after):
        one, two = before.get(key), after.get(key)
        if one is None or two is None:
            told = [_rule_told(rule) if rule else None for rule in (one, two)]
            made.append(Difference(key, "rule", *told))
            continue
        left, right = rule_data(one), rule_data(two)
        for name in sorted(left.keys() | right.keys()):
            if left.get(name) != right.get(name):
                told = [_told(side[name]) if name in side else None for side in (left, right)]
                made.append(Difference(key, name, *told))
    return made


def _by_key(rules: Sequence[Rule]) -> dict[str, Rule]:
    """Rules by id, by id and version where several versions stand side by side."""
    ids = [rule.id for rule in rules]
    return {r.id if ids.count(r.id) == 1 else f"{r.id} v{r.version}": r for r in rules}


def _rule_told(rule: Rule) -> str:
    data = rule_data(rule)
    return ", ".join(
        _told(data[k]) for k in ("kind", "trigger", "rounding", "period", "when", "action") if k in data
    )


def _told(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key}: {_told(item)}" for key, item in value.items() if not key.startswith("_"))
    return ", ".join(map(_told, value)) if isinstance(value, list) else str(value)
