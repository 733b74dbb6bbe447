"""Whatever is typed is a query or an error that points into it."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from indexer.query import QueryError, parse
from indexer.query.names import FIELDS

_SIGNS = (":", "(", ")", '"', "„", "-", "NOT ", " OR ", "..", ">", "<=", "*", "~2", "^3", " ", "PL ", "526")
_PIECES = st.sampled_from([*sorted(FIELDS), *_SIGNS]) | st.text(max_size=4)


def _error(text: str) -> QueryError | None:
    try:
        parse(text)
    except QueryError as error:
        return error
    return None


@given(st.one_of(st.text(max_size=80), st.lists(_PIECES, max_size=20).map("".join)))
@example("total:" + "9" * 400)
@example("date:0000-00-00")
@example("type:(((((" * 30)
def test_any_text_is_a_query_or_an_error_with_its_place(text: str) -> None:
    error = _error(text)
    if error is not None:
        assert 0 <= error.params["position"] <= len(text)
        assert error.message.endswith((".", "?"))


@pytest.mark.parametrize("text", ["\x00", "\ud800", "-" * 3000, "(" * 3999, '"' * 3999, "a:" * 1900])
def test_odd_signs_end_too(text: str) -> None:
    error = _error(text)
    assert error is None or error.message
