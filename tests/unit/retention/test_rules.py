"""Worked dates of the rules, and their edges."""

from datetime import date

import pytest

from akta.kernel.clock import civil_date
from retention.rules import Comparison, Fact, Period, Rule, Trigger, compute, headline, longest, sentences
from retention.rules.compute import add
from retention.schedules.fileplan import shipped_plans


def _facts(**values: date | bool) -> dict[str, Fact]:
    return {name: Fact(value, "test") for name, value in values.items()}


def _rule(code: str, rule_id: str) -> Rule:
    cls = next(c for c in shipped_plans() if c.code == code)
    return next(r for r in cls.rules if r.id == rule_id)


D = date


@pytest.mark.parametrize(
    ("code", "rule_id", "facts", "through"),
    [
        (
            "PL-HR-01",
            "PL-HR-01",
            {"hired_on": D(2020, 2, 2), "employment_end": D(2024, 6, 30)},
            D(2034, 12, 31),
        ),
        (
            "PL-HR-01",
            "PL-HR-01",
            {"hired_on": D(2020, 2, 2), "employment_end": D(2024, 12, 31)},
            D(2034, 12, 31),
        ),
        (
            "PL-HR-01",
            "PL-HR-01",
            {"hired_on": D(2020, 2, 2), "employment_end": D(2025, 1, 1)},
            D(2035, 12, 31),
        ),
        (
            "PL-HR-01",
            "PL-HR-02a",
            {"hired_on": D(2005, 5, 1), "employment_end": D(2017, 8, 31), "ria_reported": False},
            D(2067, 8, 31),
        ),
        ("PL-HR-06", "PL-HR-06b", {"submitted_on": D(2011, 12, 30)}, D(2021, 12, 30)),
        ("PL-HR-06", "PL-HR-06a", {"submitted_on": D(2012, 1, 2)}, D(2017, 1, 2)),
        ("PL-ACC-08", "PL-ACC-08", {"fiscal_year_end": D(2025, 12, 31)}, D(2030, 12, 31)),
        ("PL-ACC-08", "PL-ACC-08", {"fiscal_year_end": D(2026, 3, 31)}, D(2031, 3, 31)),
        ("PL-ACC-08", "PL-ACC-09", {"tax_due": D(2026, 1, 26)}, D(2031, 12, 31)),
        ("PL-ACC-08", "PL-ACC-11", {"ksef_issued": D(2026, 2, 3)}, D(2036, 12, 31)),
        ("PL-LAB-01", "PL-LAB-01", {"last_entry": D(2026, 3, 15)}, D(2046, 12, 31)),
        ("US-HR-06", "US-HR-06", {"tax_due": D(2026, 4, 30), "tax_paid": D(2026, 5, 15)}, D(2030, 5, 15)),
    ],
)
def test_golden_dates(code: str, rule_id: str, facts: dict[str, date | bool], through: date) -> None:
    decision = compute(_rule(code, rule_id), _facts(**facts))
    assert (decision.outcome, decision.retain_through) == ("until", through)


def test_unknown_trigger_is_open_and_never_due() -> None:
    decision = compute(_rule("PL-HR-01", "PL-HR-01"), _facts(hired_on=D(2020, 1, 1)))
    assert decision.outcome == "open"
    assert decision.retain_through is None
    assert decision.missing == ("employment_end",)


def test_unknown_condition_leaves_it_open_rather_than_out() -> None:
    """Whether 10 or 50 years apply depends on the day of hiring; not knowing it must not shorten."""
    cls = next(c for c in shipped_plans() if c.code == "PL-HR-01")
    decision = longest([compute(r, _facts(employment_end=D(2024, 6, 30))) for r in cls.rules])
    assert decision.outcome == "open"
    assert "hired_on" in decision.missing


def test_rule_of_another_time_says_nothing() -> None:
    decision = compute(_rule("PL-HR-06", "PL-HR-06a"), _facts(submitted_on=D(2011, 1, 1)))
    assert decision.outcome == "not_applicable"


