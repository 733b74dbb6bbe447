"""`akta reindex`: build the search index anew."""

import click

from akta.cli.context import open_archive


@click.command("reindex")
def command() -> None:
    """Build a new index from the database beside the live one, then swap it in."""
    app = open_archive()
    count = app.index.rebuild()
    click.echo(f"{count} records indexed.")
