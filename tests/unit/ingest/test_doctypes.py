"""Types of one's own: mistakes are pointed at, words decide, fields stand beside their labels."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from akta.records.doctypes.current import use
from akta.records.doctypes.tree import DocType, TypeTree, shipped
from ingest.classify.evidence import lexicon
from ingest.classify.finer import finer_lexicon
from ingest.doctypes.definition import check
from ingest.doctypes.loading import TypeDefinitionError, read_types, written
from ingest.fields.checks import PESEL_DIFFERS, PESEL_RIGHT, REGON_RIGHT, REGON_WRONG, outcomes
from ingest.fields.names import FIELDS
from ingest.model import Page, Reading
from ingest.understand import WORKING_THRESHOLD, Understanding, understand

GOOD = """types:
  - code: parking_permit
    domain: hr
    name: {pl: Karta parkingowa, en: Parking permit}
    titles:
      strong: [karta parkingowa, wniosek o miejsce parkingowe]
    phrases:
      usual: [numer rejestracyjny pojazdu, miejsce postojowe]
    fields:
      - name: plate
        type: identifier
        label: {pl: Numer rejestracyjny, en: Registration number}
        phrases: [nr rejestracyjny]
      - name: valid_until
        phrases: [karta ważna do]
      - name: deposit
        type: amount
        label: {pl: Kaucja, en: Deposit}
        phrases: [kaucja]
    class: PL-HR-01
    confidentiality: 2
