"""`akta backup`: a consistent copy while Akta runs."""

from pathlib import Path

import click

from akta.cli.context import open_archive
from akta.operations.backup import back_up


@click.command("backup")
@click.argument("target", type=click.Path(path_type=Path, dir_okay=False))
@click.pass_context
def command(context: click.Context, target: Path) -> None:
    """Write a backup of the whole archive, keys included, to a new file."""
    app = open_archive()
    made = back_up(app, target.absolute())
    click.echo(f"{made.rows} rows and {made.blobs} files are in {target}. Keep it as safe as the archive.")
    click.echo(f"Delete it after {made.delete_after}: until then it holds what is destroyed meanwhile.")
    lost = len(made.damaged) + len(made.missing)
    if lost:
        click.echo(f"{lost} files are damaged or missing and not in it: 'akta verify' names them.", err=True)
        context.exit(1)
