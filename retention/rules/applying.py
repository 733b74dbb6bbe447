"""Whether a rule applies to a record: yes, no, or not known.

What is not known leaves a rule open and never out of account. Of a fact with several days (somebody was
hired twice) a duty to keep applies if it does on any of them, a limit only if it does on all. A fact whose
value is not of the kind that the condition compares (a word where a day is needed) is as good as unknown.
"""

from collections.abc import Sequence
from datetime import date, datetime
from operator import eq, ge, gt, le, lt, ne
from typing import TypeGuard

from akta.kernel.clock import civil_date
from retention.rules.dates import add
from retention.rules.model import BEGUN_BY, AgeAt, Comparison, Condition, Facts, Known, OneOf, Rule

_OPERATORS = {"<": lt, "<=": le, ">": gt, ">=": ge, "==": eq, "!=": ne}


def holds(condition: Condition, facts: Facts, zone: str) -> bool | None:
    """Whether a condition holds; None if that is not known."""
    match condition:
        case Known():
            return (condition.fact in facts) is condition.wanted
        case OneOf():
            word = _word(condition.fact, facts)
            if word is None:
                return None
            return (word in {_folded(value) for value in condition.values}) is condition.wanted
        case AgeAt():
            event, birth = (latest_day(name, facts, zone) for name in (condition.fact, condition.birth))
            if event is None or birth is None:
                return None
            try:
                birthday = add(birth, condition.age)
            except OverflowError:  # nobody is as old as that
                return condition.operator in ("<", "<=")
            return bool(_OPERATORS[condition.operator](event, birthday))
        case Comparison():
            return _compared(condition, facts, zone)


def answers(
    conditions: Sequence[Condition], facts: Facts, zone: str, *, on_all: bool
) -> list[tuple[Condition, bool | None]]:
    """Each condition with whether it holds.

    Comparisons of one fact with days have to hold on the same of its days: on one of them, or with
    `on_all` on all. Where they do not, the latest day that fails tells which condition failed.
    """
    picked: dict[str, date] = {}
    compared = [c for c in conditions if _of_days(c)]
    for name in {c.fact for c in compared}:
        found = days(name, facts, zone)
        passing = [d for d in found if all(_on(c, d) for c in compared if c.fact == name)]
        wanted = [d for d in found if d not in passing] if on_all else passing
        if len(found) > 1:
            picked[name] = (wanted or found)[-1]
    return [
        (c, _on(c, picked[c.fact]) if _of_days(c) and c.fact in picked else holds(c, facts, zone))
        for c in conditions
    ]


def unknown_facts(condition: Condition, facts: Facts, zone: str) -> list[str]:
    """The facts for want of which it is not known whether the condition holds."""
    if holds(condition, facts, zone) is not None:
        return []
    if isinstance(condition, AgeAt):
        return [name for name in condition.facts if latest_day(name, facts, zone) is None]
    return list(condition.facts)


def days(name: str, facts: Facts, zone: str) -> list[date]:
    """The days of a fact in order, instants as days of the zone; empty if it is not known or is no day.

    Also empty of an end after which the same began anew, as employment does (`BEGUN_BY`).
    """
    fact = facts.get(name)
    if fact is None:
        return []
    if isinstance(fact.value, datetime):
        if fact.value.tzinfo is None:
            return []
        try:
            first = civil_date(fact.value, zone)
        except OverflowError:  # the first or last hours of the calendar
            first = fact.value.date()
    elif isinstance(fact.value, date):
        first = fact.value
    else:
        return []
    found = sorted({first, *fact.more})
    begun = latest_day(BEGUN_BY[name], facts, zone) if name in BEGUN_BY else None
    return [] if begun is not None and begun > found[-1] else found


def begun_again(name: str, facts: Facts, zone: str) -> bool:
    """Whether what an event ended has begun anew since, so that the event's day does not count."""
    return name in BEGUN_BY and name in facts and not days(name, facts, zone) and _is_day(name, facts)


def latest_day(name: str, facts: Facts, zone: str) -> date | None:
    """The latest day of a fact, or None."""
    found = days(name, facts, zone)
    return found[-1] if found else None


def in_force(rules: list[Rule], day: date) -> list[Rule]:
    """The versions of rules that are in force on a day."""
    return [
        rule
        for rule in rules
        if (rule.valid_from is None or rule.valid_from <= day)
        and (rule.valid_to is None or day <= rule.valid_to)
    ]


def _compared(condition: Comparison, facts: Facts, zone: str) -> bool | None:
    wanted = condition.value
    compare = _OPERATORS[condition.operator]
    if isinstance(wanted, bool):
        fact = facts.get(condition.fact)
        return fact.value is wanted if fact is not None and isinstance(fact.value, bool) else None
    if isinstance(wanted, str):
        word = _word(condition.fact, facts)
        return None if word is None else bool(compare(word, _folded(wanted)))
    day = latest_day(condition.fact, facts, zone)
    return None if day is None else bool(compare(day, wanted))


def _of_days(condition: Condition) -> TypeGuard[Comparison]:
    return isinstance(condition, Comparison) and isinstance(condition.value, date)


def _on(condition: Comparison, day: date) -> bool:
    return bool(_OPERATORS[condition.operator](day, condition.value))


def _is_day(name: str, facts: Facts) -> bool:
    value = facts[name].value
    return isinstance(value, date) and not (isinstance(value, datetime) and value.tzinfo is None)


def _word(name: str, facts: Facts) -> str | None:
    fact = facts.get(name)
    return _folded(fact.value) if fact is not None and isinstance(fact.value, str) else None


def _folded(text: str) -> str:
    return text.strip().casefold()
