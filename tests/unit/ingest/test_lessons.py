"""What a correction teaches, and what the next paper of the same sender makes of it."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.fields.found import FoundField
from ingest.fields.rows import rows_of
from ingest.learning.lessons import Lesson, apply, learn, lesson_of, taught_type
from ingest.learning.senders import SAME, alike, sender_keys
from ingest.model import Page, Reading
from ingest.understand import understand

FIRST = (
    "MODRA KUŹNIA\nul. Kowalska 5\n80-001 Gdańsk\n"
    "Our ref\tKZ/118\nIssued 03/04/2026\nGrand sum 123.00\nTotal 99.00"
)
NEXT = (
    "MODRA KUŹNIA\nul. Kowalska 5\n80-001 Gdańsk\n"
    "Our ref\tKZ/131\nIssued 05/06/2026\nGrand sum 246.00\nTotal 88.00"
)


def _reading(text: str) -> Reading:
    return Reading("text/plain", (Page(1, 595, 842, "recognised", "text", "1", text),))


def _learnt(text: str, **changes: tuple[str | None, str]) -> list[Lesson]:
    return learn(rows_of(_reading(text)), False, changes)


def _applied(text: str, lessons: list[Lesson], **fields: str) -> dict[str, FoundField]:
    found = [FoundField(name, value, value, 0.7, 1, None, "label") for name, value in fields.items()]
    return {f.name: f for f in apply(rows_of(_reading(text)), False, lessons, found)}


@pytest.mark.parametrize(
    ("field", "right", "expected"),
    [
        ("total", "123.00", "246.00"),
        ("document_number", "KZ/118", "KZ/131"),
        ("date", "2026-04-03", "2026-06-05"),
        ("date", "2026-03-04", "2026-05-06"),
    ],
)
def test_the_place_of_a_value_is_learnt(field: str, right: str, expected: str) -> None:
    lessons = _learnt(FIRST, **{field: ("wrong", right)})
    (lesson,) = lessons
    assert (lesson.before, lesson.after) == (None, "")  # the value itself is that paper's own
    found = _applied(NEXT, lessons, **{field: "wrong"})
    assert (found[field].value, found[field].source) == (expected, "sender")


def test_a_place_that_is_not_there_changes_nothing() -> None:
    lessons = _learnt(FIRST, total=("99.00", "123.00"))
    assert _applied("Another paper\nTotal 5.00", lessons, total="5.00")["total"].value == "5.00"
    assert _learnt(FIRST, total=("99.00", "777.00")) == []  # stands nowhere: nothing to learn from


def test_the_last_of_several_is_the_last_again() -> None:
    lessons = _learnt("Sum 1.00\nSum 2.00\nSum 3.00", total=(None, "3.00"))
    assert _applied("Sum 5.00\nSum 6.00", lessons)["total"].value == "6.00"
    second = _learnt("Sum 1.00\nSum 2.00\nSum 3.00", total=(None, "2.00"))
    assert _applied("Sum 5.00\nSum 6.00\nSum 7.00", second)["total"].value == "6.00"


def test_what_is_the_same_on_all_papers_is_taught_as_it_is() -> None:
    lessons = _learnt(FIRST, vendor=("MODRA KUZNIA S", "Modra Kuźnia Sp. z o.o."))
    assert _applied(NEXT, lessons, vendor="MODRA KUZNIA 8")["vendor"].value == "Modra Kuźnia Sp. z o.o."
    assert _applied(NEXT, lessons)["vendor"].value == "Modra Kuźnia Sp. z o.o."
    assert _applied(NEXT, lessons, vendor="Tkalnia Polesie")["vendor"].value == "Tkalnia Polesie"


def test_what_a_file_states_itself_stays() -> None:
    stated = [FoundField("vendor", "Stated SA", "Stated SA", 1.0, None, None, "structured")]
    lessons = [Lesson("vendor", "Stated SA", "Other SA")]
    assert apply(rows_of(_reading(NEXT)), False, lessons, stated)[0].value == "Stated SA"


def test_the_newest_lesson_wins() -> None:
    lessons = [Lesson("vendor", "A", "Newest"), Lesson("vendor", "A", "Older")]
    assert _applied(NEXT, lessons, vendor="A")["vendor"].value == "Newest"


def test_a_type_is_taught_for_the_same_verdict_or_a_doubtful_one() -> None:
    lessons = [Lesson("kind", "invoice", "receipt")]
    assert taught_type(lessons, "invoice", sure=True) == "receipt"
    assert taught_type(lessons, "bank_statement", sure=True) is None
    assert taught_type(lessons, "bank_statement", sure=False) == "receipt"
    assert taught_type(lessons, "receipt", sure=False) is None


def _keys(text: str) -> Mapping[str, float]:
    return understand(_reading(text)).sender


def test_a_sender_is_known_again() -> None:
    one = _keys(
        "KEDAI BUNGA SDN BHD\n(412345-K)\n7, JALAN MAWAR\nTax Invoice\nTotal RM 8.00\nCash 10.00\nChange 2.00"
    )
    two = _keys(
        "KEDAI BUN6A SON BHD\n(412345-K)\n7, JALAN MAWAR\nTax Invoice\nTotal RM 9.00\nCash 10.00\nChange 1.00"
    )
    other = _keys(
        "KEDAI ROTI SDN BHD\n(998877-P)\n9, JALAN BAKU\nTax Invoice\nTotal RM 9.00\nCash 10.00\nChange 1.00"
    )
    assert alike(one, two) >= SAME
    assert alike(one, other) < SAME


def test_whom_a_paper_is_addressed_to_is_no_key() -> None:
    def invoice(seller: str, nip: str) -> str:
        return (
            f"Faktura VAT 12/2026\nSprzedawca: {seller}\nNIP {nip}\nNabywca: Tkalnia Polesie Sp. z o.o.\n"
            "NIP 5260001246\nData wystawienia 2026-03-04\nRazem do zapłaty 123,00 zł"
        )

    one, two = _keys(invoice("Modra Kuźnia SA", "1132853869")), _keys(invoice("Inna Firma SA", "5252248481"))
    assert "nip:1132853869" in one
    assert "nip:5260001246" not in one
    assert alike(one, two) < SAME


def test_different_tax_numbers_are_different_senders() -> None:
    assert alike({"nip:1": 1.0, "name:a": 1.0}, {"nip:2": 1.0, "name:a": 1.0}) == 0.0
    assert alike({"nip:1": 1.0}, {"nip:1": 1.0}) == 1.0


def test_lessons_are_used_when_a_paper_is_understood() -> None:
    lessons = [
        Lesson("kind", understand(_reading(NEXT)).doc_type, "service_report"),
        *_learnt(FIRST, document_number=(None, "KZ/118")),
    ]
    taught = understand(_reading(NEXT), None, lessons)
    assert taught.taught
    assert (taught.domain, taught.doc_type) == ("it", "service_report")
    assert {f.name: f.value for f in taught.fields}["document_number"] == "KZ/131"
    assert not understand(_reading(NEXT)).taught


@given(
    st.text(alphabet="abAB 019-/.:\n\tNIP", max_size=120),
    st.sampled_from(["total", "date", "document_number", "vendor", "employee", "kind"]),
    st.text(max_size=20),
)
def test_anything_can_be_corrected_to_anything(text: str, field: str, value: str) -> None:
    rows = rows_of(_reading(text))
    lessons = learn(rows, True, {field: (None, value)})
    apply(rows, True, lessons, understand(_reading(text)).fields)
    sender_keys(rows, "receipt", {})


def test_lessons_go_through_json() -> None:
    from dataclasses import asdict

    for lesson in [*_learnt(FIRST, total=(None, "123.00")), Lesson("vendor", None, "A")]:
        assert lesson_of(asdict(lesson)) == lesson
