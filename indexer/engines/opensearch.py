"""OpenSearch, for those who outgrow one machine: a server or cluster behind the same port.

    NAME                    the alias that is searched and written to
    NAME-v1-…               an index that it stands for
    NAME-v1-…-in            the alias of an index that is being built

Every entry carries its record's version as OpenSearch's own (`external`), so the server itself
refuses what is late or came twice, and no writer has to keep others out: while a new index is
built, each change goes into it too (`docs/decisions/0031-opensearch.md`).
"""

import json
import math
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from akta.kernel.errors import AktaError
from akta.kernel.ids import new_id
from indexer.engines import forms
from indexer.engines.answering import Answering
from indexer.engines.changes import settle
from indexer.engines.opensearch_forms import (
    Json,
    OpenSearchWords,
    compiled,
    index_body,
    permitted,
    source,
    tombstone,
)
from indexer.engines.opensearch_http import Server, ServerOptions, refused
from indexer.engines.prepared import prepare
from indexer.model import (
    Hit,
    IndexBusyError,
    IndexDocument,
    IndexUnavailableError,
    Late,
    Position,
    SearchPage,
    nothing_late,
)
from indexer.paging import ORDERS, Window
from indexer.query import ast
from indexer.stages import ALL_STAGES, Stages

#: The form of the index, in its name; one of another form has to be built anew.
_FORM = 1
#: Hits in one answer (`index.max_result_window` as OpenSearch comes).
_WINDOW = 10_000
#: Bytes sent at once; a single document may be larger.
_SENT = 8_000_000
_FACET_VALUES, _LOOKED_AT = 100, 10_000
#: Fields whose words are offered.
_FOUND: Json = {"match_all": {}}


@dataclass(frozen=True, slots=True)
class _State:
    """The indexes of one name: the live one, those being built with their aliases, and all others."""

    live: str | None
    drafts: dict[str, str]
    others: list[str]


