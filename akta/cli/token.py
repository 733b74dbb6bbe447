"""`akta token`: keys for programs."""

from datetime import timedelta

import click

from akta.access import accounts, sessions
from akta.access.roles import TOKEN_SCOPES
from akta.cli.context import open_archive, print_json, who


@click.group("token")
def command() -> None:
    """Keys with which programs use the API as a person, within narrower limits."""


@command.command("add")
@click.argument("login")
@click.option("--name", required=True, help="What the token is for.")
@click.option("--scope", "scopes", multiple=True, type=click.Choice(list(TOKEN_SCOPES)), required=True)
@click.option("--days", type=click.IntRange(1, 3650), help="Expires after so many days.")
def add(login: str, name: str, scopes: tuple[str, ...], days: int | None) -> None:
    """Make a token that acts as LOGIN; its secret is shown once."""
    app = open_archive()
    now = app.clock.now()
    with app.database.write() as session:
        token, secret = sessions.create_token(
            session,
            app.audit,
            who().actor,
            accounts.find_user(session, login),
            name=name,
            scopes=scopes,
            now=now,
            expires_at=now + timedelta(days=days) if days else None,
        )
        token_id = token.id
    click.echo(f"Token {token_id}. Its secret, shown this once: {secret}")


@command.command("list")
@click.option("--json", "as_json", is_flag=True)
def list_(as_json: bool) -> None:
    """List the tokens (never their secrets)."""
    app = open_archive()
    with app.database.read() as session:
        rows = sessions.list_tokens(session)
    for token, login in rows:
        row = {
            "id": token.id,
            "login": login,
            "name": token.name,
            "scopes": token.scopes,
            "expires_at": token.expires_at,
            "revoked_at": token.revoked_at,
        }
        if as_json:
            print_json(row)
        else:
            state = "revoked" if token.revoked_at else f"until {token.expires_at or 'revoked'}"
            click.echo(f"{token.id}  {login:<16} {','.join(token.scopes):<30} {state}  {token.name}")


@command.command("revoke")
@click.argument("token_id")
def revoke(token_id: str) -> None:
    """Make a token useless from now on."""
    app = open_archive()
    with app.database.write() as session:
        sessions.revoke_token(session, app.audit, who().actor, token_id, app.clock.now())
    click.echo("Revoked.")
