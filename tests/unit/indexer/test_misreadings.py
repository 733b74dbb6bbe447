"""What a misread word may have been."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.misreadings import readings

_WORDS = st.text("abcdlmnorsvw", min_size=1, max_size=60)


@pytest.mark.parametrize(
    ("seen", "meant"),
    [
        ("settlernent", "settlement"),
        ("settlement", "settlernent"),
        ("rozvviazanie", "rozwiazanie"),
        ("poclatek", "podatek"),
        ("5potkania", "spotkania"),
        ("fakt0ry", "faktory"),
        ("l1sta", "lista"),
        ("ty1ko", "tylko"),
        ("marnrnut", "marnmut"),
    ],
)
def test_letters_taken_for_others_are_known(seen: str, meant: str) -> None:
    assert meant in readings(seen)


@pytest.mark.parametrize("number", ["fv2026", "1234567", "12", "a1", "nr117", "2o26", "x7y7z7q7"])
def test_numbers_are_no_misread_words(number: str) -> None:
    assert readings(number) == ()


@given(_WORDS, st.sampled_from(["rn", "m", "cl", "d", "vv", "w"]), _WORDS)
def test_few_others_and_each_leads_back(before: str, sign: str, after: str) -> None:
    word = before + sign + after
    found = readings(word)
    assert 1 <= len(found) <= 8
    assert word not in found
    assert len(set(found)) == len(found)
    short = readings(f"ka{sign}ta")
    assert short
    assert all(f"ka{sign}ta" in readings(other) for other in short)


@given(st.text(max_size=80))
def test_any_word_has_an_answer(word: str) -> None:
    assert all(other != word for other in readings(word))
