"""What is wrong or doubtful in a plan that can be read: errors, which stop it, and warnings."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from difflib import get_close_matches
from itertools import combinations
from typing import Literal

from akta.records.doctypes.current import current
from retention.rules.compute import compute
from retention.rules.language import rule_data
from retention.rules.model import Fact, Rule
from retention.rules.names import FACTS
from retention.rules.workdays import has_holidays
from retention.schedules.building import PlanClass
from retention.schedules.cases import applicable, cases, possible
from retention.schedules.fileplan import shipped_plans
from retention.schedules.locking import covers

#: By a stable code: whether it stops the plan, and how it is said (English, Polish).
_SAID: dict[str, tuple[Literal["error", "warning"], str, str]] = {
    "typo": (
        "error",
        "there is no fact {what}; did you mean {hint}? A fact of your own is named under 'facts'",
        "nie ma faktu {what}; czy chodzi o {hint}? Własny fakt wymienia się pod 'facts'",
    ),
    "unknown_fact": (
        "warning",
        "the fact {what} is not one that Akta knows; name it under 'facts' if it is your own",
        "faktu {what} Akta nie zna; jeśli jest własny, wymień go pod 'facts'",
    ),
    "unknown_type": (
        "warning",
        "Akta knows no type {what}; papers are never given it until somebody defines it",
        "Akta nie zna rodzaju {what}; żaden dokument go nie dostanie, dopóki ktoś go nie zdefiniuje",
    ),
    "overlap": (
        "error",
        "{what} would be in force at the same time; give them valid_from and valid_to",
        "{what} obowiązywałyby jednocześnie; podaj valid_from i valid_to",
    ),
    "never": (
        "error",
        "its conditions contradict each other, so it can never apply",
        "jej warunki wykluczają się, więc nigdy nie zadziała",
    ),
    "part_mixed": (
        "error",
        "rules for a part of a file and others cannot stand in one class",
        "reguły dla części akt i inne nie mogą stać w jednej klasie",
    ),
    "twice": ("warning", "it says the same as {what}", "mówi to samo co {what}"),
    "useless": (
        "warning",
        "it never decides: {what} keeps everything at least as long",
        "nigdy nie decyduje: {what} przechowuje wszystko co najmniej tak długo",
    ),
    "contradiction": (
        "warning",
        "it keeps longer than the limit {what} allows; keeping wins and each record shows the conflict",
        "przechowuje dłużej, niż pozwala ograniczenie {what}; przechowuje się dalej, sprzeczność widać",
    ),
    "gap": (
        "warning",
        "no rule applies to a record with {what}; it would be kept without end",
        "żadna reguła nie pasuje do dokumentu, gdy {what}; byłby przechowywany bez końca",
    ),
    "no_period": (
        "warning",
        "no rule of the class has a period; its records are kept without end",
        "żadna reguła klasy nie ma okresu; jej dokumenty są przechowywane bez końca",
    ),
    "no_holidays": (
        "warning",
        "the public holidays of {what} are not known; only weekends move the end",
        "święta kraju {what} nie są znane; koniec przesuwają tylko weekendy",
    ),
    "leap_idle": (
        "warning",
        "leap has no effect together with a rounding",
        "leap nie ma znaczenia razem z zaokrągleniem",
    ),
    "transfer_alone": (
        "warning",
        "a transfer that needs no archive_receipt could lose records on their way",
        "przekazanie bez archive_receipt mogłoby zgubić dokumenty w drodze",
    ),
}
_DAYS = (date(2023, 1, 1), date(2024, 2, 29), date(2025, 6, 15), date(2025, 12, 31))


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong (`error`) or doubtful (`warning`), with the place where it stands."""

    code: str
    line: int
    field: str
    cls: str
    rule: str = ""
    what: str = ""
    hint: str = ""

    @property
    def level(self) -> Literal["error", "warning"]:
        """Whether it stops the plan."""
        return _SAID[self.code][0]

    def words(self, language: str) -> str:
        """The finding in a sentence, with its place."""
        said = _SAID[self.code][2 if language == "pl" else 1].format(what=self.what, hint=self.hint)
        line = f"{'wiersz' if language == 'pl' else 'line'} {self.line}, " if self.line else ""
        return f"{line}{self.rule or self.cls}, {self.field}: {said}."


def check(classes: Sequence[PlanClass], facts: Collection[str] = ()) -> list[Finding]:
    """Everything found in a plan, in the order of its lines; `facts` are names of its own."""
    known = {*FACTS, *facts}
    # What the shipped plans name is known, too, even where papers get it only once somebody defines it.
    types = {*current().types, *(name for cls in shipped_plans() for name in cls.doc_types)}
    found: list[Finding] = []
    for cls in classes:
        for place, rule in enumerate(cls.rules):
            line = cls.rule_lines[place] if place < len(cls.rule_lines) else 0
            found += _rule(cls, rule, line, known)
        found += _class(cls)
        found += [
            Finding("unknown_type", cls.line, "doc_types", cls.code, what=doc_type)
            for doc_type in cls.doc_types
            if doc_type not in types
        ]
    found += _overlaps(classes)
    return sorted(dict.fromkeys(found), key=lambda f: (f.line, f.rule, f.code))


