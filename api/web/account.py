"""One's own account: language, theme, password, sessions."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Form, Query, Request
from sqlalchemy.orm import Session
from starlette.responses import RedirectResponse, Response

from akta.access import accounts, signed_in
from akta.access.models import User
from akta.access.oidc.links import links_of
from akta.access.sessions import session_of
from akta.kernel.errors import AktaError, InvalidError
from api.web.answers import said_by_us
from api.web.pages import page
from api.web.session import COOKIE, Visit, VisitDep, check_csrf, visitor_of
from api.web.sessions import sessions_shown
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
    done: Annotated[str, Query(max_length=20)] = "",
) -> Response:
    """What concerns oneself: language, password, second factor, sessions, grants."""
    with visit.app.database.read() as session:
        values = _values(session, visit)
    said = said_by_us(visit, problem, seal)
    return page(request, "account.html", visit, problem=said, done=done == "ended", **values)


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
        said = tell(error, visit.language)
        return page(request, "account.html", visit, 422, problem=said, done=False, **values)
    response = RedirectResponse("/sign-in", 303)
    response.delete_cookie(COOKIE, path="/")
    return response


@router.post("/account/sessions/end")
def end_session(
    visit: VisitDep, csrf: Annotated[str, Form()], number: Annotated[str, Form(max_length=64)]
) -> Response:
    """End one of one's own sessions."""
    check_csrf(visit, csrf)
    app = visit.app
    with app.database.write() as session:
        signed_in.end_own_session(session, app.audit, visit.principal, number, app.clock.now())
    return RedirectResponse("/account?done=ended#sessions", 303)


@router.post("/account/sessions/end-others")
def end_other_sessions(visit: VisitDep, csrf: Annotated[str, Form()]) -> Response:
    """End all of one's sessions but this one."""
    check_csrf(visit, csrf)
    app = visit.app
    with app.database.write() as session:
        signed_in.end_own_others(session, app.audit, visit.principal, visit.secret, app.clock.now())
    return RedirectResponse("/account?done=ended#sessions", 303)


def _values(session: Session, visit: Visit) -> dict[str, Any]:
    """What the page shows of the person."""
    user = session.get_one(User, visit.principal.user_id)
    how = session_of(session, visit.secret)
    return {
        "user": user,
        "links": links_of(session, user.id),
        "provider": visit.app.settings.provider,
        "by_provider": how is not None and how.by_provider,
        "asserted": how is not None and how.provider_factor,
        "notices": my_notices(session, visit.principal),
        "factor": visit.app.second_factors.state(session, user),
        "sessions": sessions_shown(session, visit, user.id),
    }
