"""Which words mean the same, and where they stand."""

from hypothesis import example, given
from hypothesis import strategies as st

from indexer.alike import Alike, _apart, near
from indexer.analysis import folded, spellings, standing, tokens
from indexer.inflection import word_forms

_FOLDED = st.text("abceijklnostyz", min_size=1, max_size=9)
_STEMS = st.sampled_from(("faktur", "umow", "zaplac", "najlepsz", "skies", "dying", "ludz", "czlowiek", "go"))
_ENDINGS = st.sampled_from(("", "a", "y", "ami", "ach", "ono", "enie", "ing", "ed", "ie", "iem", "ego"))


@given(st.builds(str.__add__, _STEMS, _ENDINGS), st.builds(str.__add__, _STEMS, _ENDINGS) | _FOLDED)
@example("ludzie", "czlowiek")
@example("went", "go")
@example("lepszy", "dobry")
def test_words_are_alike_if_they_share_a_form(a: str, b: str) -> None:
    shares = a == b or (len(b) > 2 and bool(set(word_forms(a)) & set(word_forms(b))))
    assert Alike(a).among([b, b.upper()]) == ([b, b.upper()] if shares else [])


@given(_FOLDED, _FOLDED)
@example("abc", "acb")
@example("ab", "ba")
@example("aab", "ab")
def test_one_letter_apart_is_told_as_by_the_whole_table(a: str, b: str) -> None:
    assert near(a, b, 1) is (abs(len(a) - len(b)) <= 1 and _apart(a, b, 1))


@given(st.text("aAłŁb \u0301\u00ad_1-", max_size=30))
@example("a\u0301b \u0301a")
def test_spellings_stand_where_the_tokens_stand(text: str) -> None:
    found = {(folded(s), *place) for s in spellings(text) for place in standing(text, s) if folded(s)}
    assert found == {(t.text, t.start, t.end) for t in tokens(text)}
