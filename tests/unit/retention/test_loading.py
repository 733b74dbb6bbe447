"""File plans: what is shipped holds together, and mistakes are pointed at."""

import pytest

from ingest.classify.types import TYPES
from retention.schedules.fileplan import shipped_plans
from retention.schedules.loading import ScheduleError, parse_plan

GOOD = """
jurisdiction: PL
classes:
  - code: X-1
    domain: hr
    title: {pl: Klasa, en: Class}
    doc_types: [invoice]
    rules:
      - {id: R1, trigger: document_date, period: 5y, basis: law}
"""


def test_every_business_type_has_exactly_one_polish_class() -> None:
    taken = {t: c.domain for c in shipped_plans() if c.jurisdiction == "PL" for t in c.doc_types}
    missing = [
        code for code, kind in TYPES.items() if kind.domain != "other" and taken.get(code) != kind.domain
    ]
    assert missing == []


def test_shipped_rules_are_drafts_with_a_basis() -> None:
    for cls in shipped_plans():
        for rule in cls.rules:
            assert rule.status == "draft"
            assert rule.basis


def test_a_good_plan() -> None:
    [cls] = parse_plan(GOOD)
    assert cls.code == "X-1"
    assert cls.rules[0].period is not None


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        ("domain: hr", "domain: moon", "line 5, domain"),
        ("code: X-1", "code: x 1", "line 4, code"),
        ("title: {pl: Klasa, en: Class}", "title: {pl: Klasa}", "line 6, title"),
        ("period: 5y", "period: soon", "line 9, period"),
        ("period: 5y", "period: 0", "line 9, period"),
        ("trigger: document_date", "trigger: {later_of: [a]}", "line 9, trigger"),
        ("basis: law", "basis: law, color: red", "line 9, color"),
        ("basis: law", "basis: law, when: ['a ~ b']", "line 9, when"),
        ("basis: law", "basis: law, when: ['a < 2026-02-31']", "line 9, when"),
        ("basis: law", "basis: law, rounding: sometime", "line 9, rounding"),
        ("basis: law", "basis: law, valid_from: 2024-02-30", "line 9, valid_from: 2024-02-30 is not a date"),
        ("basis: law", "basis: law, valid_from: 0000-01-01", "line 9, valid_from: 0000-01-01 is not a date"),
        ("basis: law", f"basis: law, version: {'9' * 5000}", "line 9, version"),
        ("basis: law", "basis: law, version: 1:30", "line 9, version"),
        ("basis: law", "basis: law, version: 0x10", "line 9, version"),
        ("basis: law", "basis: [a]", "line 9, basis"),
        ("period: 5y", "period: ٥y", "line 9, period"),
        ("doc_types: [invoice]", "doc_types: [[a]]", "line 7, doc_types"),
        (", basis: law", "", "line 9, basis"),
        ("jurisdiction: PL", "", "jurisdiction"),
        ("classes:", "classes: [", "line"),
        ("basis: law", "basis: !!bool x", "not YAML"),
        ("basis: law", "basis: !!float ''", "not YAML"),
        ("    rules:\n      - {id: R1, trigger: document_date, period: 5y, basis: law}", "", "line 4, rules"),
    ],
)
def test_mistakes_are_pointed_at(before: str, after: str, says: str) -> None:
    assert before in GOOD
    with pytest.raises(ScheduleError, match=says):
        parse_plan(GOOD.replace(before, after))


def test_a_type_falls_into_one_class_only() -> None:
    twice = GOOD + GOOD.split("classes:\n")[1].replace("X-1", "X-2")
    with pytest.raises(ScheduleError, match="falls into X-1 already"):
        parse_plan(twice)
