"""What is said about keeping: in the reader's language, naming where a date is recorded."""

import ast
import re
from datetime import UTC, date, datetime

import pytest

from akta.bootstrap import ROOT
from api.web.i18n import messages, translate
from ingest.fields.names import FIELDS
from retention.keeping.facts import FIELD_FACTS
from retention.rules import Decision, Fact, Rule, compute, decide, headline, in_chain, sentences
from retention.rules.language import read_rule
from retention.rules.phrases import say_condition
from retention.rules.sources import basis
from retention.rules.words import FACTS, RECORDED_IN
from retention.schedules.fileplan import shipped_plans
from tests.unit.retention.rules import facts, rule

_RULES = [rule for plan in shipped_plans() for rule in plan.rules]
_POLISH = re.compile(r"[ąćęłńóśźż]|\b(?:ustawa|ust|pkt|poz|lit|polityka|Kodeks)\b", re.IGNORECASE)


@pytest.mark.parametrize("shipped", _RULES, ids=lambda rule: rule.id)
def test_the_law_is_named_in_english_to_readers_of_english(shipped: Rule) -> None:
    assert not _POLISH.search(basis(shipped.basis, "en"))
    assert basis(shipped.basis, "pl") == shipped.basis


def test_every_fact_of_the_shipped_plans_has_a_name_in_both_languages() -> None:
    asked = {name for shipped in _RULES for name in shipped.asks}
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


#: Where mistakes in a plan are told, by the functions that take the end of a sentence last.
_MISTAKES = ("rules/language.py", "schedules/building.py", "schedules/tables.py", "schedules/loading.py")


@pytest.mark.parametrize("module", _MISTAKES)
def test_mistakes_in_plans_are_told_in_polish(module: str) -> None:
    known = {re.sub(r"\{\w*\}", "{}", english) for english in messages("pl")}
    missing = []
    for node in ast.walk(ast.parse((ROOT / "retention" / module).read_text("utf-8"))):
        if not isinstance(node, ast.Call) or len(node.args) < 2:
            continue
        name = getattr(node.func, "id", getattr(node.func, "attr", ""))
        last = node.args[-1]
        if name not in ("wrong", "WrongFieldError") or not isinstance(last, (ast.Constant, ast.JoinedStr)):
            continue
        parts = last.values if isinstance(last, ast.JoinedStr) else [last]
        said = "".join(str(p.value) if isinstance(p, ast.Constant) else "{}" for p in parts)
        if said not in known:
            missing.append(said)
    assert missing == []


def test_a_mistake_with_its_line_in_polish() -> None:
    english = "line 9, period: is written like 5y, 18m, 3y 6m, 90d, until_event or permanent."
    assert translate(english, "pl") == (
        "wiersz 9, period: zapisuje się jak 5y, 18m, 3y 6m, 90d, until_event lub permanent."
    )
    nested = "line 2, when: an age has no length; write until_event to keep until the event itself."
    assert translate(nested, "pl").startswith("wiersz 2, when: wiek nie ma długości; napisz")


DAY = date(2026, 1, 1)


def _stopped(until: date | None) -> Fact:
    return Fact(True, "case", spans=((date(2026, 2, 1), until),))


