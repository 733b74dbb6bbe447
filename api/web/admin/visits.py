"""Who may come to these pages, and the places that each of them names."""

from typing import Annotated, Any

from fastapi import Depends, Request
from starlette.responses import Response

from akta.access.roles import Right
from api.web.pages import page
from api.web.session import Visit, VisitDep

#: Pages of the desk: path, its name in the catalogue, the right it needs.
_PLACES = (
    ("/admin/people", "People", Right.USERS),
    ("/admin/roles", "Roles and grants", Right.USERS),
    ("/admin/tokens", "Tokens", Right.USERS),
    ("/admin/jobs", "Jobs", Right.SYSTEM),
    ("/admin/health", "Health", Right.SYSTEM),
    ("/admin/models", "Versions of the model", Right.SYSTEM),
)


def get_people_visit(visit: VisitDep) -> Visit:
    """Somebody who manages people. Raises ForbiddenError."""
    visit.principal.require(Right.USERS)
    return visit


def get_system_visit(visit: VisitDep) -> Visit:
    """Somebody who looks after jobs and health. Raises ForbiddenError."""
    visit.principal.require(Right.SYSTEM)
    return visit


PeopleVisit = Annotated[Visit, Depends(get_people_visit)]
SystemVisit = Annotated[Visit, Depends(get_system_visit)]


def places(visit: Visit) -> list[tuple[str, str]]:
    """The pages that somebody may open: path and name in the catalogue."""
    return [(path, name) for path, name, right in _PLACES if visit.principal.may(right)]


def admin_page(
    request: Request, template: str, visit: Visit, status_code: int = 200, **values: Any
) -> Response:
    """A page of the desk, with the names of its other pages on top."""
    return page(request, f"admin/{template}", visit, status_code, places=places(visit), **values)
