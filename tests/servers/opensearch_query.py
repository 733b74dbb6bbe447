"""What a query finds in an index of the OpenSearch stand-in, by the documentation of OpenSearch's queries.

Only the forms that Akta uses; any other key is refused as OpenSearch refuses it. Scores are Lucene's
BM25 as OpenSearch comes (k1 1.2, b 0.75, without the factor k1 + 1; keywords have no lengths).
"""

import json
import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

from rapidfuzz.distance import OSA

K1, B = 1.2, 0.75
#: `indices.query.bool.max_clause_count` as OpenSearch comes.
MAX_CLAUSES = 1024
MAX_TOKEN = 255  # of the whitespace tokenizer, which cuts a longer word into pieces


class RefusedError(Exception):
    """An error answer."""

    def __init__(self, status: int, kind: str, reason: str) -> None:
        super().__init__(reason)
        self.status, self.kind, self.reason = status, kind, reason

    def body(self) -> dict:
        cause = {"type": self.kind, "reason": self.reason}
        return {"error": {"root_cause": [cause], **cause}, "status": self.status}


def bad(reason: str, kind: str = "parsing_exception") -> RefusedError:
    return RefusedError(400, kind, reason)


def only(given: Mapping, allowed: Iterable[str], where: str) -> None:
    unknown = set(given) - set(allowed)
    if unknown:
        raise bad(f"[{where}] unknown key {sorted(unknown)}")


def single(given: Mapping, where: str) -> tuple[str, object]:
    if not isinstance(given, Mapping) or len(given) != 1:
        raise bad(f"[{where}] malformed query, expected one name")
    return next(iter(given.items()))


