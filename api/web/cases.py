"""Cases on pages: the list, and one with what is in it, its events, and what a search would add."""

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request
from sqlalchemy.orm import Session
from starlette.responses import Response

from akta.access.roles import Right
from akta.kernel.clock import civil_date
from akta.kernel.errors import AktaError, InvalidError, NotFoundError
from akta.records import cases, gathering
from akta.records.models import Case, Record
from akta.records.views import summary
from api.numbers import Number
from api.web.answers import attempt, back_to, said_by_us
from api.web.pages import page
from api.web.session import Visit, VisitDep, check_csrf
from api.web.wording import tell
from retention.events.listing import list_events, many
from retention.events.subjects import Subject
from retention.keeping.explaining import told_steps
from retention.keeping.pending import Pending, pending_of
from retention.rules import headline

router = APIRouter()
_SHOWN, _EVENTS = 50, 50
#: Records filed by one press of the button: a page that waits no longer than some seconds.
_AT_ONCE = 500
_STATES = ("open", "closed")
_DONE = ("opened", "closed", "reopened", "removed")


@router.get("/cases")
def show_list(
    request: Request,
    visit: VisitDep,
    state: Annotated[str, Query(max_length=10)] = "",
    kind: Annotated[str, Query(max_length=40)] = "",
    q: Annotated[str, Query(max_length=300)] = "",
    after: Annotated[str | None, Query(max_length=26)] = None,
    problem: Annotated[str, Query(max_length=300)] = "",
    seal: Annotated[str, Query(max_length=64)] = "",
) -> Response:
    """Cases that the person may know of, newest first, by state and by words of title and key."""
    who = visit.principal
    with visit.app.database.read() as session:
        found = cases.list_cases(
            session, who, kind=kind or None, state=state or None, text=q, after=after, limit=_SHOWN + 1
        )
        shown = found[:_SHOWN]
        counts = cases.count_records(session, who, [case.id for case in shown])
    return page(
        request,
        "cases.html",
        visit,
        items=[{**cases.as_data(case), "records": counts.get(case.id, 0)} for case in shown],
        more=shown[-1].id if len(found) > _SHOWN else None,
        after=after,
        state=state if state in _STATES else "",
        kind=kind if kind in cases.KINDS else "",
        kinds=tuple(cases.KINDS),
        q=q,
        may_open=who.may(Right.EVENT),
        problem=said_by_us(visit, problem, seal),
    )


@router.post("/cases")
def open_case(
    visit: VisitDep,
    csrf: Annotated[str, Form()],
    kind: Annotated[str, Form(max_length=40)],
    key: Annotated[str, Form(max_length=300)] = "",
    title: Annotated[str, Form(max_length=400)] = "",
) -> Response:
    """Open a case, and show it."""
    check_csrf(visit, csrf)
    made: list[str] = []

    def run(session: Session) -> None:
        wanted = cases.OpenCase(kind, key, title)
        now = visit.app.clock.now()
        made.append(cases.open_case(session, visit.app.audit, visit.principal, wanted, now).id)

    problem = attempt(visit, run)
    return back_to(visit, "/cases" if problem else f"/cases/{made[0]}", problem, "opened")


@router.get("/cases/{case_id}")
def show(
    request: Request,
    case_id: str,
    visit: VisitDep,
    after: Annotated[str, Query(max_length=26)] = "",
    problem: Annotated[str, Query(max_length=300)] = "",
    seal: Annotated[str, Query(max_length=64)] = "",
    done: Annotated[str, Query(max_length=20)] = "",
) -> Response:
    """One case: its records and until when they are kept, its events, and what can be done with it."""
    told = said_by_us(visit, problem, seal)
    return _show(request, visit, case_id, after=after, problem=told, done=done if done in _DONE else "")


@router.post("/cases/{case_id}/found")
def add_found(
    request: Request,
    case_id: str,
    visit: VisitDep,
    csrf: Annotated[str, Form()],
    act: Annotated[str, Form(pattern="^(preview|file)$")],
    query: Annotated[str, Form(max_length=2000)] = "",
) -> Response:
    """Show what a search would add to the case, or file it: a part at a time, and what is left is said."""
    check_csrf(visit, csrf)
    who, filing = visit.principal, visit.app.gathering

    def say(refused: list[gathering.Refused]) -> list[dict[str, Any]]:
        return [gathering.as_data(one, lambda error: tell(error, visit.language)) for one in refused]

    try:
        if act == "preview":
            told = filing.preview(who, case_id, query, lambda record: summary(record, visit.language))
            told["refused_records"] = say(told["refused_records"])
            return _show(request, visit, case_id, query=query, preview=told)
        made = filing.gather(who, case_id, query, most=_AT_ONCE)
    except NotFoundError:
        raise
    except AktaError as error:
        return _show(request, visit, case_id, query=query, problem=tell(error, visit.language), status=422)
    visit.app.wake_workers()
    filed = {
        "found": made.found,
        "moved": made.moved,
        "already_in": made.already,
        "left": made.left,
        "refused": made.refused,
        "refused_records": say(made.named),
    }
    return _show(request, visit, case_id, query=query, filed=filed)


