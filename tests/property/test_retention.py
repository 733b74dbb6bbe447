"""Properties that every rule must have, whatever its dates."""

from dataclasses import replace
from datetime import date
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from retention.rules import (
    Decision,
    Fact,
    FiscalCalendar,
    Known,
    Rule,
    compute,
    decide,
    faithful,
    longest,
    reproduce,
)
from retention.rules.language import read_rule, rule_data
from retention.rules.together import in_chain
from tests.unit.retention.rules import CALENDARS, DAY_NAMES, DAYS, made_facts, made_rules

SIMPLE = made_rules(simple=True)
ANY = made_rules(("keep", "keep", "limit", "constraint"))
RANK = {"not_applicable": -1, "until": 0, "open": 1, "permanent": 2}
PLAIN_DAYS = st.dates(date(1900, 1, 1), date(2200, 12, 31))


def _length(decision: Decision) -> tuple[int, date]:
    return RANK[decision.outcome], decision.retain_through or date.min


def _days(a: date | None, b: date | None, c: date | None = None) -> dict[str, Fact]:
    return {n: Fact(day, "test") for n, day in (("a", a), ("b", b), ("c", c)) if day is not None}


@settings(max_examples=100, deadline=None)
@given(SIMPLE, PLAIN_DAYS, PLAIN_DAYS, PLAIN_DAYS, PLAIN_DAYS, CALENDARS)
def test_a_later_trigger_never_shortens(
    rule: Rule, first: date, second: date, b: date, c: date, calendar: FiscalCalendar | None
) -> None:
    """100 examples: moving one day of the trigger later moves the end later or not at all."""
    early, late = sorted((first, second))
    before, after = (compute(rule, _days(a, b, c), calendar) for a in (early, late))
    assert _length(before) <= _length(after)


@settings(max_examples=80, deadline=None)
@given(SIMPLE, DAYS, DAYS, DAYS, CALENDARS)
def test_nothing_ends_before_its_trigger(
    rule: Rule, a: date, b: date, c: date, calendar: FiscalCalendar | None
) -> None:
    """80 examples."""
    decision = compute(rule, _days(a, b, c), calendar)
    asked = [{"a": a, "b": b, "c": c}[name] for name in rule.trigger.facts]
    if decision.retain_through:
        start = min(asked) if rule.trigger.choice == "earlier_of" else max(asked)
        assert decision.retain_through >= start


@settings(max_examples=150, deadline=None)
@given(ANY, made_facts(), CALENDARS)
def test_computing_again_gives_the_same(
    rule: Rule, facts: dict[str, Fact], calendar: FiscalCalendar | None
) -> None:
    """150 examples: the same from the same, from the rule as written, from the derivation (req 3)."""
    once = compute(rule, facts, calendar)
    assert compute(rule, dict(reversed(facts.items())), calendar) == once
    assert compute(read_rule(rule_data(rule)), facts, calendar) == once
    if rule.kind != "constraint":
        assert reproduce(once.as_dict()) == once


@settings(max_examples=150, deadline=None)
@given(
    st.lists(ANY, min_size=1, max_size=4),
    st.lists(ANY, max_size=2),
    made_facts(),
    CALENDARS,
    st.integers(0, 2**16),
)
def test_several_rules_are_reproduced_and_have_no_order(
    own: list[Rule], above: list[Rule], facts: dict[str, Fact], calendar: FiscalCalendar | None, seed: int
) -> None:
    """150 examples: req 3; rules in any order decide the same."""
    own = [replace(r, id=f"{r.id}-{n}") for n, r in enumerate(own)]
    above = [replace(r, id=f"{r.id}-up{n}") for n, r in enumerate(above)]
    decision = decide(own, facts, calendar, inherited=above)
    shuffled = own.copy()
    Random(seed).shuffle(shuffled)
    again = decide(shuffled, facts, calendar, inherited=above[::-1])
    assert again.as_dict() == decision.as_dict()
    assert reproduce(decision.as_dict()) == decision
    assert faithful(decision.as_dict())


@settings(max_examples=100, deadline=None)
@given(st.lists(made_rules(), min_size=1, max_size=5), made_facts(), CALENDARS)
def test_the_longest_is_as_long_as_each(
    rules: list[Rule], facts: dict[str, Fact], calendar: FiscalCalendar | None
) -> None:
    """100 examples: req 17; nothing that applies is kept shorter than any of its rules says."""
    decisions = [compute(rule, facts, calendar) for rule in rules]
    best = longest(decisions)
    for decision in decisions:
        assert _length(decision) <= _length(best)
    if best.rule_id is not None:
        assert _length(best) in {_length(d) for d in decisions}


