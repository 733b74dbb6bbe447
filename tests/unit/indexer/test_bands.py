"""Bands of amounts and confidence, and the fields of the query that go with them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.bands import AMOUNT_BANDS, CONFIDENCE_BANDS, amount_band, confidence_band, share_parts
from indexer.query import QueryError, parse
from indexer.query.ast import Between, Exact


@pytest.mark.parametrize(
    ("cents", "band"),
    [
        (-1, "..0"),
        (0, "0..100"),
        (9_999, "0..100"),
        (10_000, "100..500"),
        (99_999_99, "50000..100000"),
        (100_000_00, "100000.."),
    ],
)
def test_amounts(cents: int, band: str) -> None:
    assert amount_band(cents) == band


@pytest.mark.parametrize(
    ("share", "band"),
    [(0, "..50"), (0.4999, "..50"), (0.5, "50..80"), (0.9, "90..95"), (0.99, "99..100"), (1, "99..100")],
)
def test_confidence(share: float, band: str) -> None:
    assert confidence_band(share) == band


@given(st.floats(0, 1), st.integers(-(10**15), 10**15))
def test_all_have_a_band_that_a_query_knows(share: float, cents: int) -> None:
    band = confidence_band(share)
    assert parse(f"confidence_band:{band}") == Exact("confidence_band", (band,))
    low, high = (int(end or default) for end, default in zip(band.split(".."), (0, 100), strict=True))
    assert low * 100 <= share_parts(share) <= high * 100
    band = amount_band(cents)
    assert parse(f"amount_band:{band}") == Exact("amount_band", (band,))
    low_end, high_end = band.split("..")
    assert not low_end or int(low_end) * 100 <= cents
    assert not high_end or cents < int(high_end) * 100
    assert {confidence_band(share), amount_band(cents)} <= {*AMOUNT_BANDS, *CONFIDENCE_BANDS}


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("confidence:<0.8", None, 7999),
        ("confidence:>=80%", 8000, None),
        ("pewność:0,8..95", 8000, 9500),
        ("confidence<=1", None, 10_000),
        ("confidence:1%", 100, 100),
    ],
)
def test_confidence_is_a_share_or_in_percent(text: str, low: int | None, high: int | None) -> None:
    assert parse(text) == Between("confidence", low, high)


@pytest.mark.parametrize(
    ("text", "place", "said"),
    [
        ("confidence:high", 11, "a confidence such as"),
        ("confidence:120", 11, "a confidence such as"),
        ("faktura month:2026", 14, "a month such as"),
        ("month:2026-03,2026-13", 14, "a month such as"),
        ("month:2026-03-05", 6, "a month such as"),
        ("rok:26", 4, "a year such as"),
        ("amount_band:7..9", 12, "1000..5000"),
    ],
)
def test_a_wrong_value_is_told_with_its_place(text: str, place: int, said: str) -> None:
    with pytest.raises(QueryError) as caught:
        parse(text)
    assert caught.value.params["position"] == place
    assert said in caught.value.message


def test_months_are_understood_in_both_orders() -> None:
    assert parse("miesiąc:03.2026,2026-4") == Exact("month", ("2026-03", "2026-04"))
    assert parse("year:2025,2026") == Exact("year", ("2025", "2026"))
