"""`akta explain`: why a record is kept until when."""

import click

from akta.cli.context import open_archive, print_json, resolve_record, who
from akta.records.visibility import get_visible
from retention.keeping.explaining import explanation


@click.command("explain")
@click.argument("record")
@click.option("--json", "as_json", is_flag=True, help="The derivation as data.")
@click.option("--language", type=click.Choice(["en", "pl"]), default="en", show_default=True)
def command(record: str, as_json: bool, language: str) -> None:
    """Say until when a record is kept, and why, step by step."""
    app = open_archive()
    record_id = resolve_record(app, record)
    with app.database.read() as session:
        found = get_visible(session, who(), record_id)
        told = explanation(session, found, language)
    if as_json:
        print_json(told)
        return
    click.echo(told["headline"])
    for number, sentence in enumerate(told["steps"], start=1):
        click.echo(f"  {number}. {sentence}")
