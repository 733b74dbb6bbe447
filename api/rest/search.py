"""Finding over HTTP."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from sqlalchemy import select

from akta.access.roles import Right
from akta.records.models import PageText
from akta.records.pages import unpack
from akta.records.views import summary
from api.rest.deps import AppDep, Caller
from api.rest.schemas import SearchOut
from indexer.query import parse
from indexer.snippets import PageWords, snippets

router = APIRouter(tags=["search"])
_SNIPPET_PAGES = 5


@router.get("/search", response_model=SearchOut, summary="Find records")
def search(
    app: AppDep,
    caller: Caller,
    q: Annotated[str, Query(max_length=2000, description="see docs/search.md")],
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    offset: Annotated[int, Query(ge=0, le=10_000)] = 0,
    facets: Annotated[str, Query(description="comma list: domain, type, state, class, language")] = "",
    sort: str = "relevance",
) -> dict[str, Any]:
    """Hits with snippets; each snippet names its page and the boxes of the hit on it."""
    caller.require(Right.READ)
    wanted = tuple(name for name in facets.split(",") if name)
    page, records = app.index.search(caller, q, limit=limit, offset=offset, facets=wanted, sort=sort)
    scores = {hit.record_id: hit.score for hit in page.hits}
    tree = parse(q)
    items = []
    with app.database.read() as session:
        for record in records:
            rows = session.scalars(
                select(PageText)
                .where(PageText.record_id == record.id)
                .order_by(PageText.number)
                .limit(_SNIPPET_PAGES)
            ).all()
            pages = [PageWords(row.number, row.text, tuple(unpack(row.words))) for row in rows]
            items.append(
                {
                    **summary(record, caller.language),
                    "score": scores[record.id],
                    "snippets": [s.as_dict() for s in snippets(pages, tree)],
                }
            )
    more = offset + limit < page.total
    return {
        "items": items,
        "total": page.total,
        "facets": page.facets,
        "next_offset": offset + limit if more else None,
    }