class OpenSearchEngine(Answering):
    """The index port over an OpenSearch server; `stages` are those of the index and of its queries."""

    def __init__(self, options: ServerOptions, stages: Stages = ALL_STAGES) -> None:
        self._stages = stages
        self._name = options.index
        self._server = Server(options)
        # Every shard must answer, and a word weighs the same on each.
        how = "search_type=dfs_query_then_fetch&allow_partial_search_results=false"
        self._search = f"/{self._name}/_search?{how}"
        self._looked = False

    # -- writing -----------------------------------------------------------

    def apply(self, upserts: Sequence[IndexDocument], removals: Sequence[tuple[str, int]]) -> None:
        changes = settle(upserts, removals, {})
        if not changes:
            return
        lines = [self._line(document) for document in changes.documents]
        for record_id, version in changes.tombstones.items():
            # At the same version a removal wins.
            lines.append(_line(record_id, version, "external_gte", tombstone(record_id, version)))
        state = self._state()
        if state.live is None:
            self._create(f"{self._name}-v{_FORM}-first", self._name)
        # First into what is being built: should it go live in between, the second time finds it there.
        for alias in state.drafts.values():
            self._send(alias, lines)
        if not self._send(self._name, lines, wait=True):
            raise IndexBusyError("The search index is being replaced. Try again.")

    def rebuild(
        self,
        batches: Iterable[Sequence[IndexDocument]],
        late: Late = nothing_late,
        processes: int = 1,
    ) -> int:
        # Changes go into the live index and the draft alike, so none comes late. Sending is what takes time.
        del late, processes
        for left in self._state(sound=False).drafts:
            self._server.ask("DELETE", f"/{left}")
        draft = f"{self._name}-v{_FORM}-{new_id().lower()}"
        self._create(draft, _alias_in(draft))
        seen: set[str] = set()
        try:
            for batch in batches:
                fresh = {d.record_id: d for d in reversed(batch) if d.record_id not in seen}
                seen.update(fresh)
                if not self._send(_alias_in(draft), (self._line(d) for d in fresh.values())):
                    raise IndexBusyError("The search index is being built by somebody else.")
            self._server.ask("POST", f"/{draft}/_refresh")
            told = self._server.look(f"/{draft}/_count", {"query": _FOUND})
            # What changed meanwhile is in it too: more may be there, or a tombstone, but nothing less.
            if told is None or told["count"] < len(seen):
                raise refused("fewer documents than were sent")
            self._go_live(draft)
        except BaseException:
            with suppress(AktaError):
                # An answer may have been lost: what is live stays.
                if self._state(sound=False).live != draft:
                    self._server.ask("DELETE", f"/{draft}")
            raise
        return len(seen)

    def _go_live(self, draft: str) -> None:
        """In one step: the draft gets the name, all older indexes go."""
        state = self._state(sound=False)
        older = [name for name in (state.live, *state.others) if name is not None]
        actions: list[Json] = [{"remove_index": {"index": name}} for name in older]
        actions += [
            {"remove": {"index": draft, "alias": _alias_in(draft)}},
            {"add": {"index": draft, "alias": self._name}},
        ]
        # A draft that somebody deleted is not there for any of it.
        if self._server.ask("POST", "/_aliases", {"actions": actions}, again=False) is None:
            raise IndexBusyError("The search index is being built by somebody else.")

    def _create(self, name: str, alias: str) -> None:
        told = self._server.ask("PUT", f"/{name}", index_body([alias]), taken=True)
        if told is None:
            raise refused("no index that can be made")

    def _line(self, document: IndexDocument) -> bytes:
        ready = prepare(document, self._stages)
        return _line(document.record_id, document.version, "external", source(document, ready))

    def _send(self, alias: str, lines: Iterable[bytes], *, wait: bool = False) -> bool:
        """Write through an alias; False if it is not there. With `wait` until it can be found."""
        path = f"/{alias}/_bulk?require_alias=true" + ("&refresh=wait_for" if wait else "")
        return all(_taken(self._server.ask("POST", path, chunk)) for chunk in _chunks(lines))

    # -- reading -----------------------------------------------------------

    def _page(
        self, query: ast.Query, scopes: frozenset[str] | None, window: Window, facets: Sequence[str]
    ) -> SearchPage | None:
        if not self._there():
            return None
        form = forms.lower(query, self._stages, misread=window.guess)
        asked = permitted(compiled(form), scopes)
        window = window.ordered(ranked=forms.ranks(form))
        field, rising = ORDERS.get(window.sort, ("", False))
        way = "asc" if rising else "desc"
        body: Json = {"query": asked, "track_total_hits": True, "_source": True}
        # Equal scores stand by their ids, which moves no one when segments merge.
        body["sort"] = [{field: way}] if field else [{"_score": "desc"}, {"id": "desc"}]
        if facets:
            body["aggs"] = {
                name: {
                    "terms": {
                        "field": forms.COUNTED.get(name, name),
                        "size": _FACET_VALUES,
                        "shard_size": _LOOKED_AT,
                    }
                }
                for name in facets
            }
        skip = window.offset
        if window.after is not None:
            skip, body["search_after"] = 0, self._place(body, window.after)
        told = self._found(body, skip, window.limit + 1 if window.limit else 0)
        if told is None:
            # It was there before: gone with everything, or without its name, which is damage.
            self._looked = False
            self._there()
            return None
        first, found = told
        hits = [_hit(one) for one in found[: window.limit]]
        following = None
        if hits and len(found) > window.limit:
            following = window.position(hits, str(found[len(hits) - 1]["sort"][0]) if field else "0")
        counts = {
            name: {str(b["key"]): int(b["doc_count"]) for b in first["aggregations"][name]["buckets"]}
            for name in facets
        }
        return SearchPage(tuple(hits), int(first["hits"]["total"]["value"]), counts, next=following)

    def _place(self, body: Json, after: Position) -> list[Any]:
        """The sort values that a page goes on after."""
        if after.sort != "relevance":
            return [after.key]
        # Scores move with every change, so that of the last hit, or of one before it, is asked for.
        query = {"bool": {"must": [body["query"]], "filter": [{"terms": {"id": list(after.last)}}]}}
        told = self._server.look(
            self._search, {"query": query, "sort": body["sort"], "size": len(after.last)}
        )
        now = {hit["_id"]: hit["sort"] for hit in told["hits"]["hits"]} if told else {}
        score = after.score if math.isfinite(after.score) else 0.0
        return next((list(now[one]) for one in after.last if one in now), [score, ""])

    def _found(self, body: Json, skip: int, wanted: int) -> tuple[Json, list[Json]] | None:
        """The first answer and the hits wanted, in several steps where the server gives no more at once."""
        if skip + wanted <= _WINDOW:
            paged = {"from": skip} if skip else {}
            told = self._server.look(self._search, {**body, **paged, "size": wanted})
            return None if told is None else (_whole(told), told["hits"]["hits"])
        first: Json | None = None
        found: list[Json] = []
        left = skip + wanted
        while left:
            told = self._server.look(self._search, {**body, "size": min(left, _WINDOW)})
            if told is None:
                return None
            first = first or _whole(told)
            hits = told["hits"]["hits"]
            found += hits[max(0, skip) :]
            skip -= len(hits)
            left -= len(hits)
            if len(hits) < _WINDOW:
                break
            body = {**body, "search_after": hits[-1]["sort"], "track_total_hits": False}
            body.pop("aggs", None)
        return None if first is None else (first, found)

    def known(self, words: Sequence[str], *, scopes: frozenset[str] | None) -> bool:
        with self._words(scopes) as own:  # all of them in one question
            return own is not None and own.witness_of(words, (*forms.WORDS, "stem")) is not None

    def frequencies(self, words: Sequence[str]) -> tuple[dict[str, int], int]:
        with self._words(None) as own:
            if own is None:
                return dict.fromkeys(words, 0), 0
            return {**dict.fromkeys(words, 0), **own.having(("body",), words)}, self.count()

    @contextmanager
    def _words(self, scopes: frozenset[str] | None) -> Iterator[OpenSearchWords | None]:
        there = (scopes is None or scopes) and self._there()
        yield OpenSearchWords(self._server, self._search, scopes) if there else None

    def versions(self) -> Iterator[tuple[str, int]]:
        body: Json = {"query": permitted(_FOUND, None), "sort": [{"id": "asc"}], "size": _WINDOW}
        body["track_total_hits"] = False
        while self._there():
            told = self._server.look(self._search, body)
            hits = told["hits"]["hits"] if told else []
            for hit in hits:
                yield str(hit["_source"]["id"]), int(hit["_source"]["version"])
            if len(hits) < _WINDOW:
                return
            body["search_after"] = hits[-1]["sort"]

    def count(self) -> int:
        if not self._there():
            return 0
        told = self._server.look(f"/{self._name}/_count", {"query": permitted(_FOUND, None)})
        return 0 if told is None else int(told["count"])

    def traces(self) -> int:
        live = self._state().live
        told = None if live is None else self._server.ask("GET", f"/{live}/_stats/docs")
        return 0 if told is None else int(told["_all"]["primaries"]["docs"]["deleted"])

    def close(self) -> None:
        self._server.close()

    # -- which index -------------------------------------------------------

    def _there(self) -> bool:
        """Whether there is an index; looked at until there is one. Raises IndexDamagedError."""
        if not self._looked:
            self._looked = self._state().live is not None
        return self._looked

    def _state(self, *, sound: bool = True) -> _State:
        """The indexes of this name. Raises IndexDamagedError if they are not `sound`."""
        told = self._server.ask("GET", f"/{self._name}-v*/_alias") or {}
        name_of = re.compile(rf"{re.escape(self._name)}-v(\d+)-[0-9a-z]+")
        live: list[str] = []
        drafts: dict[str, str] = {}
        others: list[str] = []
        for name, what in told.items():
            form = name_of.fullmatch(name)
            if form is None:
                continue
            if self._name in what["aliases"]:
                live.append(name)
                if sound and int(form[1]) != _FORM:
                    raise refused("an index that was made by another version of Akta")
            elif _alias_in(name) in what["aliases"]:
                drafts[name] = _alias_in(name)
            else:
                others.append(name)
        if sound and (len(live) > 1 or (others and not live)):
            raise refused("no single index under its name")
        return _State(live[0] if live else None, drafts, others + live[1:])


