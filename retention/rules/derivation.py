"""Computing a stored derivation again, from nothing but what it holds itself."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from akta.kernel.errors import InvalidError
from retention.rules.compute import compute, fact_from_data
from retention.rules.fiscal import FiscalCalendar
from retention.rules.language import digest, read_rule, rule_data
from retention.rules.model import Decision, Rule
from retention.rules.together import decide, lengthened, longest

#: What must come out the same.
_RESULT = (
    *("outcome", "retain_through", "rule", "rule_version", "action"),
    *("missing", "conflicts", "limit_through", "limit_rule", "needs"),
)


class DerivationError(InvalidError):
    """A derivation cannot be computed again: it holds no inputs, or was changed since it was made."""

    code = "derivation_invalid"


def compact(derivation: Mapping[str, Any]) -> dict[str, Any]:
    """A derivation without the text of its rules, of which id, version and digest stay.

    About half as long. To reproduce it the rules have to be handed in, as an
    immutable version of their class has them.
    """
    inputs = dict(derivation.get("inputs", {}))
    if "rules" in inputs:
        inputs["rules"] = [{k: v for k, v in e.items() if k != "rule"} for e in inputs["rules"]]
    return {**derivation, "inputs": inputs}


def reproduce(derivation: Mapping[str, Any], rules: Iterable[Rule] = ()) -> Decision:
    """The decision of a derivation (`Decision.as_dict`), computed anew from rules and facts stored in it.

    `rules` are looked through for those of a compact derivation; which one is meant is told by
    its digest. Days off are those of back then, so that a later law or library changes nothing.
    Raises DerivationError.
    """
    inputs = derivation.get("inputs")
    if not isinstance(inputs, Mapping) or not inputs.get("rules"):
        raise DerivationError("This derivation was stored without its rules and facts; compute it anew.")
    try:
        return _computed(inputs, {digest(data): data for data in map(rule_data, rules)})
    except DerivationError:
        raise
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise DerivationError("The rules and facts of this derivation cannot be read.") from error


def faithful(derivation: Mapping[str, Any], rules: Iterable[Rule] = ()) -> bool:
    """Whether computing a stored derivation again has the same result. Raises DerivationError."""
    again = reproduce(derivation, rules).as_dict()
    return all(derivation.get(key) == again[key] for key in _RESULT)


def _computed(inputs: Mapping[str, Any], known: Mapping[str, Mapping[str, Any]]) -> Decision:
    own: list[Rule] = []
    above: list[Rule] = []
    for entry in inputs["rules"]:
        data = entry.get("rule", known.get(entry["digest"]))
        if data is None:
            raise DerivationError(
                f"The rule {entry['id']} version {entry['version']} of this derivation is missing."
            )
        if digest(data) != entry["digest"]:
            raise DerivationError(f"The rule {data.get('id')} in this derivation was changed afterwards.")
        (above if entry.get("inherited") else own).append(read_rule(data))
    facts = {name: fact_from_data(data) for name, data in inputs["facts"].items()}
    years = inputs.get("fiscal_years")
    calendar = FiscalCalendar.from_data(years) if years else None
    days_off = {
        key: frozenset(date.fromisoformat(day) for day in days)
        for key, days in inputs.get("days_off", {}).items()
    }
    match inputs.get("way"):
        case "decide":
            made = decide(own, facts, calendar, inherited=above, days_off=days_off)
        case "longest":
            made = longest([compute(rule, facts, calendar, days_off=days_off) for rule in own])
        case _:
            made = compute(own[0], facts, calendar, days_off=days_off)
    chain = inputs.get("chain")
    if chain:
        through = date.fromisoformat(chain["date"]) if chain["date"] else None
        other = Decision(
            chain["outcome"], through, (), chain["rule"], chain["version"], missing=tuple(chain["missing"])
        )
        made = lengthened(made, other, chain["document"])
    return made
