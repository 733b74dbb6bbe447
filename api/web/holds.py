"""Legal holds on pages: the list, a new one with its preview, one with all that belongs to it, notices."""

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request
from sqlalchemy.orm import Session
from starlette.responses import Response

from akta.access.roles import Right
from akta.kernel.errors import AktaError, InvalidError
from akta.records.holds import REMIND_DAYS
from akta.records.views import summary
from api.web.answers import attempt, back_to, said_by_us
from api.web.pages import page
from api.web.session import VisitDep, check_csrf
from api.web.wording import tell
from retention.holds.listing import hold_records, may_read
from retention.holds.notices import notices_of
from retention.holds.placing import ExtendHold, PlaceHold
from retention.holds.scopes import Scope

router = APIRouter()
_SHOWN = 200
_DONE = ("placed", "extended", "released", "reminded", "acknowledged")
_FIELDS = ("matter", "reason", "authority", "owner", "custodians", "notice", "review_on", "remind_days")
_SCOPES = ("records", "cases", "parties", "query")


@router.get("/holds")
def show_list(request: Request, visit: VisitDep, overdue: Annotated[bool, Query()] = False) -> Response:
    """All holds; those whose review is overdue are marked, or shown alone."""
    with visit.app.database.read() as session:
        items = visit.app.holds.list(session, visit.principal, overdue=overdue)
    late = sum(item["overdue"] for item in items)
    return page(
        request,
        "holds.html",
        visit,
        items=items,
        late=late,
        only_late=overdue,
        may_place=visit.principal.may(Right.HOLD),
    )


@router.get("/holds/new")
def show_new(
    request: Request,
    visit: VisitDep,
    q: Annotated[str, Query(max_length=2000)] = "",
    party: Annotated[str, Query(max_length=26)] = "",
    case: Annotated[str, Query(max_length=26)] = "",
) -> Response:
    """An empty form, or one that begins with a query, a party or a case."""
    visit.principal.require(Right.HOLD)
    given = dict.fromkeys((*_FIELDS, *_SCOPES), "") | {"query": q, "parties": party, "cases": case}
    return page(request, "hold_new.html", visit, given=given, preview=None, problem="")


@router.post("/holds/new")
def preview_or_place(
    request: Request,
    visit: VisitDep,
    csrf: Annotated[str, Form()],
    act: Annotated[str, Form(pattern="^(preview|place)$")],
    matter: Annotated[str, Form(max_length=200)] = "",
    reason: Annotated[str, Form(max_length=2000)] = "",
    authority: Annotated[str, Form(max_length=200)] = "",
    owner: Annotated[str, Form(max_length=80)] = "",
    custodians: Annotated[str, Form(max_length=8000)] = "",
    notice: Annotated[str, Form(max_length=4000)] = "",
    review_on: Annotated[str, Form(max_length=10)] = "",
    remind_days: Annotated[str, Form(max_length=3)] = "",
    records: Annotated[str, Form(max_length=30_000)] = "",
    cases: Annotated[str, Form(max_length=6000)] = "",
    parties: Annotated[str, Form(max_length=6000)] = "",
    query: Annotated[str, Form(max_length=2000)] = "",
) -> Response:
    """Show what the hold would cover, or place it."""
    check_csrf(visit, csrf)
    visit.principal.require(Right.HOLD)
    scope = Scope(_words(records), _words(cases), _words(parties), (query,) if query.strip() else ())
    given = {
        "matter": matter,
        "reason": reason,
        "authority": authority,
        "owner": owner,
        "custodians": custodians,
        "notice": notice,
        "review_on": review_on,
        "remind_days": remind_days,
        "records": records,
        "cases": cases,
        "parties": parties,
        "query": query,
    }
    told: dict[str, Any] | None = None
    try:
        if act == "place":
            days = _days(remind_days)
            with visit.app.database.write() as session:
                made = visit.app.holds.place(
                    session,
                    visit.principal,
                    PlaceHold(
                        matter=matter,
                        reason=reason,
                        authority=authority,
                        record_ids=scope.record_ids,
                        case_ids=scope.case_ids,
                        party_ids=scope.party_ids,
                        queries=scope.queries,
                        review_on=_day(review_on),
                        owner=owner,
                        custodians=_words(custodians),
                        notice=notice,
                        remind_days=REMIND_DAYS if days is None else days,
                    ),
                ).id
            visit.app.wake_workers()
            return back_to(visit, f"/holds/{made}", "", "placed")
        with visit.app.database.read() as session:
            told = visit.app.holds.preview(
                session, visit.principal, scope, lambda record: summary(record, visit.language)
            )
    except AktaError as error:
        problem = tell(error, visit.language)
        return page(request, "hold_new.html", visit, 422, given=given, preview=None, problem=problem)
    return page(request, "hold_new.html", visit, given=given, preview=told, problem="")


