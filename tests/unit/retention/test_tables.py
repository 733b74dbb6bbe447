"""Plans as YAML and as CSV: read with the line at fault, written back the same."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from akta.access.roles import DOMAINS
from retention.rules import Rule
from retention.schedules.building import PlanClass
from retention.schedules.loading import ScheduleError, parse_plan, read_yaml
from retention.schedules.reading import read_plan
from retention.schedules.tables import COLUMNS, read_csv
from retention.schedules.writing import as_csv, as_yaml
from tests.unit.retention.rules import a_class, made_rules, rule

HEAD = "code,jurisdiction,title_pl,title_en,domain,rule,trigger,period,when,basis,version\n"
GOOD = (
    HEAD
    + "X-1,PL,Klasa,Class,hr,R1,employment_end,10y,hired_on >= 2019-01-01; f == yes,law,\n"
    + 'X-1,,,,,R2,"later_of(a, b)",until_event,,law,2\n'
)


def test_a_table_with_two_rules_of_one_class() -> None:
    [cls] = read_csv(GOOD).classes
    one, two = cls.rules
    assert (cls.code, one.id, len(one.conditions), one.country) == ("X-1", "R1", 2, "PL")
    assert (two.trigger.facts, two.trigger.choice, two.version) == (("a", "b"), "later_of", 2)


def test_a_table_of_a_polish_spreadsheet() -> None:
    """Semicolons between cells and a mark of byte order at the beginning."""
    text = "\ufeff" + HEAD.replace(",", ";") + 'X-1;PL;Żółć;Class;hr;R1;a;10y;"f == yes; g == no";law;\r\n'
    [cls] = read_csv(text).classes
    assert cls.title_pl == "Żółć"
    assert len(cls.rules[0].conditions) == 2


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        ("domain", "domian", "line 1, domian"),
        (",basis,", ",basis,basis,", "line 1, basis: stands twice"),
        (",jurisdiction", "", "line 1, jurisdiction"),
        ("10y", "soon", "line 2, period"),
        ("X-1,PL", "X-1,", "line 2, jurisdiction"),
        (",hr,", ",moon,", "line 2, domain"),
        ("f == yes", "f ~ yes", "line 2, when"),
        ("law,2", "law,two", "line 3, version"),
        ("law,2", "law,0", "line 3, version"),
        ("law,2", "law,2,3", "line 3, version: the line has 12 cells"),
        ("X-1,,,,,R2", ",,,,,R2", "line 3, code"),
        ("X-1,,,,,R2", "X-1,,,,,", "line 3, id"),
        ("X-1,,,,,R2", "X-1,,Inna,,,R2", "line 3, title_pl: differs from that of line 2"),
        ('"later_of(a, b)"', '"later_of(a', "line 3: this is not CSV"),
        (HEAD, HEAD + "\n" * 20_000, "line 20002, period"),
    ],
)
def test_mistakes_in_a_table_are_pointed_at(before: str, after: str, says: str) -> None:
    assert before in GOOD
    text = GOOD.replace(before, after, 1)
    if before == HEAD:
        text = text.replace("10y", "soon")
    with pytest.raises(ScheduleError, match=says.replace("(", r"\(")):
        read_csv(text)


def test_an_empty_table_is_refused() -> None:
    for text in ("", HEAD, HEAD + ",,,\n"):
        with pytest.raises(ScheduleError, match="line 1"):
            read_csv(text)


PLAN = """jurisdiction: PL
classes:
  - code: X-1
    domain: hr
    title: {pl: Klasa, en: Class}
    rules:
      - {id: A, trigger: a, period: 5y, rounding: end_of_month, basis: law}
      - id: B
        same_as: A
        basis: other law
