"""The matrix of roles, who sees what, and which roles ask for a second factor."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from sqlalchemy.orm import Session
from starlette.responses import Response

from akta.access import accounts, roles
from akta.access.second_factor import required_roles, with_factor
from api.web import labels
from api.web.admin.names import RIGHTS, ROLES, named
from api.web.admin.visits import PeopleVisit, admin_page
from api.web.answers import attempt, back_to, said_by_us
from api.web.session import check_csrf

router = APIRouter()


@router.get("/admin/roles")
def show(request: Request, visit: PeopleVisit, problem: str = "", seal: str = "") -> Response:
    """Two tables: what each role may do, and what each person may see."""
    with visit.app.database.read() as session:
        people = [user for user in accounts.list_users(session) if user.active]
        two_steps, asking = with_factor(session), required_roles(session)
    language = visit.language
    matrix = []
    for code, rights in roles.ROLES.items():
        held = [user for user in people if code in user.roles]
        matrix.append(
            {
                "code": code,
                "rights": {right.value for right in rights},
                "people": len(held),
                "without": sum(user.id not in two_steps for user in held),
                "asks": code in asking,
            }
        )
    return admin_page(
        request,
        "roles.html",
        visit,
        matrix=matrix,
        people=[(user, {g.domain: g.level for g in user.grants}) for user in people],
        role_names=named(ROLES, language),
        right_names=named(RIGHTS, language),
        domains=[(code, labels.domain(code, language)) for code in roles.GRANTABLE],
        problem=said_by_us(visit, problem[:300], seal[:64]),
    )


@router.post("/admin/roles/{role}/second-factor")
def ask(
    role: str, visit: PeopleVisit, csrf: Annotated[str, Form()], required: Annotated[bool, Form()]
) -> Response:
    """Ask everybody with a role for a second factor, or no longer."""
    check_csrf(visit, csrf)

    def run(session: Session) -> None:
        visit.app.second_factors.require(session, visit.principal, role, required=required)

    return back_to(visit, "/admin/roles", attempt(visit, run))
