"""The default engine: tantivy."""

import contextlib
import shutil
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import tantivy
from tantivy import FieldType, Filter, Occur, Query, TextAnalyzerBuilder, Tokenizer

from indexer.analysis import identifiers, is_amount, joined, stems, words
from indexer.engines.folder import IndexFolder
from indexer.engines.prepared import prepare
from indexer.model import FACETS, Hit, IndexBusyError, IndexDamagedError, IndexDocument, SearchPage
from indexer.query import ast

_WORDS = ("body", "title", "party", "file")
_NUMBERS = ("amount", "total", "date", "due", "received", "keep")
_KEYWORDS = ("domain", "type", "state", "class", "language", "currency", "channel", "hold", "year")
_HEAP = 64_000_000
_REBUILD_HEAP = 256_000_000
_ALL = 1_000_000_000
_BOOST = {"title": 3.0, "party": 3.0, "body": 1.0, "file": 0.7}


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("id", stored=True, tokenizer_name="raw", index_option="basic", fast=True)
    builder.add_unsigned_field("version", stored=True, fast=True)
    builder.add_text_field("scope", tokenizer_name="raw", index_option="basic")
    for name in _WORDS:
        builder.add_text_field(name, tokenizer_name="spaces", index_option="position")
    builder.add_text_field("stem", tokenizer_name="spaces", index_option="freq")
    builder.add_text_field("number", tokenizer_name="spaces", index_option="basic")
    for name in _KEYWORDS:
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic", fast=True)
    for name in _NUMBERS:
        builder.add_integer_field(name, indexed=True, fast=True)
    return builder.build()


