"""Names folded: what is one name, what is not, and what nobody should be able to break."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from akta.records.parties.likeness import Side, judge
from akta.records.parties.names import blocks, fold, has_legal_form, looks_like_person
from ingest.parties.mentions import mentions

SAME = [
    ("ORLEN S.A.", "Orlen Spółka Akcyjna", "orlen sa"),
    (
        "Przedsiębiorstwo Handlowo-Usługowe KOWAL Sp. z o.o.",
        "PHU Kowal spółka z ograniczoną odpowiedzialnością",
        'P.H.U. "KOWAL" Sp. z 0.0.',
        "PHU Kowal sp.z o.o. sp. k.",
    ),
    ("99 SPEED MART S/B", "99 Speed Mart Sdn Bhd", "99 SPEED MART SDN. BHD."),
    ("Müller & Söhne GmbH & Co. KG", "Muller und Sohne GmbH"),
    ("Société Générale S.A.", "SOCIETE GENERALE"),
    ("Żółć Łódź sp.j.", "ZOLC LODZ Spółka Jawna"),
]


@pytest.mark.parametrize("spellings", SAME)
def test_spellings_of_one_name(spellings: tuple[str, ...]) -> None:
    assert len({fold(name) for name in spellings}) == 1


def test_a_legal_form_alone_is_still_a_name() -> None:
    assert fold("S.A.") == "sa"
    assert fold("Sp. z o.o.")


def test_names_in_other_scripts_stay_apart() -> None:
    names = ["مؤسسة النور", "三井物産株式会社", "Газпром", "Ελλάδα"]
    assert len({fold(name) for name in names} - {""}) == len(names)


def test_marks_that_turn_text_around_change_nothing() -> None:
    assert fold("\u202eOrlen\u202c S.A.") == fold("Orlen\u200b S.A.") == "orlen"


def test_people_are_told_from_firms() -> None:
    assert looks_like_person("Jan Kowalski")
    assert looks_like_person("KOWALSKA-NOWAK Anna")
    assert not looks_like_person("Jan Kowalski Sp. z o.o.")
    assert not looks_like_person("PHU Jan Kowalski")
    assert has_legal_form("Restauracja Anna S.C.")


@pytest.mark.parametrize(
    ("one", "other", "verdict"),
    [
        ("unihakka international", "unihakka intemational", "same"),
        ("bud max", "budmax", "same"),
        ("hurtownia alfa", "hurtownia alba", "likely"),
        ("phu nowak", "nowak", "likely"),
        ("shop 24", "shop 25", "no"),
        ("orlen", "orlen paliwa", "no"),
    ],
)
def test_names_alone(one: str, other: str, verdict: str) -> None:
    assert judge(Side({one}), Side({other})).verdict == verdict


def test_a_second_sign_decides() -> None:
    place = {("place", "00-950")}
    assert judge(Side({"phu nowak"}, place), Side({"nowak"}, place)).verdict == "same"
    # One letter that OCR does not confuse makes another name, also at the same address.
    assert judge(Side({"hurtownia alfa"}, place), Side({"hurtownia alba"}, place)).verdict == "likely"
    account = {("iban", "PL61109010140000071219812874")}
    assert judge(Side({"alfa trade"}, account), Side({"alfatrade polska"}, account)).verdict == "same"
    # A bank's or a factor's account stands on the papers of many.
    assert judge(Side({"alfa trade"}, account), Side({"zupelnie inny"}, account)).verdict == "likely"


def test_two_tax_numbers_are_never_one() -> None:
    marks = {("iban", "X"), ("place", "00-950")}
    assert judge(Side({"alfa"}, marks, "5260001246"), Side({"alfa"}, marks, "5260250274")).verdict == "no"


def test_a_persons_name_says_nothing_alone() -> None:
    name = {"jan kowalski"}
    assert judge(Side(name, person=True), Side(name, person=True)).verdict == "no"
    born = {("birth", "19800101")}
    assert judge(Side(name, born, person=True), Side(name, born, person=True)).verdict == "likely"


@given(st.text(max_size=400))
def test_folding_takes_anything(text: str) -> None:
    core = fold(text)
    assert len(core) <= 200
    assert fold(core) == core or len(core.split()) < 17
    assert all(len(block) <= 80 for block in blocks(core))
    assert bool(core) == any(c.isalnum() for c in core)


@given(st.text(alphabet="abcz 0159.&-łÓ", min_size=1, max_size=40), st.text(max_size=40))
def test_judging_is_symmetric(one: str, other: str) -> None:
    a, b = Side({fold(one)}), Side({fold(other)})
    assert judge(a, b) == judge(b, a)


def test_hostile_names_make_short_mentions() -> None:
    values = {"vendor": "\x00<script>alert(1)</script>" * 1000, "buyer": "\u202e\u200f", "client": "---"}
    (only,) = mentions("0" * 26, values)
    assert only.role == "vendor"
    assert len(only.name) <= 300
    assert len(only.key) <= 200


def test_unchecked_numbers_are_no_keys() -> None:
    (wrong,) = mentions("0" * 26, {"vendor": "Alfa Sp. z o.o.", "vendor_nip": "1234567890"})
    (right,) = mentions("0" * 26, {"vendor": "Alfa Sp. z o.o.", "vendor_nip": "526-000-12-46"})
    (foreign,) = mentions("0" * 26, {"vendor": "Alfa GmbH", "vendor_nip": "DE 123456789"})
    assert [m.key for m in (wrong, right, foreign)] == ["name:alfa", "nip:5260001246", "nip:DE123456789"]
