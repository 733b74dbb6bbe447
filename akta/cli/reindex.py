"""`akta reindex`: build the search index anew."""

import os

import click

from akta.cli.context import open_archive


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
    count = app.index.rebuild(processes=processes or len(os.sched_getaffinity(0)))
    click.echo(f"{count} records indexed.")
