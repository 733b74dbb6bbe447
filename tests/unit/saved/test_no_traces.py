"""What was destroyed is not found from the next moment on, and its words leave the index's files soon."""

from pathlib import Path

from retention.disposition.destroying import destroy_record
from tests.conftest import principal
from tests.unit.saved.conftest import Desk


def _said_in_files(folder: Path, word: str) -> bool:
    import tantivy

    for live in folder.glob("tantivy/gen-*"):
        searcher = tantivy.Index.open(str(live)).searcher()
        fields = ("body", "title", "stem", "part", "number")
        if any(w == word for name in fields for w, _ in searcher.terms_with_prefix(name, word)):
            return True
    return False


def test_the_words_of_what_was_destroyed_leave_the_files_of_the_index(desk: Desk) -> None:
    record = desk.file("tajnehaslo", state="rejected")
    for n in range(6):
        desk.file(f"jawne {n}")
    desk.drain()
    assert _said_in_files(desk.app.home / "index", "tajnehaslo")
    now = desk.clock.now()
    with desk.app.database.write() as session:
        destroy_record(
            session,
            desk.app.audit,
            principal("officer"),
            record,
            today=now.date(),
            now=now,
            reason="no record",
        )
    desk.drain()
    assert desk.app.index.search(desk.who("anna"), "tajnehaslo")[0].total == 0
    assert desk.app.index.engine.traces() == 1, "the index keeps the words of what is removed"
    desk.clock.move(hours=2)
    desk.drain()
    assert desk.app.index.engine.traces() == 0
    assert not _said_in_files(desk.app.home / "index", "tajnehaslo")
    assert desk.app.index.search(desk.who("anna"), "jawne")[0].total == 6
    assert desk.app.index.check().agrees
