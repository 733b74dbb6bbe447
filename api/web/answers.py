"""Answers to what a person decided on a page."""

from collections.abc import Callable
from urllib.parse import quote

from sqlalchemy.orm import Session
from starlette.responses import RedirectResponse, Response

from akta.kernel.errors import AktaError, NotFoundError
from api.web.session import Visit
from api.web.wording import tell


def attempt(visit: Visit, act: Callable[[Session], object]) -> str:
    """Run a decision in a transaction of its own; what stands in its way becomes a sentence."""
    try:
        with visit.app.database.write() as session:
            act(session)
    except NotFoundError:
        raise
    except AktaError as error:
        return tell(error, visit.language)
    visit.app.wake_workers()
    return ""


def back(record_id: str, problem: str, done: str = "") -> Response:
    """The record's page again, with what stood in the way or else what was done."""
    query = f"?problem={quote(problem[:290])}" if problem else f"?done={done}" if done else ""
    return RedirectResponse(f"/records/{record_id}{query}", 303)