class Searchable:
    """The entries of an index as of a refresh: `entries` are ids with versions and sources."""

    def __init__(self, fields: dict, entries: Mapping[str, tuple[int, dict]]) -> None:
        self.fields = fields
        self.entries = dict(entries)
        self.postings: dict[str, dict[str, dict[str, list[int]]]] = defaultdict(lambda: defaultdict(dict))
        self.lengths: dict[str, dict[str, int]] = defaultdict(dict)
        self.having: dict[str, set[str]] = defaultdict(set)
        self.numbers: dict[str, dict[str, list[int]]] = defaultdict(dict)
        self.values: dict[str, dict[str, list[str]]] = defaultdict(dict)
        for one, (_, source) in self.entries.items():
            for name, given in source.items():
                self._add(one, name, given if isinstance(given, list) else [given])

    def _add(self, one: str, name: str, given: list) -> None:
        how = self.fields[name]
        kind = how["type"]
        if kind == "text":
            words = [
                w[i : i + MAX_TOKEN] for t in given for w in t.split() for i in range(0, len(w), MAX_TOKEN)
            ]
            for place, word in enumerate(words):
                self.postings[name][word].setdefault(one, []).append(place)
            if words:
                self.lengths[name][one] = len(words)
                self.having[name].add(one)
        elif kind == "long":
            if given:
                self.numbers[name][one] = sorted(given)
        else:
            texts = ["true" if v is True else "false" if v is False else str(v) for v in given]
            texts = [t for t in texts if len(t) <= how.get("ignore_above", 2**31)]
            if any(len(t.encode(errors="surrogatepass")) > 32766 for t in texts):
                raise bad("immense term", "illegal_argument_exception")
            if how.get("index", True):
                for text in texts:
                    self.postings[name][text][one] = [0]
                    self.having[name].add(one)
            if how.get("doc_values", True) and texts:
                self.values[name][one] = sorted(set(texts))

    # -- queries -----------------------------------------------------------

    def answer(self, query: Mapping) -> dict[str, float]:
        """The entries that fit, with their scores."""
        if _clauses(query) > MAX_CLAUSES:
            # Lucene's error is no error of the asker to OpenSearch, so it may come as one of the server.
            raise RefusedError(500, "too_many_nested_clauses", f"maxClauseCount is set to {MAX_CLAUSES}")
        return self._answer(query)

    def _answer(self, query: Mapping) -> dict[str, float]:
        kind, given = single(query, "query")
        ask = getattr(self, f"_{kind}", None)
        if ask is None or not isinstance(given, Mapping):
            raise bad(f"unknown query [{kind}]")
        return ask(given)

    def _match_all(self, given: Mapping) -> dict[str, float]:
        only(given, [], "match_all")
        return dict.fromkeys(self.entries, 1.0)

    def _match_none(self, given: Mapping) -> dict[str, float]:
        only(given, [], "match_none")
        return {}

    def _indexed(self, name: str) -> dict[str, dict[str, list[int]]]:
        how = self.fields.get(name)
        if how is None:
            return {}
        if not how.get("index", True):
            raise bad(f"Cannot search on field [{name}] since it is not indexed.", "query_shard_exception")
        return self.postings[name]

    def _term(self, given: Mapping) -> dict[str, float]:
        name, how = single(given, "term")
        only(how, ["value", "boost"], "term")
        value = {True: "true", False: "false"}.get(how["value"], how["value"])
        found = self._indexed(name).get(value, {})
        return self._scored(name, found, self._weight(name, [value]) * how.get("boost", 1.0))

    def _terms(self, given: Mapping) -> dict[str, float]:
        name, values = single(given, "terms")
        if not isinstance(values, list) or len(values) > 65_536:
            raise bad("[terms] query does not support this")
        indexed = self._indexed(name)
        return {one: 1.0 for value in values for one in indexed.get(value, ())}

    def _match_phrase(self, given: Mapping) -> dict[str, float]:
        name, how = single(given, "match_phrase")
        only(how, ["query", "boost"], "match_phrase")
        words = how["query"].split()
        indexed = self._indexed(name)
        lists = [indexed.get(word, {}) for word in words]
        found = {}
        for one in set.intersection(*(set(places) for places in lists)) if lists else ():
            starts = set.intersection(*({p - step for p in places[one]} for step, places in enumerate(lists)))
            if starts:
                found[one] = sorted(starts)
        return self._scored(name, found, self._weight(name, words) * how.get("boost", 1.0))

    def _prefix(self, given: Mapping) -> dict[str, float]:
        name, how = single(given, "prefix")
        only(how, ["value", "rewrite"], "prefix")
        return self._any(name, lambda term: term.startswith(how["value"]))

    def _fuzzy(self, given: Mapping) -> dict[str, float]:
        name, how = single(given, "fuzzy")
        only(
            how,
            ["value", "fuzziness", "transpositions", "rewrite", "prefix_length", "max_expansions"],
            "fuzzy",
        )
        if how["fuzziness"] not in (0, 1, 2) or how.get("transpositions", True) is not True:
            raise bad("this stand-in knows distances to 2 with transpositions only")
        if how.get("rewrite") != "constant_score":
            raise bad("this stand-in knows the rewrite constant_score only")
        value, most = how["value"], int(how["fuzziness"])
        return self._any(name, lambda t: OSA.distance(value, t, score_cutoff=most) <= most)

    def _any(self, name: str, fits) -> dict[str, float]:
        return {one: 1.0 for term, found in self._indexed(name).items() if fits(term) for one in found}

    def _range(self, given: Mapping) -> dict[str, float]:
        name, how = single(given, "range")
        only(how, ["gte", "lte"], "range")
        low, high = how.get("gte", -(2**63)), how.get("lte", 2**63 - 1)
        if not -(2**63) <= low < 2**63 or not -(2**63) <= high < 2**63:
            raise bad("out of range for a long", "query_shard_exception")
        return {o: 1.0 for o, values in self.numbers[name].items() if any(low <= v <= high for v in values)}

    def _exists(self, given: Mapping) -> dict[str, float]:
        only(given, ["field"], "exists")
        return dict.fromkeys(self.numbers[given["field"]], 1.0)

    def _constant_score(self, given: Mapping) -> dict[str, float]:
        only(given, ["filter", "boost"], "constant_score")
        return dict.fromkeys(self._answer(given["filter"]), float(given.get("boost", 1.0)))

    def _dis_max(self, given: Mapping) -> dict[str, float]:
        only(given, ["queries"], "dis_max")
        if not given["queries"]:
            raise bad("[dis_max] requires 'queries' field with at least one clause")
        best: dict[str, float] = {}
        for query in given["queries"]:
            for one, score in self._answer(query).items():
                best[one] = max(score, best.get(one, 0.0))
        return best

    def _bool(self, given: Mapping) -> dict[str, float]:
        only(given, ["must", "filter", "must_not", "should", "minimum_should_match"], "bool")
        must = [self._answer(q) for q in given.get("must", [])]
        filters = [self._answer(q) for q in given.get("filter", [])]
        should = [self._answer(q) for q in given.get("should", [])]
        least = given.get("minimum_should_match", 1 if should and not must and not filters else 0)
        left = set(self.entries)
        for found in (*must, *filters):
            left &= set(found)
        for query in given.get("must_not", []):
            left -= set(self._answer(query))
        if should:
            having = Counter(one for found in should for one in found)
            left = {one for one in left if having[one] >= least}
        return {one: sum(found.get(one, 0.0) for found in (*must, *should)) for one in left}

    # -- scores ------------------------------------------------------------

    def _weight(self, name: str, terms: Iterable[str]) -> float:
        among = len(self.having[name])
        counts = [len(self.postings[name].get(term, ())) for term in terms]
        return sum(math.log(1 + (among - n + 0.5) / (n + 0.5)) for n in counts)

    def _scored(self, name: str, found: Mapping[str, list[int]], weight: float) -> dict[str, float]:
        lengths = self.lengths.get(name)
        mean = sum(lengths.values()) / len(lengths) if lengths else 1.0
        scores = {}
        for one, places in found.items():
            norm = K1 * (1 - B + B * lengths[one] / mean) if lengths else K1
            scores[one] = weight * len(places) / (len(places) + norm)
        return scores

    # -- aggregations and orders ---------------------------------------------

    def counted(self, asked: Mapping, found: Iterable[str]) -> dict:
        """The answer of a `terms` aggregation over the entries found."""
        kind, how = single(asked, "aggregation")
        if kind != "terms":
            raise bad(f"unknown aggregation [{kind}]")
        only(how, ["field", "size", "shard_size", "include"], "terms")
        name, include = how["field"], how.get("include")
        if self.fields.get(name, {}).get("type") != "keyword" or not self.fields[name].get(
            "doc_values", True
        ):
            raise bad(f"Text fields are not optimised for aggregations: {name}", "illegal_argument_exception")
        if how.get("size", 10) <= 0:
            raise bad("[size] must be greater than 0", "illegal_argument_exception")
        fits = _included(include)
        counts = Counter(v for one in found for v in self.values[name].get(one, ()) if fits(v))
        ranked = sorted(counts.items(), key=lambda c: (-c[1], c[0]))
        top = ranked[: how.get("size", 10)]
        return {
            "doc_count_error_upper_bound": 0,
            "sum_other_doc_count": sum(n for _, n in ranked[len(top) :]),
            "buckets": [{"key": value, "doc_count": count} for value, count in top],
        }

    def sort_values(self, sort: list, one: str, score: float) -> list:
        """What an entry is sorted by; None where it has no value, which comes last."""
        made = []
        for part in sort:
            name, way = single(part, "sort")
            if way not in ("asc", "desc"):
                raise bad("[sort] unknown order")
            if name == "_score":
                made.append(score)
            elif name in self.fields and self.fields[name].get("doc_values", True):
                values = self.values[name].get(one) if self.fields[name]["type"] == "keyword" else None
                made.append(values[0 if way == "asc" else -1] if values else None)
            else:
                raise bad(f"No mapping found for [{name}] in order to sort on", "query_shard_exception")
        return made


def _included(include):
    if include is None:
        return lambda _: True
    if isinstance(include, list):
        wanted = set(include)
        return lambda value: value in wanted
    # Lucene's expressions have other signs with a sense than Python's; of these only a rest is known.
    if not include.endswith(".*") or not include[:-2].isalnum() or len(include) > 1000:
        raise bad("this stand-in knows only a beginning with any rest", "illegal_argument_exception")
    expression = re.compile(re.escape(include[:-2]) + ".*", re.DOTALL)
    return lambda value: expression.fullmatch(value) is not None


def _clauses(query: object) -> int:
    """Leaves of a query, counted as Lucene counts them after rewriting."""
    if isinstance(query, list):
        return sum(_clauses(part) for part in query)
    kind, given = single(query, "query")  # type: ignore[arg-type]
    if kind in ("bool", "dis_max", "constant_score") and isinstance(given, Mapping):
        return sum(_clauses(v) for k, v in given.items() if isinstance(v, list | Mapping) and k != "boost")
    if kind == "match_phrase":
        return len(json.dumps(given).split())
    return 1
