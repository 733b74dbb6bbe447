"""Whoosh, the pure-Python engine, behind the same port (package `whoosh3`, which imports as `whoosh`).

Slower than tantivy by two orders of magnitude, but with nothing compiled in it.
"""

import shutil
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from importlib import import_module
from itertools import islice
from pathlib import Path
from typing import Any

from akta.kernel.errors import InvalidError
from indexer.engines import forms
from indexer.engines.changes import Known, settle
from indexer.engines.folder import IndexFolder, damaged, sync
from indexer.engines.prepared import prepare
from indexer.model import FACETS, SORTS, Hit, IndexBusyError, IndexDamagedError, IndexDocument, SearchPage
from indexer.query import ast

# Whoosh is annotated in part only, so its modules are taken as untyped.
fields: Any = import_module("whoosh.fields")
storage: Any = import_module("whoosh.index")
sorting: Any = import_module("whoosh.sorting")
wq: Any = import_module("whoosh.query")
analysis: Any = import_module("whoosh.analysis")

_KIND = "whoosh-2"
#: Words that a beginning or a near word may stand for in one field; the rest is left out.
MAX_EXPANSION = 400
# What reading a broken file raises: Whoosh has no error of its own for it.
_DAMAGE: tuple[type[BaseException], ...] = (
    *(storage.IndexError, OSError, ValueError, LookupError, EOFError, AttributeError, TypeError),
    *(AssertionError, ArithmeticError, ImportError, RuntimeError, MemoryError, NotImplementedError),
)
_LEAST = -(2**62)


def _schema() -> Any:
    spaced = analysis.SpaceSeparatedTokenizer()
    made = fields.Schema(
        id=fields.ID(stored=True, unique=True, sortable=True),
        version=fields.STORED(),
        gone=fields.ID(stored=True),
        scope=fields.KEYWORD(),
        stem=fields.KEYWORD(),
        number=fields.KEYWORD(),
    )
    for name in forms.WORDS:
        made.add(name, fields.TEXT(analyzer=spaced, phrase=True))
    for name in forms.KEYWORDS:
        made.add(name, fields.ID(sortable=name in FACETS))
    for name in forms.VALUES:
        # Where a value is missing, the document comes last.
        sortable = name in SORTS
        made.add(name, fields.NUMERIC(int, bits=64, sortable=sortable, default=_LEAST if sortable else None))
    return made


