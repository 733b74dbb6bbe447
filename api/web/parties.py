"""Parties on pages: the list, one with its papers and spellings, and what is likely the same."""

from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.responses import Response

from akta.access.models import ApiToken, User
from akta.access.roles import Right
from akta.kernel.ids import is_id
from akta.records.parties.suggestions import list_suggestions
from akta.records.parties.visible import list_parties, party_detail
from api.web.answers import attempt, back_to, said_by_us
from api.web.pages import page
from api.web.session import VisitDep, check_csrf

router = APIRouter()
_PAGE = 50
_DONE = ("merged", "undone", "apart", "split", "renamed")


@router.get("/parties")
def show_list(
    request: Request,
    visit: VisitDep,
    q: Annotated[str, Query(max_length=300)] = "",
    after: Annotated[str, Query(max_length=40)] = "",
) -> Response:
    """All parties that the person's papers name, or those whose name or number fits."""
    visit.principal.require(Right.READ)
    with visit.app.database.read() as session:
        items, more = list_parties(
            session, visit.principal, q, after=after if is_id(after) else None, limit=_PAGE
        )
        waiting, _ = list_suggestions(session, visit.principal, limit=_PAGE)
    return page(
        request, "parties.html", visit, q=q, items=items, after=after, more=more or "", waiting=len(waiting)
    )


@router.get("/parties/suggestions")
def show_suggestions(
    request: Request,
    visit: VisitDep,
    offset: Annotated[int, Query(ge=0, le=100_000)] = 0,
    problem: Annotated[str, Query(max_length=300)] = "",
    seal: Annotated[str, Query(max_length=64)] = "",
    done: Annotated[str, Query(max_length=20)] = "",
) -> Response:
    """Pairs that are likely one party, to merge or to keep apart."""
    visit.principal.require(Right.READ)
    with visit.app.database.read() as session:
        items, more = list_suggestions(session, visit.principal, offset=offset, limit=_PAGE)
    return page(
        request,
        "party_suggestions.html",
        visit,
        items=items,
        offset=offset,
        more=more,
        may_decide=visit.principal.may(Right.DECIDE),
        problem=said_by_us(visit, problem, seal),
        done=done if done in _DONE else "",
    )


@router.get("/parties/{party_id}")
def show(
    request: Request,
    party_id: str,
    visit: VisitDep,
    after: Annotated[str, Query(max_length=40)] = "",
    problem: Annotated[str, Query(max_length=300)] = "",
    seal: Annotated[str, Query(max_length=64)] = "",
    done: Annotated[str, Query(max_length=20)] = "",
) -> Response:
    """One party."""
    visit.principal.require(Right.READ)
    with visit.app.database.read() as session:
        party = party_detail(
            session,
            visit.principal,
            party_id,
            after=after if is_id(after) else None,
            limit=_PAGE,
            language=visit.language,
        )
        likely, _ = list_suggestions(session, visit.principal, limit=10, party_id=party["id"])
        people = _people(session, [m["actor"] for m in party["merges"]])
    cores = {s["core"] for s in party["spellings"]}
    return page(
        request,
        "party.html",
        visit,
        party=party,
        likely=[p for pair in likely for p in pair["parties"] if p["id"] != party["id"]],
        people=people,
        several=len(cores) > 1,
        after=after,
        may_decide=visit.principal.may(Right.DECIDE),
        problem=said_by_us(visit, problem, seal),
        done=done if done in _DONE else "",
    )


@router.post("/parties/{party_id}/decide")
def decide(
    party_id: str,
    visit: VisitDep,
    csrf: Annotated[str, Form()],
    act: Annotated[str, Form(max_length=10)],
    other: Annotated[str, Form(max_length=40)] = "",
    text: Annotated[str, Form(max_length=300)] = "",
    to: Annotated[str, Form(max_length=20)] = "",
) -> Response:
    """Merge, keep apart, split a spelling off, or name a party; `to` says which page comes then."""
    check_csrf(visit, csrf)
    decisions, who = visit.app.party_decisions, visit.principal
    done = ""

    def run(session: Session) -> None:
        nonlocal done
        match act:
            case "merge":
                done = "merged"
                decisions.merge(session, who, party_id, [other.strip().lower()], text)
            case "apart":
                done = "apart"
                decisions.keep_apart(session, who, party_id, other)
            case "split":
                done = "split"
                decisions.split(session, who, party_id, text)
            case _:
                done = "renamed"
                decisions.rename(session, who, party_id, text)

    problem = attempt(visit, run)
    path = "/parties/suggestions" if to == "suggestions" and done != "merged" else f"/parties/{party_id}"
    return back_to(visit, path, problem, done)


@router.post("/party-merges/{merge_id}/undo")
def undo(
    merge_id: str,
    visit: VisitDep,
    csrf: Annotated[str, Form()],
    party: Annotated[str, Form(max_length=40)],
) -> Response:
    """Take a merge, a link or a split back."""
    check_csrf(visit, csrf)
    problem = attempt(
        visit, lambda session: visit.app.party_decisions.undo(session, visit.principal, merge_id)
    )
    return back_to(visit, f"/parties/{party}" if is_id(party) else "/parties", problem, "undone")


def _people(session: Session, actors: list[str]) -> dict[str, str]:
    """The names of actors; Akta itself is Akta."""
    ids = {actor.partition(":")[2] for actor in actors}
    people = select(User.id, User.name).where(User.id.in_(ids))
    programs = (
        select(ApiToken.id, User.name).join(User, User.id == ApiToken.user_id).where(ApiToken.id.in_(ids))
    )
    rows = {row.id: row.name for query in (people, programs) for row in session.execute(query)}
    told = {}
    for actor in actors:
        kind, _, name = actor.partition(":")
        told[actor] = "Akta" if kind == "system" else rows.get(name, name)
    return told
