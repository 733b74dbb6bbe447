"""The written form of rules: what stands in file plans, in the database and in derivations.

Reading raises `WrongFieldError` with the field at fault; writing gives what reading
takes back, with nothing in it that goes without saying.
"""

import json
import re
from collections.abc import Mapping
from datetime import date
from hashlib import sha256
from typing import Any
from zoneinfo import ZoneInfo

from retention.rules.model import (
    ACTIONS,
    KINDS,
    NEEDS,
    ROUNDINGS,
    STATUSES,
    VERIFIED,
    AgeAt,
    Comparison,
    Condition,
    Kind,
    Known,
    OneOf,
    Period,
    Rule,
    Trigger,
)

_NAME = r"[a-z][a-z0-9_]*"
_WORD = r"[^\s,;()<>=!]+"
_COMPARISON = re.compile(rf"({_NAME})\s*(<=|>=|==|!=|<|>)\s*({_WORD})")
_ONE_OF = re.compile(rf"({_NAME})\s+(not\s+)?in\s*\(\s*({_WORD}(?:\s*,\s*{_WORD})*)\s*\)")
_AGE = re.compile(rf"age_at\(\s*({_NAME})\s*(?:,\s*({_NAME})\s*)?\)\s*(<=|>=|<|>)\s*([0-9ymd ]+)")
_KNOWN = re.compile(rf"(known|unknown)\(\s*({_NAME})\s*\)")
_PERIOD = re.compile(r"(?:([0-9]{1,6})y)?\s*(?:([0-9]{1,6})m)?\s*(?:([0-9]{1,6})d)?")
_SEVERAL = re.compile(r"(later_of|earlier_of)\(([^()]*)\)")
_RULE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,59}")
_FACT = re.compile(_NAME)

RULE_KEYS = frozenset(
    {
        *("id", "version", "trigger", "which", "rounding", "period", "leap", "when", "kind", "action"),
        *("basis", "status", "verified", "zone", "country", "only_if_known", "roll_to_working_day"),
        *("hold_suspends", "part", "needs", "valid_from", "valid_to", "note", "same_as"),
    }
)


class WrongFieldError(ValueError):
    """A field of a rule makes no sense; `field` is its name, `what` the end of a sentence about it."""

    def __init__(self, field: str, what: str) -> None:
        super().__init__(f"{field}: {what}")
        self.field = field
        self.what = what


def read_rule(item: Mapping[str, Any], zone: str = "Europe/Warsaw", country: str = "") -> Rule:
    """A rule from its written form; `zone` and `country` are those of its plan. Raises WrongFieldError."""
    for key in item:
        if key not in RULE_KEYS and key != "__line__":
            raise WrongFieldError(str(key), f"is not known here; known are {', '.join(sorted(RULE_KEYS))}")
    kind: Kind = _choice(item, "kind", KINDS, "keep")
    constraint = kind == "constraint"
    for key in ("id", "basis") if constraint else ("id", "trigger", "period", "basis"):
        if item.get(key) in (None, ""):
            raise WrongFieldError(key, "is missing")
    if not isinstance(item["basis"], str):
        raise WrongFieldError("basis", "is text; put it in quotes")
    trigger = read_trigger(item.get("trigger", "none"), item.get("which", "latest"))
    period = None if constraint else read_period(item["period"])
    if period is not None:
        leap = _choice(item, "leap", ("clamp", "march"), "clamp")
        period = Period(period.years, period.months, period.days, leap == "march")
    if constraint and (trigger.facts or item.get("period") not in (None, "none")):
        raise WrongFieldError("kind", "a constraint has no trigger and no period")
    if period is not None and not trigger.facts:
        raise WrongFieldError("trigger", "none goes only with the period permanent")
    if kind == "limit" and period is None:
        raise WrongFieldError("period", "permanent is no limit")
    action = _choice(item, "action", tuple(ACTIONS), "none" if constraint else "destroy")
    if (action == "none") != constraint:
        raise WrongFieldError("action", "none belongs to a constraint, and a constraint has no other")
    needs = _words(item, "needs", NEEDS)
    rule_id = str(item["id"])
    if not _RULE_ID.fullmatch(rule_id):
        raise WrongFieldError("id", "has letters, digits, dots and hyphens, at most 60")
    starts, ends = (_day(item, key) for key in ("valid_from", "valid_to"))
    if starts is not None and ends is not None and ends < starts:
        raise WrongFieldError("valid_to", "lies before valid_from")
    return Rule(
        id=rule_id,
        version=_version(item),
        trigger=trigger,
        period=period,
        rounding=_choice(item, "rounding", ROUNDINGS, "exact"),
        conditions=_conditions(item),
        kind=kind,
        action=action,
        basis=str(item["basis"]).strip(),
        status=_choice(item, "status", STATUSES, "draft"),
        verified=_choice(item, "verified", VERIFIED, "unverified"),
        zone=_zone(item.get("zone", zone)),
        only_if_known=_flag(item, "only_if_known"),
        roll_to_working_day=_flag(item, "roll_to_working_day"),
        country=_country(item.get("country", country)),
        hold_suspends=_flag(item, "hold_suspends"),
        part=_flag(item, "part"),
        needs=needs,
        valid_from=starts,
        valid_to=ends,
        note=_note(item.get("note")),
    )


