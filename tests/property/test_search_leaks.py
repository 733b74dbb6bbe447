"""Whatever anybody asks: no hit, count, facet, offer or likeness comes from a paper they may not see."""

from collections import Counter
from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from akta.access.principal import Principal
from akta.bootstrap import App
from akta.kernel.errors import NotFoundError
from akta.records.models import Field, PageText, Record
from akta.records.visibility import visible_to
from indexer.analysis import fold, words
from indexer.query import QueryError
from indexer.service import note_pending
from tests.conftest import principal
from tests.unit.parties.register import paper

_OWNER = "0" * 26
_SHARED = ("faktura", "zamówienie", "wynagrodzenie", "protokół")


@dataclass
class Archive:
    """Papers of all domains and levels, each with words and a vendor that no other has."""

    app: App
    secrets: dict[str, str]
    numbers: dict[str, str]

    def seen(self, who: Principal) -> dict[str, Record]:
        with self.app.database.read() as session:
            rows = session.scalars(select(Record).where(visible_to(who), Record.state != "destroyed"))
            return {r.id: r for r in rows if r.id in self.secrets}


def _secret(n: int) -> str:
    return "".join(chr(ord("a") + int(digit)) for digit in f"{n:03}")


@pytest.fixture
def archive(app: App) -> Archive:
    secrets, numbers = {}, {}
    with app.database.write() as session:
        for n in range(36):
            domain = ("accounting", "hr", "order", "lab", None)[n % 5]
            word = _secret(n)
            record_id = paper(
                session,
                app.audit,
                f"Firma{word} Handel",
                domain=domain,
                confidentiality=1 + n % 3,
                state="review" if n % 4 == 0 else "filed",
                total=f"{n}0.00",
            )
            record = session.get_one(Record, record_id)
            text = f"{' '.join(_SHARED[: 1 + n % 4])} tajne{word} umowa{word} faktur{word}"
            row = PageText(record_id=record_id, number=1, width=1.0, height=1.0, outcome="read", words=b"")
            row.reader, row.reader_version, row.text = "plain", "1", text
            session.add(row)
            order = Field(
                id=record_id[::-1], record_id=record_id, name="order_number", value=f"ZAM/{n % 6}/2026/17"
            )
            order.confidence, order.reader = 1.0, "plain"
            session.add(order)
            record.title = f"Tytuł{word}"
            secrets[record_id] = word
            numbers[record_id] = order.value
            note_pending(session, record_id, record.row_version, app.clock.now())
    app.index.catch_up()
    return Archive(app, secrets, numbers)


_LEVELS = st.dictionaries(
    st.sampled_from(["accounting", "hr", "order", "lab", "unfiled"]), st.integers(0, 3), max_size=3
)
_ROLES = st.sampled_from([("clerk",), ("staff",), ("auditor",), ("administrator",), ()])
_PIECES = st.sampled_from(
    [
        *(
            "f",
            "fa",
            "fak",
            "faktur",
            "tajne",
            "tajneaac",
            "umowaa",
            "tytuł",
            "firma",
            "Firmaab",
            "wynagrodz",
        ),
        *(
            "vendor:firma",
            'vendor:"Firmaaa',
            "type:",
            "domain:",
            "state:r",
            "month:",
            "amount_band:",
            "title:tyt",
        ),
        *("faktvra", "umowaaab", "tajneaax", "firmaaaz", "zam/3", "-tajne", "total:>50", "ZAM/3/2026/17"),
    ]
)
_QUERY = st.lists(_PIECES, min_size=1, max_size=3).map(" ".join)


def _told(archive: Archive, seen: dict[str, Record], text: str) -> None:
    """No part of a text is a word that only unseen papers have."""
    hidden = {word for record_id, word in archive.secrets.items() if record_id not in seen}
    for said in words(fold(text)):
        for start in ("tajne", "umowa", "faktur", "firma", "tytul"):
            assert said.removeprefix(start) not in hidden or said == start, (text, said)


@settings(
    max_examples=120,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(levels=_LEVELS, roles=_ROLES, query=_QUERY)
def test_nothing_is_told_of_what_may_not_be_seen(
    archive: Archive, levels: dict[str, int], roles: tuple[str, ...], query: str
) -> None:
    who = principal(*roles, levels=levels, user_id=_OWNER)
    seen = archive.seen(who)
    index = archive.app.index
    for record_id in list(archive.secrets)[:: 1 + len(query) % 9]:
        try:
            found = index.related(who, record_id, limit=50)
        except NotFoundError:
            assert record_id not in seen
            continue
        others = [*found.similar, *found.numbers, *found.parties]
        assert {r.id for r, _ in others} <= set(seen) - {record_id}
        number = archive.numbers[record_id]
        alike = {i for i in seen if archive.numbers[i] == number and i != record_id}
        assert {r.id for r, _ in found.numbers} == alike
    for suggestion in index.suggest(who, query, limit=20):
        assert query[: suggestion.start] + suggestion.text
        if not query.endswith(suggestion.text):
            _told(archive, seen, suggestion.text)
        if suggestion.kind in ("value", "party"):
            assert suggestion.count is not None
            assert 0 < suggestion.count <= len(seen)
        if suggestion.kind == "word":
            assert seen
    try:
        page, records = index.search(who, query, limit=100, facets=("domain", "state", "party", "month"))
        meant = index.did_you_mean(who, query)
    except QueryError:
        return
    assert {r.id for r in records} <= set(seen)
    assert page.total == len(records) == len(page.hits)
    assert page.facets["domain"] == Counter(r.domain for r in records if r.domain)
    assert page.facets["state"] == Counter(r.state for r in records)
    for name in page.names["party"].values():
        _told(archive, seen, name)
    if meant is not None:
        asked = set(words(query))
        _told(archive, seen, " ".join(w for w in words(meant) if w not in asked))


def test_words_are_completed_from_what_one_sees(archive: Archive) -> None:
    books = principal("clerk", levels={"accounting": 1})
    seen = archive.seen(books)
    own = sorted(f"tajne{archive.secrets[i]}" for i in seen)
    assert own
    assert sorted(s.text for s in archive.app.index.suggest(books, "tajne", limit=20)) == own
    everything = archive.app.index.suggest(principal("clerk"), "tajne", limit=20)
    assert len(everything) == 20
