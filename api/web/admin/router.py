"""All pages of the desk; `/admin` leads to the first that somebody may open."""

from fastapi import APIRouter
from starlette.responses import RedirectResponse, Response

from akta.access.roles import Right
from api.web.admin import health, jobs, models, people, roles, tokens
from api.web.admin.visits import places
from api.web.session import VisitDep

router = APIRouter()


@router.get("/admin")
def show(visit: VisitDep) -> Response:
    """The first page of the desk."""
    found = places(visit)
    if not found:
        visit.principal.require(Right.USERS)
    return RedirectResponse(found[0][0], 303)


for part in (people, roles, tokens, jobs, health, models):
    router.include_router(part.router)
