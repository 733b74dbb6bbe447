"""What REST endpoints share: the application, the caller, ETags, cursors."""

from typing import Annotated

from fastapi import Depends, Header, Query, Request, Response
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from akta.access.principal import Principal
from akta.access.sessions import principal_of_token
from akta.bootstrap import App
from akta.kernel.errors import AktaError, InvalidError, StaleError
from akta.kernel.ids import is_id
from akta.records.doctypes.current import refresh
from akta.records.models import Record
from api.problems import UnauthenticatedError

#: Of a version in an ETag.
MOST_DIGITS = 18

_bearer = HTTPBearer(auto_error=False, description="An API token, made with 'akta token add'.")


class PreconditionRequiredError(AktaError):
    """A change needs the ETag of what it changes."""

    code = "precondition_required"


async def get_app(request: Request) -> App:
    """The application behind the API."""
    # Asynchronous, as it waits for nothing: a plain function would be sent to a thread.
    app: App = request.app.state.akta
    return app


AppDep = Annotated[App, Depends(get_app)]


def get_caller(
    request: Request,
    app: AppDep,
    credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
) -> Principal:
    """The principal of the request's token. Raises UnauthenticatedError."""
    if credentials is not None:
        with app.database.read() as session:
            refresh(session)  # the types as officers have defined them meanwhile
            principal = principal_of_token(session, credentials.credentials, app.clock.now())
        if principal is not None:
            request.state.language = principal.language  # what goes wrong from here on is told in it
            return principal
    raise UnauthenticatedError("Send a valid API token as 'Authorization: Bearer …'.")


Caller = Annotated[Principal, Depends(get_caller)]


def etag(record: Record) -> str:
    """The strong ETag of a record's state."""
    return f'"{record.id}.{record.row_version}"'


def set_etag(response: Response, record: Record) -> None:
    response.headers["etag"] = etag(record)


def expected_version(
    if_match: Annotated[str | None, Header(description="ETag of the record as you saw it")] = None,
) -> int:
    """The row version that the caller saw. Raises PreconditionRequiredError, StaleError."""
    if if_match is None:
        raise PreconditionRequiredError("Send the record's ETag as If-Match, so that no change is lost.")
    text = if_match.strip().removeprefix("W/").strip('"')
    _, _, version = text.rpartition(".")
    if not version.isdecimal() or len(version) > MOST_DIGITS:
        raise StaleError("The If-Match header is not an ETag of this record.")
    return int(version)


ExpectedVersion = Annotated[int, Depends(expected_version)]


#: Values of sensitive fields instead of masks. Whoever asks is written into the audit log (`note_shown`).
ShowSensitive = Annotated[
    bool, Query(description="sensitive values instead of `••••`; goes into the audit log each time")
]


def check_cursor(cursor: str | None) -> str | None:
    """A cursor as given out, or InvalidError."""
    if cursor is not None and not is_id(cursor):
        raise InvalidError("That is not a cursor of this list.", cursor=cursor[:40])
    return cursor
