"""Light, dark, or as the system has it: what a person has chosen for a browser.

Kept in a cookie of the person's own, not with the account: the same person may sit by a window in the
morning and before another screen at night, and two persons at one screen may choose differently.
"""

from starlette.requests import Request
from starlette.responses import Response

from api.web.session import Visit

THEMES = ("system", "light", "dark")
_YEAR = 365 * 24 * 3600


def _cookie(visit: Visit) -> str:
    return f"akta_theme_{visit.principal.user_id}"


def theme_of(request: Request, visit: Visit | None) -> str:
    """The theme chosen here, `system` until something is."""
    chosen = request.cookies.get(_cookie(visit), "") if visit else ""
    return chosen if chosen in THEMES else "system"


def keep_theme(response: Response, visit: Visit, chosen: str) -> None:
    """Remember the choice for a year in this browser."""
    response.set_cookie(
        _cookie(visit),
        chosen,
        max_age=_YEAR,
        httponly=True,
        samesite="lax",
        secure=visit.app.settings.public_https,
        path="/",
    )
