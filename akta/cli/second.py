"""Who acts at the command line where two people are needed: by a password typed (and a code), or by a token.

Both ways work for every such command: `--as LOGIN` asks for the password of an account, `AKTA_TOKEN` holds a
token of one. What is said with `--as` counts before what the environment holds.
"""

import click

from akta.access.accounts import principal_of
from akta.access.duties import duty_of
from akta.access.models import User
from akta.access.principal import Principal
from akta.access.second_factor import has_factor
from akta.bootstrap import App
from akta.cli.context import person
from akta.kernel.errors import ForbiddenError

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
    """The principal of an account whose password is asked for, and its code if it has a second factor.

    Raises SignInError, WrongCodeError, ThrottledError; ForbiddenError if something is owed first.
    """
    password = click.prompt(f"Password of {login}", hide_input=True, err=True)
    user = app.sign_ins.prove_password(login, password, _ORIGIN)
    with app.database.read() as session:
        two_steps = has_factor(session, user.id)
    if two_steps:
        code = click.prompt("Code of the app, or a recovery code", hide_input=True, err=True)
        app.sign_ins.prove_code(user.id, code, _ORIGIN)
    with app.database.read() as session:
        principal = principal_of(session, user.id)
        duty = duty_of(session, session.get_one(User, user.id))
    if principal is None or duty == "password":
        raise ForbiddenError("This account must sign in on the pages and choose a password first.")
    if duty:
        raise ForbiddenError("This account must sign in on the pages and set up a second factor first.")
    return principal
