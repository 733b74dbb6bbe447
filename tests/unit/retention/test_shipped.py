"""The plans that come with Akta: every rule gathered is carried over, as a draft."""

import subprocess
import sys

import pytest

from akta.bootstrap import ROOT
from retention.rules.names import FACTS
from retention.rules.workdays import has_holidays
from retention.schedules.checking import check
from retention.schedules.loading import read_yaml
from retention.schedules.writing import as_csv, as_yaml
from tests.unit.retention.rules import SHIPPED, SHIPPED_RULES

#: The rules that were gathered, each with how it stands in the plans.
KEEP = (
    *("PL-HR-01", "PL-HR-02a", "PL-HR-02b", "PL-HR-03", "PL-HR-04", "PL-HR-05a", "PL-HR-05b"),
    *("PL-HR-06a", "PL-HR-06b", "PL-HR-07", "PL-HR-08", "PL-HR-09", "PL-HR-10", "PL-HR-11"),
    *("PL-HR-15", "PL-HR-16"),
    *("PL-ACC-01", "PL-ACC-02", "PL-ACC-03", "PL-ACC-04", "PL-ACC-05", "PL-ACC-06", "PL-ACC-07"),
    *("PL-ACC-08", "PL-ACC-09", "PL-ACC-10", "PL-ACC-11", "PL-ACC-13"),
    *("PL-ORD-01", "PL-ORD-02", "PL-ORD-03", "PL-ORD-04"),
    *("PL-LAB-01", "PL-LAB-02", "PL-LAB-03", "PL-LAB-04", "PL-LAB-05", "PL-LAB-05b", "PL-LAB-06"),
    *("PL-LAB-07", "PL-LAB-08", "PL-IT-01", "PL-IT-02", "PL-IT-03", "PL-IT-04"),
    *("PL-JRWA-A", "PL-JRWA-B", "PL-JRWA-BE", "PL-JRWA-BC"),
    *("EU-03", "EU-05", "EU-06"),
    *("US-HR-02", "US-HR-03", "US-HR-04", "US-HR-05", "US-HR-06", "US-HR-07", "US-HR-08"),
    *("US-ACC-01", "US-ACC-02", "US-ACC-03", "US-ORD-01"),
    *("US-LAB-01", "US-LAB-02", "US-LAB-03", "US-LAB-04", "US-LAB-05", "US-LAB-06", "US-IT-01"),
)
LIMIT = ("PL-HR-12", "PL-HR-13", "PL-HR-14", "PL-HR-17", "EU-01")
CONSTRAINT = ("PL-ACC-12", "EU-02", "EU-04")
#: In two rules: so long after hiring, and so long after the end, whichever is later.
IN_PARTS = {"US-HR-01": ("US-HR-01a", "US-HR-01b")}
POLICY = ("PL-HR-10", "PL-IT-03", "PL-LAB-07", "PL-LAB-08")


def test_all_79_are_there() -> None:
    assert len({*KEEP, *LIMIT, *CONSTRAINT, *IN_PARTS}) == 79


@pytest.mark.parametrize(
    "rule_id", [*KEEP, *LIMIT, *CONSTRAINT, *(r for parts in IN_PARTS.values() for r in parts)]
)
def test_what_was_gathered_is_a_draft_with_its_basis(rule_id: str) -> None:
    """No rule counts as approved before a lawyer signed it."""
    rule = SHIPPED_RULES[rule_id]
    kind = "limit" if rule_id in LIMIT else "constraint" if rule_id in CONSTRAINT else "keep"
    assert (rule.kind, rule.status) == (kind, "draft")
    assert rule.basis
    assert rule.verified in ("verified", "partly", "unverified", "policy")
    assert (rule_id in POLICY) <= (rule.verified == "policy" and rule.action == "review")


def test_every_rule_has_a_zone_of_its_jurisdiction_and_facts_with_names() -> None:
    for cls in SHIPPED.values():
        for rule in cls.rules:
            assert set(rule.asks) <= set(FACTS), rule.id
            assert not rule.country or has_holidays(rule.country)
            if cls.jurisdiction == "PL":
                assert (rule.zone, rule.country) == ("Europe/Warsaw", "PL")


def test_the_plans_have_no_errors_and_only_warnings_that_are_meant() -> None:
    found = {(f.cls, f.code) for f in check(list(SHIPPED.values()))}
    assert found == {
        ("PL-JRWA-B", "gap"),  # a category that is not in the regulation: kept until somebody looks
        ("PL-JRWA-BE", "gap"),
        ("US-ACC-03", "gap"),
        ("EU-04", "no_period"),
    }


def test_reading_the_plans_does_not_load_the_holidays() -> None:
    """The library takes 20 MiB, and every process reads the plans."""
    code = (
        "import sys; from retention.schedules.fileplan import shipped_plans; shipped_plans();"
        " sys.exit('holidays' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


def test_codes_that_are_in_use_stay() -> None:
    """Classes that papers were filed in by default keep their types."""
    takers = {t: c.code for c in SHIPPED.values() for t in c.doc_types}
    assert (takers["invoice"], takers["payslip"], takers["lab_report"]) == (
        "PL-ACC-08",
        "PL-HR-01",
        "PL-LAB-01",
    )


def test_the_plans_come_back_as_written() -> None:
    classes = list(SHIPPED.values())
    from retention.schedules.tables import read_csv

    assert list(read_yaml(as_yaml(classes)).classes) == classes
    assert list(read_csv(as_csv(classes)).classes) == classes
