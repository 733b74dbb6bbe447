"""How every search engine takes changes in, alone and among others, on good days and bad."""

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

import pytest
import tantivy
from whoosh.index import open_dir

from indexer.model import FACETS, IndexBusyError, IndexDamagedError
from indexer.query import parse
from tests.contracts.engines import Make, ids, in_folders
from tests.unit.indexer.documents import paper

# -- changes -----------------------------------------------------------------


def test_an_empty_index_answers(make: Make) -> None:
    engine = make()
    page = engine.search(parse("faktura"), scopes=None, facets=("domain",))
    assert (page.hits, page.total, page.facets) == ((), 0, {"domain": {}})
    assert (engine.count(), list(engine.versions()), engine.traces()) == (0, [], 0)


def test_nothing_to_do_is_done(make: Make) -> None:
    engine = make()
    engine.apply([], [])
    assert engine.count() == 0


def test_a_newer_version_replaces_and_an_older_or_the_same_does_not(make: Make) -> None:
    engine = make()
    engine.apply([paper("a", 2, "pierwsza")], [])
    engine.apply([paper("a", 1, "starsza"), paper("b", 1, "inna")], [])
    engine.apply([paper("a", 2, "podmieniona")], [])
    assert ids(engine, "pierwsza") == {"a"}
    assert ids(engine, "starsza OR podmieniona") == set()
    engine.apply([paper("a", 4, "czwarta"), paper("a", 3, "trzecia")], [])
    assert ids(engine, "czwarta") == {"a"}
    assert ids(engine, "pierwsza OR trzecia") == set()
    assert sorted(engine.versions()) == [("a", 4), ("b", 1)]
    assert engine.count() == 2


def test_what_is_removed_is_not_found_and_does_not_come_back(make: Make) -> None:
    engine = make()
    engine.apply([paper("a", 3, "tajne"), paper("b", 1, "jawne")], [])
    engine.apply([], [("a", 2)])
    assert ids(engine, "tajne") == {"a"}
    engine.apply([], [("a", 3)])
    engine.apply([], [("a", 3), ("never-there", 7)])
    engine.apply([paper("a", 3, "tajne"), paper("a", 2, "tajne")], [])
    for query in ("tajne", "taj*", "tajme~", "-jawne", '"tajne"'):
        assert ids(engine, query) == set()
    page = engine.search(parse(""), scopes=None, facets=FACETS)
    assert [h.record_id for h in page.hits] == ["b"]
    assert page.facets["domain"] == {"accounting": 1}
    assert list(engine.versions()) == [("b", 1)]
    assert engine.count() == 1
    engine.apply([paper("a", 4, "tajne")], [])
    assert ids(engine, "tajne") == {"a"}


def test_at_the_same_version_a_removal_wins_in_one_batch(make: Make) -> None:
    engine = make()
    engine.apply([paper("a", 3, "tajne"), paper("b", 4, "jawne")], [("a", 3), ("b", 3)])
    assert list(engine.versions()) == [("b", 4)]


def test_many_removals_leave_the_rest_in_place(make: Make) -> None:
    engine = make()
    engine.apply([paper(f"{n:03}", text=f"wspólne numer{n}") for n in range(120)], [])
    engine.apply([], [(f"{n:03}", 1) for n in range(0, 120, 2)])
    assert engine.count() == 60
    assert {int(i) % 2 for i, _ in engine.versions()} == {1}
    assert engine.search(parse("wspólne"), scopes=None).total == 60


def _vocabulary(name: str, root: Path) -> set[str]:
    """All words in the engine's files, also those of documents that are no more."""
    (live,) = root.glob("index/gen-*")
    if name == "tantivy":
        return {w for w, _ in tantivy.Index.open(str(live)).searcher().terms_with_prefix("body", "")}
    with open_dir(str(live)).reader() as reader:
        return {w.decode() for w in reader.lexicon("body")}


