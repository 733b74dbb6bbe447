"""Records that stand for all there can be, as far as the conditions of some rules tell them apart."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import islice, product

from retention.rules.applying import holds
from retention.rules.dates import add
from retention.rules.model import AgeAt, Comparison, Condition, Fact, Known, OneOf, Period, Rule

#: Of more combinations than this only so many are looked at.
MOST = 4000
_DAY = timedelta(days=1)
_SOME_DAY = date(2020, 6, 15)
#: A word that no rule asks for.
OTHER = "other"

Value = date | bool | str


def cases(rules: Sequence[Rule]) -> Iterator[dict[str, Fact]]:
    """Combinations of facts, one from each side of every bound that the rules' conditions set."""
    return _combined([condition for rule in rules for condition in rule.conditions])


def possible(rule: Rule) -> bool:
    """Whether all conditions of a rule can hold at once; yes also where there are too many to tell."""
    for together in _connected(rule.conditions):
        tried = list(_combined(together))
        met = any(all(holds(c, facts, rule.zone) for c in together) for facts in tried)
        if not met and len(tried) < MOST:
            return False
    return True


def _connected(conditions: Sequence[Condition]) -> list[list[Condition]]:
    """The conditions in groups that have no fact in common with each other."""
    groups: list[tuple[set[str], list[Condition]]] = []
    for condition in conditions:
        names, together = set(condition.facts), [condition]
        apart = []
        for group in groups:
            if group[0] & names:
                names |= group[0]
                together = [*group[1], *together]
            else:
                apart.append(group)
        groups = [*apart, (names, together)]
    return [together for _, together in groups]


def _combined(conditions: Sequence[Condition]) -> Iterator[dict[str, Fact]]:
    names = sorted({name for condition in conditions for name in condition.facts})
    choices: list[list[Value | None]] = []
    for name in names:
        values: list[Value | None] = list(_values(name, conditions))
        choices.append([*values, None] if any(_asks_if_known(c, name) for c in conditions) else values)
    for chosen in islice(product(*choices), MOST):
        yield {name: Fact(v, "case") for name, v in zip(names, chosen, strict=True) if v is not None}


def applicable(rule: Rule, facts: dict[str, Fact]) -> bool:
    """Whether all conditions of a rule hold."""
    return all(holds(condition, facts, rule.zone) for condition in rule.conditions)


def _values(name: str, conditions: Sequence[Condition]) -> list[Value]:
    days: set[date] = set()
    words: dict[str, None] = {}
    flags = False
    for condition in conditions:
        match condition:
            case Comparison(fact=fact, value=bool()) if fact == name:
                flags = True
            case Comparison(fact=fact, value=date() as day) if fact == name:
                days |= set(_around(day))
            case Comparison(fact=fact, value=str() as word) if fact == name:
                words[word] = None
            case OneOf(fact=fact, values=values) if fact == name:
                words |= dict.fromkeys(values)
            case AgeAt() if name in condition.facts:
                days |= _days_of_age(name, condition, conditions)
    found: list[Value] = [*sorted(days)]
    if flags:
        found += [True, False]
    if words:
        found += [*words, OTHER]
    return found or [True]


def _days_of_age(name: str, condition: AgeAt, conditions: Sequence[Condition]) -> set[date]:
    """Days of events, or of births that make somebody just younger, just as old and older on these."""
    events = {_SOME_DAY}
    for other in conditions:
        if isinstance(other, Comparison) and other.fact == condition.fact and type(other.value) is date:
            events |= set(_around(other.value))
    if name == condition.fact:
        return events
    ages = {c.age for c in conditions if isinstance(c, AgeAt)}
    return {day for event in events for age in ages for day in _around(_before(event, age))}


def _before(day: date, age: Period) -> date:
    """A birth on which `age` is reached about `day`."""
    months = day.year * 12 + day.month - 1 - age.years * 12 - age.months
    if months < 24:
        return date(2, 1, 1)
    birth = date(months // 12, months % 12 + 1, min(day.day, 28)) - timedelta(days=age.days)
    return birth + (day - add(birth, age))


def _around(day: date) -> tuple[date, ...]:
    near = {day}
    if day > date.min:
        near.add(day - _DAY)
    if day < date.max:
        near.add(day + _DAY)
    return tuple(near)


def _asks_if_known(condition: Condition, name: str) -> bool:
    return isinstance(condition, Known) and condition.fact == name