class WhooshEngine:
    """The index port over Whoosh in a folder.

    `patience` is how many seconds a writer waits for another one. One search at a
    time for each engine: Whoosh's readers are not made for several threads.
    """

    def __init__(self, root: Path, patience: float = 30.0) -> None:
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
            with _reading():
                known = self._known(searcher, {d.record_id for d in upserts} | {i for i, _ in removals})
            changes = settle(upserts, removals, known)
            if not changes:
                return
            began = time.time() - 2
            with _writing():
                writer = self._index.writer(limitmb=64)
            try:
                for record_id in changes.replaced:
                    writer.delete_by_term("id", record_id)
                for document in changes.documents:
                    writer.add_document(**self._document(document))
                for record_id, version in changes.tombstones.items():
                    writer.add_document(id=record_id, version=version, gone="yes")
                with _writing():
                    writer.commit()
            except BaseException:
                with suppress(Exception):
                    writer.cancel()
                raise
            # Whoosh leaves this to the system; an acknowledged document must outlive a power cut.
            sync(self._opened, began)

    def rebuild(self, batches: Iterable[Sequence[IndexDocument]]) -> int:
        with self._folder.writing():
            draft = self._folder.fresh()
            seen: set[str] = set()
            try:
                made = storage.create_in(str(draft), _schema())
                writer = made.writer(limitmb=256)
                for batch in batches:
                    for document in batch:
                        if document.record_id not in seen:
                            seen.add(document.record_id)
                            writer.add_document(**self._document(document))
                writer.commit(optimize=True)
                count = made.doc_count()
                made.close()
                if count != len(seen):
                    raise damaged("could not be built completely")
            except BaseException:
                shutil.rmtree(draft, ignore_errors=True)
                raise
            self._folder.go_live(draft)
        return len(seen)

    def _document(self, document: IndexDocument) -> dict[str, Any]:
        ready = prepare(document)
        made: dict[str, Any] = {
            "id": document.record_id,
            "version": document.version,
            "scope": " ".join(document.scopes),
            "stem": " ".join(ready.stems),
            "number": " ".join(ready.numbers),
            **{name: " ".join(found) for name, found in ready.words.items()},
            **ready.keywords,
        }
        for name, values in ready.values.items():
            if values:
                made[name] = values if name == "amount" else values[0]
        return made

    # -- reading -----------------------------------------------------------

    def search(
        self,
        query: ast.Query,
        *,
        scopes: frozenset[str] | None,
        limit: int = 20,
        offset: int = 0,
        facets: Sequence[str] = (),
        sort: str = "relevance",
    ) -> SearchPage:
        if sort not in SORTS:
            raise InvalidError(f"There is no order '{sort}'. Orders: {', '.join(SORTS)}.", sort=sort)
        wanted = [name for name in facets if name in FACETS]
        empty = SearchPage((), 0, {name: {} for name in wanted})
        if not (scopes is None or scopes):
            return empty
        with self._one:
            searcher = self._open()
            if searcher is None:
                return empty
            options: dict[str, Any] = {}
            if scopes is None:
                options["mask"] = wq.Term("gone", "yes")
            else:
                # A tombstone has no scope, so none can be seen here.
                options["filter"] = _either([wq.Term("scope", s) for s in sorted(scopes)])
            if wanted:
                options["groupedby"] = {
                    name: sorting.FieldFacet(name, maptype=sorting.Count) for name in wanted
                }
            if sort != "relevance":
                # Ids begin with their time, so their order is that of arrival.
                field = {"newest": "id", "oldest": "id"}.get(sort, sort)
                options["sortedby"] = sorting.FieldFacet(field, reverse=sort != "oldest")
            with _reading():
                compiled = self._compile(forms.lower(query), searcher)
                found = searcher.search(compiled, limit=max(1, offset + limit), **options)
                hits = []
                for rank in range(offset, min(len(found.top_n), offset + max(0, limit))):
                    stored = found[rank]
                    score = float(found.score(rank) or 0.0) if sort == "relevance" else 0.0
                    hits.append(Hit(stored["id"], int(stored["version"]), score))
                counted = {
                    name: {str(k): int(v) for k, v in found.groups(name).items() if k not in (None, "")}
                    for name in wanted
                }
                return SearchPage(tuple(hits), len(found), counted)

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

    # -- compiling ---------------------------------------------------------

    def _compile(self, form: forms.Form, searcher: Any) -> Any:
        match form:
            case forms.All():
                return wq.Every()
            case forms.Word(field, text, boost):
                return wq.Term(field, text, boost=boost)
            case forms.Follow(field, found, boost):
                return wq.Phrase(field, list(found), boost=boost)
            case forms.Start(field, text, score):
                return _beginning(field, text, score, searcher)
            case forms.Near(field, text, distance, score):
                return _near(field, text, distance, score, searcher)
            case forms.OneOf(field, values):
                return _either([wq.Term(field, value) for value in values])
            case forms.Range(field, low, high):
                return wq.NumericRange(field, low, high, constantscore=True)
            case forms.Best(parts):
                compiled = [made for p in parts if (made := self._compile(p, searcher)) != wq.NullQuery]
                return wq.DisjunctionMax(compiled) if len(compiled) > 1 else _either(compiled)
            case forms.Each(parts):
                return wq.And([self._compile(p, searcher) for p in parts])
            case forms.Except(part):
                return wq.AndNot(wq.Every(), self._compile(part, searcher))


def _either(parts: list[Any]) -> Any:
    return wq.NullQuery if not parts else parts[0] if len(parts) == 1 else wq.Or(parts)


def _beginning(field: str, start: str, score: float, searcher: Any) -> Any:
    reader = searcher.reader()
    kind = reader.schema[field]
    found = islice(reader.expand_prefix(field, kind.to_bytes(start)), MAX_EXPANSION)
    return _either([wq.Term(field, kind.from_bytes(raw), boost=score) for raw in found])


def _near(field: str, text: str, distance: int, score: float, searcher: Any) -> Any:
    found: set[str] = set()
    # Segment by segment: over all at once Whoosh would compare every word there is.
    for leaf, _ in searcher.reader().leaf_readers():
        found.update(islice(leaf.terms_within(field, text, distance), MAX_EXPANSION))
    return _either([wq.Term(field, word, boost=score) for word in sorted(found)])


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
