"""Requests of persons on pages: the list with its days, one request with its papers, what comes up again."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.responses import Response

from akta.access.roles import Right
from akta.kernel.errors import AktaError, InvalidError, NotFoundError
from api.web.answers import attempt, back_to, said_by_us
from api.web.pages import page
from api.web.session import VisitDep, check_csrf
from api.web.wording import tell
from retention.disposition.models import Transfer
from retention.disposition.showing import transfer_data
from retention.requests.service import ARTICLES, MOST, ItemDecision, Registration
from retention.requests.showing import (
    DECISIONS_TEXT,
    KINDS_TEXT,
    coming_up_again,
    items_data,
    list_requests,
    request_data,
)

router = APIRouter()
_DONE = ("registered", "recorded", "added", "decided", "proposed", "closed", "left", "packing")


@router.get("/requests")
def show_list(
    request: Request,
    visit: VisitDep,
    problem: Annotated[str, Query(max_length=300)] = "",
    seal: Annotated[str, Query(max_length=64)] = "",
    done: Annotated[str, Query(max_length=20)] = "",
) -> Response:
    """The requests, those to be answered first on top."""
    today = visit.app.requests.today
    with visit.app.database.read() as session:
        items = list_requests(session, visit.principal, today, visit.language)
        again = coming_up_again(session, visit.principal, today, visit.language)
    return page(
        request,
        "requests.html",
        visit,
        items=items,
        again=again,
        kinds=_words(KINDS_TEXT, visit.language),
        today=today.isoformat(),
        may_dispose=visit.principal.may(Right.DISPOSE),
        problem=said_by_us(visit, problem, seal),
        done=done if done in _DONE else "",
    )


@router.post("/requests")
def register(
    visit: VisitDep,
    csrf: Annotated[str, Form()],
    kind: Annotated[str, Form(max_length=16)],
    subject: Annotated[str, Form(max_length=300)],
    received_on: Annotated[str, Form(max_length=10)],
    contact: Annotated[str, Form(max_length=1000)] = "",
    note: Annotated[str, Form(max_length=4000)] = "",
) -> Response:
    """Write a request down."""
    check_csrf(visit, csrf)
    made = ""

    def run(session: Session) -> None:
        nonlocal made
        asked = Registration(kind, subject, _day(received_on), contact, note)
        made = visit.app.requests.register(session, visit.principal, asked).id

    problem = attempt(visit, run)
    return back_to(visit, "/requests" if problem else f"/requests/{made}", problem, "registered")


@router.get("/requests/{request_id}")
def show(
    request: Request,
    request_id: str,
    visit: VisitDep,
    problem: Annotated[str, Query(max_length=300)] = "",
    seal: Annotated[str, Query(max_length=64)] = "",
    done: Annotated[str, Query(max_length=20)] = "",
) -> Response:
    """One request with the papers that it is about."""
    with visit.app.database.read() as session:
        made = visit.app.requests.get(session, visit.principal, request_id)
        data = request_data(session, visit.principal, made, visit.app.requests.today, visit.language)
        rows = items_data(session, visit.principal, made, visit.language)
        packages = [
            transfer_data(one)
            for one in session.scalars(
                select(Transfer).where(Transfer.request_id == request_id).order_by(Transfer.id)
            )
        ]
    return page(
        request,
        "request.html",
        visit,
        made=data,
        rows=rows,
        packages=packages,
        articles=list(ARTICLES),
        decisions=_words(DECISIONS_TEXT, visit.language),
        gives=any(row["decision"] in ("give", "redact") for row in rows),
        may_dispose=visit.principal.may(Right.DISPOSE),
        problem=said_by_us(visit, problem, seal),
        done=done if done in _DONE else "",
    )


@router.post("/requests/{request_id}/note")
def note(
    request_id: str,
    visit: VisitDep,
    csrf: Annotated[str, Form()],
    act: Annotated[str, Form(max_length=10)],
    text: Annotated[str, Form(max_length=2000)] = "",
) -> Response:
    """Record the identity check, take more time, have a package made, or close the request."""
    check_csrf(visit, csrf)
    desk, who = visit.app.requests, visit.principal

    def run(session: Session) -> None:
        match act:
            case "identity":
                desk.confirm_identity(session, who, request_id, text)
            case "extend":
                desk.extend(session, who, request_id, text)
            case "close":
                desk.close(session, who, request_id)
            case "package":
                visit.app.transfers.ask_for_request(session, who, request_id)
            case _:
                raise NotFoundError("There is nothing here.")

    done = {"close": "closed", "package": "packing"}.get(act, "recorded")
    return back_to(visit, f"/requests/{request_id}", attempt(visit, run), done)


@router.post("/requests/{request_id}/find")
def find(
    request_id: str,
    visit: VisitDep,
    csrf: Annotated[str, Form()],
    q: Annotated[str, Form(max_length=2000)],
) -> Response:
    """Add the papers that a query finds."""
    check_csrf(visit, csrf)
    try:
        if not q.strip():
            raise InvalidError("Type a query first: a name, a number, a date.")
        found, records = visit.app.index.search(visit.principal, q, limit=MOST, sort="oldest")
        if found.total > MOST:
            raise InvalidError(f"More than {MOST} papers fit. Narrow the query.")
    except AktaError as error:
        return back_to(visit, f"/requests/{request_id}", tell(error, visit.language))

    def run(session: Session) -> None:
        ids = [record.id for record in records]
        visit.app.requests.add_records(session, visit.principal, request_id, ids)

    return back_to(visit, f"/requests/{request_id}", attempt(visit, run), "added")


@router.post("/requests/{request_id}/decide")
def decide(
    request_id: str,
    visit: VisitDep,
    csrf: Annotated[str, Form()],
    decision: Annotated[str, Form(max_length=12)],
    records: Annotated[list[str], Form()] = [],  # noqa: B006 - the form's way to say none
    article: Annotated[str, Form(max_length=40)] = "",
    reason: Annotated[str, Form(max_length=2000)] = "",
) -> Response:
    """Decide on the papers that were ticked."""
    check_csrf(visit, csrf)
    proposed = ""

    def run(session: Session) -> None:
        nonlocal proposed
        if not records:
            raise InvalidError("Tick the records that you decide on.")
        said = ItemDecision(decision, tuple(records), article, reason)
        made = visit.app.requests.decide(session, visit.principal, request_id, said)
        proposed = made.id if made is not None else ""

    problem = attempt(visit, run)
    if proposed and not problem:
        return back_to(visit, f"/dispositions/{proposed}", "", "proposed")
    return back_to(visit, f"/requests/{request_id}", problem, "decided")


@router.post("/requests/{request_id}/leave")
def leave(
    request_id: str,
    visit: VisitDep,
    csrf: Annotated[str, Form()],
    record: Annotated[str, Form(max_length=26)],
    reason: Annotated[str, Form(max_length=2000)],
) -> Response:
    """Say that a decision that came up again stays."""
    check_csrf(visit, csrf)

    def run(session: Session) -> None:
        visit.app.requests.leave(session, visit.principal, request_id, record, reason)

    return back_to(visit, "/requests", attempt(visit, run), "left")


def _words(table: dict[str, tuple[str, str]], language: str) -> dict[str, str]:
    return {code: pair[1] if language == "pl" else pair[0] for code, pair in table.items()}


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text.strip())
    except ValueError as error:
        raise InvalidError("Write a day as year-month-day, for example 2026-12-31.") from error
