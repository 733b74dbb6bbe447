"""Worked dates: what the law's examples and our own say, to the day.

The first table is the golden one of the requirements; a last day of None means kept without end.
"""

from datetime import UTC, date, datetime

import pytest

from retention.rules import Fact, FiscalCalendar, Period, compute
from retention.rules.dates import add
from tests.unit.retention.rules import SHIPPED_RULES, class_says, facts, rule, said

D = date

GOLDEN = [
    # rule, facts, last day of keeping
    ("PL-HR-01", {"hired_on": D(2020, 2, 2), "employment_end": D(2024, 6, 30)}, D(2034, 12, 31)),
    ("PL-HR-01", {"hired_on": D(2020, 2, 2), "employment_end": D(2024, 12, 31)}, D(2034, 12, 31)),
    ("PL-HR-01", {"hired_on": D(2020, 2, 2), "employment_end": D(2025, 1, 1)}, D(2035, 12, 31)),
    (
        "PL-HR-02a",
        {"hired_on": D(2005, 5, 1), "employment_end": D(2017, 8, 31), "ria_reported": False},
        D(2067, 8, 31),
    ),
    ("PL-HR-06b", {"submitted_on": D(2011, 12, 30)}, D(2021, 12, 30)),
    ("PL-ACC-08", {"fiscal_year_end": D(2025, 12, 31)}, D(2030, 12, 31)),
    ("PL-ACC-09", {"tax_due": D(2026, 1, 26)}, D(2031, 12, 31)),
    ("PL-ACC-11", {"ksef_issued": D(2026, 2, 3)}, D(2036, 12, 31)),
    ("PL-LAB-01", {"last_entry": D(2026, 3, 15)}, D(2046, 12, 31)),
    ("US-HR-06", {"tax_due": D(2026, 4, 30), "tax_paid": D(2026, 5, 15)}, D(2030, 5, 15)),
    ("PL-HR-01", {"hired_on": D(2020, 2, 2)}, None),
]

