"""What is said about keeping: in the reader's language, naming where a date is recorded."""

import re
from datetime import date

import pytest

from ingest.fields.names import FIELDS
from retention.keeping.facts import FIELD_FACTS
from retention.rules import Fact, Rule, compute, sentences
from retention.rules.sources import basis
from retention.rules.words import FACTS, RECORDED_IN
from retention.schedules.fileplan import shipped_plans

_RULES = [rule for plan in shipped_plans() for rule in plan.rules]
_POLISH = re.compile(r"[ąćęłńóśźż]|\b(?:ustawa|ust|pkt|poz|lit|polityka|Kodeks)\b", re.IGNORECASE)


@pytest.mark.parametrize("rule", _RULES, ids=lambda rule: rule.id)
def test_the_law_is_named_in_english_to_readers_of_english(rule: Rule) -> None:
    assert not _POLISH.search(basis(rule.basis, "en"))
    assert basis(rule.basis, "pl") == rule.basis


def test_every_fact_of_the_shipped_plans_has_a_name_in_both_languages() -> None:
    asked = {name for rule in _RULES for name in rule.trigger.facts}
    asked |= {condition.fact for rule in _RULES for condition in rule.conditions}
    assert sorted(asked - set(FACTS)) == []


def test_fields_in_which_facts_are_recorded_are_called_by_their_labels() -> None:
    fields = {"document_date": "date", **{fact: field for field, fact in FIELD_FACTS.items()}}
    assert {f: (FIELDS[n].en, FIELDS[n].pl) for f, n in fields.items()} == RECORDED_IN


def test_what_is_assumed_or_missing_says_where_it_is_recorded() -> None:
    rules = {rule.id: rule for rule in _RULES}
    facts = {
        "document_date": Fact(date(2026, 3, 1), "paper"),
        "fiscal_year_end": Fact(date(2026, 12, 31), "calendar year", assumed="document_date"),
    }
    kept = compute(rules["PL-ACC-08"], facts).as_dict()
    assert any(
        s == "End of the fiscal year: taken to be 31 December 2026, going by the date on the paper;"
        " it changes if the field “Date” is corrected."
        for s in sentences(kept, "en")
    )
    assert any("zmieni się po poprawieniu pola „Data”." in s for s in sentences(kept, "pl"))
    hired = {"hired_on": Fact(date(2020, 1, 1), "paper")}
    missing = sentences(compute(rules["PL-HR-01"], hired).as_dict(), "en")
    assert "Enter it in the field “End of employment”." in missing[-1]
