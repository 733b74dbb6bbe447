"""Versions of the classifier: which one judges, how others compared, changing over and back."""

from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from sqlalchemy.orm import Session
from starlette.responses import Response

from api.web.admin.visits import SystemVisit, admin_page
from api.web.answers import attempt, back_to, said_by_us
from api.web.session import check_csrf

router = APIRouter()
_PATH = "/admin/models"
_DONE = ("asked", "promoted", "rolled_back")


@router.get("/admin/models")
def show(
    request: Request,
    visit: SystemVisit,
    problem: Annotated[str, Query(max_length=300)] = "",
    seal: Annotated[str, Query(max_length=64)] = "",
    done: Annotated[str, Query(max_length=20)] = "",
) -> Response:
    """All versions, the newest first."""
    with visit.app.database.read() as session:
        found = visit.app.models.list(session, visit.principal)
    said = said_by_us(visit, problem, seal)
    return admin_page(
        request, "models.html", visit, told=found, problem=said, done=done if done in _DONE else ""
    )


@router.post("/admin/models/train")
def train(visit: SystemVisit, csrf: Annotated[str, Form()]) -> Response:
    """Have a version trained, after all other work."""
    check_csrf(visit, csrf)

    def run(session: Session) -> None:
        visit.app.models.ask_to_train(session, visit.principal)

    return back_to(visit, _PATH, attempt(visit, run), "asked")


@router.post("/admin/models/rollback")
def roll_back(visit: SystemVisit, csrf: Annotated[str, Form()]) -> Response:
    """Return to the version that judged before."""
    check_csrf(visit, csrf)

    def run(session: Session) -> None:
        visit.app.models.rollback(session, visit.principal)

    return back_to(visit, _PATH, attempt(visit, run), "rolled_back")


@router.post("/admin/models/{version}/promote")
def promote(
    version: str, visit: SystemVisit, csrf: Annotated[str, Form()], force: Annotated[bool, Form()] = False
) -> Response:
    """Let a version judge from the next paper on."""
    check_csrf(visit, csrf)

    def run(session: Session) -> None:
        visit.app.models.promote(session, visit.principal, version, force=force)

    return back_to(visit, _PATH, attempt(visit, run), "promoted")
