"""Manners of reading: kept in jobs as what differs, and applied to the options."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from akta.kernel.errors import InvalidError
from ingest.extract.options import ReadOptions
from ingest.manner import SECOND_READER, Manner

_MANNERS = st.builds(
    Manner,
    languages=st.lists(st.sampled_from(["pol", "eng"]), unique=True).map(tuple),
    ignore_text_layer=st.booleans(),
    second_reader=st.sampled_from(SECOND_READER),
    one_column=st.booleans(),
    enlarge=st.booleans(),
)


@given(_MANNERS)
def test_a_manner_outlasts_a_job(manner: Manner) -> None:
    stored = json.loads(json.dumps(manner.as_payload()))
    assert Manner.of_payload(stored) == manner
    assert bool(stored) == (manner != Manner())


@given(_MANNERS)
def test_what_is_applied_is_what_was_chosen(manner: Manner) -> None:
    options = manner.check(ReadOptions()).applied(ReadOptions())
    assert set(options.languages) == set(manner.languages or ("pol", "eng"))
    assert options.second_reader == (manner.second_reader != "never")
    assert options.second_always == (manner.second_reader == "always")
    assert (options.enlarge > 1) == manner.enlarge


def test_nothing_chosen_changes_nothing() -> None:
    options = ReadOptions(languages=("pol",), second_reader=False)
    assert Manner().applied(options) == options


def test_a_reader_that_is_switched_off_is_not_promised() -> None:
    with pytest.raises(InvalidError):
        Manner(second_reader="always").check(ReadOptions(second_reader=False))


def test_of_a_later_version_only_what_is_known_is_taken() -> None:
    assert Manner.of_payload({"enlarge": True, "unheard_of": 1}) == Manner(enlarge=True)