"""


def test_a_rule_that_is_the_same_as_another() -> None:
    [cls] = parse_plan(PLAN)
    one, two = cls.rules
    assert (two.period, two.rounding, two.trigger) == (one.period, one.rounding, one.trigger)
    assert (two.id, two.basis) == ("B", "other law")
    assert "same_as" not in cls.source["rules"][1], "what is stored stands for itself"
    [longer] = parse_plan(PLAN.replace("same_as: A", "same_as: A\n        period: 6y"))
    assert longer.rules[1].period != one.period


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        ("same_as: A", "same_as: Z", "line 9, same_as: there is no rule Z"),
        ("same_as: A", "same_as: B", "line 9, same_as: goes round in a circle: B -> B"),
        ("trigger: a, period: 5y", "same_as: B", "goes round in a circle"),
        ("id: B", "id: A", "line 9, same_as: goes round in a circle"),
        ("basis: other law", "colour: red", "line 10, colour"),
        ("jurisdiction: PL", "jurisdiction: PL\nowner: me", "line 2, owner"),
        ("jurisdiction: PL", "jurisdiction: PL\nfacts: x", "line 2, facts"),
        ("jurisdiction: PL", "jurisdiction: PL\nzone: Moon", "zone"),
        ("jurisdiction: PL", "jurisdiction: PL\n1: 2", "line 2: '1' is not the name of a field"),
        ("  - code: X-1", "  - x\n  - code: X-1", "a class must be a mapping"),
        ("      - {id: A", "      - x\n      - {id: A", "line 6, rules"),
        ("title: {pl: Klasa, en: Class}", "title: Klasa", "line 5, title"),
        ("title: {pl: Klasa, en: Class}", "title: {pl: 5, en: Class}", "line 5, title"),
        ("title: {pl: Klasa, en: Class}", "title: {pl: Klasa, en: " + "x" * 201 + "}", "line 5, title"),
        ("    domain: hr", "    domain: hr\n    doc_types: [a b]", "line 5, doc_types"),
        ("    domain: hr", "    domain: hr\n    confidentiality: true", "line 5, confidentiality"),
        ("    domain: hr", "    domain: [hr]", "line 4, domain"),
        ("    domain: hr", "    domain: hr\n    confidentiality: [1]", "line 5, confidentiality"),
    ],
)
def test_mistakes_in_a_plan_are_pointed_at(before: str, after: str, says: str) -> None:
    assert before in PLAN
    with pytest.raises(ScheduleError, match=says):
        parse_plan(PLAN.replace(before, after))


def test_a_version_of_a_rule_stands_once() -> None:
    twice = PLAN.replace("id: B", "id: A").replace("same_as: A", "trigger: a\n        period: 1y")
    with pytest.raises(ScheduleError, match="line 8, id: A version 1 stands in X-1 already"):
        parse_plan(twice)


def test_norway_is_a_country_and_not_a_no() -> None:
    [cls] = parse_plan(PLAN.replace("jurisdiction: PL", "jurisdiction: NO\ncountry: NO"))
    assert (cls.jurisdiction, cls.rules[0].country) == ("NO", "NO")
    assert list(read_yaml(as_yaml([cls])).classes) == [cls]
    assert list(read_csv(as_csv([cls])).classes) == [cls]


def test_classes_of_several_jurisdictions_stand_in_one_file() -> None:
    one = a_class(rule("A", country="PL"), code="X-1")
    [two] = parse_plan(
        PLAN.replace("PL\n", "US\nzone: America/New_York\n")
        .replace("X-1", "X-2")
        .replace("id: A", "id: C")
        .replace("same_as: A", "same_as: C")
    )
    assert list(read_yaml(as_yaml([one, two])).classes) == [one, two]
    assert list(read_csv(as_csv([one, two])).classes) == [one, two]
    assert read_plan(as_csv([one]), table=True).classes == read_plan(as_yaml([one]), table=False).classes
    assert as_csv([one]).splitlines()[0].split(",") == list(COLUMNS)
    assert list(read_yaml(as_yaml([])).classes) == []


TEXTS = (
    st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs")), min_size=1, max_size=30)
    .map(str.strip)
    .filter(bool)
)


@st.composite
def _classes(draw: st.DrawFn) -> list[PlanClass]:
    from dataclasses import replace

    made = []
    for n in range(draw(st.integers(1, 3))):
        rules: list[Rule] = [
            replace(
                r,
                id=f"R{n}-{k}",
                version=draw(st.integers(1, 3)),
                basis=draw(TEXTS),
                note=draw(st.one_of(st.none(), st.tuples(TEXTS, TEXTS))),
                part=draw(st.booleans()),
                status=draw(st.sampled_from(["draft", "approved"])),
                valid_from=draw(st.one_of(st.none(), st.dates())),
                zone=draw(st.sampled_from(["Europe/Warsaw", "America/New_York"])),
            )
            for k, r in enumerate(
                draw(st.lists(made_rules(("keep", "limit", "constraint")), min_size=1, max_size=3))
            )
        ]
        cls = a_class(
            *rules,
            code=f"X-{n}",
            domain=draw(st.sampled_from(DOMAINS)),
            title={"pl": draw(TEXTS), "en": draw(TEXTS)},
            confidentiality=draw(st.integers(1, 3)),
            doc_types=[f"type{n}_{k}" for k in range(draw(st.integers(0, 2)))],
        )
        source = cls.source
        made.append(
            replace(
                cls,
                domain=source["domain"],
                title_pl=source["title"]["pl"],
                title_en=source["title"]["en"],
                confidentiality=source["confidentiality"],
            )
        )
    return made


@settings(max_examples=40, deadline=None)
@given(_classes())
def test_what_is_written_is_read_again(classes: list[PlanClass]) -> None:
    """40 examples, each through YAML, through CSV, and from one into the other."""
    assert list(read_yaml(as_yaml(classes)).classes) == classes
    assert list(read_csv(as_csv(classes)).classes) == classes
    assert as_yaml(list(read_csv(as_csv(classes)).classes)) == as_yaml(classes)


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=200), st.integers(0, len(GOOD)), st.integers(0, 20))
def test_a_broken_table_is_read_or_refused(noise: str, place: int, cut: int) -> None:
    """60 examples: nothing but a plan or a ScheduleError comes out."""
    text = GOOD[:place] + noise + GOOD[place + cut :]
    try:
        plan = read_csv(text)
    except ScheduleError:
        return
    assert all(cls.rules for cls in plan.classes)
