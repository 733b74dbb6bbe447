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


def back(record_id: str, problem: str) -> Response:
    """To the record's page, with what stood in the way."""
    query = f"?problem={quote(problem[:290])}" if problem else ""
    return RedirectResponse(f"/records/{record_id}{query}", 303)
