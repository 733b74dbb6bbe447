"""Conditions: yes, no, and not known, which leaves a rule open and never out."""

from datetime import UTC, date, datetime

import pytest

from retention.rules import Fact, compute, in_force
from retention.rules.applying import holds, unknown_facts
from retention.rules.language import (
    WrongFieldError,
    read_condition,
    read_period,
    read_rule,
    read_trigger,
    written_condition,
    written_period,
)
from tests.unit.retention.rules import class_says, facts, rule, said

D = date
ZONE = "Europe/Warsaw"


@pytest.mark.parametrize(
    ("text", "known", "answer"),
    [
        ("a < 2026-01-01", {"a": D(2025, 12, 31)}, True),
        ("a < 2026-01-01", {"a": D(2026, 1, 1)}, False),
        ("a <= 2026-01-01", {"a": D(2026, 1, 1)}, True),
        ("a >= 2026-01-01", {"a": D(2026, 1, 1)}, True),
        ("a > 2026-01-01", {"a": D(2026, 1, 1)}, False),
        ("a == 2026-01-01", {"a": D(2026, 1, 1)}, True),
        ("a != 2026-01-01", {"a": D(2026, 1, 1)}, False),
        ("a < 2026-01-01", {}, None),
        ("a < 2026-01-01", {"a": "yesterday"}, None),
        ("a < 2026-01-01", {"a": True}, None),
        ("a >= 2027-01-01", {"a": datetime(2026, 12, 31, 23, 30, tzinfo=UTC)}, True),
        ("a >= 2026-06-01", {"a": Fact(D(2026, 1, 1), "t", more=(D(2026, 6, 1),))}, True),
        ("f == yes", {"f": True}, True),
        ("f == no", {"f": True}, False),
        ("f == yes", {}, None),
        ("f == yes", {"f": "yes"}, None),
        ("kind == public", {"kind": "Public "}, True),
        ("kind != public", {"kind": "public"}, False),
        ("kind == public", {"kind": D(2026, 1, 1)}, None),
        ("kind in (state, local)", {"kind": "local"}, True),
        ("kind not in (state, local)", {"kind": "local"}, False),
        ("kind not in (state, local)", {"kind": "private"}, True),
        ("kind not in (state, local)", {}, None),
        ("known(a)", {}, False),
        ("known(a)", {"a": D(2026, 1, 1)}, True),
        ("unknown(a)", {}, True),
        ("age_at(a) < 2y", {"a": D(2026, 3, 14), "birth_date": D(2024, 3, 15)}, True),
        ("age_at(a) < 2y", {"a": D(2026, 3, 15), "birth_date": D(2024, 3, 15)}, False),
        ("age_at(a) >= 18y", {"a": D(2026, 2, 28), "birth_date": D(2008, 2, 29)}, True),
        ("age_at(a, born) <= 18m", {"a": D(2026, 3, 15), "born": D(2024, 9, 15)}, True),
        ("age_at(a) > 1y 6m", {"a": D(2026, 3, 15), "birth_date": D(2024, 9, 15)}, False),
        ("age_at(a) < 2y", {"a": D(2026, 3, 15)}, None),
        ("age_at(a) < 2y", {"birth_date": D(2026, 3, 15)}, None),
        ("age_at(a) < 900y", {"a": D(9999, 1, 1), "birth_date": D(9998, 1, 1)}, True),
        ("age_at(a) >= 900y", {"a": D(9999, 1, 1), "birth_date": D(9998, 1, 1)}, False),
    ],
)
def test_conditions(text: str, known: dict[str, date | bool | str | Fact], answer: bool | None) -> None:
    """Req 4: three answers."""
    condition = read_condition(text)
    assert holds(condition, facts(**known), ZONE) is answer
    assert bool(unknown_facts(condition, facts(**known), ZONE)) is (answer is None)
    assert read_condition(written_condition(condition)) == condition


def test_a_failed_condition_decides_even_beside_an_unknown_one() -> None:
    made = rule(when=["x == yes", "a >= 2026-01-01"])
    assert compute(made, facts(a=D(2025, 1, 1))).outcome == "not_applicable"
    decision = compute(made, facts(a=D(2026, 1, 1)))
    assert (decision.outcome, decision.missing) == ("open", ("x",))


