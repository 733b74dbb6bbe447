"""A stored derivation as sentences: those of the rules, and those of what was added to them."""

from collections.abc import Collection
from typing import Any

from akta.records.masking import MASK
from retention.rules import sentences as of_rules
from retention.rules.words import say_day


def sentences(derivation: dict[str, Any], language: str, hidden: Collection[str] = ()) -> list[str]:
    """One sentence for each step of a stored derivation, without the days of the facts in `hidden`."""
    said: list[str] = []
    for step in derivation["steps"]:
        data = step["data"]
        own = _own(step["code"], data, language)
        made = [own] if own else of_rules({**derivation, "steps": [step]}, language)
        if data.get("fact") in hidden and data.get("date"):
            day = say_day(data["date"], language)
            made = [sentence.replace(day, MASK) for sentence in made]
        said += made
    return said


def _own(code: str, data: dict[str, Any], language: str) -> str:
    polish = language == "pl"
    match code:
        case "extended":
            day = say_day(data["date"], language)
            if polish:
                return f"Przedłużono decyzją osoby: co najmniej do {day}"
            return f"A person extended it: at least through {day}."
        case "locked" if "date" in data:
            day = say_day(data["date"], language)
            if polish:
                return f"Zablokowana klasa ustaliła wcześniej {day}; żadna inna klasa tego nie skraca."
            return f"A locked class fixed {day} before; no other class makes it shorter."
        case "locked":
            if polish:
                return "Zablokowana klasa ustaliła wcześniej przechowywanie bezterminowe."
            return "A locked class fixed keeping for ever before."
        case _:
            return ""