@in_folders
def test_a_rebuild_leaves_no_trace_of_what_was_removed(make: Make, name: str, tmp_path: Path) -> None:
    engine = make()
    engine.apply([paper("a", 1, "tajnehaslo"), *(paper(f"b{n}", 1, "jawne") for n in range(9))], [])
    engine.apply([], [("a", 1)])
    assert "tajnehaslo" in _vocabulary(name, tmp_path)
    assert engine.traces() == 1
    assert engine.rebuild([[paper("b", 2, "jawne"), paper("c", 1, "inne")], [paper("b", 2, "jawne")]]) == 2
    assert _vocabulary(name, tmp_path) == {"jawne", "inne"}
    assert engine.traces() == 0
    assert sorted(engine.versions()) == [("b", 2), ("c", 1)]


@in_folders
def test_two_processes_build_what_one_builds(make: Make) -> None:
    engine = make()
    batches = [[paper(f"{n}{m}", n + 1, f"faktury numer{m}") for m in range(4)] for n in range(8)]
    assert engine.rebuild(batches, processes=2) == 32
    assert sorted(engine.versions()) == sorted((d.record_id, d.version) for b in batches for d in b)
    assert engine.search(parse("fakturami numer3"), scopes=None).total == 8


@in_folders
def test_no_text_is_kept(make: Make, tmp_path: Path) -> None:
    engine = make()
    sentence = "Kwartalne zestawienie poufnych wynagrodzeń"
    engine.apply([paper("a", text=sentence, title=sentence, parties=(sentence,))], [])
    assert ids(engine, "poufne wynagrodzenia") == {"a"}
    for path in (tmp_path / "index").rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert sentence.encode() not in content
            assert b"kwartalne zestawienie" not in content


# -- several at once ---------------------------------------------------------


def test_another_reader_sees_a_commit_and_a_rebuild_at_once(make: Make) -> None:
    writer, reader = make(), make()
    assert ids(reader, "faktura") == set()
    writer.apply([paper("a", text="faktura")], [])
    assert ids(reader, "faktura") == {"a"}
    writer.apply([paper("b", text="faktura")], [])
    assert ids(reader, "faktura") == {"a", "b"}
    reader.apply([], [("a", 1)])
    assert ids(writer, "faktura") == {"b"}
    writer.rebuild([[paper("z", text="faktura")]])
    assert ids(reader, "faktura") == {"z"}
    reader.close()
    assert ids(reader, "faktura") == {"z"}


@in_folders
def test_a_second_writer_waits_or_is_told_to_try_again(make: Make) -> None:
    holder, hurried, patient = make(), make(patience=0.2), make(patience=20)
    with holder._folder.writing():  # type: ignore[attr-defined]
        with pytest.raises(IndexBusyError) as caught:
            hurried.apply([paper("b")], [])
        assert caught.value.code == "index_busy"
        waiting = threading.Thread(target=lambda: patient.apply([paper("c", text="faktura")], []))
        waiting.start()
        time.sleep(0.2)
        assert ids(make(), "faktura") == set()
    waiting.join(20)
    assert ids(make(), "faktura") == {"c"}


@in_folders
def test_a_rebuild_keeps_no_writer_waiting_and_has_what_was_written(make: Make) -> None:
    builder, writer = make(), make(patience=0.5)
    writer.apply([paper("a", 1, "faktura"), paper("gone", 1, "faktura")], [])
    now = {"a": paper("a", 2, "faktura"), "new": paper("new", 1, "faktura")}
    asked: list[str] = []

    def batches():  # type: ignore[no-untyped-def]
        yield [paper("a", 1, "rachunek"), paper("gone", 1, "faktura")]
        writer.apply([now["a"], now["new"]], [])
        assert ids(make(), "faktura") == {"a", "gone", "new"}
        writer.apply([], [("gone", 2)])
        with pytest.raises(IndexBusyError):
            make(patience=0.1).rebuild([])

    def late(changed):  # type: ignore[no-untyped-def]
        asked.extend(changed)
        for one in changed:
            yield ([now[one]], []) if one in now else ([], [(one, 2)])

    assert builder.rebuild(batches(), late) == 2
    assert asked == ["a", "new", "gone"]
    assert ids(make(), "faktura") == {"a", "new"}
    assert sorted(make().versions()) == [("a", 2), ("new", 1)]
    writer.apply([paper("gone", 1, "faktura")], [])
    assert ids(make(), "faktura") == {"a", "new"}, "the new index knows what was removed, too"