class TantivyEngine:
    """The index port over tantivy in a folder."""

    def __init__(self, root: Path) -> None:
        self._folder = IndexFolder(root)
        self._schema = _schema()
        self._index: tantivy.Index | None = None
        self._opened: Path | None = None
        self._seen: tuple[int, int] = (0, 0)

    # -- writing -----------------------------------------------------------

    def apply(self, upserts: Sequence[IndexDocument], removals: Sequence[tuple[str, int]]) -> None:
        with self._folder.writing():
            index = self._open(create=True)
            assert index is not None
            index.reload()
            known = self._known(index, [d.record_id for d in upserts] + [i for i, _ in removals])
            newest: dict[str, IndexDocument] = {}
            for document in upserts:
                last = newest.get(document.record_id)
                if document.version > known.get(document.record_id, -1) and (
                    last is None or document.version > last.version
                ):
                    newest[document.record_id] = document
            gone = [i for i, version in removals if known.get(i, version + 1) <= version]
            for record_id, version in removals:
                if record_id in newest and newest[record_id].version <= version:
                    del newest[record_id]
                    if record_id in known:
                        gone.append(record_id)
            if not newest and not gone:
                return
            writer = self._writer(index, _HEAP, 1)
            try:
                for record_id in {*gone, *(i for i in newest if i in known)}:
                    writer.delete_documents_by_query(Query.term_query(self._schema, "id", record_id, "basic"))
                for document in newest.values():
                    writer.add_document(self._document(document))
                writer.commit()
                if gone:
                    # What was removed must leave no trace: rewrite the segments that still hold it.
                    writer.garbage_collect_files()
                writer.wait_merging_threads()
            except BaseException:
                with contextlib.suppress(Exception):
                    writer.rollback()
                raise
            index.reload()

    def rebuild(self, batches: Iterable[Sequence[IndexDocument]]) -> int:
        with self._folder.writing():
            folder = self._folder.fresh()
            try:
                index = tantivy.Index(self._schema, path=str(folder))
                self._register(index)
                writer = self._writer(index, _REBUILD_HEAP, 1)
                count = 0
                for batch in batches:
                    for document in batch:
                        writer.add_document(self._document(document))
                        count += 1
                writer.commit()
                writer.wait_merging_threads()
            except BaseException:
                shutil.rmtree(folder, ignore_errors=True)
                raise
            self._folder.go_live(folder)
            self._index = None
        return count

    def _writer(self, index: tantivy.Index, heap: int, threads: int) -> tantivy.IndexWriter:
        try:
            return index.writer(heap, threads)
        except ValueError as error:
            if "LockBusy" in str(error) or "lock" in str(error).lower():
                raise IndexBusyError("The index is being written by another process.") from error
            raise IndexDamagedError("The index cannot be written. Run 'akta reindex'.") from error

    def _document(self, document: IndexDocument) -> tantivy.Document:
        ready = prepare(document)
        made = tantivy.Document()
        made.add_text("id", document.record_id)
        made.add_unsigned("version", document.version)
        for scope in document.scopes:
            made.add_text("scope", scope)
        for name in _WORDS:
            made.add_text(name, " ".join(getattr(ready, name)))
        made.add_text("stem", " ".join(ready.stems))
        made.add_text("number", " ".join(ready.numbers))
        for name, value in ready.keywords.items():
            made.add_text(name, value)
        for name, values in ready.values.items():
            for number in values:
                made.add_integer(name, number)
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
        index = self._open(create=False)
        if index is None or scopes == frozenset():
            return SearchPage((), 0, {name: {} for name in facets})
        searcher = index.searcher()
        compiled = self._compile(query)
        if scopes is not None:
            allowed = Query.const_score_query(
                Query.term_set_query(self._schema, "scope", sorted(scopes)), 0.0
            )
            compiled = Query.boolean_query([(Occur.Must, compiled), (Occur.Must, allowed)])
        if sort == "relevance":
            found = searcher.search(compiled, limit=max(1, limit), offset=offset)
        else:
            field = {"newest": "received", "oldest": "received", "date": "date", "total": "total"}[sort]
            order = tantivy.Order.Asc if sort == "oldest" else tantivy.Order.Desc
            found = searcher.search(
                compiled, limit=max(1, limit), offset=offset, order_by_field=field, order=order
            )
        hits = []
        for score, address in found.hits[:limit]:
            stored = searcher.doc(address)
            hits.append(
                Hit(stored["id"][0], int(stored["version"][0]), float(score) if sort == "relevance" else 0.0)
            )
        return SearchPage(tuple(hits), int(getattr(found, "count", 0) or 0), self._facets(searcher, compiled, facets))

    def _facets(
        self, searcher: tantivy.Searcher, query: Query, names: Sequence[str]
    ) -> dict[str, dict[str, int]]:
        wanted = [name for name in names if name in FACETS]
        if not wanted:
            return {}
        told = searcher.aggregate(query, {name: {"terms": {"field": name, "size": 100}} for name in wanted})
        return {name: {str(b["key"]): int(b["doc_count"]) for b in told[name]["buckets"]} for name in wanted}

    def versions(self) -> Iterator[tuple[str, int]]:
        index = self._open(create=False)
        if index is None:
            return
        searcher = index.searcher()
        total = searcher.num_docs
        for start in range(0, total, 10_000):
            found = searcher.search(
                Query.all_query(), limit=10_000, offset=start, count=False, order_by_field="id"
            )
            for _, address in found.hits:
                stored = searcher.doc(address)
                yield stored["id"][0], int(stored["version"][0])

    def count(self) -> int:
        index = self._open(create=False)
        return 0 if index is None else int(index.searcher().num_docs)

    def close(self) -> None:
        self._index = None

    def _known(self, index: tantivy.Index, ids: Sequence[str]) -> dict[str, int]:
        searcher = index.searcher()
        known: dict[str, int] = {}
        wanted = sorted(set(ids))
        for start in range(0, len(wanted), 500):
            part = wanted[start : start + 500]
            found = searcher.search(Query.term_set_query(self._schema, "id", part), limit=2 * len(part))
            for _, address in found.hits:
                stored = searcher.doc(address)
                record_id = stored["id"][0]
                known[record_id] = max(known.get(record_id, -1), int(stored["version"][0]))
        return known

    # -- opening -----------------------------------------------------------

    def _open(self, *, create: bool) -> tantivy.Index | None:
        live = self._folder.live()
        if live is None:
            if not create:
                return None
            live = self._folder.fresh()
            tantivy.Index(self._schema, path=str(live))
            self._folder.go_live(live)
        if self._index is None or self._opened != live:
            try:
                if not (live / "meta.json").exists():
                    raise FileNotFoundError(live)
                self._index = tantivy.Index(self._schema, path=str(live))
                self._register(self._index)
                self._index.config_reader("manual", 1)
            except (ValueError, OSError) as error:
                raise IndexDamagedError(
                    "The search index cannot be opened. Records are safe; run 'akta reindex'."
                ) from error
            self._opened = live
            self._seen = (0, 0)
        try:
            meta = (live / "meta.json").stat()
            state = (meta.st_mtime_ns, meta.st_ino)
            if state != self._seen:
                self._index.reload()
                self._seen = state
        except (ValueError, OSError) as error:
            self._index = None
            raise IndexDamagedError("The search index is damaged; run 'akta reindex'.") from error
        return self._index

    def _register(self, index: tantivy.Index) -> None:
        spaces = TextAnalyzerBuilder(Tokenizer.whitespace()).filter(Filter.remove_long(200)).build()
        index.register_tokenizer("spaces", spaces)

    # -- compiling ---------------------------------------------------------

    def _compile(self, query: ast.Query) -> Query:
        match query:
            case ast.Everything():
                return Query.all_query()
            case ast.Nothing():
                return Query.empty_query()
            case ast.And(parts):
                return Query.boolean_query([(Occur.Must, self._compile(p)) for p in parts])
            case ast.Or(parts):
                return Query.boolean_query([(Occur.Should, self._compile(p)) for p in parts])
            case ast.Not(part):
                return Query.boolean_query(
                    [(Occur.Must, Query.all_query()), (Occur.MustNot, self._compile(part))]
                )
            case ast.Exact(field, values):
                return Query.const_score_query(Query.term_set_query(self._schema, field, list(values)), 1.0)
            case ast.Between(field, low, high):
                return Query.const_score_query(
                    Query.range_query(
                        self._schema,
                        field,
                        FieldType.Integer,
                        -_ALL * 10**6 if low is None else low,
                        _ALL * 10**6 if high is None else high,
                    ),
                    1.0,
                )
            case ast.Phrase(text, field):
                return self._phrase(words(text), field)
            case ast.Term():
                return self._term(query)

    def _phrase(self, found: list[str], field: str) -> Query:
        if not found:
            return Query.empty_query()
        if len(found) == 1:
            return self._term(ast.Term(found[0], field))  # type: ignore[arg-type]
        names = _WORDS if field == "any" else (field,) if field in _WORDS else ("body",)
        return Query.disjunction_max_query(
            [
                Query.boost_query(Query.phrase_query(self._schema, name, list(found)), _BOOST[name])
                for name in names
            ]
        )

    def _term(self, term: ast.Term) -> Query:
        found = words(term.text)
        if not found:
            return Query.empty_query()
        forms: list[Query] = []
        if term.field in ("any", "number"):
            forms += self._numbers(term)
        if term.field == "number":
            return Query.disjunction_max_query(forms) if forms else Query.empty_query()
        names = _WORDS if term.field == "any" else (term.field,)
        if len(found) == 1:
            forms += self._word(found[0], names, term)
        elif term.prefix:
            whole = [self._one(w, names) for w in found[:-1]]
            last = Query.disjunction_max_query(self._word(found[-1], names, term))
            forms.append(Query.boolean_query([(Occur.Must, q) for q in (*whole, last)]))
        else:
            forms.append(self._phrase(found, term.field))
        return Query.disjunction_max_query(forms)

    def _one(self, word: str, names: Sequence[str]) -> Query:
        return Query.disjunction_max_query(self._word(word, names, ast.Term(word)))

    def _word(self, word: str, names: Sequence[str], term: ast.Term) -> list[Query]:
        schema = self._schema
        forms = []
        for name in names:
            exact = Query.term_query(schema, name, word, "freq")
            forms.append(Query.boost_query(exact, _BOOST[name]))
            if term.prefix:
                pattern = Query.regex_query(schema, name, word + ".*")
                forms.append(Query.const_score_query(pattern, 0.5 * _BOOST[name]))
        if term.prefix:
            return forms
        if term.field == "any":
            for stem in stems(word):
                if stem != word or len(word) >= 4:
                    forms.append(Query.boost_query(Query.term_query(schema, "stem", stem, "freq"), 0.5))
        if word.isalpha() and (len(word) >= 5 or term.fuzzy):
            distance = 2 if len(word) >= 8 and term.fuzzy else 1
            for name in names:
                near = Query.fuzzy_term_query(schema, name, word, distance)
                forms.append(Query.const_score_query(near, 0.1 * _BOOST[name]))
        return forms

    def _numbers(self, term: ast.Term) -> list[Query]:
        if not any(c.isdigit() for c in term.text):
            return []
        wanted = {joined(term.text), *identifiers(term.text)}
        wanted |= {n[2:] for n in wanted if n[:2].isalpha() and n[2:].isdigit()}  # a VAT number's country
        forms = [
            Query.boost_query(Query.term_query(self._schema, "number", number, "basic"), 4.0)
            for number in sorted(wanted)
            if number
        ]
        plain = joined(term.text)
        if len(plain) >= 4 and not is_amount(term.text) and (term.prefix or plain.isalnum()):
            forms.append(
                Query.const_score_query(Query.regex_query(self._schema, "number", plain + ".*"), 0.8)
            )
        return forms
