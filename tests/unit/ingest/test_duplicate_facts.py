"""Business keys: what is folded, what counts as misread, and which papers are the same business."""

import string

from hypothesis import given
from hypothesis import strategies as st

from ingest.duplicates.facts import (
    CERTAIN,
    LIKELY,
    Facts,
    facts_of,
    fold_number,
    may_be_misread,
    same_business,
)

INVOICE = {
    "vendor": "Modra Kuźnia Sp. z o.o.",
    "vendor_nip": "5260001246",
    "invoice_number": "FV/12/2026",
    "total": "1230.00",
    "currency": "PLN",
    "date": "2026-03-01",
}
NUMBERS = st.text(string.ascii_uppercase + string.digits, min_size=3, max_size=14)


def _facts(doc_type: str = "invoice", **changed: str) -> Facts:
    found = facts_of(doc_type, {**INVOICE, **changed})
    assert found is not None
    return found


def _sure(one: Facts, other: Facts) -> float | None:
    sure = same_business(one, other)
    assert same_business(other, one) == sure
    if sure is not None:  # what is the same must be found
        assert set(one.keys()) & set(other.keys())
    return sure


@given(NUMBERS, st.lists(st.sampled_from([" ", "-", "/", ".", "–", "\\", "_"]), max_size=14), st.booleans())
def test_case_and_separators_do_not_count(number: str, between: list[str], lower: bool) -> None:
    written = "".join(a + b for a, b in zip(number, [*between, *[""] * 14], strict=False))
    assert fold_number(written.lower() if lower else written) == fold_number(number)


@given(st.text(max_size=40))
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold_number(fold_number(text)) == fold_number(text)


@given(NUMBERS, NUMBERS)
def test_misreading_goes_both_ways(one: str, other: str) -> None:
    one, other = fold_number(one), fold_number(other)
    assert may_be_misread(one, other) == may_be_misread(other, one)


@given(st.integers(1, 99999))
def test_the_next_invoice_is_never_a_misreading_by_its_length(number: int) -> None:
    """Counting on from 9 to 10 or 99 to 100 adds a digit."""
    this, following = f"FV/{number}/2026", f"FV/{number + 1}/2026"
    if len(this) != len(following):
        assert not may_be_misread(fold_number(this), fold_number(following))


@given(
    st.sampled_from(["1230", "1230.0", "1230.00"]),
    st.sampled_from(["fv 12-2026", "FV/12/2026", "Fv.12/2O26"]),
)
def test_the_same_invoice_written_otherwise(total: str, number: str) -> None:
    assert _sure(_facts(), _facts(total=total, invoice_number=number)) == CERTAIN


def test_what_makes_two_invoices() -> None:
    for changed in (
        {"invoice_number": "FV/13/2026"},
        {"total": "1230.01"},
        {"currency": "EUR"},
        {"vendor_nip": "5252248481"},
    ):
        assert _sure(_facts(), _facts(**changed)) is None


def test_a_letter_misread_is_likely() -> None:
    sure = _sure(_facts(invoice_number="FV/18/2026"), _facts(invoice_number="FV/13/2026"))
    assert sure is not None
    assert LIKELY <= sure < CERTAIN
    other_day = _facts(invoice_number="FV/18/2026", date="2026-04-01")
    assert _sure(_facts(invoice_number="FV/13/2026"), other_day) is None


def test_a_seller_is_known_by_number_or_name() -> None:
    by_name = _facts(vendor_nip="", vendor="MODRA KUŹNIA spółka z o.o.")
    assert _sure(_facts(), by_name) == CERTAIN
    misread = _facts(vendor_nip="", vendor="M0dra Kuznia")
    assert (_sure(_facts(), misread) or 0) >= LIKELY
    assert _sure(_facts(), _facts(vendor_nip="", vendor="Zielony Warsztat")) is None
    wrong = _facts(vendor_nip="5260001240")  # no NIP is such: the name counts
    assert _sure(_facts(), wrong) == CERTAIN


def test_a_paper_without_number_or_total_has_no_key() -> None:
    assert facts_of("invoice", {**INVOICE, "invoice_number": ""}) is None
    assert facts_of("invoice", {**INVOICE, "total": ""}) is None
    assert facts_of("memo", INVOICE) is None
    assert facts_of(None, INVOICE) is None


def test_other_types_have_keys_of_their_own() -> None:
    order = {"order_number": "ZAM 7/26", "buyer": "Bank SA"}
    one, other = (
        facts_of("purchase_order", order),
        facts_of("purchase_order", {**order, "order_number": "zam-7-26"}),
    )
    assert one is not None
    assert other is not None
    assert _sure(one, other) == CERTAIN
    elsewhere = facts_of("purchase_order", {**order, "buyer": "Huta"})
    assert elsewhere is not None
    assert _sure(one, elsewhere) is None
    month = {"account": "PL61 1090 1014 0000 0712 1981 2874", "statement_number": "003", "date": "2026-03-31"}
    march, last_year = (
        facts_of("bank_statement", month),
        facts_of("bank_statement", {**month, "date": "2025-03-31"}),
    )
    assert march is not None
    assert last_year is not None
    assert _sure(march, last_year) is None
    lab = {"specimen": "S-1177", "date": "2026-03-02", "patient": "Anna Nowak"}
    blood, again = facts_of("lab_report", lab), facts_of("lab_report", lab)
    assert blood is not None
    assert again is not None
    assert _sure(blood, again) == CERTAIN
    assert _sure(blood, _facts()) is None
