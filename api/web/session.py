"""Who sits at the browser: the session cookie, CSRF, and where to sign in."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated
from urllib.parse import quote, urlsplit

from fastapi import Depends, Request
from starlette.responses import RedirectResponse, Response

from akta.access.duties import duty_of
from akta.access.models import User
from akta.access.principal import Principal
from akta.access.sessions import SESSION_LIFE, find_session, touch_session
from akta.access.signing_in import Visitor
from akta.bootstrap import App
from akta.kernel.errors import AktaError
from akta.records import reads
from akta.records.doctypes.current import refresh
from akta.records.models import Record
from api.web.browsers import browser_family
from api.web.i18n import choose_language

COOKIE = "akta_session"
#: Where each duty is done; until then only one's own account, signing out and nothing else is open.
_DUTIES = {"password": "/account#password", "second_factor": "/account/second-factor"}
_OPEN = ("/account", "/sign-out", "/session", "/keys")
_TOUCH_AFTER = timedelta(minutes=5)


class CsrfError(AktaError):
    """The request did not come from one of our pages."""

    code = "csrf"


class SignInNeededError(Exception):
    """Nobody is signed in; carries where to go after signing in."""

    def __init__(self, target: str) -> None:
        super().__init__(target)
        self.target = target


class DutyError(Exception):
    """Something is owed first; carries where it is done."""

    def __init__(self, target: str) -> None:
        super().__init__(target)
        self.target = target


@dataclass(frozen=True, slots=True)
class Visit:
    """A signed-in request."""

    app: App
    principal: Principal
    csrf: str
    secret: str
    browser_language: str

    @property
    def language(self) -> str:
        """The one that the person has chosen, until then that of the browser."""
        return self.principal.language or self.browser_language


def get_visit(request: Request) -> Visit:
    """The signed-in person. Raises SignInNeededError, DutyError; checks where a change came from."""
    app: App = request.app.state.akta
    secret = request.cookies.get(COOKIE, "")
    now = app.clock.now()
    with app.database.read() as session:
        found = find_session(session, secret, now) if secret else None
        # The person was read for the principal, so this asks the database for nothing but roles.
        duty = duty_of(session, session.get_one(User, found[1].user_id), found[0]) if found else ""
        refresh(session)  # the types as officers have defined them meanwhile
    if found is None:
        raise SignInNeededError(_where(request))
    row, principal = found
    if now - row.seen_at > _TOUCH_AFTER:
        with app.database.write() as session:
            touch_session(session, secret, now)
    if request.method not in ("GET", "HEAD"):
        check_origin(request)
        given = request.headers.get("x-csrf-token")
        if given is not None and given != row.csrf:
            raise CsrfError("The page is out of date. Load it again and repeat.")
    visit = Visit(
        app, principal, row.csrf, secret, choose_language(request.headers.get("accept-language", ""))
    )
    request.state.language = visit.language  # for the page of an error as well
    if duty and not any(
        request.url.path == path or request.url.path.startswith(f"{path}/") for path in _OPEN
    ):
        raise DutyError(_DUTIES[duty])
    return visit


def language_chosen(request: Request) -> str:
    """The language of who is signed in, for a request that was refused before anybody asked; else none."""
    app: App = request.app.state.akta
    secret = request.cookies.get(COOKIE, "")
    try:
        with app.database.read() as session:
            found = find_session(session, secret, app.clock.now()) if secret else None
    except AktaError:
        return ""
    return (found[1].language or "") if found else ""


def _where(request: Request) -> str:
    """Where to go on after signing in: the page that was asked for, or that a form was sent from."""
    url = urlsplit(str(request.url) if request.method == "GET" else request.headers.get("referer", ""))
    if url.netloc != request.headers.get("host"):
        return "/"
    return url.path + (f"?{url.query}" if url.query else "")


VisitDep = Annotated[Visit, Depends(get_visit)]


def check_origin(request: Request) -> None:
    """Refuse changes asked for by other sites' pages."""
    origin = request.headers.get("origin")
    if origin and origin != "null" and urlsplit(origin).netloc != request.headers.get("host"):
        raise CsrfError("This request came from another site and was refused.")
    if origin == "null" or request.headers.get("sec-fetch-site") in ("cross-site", "same-site"):
        raise CsrfError("This request came from another site and was refused.")


def check_csrf(visit: Visit, token: str | None) -> None:
    """Each form carries the session's token."""
    if token != visit.csrf:
        raise CsrfError("The page is out of date. Load it again and repeat.")


def to_sign_in(_request: Request, error: Exception) -> Response:
    """Send somebody who is not signed in to the sign-in page."""
    assert isinstance(error, SignInNeededError)
    return RedirectResponse(f"/sign-in?next={quote(error.target)}", 303)


def to_duty(_request: Request, error: Exception) -> Response:
    """Send somebody to what they owe first."""
    assert isinstance(error, DutyError)
    return RedirectResponse(error.target, 303)


def keep_session(response: Response, app: App, secret: str) -> None:
    """Give the browser the secret of its session."""
    response.set_cookie(
        COOKIE,
        secret,
        max_age=int(SESSION_LIFE.total_seconds()),
        httponly=True,
        samesite="lax",
        secure=app.settings.public_https,
        path="/",
    )


def visitor_of(request: Request) -> Visitor:
    """Where somebody signs in from."""
    return Visitor(
        origin=request.client.host if request.client else "unknown",
        browser=browser_family(request.headers.get("user-agent", "")),
        session=request.cookies.get(COOKIE),
    )


def safe_target(target: str) -> str:
    """A path on this site, or the start page."""
    fine = target.startswith("/") and not target.startswith("//") and "\\" not in target
    return target if fine and target.isprintable() else "/"


def note_shown(visit: Visit, record_id: str, *, once: bool = False) -> None:
    """That hidden values are shown goes into the audit log, before they are."""
    app = visit.app
    reads.note_shown(app.database, app.audit, app.clock, visit.principal, record_id, once=once)


def note_read(visit: Visit, record: Record, action: str = "record.read", *, once: bool = False) -> None:
    """Reads of confidential records go into the audit log."""
    app = visit.app
    reads.note_read(app.database, app.audit, app.clock, visit.principal, record, action, once=once)
