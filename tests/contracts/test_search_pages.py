"""Pages by cursor: everything once, in order, however deep, also while papers come and go."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from random import Random

import pytest

from akta.kernel.errors import InvalidError
from indexer.model import SORTS, Hit, IndexDocument, Position, SearchEngine
from indexer.paging import load
from indexer.query import parse
from tests.contracts.engines import ENGINES
from tests.unit.indexer.documents import paper


@pytest.fixture(params=sorted(ENGINES))
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> SearchEngine:
    return ENGINES[request.param](tmp_path / "index")


def _papers(count: int, start: int = 0) -> list[IndexDocument]:
    rng = Random(start + 1)
    return [
        paper(
            f"{n:05}",
            # Many are alike in what an order goes by, and some have nothing of it.
            text="faktura " * rng.randint(1, 4) + "opis " * rng.randint(0, 3),
            total=rng.choice([None, Decimal("-5"), Decimal(10), Decimal("10.50"), Decimal(99)]),
            document_date=rng.choice([None, date(2025, 1, 1), date(2026, 3, 5), date(2026, 3, 6)]),
            scopes=("hr/1",) if n % 7 == 0 else ("accounting/1",),
        )
        for n in range(start, start + count)
    ]


SEEN = frozenset({"accounting/1"})


def _pages(engine: SearchEngine, query: str, sort: str, limit: int) -> Iterator[tuple[Hit, ...]]:
    """All pages, each cursor taken through its text."""
    after: Position | None = None
    while True:
        page = engine.search(parse(query), scopes=SEEN, limit=limit, sort=sort, after=after)
        yield page.hits
        if page.next is None:
            return
        assert len(page.hits) == limit
        after = load(page.next.dump(), sort)
        assert after == page.next


def _key(document: IndexDocument, sort: str) -> tuple[object, ...]:
    if sort == "date":
        return (document.document_date or date.min, document.record_id)
    if sort == "total":
        return (Decimal(-(10**9)) if document.total is None else document.total, document.record_id)
    return (document.record_id,)


@pytest.mark.parametrize("sort", SORTS)
@pytest.mark.parametrize("query", ["faktura", ""])
def test_pages_make_the_whole(engine: SearchEngine, sort: str, query: str) -> None:
    papers = _papers(61)
    for at in range(0, 61, 20):
        engine.apply(papers[at : at + 20], [])
    found = [h for hits in _pages(engine, query, sort, 7) for h in hits]
    seen = [p for p in papers if SEEN & set(p.scopes)]
    assert sorted(h.record_id for h in found) == [p.record_id for p in seen]
    if sort == "relevance" and query:
        assert [h.score for h in found] == sorted((h.score for h in found), reverse=True)
    else:
        order = sorted(seen, key=lambda p: _key(p, sort), reverse=sort != "oldest")
        assert [h.record_id for h in found] == [p.record_id for p in order]


@pytest.mark.parametrize(
    ("query", "sort"), [*(("faktura", s) for s in SORTS[1:]), ("type:invoice", SORTS[0])]
)
def test_what_stays_is_shown_once_while_papers_come_and_go(
    engine: SearchEngine, sort: str, query: str
) -> None:
    engine.apply(_papers(60), [])
    found: list[str] = []
    for turn, hits in enumerate(_pages(engine, query, sort, 6)):
        found += [h.record_id for h in hits]
        if turn < 4:
            # One that was shown, one still to come, and new ones everywhere in the order.
            gone = [found[-2], f"{30 + turn:05}"]
            engine.apply(_papers(4, start=1000 + 10 * turn), [(i, 9) for i in gone])
    assert len(found) == len(set(found))
    removed = {f"{30 + turn:05}" for turn in range(4)}
    always = {p.record_id for p in _papers(60) if SEEN & set(p.scopes)} - removed
    assert always <= set(found)


def test_by_relevance_the_next_page_goes_on_after_the_last_hit(engine: SearchEngine) -> None:
    def graded(n: int) -> IndexDocument:
        return paper(f"{n:03}", text="faktura " * (1 + n % 100) + "opis " * (100 - n % 100))

    engine.apply([graded(n) for n in range(40, 90)] + [paper(f"w{n}", text="inne") for n in range(99)], [])
    whole = [h.record_id for hits in _pages(engine, "faktura", "relevance", 50) for h in hits]
    assert whole == [f"{n:03}" for n in reversed(range(40, 90))]
    found: list[str] = []
    for turn, hits in enumerate(_pages(engine, "faktura", "relevance", 8)):
        found += [h.record_id for h in hits]
        # Better ones, worse ones, others that make the word rarer; the last hit goes.
        engine.apply(
            [graded(190 + turn), graded(100 + turn), paper(f"x{turn}", text="inne")], [(found[-1], 9)]
        )
    assert len(found) == len(set(found))
    assert [i for i in found if i < "100"] == whole


def test_the_last_hit_may_be_gone(engine: SearchEngine) -> None:
    engine.apply(_papers(20), [])
    for sort in SORTS[1:]:
        first = engine.search(parse("faktura"), scopes=SEEN, limit=5, sort=sort)
        assert first.next is not None
        engine.apply([], [(first.hits[-1].record_id, 9)])
        second = engine.search(parse("faktura"), scopes=SEEN, limit=5, sort=sort, after=first.next)
        assert not {h.record_id for h in first.hits} & {h.record_id for h in second.hits}
        assert second.total == first.total - 1


def test_a_cursor_may_say_any_rank(engine: SearchEngine) -> None:
    engine.apply(_papers(9), [])
    far = load(Position("relevance", ("00003",), rank=10**9).dump(), "relevance")
    page = engine.search(parse("faktura"), scopes=SEEN, limit=5, after=far)
    assert page.total == 7
    assert "00003" not in {hit.record_id for hit in page.hits}


def test_a_guess_at_a_number_is_paged_too(engine: SearchEngine) -> None:
    engine.apply([paper(f"{n:02}", identifiers=("FV/2026/11745",)) for n in range(9)], [])
    page = engine.search(parse("FV/2026/11746"), scopes=SEEN, limit=4)
    assert page.total == 9
    assert page.next is not None
    following = engine.search(parse("FV/2026/11746"), scopes=SEEN, limit=9, after=page.next)
    assert len({h.record_id for h in (*page.hits, *following.hits)}) == 9


@pytest.mark.parametrize(
    "cursor",
    ["", "x", "€", "W10", "bnVsbA", "[" * 300, "A" * 500, Position("date", (), "1").dump()]
    + [Position("newest", (), key).dump() for key in ("b} OR gone:{*", "", "a b", "ą", "a" * 121)]
    + [Position("newest", ("a b",), "a").dump(), Position("newest", ("a",) * 6, "a").dump()],
)
def test_what_is_no_cursor_of_this_order_is_told(cursor: str) -> None:
    with pytest.raises(InvalidError):
        load(cursor, "newest")
