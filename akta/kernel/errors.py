"""The root of Akta's errors.

Each error has a stable `code`; subclasses sit beside the feature that raises
them. Only `api` maps codes to HTTP statuses, only `akta.cli` to exit codes.
"""

from typing import Any


class AktaError(Exception):
    """Something a caller can be told about.

    `code` is stable and part of the API; the message is a sentence for a person
    that says what happened and what to do next; `params` are its facts.
    """

    code = "error"

    def __init__(self, message: str, **params: Any) -> None:
        super().__init__(message)
        self.message = message
        self.params = params


class NotFoundError(AktaError):
    """It does not exist, or the caller may not know that it does."""

    code = "not_found"


class ForbiddenError(AktaError):
    """The caller is known and may not do this."""

    code = "forbidden"


class InvalidError(AktaError):
    """What was asked makes no sense as asked."""

    code = "invalid"


class ConflictError(AktaError):
    """The state of things does not allow it now."""

    code = "conflict"


class OutageError(AktaError):
    """Something outside that all work needs (database, store) is away or full for a while.

    No fault of what was asked: whoever can wait tries again until it is back.
    """

    code = "outage"


class StaleError(ConflictError):
    """Someone else changed it since it was read."""

    code = "stale"
