"""Signing in and out. Who has a second factor gives a code in a second step."""

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Form, Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from akta.access import accounts, sessions
from akta.access.second_factor import WrongCodeError
from akta.access.signing_in import PENDING_LIFE, CodeNeeded, PendingGoneError
from akta.bootstrap import App
from akta.kernel.errors import AktaError
from api.web.pages import page
from api.web.session import (
    COOKIE,
    VisitDep,
    check_csrf,
    check_origin,
    keep_session,
    safe_target,
    visitor_of,
)

router = APIRouter()
#: Carries the secret of a first step that waits for its second; it opens no page.
PENDING_COOKIE = "akta_second_step"
_PENDING_PATH = "/sign-in"


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
    """Open a session, or go on to the second step; a failure is counted against the name and the address."""
    check_origin(request)
    app: App = request.app.state.akta
    try:
        passed = app.sign_ins.first_step(login, password, visitor_of(request))
    except accounts.SignInError as error:
        return _again(request, login, next, error, 401)
    except accounts.ThrottledError as error:
        return _again(request, login, next, error, 429)
    if isinstance(passed, CodeNeeded):
        response = RedirectResponse(f"/sign-in/code?next={quote(safe_target(next))}", 303)
        response.set_cookie(
            PENDING_COOKIE,
            passed.secret,
            max_age=int(PENDING_LIFE.total_seconds()),
            httponly=True,
            samesite="strict",
            secure=app.settings.public_https,
            path=_PENDING_PATH,
        )
        return response
    response = RedirectResponse(safe_target(next), 303)
    keep_session(response, app, passed.secret)
    return response


@router.get("/sign-in/code")
def show_second_step(request: Request, next: str = "/") -> Response:  # noqa: A002
    """The form for the code; without a first step the one for name and password."""
    app: App = request.app.state.akta
    csrf = app.sign_ins.pending_csrf(request.cookies.get(PENDING_COOKIE, ""))
    if csrf is None:
        return RedirectResponse(f"/sign-in?next={quote(safe_target(next))}", 303)
    return _code_page(request, csrf, next)


@router.post("/sign-in/code")
def second_step(
    request: Request,
    csrf: Annotated[str, Form(max_length=64)] = "",
    code: Annotated[str, Form(max_length=80)] = "",
    next: Annotated[str, Form(max_length=2000)] = "/",  # noqa: A002
) -> Response:
    """Check the code; the session that is opened has a secret that nobody had before."""
    check_origin(request)
    app: App = request.app.state.akta
    try:
        opened = app.sign_ins.second_step(
            request.cookies.get(PENDING_COOKIE, ""), csrf, code, visitor_of(request)
        )
    except WrongCodeError as error:
        return _code_page(request, csrf, next, error, 401)
    except accounts.ThrottledError as error:
        return _code_page(request, csrf, next, error, 429)
    except PendingGoneError as error:
        return _again(request, "", next, error, 401)
    response = RedirectResponse(safe_target(next), 303)
    response.delete_cookie(PENDING_COOKIE, path=_PENDING_PATH)
    keep_session(response, app, opened.secret)
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


def _code_page(
    request: Request, csrf: str, target: str, error: AktaError | None = None, status: int = 200
) -> Response:
    values = {"target": safe_target(target), "csrf": csrf, "problem": error.code if error else None}
    return page(request, "sign_in_code.html", None, status, **values)
