"""Saved searches over HTTP: keeping, sharing, running, and being told of news."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Response
from sqlalchemy.orm import Session

from akta.access.principal import Principal
from akta.access.roles import Right
from akta.kernel.errors import InvalidError
from akta.kernel.ids import is_id
from akta.records.views import summary
from api.rest.deps import AppDep, Caller, ExpectedVersion
from api.rest.idempotency import fingerprint, once
from api.rest.saved_schemas import (
    NewsOut,
    SavedSearchesOut,
    SavedSearchOut,
    SearchChangeIn,
    SearchIn,
    SeenIn,
    SharesIn,
)
from indexer.saved.models import SavedSearch
from indexer.saved.news import list_news, unseen, unseen_count, watched
from indexer.saved.searches import SearchDraft, as_data, compose, get_search, list_searches

router = APIRouter(tags=["saved searches"])


def _told(session: Session, caller: Principal, found: SavedSearch) -> dict[str, Any]:
    since = watched(session, caller).get(found.id)
    return {
        **as_data(session, caller, found),
        "told_since": since.isoformat() if since else None,
        "news": unseen(session, caller).get(found.id, 0),
    }


def _answer(response: Response, told: dict[str, Any]) -> dict[str, Any]:
    response.headers["etag"] = f'"{told["id"]}.{told["version"]}"'
    return told


@router.get("/searches", response_model=SavedSearchesOut, summary="Saved searches")
def get_searches(app: AppDep, caller: Caller) -> dict[str, Any]:
    """One's own and those shared with one, with how much is new in each."""
    with app.database.read() as session:
        found = list_searches(session, caller)
        since, fresh = watched(session, caller), unseen(session, caller)
        items = [
            {
                **as_data(session, caller, one),
                "told_since": since[one.id].isoformat() if one.id in since else None,
                "news": fresh.get(one.id, 0),
            }
            for one in found
        ]
        return {"items": items, "news": unseen_count(session, caller)}


@router.post("/searches", status_code=201, response_model=SavedSearchOut, summary="Save a search")
def save_search(
    body: SearchIn,
    app: AppDep,
    caller: Caller,
    response: Response,
    idempotency_key: Annotated[str | None, Header()] = None,
) -> dict[str, Any]:
    """Under a name of one's own; nobody else sees it until it is shared."""
    caller.require(Right.READ)

    def work(session: Session) -> dict[str, Any]:
        draft = SearchDraft(body.name, body.query, body.sort, body.facets)
        return _told(session, caller, app.searches.save(session, caller, draft))

    print_ = fingerprint("search", body.model_dump_json())
    return _answer(response, once(app, caller, idempotency_key, print_, work))


@router.get("/searches/{search_id}", response_model=SavedSearchOut, summary="One saved search")
def get_one(search_id: str, app: AppDep, caller: Caller, response: Response) -> dict[str, Any]:
    """The ETag is needed to change it."""
    with app.database.read() as session:
        return _answer(response, _told(session, caller, get_search(session, caller, search_id)))


@router.patch("/searches/{search_id}", response_model=SavedSearchOut, summary="Change a saved search")
def change_search(
    search_id: str,
    body: SearchChangeIn,
    app: AppDep,
    caller: Caller,
    version: ExpectedVersion,
    response: Response,
) -> dict[str, Any]:
    """Name, query, order or facets. Only the owner's; those it is shared with have the new one at once."""
    with app.database.write() as session:
        found = get_search(session, caller, search_id)
        draft = SearchDraft(
            found.name if body.name is None else body.name,
            found.query if body.query is None else body.query,
            body.sort or found.sort,
            found.facets if body.facets is None else body.facets,
        )
        made = app.searches.change(session, caller, search_id, draft, expected_version=version)
        return _answer(response, _told(session, caller, made))


@router.delete("/searches/{search_id}", summary="Delete a saved search")
def delete_search(search_id: str, app: AppDep, caller: Caller, version: ExpectedVersion) -> dict[str, Any]:
    """It can be restored for 30 days."""
    with app.database.write() as session:
        app.searches.delete(session, caller, search_id, expected_version=version)
    return {"id": search_id, "deleted": True}