def _alias_in(draft: str) -> str:
    return f"{draft}-in"


def _line(record_id: str, version: int, kind: str, entry: Json) -> bytes:
    action = {"index": {"_id": record_id, "version": version, "version_type": kind}}
    return f"{json.dumps(action)}\n{json.dumps(entry)}\n".encode("ascii")


def _chunks(lines: Iterable[bytes]) -> Iterator[bytes]:
    """Lines in portions to send."""
    portion: list[bytes] = []
    size = 0
    for line in lines:
        if portion and size + len(line) > _SENT:
            yield b"".join(portion)
            portion, size = [], 0
        portion.append(line)
        size += len(line)
    if portion:
        yield b"".join(portion)


def _taken(told: Json | None) -> bool:
    """Whether the alias was there; raises if an entry was not taken. A newer version there is no failure."""
    if told is None:
        return False
    for item in told["items"]:
        status = int(item["index"]["status"])
        if status == 404:
            return False
        if status in (429, 500, 503):
            raise IndexUnavailableError("The search server cannot take more now. Try again.")
        if status >= 300 and status != 409:
            raise refused(f"no place to a document ({item['index'].get('error', {}).get('type', 'unknown')})")
    return True


def _whole(told: Json) -> Json:
    if told.get("timed_out"):
        raise IndexUnavailableError("The search server took too long. Try again.")
    return told


def _hit(found: Json) -> Hit:
    # By a field's order nothing is scored.
    return Hit(str(found["_source"]["id"]), int(found["_source"]["version"]), float(found["_score"] or 0.0))
