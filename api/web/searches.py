"""Saved searches on pages: the list, one with its news, sharing, and what can be taken back."""

from datetime import datetime
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Query, Request
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.responses import Response

from akta.access.models import User
from akta.access.roles import ROLES
from akta.kernel.errors import AktaError, InvalidError, NotFoundError
from akta.kernel.ids import is_id
from akta.records.views import summary
from api.numbers import Number
from api.web.answers import attempt, back_to, said_by_us
from api.web.pages import page
from api.web.session import VisitDep, check_csrf
from indexer.model import SORTS
from indexer.query import parse
from indexer.saved.news import MOST_COUNTED, list_news, unseen, watched
from indexer.saved.searches import SearchDraft, as_data, compose, get_search, list_searches

router = APIRouter()
_NEWS = 100
_DONE = ("saved", "changed", "shared", "watched", "unwatched", "seen", "deleted", "restored")


@router.get("/searches")
def show_list(
    request: Request,
    visit: VisitDep,
    problem: Annotated[str, Query(max_length=300)] = "",
    seal: Annotated[str, Query(max_length=64)] = "",
    done: Annotated[str, Query(max_length=20)] = "",
    gone: Annotated[str, Query(max_length=26)] = "",
) -> Response:
    """One's own searches and those shared with one; `gone` is one just deleted, which can be restored."""
    with visit.app.database.read() as session:
        fresh, since = unseen(session, visit.principal), watched(session, visit.principal)
        items = [
            {
                **as_data(session, visit.principal, found),
                "news": fresh.get(found.id, 0),
                "watched": found.id in since,
            }
            for found in list_searches(session, visit.principal)
        ]
    for item in items:
        item["href"] = _address(item)
    return page(
        request,
        "searches.html",
        visit,
        items=items,
        most=MOST_COUNTED,
        gone=gone if is_id(gone) else "",
        problem=said_by_us(visit, problem, seal),
        done=done if done in _DONE else "",
    )


@router.post("/searches")
def save(
    visit: VisitDep,
    csrf: Annotated[str, Form()],
    name: Annotated[str, Form(max_length=200)],
    q: Annotated[str, Form(max_length=2000)],
    sort: Annotated[str, Form(max_length=16)] = "relevance",
    told: Annotated[str, Form(max_length=3)] = "",
) -> Response:
    """Keep what was searched for; with `told`, be told of news from now on."""
    check_csrf(visit, csrf)
    made = ""

    def run(session: Session) -> None:
        nonlocal made
        made = visit.app.searches.save(session, visit.principal, SearchDraft(name, q, sort)).id
        if told:
            session.flush()
            visit.app.news.watch(session, visit.principal, made)

    problem = attempt(visit, run)
    return back_to(visit, "/searches" if problem else f"/searches/{made}", problem, "saved")


@router.get("/searches/{search_id}")
def show(
    request: Request,
    search_id: str,
    visit: VisitDep,
    seen: Annotated[bool, Query()] = False,
    problem: Annotated[str, Query(max_length=300)] = "",
    seal: Annotated[str, Query(max_length=64)] = "",
    done: Annotated[str, Query(max_length=20)] = "",
) -> Response:
    """One search: its news, and for its owner what it is and who has it."""
    as_of = visit.app.clock.now()
    with visit.app.database.read() as session:
        found = get_search(session, visit.principal, search_id)
        told = as_data(session, visit.principal, found)
        since = watched(session, visit.principal).get(found.id)
        rows = list_news(session, visit.principal, found.id, seen=seen, limit=_NEWS)
        people = session.execute(
            select(User.login, User.name).where(User.active, User.id != visit.principal.user_id)
        ).all()
    return page(
        request,
        "saved_search.html",
        visit,
        search={**told, "href": _address(told)},
        broken=_broken(told["text"]),
        since=since,
        seen=seen,
        as_of=as_of.isoformat(),
        news=[
            {
                **summary(record, visit.language),
                "told_at": news.at.isoformat(),
                "fresh": news.seen_at is None,
            }
            for record, news in rows
        ],
        people=sorted(people, key=lambda person: person.name.casefold()) if told["mine"] else [],
        roles=list(ROLES),
        sorts=SORTS,
        problem=said_by_us(visit, problem, seal),
        done=done if done in _DONE else "",
    )


