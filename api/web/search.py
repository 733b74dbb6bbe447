"""The search desk: words or a precise query, hits with the place where it says so.

The list of hits is one template, sent within the page or by itself while somebody types.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import JSONResponse, Response

from akta.access.roles import Right
from akta.kernel.clock import civil_date
from akta.kernel.errors import AktaError, InvalidError
from akta.records.views import summary
from api.numbers import Number
from api.web import facets, search_labels
from api.web.looks import look_at
from api.web.pages import page, part
from api.web.query_form import builder
from api.web.session import Visit, VisitDep
from api.web.wording import tell
from indexer.model import SORTS
from indexer.query import parse
from indexer.query.pieces import begun
from indexer.shown import shown
from indexer.snippets import Snippet

router = APIRouter()
SIZES = (10, 20, 50, 100)
_SIZE = 20
_DEEPEST = 10_000
#: With so few hits another query is offered.
_FEW = 3
_COMPLETIONS = 7


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address of a search says; `number` is that of the page, from 1."""

    q: str
    sort: str
    size: int
    cursor: str | None
    number: int
    offset: int

    def link(self, **changes: object) -> str:
        """The address with changes; a changed query, order or size begins with the first page again."""
        now: dict[str, object] = {"q": self.q, "sort": self.sort, "size": self.size, **changes}
        usual = {"sort": "relevance", "size": _SIZE, "offset": 0, "cursor": None, "n": 1}
        return "/search?" + urlencode({k: v for k, v in now.items() if usual.get(k, "") != v})


def asked(
    q: Annotated[str, Query(max_length=2000)] = "",
    sort: Annotated[str, Query(max_length=20)] = "relevance",
    size: Annotated[Number, Query()] = _SIZE,
    cursor: Annotated[str | None, Query(max_length=600)] = None,
    n: Annotated[int, Query(ge=1, le=10**9)] = 1,
    offset: Annotated[int, Query(ge=0, le=_DEEPEST)] = 0,
) -> Asked:
    """The address as it was asked; an order or size that there is not becomes the usual one."""
    sort = sort if sort in SORTS else "relevance"
    size = size if size in SIZES else _SIZE
    number = n if cursor else offset // size + 1
    return Asked(q, sort, size, cursor, number, offset)


AskedDep = Annotated[Asked, Depends(asked)]


@router.get("/search")
def show(request: Request, visit: VisitDep, asked: AskedDep) -> Response:
    """The search page; a query with a mistake is answered with where and what it is."""
    visit.principal.require(Right.READ)
    return page(request, "search.html", visit, **_found(visit, asked), **builder(visit, asked.q))


@router.get("/search/hits")
def hits(request: Request, visit: VisitDep, asked: AskedDep) -> Response:
    """The hits alone, for a page that is open already."""
    visit.principal.require(Right.READ)
    return part(request, "search_found.html", visit, **_found(visit, asked))


@router.get("/search/complete")
def complete(
    visit: VisitDep, q: Annotated[str, Query(max_length=2000)], at: Annotated[Number, Query(ge=0)]
) -> JSONResponse:
    """How the query may go on at a place, of what the person may see."""
    visit.principal.require(Right.READ)
    found = visit.app.index.suggest(visit.principal, q, at, limit=_COMPLETIONS)
    return JSONResponse([asdict(one) for one in found])


def _found(visit: Visit, asked: Asked) -> dict[str, Any]:
    """What the list of hits shows."""
    told: dict[str, Any] = {
        "asked": asked,
        "q": asked.q,
        "hits": [],
        "total": 0,
        "groups": [],
        "picked": [],
        "problem": None,
        "meant": None,
        "begun": None,
        "pages": {},
        "sorts": [(code, search_labels.order(code, visit.language)) for code in SORTS],
        "sizes": SIZES,
        "today": civil_date(visit.app.clock.now(), visit.app.settings.zone).isoformat(),
    }
    if not asked.q.strip():
        return told
    try:
        return told | _searched(visit, asked)
    except AktaError as error:
        return told | {"problem": _problem(error, asked, visit.language)}


def _searched(visit: Visit, asked: Asked) -> dict[str, Any]:
    app, principal = visit.app, visit.principal
    cursor, offset = asked.cursor, asked.offset
    try:
        found, records = app.index.search(
            *(principal, asked.q),
            limit=asked.size,
            offset=offset,
            facets=facets.SHOWN,
            sort=asked.sort,
            cursor=cursor,
        )
    except InvalidError:
        if cursor is None:
            raise
        return _searched(visit, replace(asked, cursor=None, number=1))  # an address of before
    wider = begun(asked.q) if not found.total else None
    if wider is not None:  # a word that is still being typed
        more = _searched(visit, replace(asked, q=wider, cursor=None, number=1, offset=0))
        if more["total"]:
            return more | {"begun": wider}
    with app.database.read() as session:
        snippets = shown(session, [r.id for r in records], parse(asked.q), limit=2)
    groups, picked = facets.facets(app, principal, asked.q, found, visit.language)
    few = found.total <= _FEW and asked.number == 1
    before = (asked.number - 2) * asked.size
    pages = {"first": (asked.number - 1) * asked.size + 1 if records else 0}
    pages["last"] = pages["first"] + len(records) - 1 if records else 0
    links = {
        # A cursor leads on only; back goes by offset as deep as that reaches.
        "previous": asked.link(offset=before) if asked.number > 1 and before <= _DEEPEST else None,
        "beginning": asked.link() if asked.number > 2 else None,
        "next": asked.link(cursor=found.next.dump(), n=asked.number + 1) if found.next else None,
    }
    return {
        "hits": [_hit(summary(r, visit.language), snippets.get(r.id, []), asked.q) for r in records],
        "total": found.total,
        "groups": groups,
        "picked": picked,
        "meant": app.index.did_you_mean(principal, asked.q) if few else None,
        "pages": pages | links,
    }


def _hit(record: dict[str, Any], snippets: list[Snippet], q: str) -> dict[str, Any]:
    """A hit with the part of the page to show, and where a click leads."""

    def address(number: int | None) -> str:
        return f"/records/{record['id']}?" + urlencode({"q": q, **({"page": number} if number else {})})

    told = [{**s.as_dict(), "link": address(s.page)} for s in snippets]
    return {
        **record,
        "link": address(snippets[0].page if snippets else None),
        "look": look_at(snippets),
        "snippets": [{**s, "parts": _parts(s)} for s in told],
    }


def _parts(snippet: Mapping[str, Any]) -> list[tuple[str, bool]]:
    """A snippet's text as (text, is a hit) in order."""
    text, parts, at = snippet["text"], [], 0
    for start, end in snippet["hits"]:
        parts.append((text[at:start], False))
        parts.append((text[start:end], True))
        at = end
    parts.append((text[at:], False))
    return [part for part in parts if part[0]]


def _problem(error: AktaError, asked: Asked, language: str) -> dict[str, Any]:
    """What is wrong, where in the query, and another query if one can be told."""
    q, at = asked.q, error.params.get("position")
    told: dict[str, Any] = {"text": tell(error, language), "where": None, "meant": None}
    if isinstance(at, int):
        at = min(at, len(q))
        end = next((i for i in range(at, len(q)) if q[i].isspace() or q[i] in "()"), len(q))
        told["where"] = {"at": at, "before": q[:at], "wrong": q[at:end], "after": q[end:]}
        wrong, meant = error.params.get("wrong"), error.params.get("meant")
        if isinstance(wrong, str) and isinstance(meant, str):
            told["meant"] = q[:at] + q[at:].replace(wrong, meant, 1)
    return told
