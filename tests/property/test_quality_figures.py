"""The figures of the quality report hold whatever the numbers are."""

import random

from hypothesis import given
from hypothesis import strategies as st

from akta.operations.evaluation.score import calibration_error
from akta.operations.quality.figures import (
    CHANGED,
    NO_CHANGE,
    TOO_FEW,
    Bin,
    Mean,
    Tally,
    bin_of,
    expected_error,
    means_differ,
    mixes_differ,
    shares_differ,
    stability,
    wilson,
)
from akta.operations.quality.report import SMALLEST, too_small

_ANSWERS = st.lists(st.tuples(st.floats(0.01, 1000), st.booleans()), min_size=1, max_size=60)
_JUDGED = st.lists(st.tuples(st.floats(0, 1), st.booleans()), max_size=80)
_MIX = st.dictionaries(st.sampled_from("abcdefgh"), st.integers(0, 500), max_size=8)


def _tally(answers: list[tuple[float, bool]]) -> Tally:
    return sum((Tally(1, w, w * w, w * ok) for w, ok in answers), Tally())


@given(_ANSWERS)
def test_a_share_is_a_share_and_lies_in_its_interval(answers: list[tuple[float, bool]]) -> None:
    tally = _tally(answers)
    assert tally.share is not None
    assert tally.interval is not None
    low, high = tally.interval
    assert 0 <= low <= tally.share <= high <= 1
    assert 1 - 1e-9 <= tally.effective <= len(answers) * (1 + 1e-9)


@given(_ANSWERS, st.floats(0.1, 50))
def test_what_each_answer_stands_for_alike_changes_nothing(
    answers: list[tuple[float, bool]], factor: float
) -> None:
    tally, scaled = _tally(answers), _tally(answers).scaled(factor)
    assert abs((tally.share or 0) - (scaled.share or 0)) < 1e-9
    assert abs(tally.effective - scaled.effective) < 1e-6 * tally.effective


@given(st.integers(0, 200), st.integers(1, 200))
def test_more_answers_say_more(right: int, n: int) -> None:
    share = min(right, n) / n
    few, many = wilson(share, n), wilson(share, 4 * n)
    assert many[1] - many[0] < few[1] - few[0]


def test_wilson_as_in_the_literature() -> None:
    low, high = wilson(81 / 263, 263)  # Newcombe (1998), table I, method 3
    assert (round(low, 4), round(high, 4)) == (0.2553, 0.3662)
    low, high = wilson(0.0, 20)
    assert (round(low, 4), round(high, 4)) == (0.0, 0.1611)
    assert wilson(0.5, 0) == (0.0, 1.0)


@given(_JUDGED, st.randoms())
def test_calibration_does_not_depend_on_order(judged: list[tuple[float, bool]], dice: random.Random) -> None:
    error = calibration_error(judged)
    shuffled = list(judged)
    dice.shuffle(shuffled)
    assert calibration_error(shuffled) == error
    assert (error is None) == (not judged)
    assert error is None or 0 <= error <= 1


@given(st.dictionaries(st.integers(0, 9), st.integers(1, 50), min_size=1))
def test_perfect_calibration_has_no_error(sizes: dict[int, int]) -> None:
    bins = [Bin(n, n, n * (k + 0.5) / 10, n * (k + 0.5) / 10) for k, n in sizes.items()]
    assert (expected_error(bins) or 0) < 1e-12
    assert expected_error([Bin()]) is None


def test_the_largest_error_there_is() -> None:
    assert calibration_error([(1.0, False), (0.0, True)]) == 1.0
    assert [bin_of(c) for c in (0.0, 0.0999, 0.1, 0.95, 1.0)] == [0, 0, 1, 9, 9]


@given(_MIX)
def test_a_mix_does_not_differ_from_itself(mix: dict[str, int]) -> None:
    assert mixes_differ(mix, mix) == (NO_CHANGE if sum(mix.values()) >= 30 else TOO_FEW)
    if sum(mix.values()):
        assert stability(mix, mix) == 0


@given(_MIX, _MIX)
def test_the_index_is_never_negative_and_the_same_both_ways(a: dict[str, int], b: dict[str, int]) -> None:
    there, back = stability(a, b), stability(b, a)
    assert (there is None) == (back is None)
    if there is not None and back is not None:
        assert there >= 0
        assert abs(there - back) < 1e-9


def test_what_counts_as_a_change() -> None:
    assert shares_differ((0.9, 500), (0.8, 500)) == CHANGED
    assert shares_differ((0.9, 500), (0.89, 500)) == NO_CHANGE
    assert shares_differ((0.9, 29), (0.1, 500)) == TOO_FEW
    assert shares_differ((1.0, 100), (1.0, 100)) == NO_CHANGE
    assert mixes_differ({"a": 900, "b": 100}, {"a": 600, "b": 400}) == CHANGED
    assert mixes_differ({"a": 20, "b": 15}, {"a": 16, "b": 19}) == NO_CHANGE  # no more than chance
    assert mixes_differ({"a": 90_000, "b": 10_000}, {"a": 89_000, "b": 11_000}) == NO_CHANGE  # too little
    steady = Mean(100, 90.0, 81.5)
    assert means_differ(steady, Mean(100, 70.0, 50.0)) == CHANGED
    assert means_differ(steady, Mean(100, 90.1, 81.7)) == NO_CHANGE
    assert means_differ(steady, Mean(3, 1.0, 0.5)) == TOO_FEW


@given(st.dictionaries(st.integers(), st.integers(1, 40), max_size=12))
def test_no_group_of_a_few_is_told_by_subtraction(sizes: dict[int, int]) -> None:
    hidden = too_small(sizes)
    assert all(sizes[g] >= SMALLEST for g in sizes if g not in hidden)
    together = sum(sizes[g] for g in hidden)
    assert not hidden or together >= SMALLEST or together == sum(sizes.values())