WORKED = [
    # the 10/50-year split by the day of hiring and the RIA report (req 4)
    ("PL-HR-01", {"hired_on": D(2019, 1, 1), "employment_end": D(2019, 1, 1)}, D(2029, 12, 31)),
    ("PL-HR-03", {"hired_on": D(1998, 12, 31), "employment_end": D(2004, 2, 29)}, D(2054, 2, 28)),
    (
        "PL-HR-02b",
        {"hired_on": D(1999, 1, 1), "ria_reported": True, "ria_filed": D(2020, 1, 10)},
        D(2030, 12, 31),
    ),
    # ZUS declarations: the law changed on 1 January 2012 (req 4)
    ("PL-HR-06a", {"submitted_on": D(2012, 1, 1)}, D(2017, 1, 1)),
    ("PL-HR-06b", {"submitted_on": D(2011, 12, 31)}, D(2021, 12, 31)),
    ("PL-HR-06a", {"submitted_on": D(2016, 2, 29)}, D(2021, 2, 28)),
    # limitation of tax: the end of the year, moved past a free Saturday, Sunday and New Year (req 16)
    ("PL-HR-11", {"tax_due": D(2017, 4, 30)}, D(2023, 1, 2)),
    ("PL-ACC-09", {"tax_due": D(2017, 12, 27)}, D(2023, 1, 2)),
    ("PL-ACC-09", {"tax_due": D(2018, 1, 25)}, D(2024, 1, 2)),
    ("PL-ACC-09", {"tax_due": D(2016, 1, 25)}, D(2021, 12, 31)),
    ("PL-ACC-10", {"depreciation_tax_due": D(2017, 3, 31)}, D(2023, 1, 2)),
    ("PL-ACC-11", {"ksef_issued": D(2026, 12, 31)}, D(2036, 12, 31)),
    ("PL-ACC-11", {"ksef_issued": D(2027, 1, 1)}, D(2037, 12, 31)),
    ("PL-ACC-04", {"statement_approved": D(2026, 6, 30), "retail_settled": D(2026, 7, 2)}, D(2026, 7, 2)),
    ("PL-ACC-06", {"accounting_policy_ended": D(2024, 2, 29)}, D(2029, 2, 28)),
    ("PL-ORD-04", {"document_date": D(2026, 1, 1)}, D(2031, 12, 31)),
    ("PL-HR-08", {"recorded_period_end": D(2026, 1, 31)}, D(2029, 1, 31)),
    ("PL-HR-09", {"accident_report": D(2024, 2, 29)}, D(2034, 2, 28)),
    ("PL-HR-12", {"recorded_on": D(2025, 11, 30)}, D(2026, 2, 28)),
    ("PL-HR-13", {"penalty_date": D(2025, 3, 1), "penalty_repeated": False}, D(2026, 3, 1)),
    ("PL-HR-14", {"sobriety_check": D(2024, 2, 29)}, D(2025, 2, 28)),
    ("PL-HR-15", {"follow_up_completed": D(2025, 1, 1)}, D(2028, 12, 31)),
    ("PL-HR-17", {"retention_end": D(2034, 12, 31)}, D(2035, 12, 31)),
    ("PL-HR-17-pickup", {"retention_end": D(2034, 12, 31)}, D(2035, 1, 31)),
    ("PL-HR-17-pickup", {"retention_end": D(2035, 1, 15)}, D(2035, 2, 28)),
    ("PL-LAB-02", {"death_by_injury": D(2025, 12, 31)}, D(2055, 12, 31)),
    ("PL-LAB-04", {"image_taken": D(2026, 1, 1)}, D(2036, 12, 31)),
    ("PL-LAB-05", {"service_performed": D(2026, 7, 1)}, D(2031, 12, 31)),
    ("PL-LAB-05b", {"referral_issued": D(2026, 7, 1), "service_missed": True}, D(2028, 12, 31)),
    ("PL-LAB-06", {"last_entry": D(2026, 3, 15), "birth_date": D(2024, 3, 16)}, D(2048, 12, 31)),
    ("PL-JRWA-A", {"created": D(2026, 5, 5)}, D(2051, 12, 31)),
    ("PL-JRWA-B", {"case_closed": D(2026, 1, 1), "archive_category": "B5"}, D(2031, 12, 31)),
    ("PL-JRWA-B50", {"case_closed": D(2026, 12, 31), "archive_category": "b50"}, D(2076, 12, 31)),
    ("PL-JRWA-BE10", {"case_closed": D(2026, 6, 1), "archive_category": "BE10"}, D(2036, 12, 31)),
    ("PL-JRWA-BC", {"fully_used": D(2026, 6, 1)}, D(2026, 6, 1)),
    ("EU-01", {"purpose_ended": D(2026, 6, 1)}, D(2026, 6, 1)),
    ("EU-03", {"transaction": D(2026, 1, 1)}, D(2036, 12, 31)),
    ("EU-05", {"release": D(2026, 2, 1)}, D(2029, 12, 31)),
    ("EU-05-PL", {"release": D(2026, 2, 1), "member_state": "PL"}, D(2031, 12, 31)),
    ("EU-06-implant", {"last_device_placed": D(2024, 2, 29), "device_implantable": True}, D(2039, 2, 28)),
    ("US-HR-01a", {"hired_on": D(2024, 2, 29)}, D(2027, 2, 28)),
    ("US-HR-01b", {"employment_end": D(2027, 5, 1)}, D(2028, 5, 1)),
    ("US-HR-04-public", {"personnel_action": D(2026, 5, 1), "employer_kind": "school"}, D(2028, 5, 1)),
    ("US-HR-05", {"charge_disposed": D(2026, 5, 1)}, D(2026, 5, 1)),
    ("US-HR-07", {"log_year_end": D(2025, 12, 31)}, D(2030, 12, 31)),
    ("US-HR-08", {"employment_end": D(2026, 5, 1)}, D(2056, 5, 1)),
    (
        "US-ACC-01-omitted",
        {"return_filed": D(2026, 4, 1), "tax_due": D(2026, 4, 15), "return_case": "omitted_income"},
        D(2032, 4, 15),
    ),
    ("US-ACC-03", {"created": D(2026, 1, 1), "broker_record": "six_years"}, D(2032, 1, 1)),
    ("US-LAB-01-CA", {"created": D(2026, 1, 1), "us_state": "CA"}, D(2029, 1, 1)),
    ("US-LAB-06", {"created": D(2020, 1, 1), "last_in_effect": D(2026, 1, 1)}, D(2032, 1, 1)),
    ("US-IT-01", {"log_entry": D(2024, 2, 29)}, D(2025, 2, 28)),
    ("US-ORD-01", {"tender_of_delivery": D(2026, 1, 1)}, D(2030, 1, 1)),
    # trigger unknown: kept without end (req 6)
    ("PL-ACC-04", {"statement_approved": D(2026, 6, 30)}, None),
    ("PL-LAB-06", {"last_entry": D(2026, 3, 15)}, None),
    ("PL-JRWA-B", {"case_closed": D(2026, 1, 1)}, None),
]


