"""Whether a rule applies to a record: yes, no, or not known.

What is not known leaves a rule open and never out of account. A fact whose value is not of
the kind that the condition compares (a word where a day is needed) is as good as unknown.
"""

from datetime import date, datetime
from operator import eq, ge, gt, le, lt, ne

from akta.kernel.clock import civil_date
from retention.rules.dates import add
from retention.rules.model import AgeAt, Comparison, Condition, Facts, Known, OneOf, Rule

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


def unknown_facts(condition: Condition, facts: Facts, zone: str) -> list[str]:
    """The facts for want of which it is not known whether the condition holds."""
    if holds(condition, facts, zone) is not None:
        return []
    if isinstance(condition, AgeAt):
        return [name for name in condition.facts if latest_day(name, facts, zone) is None]
    return list(condition.facts)


def days(name: str, facts: Facts, zone: str) -> list[date]:
    """The days of a fact in order, instants as days of the zone; empty if it is not known or is no day."""
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
    return sorted({first, *fact.more})


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


def _word(name: str, facts: Facts) -> str | None:
    fact = facts.get(name)
    return _folded(fact.value) if fact is not None and isinstance(fact.value, str) else None


def _folded(text: str) -> str:
    return text.strip().casefold()
