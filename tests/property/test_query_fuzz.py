"""Any text is answered, by a tree or by QueryError, and soon."""

import time

from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.engines.forms import lower
from indexer.query import QueryError, parse
from indexer.query.ast import And, Not, Or, Query
from indexer.snippets import PageWords, marks, snippets

_PIECES = st.sampled_from(
    [
        *(
            "(",
            ")",
            '"',
            "„",
            "”",
            "-",
            "!",
            "+",
            "*",
            "~",
            "^2",
            ":",
            "..",
            ">",
            "<=",
            "|",
            "OR",
            "AND",
            "NOT",
        ),
        *(
            "NIE",
            "LUB",
            "total:",
            "date:",
            "vendor:",
            "type:",
            "hold:",
            "xyz:",
            "http://",
            "12:30",
            "2026-03",
        ),
        *(
            "1 234,50",
            "526 000 12 46",
            "PL61 1090",
            "faktura",
            "Łódź",
            "½",
            "\u0301",
            "\x00",
            " ",
            "\n",
            "tak",
        ),
    ]
)
_QUERIES = st.lists(_PIECES, max_size=40).map("".join) | st.text(max_size=200)


def _tree_or_error(text: str) -> Query | QueryError:
    try:
        return parse(text)
    except QueryError as error:
        return error


def _size(query: Query) -> tuple[int, int]:
    """How many leaves, and how deep."""
    match query:
        case And(parts) | Or(parts):
            sizes = [_size(p) for p in parts]
            return sum(n for n, _ in sizes), 1 + max(d for _, d in sizes)
        case Not(part):
            leaves, depth = _size(part)
            return leaves, depth + 1
        case _:
            return 1, 1


@settings(max_examples=600, deadline=None)
@given(_QUERIES)
def test_any_text_gives_a_bounded_tree_or_an_error_with_its_place(text: str) -> None:
    start = time.process_time()
    tree = _tree_or_error(text)
    if isinstance(tree, QueryError):
        assert 0 <= tree.params["position"] <= len(text)
        assert tree.message.endswith(".")
        return
    leaves, depth = _size(tree)
    assert leaves <= 220
    assert depth <= 90
    lower(tree)
    page = PageWords(1, "Faktura 1 234,50 z Łodzi, NIP 526-000-12-46", (("Faktura", (0, 0, 1, 1), 0.9, 0),))
    for snippet in snippets([page], tree):
        assert all(0 <= a < b <= len(snippet.text) for a, b in snippet.hits)
    assert len(marks(page, tree)) <= 1
    assert time.process_time() - start < 2


@settings(max_examples=30, deadline=None)
@given(st.sampled_from(["(", ")", '"', "-", ":", "a:", "1 ", "1.", "a*", "~", ".. ", "NOT ", "\u0301", "«"]))
def test_a_long_row_of_one_thing_is_answered_soon(piece: str) -> None:
    start = time.process_time()
    for count in (100, 4000 // len(piece)):
        tree = _tree_or_error(piece * count)
        if not isinstance(tree, QueryError):
            lower(tree)
    assert time.process_time() - start < 2
