"""One's own account: language, theme and password."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Form, Query, Request
from sqlalchemy.orm import Session
from starlette.responses import RedirectResponse, Response

from akta.access import accounts
from akta.access.models import User
from akta.kernel.errors import AktaError, InvalidError
from api.web.answers import said_by_us
from api.web.pages import page
from api.web.session import COOKIE, Visit, VisitDep, check_csrf, visitor_of
from api.web.themes import keep_theme
from api.web.wording import tell
from retention.holds.notices import my_notices

router = APIRouter()


@router.get("/account")
def show(
    request: Request,
    visit: VisitDep,
    problem: Annotated[str, Query(max_length=300)] = "",
    seal: Annotated[str, Query(max_length=64)] = "",
) -> Response:
    with visit.app.database.read() as session:
        values = _values(session, visit)
    return page(request, "account.html", visit, problem=said_by_us(visit, problem, seal), **values)


@router.post("/account/language")
def language(
    visit: VisitDep, csrf: Annotated[str, Form()], choice: Annotated[str, Form(pattern="^(pl|en)$")]
) -> Response:
    """Choose the language of the pages."""
    check_csrf(visit, csrf)
    with visit.app.database.write() as session:
        session.get_one(User, visit.principal.user_id).language = choice
    return RedirectResponse("/account", 303)


@router.post("/account/theme")
def theme(
    visit: VisitDep,
    csrf: Annotated[str, Form()],
    choice: Annotated[Literal["system", "light", "dark"], Form()],
) -> Response:
    """Choose light or dark pages for this browser."""
    check_csrf(visit, csrf)
    response = RedirectResponse("/account", 303)
    keep_theme(response, visit, choice)
    return response


@router.post("/account/password")
def password(
    request: Request,
    visit: VisitDep,
    csrf: Annotated[str, Form()],
    current: Annotated[str, Form(max_length=2000)],
    new: Annotated[str, Form(max_length=2000)],
) -> Response:
    """Change one's own password; all sessions end and one signs in again."""
    check_csrf(visit, csrf)
    app = visit.app
    try:
        with app.database.read() as session:
            login = session.get_one(User, visit.principal.user_id).login
        app.sign_ins.prove_password(login, current, visitor_of(request).origin)
        if new == current:
            raise InvalidError("The new password is the present one. Choose another.")
        with app.database.write() as session:
            accounts.set_password(session, app.audit, visit.principal.actor, login, new, now=app.clock.now())
    except AktaError as error:
        with app.database.read() as session:
            values = _values(session, visit)
        return page(request, "account.html", visit, 422, problem=tell(error, visit.language), **values)
    response = RedirectResponse("/sign-in", 303)
    response.delete_cookie(COOKIE, path="/")
    return response


def _values(session: Session, visit: Visit) -> dict[str, Any]:
    """What the page shows of the person."""
    user = session.get_one(User, visit.principal.user_id)
    return {
        "user": user,
        "notices": my_notices(session, visit.principal),
        "factor": visit.app.second_factors.state(session, user),
    }
