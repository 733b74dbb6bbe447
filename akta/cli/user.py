"""`akta user`: people and what they may see and do."""

import click
from sqlalchemy import select

from akta.access import accounts
from akta.access.models import User
from akta.access.roles import GRANTABLE, ROLES
from akta.access.second_factor import required_roles, with_factor
from akta.cli.context import open_archive, print_json, who
from akta.kernel.errors import InvalidError


def _grants(texts: tuple[str, ...]) -> dict[str, int]:
    grants: dict[str, int] = {}
    for text in texts:
        domain, _, level = text.partition(":")
        if not level.isdecimal():
            raise InvalidError(f"'{text}' is not a grant. Write DOMAIN:LEVEL, for example accounting:2.")
        for name in GRANTABLE if domain == "all" else (domain,):
            grants[name] = int(level)
    return grants


@click.group("user")
def command() -> None:
    """People: accounts, roles, grants, passwords."""


@command.command("list")
@click.option("--json", "as_json", is_flag=True)
def list_(as_json: bool) -> None:
    """List the accounts."""
    app = open_archive()
    with app.database.read() as session:
        users = accounts.list_users(session)
        two_steps = with_factor(session)
    for user in users:
        grants = {g.domain: g.level for g in user.grants}
        row = {
            "login": user.login,
            "name": user.name,
            "active": user.active,
            "roles": user.roles,
            "grants": grants,
            "second_factor": user.id in two_steps,
        }
        if as_json:
            print_json(row)
        else:
            shown = " ".join(f"{d}:{n}" for d, n in sorted(grants.items())) or "no grants"
            off = "  (second factor)" if user.id in two_steps else ""
            off += "" if user.active else "  (switched off)"
            click.echo(f"{user.login:<20} {','.join(user.roles):<45} {shown}{off}")


@command.command("add")
@click.argument("login")
@click.option("--name", default="")
@click.option("--role", "roles", multiple=True, type=click.Choice(list(ROLES)), required=True)
@click.option("--grant", "grants", multiple=True, help="DOMAIN:LEVEL, level 1 to 3; DOMAIN may be 'all'.")
@click.option(
    "--language",
    type=click.Choice(["pl", "en"]),
    help="If not given, that of AKTA_LANGUAGE.",
)
@click.option("--password", help="Generated and shown once if not given.")
def add(
    login: str,
    name: str,
    roles: tuple[str, ...],
    grants: tuple[str, ...],
    language: str | None,
    password: str | None,
) -> None:
    """Add a person."""
    app = open_archive()
    chosen = password or accounts.generate_password()
    with app.database.write() as session:
        accounts.create_user(
            session,
            app.audit,
            who().actor,
            login=login,
            name=name,
            password=chosen,
            roles=roles,
            grants=_grants(grants),
            language=language or app.settings.first_language,
            now=app.clock.now(),
        )
    click.echo(f"Added {login}." + ("" if password else f" Password, shown this once: {chosen}"))


@command.command("change")
@click.argument("login")
@click.option("--role", "roles", multiple=True, type=click.Choice(list(ROLES)), help="Replaces all roles.")
@click.option("--grant", "grants", multiple=True, help="DOMAIN:LEVEL; level 0 takes the grant away.")
@click.option("--active/--inactive", default=None)
def change(login: str, roles: tuple[str, ...], grants: tuple[str, ...], active: bool | None) -> None:
    """Change roles, grants, or whether the account works. It acts at once."""
    app = open_archive()
    with app.database.write() as session:
        accounts.change_access(
            session,
            app.audit,
            who().actor,
            login,
            now=app.clock.now(),
            roles=roles or None,
            grants=_grants(grants),
            active=active,
        )
    click.echo(f"Changed {login}.")


@command.command("password")
@click.argument("login")
@click.option("--password", help="Generated and shown once if not given.")
def password_(login: str, password: str | None) -> None:
    """Set a new password; all the person's sessions end."""
    app = open_archive()
    chosen = password or accounts.generate_password()
    with app.database.write() as session:
        accounts.set_password(session, app.audit, who().actor, login, chosen, now=app.clock.now())
    click.echo("Changed." if password else f"New password of {login}, shown this once: {chosen}")


@command.group("second-factor")
def second_factor() -> None:
    """Codes of an app beside the password: who must have one, and taking a lost one away."""


@second_factor.command("require")
@click.argument("role", type=click.Choice(list(ROLES)))
@click.option("--off", is_flag=True, help="No longer.")
def require(role: str, off: bool) -> None:
    """Ask everybody with ROLE for a second factor; who has none sets one up at the next page they open."""
    app = open_archive()
    with app.database.write() as session:
        app.second_factors.require(session, who(), role, required=not off)
    click.echo(f"Role {role}: a second factor is {'not asked for' if off else 'required'}.")


@second_factor.command("take-away")
@click.argument("login")
def take_away(login: str) -> None:
    """Take the second factor of LOGIN away, with its recovery codes; all the person's sessions end."""
    app = open_archive()
    with app.database.write() as session:
        app.second_factors.take_away(session, who(), login)
    click.echo(f"{login} signs in with the password alone and can set up another second factor.")


@second_factor.command("show")
def show() -> None:
    """Show which roles ask for a second factor, and who of those asked has none."""
    app = open_archive()
    with app.database.read() as session:
        asking, two_steps = required_roles(session), with_factor(session)
        users = session.scalars(select(User).where(User.active).order_by(User.login)).all()
    click.echo("Required of: " + (", ".join(sorted(asking)) or "nobody"))
    for user in users:
        if asking & set(user.roles) and user.id not in two_steps:
            click.echo(f"{user.login} has none yet and is asked at the next page.")
