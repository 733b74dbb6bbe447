"""Large files from the intake desk, in pieces (see `api.resumable`)."""

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from akta.access.roles import Right
from api import resumable
from api.web.session import CsrfError, Visit, VisitDep

router = APIRouter()


def _checked(request: Request, visit: Visit) -> None:
    if request.headers.get("x-csrf-token") != visit.csrf:
        raise CsrfError("The page is out of date. Load it again and repeat.")


@router.get("/intake/uploads")
def unfinished(visit: VisitDep) -> JSONResponse:
    """What of the person's files has not arrived as a whole: offered again when the desk is opened."""
    visit.principal.require(Right.ADD)
    with visit.app.database.read() as session:
        found = visit.app.uploads.unfinished(session, visit.principal, "web")
    return JSONResponse(
        {
            "uploads": [
                {"id": u.id, "name": u.file_name, "modified": u.modified, "size": u.size, "done": u.done}
                for u in found
            ]
        }
    )


@router.post("/intake/uploads")
async def create(request: Request, visit: VisitDep) -> Response:
    """Announce a file."""
    _checked(request, visit)
    return await resumable.answered(
        request, lambda: resumable.create(request, visit.app, visit.principal, "web")
    )


@router.head("/intake/uploads/{upload_id}")
async def state(request: Request, upload_id: str, visit: VisitDep) -> Response:
    """How far a file is."""
    return await resumable.answered(request, lambda: resumable.state(visit.app, visit.principal, upload_id))


@router.patch("/intake/uploads/{upload_id}")
async def append(request: Request, upload_id: str, visit: VisitDep) -> Response:
    """Take a piece."""
    _checked(request, visit)
    return await resumable.answered(
        request, lambda: resumable.append(request, visit.app, visit.principal, upload_id)
    )


@router.delete("/intake/uploads/{upload_id}", status_code=204)
async def forget(request: Request, upload_id: str, visit: VisitDep) -> Response:
    """Throw away what came of a file."""
    _checked(request, visit)
    return await resumable.answered(request, lambda: resumable.forget(visit.app, visit.principal, upload_id))
