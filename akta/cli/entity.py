"""`akta entity`: legal entities and their fiscal years."""

from datetime import date

import click

from akta.cli.context import open_archive, print_json, who
from akta.kernel.errors import InvalidError
from retention.events.days import parse_day
from retention.keeping.naming import add_entity, as_data, change_entity, list_entities

_YEAR = click.option(
    "--year",
    "years",
    multiple=True,
    metavar="FROM/TO",
    help="A fiscal year like 2025-04-01/2026-03-31; repeatable. Others follow by twelve months.",
)


@click.group("entity")
def command() -> None:
    """Legal entities: whose records these are, and when their fiscal years end.

    A record belongs to the entity whose tax number it names as buyer or seller, else to the default one.
    """


@command.command("add")
@click.argument("name")
@click.option("--nip", help="Its tax number.")
@click.option("--default", "is_default", is_flag=True, help="Records that name no other are its own.")
@_YEAR
def add(name: str, nip: str | None, is_default: bool, years: tuple[str, ...]) -> None:
    """Enter a legal entity."""
    app = open_archive()
    with app.database.write() as session:
        number = add_entity(
            session,
            app.audit,
            who(),
            name=name,
            nip=nip,
            years=_years(years),
            default=is_default,
            now=app.clock.now(),
        ).id
    app.wake_workers()
    click.echo(f"Entered as {number}.")


@command.command("change")
@click.argument("entity")
@click.option("--name")
@click.option("--nip")
@click.option("--default/--no-default", "is_default", default=None)
@_YEAR
def change(
    entity: str, name: str | None, nip: str | None, is_default: bool | None, years: tuple[str, ...]
) -> None:
    """Change ENTITY (its number). A short year in a change of the calendar is given like any other."""
    app = open_archive()
    with app.database.write() as session:
        change_entity(
            session,
            app.audit,
            who(),
            entity.strip().lower(),
            app.clock.now(),
            name=name,
            nip=nip,
            years=_years(years) if years else None,
            default=is_default,
        )
    app.wake_workers()
    click.echo("Changed; records are computed anew.")


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line and entity.")
def list_(as_json: bool) -> None:
    """List legal entities."""
    app = open_archive()
    with app.database.read() as session:
        items = [as_data(entity) for entity in list_entities(session, who())]
    for item in items:
        if as_json:
            print_json(item)
        else:
            marks = " (default)" if item["default"] else ""
            years = ", ".join("/".join(year) for year in item["fiscal_years"]) or "calendar years"
            click.echo(f"{item['id']}  {item['nip'] or '-':<12} {item['name']}{marks}: {years}")
    if not items and not as_json:
        click.echo("There are no legal entities: fiscal years are taken to be calendar years.")


def _years(texts: tuple[str, ...]) -> list[tuple[date, date]]:
    years = []
    for text in texts:
        first, slash, last = text.partition("/")
        if not slash:
            raise InvalidError(f"'{text[:40]}' is not FROM/TO, like 2025-04-01/2026-03-31.")
        years.append((parse_day(first), parse_day(last)))
    return years