@router.post("/cases/{case_id}/remove")
def remove(
    case_id: str,
    visit: VisitDep,
    csrf: Annotated[str, Form()],
    record: Annotated[str, Form(max_length=26)],
) -> Response:
    """Take a record out of the case."""
    check_csrf(visit, csrf)

    def run(session: Session) -> None:
        now = visit.app.clock.now()
        cases.take_out(session, visit.app.audit, visit.principal, case_id, [record], now)

    return back_to(visit, f"/cases/{case_id}", attempt(visit, run), "removed")


@router.post("/cases/{case_id}/close")
def close(
    case_id: str,
    visit: VisitDep,
    csrf: Annotated[str, Form()],
    version: Annotated[Number, Form()],
    day: Annotated[str, Form(max_length=10)] = "",
) -> Response:
    """Close the case: its cut-off."""
    check_csrf(visit, csrf)

    def run(session: Session) -> None:
        now = visit.app.clock.now()
        cases.close_case(
            session,
            visit.app.audit,
            visit.principal,
            case_id,
            today=civil_date(now, visit.app.settings.zone),
            now=now,
            on=_day(day),
            expected_version=version,
        )

    return back_to(visit, f"/cases/{case_id}", attempt(visit, run), "closed")


@router.post("/cases/{case_id}/reopen")
def reopen(
    case_id: str,
    visit: VisitDep,
    csrf: Annotated[str, Form()],
    version: Annotated[Number, Form()],
    reason: Annotated[str, Form(max_length=2000)] = "",
) -> Response:
    """Open the case again; its records are computed anew."""
    check_csrf(visit, csrf)

    def run(session: Session) -> None:
        now = visit.app.clock.now()
        cases.reopen_case(
            session, visit.app.audit, visit.principal, case_id, reason, now, expected_version=version
        )

    return back_to(visit, f"/cases/{case_id}", attempt(visit, run), "reopened")


def _show(
    request: Request,
    visit: Visit,
    case_id: str,
    *,
    after: str = "",
    query: str = "",
    preview: dict[str, Any] | None = None,
    filed: dict[str, Any] | None = None,
    problem: str = "",
    done: str = "",
    status: int = 200,
) -> Response:
    who = visit.principal
    with visit.app.database.read() as session:
        case = cases.get_case(session, who, case_id)
        records, count = cases.records_in(session, who, case_id, after=after, limit=_SHOWN + 1)
        events = list_events(session, who, subject=Subject("case", case_id), limit=_EVENTS)
        waiting = pending_of(session, [record.id for record in records[:_SHOWN]])
        zone = visit.app.settings.zone
        lines = [_line(r, visit.language, waiting.get(r.id), zone) for r in records[:_SHOWN]]
    return page(
        request,
        "case.html",
        visit,
        status,
        case=cases.as_data(case),
        lines=lines,
        count=count,
        after=after,
        more=records[_SHOWN - 1].id if len(records) > _SHOWN else None,
        events=many(events, visit.language),
        may_file=_may_file(visit, case),
        may_open=who.may(Right.EVENT),
        query=query,
        preview=preview,
        filed=filed,
        today=civil_date(visit.app.clock.now(), visit.app.settings.zone).isoformat(),
        problem=problem,
        done=done,
    )


def _line(record: Record, language: str, waits: Pending | None, zone: str) -> dict[str, Any]:
    """A record of a case: what it is, until when it is kept, and why, step by step."""
    filed = record.class_code is not None
    return {
        **summary(record, language),
        "held": record.held,
        "until": headline(record.retention, language) if filed else "",
        "steps": told_steps(record, record.retention, language) if filed else [],
        "recomputing": waits.as_data(language, zone) if waits else None,
    }


def _may_file(visit: Visit, case: Case) -> bool:
    may = visit.principal.may(Right.CORRECT) or visit.principal.may(Right.EVENT)
    return may and case.state == "open"


def _day(text: str) -> date | None:
    if not text.strip():
        return None
    try:
        return date.fromisoformat(text.strip())
    except ValueError as error:
        raise InvalidError("A day is written YYYY-MM-DD.") from error
