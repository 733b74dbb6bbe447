"""Jobs on a page: what waits, runs and was given up; trying again, leaving undone."""

from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from sqlalchemy.orm import Session
from starlette.responses import Response

from akta.operations.job_desk import JobState, cancel_job, count_jobs, list_jobs, may_cancel
from api.web.admin.visits import SystemVisit, admin_page
from api.web.answers import attempt, back_to, said_by_us
from api.web.session import check_csrf

router = APIRouter()
_DONE = ("retried", "cancelled")


@router.get("/admin/jobs")
def show(
    request: Request,
    visit: SystemVisit,
    state: JobState = "parked",
    problem: Annotated[str, Query(max_length=300)] = "",
    seal: Annotated[str, Query(max_length=64)] = "",
    done: Annotated[str, Query(max_length=20)] = "",
) -> Response:
    """Jobs in a state, first those that were given up."""
    with visit.app.database.read() as session:
        counts = count_jobs(session, visit.principal)
        found = [(job, may_cancel(job)) for job in list_jobs(session, visit.principal, state)]
    return admin_page(
        request,
        "jobs.html",
        visit,
        jobs=found,
        state=state,
        counts=counts,
        problem=said_by_us(visit, problem, seal),
        done=done if done in _DONE else "",
    )


@router.post("/admin/jobs/{job_id}/retry")
def retry(job_id: str, visit: SystemVisit, csrf: Annotated[str, Form()]) -> Response:
    """Try a job again that was given up or left undone."""
    check_csrf(visit, csrf)

    def run(session: Session) -> None:
        visit.app.decisions.retry_job(session, visit.principal, job_id)

    return back_to(visit, "/admin/jobs", attempt(visit, run), "retried")


@router.post("/admin/jobs/{job_id}/cancel")
def cancel(
    job_id: str,
    visit: SystemVisit,
    csrf: Annotated[str, Form()],
    reason: Annotated[str, Form(max_length=2000)] = "",
) -> Response:
    """Leave a job undone, for a reason."""
    check_csrf(visit, csrf)
    app = visit.app

    def run(session: Session) -> None:
        cancel_job(session, app.audit, visit.principal, job_id, reason, app.clock.now())

    return back_to(visit, "/admin/jobs", attempt(visit, run), "cancelled")
