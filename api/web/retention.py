"""The page on keeping: what comes due, what never will, what contradicts itself, what waits for approval."""

from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request
from sqlalchemy.orm import Session
from starlette.responses import Response

from akta.access.roles import Right
from akta.kernel.clock import civil_date
from akta.kernel.errors import InvalidError
from akta.records.models import Record
from api.web.answers import attempt, back_to, said_by_us
from api.web.charts import columns
from api.web.ending import ending, month_after
from api.web.pages import page
from api.web.session import VisitDep, check_csrf
from retention.events.kinds import kind_name
from retention.keeping import approving, due
from retention.keeping.pending import unsettled
from retention.schedules.stored import current_plan

router = APIRouter()
_MONTHS, _DRAWN = 24, 12
_LISTED = 50


@router.get("/retention")
def show(
    request: Request,
    visit: VisitDep,
    after: Annotated[str, Query(max_length=60)] = "",
    problem: Annotated[str, Query(max_length=300)] = "",
    seal: Annotated[str, Query(max_length=64)] = "",
    done: Annotated[str, Query(max_length=20)] = "",
) -> Response:
    """Counts by month and class, and the beginning of each list; `after` pages what is due."""
    who, language = visit.principal, visit.language
    today = civil_date(visit.app.clock.now(), visit.app.settings.zone)
    with visit.app.database.snapshot() as session:
        titles = {
            cls.code: cls.title_pl if language == "pl" else cls.title_en for cls in current_plan(session)
        }
        records = due.due(session, who, today, after=after or None, limit=_LISTED + 1)
        over = due.due_before(session, who, today)
        by_month = due.due_by_month(session, who, today, month_after(today, _MONTHS) - timedelta(days=1))
        months = _by_month(by_month)
        open_ = due.no_trigger(session, who)
        torn = due.conflicts(session, who, limit=_LISTED)
        unclassed = due.without_class(session, who, limit=_LISTED)
        zone = visit.app.settings.zone
        over_now = due.lines(
            session, visit.principal, records[:_LISTED], visit.app.clock.now(), zone, language
        )
        provisional = unsettled(session, language, zone)
        waiting = approving.list_shortenings(session, who, limit=_LISTED)
        waiting_count = approving.count_shortenings(session, who)
    return page(
        request,
        "retention.html",
        visit,
        titles=titles,
        today=today.isoformat(),
        due=over_now,
        more=due.cursor_of(records[_LISTED - 1]) if len(records) > _LISTED else "",
        over=over,
        provisional=provisional,
        months=months,
        # What is over stands above as a list.
        picture=columns(ending(language, today, _DRAWN, by_month, over)[1:]),
        open=[{**line, "missing": [kind_name(name, language) for name in line["missing"]]} for line in open_],
        conflicts=_lines(torn),
        unclassed=_lines(unclassed),
        waiting=[approving.as_data(row, record) for row, record in waiting],
        waiting_count=waiting_count,
        may_approve=who.may(Right.DISPOSE),
        problem=said_by_us(visit, problem, seal),
        done=done if done in ("approved", "refused") else "",
    )


@router.post("/retention/shortenings")
def decide(
    visit: VisitDep,
    csrf: Annotated[str, Form()],
    act: Annotated[str, Form(max_length=10)],
    shortenings: Annotated[list[str], Form()] = [],  # noqa: B006 - the form's way to say none
) -> Response:
    """Approve or refuse that the records ticked are kept for less time."""
    check_csrf(visit, csrf)
    approve = act == "approve"

    def run(session: Session) -> None:
        if not shortenings:
            raise InvalidError("Tick the records first.")
        approving.decide_shortenings(
            session,
            visit.app.audit,
            visit.principal,
            shortenings,
            visit.app.clock.now(),
            approve=approve,
            zone=visit.app.settings.zone,
        )

    return back_to(visit, "/retention", attempt(visit, run), "approved" if approve else "refused")


def _lines(records: list[Record]) -> list[dict[str, Any]]:
    return [due.as_data(record) for record in records]


def _by_month(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Lines of months, each with its classes."""
    months: dict[str, list[dict[str, Any]]] = {}
    for line in lines:
        months.setdefault(line["month"], []).append(line)
    return [
        {"month": month, "records": sum(line["records"] for line in found), "classes": found}
        for month, found in months.items()
    ]
