"""Whether a locked class may change as proposed: only longer, only wider.

What cannot be shown to be so is refused: the judgement may refuse a change that would do
no harm, but lets none through that shortens. A record whose date was known is never due
earlier; one that was open for want of a fact may get a date where the class asks for less.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from retention.rules.language import rule_data, written_condition, written_period
from retention.rules.model import ACTIONS, Rule, Trigger
from retention.schedules.building import PlanClass
from retention.schedules.implying import implies, not_shorter

_ROUNDED_UP = ("exact", "end_of_month", "end_of_quarter", "end_of_calendar_year")
#: Why not, by a stable code: (English, Polish).
_REASONS = {
    "doc_types_gone": ("document types are left out: {what}", "pominięto rodzaje dokumentów: {what}"),
    "other_jurisdiction": ("it would be of another jurisdiction", "miałaby inną jurysdykcję"),
    "other_domain": ("it would be of another domain", "należałaby do innej dziedziny"),
    "rule_gone": ("nothing keeps what it kept", "nic nie przechowuje tego, co ona"),
    "no_duty": ("it would be no duty to keep any more", "nie byłaby już obowiązkiem przechowywania"),
    "narrower": ("a condition narrows it: {what}", "warunek zawęża ją: {what}"),
    "valid_shorter": ("it would be in force for a shorter time", "obowiązywałaby krócej"),
    "needs_less": ("its action would need less", "jej czynność wymagałaby mniej"),
    "action_weaker": ("{what} lets go more easily", "{what} pozbywa się łatwiej"),
    "stands_in": (
        "{what} could stand in for a stricter action of the class",
        "{what} mogłoby zastąpić surowszą czynność klasy",
    ),
    "part": ("papers could be taken out of their file by it", "pozwalałaby wyjmować dokumenty z akt"),
    "silent": (
        "it would say nothing while its day is not known",
        "milczałaby, dopóki jej dzień nie jest znany",
    ),
    "zone": ("its days would be told in another zone", "jej dni liczyłyby się w innej strefie"),
    "not_permanent": ("it would not be permanent any more", "nie byłaby już wieczysta"),
    "starts_earlier": ("it could start earlier", "mogłaby zaczynać się wcześniej"),
    "shorter": ("its period could end earlier: {what}", "jej okres mógłby kończyć się wcześniej: {what}"),
    "rounding": (
        "its end could come earlier by rounding",
        "jej koniec mógłby wypaść wcześniej przez zaokrąglenie",
    ),
    "roll": (
        "its end would not move to the same working days",
        "jej koniec nie przesuwałby się na te same dni robocze",
    ),
    "suspension": ("days of suspension could count", "dni zawieszenia mogłyby się liczyć"),
    "limit_new": ("it is a new limit on keeping", "jest nowym ograniczeniem przechowywania"),
    "limit_earlier": ("its limit could come earlier", "jej ograniczenie mogłoby przypaść wcześniej"),
    "limit_stands_in": (
        "without it as it was a limit with a weaker action could decide",
        "bez niej w dotychczasowej postaci mogłoby decydować ograniczenie o słabszej czynności",
    ),
    "beside_limit": (
        "records that only the limit speaks of could be due earlier by it",
        "dokumenty objęte tylko ograniczeniem mogłyby przez nią wypaść wcześniej",
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a locked class may not change so; `rule` is empty where it is about the class itself."""

    rule: str
    reason: str
    what: str = ""

    def words(self, language: str) -> str:
        """The refusal in a sentence."""
        said = _REASONS[self.reason][language == "pl"].format(what=self.what)
        return f"{self.rule}: {said}." if self.rule else f"{said[:1].upper()}{said[1:]}."


def refusals(old: PlanClass, new: PlanClass) -> list[Refusal]:
    """Why `new` may not follow the locked `old`; empty if it is only longer and only wider."""
    made = []
    gone = sorted(set(old.doc_types) - set(new.doc_types))
    if gone:
        made.append(Refusal("", "doc_types_gone", ", ".join(gone)))
    if old.jurisdiction != new.jurisdiction:
        made.append(Refusal("", "other_jurisdiction"))
    if old.domain != new.domain:
        made.append(Refusal("", "other_domain"))
    before, after = _keeps(old), _keeps(new)
    for rule in before:
        made += _kept(rule, after)
    made += _stand_ins(before, after)
    made += _limits(old, new)
    return list(dict.fromkeys(made))


def covers(new: Rule, old: Rule) -> list[Refusal]:
    """Why `new` does not keep everything that `old` keeps, at least as long; empty if it does."""
    if new.kind != "keep":
        return [Refusal(old.id, "no_duty")]
    return [replace(refusal, rule=old.id) for refusal in (*_narrower(new, old), *_sooner(new, old))]


def _keeps(cls: PlanClass) -> list[Rule]:
    """The duties to keep, without what has no bearing on dates."""
    return [
        replace(rule, version=1, basis="", status="draft", verified="unverified", note=None)
        for rule in cls.rules
        if rule.kind == "keep"
    ]


def _kept(rule: Rule, candidates: Sequence[Rule]) -> list[Refusal]:
    """Why none of the new rules keeps what an old one keeps, told of its own next version."""
    if any(not covers(new, rule) for new in candidates):
        return []
    same = [new for new in candidates if new.id == rule.id]
    return covers(same[-1], rule) if same else [Refusal(rule.id, "rule_gone")]


