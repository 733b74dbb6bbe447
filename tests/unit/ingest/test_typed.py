"""What people type into fields."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from akta.kernel.errors import InvalidError
from ingest.fields.names import FIELDS
from ingest.fields.typed import typed


@pytest.mark.parametrize(
    ("name", "given_text", "value"),
    [
        ("date", "2026-03-09", "2026-03-09"),
        ("date", "9.3.2026", "2026-03-09"),
        ("date", "09/03/2026 ", "2026-03-09"),
        ("date", "9 marca 2026", "2026-03-09"),
        ("date", "9 marca 2026 r.", "2026-03-09"),
        ("date", "March 9, 2026", "2026-03-09"),
        ("birth_date", "01.02.1940", "1940-02-01"),
        ("date", "2026-03-09T10:30:00+01:00", "2026-03-09T10:30:00+01:00"),
        ("total", "2 025,00", "2025.00"),
        ("total", "٣٤٥", "345.00"),
        ("pesel", "٤٤٠٥١٤٠١٣٥٩", "44051401359"),
        ("vendor", "Mod\u200bra \u202eKuźnia", "Modra Kuźnia"),
        ("vendor", "\u202e\u200b", ""),
        ("vendor_nip", "²²²²²²²²²²", "²²²²²²²²²²"),
        ("total", "1.234,5 zł", "1234.50"),
        ("total", "1,234.50", "1234.50"),
        ("total", "1,234", "1234.00"),
        ("total", "0,125", "0.125"),
        ("total", "-3", "-3.00"),
        ("total", "€ 12", "12.00"),
        ("currency", "zł", "PLN"),
        ("currency", "eur", "EUR"),
        ("transactions", "1 000", "1000"),
        ("vendor", "  Tkalnia   Polesie ", "Tkalnia Polesie"),
        ("total", "  ", ""),
    ],
)
def test_normal_form(name: str, given_text: str, value: str) -> None:
    assert typed(name, given_text) == value


@pytest.mark.parametrize(
    ("name", "given_text"),
    [
        ("total", "abc"),
        ("total", "12 34"),
        ("total", "1.2.3"),
        ("date", "31.02.2024"),
        ("date", "2024-02-30"),
        ("date", "wczoraj"),
        ("date", "0001-01-01"),
        ("date", "9999-12-31"),
        ("date", "9 marca 2026 i 10 marca 2026"),
        ("currency", "złoty"),
        ("transactions", "1.5"),
        ("nonsense", "x"),
    ],
)
def test_what_is_no_value_is_refused_by_name(name: str, given_text: str) -> None:
    with pytest.raises(InvalidError) as refused:
        typed(name, given_text)
    assert refused.value.params["field"] == name


@given(st.dates(date(1900, 1, 1), date(2199, 12, 31)))
def test_a_date_reads_the_same_however_it_is_written(day: date) -> None:
    for text in (day.isoformat(), f"{day.day}.{day.month}.{day.year}", f"{day:%d/%m/%Y}"):
        assert typed("date", text) == day.isoformat()


@given(st.decimals(-999_999_999, 999_999_999, places=2))
def test_an_amount_reads_the_same_however_it_is_written(value: Decimal) -> None:
    plain = f"{value:.2f}"
    grouped = f"{value:,.2f}"
    polish = grouped.replace(",", " ").replace(".", ",")
    for text in (plain, grouped, polish, polish + " zł"):
        assert Decimal(typed("total", text)) == value


@given(st.sampled_from(sorted(FIELDS)), st.text(max_size=80))
def test_nothing_typed_breaks_it_and_normal_forms_are_fixed_points(name: str, text: str) -> None:
    try:
        value = typed(name, text)
    except InvalidError:
        return
    assert typed(name, value) == value
