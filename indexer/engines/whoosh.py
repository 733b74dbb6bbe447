"""Whoosh, the pure-Python engine, behind the same port (package `whoosh3`, which imports as `whoosh`).

Slower than tantivy by two orders of magnitude, but with nothing compiled in it.
"""

import heapq
import pickle
import struct
import threading
import time
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from importlib import import_module
from pathlib import Path
from typing import Any

from indexer.engines import forms
from indexer.engines.answering import Answering
from indexer.engines.changes import Known, settle
from indexer.engines.folder import IndexFolder, damaged, sync
from indexer.engines.prepared import Prepared, prepare
from indexer.engines.preparing import prepared
from indexer.engines.whoosh_forms import WhooshWords, count, segments
from indexer.model import (
    FACETS,
    Hit,
    IndexBusyError,
    IndexDamagedError,
    IndexDocument,
    Late,
    Position,
    SearchPage,
    nothing_late,
)
from indexer.paging import ORDERS, Window
from indexer.query import ast
from indexer.stages import ALL_STAGES, Stages

# Whoosh is annotated in part only, so its modules are taken as untyped.
fields: Any = import_module("whoosh.fields")
storage: Any = import_module("whoosh.index")
analysis: Any = import_module("whoosh.analysis")
reading: Any = import_module("whoosh.reading")

_KIND = "whoosh-3"
#: Fields whose words are offered.
# What reading a broken file raises: Whoosh has no error of its own for it.
_DAMAGE: tuple[type[BaseException], ...] = (
    *(storage.IndexError, OSError, ValueError, LookupError, EOFError, AttributeError, TypeError),
    *(AssertionError, ArithmeticError, ImportError, RuntimeError, MemoryError, struct.error),
    *(pickle.PickleError, zlib.error, reading.CorruptIndexError, reading.TermNotFound),
)


def _schema() -> Any:
    spaced = analysis.SpaceSeparatedTokenizer()
    made = fields.Schema(
        id=fields.ID(stored=True, unique=True, sortable=True),
        version=fields.STORED(),
        gone=fields.ID(stored=True),
        scope=fields.KEYWORD(),
        stem=fields.KEYWORD(),
        number=fields.KEYWORD(),
        part=fields.KEYWORD(),
    )
    for name in forms.WORDS:
        made.add(name, fields.TEXT(analyzer=spaced, phrase=True))
    counted = {forms.COUNTED.get(name, name) for name in FACETS}
    for name in forms.KEYWORDS:
        made.add(name, fields.KEYWORD(sortable=name in counted))
    for name in forms.VALUES:
        made.add(name, fields.NUMERIC(int, bits=64))
    for name in forms.SORT_KEYS:
        made.add(name, fields.ID(sortable=True))
    return made


