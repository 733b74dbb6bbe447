"""Properties that every rule must have, whatever its dates."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from retention.rules import Fact, Period, Rule, Trigger, compute, longest
from retention.rules.model import ROUNDINGS

DAYS = st.dates(min_value=date(1900, 1, 1), max_value=date(2200, 12, 31))
PERIODS = st.builds(
    Period,
    years=st.integers(0, 100),
    months=st.integers(0, 30),
    days=st.integers(0, 400),
    leap_to_march=st.booleans(),
)
RULES = st.builds(
    Rule,
    id=st.sampled_from("ABCDE"),
    version=st.integers(1, 3),
    trigger=st.sampled_from(
        [Trigger(("a",)), Trigger(("a", "b"), "later_of"), Trigger(("a", "b"), "earlier_of")]
    ),
    period=st.one_of(st.none(), PERIODS),
    rounding=st.sampled_from(ROUNDINGS),
    roll_to_working_day=st.booleans(),
)


def _facts(a: date | None, b: date | None) -> dict[str, Fact]:
    return {name: Fact(day, "test") for name, day in (("a", a), ("b", b)) if day is not None}


@given(RULES, DAYS, DAYS, DAYS)
def test_a_later_trigger_never_shortens(rule: Rule, first: date, second: date, other: date) -> None:
    early, late = sorted((first, second))
    before, after = compute(rule, _facts(early, other)), compute(rule, _facts(late, other))
    if before.retain_through and after.retain_through:
        assert before.retain_through <= after.retain_through


@given(RULES, DAYS, DAYS)
def test_nothing_ends_before_its_trigger(rule: Rule, a: date, b: date) -> None:
    decision = compute(rule, _facts(a, b))
    if decision.retain_through:
        assert decision.retain_through >= (min(a, b) if rule.trigger.choice == "earlier_of" else a)


@given(RULES, st.one_of(st.none(), DAYS), st.one_of(st.none(), DAYS))
def test_computing_again_gives_the_same(rule: Rule, a: date | None, b: date | None) -> None:
    assert compute(rule, _facts(a, b)).as_dict() == compute(rule, _facts(a, b)).as_dict()


@given(st.lists(RULES, max_size=6), st.one_of(st.none(), DAYS), DAYS, st.randoms())
def test_longest_does_not_depend_on_the_order(rules: list[Rule], a: date | None, b: date, chance) -> None:  # type: ignore[no-untyped-def]
    decisions = [compute(rule, _facts(a, b)) for rule in rules]
    shuffled = list(decisions)
    chance.shuffle(shuffled)
    one, two = longest(decisions), longest(shuffled)
    assert (one.outcome, one.retain_through) == (two.outcome, two.retain_through)
    for decision in decisions:
        if decision.retain_through and one.outcome == "until":
            assert one.retain_through
            assert decision.retain_through <= one.retain_through


@given(RULES, st.one_of(st.none(), DAYS))
def test_unknown_is_never_due(rule: Rule, b: date | None) -> None:
    if rule.trigger.choice != "earlier_of":
        decision = compute(rule, _facts(None, b))
        assert decision.outcome in ("open", "permanent")
        assert decision.retain_through is None