def rule_data(rule: Rule) -> dict[str, Any]:
    """The written form of a rule, as plain data."""
    data: dict[str, Any] = {"id": rule.id, "version": rule.version}
    if rule.kind != "keep":
        data["kind"] = rule.kind
    if rule.kind != "constraint":
        data["trigger"] = written_trigger(rule.trigger)
        if rule.trigger.which != "latest":
            data["which"] = rule.trigger.which
        data["period"] = written_period(rule.period)
        if rule.period is not None and rule.period.leap_to_march:
            data["leap"] = "march"
    if rule.rounding != "exact":
        data["rounding"] = rule.rounding
    if rule.conditions:
        data["when"] = [written_condition(c) for c in rule.conditions]
    if rule.kind != "constraint":
        data["action"] = rule.action
    data |= {"basis": rule.basis, "status": rule.status, "verified": rule.verified}
    data |= {"zone": rule.zone, "country": rule.country}
    for key in ("only_if_known", "roll_to_working_day", "hold_suspends", "part"):
        if getattr(rule, key):
            data[key] = True
    if rule.needs:
        data["needs"] = list(rule.needs)
    for key, day in (("valid_from", rule.valid_from), ("valid_to", rule.valid_to)):
        if day is not None:
            data[key] = day.isoformat()
    if rule.note is not None:
        data["note"] = {"pl": rule.note[0], "en": rule.note[1]}
    return data