@in_folders
def test_what_changed_and_cannot_be_asked_for_fails_the_rebuild(make: Make) -> None:
    writer = make()

    def batches():  # type: ignore[no-untyped-def]
        yield [paper("a", text="faktura")]
        writer.apply([paper("b", text="faktura")], [])

    with pytest.raises(IndexBusyError):
        make().rebuild(batches())
    assert ids(make(), "faktura") == {"b"}


@in_folders
def test_a_killed_rebuild_leaves_nothing_that_grows(make: Make, tmp_path: Path) -> None:
    writer = make()
    writer.apply([paper("a", text="faktura")], [])
    (tmp_path / "index" / "changed").write_text('"a"\n')
    (tmp_path / "index" / "draft-left").mkdir()
    writer.apply([paper("b", text="faktura")], [])
    assert not (tmp_path / "index" / "changed").exists()
    assert make().rebuild([[paper("c", text="faktura")]]) == 1
    assert not list((tmp_path / "index").glob("draft-*"))
    assert ids(make(), "faktura") == {"c"}


def test_changes_taken_in_together_are_there_one_by_one(make: Make) -> None:
    writer, reader = make(), make()
    with writer.together():
        for n in range(12):
            writer.apply([paper("a", n + 1, f"slowo{n}"), paper(f"n{n}", 1, "faktura")], [])
            assert len(ids(reader, "faktura")) == n + 1
            assert ids(reader, f"slowo{n}") == {"a"}
        writer.apply([], [("n3", 1)])
        assert "n3" not in ids(reader, "faktura")
    make().apply([paper("z", text="faktura")], [])
    assert len(ids(reader, "faktura")) == 12
    assert dict(make().versions())["a"] == 12


def test_threads_may_search_while_another_writes(make: Make) -> None:
    engine = make()
    engine.apply([paper("always", text="faktura")], [])
    wrong: list[object] = []
    done = threading.Event()

    def look() -> None:
        try:
            while not done.is_set():
                if "always" not in ids(engine, "faktura"):
                    wrong.append("not found")
        except BaseException as error:
            wrong.append(error)

    lookers = [threading.Thread(target=look) for _ in range(3)]
    for looker in lookers:
        looker.start()
    for n in range(8):
        engine.apply([paper(f"n{n}", text="faktura")], [])
    engine.rebuild([[paper("always", text="faktura")]])
    done.set()
    for looker in lookers:
        looker.join(20)
    assert wrong == []


# -- bad days ----------------------------------------------------------------

_WRITER = """
import sys
from pathlib import Path
from tests.contracts.engines import ENGINES
from tests.unit.indexer.documents import paper

engine = ENGINES[sys.argv[1]](Path(sys.argv[2]))
start = int(sys.argv[3])
for n in range(start, start + 100_000):
    gone = [(f"{n - 3:06}", 1)] if n % 5 == 0 else []
    engine.apply([paper(f"{n:06}", text=f"faktura numer{n} " + "opis " * 200)], gone)
    print(n, flush=True)
"""


@in_folders
def test_kill_9_loses_nothing_that_was_acknowledged(make: Make, name: str, tmp_path: Path) -> None:
    root = tmp_path / "index"
    expected: dict[str, int] = {}
    start = 1
    for turn in range(4):
        writer = subprocess.Popen(
            [sys.executable, "-c", _WRITER, name, str(root), str(start)],
            stdout=subprocess.PIPE,
            cwd=Path(__file__).parents[2],
        )
        assert writer.stdout is not None
        first = writer.stdout.readline()
        assert first
        time.sleep(0.15 + 0.11 * turn)
        os.kill(writer.pid, signal.SIGKILL)
        rest = writer.stdout.read()
        writer.wait()
        said = [int(line) for line in (first + rest).split()]
        for n in said:
            expected[f"{n:06}"] = 1
            if n % 5 == 0:
                expected.pop(f"{n - 3:06}", None)
        engine = make()
        found = dict(engine.versions())
        # The change that was being written when it was killed may be in or not, but whole.
        unsure = said[-1] + 1
        found.pop(f"{unsure:06}", None)
        if unsure % 5 == 0:
            found.pop(f"{unsure - 3:06}", None)
            expected.pop(f"{unsure - 3:06}", None)
        assert found == expected
        assert f"{said[-1]:06}" in ids(engine, f"numer{said[-1]}")
        engine.apply([paper(f"x{turn}", text="po awarii")], [])
        assert f"x{turn}" in ids(engine, "awaria")
        expected = dict(engine.versions())
        engine.close()
        start = unsure + 1