@router.get("/holds/{hold_id}")
def show(
    request: Request,
    hold_id: str,
    visit: VisitDep,
    after: Annotated[str | None, Query(max_length=26)] = None,
    problem: Annotated[str, Query(max_length=300)] = "",
    seal: Annotated[str, Query(max_length=64)] = "",
    done: Annotated[str, Query(max_length=20)] = "",
) -> Response:
    """One hold: what it reaches, its records, who was told and who acknowledged."""
    may_read(visit.principal)
    with visit.app.database.read() as session:
        told = visit.app.holds.detail(session, visit.principal, hold_id)
        rows, more = hold_records(session, visit.principal, hold_id, after=after, limit=_SHOWN)
        people = notices_of(session, visit.principal, hold_id)
    return page(
        request,
        "hold.html",
        visit,
        hold=told,
        records=[
            {
                **summary(record, visit.language),
                "how": item.how,
                "under": item.active,
                "unread": item.provisional,
            }
            for record, item in rows
        ],
        more=more,
        people=people,
        may_hold=visit.principal.may(Right.HOLD) and told["state"] == "active",
        problem=said_by_us(visit, problem, seal),
        done=done if done in _DONE else "",
    )


@router.post("/holds/{hold_id}/extend")
def extend(
    hold_id: str,
    visit: VisitDep,
    csrf: Annotated[str, Form()],
    records: Annotated[str, Form(max_length=30_000)] = "",
    cases: Annotated[str, Form(max_length=6000)] = "",
    parties: Annotated[str, Form(max_length=6000)] = "",
    query: Annotated[str, Form(max_length=2000)] = "",
    custodians: Annotated[str, Form(max_length=8000)] = "",
    review_on: Annotated[str, Form(max_length=10)] = "",
    remind_days: Annotated[str, Form(max_length=3)] = "",
) -> Response:
    """Let the hold reach further, be reviewed later, be told to more people."""
    check_csrf(visit, csrf)

    def run(session: Session) -> None:
        more = ExtendHold(
            record_ids=_words(records),
            case_ids=_words(cases),
            party_ids=_words(parties),
            queries=(query,) if query.strip() else (),
            review_on=_day(review_on),
            custodians=_words(custodians),
            remind_days=_days(remind_days),
        )
        visit.app.holds.extend(session, visit.principal, hold_id, more)

    return back_to(visit, f"/holds/{hold_id}", attempt(visit, run), "extended")


@router.post("/holds/{hold_id}/release")
def release(
    hold_id: str,
    visit: VisitDep,
    csrf: Annotated[str, Form()],
    reason: Annotated[str, Form(max_length=2000)] = "",
    records: Annotated[str, Form(max_length=30_000)] = "",
) -> Response:
    """Release the hold, or the records that are named."""
    check_csrf(visit, csrf)
    problem = attempt(
        visit,
        lambda session: visit.app.holds.release(session, visit.principal, hold_id, reason, _words(records)),
    )
    return back_to(visit, f"/holds/{hold_id}", problem, "released")


@router.post("/holds/{hold_id}/remind")
def remind(hold_id: str, visit: VisitDep, csrf: Annotated[str, Form()]) -> Response:
    """Remind those who have not acknowledged."""
    check_csrf(visit, csrf)
    problem = attempt(visit, lambda session: visit.app.holds.remind(session, visit.principal, hold_id))
    return back_to(visit, f"/holds/{hold_id}", problem, "reminded")


@router.post("/holds/{hold_id}/acknowledge")
def acknowledge(hold_id: str, visit: VisitDep, csrf: Annotated[str, Form()]) -> Response:
    """One's own notice is read."""
    check_csrf(visit, csrf)
    problem = attempt(visit, lambda session: visit.app.holds.acknowledge(session, visit.principal, hold_id))
    return back_to(visit, "/account", problem, "acknowledged")


def _words(text: str) -> tuple[str, ...]:
    """Numbers or names apart by white space or commas."""
    return tuple(dict.fromkeys(text.replace(",", " ").split()))


def _days(text: str) -> int | None:
    if not text.strip():
        return None
    if not text.strip().isdecimal() or len(text.strip()) > 9:
        raise InvalidError("Say after how many days custodians are reminded, as a number.")
    return int(text)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text.strip() else None
    except ValueError:
        raise InvalidError("Give the day of the review as YYYY-MM-DD.") from None
