"""The index in OpenSearch, and the forms of a query in its language.

Words come analysed by Akta (`indexer.engines.prepared`), so OpenSearch only parts them at blanks.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from indexer.engines import forms
from indexer.engines.opensearch_http import Server
from indexer.engines.prepared import Prepared
from indexer.model import FACETS, IndexDocument

#: Distinct words of a field, for counting and completing. They have no order, so no text comes of them.
SAID = {name: f"{name}_said" for name in forms.WORDS}
_SETS = ("scope", "stem", "number", "part")
#: A longer word is left out of the sets, as in the other engines.
_LONGEST = 300
#: Lucene's BM25 leaves out the factor k1 + 1, which the other engines have: guesses weigh by it.
_SATURATION = 2.2
#: Stands in every field of words of every document: Lucene weighs a word by the documents that have
#: its field, so one word in the only title would else say next to nothing. Nobody can ask for it, and
#: it is too long to be near any word.
_ALWAYS = "..."
Json = dict[str, Any]


def index_body(aliases: Sequence[str]) -> Json:
    """What a new index is made with. Shards and copies are the cluster's matter (index templates)."""
    counted = {forms.COUNTED.get(name, name) for name in FACETS}
    fields: Json = {
        "id": {"type": "keyword"},
        "version": {"type": "long"},
        "gone": {"type": "boolean"},
    }
    fields |= {name: {"type": "keyword", "doc_values": False, "ignore_above": _LONGEST} for name in _SETS}
    fields |= {name: {"type": "text", "analyzer": "spaces"} for name in forms.WORDS}
    fields |= {name: {"type": "keyword", "index": False} for name in SAID.values()}
    fields |= {name: {"type": "keyword", "doc_values": name in counted} for name in forms.KEYWORDS}
    fields |= {name: {"type": "long"} for name in forms.VALUES}
    fields |= {name: {"type": "keyword", "index": False} for name in forms.SORT_KEYS}
    return {
        "settings": {
            # Said outright, an index that nobody searches is refreshed too, and no writer waits for it.
            "index": {"refresh_interval": "1s"},
            "analysis": {"analyzer": {"spaces": {"type": "custom", "tokenizer": "whitespace"}}},
        },
        "mappings": {
            "dynamic": "strict",
            "_source": {"includes": ["id", "version"]},
            "properties": fields,
        },
        "aliases": {name: {} for name in aliases},
    }


def source(document: IndexDocument, ready: Prepared) -> Json:
    """A document as it is sent."""
    made: Json = {
        "id": document.record_id,
        "version": document.version,
        "gone": False,
        "scope": list(document.scopes),
        "stem": [_ALWAYS, *ready.stems],
        "number": [_ALWAYS, *ready.numbers],
        "part": [_ALWAYS, *ready.parts],
    }
    for name, found in ready.words.items():
        made[name] = " ".join((_ALWAYS, *found))
        made[SAID[name]] = sorted(set(found))
    made |= {name: list(values) for name, values in ready.keywords.items()}
    made |= {name: values for name, values in ready.values.items() if values}
    return made | ready.sort_keys


def tombstone(record_id: str, version: int) -> Json:
    """What is left of a removed document: it keeps an older one from coming back."""
    return {"id": record_id, "version": version, "gone": True}


def permitted(query: Json, scopes: frozenset[str] | None) -> Json:
    """Of a query what shares a token with `scopes`; None is all that is not a tombstone."""
    if scopes is None:
        return {"bool": {"must": [query], "must_not": [{"term": {"gone": {"value": True}}}]}}
    # A tombstone has no scope, so none can be seen here.
    return {"bool": {"must": [query], "filter": [{"terms": {"scope": sorted(scopes)}}]}}


