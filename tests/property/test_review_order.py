"""The order of the review queue: monotonic in what makes a doubt costly, the same on every day, total."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from ingest.review.ranking import LONG_PAST, Facts, bucket, forward, rank

_RECEIVED = st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1)).map(lambda d: d.replace(tzinfo=UTC))
_AMOUNTS = st.decimals(Decimal("-1e9"), Decimal("1e9"), places=2)


@st.composite
def _facts(draw: st.DrawFn) -> Facts:
    received = draw(_RECEIVED)
    due = draw(st.none() | st.integers(-400, 400).map(lambda n: received.date() + timedelta(days=n)))
    wrong = draw(st.floats(0, 1))
    return Facts(received, draw(st.none() | _AMOUNTS), "PLN", due, wrong, draw(st.integers(0, 40)))


@given(_facts(), _AMOUNTS, _AMOUNTS)
def test_a_higher_amount_is_never_later(facts: Facts, one: Decimal, other: Decimal) -> None:
    low, high = sorted([abs(one), abs(other)])
    assert rank(replace(facts, amount=high)).base <= rank(replace(facts, amount=low)).base


@given(_facts(), st.integers(-LONG_PAST, 400), st.integers(-LONG_PAST, 400))
def test_a_nearer_term_is_never_later(facts: Facts, one: int, other: int) -> None:
    day = facts.received.date()
    near, far = sorted([one, other])
    ranks = [rank(replace(facts, due=day + timedelta(days=n))).base for n in (near, far)]
    assert ranks[0] <= ranks[1]


@given(_facts(), st.integers(1, 10**6))
def test_who_waits_longer_is_first(facts: Facts, minutes: int) -> None:
    earlier = replace(facts, received=facts.received - timedelta(minutes=minutes))
    if facts.due is None:
        assert rank(earlier).base < rank(facts).base


@given(_facts(), st.floats(0, 1), st.floats(0, 1))
def test_the_likelier_wrong_is_never_later(facts: Facts, one: float, other: float) -> None:
    low, high = sorted([one, other])
    assert rank(replace(facts, wrong=high)).base <= rank(replace(facts, wrong=low)).base


@given(st.integers(-5, 10**6), st.integers(-5, 10**6))
def test_more_papers_to_teach_are_never_later(one: int, other: int) -> None:
    few, many = sorted([one, other])
    assert forward(few) <= forward(many)
    assert 1 <= bucket(few) <= bucket(many) <= 64


@given(_facts())
def test_the_terms_make_the_rank(facts: Facts) -> None:
    made = rank(facts)
    start = facts.received.timestamp() / 60 + 30 * 24 * 60
    assert abs(start - sum(t["days"] for t in made.terms) * 24 * 60 - made.base) <= 1
    assert [t["days"] for t in made.terms] == sorted((t["days"] for t in made.terms), reverse=True)


def test_what_was_due_long_ago_is_an_old_paper() -> None:
    received = datetime(2026, 3, 10, tzinfo=UTC)
    old = Facts(received, due=(received - timedelta(days=LONG_PAST + 1)).date())
    assert rank(old).base == rank(replace(old, due=None)).base
