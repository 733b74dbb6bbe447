"""A second person at the command line: an account that proves itself by its password."""

import click

from akta.access.accounts import check_password, check_throttle, principal_of, record_failure
from akta.access.principal import Principal
from akta.bootstrap import App
from akta.kernel.errors import AktaError, ForbiddenError

_ORIGIN = "command line"


def second_person(app: App, login: str) -> Principal:
    """The principal of an account whose password is asked for. Raises SignInError, ThrottledError."""
    password = click.prompt(f"Password of {login}", hide_input=True, err=True)
    now = app.clock.now()
    with app.database.read() as session:
        check_throttle(session, login, _ORIGIN, now)
    try:
        with app.database.read() as session:
            user = check_password(session, login, password)
            principal = principal_of(session, user.id)
    except AktaError:
        with app.database.write() as session:
            record_failure(session, app.audit, login, _ORIGIN, now)
        raise
    if principal is None or user.must_change_password:
        raise ForbiddenError("This account must sign in on the pages and choose a password first.")
    return principal
