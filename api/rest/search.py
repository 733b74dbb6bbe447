"""Finding over HTTP."""

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Query

from akta.access.roles import Right
from akta.records.views import summary
from api.numbers import Number
from api.rest.deps import AppDep, Caller
from api.rest.schemas import RelatedOut, SearchOut, SuggestionsOut
from indexer.model import FACETS, SORTS
from indexer.query import parse
from indexer.shown import shown

router = APIRouter(tags=["search"])
_DEEPEST = 10_000
#: With so few hits another query is offered.
_FEW = 3


@router.get("/search", response_model=SearchOut, summary="Find records")
def search(
    app: AppDep,
    caller: Caller,
    q: Annotated[str, Query(max_length=2000, description="see docs/search.md")],
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    offset: Annotated[int, Query(ge=0, le=_DEEPEST)] = 0,
    facets: Annotated[str, Query(max_length=300, description="comma list: " + ", ".join(FACETS))] = "",
    sort: Annotated[str, Query(description=", ".join(SORTS))] = "relevance",
    cursor: Annotated[
        str | None, Query(max_length=600, description="`next_cursor` of a page of the same query and order")
    ] = None,
) -> dict[str, Any]:
    """Hits with snippets; each snippet names its page and the boxes of the hit on it."""
    caller.require(Right.READ)
    wanted = tuple(name for name in facets.split(",") if name)
    page, records = app.index.search(
        caller, q, limit=limit, offset=offset, facets=wanted, sort=sort, cursor=cursor
    )
    scores = {hit.record_id: hit.score for hit in page.hits}
    with app.database.read() as session:
        snippets = shown(session, [record.id for record in records], parse(q))
    items = [
        {
            **summary(record, caller.language),
            "score": scores[record.id],
            "snippets": [s.as_dict() for s in snippets.get(record.id, ())],
        }
        for record in records
    ]
    more = cursor is None and offset + limit < page.total and offset + limit <= _DEEPEST
    return {
        "items": items,
        "total": page.total,
        "facets": page.facets,
        "facet_names": page.names,
        "next_offset": offset + limit if more else None,
        "next_cursor": page.next.dump() if page.next else None,
        "did_you_mean": app.index.did_you_mean(caller, q) if page.total <= _FEW and cursor is None else None,
    }


@router.get("/search/suggest", response_model=SuggestionsOut, summary="Complete a query")
def suggest(
    app: AppDep,
    caller: Caller,
    q: Annotated[str, Query(max_length=2000)],
    position: Annotated[
        Number | None, Query(ge=0, description="of the cursor in q; its end if left out")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=20)] = 8,
) -> dict[str, Any]:
    """Words, fields, values and parties that the part of the query before the cursor may go on with.

    All of them are of records that the caller may see.
    """
    caller.require(Right.READ)
    found = app.index.suggest(caller, q, position, limit=limit)
    return {"items": [asdict(one) for one in found]}


@router.get("/records/{record_id}/similar", response_model=RelatedOut, summary="Similar and related records")
def similar(
    app: AppDep,
    caller: Caller,
    record_id: str,
    limit: Annotated[int, Query(ge=1, le=50)] = 10,
) -> dict[str, Any]:
    """Records like this one, and those that share a number, such as an order's, a party or the case."""
    caller.require(Right.READ)
    found = app.index.related(caller, record_id, limit=limit)
    return {
        "similar": [{**summary(r, caller.language), "score": score} for r, score in found.similar],
        "same_numbers": [{**summary(r, caller.language), "shared": s} for r, s in found.numbers],
        "same_parties": [{**summary(r, caller.language), "shared": s} for r, s in found.parties],
        "same_case": [summary(r, caller.language) for r in found.case],
    }
