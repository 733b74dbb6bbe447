"""One spelling for identifiers, amounts and dates."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.numerals import amount, asked, is_amount, numbers, spans


@pytest.mark.parametrize(
    ("written", "typed"),
    [
        ("NIP: 526-000-12-46", "5260001246"),
        ("NIP: 526-000-12-46", "526 000 12 46"),
        ("NIP 526 000 12 46", "5260001246"),
        ("VAT ID PL5260001246", "5260001246"),
        ("VAT ID PL5260001246", "PL 526-000-12-46"),
        ("PL61 1090 1014 0000 0712 1981 2874", "PL61109010140000071219812874"),
        ("PL61 1090 1014 0000 0712 1981 2874", "61109010140000071219812874"),
        ("Faktura FV/2026/0412", "fv-2026-0412"),
        ("FV_2026_0412", "FV/2026/0412"),
        ("FV\u20112026\u20110412", "FV/2026/0412"),
        ("razem 1 234,50 zł", "1234.50"),
        ("razem 1\u00a0234,50 zł", "1,234.50"),
        ("total 1,234.50", "1 234,50"),
        ("total 1.234,50", "1234,50"),
        ("korekta -1 234,50", "1234,50"),
        ("12 500 zł", "12500"),
        ("12,500 pcs", "12500"),
        ("1 234,50", "1234"),
        ("z dnia 05.03.2026", "2026-03-05"),
        ("2026/03/05", "5.3.2026"),
        ("due 03/05/2026", "2026-03-05"),
    ],
)
def test_what_is_written_is_found_by_what_is_typed(written: str, typed: str) -> None:
    assert set(asked(typed)) & set(numbers(written))


@pytest.mark.parametrize(
    ("written", "typed"),
    [
        ("1 234,50", "123450"),
        ("1234.50", "123450"),
        ("2026-03-05", "2026-03-06"),
        ("FV/2026/0412", "FV/2026/0413"),
        ("99.13.2026", "2026-01-01"),
        ("", "5"),
        ("only words", "1"),
    ],
)
def test_other_numbers_are_not_found(written: str, typed: str) -> None:
    assert not set(asked(typed)) & set(numbers(written))


@pytest.mark.parametrize(("text", "said"), [("0,50", "0.50"), ("-0 012,00", "12.00"), ("007.10", "7.10")])
def test_amount(text: str, said: str) -> None:
    assert amount(text) == said


def test_three_decimals_are_no_amount() -> None:
    assert not is_amount("1,234")
    assert not is_amount("12.345,6")


@given(st.text(alphabet="0123456789 .,-/_PLplFV\u00a0\n@zł", max_size=80))
def test_spans_lie_in_the_text_and_spell_something(text: str) -> None:
    for start, end, spellings in spans(text):
        assert 0 <= start < end <= len(text)
        assert all(s and not any(c.isspace() for c in s) for s in spellings)


@pytest.mark.parametrize(
    "hostile",
    ["1" * 300_000, "111 " * 75_000, "1.1" * 100_000, "a1-" * 100_000, "12 34 " * 50_000, "a" * 300_000],
)
def test_hostile_text_takes_linear_time(hostile: str) -> None:
    start = time.process_time()
    numbers(hostile + "1")
    assert time.process_time() - start < 5
