"""A stored derivation is computed again from what it holds itself, years and laws later (req 3)."""

import json
from datetime import UTC, date, datetime

import pytest

from retention.rules import DerivationError, Fact, FiscalCalendar, compact, decide, faithful, reproduce
from retention.rules.compute import compute
from tests.unit.retention.rules import SHIPPED, class_says, facts, rule

D = date


def _stored(decision) -> dict:  # type: ignore[no-untyped-def,type-arg]
    return json.loads(json.dumps(decision.as_dict()))


def test_everything_survives_storing() -> None:
    """Req 3: instants, several days, words, spans, calendars, days off, inherited rules."""
    known = facts(
        a=Fact(datetime(2026, 12, 31, 23, 30, tzinfo=UTC), "receipt", more=(D(2020, 1, 1),)),
        kind="public",
        suspended=Fact(True, "case", spans=((D(2027, 2, 1), D(2027, 2, 3)),)),
    )
    known["fiscal_year_end"] = Fact(D(2026, 12, 31), "calendar year", assumed="a")
    rules = [
        rule("F", "fiscal_year_end", "5y", rounding="start_of_next_fiscal_year"),
        rule(
            "S",
            "a",
            "1y",
            when=["kind == public"],
            hold_suspends=True,
            roll_to_working_day=True,
            country="PL",
        ),
        rule("L", "a", "3m", kind="limit"),
    ]
    calendar = FiscalCalendar.beginning(4)
    decision = decide(rules, known, calendar, inherited=[rule("U", "a", "9y")])
    assert reproduce(_stored(decision)) == decision
    assert faithful(_stored(decision))


def test_days_off_are_those_of_back_then() -> None:
    """Req 3: Christmas Eve became a holiday; a date computed before that law stays as it was."""
    decision = compute(
        rule(period="until_event", roll_to_working_day=True, country="PL"), facts(a=D(2026, 12, 24))
    )
    assert decision.retain_through == D(2026, 12, 28)
    stored = _stored(decision)
    stored["inputs"]["days_off"] = {}
    assert reproduce(stored).retain_through == D(2026, 12, 24)
    assert not faithful(stored)


@pytest.mark.parametrize(
    "field", ["outcome", "retain_through", "limit_through", "conflicts", "rule", "action"]
)
def test_a_result_that_was_changed_is_noticed(field: str) -> None:
    stored = _stored(class_says("PL-HR-12", recorded_on=D(2026, 1, 1)))
    assert faithful(stored)
    stored[field] = "2020-01-01"
    assert not faithful(stored)


def test_a_rule_that_was_changed_is_noticed() -> None:
    stored = _stored(class_says("PL-ACC-08", fiscal_year_end=D(2026, 12, 31)))
    stored["inputs"]["rules"][0]["rule"]["period"] = "1y"
    with pytest.raises(DerivationError, match="changed afterwards"):
        reproduce(stored)


def test_a_compact_derivation_finds_its_rules_by_their_digests() -> None:
    """Req 3: rules that a class version has need not be stored with each record."""
    decision = class_says("PL-HR-01", hired_on=D(2020, 1, 1), employment_end=D(2024, 1, 1))
    stored = json.loads(json.dumps(compact(decision.as_dict())))
    assert len(json.dumps(stored)) * 2 < len(json.dumps(decision.as_dict()))
    assert reproduce(stored, SHIPPED["PL-HR-01"].rules) == decision
    assert faithful(stored, SHIPPED["PL-HR-01"].rules)
    with pytest.raises(DerivationError, match="is missing"):
        reproduce(stored, SHIPPED["PL-HR-04"].rules)


@pytest.mark.parametrize(
    "inputs",
    [
        None,
        {},
        {"rules": []},
        {"rules": [{}], "facts": {}},
        {"rules": ["x"], "facts": {}},
        {"rules": 5, "facts": {}},
    ],
)
def test_a_derivation_without_inputs_is_refused(inputs: object) -> None:
    with pytest.raises(DerivationError):
        reproduce({"outcome": "open", "inputs": inputs})


def test_facts_that_cannot_be_read_are_refused() -> None:
    stored = _stored(class_says("PL-ACC-08", fiscal_year_end=D(2026, 12, 31)))
    stored["inputs"]["facts"]["fiscal_year_end"] = {"day": "soon", "source": "x"}
    with pytest.raises(DerivationError):
        reproduce(stored)


def test_only_facts_that_a_rule_asks_for_are_stored() -> None:
    """A derivation holds no more about a person than it needs."""
    decision = class_says("PL-ACC-08", fiscal_year_end=D(2026, 12, 31), hired_on=D(2020, 1, 1), kind="secret")
    assert set(decision.inputs["facts"]) == {"fiscal_year_end"}


@pytest.mark.parametrize("code", sorted(SHIPPED))
def test_every_shipped_class_is_reproduced(code: str) -> None:
    """Req 3, for each class with a day for every fact it asks for, and with none."""
    names = {name for r in SHIPPED[code].rules for name in r.asks}
    for known in (facts(**dict.fromkeys(names, D(2024, 2, 29))), {}):
        decision = decide(SHIPPED[code].rules, known)
        assert reproduce(_stored(decision)) == decision
