"""However much text waits to be indexed, no more than a measure of it is in memory at once."""

from collections.abc import Iterable, Sequence
from itertools import pairwise

import pytest
from sqlalchemy import func, select

from akta.bootstrap import App
from akta.db.engine import Database
from akta.records.models import IndexPending, PageText
from indexer import loading, service
from indexer.model import IndexDocument, Late
from tests.factories import add_record

BUDGET, LONGEST = 10_000, 4_000


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading, "_BATCH_TEXT", BUDGET)
    monkeypatch.setattr(loading, "_MAX_TEXT", LONGEST)


def _add(app: App, pages: Sequence[Sequence[str]]) -> list[str]:
    """Records with these pages each, waiting to be indexed."""
    ids = []
    with app.database.write() as session:
        for texts in pages:
            record = add_record(session, received_at=app.clock.now())
            for number, text in enumerate(texts, 1):
                row = PageText(record_id=record.id, number=number, width=1.0, height=1.0, outcome="read")
                row.reader, row.reader_version, row.text, row.words = "plain", "1", text, b""
                session.add(row)
            service.note_pending(session, record.id, record.row_version, app.clock.now())
            ids.append(record.id)
    return ids


def _watch(app: App, monkeypatch: pytest.MonkeyPatch) -> list[list[IndexDocument]]:
    """The batches that the engine is given."""
    seen: list[list[IndexDocument]] = []
    apply, rebuild = app.index.engine.apply, app.index.engine.rebuild

    def watched(upserts: Sequence[IndexDocument], removals: Sequence[tuple[str, int]]) -> None:
        seen.append(list(upserts))
        apply(upserts, removals)

    def watched_rebuild(batches: Iterable[Sequence[IndexDocument]], late: Late, processes: int) -> int:
        def each() -> Iterable[Sequence[IndexDocument]]:
            for batch in batches:
                seen.append(list(batch))
                yield batch

        return rebuild(each(), late, processes)

    monkeypatch.setattr(app.index.engine, "apply", watched)
    monkeypatch.setattr(app.index.engine, "rebuild", watched_rebuild)
    return seen


def _sizes(batches: list[list[IndexDocument]]) -> list[int]:
    return [sum(len(d.text) for d in batch) for batch in batches]


def test_batches_are_cut_by_their_text(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = _add(app, [["a" * 1500, "b" * 1499]] * 20)
    seen = _watch(app, monkeypatch)
    assert app.index.catch_up() == 20
    assert max(_sizes(seen)) <= BUDGET
    assert min(_sizes(seen[:-1])) == 9000, "as many as there is room for"
    with app.database.read() as session:
        assert session.scalar(select(func.count()).select_from(IndexPending)) == 0
    seen.clear()
    assert app.index.rebuild() == 20
    assert max(_sizes(seen)) <= BUDGET
    assert sorted(d.record_id for batch in seen for d in batch) == sorted(ids)
    assert app.index.check().agrees


def test_small_records_share_a_batch(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    _add(app, [["a few words"]] * 30)
    seen = _watch(app, monkeypatch)
    app.index.catch_up()
    assert [len(batch) for batch in seen] == [30]


def test_a_record_larger_than_all_is_cut_while_it_is_read(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    pages = [f"{n:04d} " + "x" * 95 for n in range(2000)]
    _add(app, [pages, ["y" * 50_000], ["short"]])
    seen = _watch(app, monkeypatch)
    app.index.catch_up()
    texts = sorted((d.text for batch in seen for d in batch), key=len)
    assert [len(text) for text in texts] == [5, LONGEST, LONGEST]
    long = next(text for text in texts if text.startswith("0000"))
    numbers = [int(line[:4]) for line in long.split("\n") if len(line) > 4]
    assert all(b == a + 1 for a, b in pairwise(numbers))


def test_pages_beyond_the_limit_stay_in_the_database(database: Database) -> None:
    with database.write() as session:
        record = add_record(session)
        for number in range(500):
            row = PageText(record_id=record.id, number=number, width=1.0, height=1.0, outcome="read")
            row.reader, row.reader_version, row.text, row.words = "plain", "1", "z" * 1000, b""
            session.add(row)
    with database.read() as session:
        texts = loading.texts_of(session, [record.id])
    assert LONGEST <= sum(map(len, texts[record.id])) <= LONGEST + 1000