@pytest.mark.parametrize(
    ("start", "period", "end"),
    [
        (D(2024, 2, 29), Period(years=1), D(2025, 2, 28)),
        (D(2024, 2, 29), Period(years=1, leap_to_march=True), D(2025, 3, 1)),
        (D(2024, 2, 29), Period(years=4), D(2028, 2, 29)),
        (D(2026, 1, 31), Period(months=1), D(2026, 2, 28)),
        (D(2026, 12, 31), Period(months=2), D(2027, 2, 28)),
        (D(2026, 5, 15), Period(years=1, months=2, days=3), D(2027, 7, 18)),
        (D(2026, 5, 15), Period(days=365), D(2027, 5, 15)),
    ],
)
def test_adding_periods(start: date, period: Period, end: date) -> None:
    assert add(start, period) == end


def test_end_beyond_the_calendar_is_for_ever() -> None:
    rule = Rule("X", 1, Trigger(("document_date",)), Period(years=900))
    assert compute(rule, _facts(document_date=D(9500, 1, 1))).outcome == "permanent"


def test_an_instant_is_dated_in_the_rules_zone() -> None:
    from datetime import UTC, datetime

    instant = datetime(2026, 12, 31, 23, 30, tzinfo=UTC)
    assert civil_date(instant, "Europe/Warsaw") == D(2027, 1, 1)
    assert civil_date(instant, "America/New_York") == D(2026, 12, 31)


def test_longest_prefers_permanent_then_open_then_the_latest() -> None:
    short = Rule("A", 1, Trigger(("document_date",)), Period(years=1))
    long = Rule("B", 1, Trigger(("document_date",)), Period(years=5))
    unknown = Rule("C", 1, Trigger(("employment_end",)), Period(years=1))
    forever = Rule("D", 1, Trigger(()), None)
    facts = _facts(document_date=D(2026, 1, 1))
    assert longest([compute(r, facts) for r in (short, long)]).rule_id == "B"
    assert longest([compute(r, facts) for r in (short, long, unknown)]).outcome == "open"
    assert longest([compute(r, facts) for r in (short, unknown, forever)]).outcome == "permanent"
    assert longest([]).outcome == "open"


def test_earlier_and_later_of() -> None:
    facts = _facts(a=D(2026, 1, 1), b=D(2027, 1, 1))
    for choice, day in (("later_of", D(2028, 1, 1)), ("earlier_of", D(2027, 1, 1))):
        rule = Rule("X", 1, Trigger(("a", "b"), choice), Period(years=1))  # type: ignore[arg-type]
        assert compute(rule, facts).retain_through == day
    later = Rule("X", 1, Trigger(("a", "b"), "later_of"), Period(years=1))
    assert compute(later, _facts(a=D(2026, 1, 1))).outcome == "open"
    earlier = Rule("X", 1, Trigger(("a", "b"), "earlier_of"), Period(years=1))
    assert compute(earlier, _facts(a=D(2026, 1, 1))).retain_through == D(2027, 1, 1)


@pytest.mark.parametrize(("day", "through"), [(D(2026, 1, 3), D(2027, 1, 4)), (D(2026, 1, 5), D(2027, 1, 5))])
def test_roll_to_a_working_day(day: date, through: date) -> None:
    rule = Rule("X", 1, Trigger(("a",)), Period(years=1), roll_to_working_day=True)
    assert compute(rule, _facts(a=day)).retain_through == through


def test_yes_and_no_conditions() -> None:
    rule = Rule("X", 1, Trigger(("a",)), Period(years=1), conditions=(Comparison("ria", "==", True),))
    assert compute(rule, _facts(a=D(2026, 1, 1), ria=True)).outcome == "until"
    assert compute(rule, _facts(a=D(2026, 1, 1), ria=False)).outcome == "not_applicable"


def test_every_step_is_a_sentence_in_both_languages() -> None:
    rule = _rule("PL-HR-01", "PL-HR-01")
    decision = compute(rule, _facts(hired_on=D(2020, 2, 2), employment_end=D(2024, 6, 30))).as_dict()
    english, polish = sentences(decision, "en"), sentences(decision, "pl")
    assert len(english) == len(polish) == len(decision["steps"])
    assert "31 December 2034" in english[-1]
    assert "31 grudnia 2034 r." in polish[-1]
    assert "10 lat" in " ".join(polish)
    assert headline(decision, "pl") == "31 grudnia 2034 r."