class WhooshEngine(Answering):
    """The index port over Whoosh in a folder.

    `patience` is how many seconds a writer waits for another one; `stages` are those of
    the index and of its queries. One search at a
    time for each engine: Whoosh's readers are not made for several threads.
    """

    def __init__(self, root: Path, patience: float = 30.0, stages: Stages = ALL_STAGES) -> None:
        self._stages = stages
        self._folder = IndexFolder(root, _KIND, patience)
        self._index: Any = None
        self._opened: Path | None = None
        self._searcher: Any = None
        self._one = threading.RLock()

    # -- writing -----------------------------------------------------------

    def apply(self, upserts: Sequence[IndexDocument], removals: Sequence[tuple[str, int]]) -> None:
        with self._one, self._folder.writing():
            searcher = self._open()
            if searcher is None:
                self._create()
                searcher = self._open()
            assert searcher is not None
            assert self._opened is not None
            self._folder.note([*(d.record_id for d in upserts), *(i for i, _ in removals)])
            self._take_in(self._index, searcher, self._opened, upserts, removals)

    def _take_in(
        self,
        index: Any,
        searcher: Any,
        folder: Path,
        upserts: Sequence[IndexDocument],
        removals: Sequence[tuple[str, int]],
    ) -> None:
        """Commit what is news to an index in a folder."""
        with _reading():
            known = self._known(searcher, {d.record_id for d in upserts} | {i for i, _ in removals})
        changes = settle(upserts, removals, known)
        if not changes:
            return
        began = time.time() - 2
        with _writing():
            writer = index.writer(limitmb=64)
        try:
            for record_id in changes.replaced:
                writer.delete_by_term("id", record_id)
            for document in changes.documents:
                writer.add_document(**_row(document, prepare(document, self._stages)))
            for record_id, version in changes.tombstones.items():
                writer.add_document(id=record_id, version=version, gone="yes")
            with _writing():
                writer.commit()
        except BaseException:
            with suppress(Exception):
                writer.cancel()
            raise
        # Whoosh leaves this to the system; an acknowledged document must outlive a power cut.
        sync(folder, began)

    def rebuild(
        self,
        batches: Iterable[Sequence[IndexDocument]],
        late: Late = nothing_late,
        processes: int = 1,
    ) -> int:
        with self._folder.building() as draft:
            made = storage.create_in(str(draft), _schema())
            try:
                count = self._fill(made, prepared(batches, self._stages, processes))
                with self._folder.writing():
                    for upserts, removals in late(self._folder.changed()):
                        with made.searcher() as searcher:
                            self._take_in(made, searcher, draft, upserts, removals)
                    self._folder.go_live(draft)
            finally:
                made.close()
        return count

    def _fill(self, made: Any, batches: Iterable[Sequence[tuple[IndexDocument, Prepared]]]) -> int:
        """Write all documents into an empty index; returns how many it has."""
        seen: set[str] = set()
        writer = made.writer(limitmb=256)
        try:
            for batch in batches:
                for document, ready in batch:
                    if document.record_id not in seen:
                        seen.add(document.record_id)
                        writer.add_document(**_row(document, ready))
            writer.commit(optimize=True)
        except BaseException:
            with suppress(Exception):
                writer.cancel()
            raise
        if made.doc_count() != len(seen):
            raise damaged("could not be built completely")
        return len(seen)

    # -- reading -----------------------------------------------------------

    def _page(
        self, query: ast.Query, scopes: frozenset[str] | None, window: Window, facets: Sequence[str]
    ) -> SearchPage | None:
        with self._one:
            searcher = self._open()
            if searcher is None:
                return None
            with _reading():
                return self._page_of(searcher, query, scopes, window, facets)

    def _page_of(
        self,
        searcher: Any,
        query: ast.Query,
        scopes: frozenset[str] | None,
        window: Window,
        facets: Sequence[str],
    ) -> SearchPage:
        form = forms.lower(query, self._stages, misread=window.guess)
        window = window.ordered(ranked=forms.ranks(form))
        counted: dict[str, Counter[str]] = {name: Counter() for name in facets}
        field, rising = ORDERS.get(window.sort, ("", False))
        ranked: list[tuple[Any, int]] = []
        for segment in segments(searcher):
            found = segment.answer(form)
            if scopes is None:
                gone = segment.among("gone", ["yes"])
                numbers = [n for n in found if n not in gone] if gone else list(found)
            else:
                # A tombstone has no scope, so none can be seen here.
                allowed = segment.among("scope", scopes)
                numbers = [n for n in found if n in allowed]
            for name, counter in counted.items():
                count(segment.values(forms.COUNTED.get(name, name), numbers), counter)
            if field:
                keys: Iterable[Any] = segment.values(field, numbers)
            else:
                # Equal scores stand by their ids, which moves no one when segments merge.
                keys = zip((found[n] for n in numbers), segment.values("id", numbers), strict=True)
            ranked.extend(zip(keys, (segment.offset + n for n in numbers), strict=True))
        total, offset = len(ranked), window.offset
        if window.after is not None:
            ranked = _beyond(ranked, window.after, rising=rising)
            offset = 0
        pick = heapq.nsmallest if rising else heapq.nlargest
        top = pick(offset + window.limit + 1, ranked)[offset:]
        hits = []
        for key, number in top[: window.limit]:
            stored = searcher.stored_fields(number)
            hits.append(Hit(stored["id"], int(stored["version"]), 0.0 if field else float(key[0])))
        following = None
        if hits and len(top) > window.limit:
            following = window.position(hits, str(top[len(hits) - 1][0]) if field else "0")
        return SearchPage(tuple(hits), total, {n: dict(c) for n, c in counted.items()}, next=following)

    def frequencies(self, words: Sequence[str]) -> tuple[dict[str, int], int]:
        with self._words(None) as own:
            if own is None:
                return dict.fromkeys(words, 0), 0
            return {word: own.frequency("body", word) for word in words}, own.documents

    @contextmanager
    def _words(self, scopes: frozenset[str] | None) -> Iterator[WhooshWords | None]:
        with self._one:
            searcher = self._open() if scopes is None or scopes else None
            if searcher is None:
                yield None
            else:
                with _reading():
                    yield WhooshWords(searcher, scopes)

    def versions(self) -> Iterator[tuple[str, int]]:
        with self._one:
            searcher = self._open()
            if searcher is None:
                return
            with _reading():
                found = [(s["id"], int(s["version"])) for s in searcher.documents() if "gone" not in s]
        yield from found

    def count(self) -> int:
        with self._one:
            searcher = self._open()
            if searcher is None:
                return 0
            with _reading():
                gone = sum(1 for _ in searcher.document_numbers(gone="yes"))
                return int(searcher.doc_count()) - gone

    def traces(self) -> int:
        with self._one:
            searcher = self._open()
            return 0 if searcher is None else int(searcher.doc_count_all() - searcher.doc_count())

    def close(self) -> None:
        with self._one:
            if self._searcher is not None:
                self._searcher.close()
            if self._index is not None:
                self._index.close()
            self._searcher = self._index = self._opened = None

    def _known(self, searcher: Any, ids: Iterable[str]) -> dict[str, Known]:
        known = {}
        for record_id in ids:
            stored = searcher.document(id=record_id)
            if stored is not None:
                known[record_id] = Known(int(stored["version"]), "gone" in stored)
        return known

    # -- opening -----------------------------------------------------------

    def _create(self) -> None:
        draft = self._folder.fresh()
        storage.create_in(str(draft), _schema()).close()
        self._folder.go_live(draft)

    def _open(self) -> Any:
        """A searcher over the last commit, or None if there is no index yet. Raises IndexDamagedError."""
        live = self._folder.live()
        while live is not None:
            try:
                with _reading():
                    return self._open_at(live)
            except IndexDamagedError:
                # A rebuild may have replaced it between the two looks.
                self._forget()
                again = self._folder.live()
                if again == live:
                    raise
                live = again
        self._forget()
        return None

    def _open_at(self, live: Path) -> Any:
        if self._opened != live:
            self.close()
            self._index = storage.open_dir(str(live))
            self._opened = live
        if self._searcher is not None and not self._searcher.up_to_date():
            self._searcher.close()
            self._searcher = None
        if self._searcher is None:
            self._searcher = self._index.searcher()
        return self._searcher

    def _forget(self) -> None:
        with suppress(Exception):
            self.close()
        self._searcher = self._index = self._opened = None