@pytest.mark.parametrize(("rule_id", "known", "through"), [*GOLDEN, *WORKED])
def test_worked_dates(rule_id: str, known: dict[str, date | bool | str], through: date | None) -> None:
    """Req 4, 6, 12, 15, 16."""
    decision = said(rule_id, **known)
    outcome = "open" if through is None else "until"
    assert (decision.outcome, decision.retain_through) == (outcome, through)


@pytest.mark.parametrize(
    ("hired", "ria", "outcome", "rule_id", "through"),
    [
        (D(2019, 1, 1), None, "until", "PL-HR-01", D(2034, 12, 31)),
        (D(2018, 12, 31), False, "until", "PL-HR-02a", D(2074, 6, 30)),
        (D(1999, 1, 1), False, "until", "PL-HR-02a", D(2074, 6, 30)),
        (D(1999, 1, 1), True, "until", "PL-HR-02b", D(2029, 12, 31)),
        (D(1998, 12, 31), None, "until", "PL-HR-03", D(2074, 6, 30)),
        (D(2010, 1, 1), None, "open", None, None),
        (None, None, "open", None, None),
    ],
)
def test_the_10_and_50_years_of_a_personnel_file(
    hired: date | None, ria: bool | None, outcome: str, rule_id: str | None, through: date | None
) -> None:
    """Req 4: which rule of the class applies depends on the day of hiring and the report."""
    known: dict[str, date | bool | str | Fact] = {
        "employment_end": D(2024, 6, 30),
        "ria_filed": D(2019, 3, 1),
    }
    if hired is not None:
        known["hired_on"] = hired
    if ria is not None:
        known["ria_reported"] = ria
    decision = class_says("PL-HR-01", **known)
    assert (decision.outcome, decision.retain_through) == (outcome, through)
    if rule_id is not None:
        assert decision.rule_id == rule_id
    else:
        assert {"hired_on", "ria_reported"} & set(decision.missing)


@pytest.mark.parametrize(
    ("start", "more", "through"),
    [
        (D(2024, 2, 29), {"period": "1y"}, D(2025, 2, 28)),
        (D(2024, 2, 29), {"period": "1y", "leap": "march"}, D(2025, 3, 1)),
        (D(2024, 2, 29), {"period": "4y", "leap": "march"}, D(2028, 2, 29)),
        (D(2024, 2, 29), {"period": "12m", "leap": "march"}, D(2025, 3, 1)),
        (D(2026, 1, 31), {"period": "1m", "leap": "march"}, D(2026, 2, 28)),  # only the 29 February moves
        (D(2000, 2, 29), {"period": "100y"}, D(2100, 2, 28)),
        (D(2026, 1, 30), {"period": "1m", "rounding": "end_of_month"}, D(2026, 2, 28)),
        (D(2026, 2, 28), {"period": "1m", "rounding": "end_of_month"}, D(2026, 3, 31)),
        (D(2023, 2, 10), {"period": "1y", "rounding": "end_of_month"}, D(2024, 2, 29)),
        (D(2026, 5, 1), {"period": "3m", "rounding": "end_of_quarter"}, D(2026, 9, 30)),
        (D(2026, 3, 31), {"period": "1d", "rounding": "end_of_quarter"}, D(2026, 4, 1)),
        (D(2026, 12, 31), {"period": "1y", "rounding": "end_of_calendar_year"}, D(2027, 12, 31)),
        (D(2027, 1, 1), {"period": "1y", "rounding": "end_of_calendar_year"}, D(2028, 12, 31)),
        (D(2026, 5, 1), {"period": "until_event", "rounding": "end_of_calendar_year"}, D(2026, 12, 31)),
        (D(2026, 5, 1), {"period": "365d"}, D(2027, 5, 1)),
        (D(2027, 5, 1), {"period": "365d"}, D(2028, 4, 30)),
        (D(1, 1, 1), {"period": "1y"}, D(2, 1, 1)),
        (D(9998, 12, 31), {"period": "1y"}, D(9999, 12, 31)),
        (D(9999, 12, 31), {"period": "until_event"}, D(9999, 12, 31)),
    ],
)
def test_periods_and_roundings(start: date, more: dict[str, str], through: date) -> None:
    """Req 12, 14: units, ends of months, quarters and years, the leap day by the rule's own setting."""
    assert compute(rule(**more), facts(a=start)).retain_through == through  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("start", "more"),
    [
        (D(9999, 12, 31), {"period": "1d"}),
        (D(9999, 1, 1), {"period": "1y", "rounding": "end_of_calendar_year"}),
        (D(9999, 12, 25), {"period": "6d", "hold_suspends": True}),
        (D(9000, 1, 1), {"period": "1000y"}),
    ],
)
def test_an_end_beyond_the_calendar_is_for_ever(start: date, more: dict[str, object]) -> None:
    stopped = Fact(True, "test", spans=((D(9999, 12, 27), D(9999, 12, 28)),))
    decision = compute(rule(**more), facts(a=start, suspended=stopped))  # type: ignore[arg-type]
    assert (decision.outcome, decision.retain_through) == ("permanent", None)
    assert [s.code for s in decision.steps][-1] == "beyond_calendar"