#: Decisions that between them take every step there is.
_STEPS = [
    ([rule(when=["f == yes", "w in (x, y)"])], {"f": True, "w": "x", "a": DAY}),
    ([rule(when=["f == yes"])], {"f": False}),
    ([rule(note={"pl": "Uwaga po polsku.", "en": "A note."})], {}),
    ([rule(only_if_known=True)], {}),
    ([rule()], {"a": "soon"}),
    ([rule()], {"a": datetime(2026, 1, 1, tzinfo=UTC)}),
    ([rule()], {"a": Fact(DAY, "t", more=(date(2020, 1, 1),))}),
    ([rule(which="first")], {"a": Fact(DAY, "t", more=(date(2020, 1, 1),))}),
    ([rule(trigger="later_of(a, b)")], {"a": DAY, "b": date(2027, 1, 1)}),
    ([rule(), rule("S", period="2y")], {"a": DAY}),
    ([rule(trigger="earlier_of(a, b)")], {"a": DAY, "b": date(2027, 1, 1)}),
    ([rule(rounding="start_of_next_fiscal_year")], {"a": DAY}),
    ([rule(rounding="start_of_next_fiscal_year", period="until_event")], {"a": DAY}),
    ([rule(rounding="end_of_quarter", period="3y 6m 5d")], {"a": DAY}),
    ([rule(rounding="end_of_month", period="2m")], {"a": DAY}),
    ([rule(rounding="end_of_calendar_year", period="22y 12m")], {"a": DAY}),
    ([rule(hold_suspends=True)], {"a": DAY, "suspended": _stopped(date(2026, 2, 3))}),
    ([rule(hold_suspends=True)], {"a": DAY, "suspended": _stopped(None)}),
    ([rule(period="until_event", roll_to_working_day=True, country="PL")], {"a": DAY}),
    ([rule(period="until_event", roll_to_working_day=True)], {"a": date(2026, 1, 3)}),
    ([rule(period="1000y")], {"a": date(9500, 1, 1)}),
    ([rule(trigger="none", period="permanent"), rule("L", kind="limit")], {"a": DAY}),
    ([rule(kind="limit"), rule("M", "b", kind="limit")], {"a": DAY}),
    ([rule(period="2y"), rule("L", kind="limit")], {"a": DAY}),
    ([read_rule({"id": "C", "kind": "constraint", "basis": "law"})], {}),
    ([rule(kind="limit")], {}),
]
_CODES = {
    *("rule", "note", "applies", "not_applicable", "nothing_known", "missing", "misfit", "fact", "instant"),
    *("entries", "later_of", "earlier_of", "calendar_year_assumed", "counted_from", "until_event", "period"),
    *("suspended", "rolled", "beyond_calendar", "permanent", "through", "limit", "limit_open", "only_limit"),
    *("conflict", "constraint", "no_rule", "longest", "own_limit", "part", "chain", "assumed"),
}


def _decisions() -> list[Decision]:
    made = [decide(rules, facts(**known)) for rules, known in _STEPS]  # type: ignore[arg-type]
    assumed = facts(document_date=DAY, fiscal_year_end=Fact(date(2026, 12, 31), "t", assumed="document_date"))
    made.append(decide([rule(trigger="fiscal_year_end")], assumed))
    part = rule("P", kind="limit", part=True)
    made.append(decide([part], facts(a=DAY), inherited=[rule(period="9y"), rule("L", kind="limit")]))
    made += in_chain({"one": made[0], "two": decide([rule(period="9y")], facts(a=DAY))}).values()
    made += in_chain({"one": made[0], "two": decide([rule()], facts())}).values()
    return made


def test_every_step_is_a_sentence_in_both_languages() -> None:
    """Req 3: no step of any kind is left untold, and no hole in a sentence unfilled."""
    seen = set()
    for decision in _decisions():
        data = decision.as_dict()
        seen |= {step["code"] for step in data["steps"]}
        english, polish = sentences(data, "en"), sentences(data, "pl")
        assert len(english) == len(polish) == len(data["steps"])
        for said in (*english, *polish):
            assert not re.search(r"[{}]|None|\.\.|\bFalse\b|\bTrue\b", said), said
            assert said[0].upper() == said[0]
        assert headline(data, "pl") != headline(data, "en") or decision.outcome == "not_applicable"
    assert seen == _CODES


@pytest.mark.parametrize(
    ("condition", "english", "polish"),
    [
        (
            "hired_on >= 2019-01-01",
            "start of employment: not before 1 January 2019",
            "data zatrudnienia: nie wcześniej niż 1 stycznia 2019 r.",
        ),
        ("known(tax_due)", "due date of the tax is known", "termin płatności podatku jest znane"),
        ("unknown(x)", "x is not known", "x nie jest znane"),
        (
            "entity_kind in (state, local)",
            "the kind of body: one of state, local",
            "rodzaj podmiotu: jedno z state, local",
        ),
        ("entity_kind not in (state)", "the kind of body: none of state", "rodzaj podmiotu: żadne z state"),
        ("entity_kind != state", "the kind of body: other than state", "rodzaj podmiotu: inne niż state"),
        ("f == no", "f: no", "f: nie"),
        (
            "age_at(last_entry) < 1y 6m",
            "age (counted from: birth of the patient) on the day of: last entry in the medical record"
            " – less than 1 year and 6 months",
            "wiek (liczony od: urodzenie pacjenta) w dniu: ostatni wpis w dokumentacji medycznej"
            " – poniżej 1 roku i 6 miesięcy",
        ),
        ("age_at(a) >= 30d", None, None),
        ("not a condition", "not a condition", "not a condition"),
    ],
)
def test_conditions_in_words(condition: str, english: str | None, polish: str | None) -> None:
    said = say_condition(condition, "en"), say_condition(condition, "pl")
    if english is None:
        assert said[0].endswith("at least 30 days")
        assert said[1].endswith("co najmniej 30 dni")
    else:
        assert said == (english, polish)