@router.post("/searches/{search_id}/change")
def change(
    search_id: str,
    visit: VisitDep,
    csrf: Annotated[str, Form()],
    version: Annotated[Number, Form()],
    name: Annotated[str, Form(max_length=200)],
    query: Annotated[str, Form(max_length=2000)],
    sort: Annotated[str, Form(max_length=16)],
) -> Response:
    """Rename one's own, or change what it asks."""
    check_csrf(visit, csrf)

    def run(session: Session) -> None:
        found = get_search(session, visit.principal, search_id)
        # The page shows the whole text; unchanged, the facets stay what they are.
        same = query.strip() == compose(found.query, found.facets)
        draft = SearchDraft(name, found.query, sort, found.facets) if same else SearchDraft(name, query, sort)
        visit.app.searches.change(session, visit.principal, search_id, draft, expected_version=version)

    return back_to(visit, f"/searches/{search_id}", attempt(visit, run), "changed")


@router.post("/searches/{search_id}/share")
def share(
    search_id: str,
    visit: VisitDep,
    csrf: Annotated[str, Form()],
    version: Annotated[Number, Form()],
    users: Annotated[list[str], Form()] = [],  # noqa: B006 - the form's way to say none
    roles: Annotated[list[str], Form()] = [],  # noqa: B006
) -> Response:
    """Say who else may run it."""
    check_csrf(visit, csrf)

    def run(session: Session) -> None:
        visit.app.searches.share(
            session, visit.principal, search_id, users=users, roles=roles, expected_version=version
        )

    return back_to(visit, f"/searches/{search_id}", attempt(visit, run), "shared")


@router.post("/searches/{search_id}/decide")
def decide(
    search_id: str,
    visit: VisitDep,
    csrf: Annotated[str, Form()],
    act: Annotated[str, Form(max_length=10)],
    until: Annotated[str, Form(max_length=40)] = "",
    to: Annotated[str, Form(max_length=10)] = "",
) -> Response:
    """Watch, stop watching, mark news as seen, delete or restore; `to` says which page comes then."""
    check_csrf(visit, csrf)
    app, who = visit.app, visit.principal
    done = {"watch": "watched", "unwatch": "unwatched", "see": "seen", "delete": "deleted"}.get(
        act, "restored"
    )

    def run(session: Session) -> None:
        match act:
            case "watch":
                app.news.watch(session, who, search_id)
            case "unwatch":
                app.news.unwatch(session, who, search_id)
            case "see":
                app.news.see(session, who, search_id, until=_instant(until))
            case "delete":
                app.searches.delete(session, who, search_id)
            case "restore":
                app.searches.restore(session, who, search_id)
            case _:
                raise NotFoundError("There is nothing here.")

    problem = attempt(visit, run)
    if done == "deleted" and not problem:
        return back_to(visit, "/searches", "", "deleted", gone=search_id)
    return back_to(visit, "/searches" if to == "list" else f"/searches/{search_id}", problem, done)


def _instant(text: str) -> datetime:
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        instant = None
    if instant is None or instant.tzinfo is None:
        raise InvalidError("The page is out of date. Load it again and repeat.")
    return instant


def _address(told: dict[str, Any]) -> str:
    """Where the search is run: on the search page, by whoever opens it."""
    query = {"q": told["text"]} | ({"sort": told["sort"]} if told["sort"] != "relevance" else {})
    return f"/search?{urlencode(query)}"


def _broken(text: str) -> bool:
    """Whether the search makes no sense any more: a type or a field was taken away."""
    try:
        parse(text)
    except AktaError:
        return True
    return False
