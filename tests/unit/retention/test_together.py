"""Several rules together: limits, conflicts, ties, parts, chains, suspension."""

from datetime import date
from itertools import permutations

import pytest

from retention.rules import Fact, decide, in_chain, longest
from retention.rules.compute import compute
from tests.unit.retention.rules import SHIPPED, class_says, facts, rule

D = date
DAY = D(2026, 1, 1)


def test_a_limit_before_the_end_of_keeping_is_told_and_keeping_wins() -> None:
    """Req 18."""
    keep, limit = rule("K", period="3y"), rule("L", kind="limit", period="1y", action="erase")
    decision = decide([keep, limit], facts(a=DAY))
    assert (decision.outcome, decision.retain_through, decision.action) == ("until", D(2029, 1, 1), "destroy")
    assert (decision.limit_through, decision.limit_rule) == (D(2027, 1, 1), "L")
    assert decision.conflicts == ("K>L",)
    conflict = decision.steps[-1]
    assert (conflict.code, conflict.data["limit_date"]) == ("conflict", "2027-01-01")
    agreeing = decide([keep, rule("L", kind="limit", period="3y")], facts(a=DAY))
    assert (agreeing.conflicts, agreeing.limit_through) == ((), D(2029, 1, 1))


@pytest.mark.parametrize(
    "keep", [rule("K", trigger="none", period="permanent"), rule("K", trigger="unheard")]
)
def test_permanent_and_open_keeping_contradict_a_limit_too(keep) -> None:  # type: ignore[no-untyped-def]
    """Req 18."""
    decision = decide([keep, rule("L", kind="limit", period="1y")], facts(a=DAY))
    assert decision.outcome in ("permanent", "open")
    assert decision.conflicts == ("K>L",)


def test_a_limit_alone_is_the_end_of_keeping() -> None:
    """Req 18: recordings of cameras must be gone after three months, and nothing says to keep them."""
    decision = class_says("PL-HR-12", recorded_on=D(2026, 1, 15))
    assert (decision.outcome, decision.retain_through) == ("until", D(2026, 4, 15))
    assert (decision.action, decision.limit_through, decision.conflicts) == ("erase", D(2026, 4, 15), ())
    evidence = class_says("PL-HR-12", recorded_on=D(2026, 1, 15), evidence_in_proceedings=True)
    assert (evidence.outcome, evidence.limit_through) == ("open", D(2026, 4, 15))
    assert evidence.conflicts == ("PL-HR-12-evidence>PL-HR-12",)
    unknown = class_says("PL-HR-12")
    assert (unknown.outcome, unknown.missing) == ("open", ("recorded_on",))


def test_the_earliest_limit_counts_and_an_unknown_one_is_told() -> None:
    limits = [rule("L1", kind="limit", period="2y"), rule("L2", kind="limit", period="1y")]
    open_limit = rule("L3", "unheard", kind="limit", period="1d")
    decision = decide([*limits, open_limit], facts(a=DAY))
    assert (decision.limit_rule, decision.retain_through) == ("L2", D(2027, 1, 1))
    assert [s.code for s in decision.steps].count("limit_open") == 1


def test_own_limits_go_before_those_of_the_file_then_the_shortest() -> None:
    """Req 20."""
    own = [rule("L1", kind="limit", period="3y"), rule("L2", kind="limit", period="2y")]
    above = [rule("L0", kind="limit", period="1y")]
    decision = decide(own, facts(a=DAY), inherited=above)
    assert (decision.limit_rule, decision.limit_through) == ("L2", D(2028, 1, 1))
    assert any(s.code == "own_limit" and s.data["rules"] == ["L0"] for s in decision.steps)
    assert decide([], facts(a=DAY), inherited=above).limit_rule == "L0"


def test_equal_ends_are_told_apart_in_a_fixed_order() -> None:
    """Req 20: the record's own rule before its file's, then what lets go least, then the name."""
    own = rule("Z", action="destroy")
    above = rule("A", action="transfer", needs=["archive_receipt"])
    decision = decide([own], facts(a=DAY), inherited=[above])
    assert (decision.rule_id, decision.inherited) == ("Z", False)
    assert decision.needs == ("archive_receipt",), "what the other one needs is needed all the same"
    rules = [rule("B"), rule("C", action="review"), rule("A")]
    for order in permutations(rules):
        assert decide(order, facts(a=DAY)).rule_id == "C"
        assert longest([compute(r, facts(a=DAY)) for r in order]).rule_id == "C"
    for order in permutations([rule("B"), rule("A"), rule("A", version=2)]):
        made = decide(order, facts(a=DAY))
        assert (made.rule_id, made.rule_version) == ("A", 1)


def test_the_longest_of_own_and_inherited_keeping_wins() -> None:
    """Req 17."""
    decision = decide([rule("S", period="1y")], facts(a=DAY), inherited=[rule("L", period="9y")])
    assert (decision.rule_id, decision.retain_through, decision.inherited) == ("L", D(2035, 1, 1), True)


def test_a_penalty_note_leaves_a_file_that_is_kept() -> None:
    """Req 19: the note goes after a year, the file ten years after the end of employment."""
    part, file = SHIPPED["PL-HR-13"].rules, SHIPPED["PL-HR-01"].rules
    known = {"hired_on": D(2020, 1, 1), "penalty_date": D(2025, 3, 1)}
    gone = decide(part, facts(**known, penalty_repeated=False), inherited=file)
    assert (gone.outcome, gone.retain_through, gone.action) == ("until", D(2026, 3, 1), "remove")
    assert gone.steps[-1].code == "part"
    again = decide(part, facts(**known, penalty_repeated=True), inherited=file)
    assert (again.outcome, again.missing) == ("open", ("employment_end",))
    unknown = decide(part, facts(**known), inherited=file)
    assert (unknown.outcome, unknown.rule_id) == ("open", "PL-HR-01")
    of_the_file = decide(file, facts(**known, penalty_repeated=False), inherited=part)
    assert of_the_file.outcome == "open", "a rule for parts of it does not free the file"