def _narrower(new: Rule, old: Rule) -> Iterator[Refusal]:
    narrower = [c for c in new.conditions if not any(implies(known, c) for known in old.conditions)]
    if narrower:
        yield Refusal("", "narrower", "; ".join(map(written_condition, narrower)))
    starts = (new.valid_from or date.min) <= (old.valid_from or date.min)
    if not starts or (new.valid_to or date.max) < (old.valid_to or date.max):
        yield Refusal("", "valid_shorter")
    if not set(old.needs) <= set(new.needs):
        yield Refusal("", "needs_less")
    if ACTIONS[new.action] < ACTIONS[old.action]:
        yield Refusal("", "action_weaker", new.action)
    if new.part and not old.part:
        yield Refusal("", "part")
    if new.only_if_known and (not old.only_if_known or new.trigger != old.trigger):
        yield Refusal("", "silent")
    if new.zone != old.zone:
        yield Refusal("", "zone")


def _sooner(new: Rule, old: Rule) -> Iterator[Refusal]:
    if new.period is None:
        if old.period is None and new.trigger.facts and new.trigger != old.trigger:
            yield Refusal("", "not_permanent")
        return
    if old.period is None:
        yield Refusal("", "not_permanent")
        return
    if not _starts_no_earlier(new.trigger, old.trigger):
        yield Refusal("", "starts_earlier")
    if not not_shorter(new.period, old.period):
        yield Refusal("", "shorter", f"{written_period(old.period)} → {written_period(new.period)}")
    if not _rounds_no_earlier(new, old):
        yield Refusal("", "rounding")
    if old.roll_to_working_day and not (new.roll_to_working_day and new.country == old.country):
        yield Refusal("", "roll")
    same_days = old.rounding == new.rounding and old.trigger == new.trigger
    if old.hold_suspends and not (new.hold_suspends and same_days):
        yield Refusal("", "suspension")


def _starts_no_earlier(new: Trigger, old: Trigger) -> bool:
    if old.which == "latest" and new.which == "first":
        return False
    before, after = set(old.facts), set(new.facts)
    if old.choice != "earlier_of":
        return new.choice != "earlier_of" and before <= after
    return bool(after & before) if new.choice != "earlier_of" else after <= before


def _rounds_no_earlier(new: Rule, old: Rule) -> bool:
    if new.rounding == old.rounding:
        return True
    if new.rounding not in _ROUNDED_UP or old.rounding not in _ROUNDED_UP:
        return False  # a fiscal year may end before or after any of them
    if old.rounding == "exact" and old.period is not None and old.period.leap_to_march:
        return False  # 1 March against the end of February
    return _ROUNDED_UP.index(new.rounding) > _ROUNDED_UP.index(old.rounding)


def _stand_ins(old: Sequence[Rule], new: Sequence[Rule]) -> Iterator[Refusal]:
    """New or changed rules whose action lets go more easily than that of a rule there was.

    The longest keeping decides on the action too: a longer rule that destroys would
    stand in for a shorter one that asks for a review.
    """
    strictest = max((ACTIONS[rule.action] for rule in old), default=0)
    for rule in new:
        if rule in old:
            continue
        if ACTIONS[rule.action] < strictest:
            yield Refusal(rule.id, "stands_in", rule.action)
        if rule.part:
            yield Refusal(rule.id, "part")


def _limits(old: PlanClass, new: PlanClass) -> Iterable[Refusal]:
    """A limit may be dropped or lengthened; none may come, as it can be the end of keeping.

    Beside a limit no rule may begin to apply to more: where only the limit spoke, the end of
    keeping would be the rule's.
    """
    before = {rule.id: rule for rule in old.rules if rule.kind == "limit"}
    after = {rule.id: rule for rule in new.rules if rule.kind == "limit"}
    for name, rule in before.items():
        now = after.get(name)
        others = [other for other in after.values() if other.id != name]
        if now is not None and now.period == rule.period:
            continue
        weaker = any(ACTIONS[other.action] < ACTIONS[rule.action] for other in others)
        if weaker or (now is None and any(not set(rule.needs) <= set(other.needs) for other in others)):
            yield Refusal(name, "limit_stands_in")
    scopes = [(set(r.conditions), r.trigger, r.only_if_known) for r in old.rules if r.kind == "keep"]
    for rule in new.rules:
        if rule.kind == "limit":
            known = before.get(rule.id)
            if known is None:
                yield Refusal(rule.id, "limit_new")
            elif not _limit_no_earlier(rule, known):
                yield Refusal(rule.id, "limit_earlier")
        scope = set(rule.conditions), rule.trigger, rule.only_if_known
        if rule.kind == "keep" and before and scope not in scopes:
            yield Refusal(rule.id, "beside_limit")


def _limit_no_earlier(new: Rule, old: Rule) -> bool:
    free = ("basis", "version", "status", "verified", "note", "period")
    left, right = ({k: v for k, v in rule_data(r).items() if k not in free} for r in (new, old))
    if new.period is None or old.period is None:
        return False
    return left == right and not_shorter(new.period, old.period)
