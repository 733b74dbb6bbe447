"""Whoosh, the pure-Python engine, behind the same port (package `whoosh3`, which imports as `whoosh`).

Slower than tantivy by two orders of magnitude, but with nothing compiled in it.
"""

import contextlib
import shutil
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from whoosh import fields, index, sorting
from whoosh import query as wq
from whoosh.analysis import SpaceSeparatedTokenizer
from whoosh.index import EmptyIndexError, LockError
from whoosh.index import IndexError as BrokenIndexError
from whoosh.qparser.dateparse import DateParseError
from whoosh.writing import IndexingError

from indexer.analysis import identifiers, is_amount, joined, stems, words
from indexer.engines.folder import IndexFolder
from indexer.engines.prepared import prepare
from indexer.model import FACETS, Hit, IndexBusyError, IndexDamagedError, IndexDocument, SearchPage
from indexer.query import ast

_WORDS = ("body", "title", "party", "file")
_KEYWORDS = ("domain", "type", "state", "class", "language", "currency", "channel", "hold", "year")
_NUMBERS = ("amount", "total", "date", "due", "received", "keep")
_BOOST = {"title": 3.0, "party": 3.0, "body": 1.0, "file": 0.7}
#: Words a prefix or a near word may stand for; the rest is left out.
MAX_EXPANSION = 200
_DAMAGE = (
    EmptyIndexError,
    BrokenIndexError,
    OSError,
    ValueError,
    KeyError,
    EOFError,
    AttributeError,
    TypeError,
)


def _schema() -> Any:
    spaced: Any = SpaceSeparatedTokenizer()
    made = fields.Schema(
        id=fields.ID(stored=True, unique=True),
        version=fields.STORED(),
        scope=fields.KEYWORD(),
        stem=fields.TEXT(analyzer=spaced, phrase=False),
        number=fields.KEYWORD(),
    )
    for name in _WORDS:
        made.add(name, fields.TEXT(analyzer=spaced, phrase=True))
    for name in _KEYWORDS:
        made.add(name, fields.ID(sortable=name in FACETS))
    for name in _NUMBERS:
        made.add(
            name, fields.NUMERIC(int, bits=64, signed=True, sortable=name in ("received", "date", "total"))
        )
    return made


