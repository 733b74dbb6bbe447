"""The forms of a query as queries of tantivy."""

import re
from collections.abc import Iterable, Sequence

import tantivy
from tantivy import FieldType, Occur, Query

from indexer.engines import forms

_OPEN_END = 10**18


class Compiler:
    """Compiles over one schema."""

    def __init__(self, schema: tantivy.Schema) -> None:
        self._schema = schema

    def permitted(self, query: Query, scopes: frozenset[str] | None) -> Query:
        """Of a query what shares a token with `scopes`; None is all that is not a tombstone."""
        if scopes is None:
            return Query.boolean_query([(Occur.Must, query), (Occur.MustNot, self.equal("gone", True))])
        # A tombstone has no scope, so none can be seen here.
        allowed = Query.term_set_query(self._schema, "scope", sorted(scopes))
        return Query.boolean_query([(Occur.Must, query), (Occur.Must, Query.const_score_query(allowed, 0.0))])

    def equal(self, field: str, value: str | bool) -> Query:
        """What has this very value."""
        return Query.term_query(self._schema, field, value, "basic")

    def compile(self, form: forms.Form) -> Query:
        """The query of a form."""
        schema = self._schema
        match form:
            case forms.All():
                return Query.const_score_query(Query.all_query(), 1.0)
            case forms.Word(field, text, boost):
                option = "freq" if field in forms.WORDS else "basic"
                return Query.boost_query(Query.term_query(schema, field, text, option), boost)
            case forms.Follow(field, found, boost):
                return Query.boost_query(Query.phrase_query(schema, field, list(found)), boost)
            case forms.Start(field, text, score):
                return Query.const_score_query(
                    Query.regex_query(schema, field, re.escape(text) + ".*"), score
                )
            case forms.Near(field, text, distance, score):
                return Query.const_score_query(Query.fuzzy_term_query(schema, field, text, distance), score)
            case forms.Most(field, found, least, score):
                return self._most(field, found, least, score)
            case forms.OneOf(field, values):
                return Query.const_score_query(Query.term_set_query(schema, field, list(values)), 1.0)
            case forms.Range(field, low, high):
                lower = -_OPEN_END if low is None else low
                upper = _OPEN_END if high is None else high
                inside = Query.range_query(schema, field, FieldType.Integer, lower, upper)
                return Query.const_score_query(inside, 1.0)
            case forms.Best(parts):
                compiled = [self.compile(p) for p in parts]
                if len(compiled) == 1:
                    return compiled[0]
                return Query.disjunction_max_query(compiled) if compiled else Query.empty_query()
            case forms.Above(part, by):
                more = Query.const_score_query(Query.all_query(), by)
                return Query.boolean_query([(Occur.Must, self.compile(part)), (Occur.Must, more)])
            case forms.Each(parts):
                return Query.boolean_query([(Occur.Must, self.compile(p)) for p in parts])
            case forms.Except(part):
                return Query.boolean_query(
                    [
                        (Occur.Must, Query.const_score_query(Query.all_query(), 0.0)),
                        (Occur.MustNot, self.compile(part)),
                    ]
                )

    def _most(self, field: str, found: Sequence[str], least: int | None, score: float | None) -> Query:
        option = "freq" if field in forms.WORDS else "basic"
        each = [Query.term_query(self._schema, field, word, option) for word in found]
        if least is None:
            made = Query.boolean_query([(Occur.Must, one) for one in each])
        else:
            made = Query.boolean_query([(Occur.Should, one) for one in each], least)
        return made if score is None else Query.const_score_query(made, score)


class TantivyWords:
    """The vocabulary of what a searcher sees (`indexer.engines.vocabulary`)."""

    def __init__(self, searcher: tantivy.Searcher, compiler: Compiler, scopes: frozenset[str] | None) -> None:
        self._searcher = searcher
        self._compiler = compiler
        self._scopes = scopes

    def starting(self, field: str, beginning: str, most: int) -> list[tuple[str, int]]:
        """Words that begin so, the most frequent first."""
        return self._searcher.terms_with_prefix(field, beginning, None, most)

    def frequency(self, field: str, word: str) -> int:
        """How many documents have a word, also such as are removed but not yet merged away."""
        return int(self._searcher.doc_freq(field, word))

    def having(self, fields: Sequence[str], words: Iterable[str]) -> dict[str, int]:
        """How many documents have each of the words that occur, summed over the fields."""
        counts = ((word, sum(self.frequency(field, word) for field in fields)) for word in words)
        return {word: count for word, count in counts if count}

    def witness(self, word: str, fields: Sequence[str]) -> str | None:
        """A document within the scopes that has the word."""
        having = self._compiler.compile(forms.Best(tuple(forms.Word(field, word) for field in fields)))
        query = self._compiler.permitted(Query.const_score_query(having, 1.0), self._scopes)
        found = self._searcher.search(query, limit=1, count=False).hits
        return str(self._searcher.doc(found[0][1])["id"][0]) if found else None