def test_an_extension_is_silent_until_it_is_known_that_it_applies() -> None:
    """Evidence in proceedings: nothing while nobody says so, open from then on, 12 months after the end."""
    assert said("PL-HR-16").outcome == "not_applicable"
    assert said("PL-HR-16", evidence_in_proceedings=False).outcome == "not_applicable"
    held = said("PL-HR-16", evidence_in_proceedings=True)
    assert (held.outcome, held.missing) == ("open", ("proceedings_closed",))
    ended = said("PL-HR-16", evidence_in_proceedings=True, proceedings_closed=D(2026, 1, 31))
    assert ended.retain_through == D(2027, 1, 31)


def test_what_is_of_another_kind_is_told_and_counts_as_unknown() -> None:
    decision = compute(rule(), facts(a="soon"))
    assert decision.outcome == "open"
    assert "misfit" in [s.code for s in decision.steps]
    silent = compute(rule(only_if_known=True), facts(a="soon"))
    assert silent.outcome == "open", "something is recorded, so the rule may not fall silent"


def test_a_limit_or_constraint_without_date_says_so() -> None:
    assert compute(rule(kind="limit"), facts()).outcome == "open"
    constraint = read_rule({"id": "C", "kind": "constraint", "basis": "law"})
    assert compute(constraint, facts()).outcome == "not_applicable"


def test_versions_in_force_on_a_day() -> None:
    """Req 2: versions with validity, both ends included."""
    old = rule("R", version=1, valid_to="2025-12-31")
    new = rule("R", version=2, valid_from="2026-01-01")
    assert in_force([old, new], D(2025, 12, 31)) == [old]
    assert in_force([old, new], D(2026, 1, 1)) == [new]


@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("id", {"id": "a b"}),
        ("id", {"id": None}),
        ("basis", {"basis": ""}),
        ("version", {"version": 0}),
        ("version", {"version": True}),
        ("version", {"version": "1"}),
        ("period", {"period": "0y"}),
        ("period", {"period": "-1y"}),
        ("period", {"period": "1y 2y"}),
        ("period", {"period": "1.5y"}),
        ("period", {"period": "1001y"}),
        ("period", {"period": 5}),
        ("period", {"kind": "limit", "period": "permanent"}),
        ("trigger", {"trigger": "Big Name"}),
        ("trigger", {"trigger": ["a"]}),
        ("trigger", {"trigger": {"later_of": ["a", "a"]}}),
        ("trigger", {"trigger": {"later_of": ["a", "b"], "earlier_of": ["a", "b"]}}),
        ("trigger", {"trigger": "later_of(a)"}),
        ("trigger", {"trigger": "none"}),
        ("which", {"which": "second"}),
        ("rounding", {"rounding": "end_of_week"}),
        ("leap", {"leap": "april"}),
        ("kind", {"kind": "wish"}),
        ("kind", {"kind": "constraint"}),
        ("action", {"action": "burn"}),
        ("action", {"action": "none"}),
        ("needs", {"needs": ["luck"]}),
        ("needs", {"needs": 5}),
        ("status", {"status": "perhaps"}),
        ("verified", {"verified": "surely"}),
        ("zone", {"zone": "Europe/Atlantis"}),
        ("zone", {"zone": "../etc/passwd"}),
        ("country", {"country": "Poland"}),
        ("only_if_known", {"only_if_known": "maybe"}),
        ("part", {"part": 1}),
        ("valid_from", {"valid_from": "2026-02-30"}),
        ("valid_to", {"valid_from": "2026-01-01", "valid_to": "2025-01-01"}),
        ("note", {"note": {"pl": "tylko"}}),
        ("when", {"when": ["a ~ b"]}),
        ("when", {"when": 7}),
        ("when", {"when": ["a < yesterday"]}),
        ("when", {"when": ["a != yes"]}),
        ("when", {"when": ["a < 2026-13-01"]}),
        ("when", {"when": ["age_at(a) < 0y"]}),
        ("when", {"when": ["age_at(a) < "]}),
        ("when", {"when": ["age_at(a) == 2y"]}),
        ("when", {"when": ["a in ()"]}),
        ("colour", {"colour": "red"}),
    ],
)
def test_what_a_rule_cannot_be(field: str, change: dict[str, object]) -> None:
    data = {"id": "R", "trigger": "a", "period": "1y", "basis": "law", **change}
    with pytest.raises(WrongFieldError) as error:
        read_rule(data)
    assert error.value.field == field
    assert not error.value.what.endswith(".")