def compiled(form: forms.Form) -> Json:
    """The query of a form."""
    match form:
        case forms.All():
            return {"match_all": {}}
        case forms.Word(field, text, boost):
            return {"term": {field: {"value": text, "boost": boost * _SATURATION}}}
        case forms.Follow(field, found, boost):
            return {"match_phrase": {field: {"query": " ".join(found), "boost": boost * _SATURATION}}}
        case forms.Start(field, text, score):
            return _constant({"prefix": {field: {"value": text}}}, score)
        case forms.Near(field, text, distance, score):
            # Rewritten so, the words that are near count as one clause, however many they are.
            near = {"value": text, "fuzziness": distance, "transpositions": True, "rewrite": "constant_score"}
            return _constant({"fuzzy": {field: near}}, score)
        case forms.Most(field, found, least, score):
            return _most(field, found, least, score)
        case forms.OneOf(field, values):
            return _constant({"terms": {field: list(values)}}, 1.0)
        case forms.Range(field, low, high):
            bounds = {name: end for name, end in (("gte", low), ("lte", high)) if end is not None}
            inside: Json = {"range": {field: bounds}} if bounds else {"exists": {"field": field}}
            return _constant(inside, 1.0)
        case forms.Best(parts):
            if not parts:
                return {"match_none": {}}
            made = [compiled(part) for part in parts]
            return made[0] if len(made) == 1 else {"dis_max": {"queries": made}}
        case forms.Above(part, by):
            return {"bool": {"must": [compiled(part), _constant({"match_all": {}}, by)]}}
        case forms.Each(parts):
            return {"bool": {"must": [compiled(p) for p in parts]}} if parts else {"match_none": {}}
        case forms.Except(part):
            return {"bool": {"filter": [{"match_all": {}}], "must_not": [compiled(part)]}}


def _constant(query: Json, score: float) -> Json:
    return {"constant_score": {"filter": query, "boost": score}}


def _most(field: str, found: Sequence[str], least: int | None, score: float | None) -> Json:
    each = [{"term": {field: {"value": word, "boost": _SATURATION}}} for word in found]
    if least is None:
        made: Json = {"bool": {"must": each}} if each else {"match_none": {}}
    else:
        made = {"bool": {"should": each, "minimum_should_match": least}}
    return made if score is None else _constant(made, score)


class OpenSearchWords:
    """The vocabulary within the scopes (`indexer.engines.vocabulary`): nobody else's words are counted."""

    def __init__(self, server: Server, path: str, scopes: frozenset[str] | None) -> None:
        self._server = server
        self._path = path
        self._all = permitted({"match_all": {}}, scopes)
        self._scopes = scopes

    def starting(self, field: str, beginning: str, most: int) -> list[tuple[str, int]]:
        """Words that begin so, the most frequent first."""
        if not beginning.isalnum():  # no word has other signs, and a regular expression may give them a sense
            return []
        return self._counted({field: {"include": f"{beginning}.*", "size": most}})

    def having(self, fields: Sequence[str], words: Iterable[str]) -> dict[str, int]:
        """How many documents have each of the words that occur, summed over the fields."""
        wanted = sorted(words)
        asked = {field: {"include": wanted, "size": len(wanted)} for field in fields}
        counts: dict[str, int] = {}
        for word, count in self._counted(asked) if wanted else []:
            counts[word] = counts.get(word, 0) + count
        return counts

    def witness(self, word: str, fields: Sequence[str]) -> str | None:
        """A document within the scopes that has the word."""
        return self.witness_of([word], fields)

    def witness_of(self, words: Sequence[str], fields: Sequence[str]) -> str | None:
        """A document within the scopes that has one of the words."""
        having: Json = {"dis_max": {"queries": [{"terms": {field: list(words)}} for field in fields]}}
        body = {"query": permitted(having, self._scopes), "size": 1, "track_total_hits": False}
        told = self._server.look(self._path, body)
        hits = told["hits"]["hits"] if told and words else []
        return str(hits[0]["_source"]["id"]) if hits else None

    def _counted(self, asked: dict[str, Json]) -> list[tuple[str, int]]:
        aggregations = {name: {"terms": {"field": SAID[name], **how}} for name, how in asked.items()}
        body = {"query": self._all, "size": 0, "track_total_hits": False, "aggs": aggregations}
        told = self._server.look(self._path, body)
        if told is None:
            return []
        buckets = (b for name in asked for b in told["aggregations"][name]["buckets"])
        return [(str(b["key"]), int(b["doc_count"])) for b in buckets]