@router.post("/searches/{search_id}/restore", response_model=SavedSearchOut, summary="Take a deletion back")
def restore_search(search_id: str, app: AppDep, caller: Caller, response: Response) -> dict[str, Any]:
    """With its shares, and with the news of those who watch it."""
    with app.database.write() as session:
        made = app.searches.restore(session, caller, search_id)
        return _answer(response, _told(session, caller, made))


@router.put("/searches/{search_id}/shares", response_model=SavedSearchOut, summary="Share a search")
def share_search(
    search_id: str,
    body: SharesIn,
    app: AppDep,
    caller: Caller,
    version: ExpectedVersion,
    response: Response,
) -> dict[str, Any]:
    """With people and roles. They run it with their own rights and find what they may see."""
    with app.database.write() as session:
        made = app.searches.share(
            session, caller, search_id, users=body.users, roles=body.roles, expected_version=version
        )
        return _answer(response, _told(session, caller, made))


@router.get("/searches/{search_id}/results", summary="Run a saved search")
def run_search(
    search_id: str,
    app: AppDep,
    caller: Caller,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    offset: Annotated[int, Query(ge=0, le=10_000)] = 0,
) -> dict[str, Any]:
    """What the caller may see of what fits. For snippets and facets give its `text` to /v1/search."""
    with app.database.read() as session:
        found = get_search(session, caller, search_id)
    text = compose(found.query, found.facets)
    page, records = app.index.search(caller, text, limit=limit, offset=offset, sort=found.sort)
    return {
        "items": [summary(record, caller.language) for record in records],
        "total": page.total,
        "next_offset": offset + limit if offset + limit < page.total else None,
    }


@router.put("/searches/{search_id}/watch", response_model=SavedSearchOut, summary="Be told of news")
def watch_search(search_id: str, app: AppDep, caller: Caller, response: Response) -> dict[str, Any]:
    """From now on, of what is filed and fits and the caller may see. Nothing is sent by e-mail."""
    with app.database.write() as session:
        app.news.watch(session, caller, search_id)
        session.flush()
        return _answer(response, _told(session, caller, get_search(session, caller, search_id)))


@router.delete("/searches/{search_id}/watch", summary="Be told no more")
def unwatch_search(search_id: str, app: AppDep, caller: Caller) -> dict[str, Any]:
    """What was told is forgotten."""
    with app.database.write() as session:
        app.news.unwatch(session, caller, search_id)
    return {"id": search_id, "told": False}


@router.get("/searches/{search_id}/news", response_model=NewsOut, summary="News of a saved search")
def get_news(
    search_id: str,
    app: AppDep,
    caller: Caller,
    seen: Annotated[bool, Query(description="also what was seen")] = False,
    cursor: str | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> dict[str, Any]:
    """Records that the caller was told of and may still see."""
    now = app.clock.now()
    with app.database.read() as session:
        rows = list_news(
            session, caller, search_id, seen=seen, limit=limit + 1, after=_after(cursor) if cursor else None
        )
    items = [
        {
            **summary(record, caller.language),
            "told_at": news.at.isoformat(),
            "seen_at": news.seen_at.isoformat() if news.seen_at else None,
        }
        for record, news in rows[:limit]
    ]
    more = f"{items[-1]['told_at']}~{items[-1]['id']}" if len(rows) > limit else None
    return {"items": items, "as_of": now.isoformat(), "next_cursor": more}


def _after(cursor: str) -> tuple[datetime, str]:
    at, _, record_id = cursor.partition("~")
    try:
        instant = datetime.fromisoformat(at)
    except ValueError:
        instant = None
    if instant is None or instant.tzinfo is None or not is_id(record_id):
        raise InvalidError("That is not a cursor of this list.", cursor=cursor[:80])
    return instant, record_id


@router.post("/searches/{search_id}/news/seen", summary="Mark news as seen")
def see_news(search_id: str, body: SeenIn, app: AppDep, caller: Caller) -> dict[str, Any]:
    """Some records, or all up to an instant; what was told later stays unseen."""
    with app.database.write() as session:
        count = app.news.see(session, caller, search_id, records=body.records, until=body.until)
    return {"id": search_id, "seen": count}