@pytest.mark.parametrize(
    ("instant", "zone", "through"),
    [
        (datetime(2026, 12, 31, 22, 59, 59, tzinfo=UTC), "Europe/Warsaw", D(2027, 12, 31)),
        (datetime(2026, 12, 31, 23, 0, tzinfo=UTC), "Europe/Warsaw", D(2028, 12, 31)),
        (datetime(2026, 12, 31, 23, 30, tzinfo=UTC), "Europe/Warsaw", D(2028, 12, 31)),
        (datetime(2026, 12, 31, 23, 30, tzinfo=UTC), "America/New_York", D(2027, 12, 31)),
        (datetime(2027, 1, 1, 4, 59, tzinfo=UTC), "America/New_York", D(2027, 12, 31)),
        # Summer time: midnight of Warsaw is at 22 h UTC, of the day the clocks change at 23 h.
        (datetime(2026, 3, 28, 23, 0, tzinfo=UTC), "Europe/Warsaw", D(2027, 12, 31)),
        (datetime(2026, 1, 1, 0, 0, tzinfo=UTC), "Pacific/Kiritimati", D(2027, 12, 31)),
        (datetime(2025, 12, 31, 12, 0, tzinfo=UTC), "Pacific/Kiritimati", D(2027, 12, 31)),
    ],
)
def test_an_instant_is_a_day_of_the_rules_zone(instant: datetime, zone: str, through: date) -> None:
    """Req 15: 23:30 UTC on New Year's Eve is the next year in Warsaw."""
    made = rule(zone=zone, rounding="end_of_calendar_year")
    assert compute(made, facts(a=instant)).retain_through == through


@pytest.mark.parametrize(
    ("instant", "day"),
    [
        (datetime(2026, 3, 29, 21, 59, tzinfo=UTC), D(2026, 3, 29)),
        (datetime(2026, 3, 29, 22, 0, tzinfo=UTC), D(2026, 3, 30)),
        (datetime(2026, 10, 25, 22, 59, tzinfo=UTC), D(2026, 10, 25)),
        (datetime(2026, 10, 25, 23, 0, tzinfo=UTC), D(2026, 10, 26)),
    ],
)
def test_instants_about_the_change_of_clocks(instant: datetime, day: date) -> None:
    """Req 15: the civil day of Warsaw on the days of 23 and of 25 hours."""
    assert compute(rule(period="until_event"), facts(a=instant)).retain_through == day


def test_an_instant_without_zone_is_no_day() -> None:
    decision = compute(rule(), facts(a=datetime(2026, 1, 1)))
    assert (decision.outcome, decision.missing) == ("open", ("a",))


