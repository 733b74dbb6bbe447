"""What is different between two versions of a class, and what a locked class may become (req 40)."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from retention.rules import Decision, Fact, FiscalCalendar, Rule, decide
from retention.rules.applying import holds
from retention.rules.dates import add
from retention.rules.language import read_condition, read_period
from retention.rules.model import ACTIONS, ROUNDINGS, Period
from retention.schedules.comparing import differences, refusals
from retention.schedules.implying import implies, not_shorter
from tests.unit.retention.rules import (
    CALENDARS,
    CONDITIONS,
    DAYS,
    PERIODS,
    TRIGGERS,
    a_class,
    made_facts,
    made_rules,
    rule,
)

BASE = {"trigger": "a", "period": "5y", "rounding": "end_of_calendar_year"}


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ({}, {}, None),
        ({}, {"period": "6y"}, None),
        ({}, {"period": "permanent"}, None),
        ({}, {"period": "60m"}, None),
        ({}, {"period": "4y"}, "shorter"),
        ({}, {"period": "1825d"}, "shorter"),  # 5 years have 1826 days or more
        ({"period": "permanent"}, {"period": "1000y"}, "not_permanent"),
        ({"period": "90d"}, {"period": "3m"}, "shorter"),  # three months may have 89 days
        ({"period": "84d"}, {"period": "3m"}, None),
        ({}, {"rounding": "end_of_quarter"}, "rounding"),
        ({"rounding": "end_of_quarter"}, {"rounding": "end_of_calendar_year"}, None),
        ({"rounding": "start_of_next_fiscal_year"}, {}, "rounding"),
        ({"rounding": "exact"}, {"rounding": "start_of_next_fiscal_year"}, "rounding"),
        ({}, {"trigger": "b"}, "starts_earlier"),
        ({}, {"trigger": "later_of(a, b)"}, None),
        ({}, {"trigger": "earlier_of(a, b)"}, "starts_earlier"),
        ({"trigger": "later_of(a, b)"}, {}, "starts_earlier"),
        ({"trigger": "earlier_of(a, b)"}, {"trigger": "later_of(a, b)"}, None),
        ({"trigger": "earlier_of(a, b)"}, {}, None),
        ({"which": "first"}, {}, None),
        ({}, {"which": "first"}, "starts_earlier"),
        ({"when": ["b >= 2019-01-01"]}, {"when": ["b >= 2015-01-01"]}, None),
        ({"when": ["b >= 2019-01-01"]}, {}, None),
        ({"when": ["b >= 2019-01-01"]}, {"when": ["b >= 2020-01-01"]}, "narrower"),
        ({}, {"when": ["known(b)"]}, "narrower"),
        ({"when": ["w == x"]}, {"when": ["w in (x, y)"]}, None),
        ({"when": ["w in (x, y)"]}, {"when": ["w == x"]}, "narrower"),
        ({"when": ["age_at(a) < 2y"]}, {"when": ["age_at(a) < 3y"]}, None),
        ({"when": ["age_at(a) < 2y"]}, {"when": ["age_at(a) < 1y"]}, "narrower"),
        ({}, {"action": "review"}, None),
        ({"action": "review"}, {"action": "destroy"}, "action_weaker"),
        ({"action": "transfer"}, {"action": "review"}, "action_weaker"),
        ({"needs": ["archive_consent"]}, {}, "needs_less"),
        ({}, {"needs": ["archive_consent"]}, None),
        ({}, {"only_if_known": True}, "silent"),
        ({"only_if_known": True}, {}, None),
        ({"only_if_known": True}, {"only_if_known": True, "trigger": "later_of(a, b)"}, "silent"),
        ({"roll_to_working_day": True}, {}, "roll"),
        ({}, {"roll_to_working_day": True}, None),
        (
            {"roll_to_working_day": True, "country": "PL"},
            {"roll_to_working_day": True, "country": "US"},
            "roll",
        ),
        ({"hold_suspends": True}, {}, "suspension"),
        ({}, {"hold_suspends": True}, None),
        ({"hold_suspends": True}, {"hold_suspends": True, "trigger": "later_of(a, b)"}, "suspension"),
        ({}, {"part": True}, "part"),
        ({}, {"zone": "Europe/London"}, "zone"),
        ({}, {"kind": "limit"}, "rule_gone"),
        ({}, {"valid_from": "2020-01-01"}, "valid_shorter"),
        ({}, {"valid_to": "2020-01-01"}, "valid_shorter"),
        ({"valid_from": "2020-01-01"}, {}, None),
        ({"rounding": "exact", "leap": "march"}, {"rounding": "exact"}, "shorter"),
        ({"rounding": "exact"}, {"rounding": "exact", "leap": "march"}, None),
        ({"rounding": "exact", "leap": "march"}, {"rounding": "exact", "period": "61m"}, None),
    ],
)
def test_only_longer_only_wider(old: dict[str, object], new: dict[str, object], reason: str | None) -> None:
    """Req 40."""
    before, after = (a_class(rule("R", **{**BASE, **more})) for more in (old, new))  # type: ignore[arg-type]
    found = refusals(before, after)
    assert (reason in {r.reason for r in found}) if reason else found == []
    for refusal in found:
        assert refusal.words("en").endswith(".")
        assert refusal.words("pl") != refusal.words("en")


def test_rules_go_and_come() -> None:
    """Req 40: another rule may take the place, none may come whose action stands in for a stricter one."""
    old = a_class(rule("A", period="5y"), rule("B", period="2y", action="review"))
    assert refusals(old, a_class(rule("C", period="9y", action="review"))) == []
    assert [r.reason for r in refusals(old, a_class(rule("A", period="5y")))] == ["rule_gone"]
    weaker = refusals(old, a_class(*old.rules, rule("C", period="9y")))
    assert [(r.rule, r.reason) for r in weaker] == [("C", "stands_in")]
    reworded = [replace(r, version=2, basis="new words") for r in old.rules]
    assert refusals(old, a_class(*reworded)) == []


def test_limits_may_go_and_be_lengthened_but_not_come() -> None:
    """Req 40, 18."""
    keep, limit = rule("K", period="1y"), rule("L", kind="limit", period="3y")
    both = a_class(keep, limit)
    assert refusals(both, a_class(keep)) == []
    assert refusals(both, a_class(keep, rule("L", kind="limit", period="4y"))) == []
    assert [r.reason for r in refusals(both, a_class(keep, rule("L", kind="limit", period="2y")))] == [
        "limit_earlier"
    ]
    assert [r.reason for r in refusals(a_class(keep), both)] == ["limit_new"]
    assert [r.reason for r in refusals(a_class(limit), both)] == ["beside_limit"]
    wider = a_class(rule("K", period="1y"), limit)
    narrow = a_class(rule("K", period="1y", when=["b >= 2020-01-01"]), limit)
    assert [r.reason for r in refusals(narrow, wider)] == ["beside_limit"]


def test_a_class_keeps_its_types_and_jurisdiction() -> None:
    keep = rule("K")
    old, new = a_class(keep, doc_types=["x", "y"]), a_class(keep, doc_types=["y", "z"])
    assert [(r.reason, r.what) for r in refusals(old, new)] == [("doc_types_gone", "x")]
    assert [r.reason for r in refusals(old, replace(old, jurisdiction="US"))] == ["other_jurisdiction"]
    assert [r.reason for r in refusals(old, replace(old, domain="hr"))] == ["other_domain"]


def test_differences_are_said_in_words() -> None:
    """Req 2: what a new version changes."""
    old = a_class(rule("A", period="5y"), rule("B"))
    new = a_class(
        rule("A", period="6y", when=["a >= 2020-01-01"]), rule("C"), title={"pl": "Inna", "en": "Other"}
    )
    told = [d.words("en") for d in differences(old, new)]
    assert told == [
        "title: pl: Klasa, en: Class → pl: Inna, en: Other.",
        "A: period: 5y → 6y.",
        "A: conditions: added a >= 2020-01-01.",
        "B: rule: removed a, 1y, destroy.",
        "C: rule: added a, 1y, destroy.",
    ]
    assert [d.words("pl") for d in differences(old, new)][1:3] == [
        "A: okres: 5y → 6y.",
        "A: warunki: dodano a >= 2020-01-01.",
    ]
    assert differences(old, old) == []
    assert [d.words("en") for d in differences(None, new)] == ["class: added X."]
    assert [d.words("pl") for d in differences(old, None)] == ["klasa: usunięto X."]
    versions = a_class(rule("A", valid_to="2025-12-31"), rule("A", version=2, valid_from="2026-01-01"))
    assert [d.rule for d in differences(a_class(), versions)] == ["A v1", "A v2"]


#: Conditions on few facts and days, so that one often follows from another.
_IMPLYING = CONDITIONS.filter(lambda c: c.fact in ("a", "word"))
RANK = {"not_applicable": -1, "until": 0, "open": 1, "permanent": 2}


def _length(decision: Decision) -> tuple[int, date]:
    return RANK[decision.outcome], decision.retain_through or date.min


@st.composite
def _changed(draw: st.DrawFn, rule: Rule) -> Rule:
    """A rule somewhat different from another."""
    changes: dict[str, object] = {}
    if rule.kind == "constraint":
        return rule
    for _ in range(draw(st.integers(0, 2))):
        match draw(st.integers(0, 8)):
            case 0:
                longer = draw(st.integers(-1, 3))
                if rule.period is not None:
                    changes["period"] = replace(rule.period, years=max(0, rule.period.years + longer))
            case 1:
                changes["period"] = draw(PERIODS if rule.kind == "limit" else st.one_of(PERIODS, st.none()))
            case 2:
                changes["rounding"] = draw(st.sampled_from(ROUNDINGS))
            case 3 if rule.trigger.facts:
                changes["trigger"] = draw(TRIGGERS)
            case 4:
                changes["conditions"] = rule.conditions[1:]
            case 5:
                changes["conditions"] = (*rule.conditions, draw(CONDITIONS))
            case 6:
                changes["only_if_known"] = draw(st.booleans())
            case 7:
                changes["hold_suspends"] = draw(st.booleans())
            case _:
                changes["roll_to_working_day"] = draw(st.booleans())
                changes["country"] = draw(st.sampled_from(["PL", ""]))
    made = replace(rule, **changes)  # type: ignore[arg-type]
    return made if made.trigger.facts or made.period is None else rule


@st.composite
def _versions(draw: st.DrawFn) -> tuple[list[Rule], list[Rule]]:
    kinds = draw(st.sampled_from([("keep",), ("keep",), ("keep", "limit"), ("limit",)]))
    old = draw(st.lists(made_rules(kinds), min_size=1, max_size=3))
    old = [replace(r, id=f"R{n}", action="destroy") for n, r in enumerate(old)]
    new = [draw(_changed(r)) for r in old if draw(st.integers(0, 5))]
    if draw(st.integers(0, 3)) == 0:
        new.append(replace(draw(made_rules(kinds)), id="N", action="destroy"))
    return old, new


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
@given(_versions(), st.lists(made_facts(), min_size=3, max_size=3), CALENDARS)
def test_what_is_judged_longer_is_never_shorter(
    versions: tuple[list[Rule], list[Rule]], several: list[dict[str, Fact]], calendar: FiscalCalendar | None
) -> None:
    """Req 40; 60 examples with three records each: a date, or permanence, is no shorter afterwards."""
    old, new = versions
    assume(not refusals(a_class(*old), a_class(*new)))
    for facts in several:
        before, after = decide(old, facts, calendar), decide(new, facts, calendar)
        if before.retain_through is not None or before.outcome == "permanent":
            assert _length(before) <= _length(after)
            assert (
                ACTIONS[after.action or "none"] >= ACTIONS[before.action or "none"] or after.outcome == "open"
            )
            assert set(before.needs) <= set(after.needs) or after.outcome == "open"


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
@given(_IMPLYING, _IMPLYING, st.lists(made_facts(), min_size=4, max_size=4))
def test_what_is_implied_holds(known, asked, several: list[dict[str, Fact]]) -> None:  # type: ignore[no-untyped-def]
    """60 pairs of conditions with four records each."""
    assume(implies(known, asked))
    for facts in several:
        if holds(known, facts, "Europe/Warsaw"):
            assert holds(asked, facts, "Europe/Warsaw")


@settings(max_examples=300, deadline=None)
@given(PERIODS, PERIODS, DAYS)
def test_a_period_that_is_not_shorter_ends_no_earlier(new: Period, old: Period, day: date) -> None:
    """300 examples."""
    if not_shorter(new, old):
        assert add(day, new) >= add(day, old)
    assert not_shorter(old, old)


@pytest.mark.parametrize(
    ("known", "asked", "answer"),
    [
        ("a == 2020-01-01", "a >= 2020-01-01", True),
        ("a == 2020-01-01", "a != 2020-01-02", True),
        ("a < 2020-01-01", "a != 2020-01-01", True),
        ("a <= 2020-01-01", "a != 2020-01-01", False),
        ("a > 2020-01-01", "a >= 2020-01-01", True),
        ("a >= 2020-01-01", "a > 2020-01-01", False),
        ("a >= 2020-01-01", "known(a)", True),
        ("a >= 2020-01-01", "unknown(a)", False),
        ("unknown(a)", "known(a)", False),
        ("w == x", "w != y", True),
        ("w != x", "w == y", False),
        ("w not in (x, y)", "w != x", True),
        ("w != x", "w not in (x, y)", False),
        ("f == yes", "f == yes", True),
        ("f == yes", "f == no", False),
        ("age_at(a) >= 3y", "age_at(a) >= 2y", True),
        ("age_at(a) >= 2y", "age_at(b) >= 2y", False),
    ],
)
def test_what_follows_from_a_condition(known: str, asked: str, answer: bool) -> None:
    assert implies(read_condition(known), read_condition(asked)) is answer


def test_periods_that_cannot_be_told_apart_are_not_judged_longer() -> None:
    one, two = read_period("1y"), read_period("366d")
    assert one is not None
    assert two is not None
    assert not not_shorter(one, two)
    assert not not_shorter(two, one), "months against days: only what is sure"
