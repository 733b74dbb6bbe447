"""`akta explain`: why a record is kept until when."""

from datetime import datetime

import click

from akta.cli.context import open_archive, print_json, resolve_record, who
from akta.records.visibility import get_visible
from retention.keeping.explaining import explanation


@click.command("explain")
@click.argument("record")
@click.option("--json", "as_json", is_flag=True, help="The derivation as data.")
@click.option(
    "--as-of",
    type=click.DateTime(["%Y-%m-%d"]),
    help="What had been computed by the end of this day instead of now.",
)
@click.option("--history", is_flag=True, help="Also when it was computed, and why.")
@click.option("--language", type=click.Choice(["en", "pl"]), default="en", show_default=True)
def command(record: str, as_json: bool, as_of: datetime | None, history: bool, language: str) -> None:
    """Say until when a record is kept, and why, step by step."""
    app = open_archive()
    record_id = resolve_record(app, record)
    with app.database.read() as session:
        found = get_visible(session, who(), record_id)
        told = explanation(
            session,
            found,
            language,
            as_of=as_of.date() if as_of else None,
            zone=app.settings.zone,
            now=app.clock.now(),
        )
    if as_json:
        print_json(told)
        return
    click.echo(told["headline"])
    if told["recomputing"]:
        click.echo(f"  ! {told['recomputing']['text']}")
    for number, sentence in enumerate(told["steps"], start=1):
        click.echo(f"  {number}. {sentence}")
    for entry in told["history"] if history else ():
        end = entry["retain_through"] or entry["outcome"]
        click.echo(f"  {entry['at'][:16]}  {end}  {entry['cause']} ({entry['actor']})")