def _beyond(ranked: list[tuple[Any, int]], after: Position, *, rising: bool) -> list[tuple[Any, int]]:
    """The hits that come after a position."""
    if after.sort != "relevance":
        return [e for e in ranked if (e[0] > after.key if rising else e[0] < after.key)]
    ids = {key[1]: key for key, _ in ranked}
    last = next((ids[one] for one in after.last if one in ids), (after.score, ""))
    return [e for e in ranked if e[0] < last]


@contextmanager
def _reading() -> Iterator[None]:
    try:
        yield
    except _DAMAGE as error:
        raise damaged("is damaged") from error


@contextmanager
def _writing() -> Iterator[None]:
    try:
        yield
    except storage.LockError as error:
        raise IndexBusyError("The search index is being written. Try again.") from error
    except _DAMAGE as error:
        raise damaged("cannot be written") from error


def _row(document: IndexDocument, ready: Prepared) -> dict[str, Any]:
    """What the index takes in of a document that was analysed."""
    made: dict[str, Any] = {
        "id": document.record_id,
        "version": document.version,
        "scope": " ".join(document.scopes),
        "stem": " ".join(ready.stems),
        "number": " ".join(ready.numbers),
        "part": " ".join(ready.parts),
        **{name: " ".join(found) for name, found in ready.words.items()},
        **{name: " ".join(values) for name, values in ready.keywords.items()},
    }
    made |= ready.sort_keys
    for name, values in ready.values.items():
        if values:
            made[name] = values if name == "amount" else values[0]
    return made