def digest(data: Mapping[str, Any]) -> str:
    """The SHA-256 of a rule's written form."""
    return sha256(json.dumps(data, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def read_trigger(value: Any, which: Any = "latest") -> Trigger:
    """A trigger: the name of a fact, `none`, or a choice like `later_of(a, b)`, also as a mapping.

    Raises WrongFieldError.
    """
    if which not in ("latest", "first"):
        raise WrongFieldError("which", "is latest or first")
    if isinstance(value, str):
        if match := _SEVERAL.fullmatch(value.strip()):
            value = {match[1]: [name.strip() for name in match[2].split(",")]}
        else:
            return Trigger(() if value == "none" else (_fact("trigger", value),), "single", which)
    if isinstance(value, dict):
        for choice in ("later_of", "earlier_of"):
            names = value.get(choice)
            others = set(value) - {choice, "__line__"}
            if isinstance(names, list) and len(names) > 1 and not others:
                facts = tuple(_fact("trigger", name) for name in names)
                if len(set(facts)) < len(facts):
                    raise WrongFieldError("trigger", f"{choice} names a fact twice")
                return Trigger(facts, choice, which)
    raise WrongFieldError("trigger", "is the name of a fact, or later_of / earlier_of with at least two")


def written_trigger(trigger: Trigger) -> str | dict[str, list[str]]:
    """What `read_trigger` takes."""
    if not trigger.facts:
        return "none"
    return trigger.facts[0] if trigger.choice == "single" else {trigger.choice: list(trigger.facts)}


def read_period(value: Any) -> Period | None:
    """A length like `5y`, `18m`, `3y 6m`, `90d`; `until_event`; None for `permanent`.

    Raises WrongFieldError.
    """
    text = str(value).strip().lower()
    if text == "permanent":
        return None
    if text == "until_event":
        return Period()
    match = _PERIOD.fullmatch(text)
    if not match or not any(match.groups()):
        raise WrongFieldError("period", "is written like 5y, 18m, 3y 6m, 90d, until_event or permanent")
    years, months, days = (int(group or 0) for group in match.groups())
    if years > 1000 or months > 12_000 or days > 365_000:
        raise WrongFieldError("period", "is longer than a thousand years; write permanent")
    if not (years or months or days):
        raise WrongFieldError("period", "has no length; write until_event to keep until the event itself")
    return Period(years, months, days)


def written_period(period: Period | None) -> str:
    """What `read_period` takes."""
    if period is None:
        return "permanent"
    parts = ((period.years, "y"), (period.months, "m"), (period.days, "d"))
    return " ".join(f"{n}{unit}" for n, unit in parts if n) or "until_event"


def read_condition(value: Any) -> Condition:
    """One condition of a rule. Raises WrongFieldError."""
    text = str(value).strip()
    if match := _KNOWN.fullmatch(text):
        return Known(match[2], match[1] == "known")
    if match := _AGE.fullmatch(text):
        try:
            age = read_period(match[4])
        except WrongFieldError as error:
            raise WrongFieldError("when", f"an age {error.what}") from error
        if age is None:
            raise WrongFieldError("when", "nobody's age is permanent")
        return AgeAt(match[1], match[3], age, match[2] or "birth_date")  # type: ignore[arg-type]
    if match := _ONE_OF.fullmatch(text):
        words = tuple(word.strip() for word in match[3].split(","))
        return OneOf(match[1], words, not match[2])
    match = _COMPARISON.fullmatch(text)
    if match is None:
        raise WrongFieldError(
            "when",
            "is written like 'hired_on >= 2019-01-01', 'ria_reported == yes', 'entity_kind == public',"
            " 'entity_kind in (state, local)', 'age_at(last_entry) < 2y' or 'known(tax_due)'",
        )
    name, operator, word = match.groups()
    made = _value(word)
    if not isinstance(made, date) and operator not in ("==", "!="):
        raise WrongFieldError("when", f"{word} is not a date, and only dates are earlier or later")
    if isinstance(made, bool) and operator != "==":
        raise WrongFieldError("when", "yes and no can only be compared with ==")
    return Comparison(name, operator, made)  # type: ignore[arg-type]


def written_condition(condition: Condition) -> str:
    """What `read_condition` takes."""
    match condition:
        case Known():
            return f"{'known' if condition.wanted else 'unknown'}({condition.fact})"
        case AgeAt():
            birth = "" if condition.birth == "birth_date" else f", {condition.birth}"
            return f"age_at({condition.fact}{birth}) {condition.operator} {written_period(condition.age)}"
        case OneOf():
            among = "in" if condition.wanted else "not in"
            return f"{condition.fact} {among} ({', '.join(condition.values)})"
        case Comparison(value=bool() as flag):
            return f"{condition.fact} == {'yes' if flag else 'no'}"
        case Comparison():
            return f"{condition.fact} {condition.operator} {condition.value}"


def _value(word: str) -> date | bool | str:
    if word in ("yes", "no"):
        return word == "yes"
    if re.match(r"\d{4}-", word):
        try:
            return date.fromisoformat(word)
        except ValueError as error:
            raise WrongFieldError("when", f"{word} is not a date") from error
    return word


def _conditions(item: Mapping[str, Any]) -> tuple[Condition, ...]:
    value = item.get("when") or ()
    if isinstance(value, str):
        value = [value]
    if not isinstance(value, (list, tuple)):
        raise WrongFieldError("when", "is a list of conditions")
    return tuple(read_condition(text) for text in value)


def _choice(item: Mapping[str, Any], key: str, known: tuple[str, ...], default: str) -> Any:
    value = item.get(key, default)
    if value not in known:
        raise WrongFieldError(key, f"is one of {', '.join(known)}")
    return value


def _words(item: Mapping[str, Any], key: str, known: tuple[str, ...]) -> tuple[Any, ...]:
    value = item.get(key) or ()
    if isinstance(value, str):
        value = [value]
    if not isinstance(value, (list, tuple)) or any(word not in known for word in value):
        raise WrongFieldError(key, f"is a list of {', '.join(known)}")
    return tuple(dict.fromkeys(value))


def _flag(item: Mapping[str, Any], key: str) -> bool:
    value = item.get(key, False)
    if not isinstance(value, bool):
        raise WrongFieldError(key, "is true or false")
    return value


def _version(item: Mapping[str, Any]) -> int:
    value = item.get("version", 1)
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= 1_000_000:
        raise WrongFieldError("version", "is a number from 1 to 1000000")
    return value


def _day(item: Mapping[str, Any], key: str) -> date | None:
    value = item.get(key)
    if value is None or type(value) is date:
        return value
    try:
        return date.fromisoformat(str(value))
    except ValueError as error:
        raise WrongFieldError(key, f"{str(value)[:40]} is not a date") from error


def _zone(value: Any) -> str:
    try:
        ZoneInfo(str(value))
    except (ValueError, OSError, LookupError) as error:
        raise WrongFieldError("zone", f"{value} is not a time zone; write one like Europe/Warsaw") from error
    return str(value)


def _country(value: Any) -> str:
    # YAML takes the code of Norway for the word no.
    text = "NO" if value is False else "" if value == "none" else str(value or "")
    if text and not re.fullmatch(r"[A-Z]{2}", text):
        raise WrongFieldError("country", "has two capital letters, like PL")
    return text


def _fact(field: str, value: Any) -> str:
    if not isinstance(value, str) or not _FACT.fullmatch(value):
        raise WrongFieldError(field, f"{value} is not the name of a fact: small letters, digits, underscores")
    return value


def _note(value: Any) -> tuple[str, str] | None:
    if value is None:
        return None
    if not isinstance(value, dict) or not value.get("pl") or not value.get("en"):
        raise WrongFieldError("note", "is needed in pl and en")
    return str(value["pl"]).strip(), str(value["en"]).strip()