def _rule(cls: PlanClass, rule: Rule, line: int, known: Collection[str]) -> Iterator[Finding]:
    def at(code: str, field: str, what: str = "", hint: str = "") -> Finding:
        return Finding(code, line, field, cls.code, rule.id, what, hint)

    for name in rule.asks:
        if name in known:
            continue
        field = "trigger" if name in rule.trigger.facts else "when"
        close = get_close_matches(name, known, 1, 0.8)
        yield at("typo", field, name, close[0]) if close else at("unknown_fact", field, name)
    if not possible(rule):
        yield at("never", "when")
    if rule.roll_to_working_day and rule.country and not has_holidays(rule.country):
        yield at("no_holidays", "country", rule.country)
    if rule.period is not None and rule.period.leap_to_march and rule.rounding != "exact":
        yield at("leap_idle", "leap")
    if rule.action == "transfer" and "archive_receipt" not in rule.needs:
        yield at("transfer_alone", "needs")


def _class(cls: PlanClass) -> Iterator[Finding]:
    lines = dict(zip((id(rule) for rule in cls.rules), cls.rule_lines, strict=False))

    def at(code: str, field: str, rule: Rule | None = None, what: str = "") -> Finding:
        line = cls.line if rule is None else lines.get(id(rule), 0)
        return Finding(code, line, field, cls.code, rule.id if rule else "", what)

    timed = [rule for rule in cls.rules if rule.kind != "constraint"]
    if not timed:
        yield at("no_period", "rules")
        return
    if any(r.part for r in timed) and not all(r.part for r in timed):
        yield at("part_mixed", "rules", next(r for r in timed if r.part))
    for one, two in combinations(timed, 2):
        if _effect(one) == _effect(two):
            yield at("twice", "id", two, one.id)
    keeps = [rule for rule in timed if rule.kind == "keep"]
    for rule in keeps:
        by = [r for r in keeps if r is not rule and r.id != rule.id and not covers(r, rule)]
        by = [r for r in by if _effect(r) != _effect(rule)]
        if by:
            yield at("useless", "period", rule, by[0].id)
        for limit in (r for r in timed if r.kind == "limit"):
            if _always_longer(rule, limit):
                yield at("contradiction", "period", rule, limit.id)
    if keeps and all(rule.conditions for rule in keeps):
        for facts in cases(keeps):
            if not any(applicable(rule, facts) for rule in timed):
                yield at("gap", "rules", None, _told(facts))
                break


def _overlaps(classes: Sequence[PlanClass]) -> Iterator[Finding]:
    """Versions of one rule that would be in force on the same day."""
    placed = [
        (rule, cls, cls.rule_lines[place] if place < len(cls.rule_lines) else 0)
        for cls in classes
        for place, rule in enumerate(cls.rules)
    ]
    by_id: dict[str, list[tuple[Rule, PlanClass, int]]] = {}
    for item in placed:
        by_id.setdefault(item[0].id, []).append(item)
    for versions in by_id.values():
        for (one, _cls, _line), (two, cls, line) in combinations(versions, 2):
            starts = max(one.valid_from or date.min, two.valid_from or date.min)
            if starts <= min(one.valid_to or date.max, two.valid_to or date.max):
                what = f"{one.id} v{one.version}, v{two.version}"
                yield Finding("overlap", line, "valid_from", cls.code, two.id, what)


def _effect(rule: Rule) -> dict[str, object]:
    """What a rule does, without its name and its reasons."""
    told = ("id", "version", "basis", "status", "verified", "note")
    return {key: value for key, value in rule_data(rule).items() if key not in told}


def _always_longer(keep: Rule, limit: Rule) -> bool:
    """Whether a duty to keep outlasts a limit that counts from the same days."""
    if keep.period is None or set(keep.trigger.facts) != set(limit.trigger.facts):
        return keep.period is None and not keep.conditions
    for day in _DAYS:
        facts = {name: Fact(day, "check") for name in keep.trigger.facts}
        ends = [compute(replace(r, conditions=()), facts).retain_through for r in (keep, limit)]
        if ends[0] is None or ends[1] is None or ends[0] <= ends[1]:
            return False
    both = [keep, limit]
    return any(all(applicable(rule, facts) for rule in both) for facts in cases(both))


def _told(facts: dict[str, Fact]) -> str:
    said = {True: "yes", False: "no"}
    return ", ".join(
        f"{name} = {said[fact.value] if isinstance(fact.value, bool) else fact.value}"
        for name, fact in sorted(facts.items())
    )
