"""Rules and facts for the tests of the retention engine."""

from datetime import date

from hypothesis import strategies as st

from retention.rules import (
    AgeAt,
    Comparison,
    Condition,
    Decision,
    Fact,
    FiscalCalendar,
    Known,
    OneOf,
    Period,
    Rule,
    Trigger,
    compute,
    decide,
)
from retention.rules.language import read_rule
from retention.rules.model import ACTIONS, NEEDS, ROUNDINGS
from retention.schedules.building import PlanClass
from retention.schedules.fileplan import shipped_plans

SHIPPED = {cls.code: cls for cls in shipped_plans()}
SHIPPED_RULES = {rule.id: rule for cls in SHIPPED.values() for rule in cls.rules}


def facts(**values: date | bool | str | Fact) -> dict[str, Fact]:
    """Facts by name; a Fact stays as it is."""
    return {n: v if isinstance(v, Fact) else Fact(v, "test") for n, v in values.items()}


def rule(rule_id: str = "R", trigger: object = "a", period: str = "1y", **more: object) -> Rule:
    """A rule as a plan would have it."""
    data = {"id": rule_id, "trigger": trigger, "period": period, "basis": "law", **more}
    return read_rule({k: v for k, v in data.items() if v is not None})


def said(
    rule_id: str, calendar: FiscalCalendar | None = None, **values: date | bool | str | Fact
) -> Decision:
    """What a shipped rule says."""
    return compute(SHIPPED_RULES[rule_id], facts(**values), calendar)


def class_says(
    code: str, calendar: FiscalCalendar | None = None, **values: date | bool | str | Fact
) -> Decision:
    """What all rules of a shipped class say together."""
    return decide(SHIPPED[code].rules, facts(**values), calendar)


def a_class(*rules: Rule, code: str = "X", **more: object) -> PlanClass:
    """A class of rules, as comparing and checking take it."""
    from retention.rules.language import rule_data

    source = {
        "code": code,
        "jurisdiction": "PL",
        "domain": "other",
        "title": {"pl": "Klasa", "en": "Class"},
        "confidentiality": 1,
        "doc_types": [],
        **more,
    }
    doc_types = tuple(source["doc_types"])  # type: ignore[arg-type]
    written = {**source, "rules": [rule_data(r) for r in rules]}
    return PlanClass(
        code, "PL", "other", "Klasa", "Class", 1, doc_types, rules, written, 1, (2,) * len(rules)
    )


#: Names of facts: days, yes or no, words, births.
DAY_NAMES = ("a", "b", "c")
DAYS = st.one_of(
    st.dates(date(1900, 1, 1), date(2200, 12, 31)),
    st.dates(date(2019, 12, 20), date(2025, 1, 10)),
    st.sampled_from([date(2024, 2, 29), date(2023, 12, 31), date(2024, 1, 1), date(2024, 1, 31)]),
)
PERIODS = st.builds(
    Period,
    years=st.integers(0, 12),
    months=st.integers(0, 14),
    days=st.sampled_from([0, 0, 0, 1, 27, 28, 29, 31, 90]),
    leap_to_march=st.booleans(),
)
TRIGGERS = st.one_of(
    st.sampled_from(DAY_NAMES).map(lambda name: Trigger((name,))),
    st.builds(
        lambda names, choice, which: Trigger(tuple(names), choice, which),
        st.lists(st.sampled_from(DAY_NAMES), min_size=2, max_size=3, unique=True),
        st.sampled_from(["later_of", "earlier_of"]),
        st.sampled_from(["latest", "first"]),
    ),
)
WORDS = ("public", "private", "B5", "B10")
CONDITIONS: st.SearchStrategy[Condition] = st.one_of(
    st.builds(
        Comparison, st.sampled_from(DAY_NAMES), st.sampled_from(["<", "<=", ">", ">=", "==", "!="]), DAYS
    ),
    st.builds(Comparison, st.just("flag"), st.just("=="), st.booleans()),
    st.builds(Comparison, st.just("word"), st.sampled_from(["==", "!="]), st.sampled_from(WORDS)),
    st.builds(
        OneOf,
        st.just("word"),
        st.lists(st.sampled_from(WORDS), min_size=1, max_size=3, unique=True).map(tuple),
        st.booleans(),
    ),
    st.builds(
        AgeAt,
        st.sampled_from(DAY_NAMES),
        st.sampled_from(["<", "<=", ">", ">="]),
        st.builds(Period, years=st.integers(1, 20), months=st.integers(0, 11)),
    ),
    st.builds(Known, st.sampled_from([*DAY_NAMES, "flag", "word"]), st.booleans()),
)


@st.composite
def made_rules(draw: st.DrawFn, kinds: tuple[str, ...] = ("keep",), simple: bool = False) -> Rule:
    """Any rule that a plan can have, of these kinds."""
    kind = draw(st.sampled_from(kinds))
    period = draw(PERIODS) if kind == "limit" else draw(st.one_of(PERIODS, PERIODS, PERIODS, st.none()))
    if kind == "constraint":
        return Rule(
            draw(st.sampled_from("CD")), 1, Trigger(()), None, kind="constraint", action="none", basis="b"
        )
    trigger = draw(TRIGGERS)
    if period is None and draw(st.booleans()):
        trigger = Trigger(())
    rolls = draw(st.booleans())
    return Rule(
        id=draw(st.sampled_from(["R1", "R2", "R3", "R4"])),
        version=1,
        trigger=trigger,
        period=period,
        rounding=draw(st.sampled_from(ROUNDINGS)),  # type: ignore[arg-type]
        conditions=() if simple else tuple(draw(st.lists(CONDITIONS, max_size=2))),
        kind=kind,  # type: ignore[arg-type]
        action=draw(st.sampled_from([a for a in ACTIONS if a != "none"])),  # type: ignore[arg-type]
        basis="basis",
        only_if_known=draw(st.booleans()),
        roll_to_working_day=rolls,
        country=draw(st.sampled_from(["PL", "US", ""])) if rolls else "",
        hold_suspends=draw(st.booleans()),
        needs=tuple(draw(st.lists(st.sampled_from(NEEDS), max_size=2, unique=True))),  # type: ignore[arg-type]
    )


@st.composite
def made_facts(draw: st.DrawFn) -> dict[str, Fact]:
    """Facts that the rules ask for, some of them not known, some with several days."""
    found: dict[str, Fact] = {}
    for name in DAY_NAMES:
        if draw(st.integers(0, 4)):
            more = tuple(draw(st.lists(DAYS, max_size=2))) if draw(st.booleans()) else ()
            found[name] = Fact(draw(DAYS), "test", more=more)
    if draw(st.booleans()):
        found["flag"] = Fact(draw(st.booleans()), "test")
    if draw(st.booleans()):
        found["word"] = Fact(draw(st.sampled_from(WORDS)), "test")
    if draw(st.booleans()):
        found["birth_date"] = Fact(draw(DAYS), "test")
    if draw(st.booleans()):
        found["fiscal_year_end"] = Fact(draw(DAYS), "test")
    if draw(st.booleans()):
        spans = tuple(draw(st.lists(st.tuples(DAYS, st.one_of(st.none(), DAYS)), max_size=3)))
        found["suspended"] = Fact(True, "test", spans=spans)
    return found


CALENDARS = st.one_of(
    st.none(),
    st.integers(1, 12).map(FiscalCalendar.beginning),
    st.just(
        FiscalCalendar.of([(date(2021, 1, 1), date(2021, 12, 31)), (date(2022, 1, 1), date(2023, 6, 30))])
    ),
)
