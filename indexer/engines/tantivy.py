"""The default engine: tantivy."""

import json
import os
import threading
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Any

import tantivy
from tantivy import Filter, Occur, Query, TextAnalyzerBuilder, Tokenizer

from indexer.engines import forms
from indexer.engines.answering import Answering
from indexer.engines.changes import Known, settle
from indexer.engines.folder import IndexFolder, damaged
from indexer.engines.prepared import Prepared, prepare
from indexer.engines.preparing import prepared
from indexer.engines.tantivy_documents import made, schema, tombstone
from indexer.engines.tantivy_forms import Compiler, TantivyWords
from indexer.model import (
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

_KIND = "tantivy-3"
_HEAP = 64_000_000
_REBUILD_HEAP = 256_000_000
_IDS_AT_ONCE = 500
#: Values of a facet that are counted in each segment, so that the sums are right also of many parties.
_BUCKETS = 10_000
#: Questions whose facets are kept until the index changes: counting them takes as long as finding.
_KEPT = 200
#: How far from its old rank the last hit of a page is looked for: first there, then there.
_AROUND = (10, 500)


class TantivyEngine(Answering):
    """The index port over tantivy in a folder.

    `patience` is how many seconds a writer waits for another one; `stages` are those of
    the index and of its queries.
    """

    def __init__(self, root: Path, patience: float = 30.0, stages: Stages = ALL_STAGES) -> None:
        self._stages = stages
        self._folder = IndexFolder(root, _KIND, patience)
        self._schema = schema()
        self._compiler = Compiler(self._schema)
        self._index: tantivy.Index | None = None
        self._opened: Path | None = None
        self._seen: tuple[int, int] = (0, 0)
        self._opening = threading.Lock()
        self._together: int | None = None
        self._kept: tantivy.IndexWriter | None = None
        self._threads: tuple[int, ThreadPoolExecutor] | None = None
        self._counted: dict[Hashable, dict[str, dict[str, int]]] = {}

    # -- writing -----------------------------------------------------------

    @contextmanager
    def together(self) -> Iterator[None]:
        with self._folder.writing():
            self._together = threading.get_ident()
            try:
                yield
            finally:
                self._together = None
                writer, self._kept = self._kept, None
                if writer is not None:
                    writer.wait_merging_threads()

    def apply(self, upserts: Sequence[IndexDocument], removals: Sequence[tuple[str, int]]) -> None:
        shared = self._together == threading.get_ident()
        with nullcontext() if shared else self._folder.writing():
            index = self._open() or self._create()
            kept, self._kept = self._kept if shared else None, None
            self._folder.note([*(d.record_id for d in upserts), *(i for i, _ in removals)])
            writer = self._take_in(index, kept, upserts, removals)
            if shared:
                self._kept = writer
            elif writer is not None:
                writer.wait_merging_threads()

    def _take_in(
        self,
        index: tantivy.Index,
        writer: tantivy.IndexWriter | None,
        upserts: Sequence[IndexDocument],
        removals: Sequence[tuple[str, int]],
    ) -> tantivy.IndexWriter | None:
        """Commit what is news to an index; returns the writer, which was made if it was needed."""
        with _reading():
            index.reload()
            known = self._known(index, [*(d.record_id for d in upserts), *(i for i, _ in removals)])
        changes = settle(upserts, removals, known)
        if not changes:
            return writer
        writer = writer or self._writer(index, _HEAP)
        try:
            # By query: deleting by term is silently without effect on some types of field.
            for record_id in changes.replaced:
                writer.delete_documents_by_query(self._compiler.equal("id", record_id))
            for document in changes.documents:
                writer.add_document(made(document, prepare(document, self._stages)))
            for record_id, version in changes.tombstones.items():
                writer.add_document(tombstone(record_id, version))
            writer.commit()
        except BaseException:
            with suppress(Exception):
                writer.rollback()
            raise
        return writer

    def rebuild(
        self,
        batches: Iterable[Sequence[IndexDocument]],
        late: Late = nothing_late,
        processes: int = 1,
    ) -> int:
        with self._folder.building() as draft:
            index = tantivy.Index(self._schema, path=str(draft))
            self._prepare(index)
            count = self._fill(index, prepared(batches, self._stages, processes))
            with self._folder.writing():
                for upserts, removals in late(self._folder.changed()):
                    writer = self._take_in(index, None, upserts, removals)
                    if writer is not None:
                        writer.wait_merging_threads()
                self._folder.go_live(draft)
        return count

    def _fill(self, index: tantivy.Index, batches: Iterable[Sequence[tuple[IndexDocument, Prepared]]]) -> int:
        """Write all documents into an empty index; returns how many it has."""
        seen: set[str] = set()
        writer = self._writer(index, _REBUILD_HEAP)
        try:
            for batch in batches:
                for document, ready in batch:
                    if document.record_id not in seen:
                        seen.add(document.record_id)
                        writer.add_document(made(document, ready))
            writer.commit()
        finally:
            # Ends its threads, which would else still write into the folder.
            writer.wait_merging_threads()
        index.reload()
        if index.searcher().num_docs != len(seen):
            raise damaged("could not be built completely")
        return len(seen)

    def _writer(self, index: tantivy.Index, heap: int) -> tantivy.IndexWriter:
        try:
            writer = index.writer(heap, 1)
            # A writer that was killed within a commit leaves files of which the index knows nothing.
            # The next commit may want one of their names, and would never get it.
            writer.garbage_collect_files()
            return writer
        except ValueError as error:
            if "lock" in str(error).lower():
                raise IndexBusyError("The search index is being written. Try again.") from error
            raise damaged("cannot be written") from error

    # -- reading -----------------------------------------------------------

    def _page(
        self, query: ast.Query, scopes: frozenset[str] | None, window: Window, facets: Sequence[str]
    ) -> SearchPage | None:
        index = self._open()
        if index is None:
            return None
        form = forms.lower(query, self._stages, misread=window.guess)
        compiled = self._compiler.permitted(self._compiler.compile(form), scopes)
        window = window.ordered(ranked=forms.ranks(form))
        # Before the searcher is made, which may be of a later commit than the key says but of no earlier one.
        key = (form, scopes, tuple(facets), self._opened, self._seen)
        with _reading():
            searcher = index.searcher()
            counted = self._counting(key, searcher, compiled, facets)
            if window.sort == "relevance":
                hits, total, more = self._by_rank(searcher, compiled, window)
            else:
                hits, total, more = self._by_key(index, searcher, compiled, window)
            return SearchPage(
                tuple(hit for hit, _ in hits),
                total,
                counted(),
                next=window.position([hit for hit, _ in hits], hits[-1][1]) if hits and more else None,
            )

    def _by_key(
        self, index: tantivy.Index, searcher: tantivy.Searcher, query: Query, window: Window
    ) -> tuple[list[tuple[Hit, str]], int, bool]:
        """Hits with their keys in an order that has a field; how many in all; whether more follow."""
        field, rising = ORDERS[window.sort]
        order: dict[str, Any] = {
            "order_by_field": field,
            "order": tantivy.Order.Asc if rising else tantivy.Order.Desc,
        }
        total, offset = None, window.offset
        if window.after is not None:
            key = window.after.key
            total = _count(searcher.search(query, limit=1))
            # Only its language has ranges of texts; `paging` lets nothing but plain signs into a key.
            beyond = index.parse_query(
                f"{field}:{{{key} TO *}}" if rising else f"{field}:{{* TO {key}}}", ["id"]
            )
            query = Query.boolean_query([(Occur.Must, query), (Occur.Must, beyond)])
            offset = 0
        found = searcher.search(query, limit=window.limit + 1, offset=offset, count=total is None, **order)
        if total is None:
            total = _count(found)
        hits = [(self._hit(searcher, address, 0.0), str(key)) for key, address in found.hits[: window.limit]]
        return hits, total, len(found.hits) > window.limit

    def _by_rank(
        self, searcher: tantivy.Searcher, query: Query, window: Window
    ) -> tuple[list[tuple[Hit, str]], int, bool]:
        """The same by relevance; what stands for a key is the rank."""
        start, after = window.offset, window.after
        if after is not None:
            start = self._rank_after(searcher, query, after)
        found = searcher.search(query, limit=window.limit + 1, offset=start)
        hits = [
            (self._hit(searcher, address, float(score)), str(rank))
            for rank, (score, address) in enumerate(found.hits[: window.limit], start + 1)
        ]
        return hits, _count(found), len(found.hits) > window.limit

    def _rank_after(self, searcher: tantivy.Searcher, query: Query, after: Position) -> int:
        """The rank that follows the last hit of the page before, wherever it has moved to."""
        # Room for a whole page's rank is set aside before anything is found; a cursor may say any.
        rank = min(after.rank, int(searcher.num_docs))
        for around in _AROUND:
            start = max(0, rank - around)
            near = searcher.search(query, limit=rank + around - start, offset=start, count=False).hits
            there = {searcher.doc(address)["id"][0]: place for place, (_, address) in enumerate(near, start)}
            found = next((there[one] for one in after.last if one in there), None)
            if found is not None:
                return found + 1
        return rank

    def _hit(self, searcher: tantivy.Searcher, address: tantivy.DocAddress, score: float) -> Hit:
        stored = searcher.doc(address)
        return Hit(stored["id"][0], int(stored["version"][0]), score)

    def _counting(
        self, key: Hashable, searcher: tantivy.Searcher, query: Query, names: Sequence[str]
    ) -> Callable[[], dict[str, dict[str, int]]]:
        """What waits for the facets: of the next page of a question, or another order, they are known."""
        if not names:
            return dict
        known = self._counted.get(key)
        if known is not None:
            return lambda: {name: dict(counts) for name, counts in known.items()}
        # Both look at every document that fits, so of a large archive they do it at the same time.
        running = self._beside().submit(self._facets, searcher, query, names)

        def wait() -> dict[str, dict[str, int]]:
            found = running.result()
            if len(self._counted) >= _KEPT:
                self._counted = {}
            self._counted[key] = {name: dict(counts) for name, counts in found.items()}
            return found

        return wait

    def _facets(
        self, searcher: tantivy.Searcher, query: Query, names: Sequence[str]
    ) -> dict[str, dict[str, int]]:
        asked = {
            name: {"terms": {"field": forms.COUNTED.get(name, name), "size": 100, "segment_size": _BUCKETS}}
            for name in names
        }
        told = searcher.aggregate(query, asked)
        return {name: {str(b["key"]): int(b["doc_count"]) for b in told[name]["buckets"]} for name in names}

    def _beside(self) -> ThreadPoolExecutor:
        """Threads of this process; those of its parent did not come along when it was forked."""
        if self._threads is None or self._threads[0] != os.getpid():
            self._threads = (os.getpid(), ThreadPoolExecutor(4, thread_name_prefix="facets"))
        return self._threads[1]

    def frequencies(self, words: Sequence[str]) -> tuple[dict[str, int], int]:
        index = self._open()
        if index is None:
            return dict.fromkeys(words, 0), 0
        with _reading():
            searcher = index.searcher()
            return {word: int(searcher.doc_freq("body", word)) for word in words}, int(searcher.num_docs)

    @contextmanager
    def _words(self, scopes: frozenset[str] | None) -> Iterator["TantivyWords | None"]:
        index = self._open() if scopes is None or scopes else None
        if index is None:
            yield None
        else:
            with _reading():
                yield TantivyWords(index.searcher(), self._compiler, scopes)

    def versions(self) -> Iterator[tuple[str, int]]:
        index = self._open()
        if index is None:
            return
        with _reading():
            searcher = index.searcher()
            found = searcher.search(
                self._compiler.permitted(Query.all_query(), None),
                limit=max(1, searcher.num_docs),
                count=False,
            )
            for _, address in found.hits:
                hit = self._hit(searcher, address, 0.0)
                yield hit.record_id, hit.version

    def count(self) -> int:
        return self.search(ast.Everything(), scopes=None, limit=0).total

    def traces(self) -> int:
        live = self._folder.live()
        if live is None:
            return 0
        try:
            meta = json.loads((live / "meta.json").read_text("utf-8"))
            return sum(int((s.get("deletes") or {}).get("num_deleted_docs", 0)) for s in meta["segments"])
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise damaged("cannot be opened") from error

    def close(self) -> None:
        with self._opening:
            self._index = self._opened = None
        if self._threads is not None and self._threads[0] == os.getpid():
            self._threads[1].shutdown(wait=False)
        self._threads = None

    def _known(self, index: tantivy.Index, ids: Sequence[str]) -> dict[str, Known]:
        searcher = index.searcher()
        known: dict[str, Known] = {}
        wanted = sorted(set(ids))
        for start in range(0, len(wanted), _IDS_AT_ONCE):
            part = wanted[start : start + _IDS_AT_ONCE]
            found = searcher.search(Query.term_set_query(self._schema, "id", part), limit=2 * len(part))
            for _, address in found.hits:
                stored = searcher.doc(address)
                known[stored["id"][0]] = Known(int(stored["version"][0]), bool(stored["gone"][0]))
        return known

    # -- opening -----------------------------------------------------------

    def _create(self) -> tantivy.Index:
        draft = self._folder.fresh()
        tantivy.Index(self._schema, path=str(draft))
        self._folder.go_live(draft)
        made = self._open()
        assert made is not None
        return made

    def _open(self) -> tantivy.Index | None:
        """The live index as of its last commit, or None if there is none yet. Raises IndexDamagedError."""
        with self._opening:
            live = self._folder.live()
            while live is not None:
                try:
                    with _reading():
                        return self._open_at(live)
                except IndexDamagedError:
                    # A rebuild may have replaced it between the two looks.
                    self._index = self._opened = None
                    again = self._folder.live()
                    if again == live:
                        raise
                    live = again
            self._index = self._opened = None
            return None

    def _open_at(self, live: Path) -> tantivy.Index:
        meta = (live / "meta.json").stat()
        if self._index is None or self._opened != live:
            index = tantivy.Index(self._schema, path=str(live))
            self._prepare(index)
            index.config_reader("manual", 1)
            self._index, self._opened, self._seen = index, live, (0, 0)
        # A commit replaces meta.json; reloading only then keeps a search cheap.
        state = (meta.st_mtime_ns, meta.st_ino)
        if state != self._seen:
            self._index.reload()
            self._seen, self._counted = state, {}
        return self._index

    def _prepare(self, index: tantivy.Index) -> None:
        spaces = TextAnalyzerBuilder(Tokenizer.whitespace()).filter(Filter.remove_long(300)).build()
        index.register_tokenizer("spaces", spaces)


def _count(found: tantivy.SearchResult) -> int:
    return int(found.count or 0)  # type: ignore[attr-defined]  # its stubs leave it out


@contextmanager
def _reading() -> Iterator[None]:
    """What goes wrong while reading means damage; a broken file can even make the library panic."""
    try:
        yield
    except (ValueError, OSError) as error:
        raise damaged("is damaged") from error
    except BaseException as error:
        if type(error).__name__ == "PanicException":
            raise damaged("is damaged") from error
        raise
