"""Mistakes that a plan can be read with: errors stop it, warnings are told."""

from dataclasses import replace

import pytest

from akta.records.doctypes.current import use
from akta.records.doctypes.tree import DocType, TypeTree, shipped
from retention.rules import Rule
from retention.schedules.cases import cases
from retention.schedules.checking import check
from retention.schedules.loading import read_yaml
from tests.unit.retention.rules import a_class, rule


def _found(*rules: Rule) -> dict[str, str]:
    return {f.code: f.level for f in check([a_class(*rules)], ("a", "b", "w", "f"))}


K = {"kind": "limit"}


@pytest.mark.parametrize(
    ("rules", "found"),
    [
        ([rule()], {}),
        ([rule(trigger="employment_ends")], {"typo": "error"}),
        ([rule(when=["hired_no >= 2019-01-01"])], {"typo": "error", "gap": "warning"}),
        ([rule(trigger="moon_landing")], {"unknown_fact": "warning"}),
        ([rule(when=["a < 2011-01-01", "a >= 2012-01-01"])], {"never": "error", "gap": "warning"}),
        ([rule(when=["f == yes", "f == no"])], {"never": "error", "gap": "warning"}),
        ([rule(when=["w == x", "w == y"])], {"never": "error", "gap": "warning"}),
        ([rule(when=["w in (x, y)", "w not in (x, y, z)"])], {"never": "error", "gap": "warning"}),
        ([rule(when=["known(a)", "unknown(a)"])], {"never": "error", "gap": "warning"}),
        ([rule(when=["unknown(a)", "a >= 2012-01-01"])], {"never": "error", "gap": "warning"}),
        ([rule(when=["age_at(a) < 2y", "age_at(a) >= 18y"])], {"never": "error", "gap": "warning"}),
        ([rule(when=["age_at(a) < 18y", "age_at(a) >= 2y"])], {"gap": "warning"}),
        ([rule("A", when=["age_at(a) < 2y"]), rule("B", when=["age_at(a) >= 2y"])], {}),
        ([rule("A", when=["a < 2012-01-01"]), rule("B", when=["a >= 2012-01-01"])], {}),
        ([rule("A", when=["a < 2012-01-01"]), rule("B", when=["a > 2012-01-01"])], {"gap": "warning"}),
        ([rule("A", when=["f == yes"]), rule("B", when=["f == no"], period="2y")], {}),
        ([rule("A"), rule("B")], {"twice": "warning"}),
        ([rule("A"), rule("B", period="2y")], {"useless": "warning"}),
        ([rule("A"), rule("B", trigger="b")], {}),
        ([rule("A", period="2y"), rule("L", **K)], {"contradiction": "warning"}),
        ([rule("A", period="12m"), rule("L", **K)], {}),
        ([rule("A", period="2y", trigger="b"), rule("L", **K)], {}),
        ([rule("A", trigger="none", period="permanent"), rule("L", **K)], {"contradiction": "warning"}),
        (
            [
                rule("A", period="2y", when=["f == yes"]),
                rule("B", when=["f == no"]),
                rule("L", when=["f == no"], **K),
            ],
            {},
        ),
        ([rule("R"), rule("R", version=2, period="2y", trigger="b")], {"overlap": "error"}),
        (
            [rule("R", valid_to="2025-12-31"), rule("R", version=2, trigger="b", valid_from="2025-12-31")],
            {"overlap": "error"},
        ),
        ([rule("R", valid_to="2025-12-30"), rule("R", version=2, trigger="b", valid_from="2025-12-31")], {}),
        ([rule("R", part=True, **K), rule("S")], {"part_mixed": "error"}),
        ([rule(roll_to_working_day=True, country="ZZ")], {"no_holidays": "warning"}),
        ([rule(leap="march", rounding="end_of_month")], {"leap_idle": "warning"}),
        ([rule(action="transfer")], {"transfer_alone": "warning"}),
    ],
)
def test_findings(rules: list[Rule], found: dict[str, str]) -> None:
    assert _found(*rules) == found


def test_a_finding_says_where_in_both_languages() -> None:
    plan = read_yaml(
        "jurisdiction: PL\nclasses:\n- code: X-1\n  domain: hr\n  title: {pl: a, en: b}\n  rules:\n"
        "  - {id: R, trigger: employment_end, period: 1y, basis: b}\n"
        "  - {id: S, trigger: employmnt_end, period: 1y, basis: b}\n"
    )
    [finding] = check(plan.classes, plan.facts)
    assert (finding.line, finding.field, finding.rule, finding.hint) == (8, "trigger", "S", "employment_end")
    assert finding.words("en").startswith("line 8, S, trigger: there is no fact employmnt_end; did you mean")
    assert finding.words("pl").startswith("wiersz 8, S, trigger: nie ma faktu employmnt_end; czy chodzi o")


def test_own_facts_of_a_plan_are_known() -> None:
    text = (
        "jurisdiction: PL\nfacts: [moon_landing]\nclasses:\n"
        "- code: X-1\n  domain: hr\n  title: {pl: a, en: b}\n"
        "  rules:\n  - {id: R, trigger: moon_landing, period: 1y, basis: b}\n"
    )
    plan = read_yaml(text)
    assert check(plan.classes, plan.facts) == []
    assert [f.code for f in check(plan.classes)] == ["unknown_fact"]


def test_many_conditions_end_in_time() -> None:
    """The combinations looked at are bounded, however many conditions there are."""
    made = rule(when=[f"x{n} >= 20{n:02}-01-01" for n in range(10, 30)])
    assert sum(1 for _ in cases([made])) == 4000
    assert "never" not in {f.code for f in check([a_class(made)])}
    never = rule(when=[*(f"x{n} >= 20{n:02}-01-01" for n in range(10, 30)), "x10 < 2010-01-01"])
    assert "never" in {f.code for f in check([a_class(never)])}


def test_a_type_that_is_none_is_told() -> None:
    found = check([replace(a_class(rule()), doc_types=("invoice", "letter", "invoise"), line=7)], ("a",))
    assert [(f.code, f.level, f.line, f.field, f.what) for f in found] == [
        ("unknown_type", "warning", 7, "doc_types", "invoise")
    ]
    with_own = TypeTree([*shipped().types.values(), DocType("invoise", "other", "x", "x", own=True)])
    use(with_own)
    assert not check([replace(a_class(rule()), doc_types=("invoise",))], ("a",))
