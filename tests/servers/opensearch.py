"""A stand-in for an OpenSearch server: its documented HTTP API, as far as Akta uses it, over real HTTP.

No real cluster is at hand here, so this is written from the documentation alone
(docs.opensearch.org: document, alias, search and index APIs). It is strict: a path, a parameter or a key
that it does not know is refused as OpenSearch refuses what it does not know. It keeps everything in
memory, and as in OpenSearch nothing is found before a refresh.
"""

import contextlib
import json
import ssl
import threading
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from http.server import BaseHTTPRequestHandler
from urllib.parse import parse_qsl, unquote, urlsplit

from tests.servers.http import Quiet, answering
from tests.servers.opensearch_query import RefusedError, Searchable, bad, only, single

_TYPES = {
    "keyword": {"type", "doc_values", "ignore_above", "index"},
    "text": {"type", "analyzer"},
    "long": {"type"},
    "boolean": {"type"},
}


@dataclass
class _Index:
    fields: dict
    kept: list[str]
    aliases: set[str]
    entries: dict[str, tuple[int, dict]] = field(default_factory=dict)
    deleted: int = 0
    seen: Searchable | None = None
    fresh: bool = False

    def refresh(self) -> None:
        if not self.fresh or self.seen is None:
            self.seen = Searchable(self.fields, self.entries)
            self.fresh = True

    def searchable(self) -> Searchable:
        return self.seen or Searchable(self.fields, {})


