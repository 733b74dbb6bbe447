"""Text of a request that could neither be stored nor sent back: refused in one place, before any endpoint."""

import json
import re
from typing import Any

from fastapi import Request
from starlette.datastructures import FormData

from akta.kernel.errors import InvalidError, NotFoundError
from akta.kernel.text import is_fit, unfit_in

#: What in JSON speaks of a character that cannot be kept, or perhaps only of a backslash.
_SUSPECT = re.compile(r"\\u0000|[\ud800-\udfff]")


async def check_text(request: Request) -> None:
    """A dependency of every route: what FastAPI has read of the body is text that can be kept.

    Raises InvalidError; NotFoundError for an address that no text makes. A stream is left alone.
    """
    # Asynchronous, as it waits for nothing: a plain function would be sent to a thread.
    if not all(is_fit(str(part)) for part in request.path_params.values()):
        raise NotFoundError("There is nothing here.")
    if isinstance(form := getattr(request, "_form", None), FormData):
        require_text(form)
    elif hasattr(request, "_json"):
        body = await request.json()  # read before, so it is at hand
        if _is_suspect(body):
            _refuse(unfit_in(body))


def require_text(form: FormData) -> None:
    """Raise InvalidError for a form with text that cannot be kept; what is uploaded is not text."""
    for name, value in form.multi_items():
        _refuse(unfit_in({name: value if isinstance(value, str) else ""}))


def _is_suspect(body: Any) -> bool:
    try:
        return _SUSPECT.search(json.dumps(body, ensure_ascii=False)) is not None
    except (ValueError, RecursionError):
        return True


def _refuse(place: str | None) -> None:
    if place is not None:
        raise InvalidError(
            "The request has a character that is no text, such as NUL or half of a Unicode pair, "
            f"in '{place[:80]}'. Take it out.",
            field=place[:80],
        )
