"""Rules in words, as the page of schedules tells them."""

import pytest

from retention.rules import Rule
from retention.rules.saying import say_rule, say_verified
from retention.schedules.fileplan import shipped_plans
from retention.schedules.loading import parse_plan


def _rule(said: str) -> Rule:
    head = "jurisdiction: PL\nclasses:\n  - code: X-01\n    domain: other\n"
    head += "    title: {pl: a, en: b}\n    rules:\n"
    return parse_plan(f"{head}      - {{id: X-01, basis: law, {said}}}\n")[0].rules[0]


@pytest.mark.parametrize(
    ("said", "english", "polish"),
    [
        (
            "trigger: tax_due, rounding: end_of_calendar_year, period: 5y, valid_to: 2027-12-31",
            "5 years from the end of the calendar year of: due date of the tax; then it is destroyed. "
            "In force to 31 December 2027.",
            "5 lat od końca roku, w którym przypada: termin płatności podatku; potem ulega zniszczeniu. "
            "Obowiązuje do 31 grudnia 2027 r.",
        ),
        ("trigger: none, period: permanent", "For ever.", "Na zawsze."),
        (
            "trigger: 'later_of(tax_due, tax_paid)', period: 1y, kind: limit, action: erase",
            "At most 1 year counted from: the later of: due date of the tax, ",
            "Najwyżej 1 rok licząc od: późniejsze z: termin płatności podatku, ",
        ),
    ],
)
def test_a_rule_is_said_in_both_languages(said: str, english: str, polish: str) -> None:
    rule = _rule(said)
    assert say_rule(rule, "en").startswith(english)
    assert say_rule(rule, "pl").startswith(polish)


def test_conditions_and_the_state_of_verification_are_said() -> None:
    rule = _rule("trigger: tax_due, period: 5y, when: [known(tax_paid)], verified: partly")
    assert "Applies when: " in say_rule(rule, "en")
    assert "Stosuje się, gdy: " in say_rule(rule, "pl")
    assert (say_verified(rule, "en"), say_verified(rule, "pl")) == (
        "checked in part",
        "sprawdzone częściowo",
    )


def test_no_code_of_a_shipped_rule_is_shown() -> None:
    for cls in shipped_plans():
        for rule in cls.rules:
            for language in ("en", "pl"):
                said = say_rule(rule, language)
                assert said.endswith(".")
                assert rule.rounding == "exact" or rule.rounding not in said
                assert "_of_" not in said
