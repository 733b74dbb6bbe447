"""Signing in through an OpenID provider: there and back. Without one in the settings none of this is here."""

from typing import Annotated
from urllib.parse import quote

import structlog
from fastapi import APIRouter, Query, Request
from starlette.responses import RedirectResponse, Response

from akta.access.accounts import ThrottledError
from akta.access.oidc.answers import Answer
from akta.access.oidc.fetching import ProviderDownError
from akta.access.oidc.refusals import ProviderRefusedError
from akta.access.oidc.ticket import TICKET_LIFE
from akta.access.signing_in import CodeNeeded
from akta.bootstrap import App
from akta.kernel.errors import AktaError, NotFoundError
from api.web.session import VisitDep, keep_session, safe_target, visitor_of
from api.web.sign_in import keep_pending, sign_in_page

log = structlog.get_logger("akta.provider")
router = APIRouter()
#: Carries the sealed journey. It has to come along from the provider's page, so it cannot be strict.
TICKET_COOKIE = "akta_provider"
_PATH = "/sign-in/provider"


@router.get(_PATH)
def leave(request: Request, next: str = "/") -> Response:  # noqa: A002 - the name in the address
    """Go to the provider."""
    return _leave(request, next)


@router.get("/account/prove")
def prove(request: Request, visit: VisitDep, next: str = "/account") -> Response:  # noqa: A002
    """Go to the provider, which is to ask anew who one is."""
    return _leave(request, next, visit.principal.user_id or "")


@router.get(f"{_PATH}/callback")
def come_back(
    request: Request,
    state: Annotated[str, Query(max_length=200)] = "",
    code: Annotated[str, Query(max_length=4000)] = "",
    error: Annotated[str, Query(max_length=200)] = "",
    iss: Annotated[str | None, Query(max_length=400)] = None,
) -> Response:
    """Open a session for whom the provider vouches, or go on to the second step."""
    app: App = request.app.state.akta
    if app.provider_sign_ins is None:
        raise NotFoundError("There is nothing here.")
    answer = Answer(state, code, error, iss)
    response: Response
    try:
        back = app.provider_sign_ins.come_back(
            request.cookies.get(TICKET_COOKIE, ""), answer, visitor_of(request)
        )
    except ProviderRefusedError as refused:
        response = sign_in_page(request, "/", refused, 401)
    except ThrottledError as refused:
        response = sign_in_page(request, "/", refused, 429)
    except ProviderDownError as down:
        response = _away(request, "/", down)
    else:
        if isinstance(back.passed, CodeNeeded):
            response = RedirectResponse(f"/sign-in/code?next={quote(back.target)}", 303)
            # The browser is on its way from another site, which strict cookies do not survive.
            keep_pending(response, app, back.passed.secret, samesite="lax")
        else:
            response = RedirectResponse(back.target, 303)
            if back.passed is not None:
                keep_session(response, app, back.passed.secret)
    response.delete_cookie(TICKET_COOKIE, path=_PATH)
    return response


def _leave(request: Request, target: str, person: str = "") -> Response:
    app: App = request.app.state.akta
    if app.provider_sign_ins is None:
        raise NotFoundError("There is nothing here.")
    try:
        left = app.provider_sign_ins.leave(safe_target(target), person)
    except ProviderDownError as down:
        return _away(request, target, down)
    response = RedirectResponse(left.url, 303)
    response.set_cookie(
        TICKET_COOKIE,
        left.cookie,
        max_age=int(TICKET_LIFE.total_seconds()),
        httponly=True,
        samesite="lax",
        secure=app.settings.public_https,
        path=_PATH,
    )
    return response


def _away(request: Request, target: str, down: AktaError) -> Response:
    log.warning("provider.down", said=down.message, detail=str(down.params.get("detail", ""))[:200])
    return sign_in_page(request, target, down, 503)
