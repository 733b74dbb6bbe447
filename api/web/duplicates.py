"""What the record page offers for papers that may have come twice."""

from typing import Annotated

from fastapi import APIRouter, Form
from sqlalchemy.orm import Session
from starlette.responses import Response

from akta.kernel.errors import NotFoundError
from api.web.answers import attempt, back
from api.web.session import VisitDep, check_csrf

router = APIRouter(include_in_schema=False)

_DONE = {"dismiss": "different", "confirm": "same", "reopen": "reopened"}


@router.post("/records/{record_id}/duplicates")
def decide(
    record_id: str,
    visit: VisitDep,
    csrf: Annotated[str, Form()],
    act: Annotated[str, Form()],
    other: Annotated[str, Form(max_length=40)],
) -> Response:
    """Say that two papers are different ones, or the same; or take that back."""
    check_csrf(visit, csrf)
    decisions = visit.app.duplicate_decisions
    acts = {"dismiss": decisions.dismiss, "confirm": decisions.confirm, "reopen": decisions.reopen}
    if act not in acts:
        raise NotFoundError("There is no such decision.")

    def run(session: Session) -> None:
        acts[act](session, visit.principal, record_id, other)

    return back(visit, record_id, attempt(visit, run), _DONE[act])
