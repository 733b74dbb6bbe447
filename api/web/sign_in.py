"""Signing in and out."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from akta.access import accounts, sessions
from akta.bootstrap import App
from akta.kernel.errors import AktaError
from api.web.pages import page
from api.web.session import COOKIE, VisitDep, check_csrf, check_origin, safe_target

router = APIRouter()


@router.get("/sign-in")
def show(request: Request, next: str = "/") -> Response:  # noqa: A002 - the name in the address
    return page(request, "sign_in.html", None, target=safe_target(next), login="", problem=None)


@router.post("/sign-in")
def sign_in(
    request: Request,
    login: Annotated[str, Form(max_length=200)] = "",
    password: Annotated[str, Form(max_length=2000)] = "",
    next: Annotated[str, Form(max_length=2000)] = "/",  # noqa: A002
) -> Response:
    """Open a session; a failure is counted against the name and the address."""
    check_origin(request)
    app: App = request.app.state.akta
    now = app.clock.now()
    origin = request.client.host if request.client else "unknown"
    try:
        with app.database.read() as session:
            accounts.check_throttle(session, login, origin, now)
            user = accounts.check_password(session, login, password)
    except accounts.SignInError as error:
        with app.database.write() as session:
            accounts.record_failure(session, app.audit, login, origin, now)
        return _again(request, login, next, error, 401)
    except accounts.ThrottledError as error:
        return _again(request, login, next, error, 429)
    old = request.cookies.get(COOKIE)
    with app.database.write() as session:
        if old:
            sessions.close_session(session, old)
        secret = sessions.open_session(session, app.audit, user, now)
    response = RedirectResponse(safe_target(next), 303)
    response.set_cookie(
        COOKIE,
        secret,
        max_age=int(sessions.SESSION_LIFE.total_seconds()),
        httponly=True,
        samesite="lax",
        secure=app.settings.public_https,
        path="/",
    )
    return response


@router.get("/session")
def session_state(visit: VisitDep) -> JSONResponse:
    """Who is signed in and the token of the session, for a page that outlived an earlier session."""
    return JSONResponse({"account": visit.principal.user_id, "csrf": visit.csrf})


@router.post("/sign-out")
def sign_out(visit: VisitDep, csrf: Annotated[str, Form()] = "") -> Response:
    """End the session."""
    check_csrf(visit, csrf)
    with visit.app.database.write() as session:
        sessions.close_session(session, visit.secret)
    response = RedirectResponse("/sign-in", 303)
    response.delete_cookie(COOKIE, path="/")
    return response


def _again(request: Request, login: str, target: str, error: AktaError, status: int) -> Response:
    return page(
        request, "sign_in.html", None, status, target=safe_target(target), login=login, problem=error.code
    )
