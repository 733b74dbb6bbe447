"""`akta hold`: legal holds."""

import click

from akta.cli.context import open_archive, print_json, resolve_record, who
from retention.holds import placing as holds


@click.group("hold")
def command() -> None:
    """Legal holds: while one covers a record, nothing can change or destroy it."""


@command.command("place")
@click.argument("records", nargs=-1, required=True)
@click.option("--matter", required=True, help="The name of the matter.")
@click.option("--reason", required=True)
@click.option("--authority", default="", help="On whose order.")
def place(records: tuple[str, ...], matter: str, reason: str, authority: str) -> None:
    """Place a hold on records."""
    app = open_archive()
    ids = [resolve_record(app, text) for text in records]
    with app.database.write() as session:
        hold = holds.place_hold(
            session,
            app.audit,
            who(),
            holds.PlaceHold(matter=matter, reason=reason, authority=authority, record_ids=tuple(ids)),
            app.clock.now(),
        )
        hold_id = hold.id
    count = len(set(ids))
    click.echo(f"Hold {hold_id} covers {count} {'record' if count == 1 else 'records'}.")


@command.command("release")
@click.argument("hold_id")
@click.option("--reason", required=True)
def release(hold_id: str, reason: str) -> None:
    """Release a hold. Records that another hold covers stay held."""
    app = open_archive()
    with app.database.write() as session:
        holds.release_hold(session, app.audit, who(), hold_id, reason, app.clock.now())
    click.echo("Released.")


@command.command("list")
@click.option("--json", "as_json", is_flag=True)
def list_(as_json: bool) -> None:
    """List the holds, released ones too."""
    app = open_archive()
    with app.database.read() as session:
        for row in holds.list_holds(session, who()):
            if as_json:
                print_json(row)
            else:
                state = f"released {row['released_at']}" if row["released_at"] else "active"
                click.echo(f"{row['id']}  {row['records']:>6} records  {state:<12} {row['matter']}")