@in_folders
@pytest.mark.parametrize(
    "pointer", ["", "garbage", "gen-missing tantivy-3", "../../etc tantivy-3", "\0" * 40]
)
def test_a_wrong_pointer_is_damage_and_a_rebuild_mends_it(make: Make, tmp_path: Path, pointer: str) -> None:
    make().apply([paper("a", text="faktura")], [])
    (tmp_path / "index" / "current").write_text(pointer)
    _assert_damaged_then_mended(make)


@in_folders
def test_a_lost_pointer_is_damage(make: Make, tmp_path: Path) -> None:
    make().apply([paper("a", text="faktura")], [])
    (tmp_path / "index" / "current").unlink()
    _assert_damaged_then_mended(make)


@in_folders
def test_a_lost_generation_is_damage(make: Make, tmp_path: Path) -> None:
    make().apply([paper("a", text="faktura")], [])
    for folder in (tmp_path / "index").glob("gen-*"):
        shutil.rmtree(folder)
    _assert_damaged_then_mended(make)


def _assert_damaged_then_mended(make: Make) -> None:
    engine = make()
    for attempt in (
        lambda: engine.search(parse("faktura"), scopes=None),
        engine.count,
        lambda: list(engine.versions()),
        lambda: engine.apply([paper("b")], []),
    ):
        with pytest.raises(IndexDamagedError) as caught:
            attempt()
        assert caught.value.code == "index_damaged"
    assert engine.rebuild([[paper("b", text="faktura")]]) == 1
    assert ids(engine, "faktura") == {"b"}


@in_folders
@pytest.mark.parametrize("how", ["emptied", "halved", "gone", "overwritten"])
def test_any_broken_file_is_damage_or_does_no_harm(make: Make, tmp_path: Path, how: str) -> None:
    root = tmp_path / "index"
    make().apply([paper(f"{n:03}", text=f"faktura numer{n} " * 20) for n in range(40)], [])
    kept = tmp_path / "kept"
    shutil.copytree(root, kept)
    told = 0
    for broken in sorted(p.relative_to(kept) for p in kept.glob("gen-*/*") if p.stat().st_size):
        shutil.rmtree(root)
        shutil.copytree(kept, root)
        path = root / broken
        size = path.stat().st_size
        if how == "gone":
            path.unlink()
        elif how == "overwritten":
            path.write_bytes(b"\xa5" * size)
        else:
            os.truncate(path, 0 if how == "emptied" else size // 2)
        engine = make()
        try:
            assert len(ids(engine, "faktura")) == 40
            assert engine.count() == 40
        except IndexDamagedError:
            told += 1
        with suppress(IndexDamagedError):
            engine.close()
        assert make().rebuild([[paper("b", text="faktura")]]) == 1
        assert ids(make(), "faktura") == {"b"}
    assert told >= 2


@in_folders
def test_a_failed_rebuild_leaves_the_old_index(make: Make, tmp_path: Path) -> None:
    engine = make()
    engine.apply([paper("a", text="faktura")], [])

    def breaks():  # type: ignore[no-untyped-def]
        yield [paper("b", text="faktura")]
        raise RuntimeError("the database went away")

    with pytest.raises(RuntimeError):
        engine.rebuild(breaks())
    assert ids(engine, "faktura") == {"a"}
    assert list((tmp_path / "index").glob("draft-*")) == []


@in_folders
def test_a_rebuild_that_was_killed_leaves_nothing_behind(make: Make, tmp_path: Path) -> None:
    engine = make()
    engine.apply([paper("a", text="faktura")], [])
    left = tmp_path / "index" / "draft-00left"
    left.mkdir()
    (left / "x").write_bytes(b"half")
    assert ids(engine, "faktura") == {"a"}
    engine.rebuild([[paper("a", text="faktura")]])
    assert not left.exists()
