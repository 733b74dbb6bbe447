"""The search desk: words or a precise query, hits with the place where it says so."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from akta.access.roles import Right
from akta.kernel.clock import civil_date
from akta.kernel.errors import AktaError
from akta.records.views import summary
from api.web.pages import page
from api.web.session import VisitDep
from api.web.wording import tell
from indexer.query import parse
from indexer.shown import shown

router = APIRouter()
_PAGE = 20
_FACETS = ("domain", "type", "state")


@router.get("/search")
def show(
    request: Request,
    visit: VisitDep,
    q: Annotated[str, Query(max_length=2000)] = "",
    offset: Annotated[int, Query(ge=0, le=10_000)] = 0,
) -> Response:
    """The search page; a query with a mistake is answered with where and what it is."""
    visit.principal.require(Right.READ)
    hits: list[dict[str, Any]] = []
    total, facets, problem, position = 0, {}, "", None
    if q.strip():
        try:
            found, records = visit.app.index.search(
                visit.principal, q, limit=_PAGE, offset=offset, facets=_FACETS
            )
            total, facets = found.total, found.facets
            with visit.app.database.read() as session:
                snippets = shown(session, [r.id for r in records], parse(q), limit=2)
            for record in records:
                told = [s.as_dict() for s in snippets.get(record.id, ())]
                hits.append(
                    {
                        **summary(record, visit.language),
                        "snippets": [{**s, "parts": _parts(s)} for s in told],
                    }
                )
        except AktaError as error:
            problem, position = tell(error, visit.language), error.params.get("position")
    return page(
        request,
        "search.html",
        visit,
        q=q,
        hits=hits,
        total=total,
        facets=facets,
        problem=problem,
        position=position,
        offset=offset,
        page_size=_PAGE,
        today=civil_date(visit.app.clock.now(), visit.app.settings.zone).isoformat(),
    )


def _parts(snippet: dict[str, Any]) -> list[tuple[str, bool]]:
    """A snippet's text as (text, is a hit) in order."""
    text, parts, at = snippet["text"], [], 0
    for start, end in snippet["hits"]:
        parts.append((text[at:start], False))
        parts.append((text[start:end], True))
        at = end
    parts.append((text[at:], False))
    return [part for part in parts if part[0]]
