"""Folding, words, stems."""

import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.analysis import MAX_WORD, fold, hyphenated, stems, tokens, words


@pytest.mark.parametrize(
    ("typed", "folded"),
    [
        ("ZAŻÓŁĆ gęślą JAŹŃ", "zazolc gesla jazn"),
        ("Łódź", "lodz"),
        ("Straße", "strasse"),
        ("İstanbul", "istanbul"),
        ("ﬁrma", "firma"),
        ("Œuvre Ærø", "oeuvre aero"),
    ],
)
def test_fold(typed: str, folded: str) -> None:
    assert fold(typed) == folded


@given(st.text())
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text())
def test_words_are_those_of_tokens(text: str) -> None:
    found = list(tokens(text))
    assert [t.text for t in found] == words(text)
    assert all(0 < len(t.text) <= MAX_WORD and not any(c.isspace() for c in t.text) for t in found)
    assert all(a.end <= b.start for a, b in pairwise(found))


@given(st.text(alphabet="ąćęłńóśźżĄĆĘŁŃÓŚŹŻabcXYZ0129-_/. \n\u00ad\u0301\u200b", max_size=60))
def test_words_are_those_of_tokens_in_polish(text: str) -> None:
    assert [t.text for t in tokens(text)] == words(text)


def test_a_decomposed_letter_and_a_soft_hyphen_do_not_divide_a_word() -> None:
    assert words("o\u0301smy zamo\u0301\u00adwienie") == ["osmy", "zamowienie"]


def test_words_divided_at_the_end_of_a_line_or_by_a_hyphen() -> None:
    assert hyphenated("prosimy o zapła-\n  cenie, e-mail") == ["zaplacenie", "email"]


@pytest.mark.parametrize(
    ("inflected", "base"),
    [("fakturami", "faktura"), ("umowy", "umowa"), ("invoices", "invoice"), ("payments", "payment")],
)
def test_inflected_forms_share_a_stem(inflected: str, base: str) -> None:
    assert set(stems(fold(inflected))) & set(stems(fold(base)))


def test_numbers_and_short_words_are_their_own_stem() -> None:
    assert stems("2026") == ("2026",)
    assert stems("nip") == ("nip",)


@pytest.mark.parametrize("hostile", ["a" * 300_000, "a-" * 150_000, "-\n" * 150_000, "\n" * 300_000])
def test_hostile_text_takes_linear_time(hostile: str) -> None:
    start = time.process_time()
    words(hostile)
    hyphenated(hostile)
    assert time.process_time() - start < 5
