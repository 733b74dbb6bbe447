"""Signing in and out. Who has a second factor gives a code in a second step."""

from typing import Annotated, Literal
from urllib.parse import quote

from fastapi import APIRouter, Form, Query, Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from akta.access import accounts, sessions
from akta.access.second_factor import WrongCodeError
from akta.access.signing_in import PENDING_LIFE, CodeNeeded, PendingGoneError
from akta.bootstrap import App
from akta.kernel.errors import AktaError
from api.web.pages import language_of, page
from api.web.session import (
    COOKIE,
    VisitDep,
    check_csrf,
    check_origin,
    keep_session,
    safe_target,
    visitor_of,
)
from api.web.wording import tell

router = APIRouter()
#: Carries the secret of a first step that waits for its second; it opens no page.
PENDING_COOKIE = "akta_second_step"
_PENDING_PATH = "/sign-in"


@router.get("/sign-in")
def show(
    request: Request,
    next: str = "/",  # noqa: A002 - the name in the address
    out: Annotated[str, Query(max_length=20)] = "",
) -> Response:
    """The form; after signing out, for whom a provider signed in, also the way to sign out there."""
    app: App = request.app.state.akta
    if out == "provider" and app.provider_sign_ins is not None:
        return sign_in_page(request, next, leave=app.provider_sign_ins.provider.end_session(), out=True)
    return sign_in_page(request, next)


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
        return sign_in_page(request, next, error, 401, login=login)
    except accounts.ThrottledError as error:
        return sign_in_page(request, next, error, 429, login=login)
    if isinstance(passed, CodeNeeded):
        response = RedirectResponse(f"/sign-in/code?next={quote(safe_target(next))}", 303)
        keep_pending(response, app, passed.secret)
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
        return sign_in_page(request, next, error, 401)
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
        row = sessions.session_of(session, visit.secret)
        by_provider = row is not None and row.by_provider
        sessions.close_session(session, visit.secret)
    response = RedirectResponse("/sign-in?out=provider" if by_provider else "/sign-in", 303)
    response.delete_cookie(COOKIE, path="/")
    return response


def keep_pending(
    response: Response, app: App, secret: str, samesite: Literal["strict", "lax"] = "strict"
) -> None:
    """Give the browser the secret of a first step that waits for its second."""
    response.set_cookie(
        PENDING_COOKIE,
        secret,
        max_age=int(PENDING_LIFE.total_seconds()),
        httponly=True,
        samesite=samesite,
        secure=app.settings.public_https,
        path=_PENDING_PATH,
    )


def sign_in_page(
    request: Request,
    target: str,
    error: AktaError | None = None,
    status: int = 200,
    *,
    login: str = "",
    leave: str = "",
    out: bool = False,
) -> Response:
    """The page to sign in at, with what went wrong; `leave` is where one signs out at the provider."""
    app: App = request.app.state.akta
    return page(
        request,
        "sign_in.html",
        None,
        status,
        target=safe_target(target),
        login=login,
        problem=tell(error, language_of(request)) if error else "",
        code=error.code if error else "",
        identifier=str(error.params.get("subject", "")) if error else "",
        provider=app.settings.provider,
        leave=leave,
        out=out,
    )


def _code_page(
    request: Request, csrf: str, target: str, error: AktaError | None = None, status: int = 200
) -> Response:
    values = {"target": safe_target(target), "csrf": csrf, "problem": error.code if error else None}
    return page(request, "sign_in_code.html", None, status, **values)
