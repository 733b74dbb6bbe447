"""Which fields are sensitive, and that nothing of a value stays where it is masked."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from akta.access.roles import DOMAINS
from akta.records.doctypes import sensitive
from akta.records.doctypes.sensitive import places_of, sensitive_fields
from akta.records.doctypes.tree import DocType, TypeTree, shipped
from akta.records.masking import MASK, masked_derivation, masked_field, masked_params
from akta.records.parties.models import ROLES
from indexer.hidden import _hidden, masked
from indexer.snippets import Snippet
from ingest.fields.names import SHIPPED
from ingest.parties.mentions import ROLES as MENTIONED
from ingest.understand import title_of
from retention.keeping.words import sentences

OWN: dict[str, Any] = {
    "code": "bonus",
    "domain": "other",
    "name": {"pl": "Premia", "en": "Bonus"},
    "fields": [
        {"name": "points", "type": "integer", "label": {"pl": "Punkty", "en": "Points"}, "sensitive": True},
        {"name": "total", "sensitive": True},
        {"name": "date"},
    ],
}


def _tree(*more: DocType) -> TypeTree:
    own = DocType("bonus", "other", "Bonus", "Premia", None, True, True, 1, definition=OWN)
    return TypeTree([*shipped().types.values(), own, *more], "test")


def test_the_table_names_fields_and_places_that_there_are() -> None:
    for place, names in sensitive._table().items():
        assert place == "*" or place in DOMAINS or place in shipped().types
        assert names <= SHIPPED.keys(), place


def test_roles_of_parties_are_those_that_papers_name() -> None:
    assert set(ROLES) == set(MENTIONED)


@pytest.mark.parametrize(
    ("code", "domain", "hidden", "open_"),
    [
        ("payslip", "hr", {"gross_pay", "net_pay", "pesel", "bank_account", "total"}, {"employee"}),
        ("invoice", "accounting", {"pesel"}, {"total", "bank_account", "vendor"}),
        ("direct_deposit_form", "accounting", {"account"}, {"total"}),
        ("pit_11", "accounting", {"gross_pay", "net_income", "pesel"}, {"employer"}),
        ("zus_dra", "accounting", set(), {"contributions"}),
        ("zus_zua", "accounting", {"insurance_code"}, {"payer"}),
        ("lab_report", "lab", {"patient", "birth_date", "analytes"}, {"specimen"}),
        ("referral", "lab", {"patient", "tests"}, {"date"}),
        (None, None, {"pesel", "patient"}, {"total"}),
        ("nothing_known", "hr", {"total"}, {"employee"}),
    ],
)
def test_what_is_sensitive_on_a_type(
    code: str | None, domain: str | None, hidden: set[str], open_: set[str]
) -> None:
    found = sensitive_fields(code, domain, shipped())
    assert hidden <= found
    assert not open_ & found


def test_types_of_officers_add_fields_and_finer_ones_inherit_them() -> None:
    finer = DocType("big_bonus", "other", "Big bonus", "Duża premia", "bonus", True, True, 1)
    tree = _tree(finer)
    assert {"points", "total"} <= sensitive_fields("big_bonus", "other", tree)
    assert "date" not in sensitive_fields("bonus", "other", tree)
    # A field of one's own stays sensitive on a paper that is given another type; a shipped one does not.
    assert "points" in sensitive_fields("memo", "other", tree)
    assert "total" not in sensitive_fields("memo", "other", tree)
    everywhere, domains, types = places_of("total", tree)
    assert not everywhere
    assert "hr" in domains
    assert {"bonus", "big_bonus"} <= types
    assert places_of("points", tree)[0]


@given(
    st.text(min_size=1),
    st.text(min_size=1),
    st.lists(st.text(min_size=1).map(lambda t: {"value": t, "raw": t, "why": "on the paper"})),
)
def test_a_mask_tells_nothing_of_the_value(value: str, raw: str, others: list[dict[str, Any]]) -> None:
    field = {"name": "pesel", "value": value, "raw": raw, "page": 1, "alternatives": others}
    told = masked_field(field)
    assert told["value"] == told["raw"] == MASK
    assert [other["value"] for other in told["alternatives"]] == [MASK] * len(others)
    assert told["page"] == 1
    assert field["value"] == value  # a copy: what is stored is not touched


def test_doubts_are_told_without_values_of_hidden_fields() -> None:
    differs = {"field": "pesel", "field_en": "PESEL", "stated": "44051401359", "shown": "44051401358"}
    assert masked_params(differs, {"pesel"}) == {**differs, "stated": MASK, "shown": MASK}
    assert masked_params(differs, {"total"}) == differs
    sums = {"check": "total", "stated": "1.00", "computed": "2.00"}
    assert masked_params(sums, {"total"}) == {**sums, "stated": MASK, "computed": MASK}
    assert masked_params(sums, {"pesel"}) == sums
    assert masked_params(None, {"pesel"}) == {}


def test_keeping_is_explained_without_the_day_of_birth() -> None:
    step = {"code": "fact", "data": {"fact": "birth_date", "date": "1990-05-12", "source": "paper"}}
    other = {"code": "fact", "data": {"fact": "hired_on", "date": "2020-01-31", "source": "paper"}}
    facts = {"birth_date": {"value": "1990-05-12"}, "hired_on": {"value": "2020-01-31"}}
    derivation = {"steps": [step, other], "inputs": {"facts": facts}}
    for language in ("pl", "en"):
        said = " ".join(sentences(derivation, language, {"birth_date"}))
        assert "1990" not in said
        assert MASK in said
        assert "2020" in said
    told = masked_derivation(derivation, {"birth_date"})
    assert "1990" not in repr(told)
    assert "2020-01-31" in repr(told)
    assert masked_derivation(derivation, {"total"}) == derivation
    assert masked_derivation(None, {"birth_date"}) is None


def test_titles_have_no_sensitive_value() -> None:
    values = {"patient": "Anna Nowak", "date": "2026-03-01"}
    assert title_of("lab_report", values, "pl", "a.pdf") == "Sprawozdanie z badań · 2026-03-01"
    values = {"employee": "Anna Nowak", "date": "2026-03-01"}
    assert title_of("payslip", values, "en", "a.pdf") == "Payslip · Anna Nowak · 2026-03-01"


def _snippet(text: str, *hits: str) -> Snippet:
    places = [(text.index(hit), text.index(hit) + len(hit)) for hit in hits]
    return Snippet(1, text, tuple(places), ())


@pytest.mark.parametrize(
    ("name", "value", "text", "told"),
    [
        ("pesel", "44051401359", "PESEL 440514-01359, tel. 1", f"PESEL {MASK}, tel. 1"),
        ("gross_pay", "8123.45", "brutto: 8 123,45 zł", f"brutto: {MASK} zł"),
        ("bank_account", "PL61109010140000071219812874", "PL 61 1090 1014 0000 0712 1981 2874!", f"{MASK}!"),
        ("gross_pay", "8123.45", "wypłata   8   123,45", f"wypłata   {MASK}"),
        ("patient", "Anna Nowak-Lis", "NOWAK-LIS Anna, lat 7", f"{MASK}-{MASK} {MASK}, lat 7"),
        ("analytes", "Glukoza; HIV", "Glukoza 99, HIV ujemny", f"{MASK} 99, {MASK} ujemny"),
        ("abnormal_flags", "2", "wyników 2 z 12", "wyników 2 z 12"),
        ("net_pay", "598.76", "1598,76 i 598,761", "1598,76 i 598,761"),
    ],
)
def test_snippets_are_masked_however_a_value_is_written(name: str, value: str, text: str, told: str) -> None:
    made = masked(_snippet(text), _hidden([(name, value)]))
    assert made.text == told
    assert not made.picture


def test_hits_stay_where_they_are_beside_masks_and_go_within_them() -> None:
    text = "Pacjent Anna Nowak badanie moczu"
    made = masked(_snippet(text, "Pacjent", "Nowak", "moczu"), _hidden([("patient", "Anna Nowak")]))
    assert [made.text[a:b] for a, b in made.hits] == ["Pacjent", "moczu"]
    assert replace(made, hits=()).text == f"Pacjent {MASK} {MASK} badanie moczu"


@given(st.text(), st.text(max_size=200), st.sampled_from(["pesel", "patient", "analytes"]))
def test_masking_never_fails_and_hits_lie_within_the_text(value: str, text: str, name: str) -> None:
    made = masked(Snippet(1, text, ((0, len(text)),), ()), _hidden([(name, value)] if value else []))
    assert all(0 <= a <= b <= len(made.text) for a, b in made.hits)