"""
PAPER = (
    "Karta parkingowa\nPosiadacz: Anna Kowalska\nNr rejestracyjny: WA 12345\nMiejsce postojowe 14\n"
    "Kaucja: 1 250,00 zł\nKarta ważna do: 31.12.2027\n"
)


def _data(text: str = GOOD, tree: TypeTree | None = None) -> dict[str, Any]:
    return check(read_types(text)[0], tree or shipped(), {})


def _tree(*definitions: Mapping[str, Any]) -> TypeTree:
    types = dict(shipped().types)
    for data in definitions:
        parent = data.get("parent")
        domain = types[parent].domain if parent else data["domain"]
        names = data["name"]
        types[data["code"]] = DocType(
            data["code"], domain, names["en"], names["pl"], parent, True, True, 1, definition=data
        )
    return TypeTree(types.values(), "test")


def _understood(text: str) -> Understanding:
    return understand(
        Reading("text/plain", (Page(1, 595, 842, "recognised", "text", "1", text),), total_pages=1)
    )


def test_a_good_definition_survives_being_written_and_read() -> None:
    data = _data()
    assert _data(written([data])) == data
    assert data["fields"][0]["type"] == "identifier"


def test_a_field_may_be_sensitive_and_false_says_nothing() -> None:
    secret = GOOD.replace("phrases: [kaucja]", "phrases: [kaucja]\n        sensitive: true")
    shipped_too = secret.replace(
        "phrases: [karta ważna do]", "phrases: [karta ważna do]\n        sensitive: true"
    )
    fields = {f["name"]: f for f in _data(shipped_too)["fields"]}
    assert fields["deposit"]["sensitive"] is fields["valid_until"]["sensitive"] is True
    assert _data(written([_data(shipped_too)])) == _data(shipped_too)
    assert _data(secret.replace("sensitive: true", "sensitive: false")) == _data()


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        ("phrases: [kaucja]", "phrases: [kaucja]\n        sensitive: maybe", "fields.sensitive"),
        ("code: parking_permit", "code: Parking", "line 2, code"),
        ("code: parking_permit", "code: invoice", "line 2, code: invoice comes with Akta"),
        ("code: parking_permit", "code: hr", "line 2, code"),
        ("domain: hr", "domain: moon", "line 3, domain"),
        ("domain: hr", "parent: moon", "line 3, parent: there is no type"),
        ("domain: hr", "parent: unknown", "line 3, parent"),
        ("domain: hr\n", "domain: hr\n    parent: resume\n", "line 4, parent"),
        ("{pl: Karta parkingowa, en: Parking permit}", "{pl: Karta parkingowa}", "line 4, name.en"),
        ("strong: [karta parkingowa", "huge: [karta parkingowa", "line 6, titles.huge"),
        ("strong: [karta parkingowa, wniosek o miejsce parkingowe]", "strong: [a]", "line 6, titles.strong"),
        ("usual: [numer", "usual: [7, numer", "line 8, phrases.usual"),
        ("type: identifier", "type: regex", "line 11, fields.type"),
        ("phrases: [nr rejestracyjny]", "phrases: []", "line 13, fields.phrases"),
        ("name: plate", "name: 'a b'", "line 10, fields.name"),
        ("name: deposit", "name: plate", "line 16, fields.name: plate stands twice"),
        ("name: valid_until", "name: valid_until\n        type: text", "line 15, fields.type"),
        ("class: PL-HR-01", "class:", "class: a type without a parent needs a class"),
        ("confidentiality: 2", "confidentiality: true", "line 21, confidentiality"),
        ("confidentiality: 2", "confidentiality: 2\n    color: red", "line 22, color"),
        ("confidentiality: 2", "confidentiality: 2\n    domain: hr", "line 22, domain: stands twice"),
        ("domain: hr", "domain: [", "this is not YAML"),
        ("types:", "kinds:", "line 1, types"),
        ("domain: hr", "domain: &a hr\n    class: *a", "references"),
    ],
)
def test_mistakes_are_pointed_at(before: str, after: str, says: str) -> None:
    assert before in GOOD
    with pytest.raises(TypeDefinitionError, match=says):
        _data(GOOD.replace(before, after, 1))


def test_counts_and_lengths_are_limited() -> None:
    many = ", ".join(f"zwrot numer {n}" for n in range(61))
    for bad in (
        GOOD.replace("usual: [numer rejestracyjny pojazdu, miejsce postojowe]", f"usual: [{many}]"),
        GOOD.replace("karta parkingowa, wniosek", "słowo " * 9 + ", wniosek"),
        GOOD.replace("karta parkingowa, wniosek", "k" * 81 + ", wniosek"),
        GOOD + "#" * 300_000,
        "types: " + "[" * 3000,
    ):
        with pytest.raises(TypeDefinitionError):
            _data(bad)


@given(st.text(max_size=300))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        items = read_types(text)
        check(items[0], shipped(), {})
    except TypeDefinitionError:
        return


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=9),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
        max_leaves=8,
    ),
    st.sampled_from(
        ["code", "parent", "domain", "name", "titles", "phrases", "fields", "class", "confidentiality"]
    ),
)
def test_no_value_of_a_key_breaks_the_check(value: Any, key: str) -> None:
    item = {**read_types(GOOD)[0], key: value}
    try:
        assert check(item, shipped(), {})["code"]
    except TypeDefinitionError:
        return


def test_a_tree_has_no_circles() -> None:
    child = check(
        {**_data(), "code": "child", "parent": "parking_permit", "domain": None}, _tree(_data()), {}
    )
    with pytest.raises(TypeDefinitionError, match="parent"):
        check({**_data(), "parent": "child", "domain": None}, shipped(), {"child": child})


def test_a_paper_of_a_defined_type_is_known_with_its_fields() -> None:
    assert _understood(PAPER).doc_type != "parking_permit"
    use(_tree(_data()))
    found = _understood(PAPER)
    assert (found.domain, found.doc_type, found.subtype) == ("hr", "parking_permit", None)
    assert found.confidence >= WORKING_THRESHOLD
    values = {f.name: f.value for f in found.fields}
    assert values["plate"] == "WA 12345"
    assert values["deposit"] == "1250.00"
    assert values["valid_until"] == "2027-12-31"
    assert FIELDS["plate"].pl == "Numer rejestracyjny"
    assert "Parking permit" in found.title or "Karta parkingowa" in found.title


def test_a_finer_type_brings_papers_to_the_type_above() -> None:
    data = {k: v for k, v in _data().items() if k not in ("domain", "class")} | {"parent": "leave_request"}
    use(_tree(check(data, shipped(), {})))
    found = _understood(PAPER)
    assert (found.domain, found.doc_type, found.subtype) == ("hr", "leave_request", "parking_permit")


def test_a_disabled_type_is_given_no_more_nor_what_is_below_it() -> None:
    types = dict(shipped().types)
    bill = "Rachunek nr 7/2026\nWystawca: Jan Nowak\nSprzedawca zwolniony z VAT\nDo zapłaty: 120,00 zł\n"
    assert _understood(bill).subtype == "bill"
    old = types["invoice"]
    types["invoice"] = DocType(old.code, old.domain, old.en, old.pl, None, False)
    use(TypeTree(types.values(), "off"))
    found = _understood(bill)
    assert found.doc_type != "invoice"
    assert found.subtype is None


def test_shipped_words_name_shipped_types_only() -> None:
    tops = {t.code for t in shipped().tops()}
    finer = finer_lexicon(shipped())
    assert {code for e in finer.titles.values() for code, _ in e} == set(shipped().types) - tops
    assert {code for e in lexicon().titles.values() for code, _ in e} <= tops


def test_check_digits_of_regon_and_the_birth_date_in_a_pesel() -> None:
    assert outcomes({"regon": "189554648"})["regon"] == REGON_RIGHT
    assert outcomes({"regon": "189554649"})["regon"] == REGON_WRONG
    assert outcomes({"pesel": "97070151277", "birth_date": "1997-07-01"})["pesel"] == PESEL_RIGHT
    assert outcomes({"pesel": "97070151277", "birth_date": "1997-01-07"})["pesel"] == PESEL_DIFFERS