def test_public_records_need_consent_and_a_declaration() -> None:
    """Req 32: Bn needs both, BE goes to the archive's review, A is transferred."""
    b = class_says("PL-JRWA-B", case_closed=DAY, archive_category="B10")
    assert (b.action, b.needs) == ("destroy", ("archive_consent", "declared_no_value"))
    be = class_says("PL-JRWA-BE", case_closed=DAY, archive_category="BE10")
    assert (be.action, be.needs) == ("review_by_archive", ("archive_consent",))
    a = class_says("PL-JRWA-A", created=DAY)
    assert (a.action, a.needs) == ("transfer", ("archive_receipt",))
    none = class_says("PL-JRWA-B", case_closed=DAY, archive_category="B7")
    assert (none.outcome, none.missing) == ("open", ("rule",))


@pytest.mark.parametrize("action", ["transfer", "review_by_archive"])
def test_a_longer_duty_does_not_end_what_the_archive_may_claim(action: str) -> None:
    """Req 32: category A is handed over also where another law keeps it longer and would destroy."""
    archive = rule(
        "A", period="25y", action=action, needs=["archive_receipt"] if action == "transfer" else []
    )
    other = rule("B", period="30y")
    for order in permutations([archive, other]):
        made = decide(order, facts(a=DAY))
        assert (made.rule_id, made.action, made.retain_through) == ("B", action, D(2056, 1, 1))
        assert any(s.code == "claimed" and s.data["rule"] == "A" for s in made.steps)
    own_will = decide([rule("C", action="review"), other], facts(a=DAY))
    assert own_will.action == "destroy", "what the company decides itself ends with the longer duty"


def test_constraints_are_told_beside_what_is_computed() -> None:
    decision = class_says("PL-ACC-08", fiscal_year_end=D(2025, 12, 31))
    assert decision.retain_through == D(2030, 12, 31)
    assert [s.data["rule"] for s in decision.steps if s.code == "constraint"] == ["PL-ACC-12"]
    only = class_says("EU-04")
    assert (only.outcome, only.missing) == ("open", ("rule",))


def test_corrections_are_kept_as_long_as_the_longest_of_them() -> None:
    """Req 49."""
    first = class_says("PL-HR-06", submitted_on=D(2011, 12, 30))
    second = class_says("PL-HR-06", submitted_on=D(2015, 5, 4))
    third = class_says("PL-HR-06", submitted_on=D(2016, 5, 4))
    chain = in_chain({"one": first, "two": second, "three": third})
    assert {d.retain_through for d in chain.values()} == {D(2021, 12, 30)}
    assert chain["one"] == first
    assert chain["two"].steps[-1].data["document"] == "one"
    assert (chain["two"].rule_id, chain["two"].action) == (second.rule_id, second.action)
    unknown = in_chain({"one": first, "two": class_says("PL-HR-06")})
    assert unknown["one"].outcome == "open"
    assert unknown["one"].missing == ("submitted_on",)
    assert in_chain({}) == {}


def test_a_chain_that_outlasts_a_limit_is_a_conflict() -> None:
    short = decide([rule("K", period="1y"), rule("L", kind="limit", period="2y")], facts(a=DAY))
    long = decide([rule("K9", period="9y")], facts(a=DAY))
    assert in_chain({"x": short, "y": long})["x"].conflicts == ("K9>L",)


@pytest.mark.parametrize(
    ("spans", "through"),
    [
        ((), D(2031, 12, 31)),
        (((D(2027, 1, 1), D(2027, 1, 10)),), D(2032, 1, 12)),  # ten days; the 10th is a Saturday
        (((D(2027, 1, 1), D(2027, 1, 10)), (D(2027, 1, 5), D(2027, 1, 10))), D(2032, 1, 12)),
        (((D(2026, 1, 1), D(2026, 12, 31)),), D(2031, 12, 31)),  # before the period began
        (((D(2026, 12, 1), D(2027, 1, 12)),), D(2032, 1, 12)),
        (((D(2032, 1, 1), D(2032, 2, 1)),), D(2031, 12, 31)),  # after it ended
        (((D(2027, 1, 1), D(2027, 1, 11)), (D(2032, 1, 5), D(2032, 1, 6))), D(2032, 1, 13)),
        (((D(2027, 1, 10), D(2027, 1, 1)),), D(2031, 12, 31)),  # ends before it begins
        (((D(2027, 1, 1), None),), None),
        (((D(2031, 12, 31), None),), None),
        (((D(2032, 1, 1), None),), D(2031, 12, 31)),
    ],
)
def test_suspension_stops_the_clock_of_tax(
    spans: tuple[tuple[date, date | None], ...], through: date | None
) -> None:
    """Req 26: days of suspension do not count; the end then moves to a working day."""
    known = facts(tax_due=D(2026, 1, 26), suspended=Fact(True, "case", spans=spans))
    [tax] = [r for r in SHIPPED["PL-ACC-08"].rules if r.id == "PL-ACC-09"]
    decision = compute(tax, known)
    assert decision.retain_through == through
    if through is None:
        assert (decision.outcome, decision.missing) == ("open", ("suspension_end",))


def test_a_hold_does_not_stop_any_other_clock() -> None:
    """Req 26: the other mode."""
    stopped = Fact(True, "case", spans=((D(2027, 1, 1), None),))
    assert compute(rule(period="5y"), facts(a=DAY, suspended=stopped)).retain_through == D(2031, 1, 1)
