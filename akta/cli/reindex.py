"""`akta reindex`: build the search index anew."""

import click

from akta.cli.context import open_archive
from akta.kernel.process import processors


@click.command("reindex")
@click.option(
    "--processes",
    type=click.IntRange(1, 64),
    default=None,
    help="How many processes analyse words at a time; if left out, as many as there are processors.",
)
def command(processes: int | None) -> None:
    """Build a new index from the database beside the live one, then swap it in."""
    app = open_archive()
    count = app.index.rebuild(processes=processes or processors())
    click.echo(f"{count} records indexed.")
