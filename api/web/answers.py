"""Answers to what a person decided on a page."""

import hashlib
import hmac
from collections.abc import Callable
from urllib.parse import urlencode

from sqlalchemy.orm import Session
from starlette.responses import RedirectResponse, Response

from akta.kernel.errors import AktaError, NotFoundError
from api.web.session import Visit
from api.web.wording import tell

_LONGEST = 290


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


def back(visit: Visit, record_id: str, problem: str, done: str = "") -> Response:
    """The record's page again, with what stood in the way or else what was done."""
    return back_to(visit, f"/records/{record_id}", problem, done)


def back_to(visit: Visit, path: str, problem: str, done: str = "", **facts: str) -> Response:
    """A page again, with what stood in the way or else what was done (and `facts` about it)."""
    query = {"done": done, **facts} if done else {}
    if problem:
        said = problem[:_LONGEST]
        query = {"problem": said, "seal": _seal(visit, said)}
    return RedirectResponse(f"{path}{'?' if query else ''}{urlencode(query)}", 303)


def said_by_us(visit: Visit, problem: str, seal: str) -> str:
    """The sentence of an address, if we wrote it for this session: no link may speak in Akta's name."""
    return problem if hmac.compare_digest(seal.encode(), _seal(visit, problem).encode()) else ""


def _seal(visit: Visit, said: str) -> str:
    return hmac.new(visit.csrf.encode(), said.encode(), hashlib.sha256).hexdigest()[:32]