class WhooshEngine:
    """The index port over Whoosh in a folder."""

    def __init__(self, root: Path) -> None:
        self._folder = IndexFolder(root)
        self._index: Any = None
        self._opened: Path | None = None
        self._searcher: Any = None

    # -- writing -----------------------------------------------------------

    def apply(self, upserts: Sequence[IndexDocument], removals: Sequence[tuple[str, int]]) -> None:
        with self._folder.writing():
            live = self._open(create=True)
            assert live is not None
            ids = {d.record_id for d in upserts} | {i for i, _ in removals}
            known = self._known(ids)
            newest: dict[str, IndexDocument] = {}
            for document in upserts:
                last = newest.get(document.record_id)
                if document.version > known.get(document.record_id, -1) and (
                    last is None or document.version > last.version
                ):
                    newest[document.record_id] = document
            gone = {i for i, version in removals if known.get(i, version + 1) <= version}
            for record_id, version in removals:
                if record_id in newest and newest[record_id].version <= version:
                    del newest[record_id]
                    gone.add(record_id)
            if not newest and not gone:
                return
            writer = self._writer(live)
            try:
                for record_id in gone | {i for i in newest if i in known}:
                    writer.delete_by_term("id", record_id)
                for document in newest.values():
                    writer.add_document(**self._document(document))
                # Rewriting all segments is the only way to leave no trace of what was removed.
                writer.commit(optimize=bool(gone))
            except BaseException:
                with contextlib.suppress(Exception):
                    writer.cancel()
                raise
            self._refresh()

    def rebuild(self, batches: Iterable[Sequence[IndexDocument]]) -> int:
        with self._folder.writing():
            folder = self._folder.fresh()
            count = 0
            try:
                made = index.create_in(str(folder), _schema())
                writer = made.writer(limitmb=256)
                for batch in batches:
                    for document in batch:
                        writer.add_document(**self._document(document))
                        count += 1
                writer.commit(optimize=True)
                made.close()
            except BaseException:
                shutil.rmtree(folder, ignore_errors=True)
                raise
            self._folder.go_live(folder)
            self.close()
        return count

    def _writer(self, live: Any) -> Any:
        try:
            return live.writer(limitmb=64)
        except LockError as error:
            raise IndexBusyError("The index is being written by another process.") from error
        except (IndexingError, *_DAMAGE) as error:
            raise IndexDamagedError("The index cannot be written. Run 'akta reindex'.") from error

    def _document(self, document: IndexDocument) -> dict[str, Any]:
        ready = prepare(document)
        made: dict[str, Any] = {
            "id": document.record_id,
            "version": document.version,
            "scope": " ".join(document.scopes),
            "stem": " ".join(ready.stems),
            "number": " ".join(ready.numbers),
            **{name: " ".join(getattr(ready, name)) for name in _WORDS},
            **ready.keywords,
        }
        for name, values in ready.values.items():
            if values:
                # One value a field; for `amount` the many values are also exact numbers.
                made[name] = values[-1]
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
        empty = SearchPage((), 0, {name: {} for name in facets if name in FACETS})
        if self._open(create=False) is None or scopes == frozenset():
            return empty
        searcher = self._refresh()
        compiled = self._compile(query, searcher)
        allowed = None if scopes is None else wq.Or([wq.Term("scope", s) for s in sorted(scopes)])
        if isinstance(compiled, wq.Or | wq.And | wq.DisjunctionMax) and not list(compiled.children()):
            return empty
        wanted = [name for name in facets if name in FACETS]
        options: dict[str, Any] = {}
        if wanted:
            options["groupedby"] = {name: sorting.FieldFacet(name, maptype=sorting.Count) for name in wanted}
        if sort != "relevance":
            field, reverse = {
                "newest": ("received", True),
                "oldest": ("received", False),
                "date": ("date", True),
                "total": ("total", True),
            }[sort]
            options["sortedby"] = sorting.FieldFacet(field, reverse=reverse)
        found = searcher.search(compiled, limit=offset + max(1, limit), filter=allowed, **options)
        hits = []
        for rank in range(offset, min(len(found.top_n), offset + limit)):
            stored = found[rank]
            score = float(found.score(rank) or 0.0) if sort == "relevance" else 0.0
            hits.append(Hit(stored["id"], int(stored["version"]), score))
        counted = {
            name: {str(k): int(v) for k, v in found.groups(name).items() if k not in (None, "")}
            for name in wanted
        }
        return SearchPage(tuple(hits), len(found), counted)

    def versions(self) -> Iterator[tuple[str, int]]:
        if self._open(create=False) is None:
            return
        for stored in self._refresh().documents():
            yield stored["id"], int(stored["version"])

    def count(self) -> int:
        if self._open(create=False) is None:
            return 0
        return int(self._refresh().doc_count())

    def close(self) -> None:
        if self._searcher is not None:
            self._searcher.close()
            self._searcher = None
        if self._index is not None:
            self._index.close()
            self._index = None

    def _known(self, ids: Iterable[str]) -> dict[str, int]:
        searcher = self._refresh()
        known = {}
        for record_id in ids:
            stored = searcher.document(id=record_id)
            if stored is not None:
                known[record_id] = int(stored["version"])
        return known

    # -- opening -----------------------------------------------------------

    def _open(self, *, create: bool) -> Any:
        live = self._folder.live()
        if live is None:
            if not create:
                return None
            live = self._folder.fresh()
            index.create_in(str(live), _schema()).close()
            self._folder.go_live(live)
        if self._index is None or self._opened != live:
            self.close()
            try:
                self._index = index.open_dir(str(live))
            except _DAMAGE as error:
                raise IndexDamagedError(
                    "The search index cannot be opened. Records are safe; run 'akta reindex'."
                ) from error
            self._opened = live
        return self._index

    def _refresh(self) -> Any:
        try:
            if self._searcher is not None and not self._searcher.up_to_date():
                self._searcher.close()
                self._searcher = None
            if self._searcher is None:
                self._searcher = self._index.searcher()
        except (DateParseError, *_DAMAGE) as error:
            self.close()
            raise IndexDamagedError("The search index is damaged; run 'akta reindex'.") from error
        return self._searcher

    # -- compiling ---------------------------------------------------------

    def _compile(self, asked: ast.Query, searcher: Any) -> Any:
        match asked:
            case ast.Everything():
                return wq.Every()
            case ast.Nothing():
                return wq.NullQuery
            case ast.And(parts):
                return wq.And([self._compile(p, searcher) for p in parts])
            case ast.Or(parts):
                return wq.Or([self._compile(p, searcher) for p in parts])
            case ast.Not(part):
                return wq.AndNot(wq.Every(), self._compile(part, searcher))
            case ast.Exact(field, values):
                return wq.Or([wq.Term(field, value) for value in values])
            case ast.Between(field, low, high):
                return wq.NumericRange(field, low, high)
            case ast.Phrase(text, field):
                return self._phrase(words(text), field, searcher)
            case ast.Term():
                return self._term(asked, searcher)

    def _phrase(self, found: list[str], field: str, searcher: Any) -> Any:
        if not found:
            return wq.NullQuery
        if len(found) == 1:
            return self._term(ast.Term(found[0], field), searcher)  # type: ignore[arg-type]
        names = _WORDS if field == "any" else (field,) if field in _WORDS else ("body",)
        return wq.DisjunctionMax([wq.Phrase(name, list(found), boost=_BOOST[name]) for name in names])

    def _term(self, term: ast.Term, searcher: Any) -> Any:
        found = words(term.text)
        if not found:
            return wq.NullQuery
        forms: list[Any] = []
        if term.field in ("any", "number"):
            forms += self._numbers(term, searcher)
        if term.field == "number":
            return wq.DisjunctionMax(forms) if forms else wq.NullQuery
        names = _WORDS if term.field == "any" else (term.field,)
        if len(found) == 1:
            forms += self._word(found[0], names, term, searcher)
        elif term.prefix:
            whole = [wq.DisjunctionMax(self._word(w, names, ast.Term(w), searcher)) for w in found[:-1]]
            last = wq.DisjunctionMax(self._word(found[-1], names, term, searcher))
            forms.append(wq.And([*whole, last]))
        else:
            forms.append(self._phrase(found, term.field, searcher))
        return wq.DisjunctionMax(forms)

    def _word(self, word: str, names: Sequence[str], term: ast.Term, searcher: Any) -> list[Any]:
        forms: list[Any] = [wq.Term(name, word, boost=_BOOST[name]) for name in names]
        if term.prefix:
            for name in names:
                forms += self._beginning(name, word, 0.5 * _BOOST[name], searcher)
            return forms
        if term.field == "any" and len(word) >= 4:
            forms += [wq.Term("stem", stem, boost=0.5) for stem in stems(word)]
        if word.isalpha() and (len(word) >= 5 or term.fuzzy):
            distance = 2 if len(word) >= 8 and term.fuzzy else 1
            for name in names:
                near = searcher.reader().terms_within(name, word, distance, prefix=0)
                for _, other in zip(range(MAX_EXPANSION), near, strict=False):
                    if other != word:
                        forms.append(wq.Term(name, other, boost=0.1 * _BOOST[name]))
        return forms

    def _beginning(self, field: str, start: str, boost: float, searcher: Any) -> list[Any]:
        made = []
        for _, raw in zip(range(MAX_EXPANSION), searcher.reader().expand_prefix(field, start), strict=False):
            text = raw.decode("utf-8") if isinstance(raw, bytes) else raw
            made.append(wq.Term(field, text, boost=boost))
        return made

    def _numbers(self, term: ast.Term, searcher: Any) -> list[Any]:
        if not any(c.isdigit() for c in term.text):
            return []
        wanted = {joined(term.text), *identifiers(term.text)}
        wanted |= {n[2:] for n in wanted if n[:2].isalpha() and n[2:].isdigit()}
        forms: list[Any] = [wq.Term("number", n, boost=4.0) for n in sorted(wanted) if n]
        plain = joined(term.text)
        if len(plain) >= 4 and not is_amount(term.text) and (term.prefix or plain.isalnum()):
            forms += self._beginning("number", plain, 0.8, searcher)
        return forms
