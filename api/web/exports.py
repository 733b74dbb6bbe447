"""Exports on pages: asking from the search page, one's list with progress, the download."""

from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request
from sqlalchemy.orm import Session
from starlette.responses import JSONResponse, Response

from akta.kernel.errors import AktaError, NotFoundError
from api.downloads import file_response
from api.web.answers import attempt, back_to, said_by_us
from api.web.pages import page
from api.web.session import VisitDep, check_csrf
from api.web.wording import tell
from indexer.exports.models import IN_PROGRESS
from indexer.exports.service import KEEP, ExportDraft, as_data

router = APIRouter()
_DONE = ("asked", "cancelled", "deleted")


@router.get("/exports")
def show(
    request: Request,
    visit: VisitDep,
    problem: Annotated[str, Query(max_length=300)] = "",
    seal: Annotated[str, Query(max_length=64)] = "",
    done: Annotated[str, Query(max_length=20)] = "",
) -> Response:
    """One's own exports, the newest first."""
    items = _items(visit)
    return page(
        request,
        "exports.html",
        visit,
        items=items,
        busy=any(item["state"] in IN_PROGRESS for item in items),
        days=KEEP.days,
        problem=said_by_us(visit, problem, seal),
        done=done if done in _DONE else "",
    )


@router.get("/exports/state")
def state(visit: VisitDep) -> Response:
    """How far those are that are being made, for the page's script."""
    return JSONResponse(
        {"items": [{k: i[k] for k in ("id", "state", "found", "done")} for i in _items(visit)]},
        headers={"cache-control": "no-store"},
    )


@router.post("/exports")
def ask(
    visit: VisitDep,
    csrf: Annotated[str, Form()],
    q: Annotated[str, Form(max_length=4000)],
    form: Annotated[str, Form(max_length=4)],
    sort: Annotated[str, Form(max_length=16)] = "newest",
    sensitive: Annotated[str, Form(max_length=3)] = "",
) -> Response:
    """Have what was found written to a file. Tables are made for Excel, as people here use them."""
    check_csrf(visit, csrf)
    draft = ExportDraft(q, form, sort, visit.language, for_excel=True, sensitive=sensitive == "yes")

    def run(session: Session) -> None:
        visit.app.exports.ask(session, visit.principal, draft)

    return back_to(visit, "/exports", attempt(visit, run), "asked")


@router.post("/exports/{export_id}/decide")
def decide(
    export_id: str,
    visit: VisitDep,
    csrf: Annotated[str, Form()],
    act: Annotated[str, Form(max_length=10)],
) -> Response:
    """Cancel one that is being made, or delete one that has ended."""
    check_csrf(visit, csrf)

    def run(session: Session) -> None:
        match act:
            case "cancel":
                visit.app.exports.cancel(session, visit.principal, export_id)
            case "delete":
                visit.app.exports.remove(session, visit.principal, export_id)
            case _:
                raise NotFoundError("There is nothing here.")

    return back_to(visit, "/exports", attempt(visit, run), "cancelled" if act == "cancel" else "deleted")


@router.get("/exports/{export_id}/file")
def download(export_id: str, visit: VisitDep) -> Response:
    """The file; where it may not be had any more, the list says why."""
    try:
        with visit.app.database.write() as session:
            found = visit.app.exports.open(session, visit.principal, export_id)
    except NotFoundError:
        raise
    except AktaError as error:
        return back_to(visit, "/exports", tell(error, visit.language))
    return file_response(found.source, found.size, found.media_type, found.file_name)


def _items(visit: VisitDep) -> list[dict[str, Any]]:
    with visit.app.database.read() as session:
        found = visit.app.exports.list(session, visit.principal)
    return [as_data(one, visit.language, visit.app.clock.now()) for one in found]
