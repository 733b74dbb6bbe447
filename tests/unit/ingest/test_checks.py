"""Checks of values as they stand: what people type is checked like what was read."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.web import labels
from ingest.fields.checks import IBAN_RIGHT, NIP_RIGHT, SUM_AGREES, SUM_DIFFERS, outcomes
from ingest.fields.identifiers import nip_ok, pesel_ok, regon_ok
from ingest.fields.typed import typed


@pytest.mark.parametrize(
    ("name", "given_value", "stored", "outcome"),
    [
        ("vendor_nip", "526-000-12-46", "5260001246", NIP_RIGHT),
        ("vendor_nip", "PL 526 000 12 46", "5260001246", NIP_RIGHT),
        ("vendor_nip", "123", "123", "nip wrong"),
        ("buyer_nip", "5260001247", "5260001247", "nip wrong"),
        ("buyer_nip", "de 123 456 789", "DE123456789", None),
        ("pesel", "44051401359", "44051401359", "pesel checksum"),
        ("pesel", "44051401358", "44051401358", "pesel wrong"),
        ("bank_account", "61 1090 1014 0000 0712 1981 2874", "PL61109010140000071219812874", IBAN_RIGHT),
        ("bank_account", "PL61 1090 1014 0000 0712 1981 2875", "PL61109010140000071219812875", "iban wrong"),
        ("bank_account", "12-34-56 12345678", "1234561234567 8".replace(" ", ""), None),
    ],
)
def test_numbers_are_brought_into_form_and_checked(
    name: str, given_value: str, stored: str, outcome: str | None
) -> None:
    assert typed(name, given_value) == stored
    assert outcomes({name: stored}) == {name: outcome}


@given(st.decimals(0, 10**7, places=2), st.decimals(0, 10**6, places=2), st.decimals(-5, 5, places=2))
def test_the_sum_agrees_to_the_cent(net: Decimal, vat: Decimal, off: Decimal) -> None:
    found = outcomes({"net": str(net), "vat": str(vat), "total": str(net + vat + off)})
    assert set(found.values()) == {SUM_AGREES if abs(off) <= Decimal("0.01") else SUM_DIFFERS}


@given(st.dictionaries(st.sampled_from(["net", "vat", "total", "pesel", "vendor_nip", "title"]), st.text()))
def test_any_text_has_an_outcome(values: dict[str, str]) -> None:
    found = outcomes(values)
    assert set(found) <= set(values) - {"title"}
    assert all(outcome is None or labels.check(outcome, "pl") != outcome for outcome in found.values())


@pytest.mark.parametrize("digits", ["²²²²²²²²²²", "²²²²²²²²²", "²²²²²²²²²²²", "٣٣٣٣٣٣٣٣٣٣"])
def test_digits_of_other_kinds_are_none(digits: str) -> None:
    assert not (nip_ok(digits))
    assert not (pesel_ok(digits))
    assert not (regon_ok(digits))
    assert outcomes({"pesel": digits})["pesel"] == "pesel wrong"
    assert outcomes({"vendor_nip": digits})["vendor_nip"] is None