class OpenSearch:
    """The server's state.

    `requests` are the methods and paths asked; `failing` are statuses to answer the next ones with, and
    `lost` paths that are done but whose answer does not arrive.
    """

    def __init__(self, user: str = "", password: str = "") -> None:
        self.indexes: dict[str, _Index] = {}
        self.requests: list[str] = []
        self.failing: list[int] = []
        self.lost: list[str] = []
        self.url = ""
        self._lock = threading.RLock()
        told = b64encode(f"{user}:{password}".encode()).decode()
        self._authorization = f"Basic {told}" if user else None

    def answer(self, method: str, target: str, authorization: str | None, body: bytes) -> tuple[int, dict]:
        """The status and the JSON of an answer."""
        with self._lock:
            self.requests.append(f"{method} {target}")
            if self.failing:
                return self.failing.pop(0), {"error": {"type": "made_to_fail"}, "status": 0}
            if self._authorization not in (None, authorization):
                return 401, {"error": "Unauthorized", "status": 401}
            parts = urlsplit(target)
            parameters = dict(parse_qsl(parts.query, strict_parsing=True) if parts.query else ())
            try:
                path = [unquote(p) for p in parts.path.strip("/").split("/")]
                done = self._route(method, path, parameters, body)
                if parts.path in self.lost:
                    self.lost.remove(parts.path)
                    return 504, {"error": {"type": "lost"}, "status": 504}
                return done
            except RefusedError as refused:
                return refused.status, refused.body()

    def _route(self, method: str, path: list[str], parameters: dict, body: bytes) -> tuple[int, dict]:
        match method, path:
            case "POST", ["_aliases"]:
                only(parameters, [], "aliases")
                return self._change_aliases(json.loads(body))
            case "GET", [pattern, "_alias"]:
                only(parameters, [], "alias")
                names = [n for n in self.indexes if fnmatchcase(n, pattern)]
                return 200, {n: {"aliases": {a: {} for a in self.indexes[n].aliases}} for n in names}
            case "PUT", [name]:
                only(parameters, [], "create")
                return self._create(name, json.loads(body))
            case "DELETE", [name]:
                self._named(name)
                del self.indexes[name]
                return 200, {"acknowledged": True}
            case "POST", [name, "_bulk"]:
                only(parameters, ["require_alias", "refresh"], "bulk")
                return self._bulk(name, parameters, body)
            case "POST", [name, "_refresh"]:
                self._named(name).refresh()
                return 200, {"_shards": {"total": 1, "successful": 1, "failed": 0}}
            case "POST", [name, "_count"]:
                asked = json.loads(body)
                only(asked, ["query"], "count")
                return 200, {"count": len(self._named(name).searchable().answer(asked["query"]))}
            case "GET", [name, "_stats", "docs"]:
                index = self._named(name)
                docs = {"docs": {"count": len(index.entries), "deleted": index.deleted}}
                return 200, {"_all": {"primaries": docs, "total": docs}}
            case "POST", [name, "_search"]:
                only(parameters, ["search_type", "allow_partial_search_results"], "search")
                return 200, _search(self._named(name), name, json.loads(body))
        raise bad(f"no handler found for uri {path} and method {method}", "illegal_argument_exception")

    def _named(self, name: str) -> _Index:
        found = [i for n, i in self.indexes.items() if n == name or name in i.aliases]
        if not found:
            raise RefusedError(404, "index_not_found_exception", f"no such index [{name}]")
        if len(found) > 1:
            raise bad(f"alias [{name}] has more than one index", "illegal_argument_exception")
        return found[0]

    def _create(self, name: str, body: dict) -> tuple[int, dict]:
        if name in self.indexes:
            raise bad(f"index [{name}] already exists", "resource_already_exists_exception")
        if name != name.lower() or any(c in name for c in ' "*+,/\\|?#>:<') or name[0] in "-_+":
            raise bad(f"Invalid index name [{name}]", "invalid_index_name_exception")
        only(body, ["settings", "mappings", "aliases"], "create")
        only(body["settings"], ["index", "analysis"], "settings")
        spaces = {"analyzer": {"spaces": {"type": "custom", "tokenizer": "whitespace"}}}
        if body["settings"]["analysis"] != spaces:
            raise bad("this stand-in parts words at blanks only", "illegal_argument_exception")
        mappings = body["mappings"]
        only(mappings, ["dynamic", "_source", "properties"], "mappings")
        for how in mappings["properties"].values():
            only(how, _TYPES[how["type"]], "mapping")
        if mappings["dynamic"] != "strict":
            raise bad("this stand-in knows strict mappings only", "mapper_parsing_exception")
        for alias in body["aliases"]:
            self._may_be_called(alias)
        self.indexes[name] = _Index(
            mappings["properties"], mappings["_source"]["includes"], set(body["aliases"])
        )
        self.indexes[name].refresh()
        return 200, {"acknowledged": True, "shards_acknowledged": True, "index": name}

    def _may_be_called(self, alias: str) -> None:
        if alias in self.indexes:
            raise bad("an index exists with the same name as the alias", "invalid_alias_name_exception")

    def _change_aliases(self, body: dict) -> tuple[int, dict]:
        only(body, ["actions"], "aliases")
        actions = [single(action, "action") for action in body["actions"]]
        # All or nothing, and whole indexes go first.
        for kind, how in actions:
            # `must_exist` is known from 2.12 on only.
            only(how, ["index"] if kind == "remove_index" else ["index", "alias"], kind)
            self._named(how["index"])
            if kind == "add":
                self._may_be_called(how["alias"])
        for kind, how in sorted(actions, key=lambda a: a[0] != "remove_index"):
            if kind == "remove_index":
                del self.indexes[how["index"]]
            elif kind == "remove":
                self.indexes[how["index"]].aliases.discard(how["alias"])
            elif kind == "add":
                self.indexes[how["index"]].aliases.add(how["alias"])
            else:
                raise bad(f"Unknown action [{kind}]")
        return 200, {"acknowledged": True}

    def _bulk(self, name: str, parameters: dict, body: bytes) -> tuple[int, dict]:
        if not body.endswith(b"\n"):
            raise bad("The bulk request must be terminated by a newline [\\n]", "illegal_argument_exception")
        lines = body.decode().split("\n")[:-1]
        an_alias = any(name in index.aliases for index in self.indexes.values())
        items = []
        for action, entry in zip(lines[::2], lines[1::2], strict=True):
            kind, what = single(json.loads(action), "bulk")
            if kind != "index":
                raise bad("this stand-in knows the action index only", "illegal_argument_exception")
            only(what, ["_id", "version", "version_type"], "bulk")
            try:
                if parameters.get("require_alias") != "true":
                    raise bad("this stand-in wants require_alias", "illegal_argument_exception")
                if not an_alias:
                    reason = f"no such index [{name}] and [require_alias] request flag is [true]"
                    raise RefusedError(404, "index_not_found_exception", reason)
                status = _take(self._named(name), what, json.loads(entry))
                items.append({"index": {"_id": what["_id"], "_version": what["version"], "status": status}})
            except RefusedError as refused:
                error = refused.body()["error"]
                items.append({"index": {"_id": what["_id"], "status": refused.status, "error": error}})
        if an_alias and parameters.get("refresh") in ("true", "wait_for"):
            self._named(name).refresh()
        return 200, {"took": 1, "errors": any("error" in i["index"] for i in items), "items": items}


