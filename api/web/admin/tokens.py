"""Keys of programs: whose they are, what they may do, and taking them back."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import Response

from akta.access import sessions
from akta.access.models import ApiToken
from api.web.admin.names import RIGHTS, named
from api.web.admin.visits import PeopleVisit, admin_page
from api.web.answers import back_to
from api.web.session import check_csrf

router = APIRouter()


@router.get("/admin/tokens")
def show(request: Request, visit: PeopleVisit, done: str = "") -> Response:
    """All tokens, those that work first, the newest on top."""
    with visit.app.database.read() as session:
        rows = sessions.list_tokens(session)
    now = visit.app.clock.now()

    def over(token: ApiToken) -> bool:
        return token.revoked_at is not None or (token.expires_at is not None and token.expires_at <= now)

    rows.reverse()
    ordered = sorted(rows, key=lambda row: over(row[0]))
    told = [(token, login, over(token)) for token, login in ordered]
    names = named(RIGHTS, visit.language)
    return admin_page(request, "tokens.html", visit, tokens=told, names=names, done=done == "revoked")


@router.post("/admin/tokens/{token_id}/revoke")
def revoke(token_id: str, visit: PeopleVisit, csrf: Annotated[str, Form()]) -> Response:
    """Make a token useless from now on."""
    check_csrf(visit, csrf)
    app = visit.app
    with app.database.write() as session:
        sessions.revoke_token(session, app.audit, visit.principal.actor, token_id, app.clock.now())
    return back_to(visit, "/admin/tokens", "", "revoked")
