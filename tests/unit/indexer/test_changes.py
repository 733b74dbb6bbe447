"""What is news to an index, whatever the order of messages."""

from hypothesis import given
from hypothesis import strategies as st

from indexer.engines.changes import Known, settle
from tests.unit.indexer.documents import paper

_CHANGE = st.tuples(st.sampled_from("ab"), st.integers(1, 4), st.booleans())


@given(st.lists(_CHANGE, max_size=12), st.lists(st.integers(1, 5), max_size=6))
def test_only_the_newest_counts_in_whatever_order_and_batches_it_comes(
    changes: list[tuple[str, int, bool]], cuts: list[int]
) -> None:
    known: dict[str, Known] = {}
    left = list(changes)
    for size in [*cuts, len(left)]:
        batch, left = left[:size], left[size:]
        news = settle(
            [paper(i, v) for i, v, gone in batch if not gone], [(i, v) for i, v, gone in batch if gone], known
        )
        assert sorted(news.replaced) == sorted(
            i for i in {*(d.record_id for d in news.documents), *news.tombstones} if i in known
        )
        known.update({d.record_id: Known(d.version, False) for d in news.documents})
        known.update({i: Known(v, True) for i, v in news.tombstones.items()})
    for record_id in "ab":
        versions = [(v, gone) for i, v, gone in changes if i == record_id]
        # At the same version a removal wins.
        expected = Known(*max(versions)) if versions else None
        assert known.get(record_id) == expected


def test_the_same_again_is_no_news() -> None:
    assert not settle([paper("a", 3)], [], {"a": Known(3, False)})
    assert not settle([], [("a", 3)], {"a": Known(3, True)})
    assert not settle([paper("a", 3)], [("a", 2)], {"a": Known(3, True)})
