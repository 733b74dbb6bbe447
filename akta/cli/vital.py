"""`akta vital`: records without which the company could not go on."""

import click

from akta.cli.context import open_archive, person, print_json, resolve_record
from retention.vital.service import list_vital


@click.group("vital")
def command() -> None:
    """Vital records: flagged, reviewed in a cycle, with a copy elsewhere that somebody looks at."""


@command.command("flag")
@click.argument("record")
@click.option("--reason", required=True)
@click.option("--every", "months", default=12, show_default=True, help="Months between two reviews.")
@click.option("--copy", "place", default="", help="Where a copy lies.")
def flag(record: str, reason: str, months: int, place: str) -> None:
    """Say that RECORD is vital."""
    app = open_archive()
    with app.database.write() as session:
        made = app.vital.flag(session, person(app), resolve_record(app, record), reason, months, place)
        day = made.review_on
    click.echo(f"To be reviewed by {day}.")


@command.command("review")
@click.argument("record")
@click.option("--copy-seen", is_flag=True, help="You saw that the copy lies where it should.")
def review(record: str, copy_seen: bool) -> None:
    """Say that RECORD was reviewed."""
    app = open_archive()
    with app.database.write() as session:
        made = app.vital.review(session, person(app), resolve_record(app, record), copy_seen=copy_seen)
        day = made.review_on
    click.echo(f"To be reviewed again by {day}.")


@command.command("unflag")
@click.argument("record")
@click.option("--reason", required=True)
def unflag(record: str, reason: str) -> None:
    """Say that RECORD is not vital any more."""
    app = open_archive()
    with app.database.write() as session:
        app.vital.unflag(session, person(app), resolve_record(app, record), reason)
    click.echo("Done.")


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line and record.")
def list_(as_json: bool) -> None:
    """List vital records, those to be reviewed first on top."""
    app = open_archive()
    with app.database.read() as session:
        rows = list_vital(session, person(app), app.vital.today)
    for row in rows:
        if as_json:
            print_json(row)
        else:
            late = (" LATE" if row["late"] else "") + (" COPY NOT SEEN" if row["copy_late"] else "")
            click.echo(f"{row['record']}  review by {row['review_on']}{late}")