def _take(index: _Index, what: dict, entry: dict) -> int:
    unknown = set(entry) - set(index.fields)
    if unknown:
        raise bad(f"mapping set to strict, {sorted(unknown)} not allowed", "strict_dynamic_mapping_exception")
    if len(what["_id"].encode()) > 512 or not what["_id"]:
        raise bad("id is too long", "illegal_argument_exception")
    have = index.entries.get(what["_id"])
    newer = have is None or what["version"] > have[0]
    if not newer and not (what["version_type"] == "external_gte" and have and what["version"] == have[0]):
        reason = f"[{what['_id']}]: version conflict"
        raise RefusedError(409, "version_conflict_engine_exception", reason)
    Searchable(index.fields, {"": (0, entry)})  # tells what cannot be indexed
    index.deleted += have is not None
    index.entries[what["_id"]] = (what["version"], entry)
    index.fresh = False
    return 201 if have is None else 200


def _search(index: _Index, name: str, body: dict) -> dict:
    allowed = ["query", "size", "from", "sort", "search_after", "track_total_hits", "aggs", "_source"]
    only(body, allowed, "search")
    size, start = body.get("size", 10), body.get("from", 0)
    if start + size > 10_000:
        raise bad("Result window is too large", "illegal_argument_exception")
    seen = index.searchable()
    found = seen.answer(body["query"])
    sort = body.get("sort", [{"_score": "desc"}])
    ways = [way for part in sort for way in part.values()]
    ranked = [(seen.sort_values(sort, one, score), one) for one, score in found.items()]
    for at in reversed(range(len(sort))):
        present = [r for r in ranked if r[0][at] is not None]
        absent = [r for r in ranked if r[0][at] is None]
        ranked = sorted(present, key=lambda r: r[0][at], reverse=ways[at] == "desc") + absent
    after = body.get("search_after")
    if after is not None:
        if len(after) != len(sort) or start:
            raise bad("`search_after` has another number of values than `sort`", "illegal_argument_exception")
        ranked = [r for r in ranked if _beyond(r[0], after, ways)]
    by_score = "_score" in sort[0]
    told: dict = {
        "took": 1,
        "timed_out": False,
        "_shards": {"total": 1, "successful": 1, "skipped": 0, "failed": 0},
        "hits": {
            "hits": [
                {
                    "_index": name,
                    "_id": one,
                    "_score": found[one] if by_score else None,
                    "_source": {k: v for k, v in seen.entries[one][1].items() if k in index.kept},
                    "sort": values,
                }
                for values, one in ranked[start : start + size]
            ]
        },
    }
    if body.get("track_total_hits") is True:
        told["hits"]["total"] = {"value": len(found), "relation": "eq"}
    if "aggs" in body:
        told["aggregations"] = {n: seen.counted(asked, found) for n, asked in body["aggs"].items()}
    return told


def _beyond(values: list, after: list, ways: list[str]) -> bool:
    for value, edge, way in zip(values, after, ways, strict=True):
        if value is None:
            return True
        if value != edge:
            return value > edge if way == "asc" else value < edge
    return False


@contextlib.contextmanager
def opensearch(user: str = "", password: str = "", tls: ssl.SSLContext | None = None) -> Iterator[OpenSearch]:
    """The stand-in on a free port of the loopback interface, in this process; with `tls` over HTTPS."""
    state = OpenSearch(user, password)

    class Handler(Quiet, BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def _reply(self) -> None:
            sent = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            status, told = state.answer(self.command, self.path, self.headers.get("Authorization"), sent)
            self.answer(status, "application/json; charset=UTF-8", json.dumps(told).encode())

        do_GET = do_POST = do_PUT = do_DELETE = _reply  # noqa: N815  # the names are http.server's

    with answering(Handler, tls) as state.url:
        yield state