@settings(max_examples=100, deadline=None)
@given(made_rules(), made_rules(), made_rules(), made_facts())
def test_longest_is_commutative_associative_and_idempotent(
    one: Rule, two: Rule, three: Rule, facts: dict[str, Fact]
) -> None:
    """100 examples, for decisions of which at least one applies."""
    a, b, c = (compute(replace(r, id=f"{r.id}{n}"), facts) for n, r in enumerate((one, two, three)))
    told = lambda d: (d.outcome, d.retain_through, d.rule_id, d.action, sorted(d.missing), sorted(d.needs))  # noqa: E731
    assert told(longest([a, b])) == told(longest([b, a]))
    if all(d.outcome != "not_applicable" for d in (a, b, c)):
        left, right = longest([longest([a, b]), c]), longest([a, longest([b, c])])
        assert told(left) == told(right)
        assert told(longest([a, a])) == told(a)


@settings(max_examples=100, deadline=None)
@given(st.lists(made_rules(), min_size=1, max_size=3), made_facts(), made_facts())
def test_learning_more_never_shortens_what_had_a_date(
    rules: list[Rule], known: dict[str, Fact], more: dict[str, Fact]
) -> None:
    """100 examples. True of rules that ask neither whether something is known nor for the earlier of several
    days: a date once computed is lengthened by a further fact or stays. (Fiscal years and suspension are
    left out: a fact there stands in for an assumption.)"""
    told = [
        replace(
            rule,
            conditions=tuple(c for c in rule.conditions if not isinstance(c, Known)),
            trigger=replace(rule.trigger, choice="later_of") if len(rule.trigger.facts) > 1 else rule.trigger,
            rounding="exact" if rule.rounding == "start_of_next_fiscal_year" else rule.rounding,
            hold_suspends=False,
        )
        for rule in rules
    ]
    before = longest([compute(rule, known) for rule in told])
    after = longest([compute(rule, {**more, **known}) for rule in told])
    if before.outcome in ("until", "permanent") and before.rule_id is not None:
        assert _length(before) <= _length(after)


@settings(max_examples=80, deadline=None)
@given(made_rules(), made_facts())
def test_unknown_is_never_due(rule: Rule, facts: dict[str, Fact]) -> None:
    """80 examples: req 6; without the days it starts from a rule has no date."""
    bare = {name: fact for name, fact in facts.items() if name not in DAY_NAMES}
    decision = compute(rule, bare)
    assert decision.retain_through is None
    assert decision.outcome in ("open", "permanent", "not_applicable")
    assert decide([rule], bare).outcome in ("open", "permanent")


@settings(max_examples=80, deadline=None)
@given(st.lists(made_rules(("keep", "limit")), min_size=1, max_size=4), made_facts())
def test_a_limit_never_shortens_keeping(rules: list[Rule], facts: dict[str, Fact]) -> None:
    """80 examples: req 18; with a duty to keep that applies, limits change nothing but what is told."""
    keeps = [rule for rule in rules if rule.kind == "keep"]
    alone, both = decide(keeps, facts), decide(rules, facts)
    if alone.rule_id is not None:
        assert (both.outcome, both.retain_through, both.rule_id) == (
            alone.outcome,
            alone.retain_through,
            alone.rule_id,
        )
        outlasts = both.limit_through is not None and _length(both) > (0, both.limit_through)
        assert bool(both.conflicts) is outlasts


@settings(max_examples=100, deadline=None)
@given(st.lists(made_rules(), min_size=1, max_size=4), st.lists(made_facts(), min_size=1, max_size=4))
def test_a_chain_is_as_long_as_its_longest_and_reproduced(
    rules: list[Rule], several: list[dict[str, Fact]]
) -> None:
    """100 examples: req 49, req 3."""
    before = {str(n): decide(rules[:2], facts) for n, facts in enumerate(several)}
    after = in_chain(before)
    best = max(map(_length, before.values()))
    assert {_length(d) for d in after.values()} == {best}
    for decision in after.values():
        again = reproduce(decision.as_dict())
        assert _length(again) == best


@settings(max_examples=80, deadline=None)
@given(made_rules(simple=True), made_facts(), CALENDARS)
def test_suspension_never_shortens(
    rule: Rule, facts: dict[str, Fact], calendar: FiscalCalendar | None
) -> None:
    """80 examples: req 26."""
    free = {name: fact for name, fact in facts.items() if name != "suspended"}
    assert _length(compute(rule, free, calendar)) <= _length(compute(rule, facts, calendar))
