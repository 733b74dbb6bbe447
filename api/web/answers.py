"""Answers to what a person decided on a page."""

from collections.abc import Callable
from urllib.parse import quote

from starlette.responses import RedirectResponse, Response

from akta.kernel.errors import AktaError, NotFoundError


def attempt(act: Callable[[], object]) -> str:
    """Run a decision; what stands in its way becomes a sentence on the page."""
    try:
        act()
    except NotFoundError:
        raise
    except AktaError as error:
        return error.message
    return ""


def back(record_id: str, problem: str, done: str = "") -> Response:
    """The record's page again, with what stood in the way or else what was done."""
    query = f"?problem={quote(problem[:290])}" if problem else f"?done={done}" if done else ""
    return RedirectResponse(f"/records/{record_id}{query}", 303)