@pytest.mark.parametrize(
    ("country", "start", "through"),
    [
        ("PL", D(2022, 12, 30), D(2022, 12, 30)),
        ("PL", D(2022, 12, 31), D(2023, 1, 2)),
        ("PL", D(2023, 1, 1), D(2023, 1, 2)),
        ("PL", D(2026, 4, 4), D(2026, 4, 7)),  # Holy Saturday, Easter, Easter Monday
        ("PL", D(2026, 6, 4), D(2026, 6, 5)),  # Corpus Christi
        ("PL", D(2026, 11, 11), D(2026, 11, 12)),
        ("PL", D(2024, 12, 24), D(2024, 12, 24)),  # a working day until 2024
        ("PL", D(2025, 12, 24), D(2025, 12, 29)),  # a holiday since 2025, then Christmas and a weekend
        ("US", D(2026, 11, 11), D(2026, 11, 12)),  # Veterans Day
        ("US", D(2026, 7, 3), D(2026, 7, 6)),  # Independence Day observed, then a weekend
        ("US", D(2026, 6, 4), D(2026, 6, 4)),
        ("DE", D(2026, 10, 3), D(2026, 10, 5)),
        ("", D(2026, 11, 11), D(2026, 11, 11)),
        ("", D(2026, 11, 14), D(2026, 11, 16)),
        ("ZZ", D(2026, 11, 14), D(2026, 11, 16)),
        ("PL", D(2500, 1, 1), D(2500, 1, 1)),  # a Friday; holidays of that year are not known
        ("PL", D(2500, 1, 2), D(2500, 1, 4)),
    ],
)
def test_the_end_moves_to_the_next_working_day(country: str, start: date, through: date) -> None:
    """Req 16: weekends and the public holidays of the rule's country."""
    made = rule(period="until_event", roll_to_working_day=True, country=country)
    assert compute(made, facts(a=start)).retain_through == through


def test_a_fiscal_calendar_with_a_changed_year() -> None:
    """Req 13: after a long year of 18 months the years run from July."""
    changed = FiscalCalendar.of([(D(2025, 1, 1), D(2025, 12, 31)), (D(2026, 1, 1), D(2027, 6, 30))])
    approved = {"statement_approved": D(2026, 4, 1)}
    assert said("PL-ACC-01", changed, **approved).retain_through == D(2032, 6, 30)
    assert said("PL-ACC-01", changed, statement_approved=D(2025, 4, 1)).retain_through == D(2030, 12, 31)
    assert said("PL-ACC-01", changed, statement_approved=D(2029, 7, 1)).retain_through == D(2035, 6, 30)
    assert said("PL-ACC-01", **approved).retain_through == D(2031, 12, 31)
    assert said("PL-ACC-01", fiscal_year_end=D(2025, 3, 31), **approved).retain_through == D(2032, 3, 31)


def test_a_year_end_that_was_only_assumed_follows_the_calendar() -> None:
    """Req 13: an invoice of 10 April lies in the fiscal year that ends in March of the next year."""
    known = facts(document_date=D(2026, 4, 10))
    known["fiscal_year_end"] = Fact(D(2026, 12, 31), "calendar year", assumed="document_date")
    april = FiscalCalendar.beginning(4)
    assert compute(SHIPPED_RULES["PL-ACC-08"], known, april).retain_through == D(2032, 3, 31)
    assert compute(SHIPPED_RULES["PL-ACC-08"], known).retain_through == D(2031, 12, 31)
    told = facts(document_date=D(2026, 4, 10), fiscal_year_end=D(2026, 12, 31))
    assert compute(SHIPPED_RULES["PL-ACC-08"], told, april).retain_through == D(2031, 12, 31)


def test_the_last_entry_moves() -> None:
    """Req 5: of several entries the latest counts, or the first where the rule says so."""
    entries = Fact(D(2020, 5, 1), "test", more=(D(2026, 3, 15), D(2019, 1, 1)))
    assert said("PL-LAB-01", last_entry=entries).retain_through == D(2046, 12, 31)
    assert compute(rule(trigger="a"), facts(a=entries)).retain_through == D(2027, 3, 15)
    assert compute(rule(trigger="a", which="first"), facts(a=entries)).retain_through == D(2020, 1, 1)


def test_adding_never_leaves_the_calendar() -> None:
    with pytest.raises(OverflowError):
        add(D(9999, 12, 31), Period(days=1))
