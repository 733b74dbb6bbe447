"""The snippets of a page of hits, from the database."""

from sqlalchemy import event

from akta.db.engine import Database
from akta.records.models import PageText
from akta.records.pages import pack
from indexer.query import parse
from indexer.shown import FURTHER, shown
from indexer.snippets import PageWords, snippets
from tests.factories import add_record

_BOX = (0.1, 0.2, 0.3, 0.4)


def _paper(database: Database, *texts: str) -> str:
    with database.write() as session:
        record = add_record(session)
        for number, text in enumerate(texts, 1):
            words = pack([(word, _BOX, 0.9, 0) for word in text.split()])
            columns = {"width": 595, "height": 842, "outcome": "read", "reader": "t", "reader_version": "1"}
            session.add(PageText(record_id=record.id, number=number, text=text, words=words, **columns))
        return record.id


def test_they_are_those_of_each_record_alone(database: Database) -> None:
    texts = (("faktura orlen", "nic", "faktury i umowa"), ("umowa o pracę",), ("nic",))
    ids = [_paper(database, *pages) for pages in texts]
    query = parse("faktura OR umowa")
    with database.read() as session:
        found = shown(session, ids, query)
    for record_id, pages in zip(ids, texts, strict=True):
        words = [tuple((word, _BOX, 0.9, 0) for word in text.split()) for text in pages]
        alone = [PageWords(n, *page) for n, page in enumerate(zip(pages, words, strict=True), 1)]
        assert found.get(record_id, []) == snippets(alone, query)


def test_a_hit_deep_in_a_long_paper_is_found(database: Database) -> None:
    deep = _paper(database, *["nic"] * 7, "tu jest faktura", "faktura")
    far = _paper(database, *["nic"] * FURTHER, "faktura")
    with database.read() as session:
        found = shown(session, [deep, far], parse("faktura"))
    assert [(s.page, s.boxes) for s in found[deep]] == [(8, (_BOX,))]
    assert far not in found


def test_ten_hits_ask_the_database_as_often_as_one(database: Database) -> None:
    ids = [_paper(database, "faktura", "nic") for _ in range(10)]
    assert _selects(database, ids[:1]) == _selects(database, ids) == 3


def _selects(database: Database, ids: list[str]) -> int:
    said: list[str] = []

    def listen(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        said.append(statement)

    with database.read() as session:
        event.listen(session.get_bind(), "before_cursor_execute", listen)
        assert len(shown(session, ids, parse("faktura"))) == len(ids)
        event.remove(session.get_bind(), "before_cursor_execute", listen)
    return sum(statement.startswith("SELECT") for statement in said)


def test_nothing_to_mark_asks_nothing(database: Database) -> None:
    with database.read() as session:
        assert shown(session, ["x"], parse("type:invoice")) == {}
        assert shown(session, [], parse("faktura")) == {}