def test_words_for_periods_and_triggers() -> None:
    assert [
        written_period(read_period(text)) for text in ("5y", "3Y 6m", "90d", "until_event", "permanent")
    ] == [*("5y", "3y 6m", "90d", "until_event", "permanent")]
    assert read_trigger("later_of(a, b)") == read_trigger({"later_of": ["a", "b"]})


TWICE = Fact(D(2020, 2, 1), "test", more=(D(2005, 5, 1),))


@pytest.mark.parametrize(
    ("when", "kind", "outcome"),
    [
        (["hired >= 2019-01-01"], "keep", "until"),
        (["hired < 2019-01-01"], "keep", "until"),
        (["hired >= 1999-01-01", "hired < 2019-01-01"], "keep", "until"),
        (["hired >= 2006-01-01", "hired < 2019-01-01"], "keep", "not_applicable"),
        (["hired >= 2019-01-01"], "limit", "not_applicable"),
        (["hired >= 2005-01-01"], "limit", "until"),
        (["hired < 2021-01-01", "hired >= 2019-01-01"], "limit", "not_applicable"),
    ],
)
def test_of_several_days_one_is_enough_for_a_duty_and_a_limit_wants_all(
    when: list[str], kind: str, outcome: str
) -> None:
    """Req 4: what is true of one employment keeps the papers, whatever is true of a later one."""
    made = compute(rule(when=when, kind=kind), facts(a=D(2026, 1, 1), hired=TWICE))
    assert made.outcome == outcome


def test_an_end_does_not_count_while_the_same_began_anew() -> None:
    """Req 5, 6: whoever was hired again works here, and their file is not due."""
    ended = {"hired_on": TWICE, "employment_end": D(2010, 6, 30)}
    for made in (said("PL-HR-01", **ended), class_says("PL-HR-01", **ended, ria_reported=False)):
        assert (made.outcome, made.missing) == ("open", ("employment_end",))
        assert any(step.code == "begun_again" for step in made.steps)
        assert not any(step.code == "misfit" for step in made.steps)
    over = {**ended, "employment_end": Fact(D(2026, 6, 30), "test", more=(D(2010, 6, 30),))}
    assert said("PL-HR-01", **over).retain_through == D(2036, 12, 31)
    both = class_says("PL-HR-01", **over, ria_reported=False)
    assert (both.rule_id, both.retain_through) == ("PL-HR-02a", D(2076, 6, 30))
    same_day = said("PL-HR-01", hired_on=D(2020, 2, 1), employment_end=D(2020, 2, 1))
    assert same_day.retain_through == D(2030, 12, 31)


def test_the_law_of_an_earlier_submission_counts_for_it() -> None:
    """Req 4: papers of 2011 are not shortened by what was handed in later."""
    submitted = Fact(D(2013, 5, 5), "test", more=(D(2011, 12, 30),))
    made = class_says("PL-HR-06", submitted_on=submitted)
    assert made.retain_through is not None
    assert made.retain_through >= D(2021, 12, 30)


@pytest.mark.parametrize(
    ("known", "through"),
    [
        ({"service_performed": D(2026, 3, 1)}, D(2031, 12, 31)),
        ({"service_performed": D(2026, 3, 1), "service_missed": False}, D(2031, 12, 31)),
        ({"referral_issued": D(2026, 3, 1), "service_missed": True}, D(2028, 12, 31)),
    ],
)
def test_a_referral_with_and_without_a_word_on_whether_it_was_used(
    known: dict[str, date | bool], through: date
) -> None:
    """Req 4: nobody has to say that nothing was missed."""
    assert class_says("PL-LAB-05", **known).retain_through == through


def test_wage_cards_follow_the_report_as_the_file_does() -> None:
    """Req 4."""
    known = {"hired_on": D(2005, 5, 1), "employment_end": D(2017, 8, 31), "fiscal_year_end": D(2017, 12, 31)}
    made = class_says("PL-ACC-03", **known, ria_reported=True, ria_filed=D(2020, 1, 10))
    assert made.retain_through == D(2030, 12, 31)
    assert class_says("PL-ACC-03", **known, ria_reported=False).retain_through == D(2067, 8, 31)
