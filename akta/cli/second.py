"""Who acts at the command line where two people are needed: by a password typed, or by a token.

Both ways work for every such command: `--as LOGIN` asks for the password of an account, `AKTA_TOKEN` holds a
token of one. What is said with `--as` counts before what the environment holds.
"""

import click

from akta.access.accounts import check_password, check_throttle, principal_of, record_failure
from akta.access.principal import Principal
from akta.bootstrap import App
from akta.cli.context import person
from akta.kernel.errors import AktaError, ForbiddenError

_ORIGIN = "command line"
AS = click.option(
    "--as",
    "login",
    help="The account of whoever does it; asks for its password. Without it, whose token AKTA_TOKEN holds.",
)


def acting(app: App, login: str | None) -> Principal:
    """Who does it: the account of `--as`, else that of AKTA_TOKEN, else whoever is at the command line.

    Asks for a password, so never within a transaction. Raises as `second_person`, InvalidError for a token
    that is none.
    """
    return second_person(app, login) if login else person(app)


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
