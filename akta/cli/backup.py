"""`akta backup`: a consistent copy while Akta runs."""

from pathlib import Path

import click

from akta.cli.context import open_archive
from akta.operations.backup import back_up


@click.command("backup")
@click.argument("target", type=click.Path(path_type=Path, dir_okay=False))
def command(target: Path) -> None:
    """Write a backup of the whole archive, keys included, to a new file."""
    app = open_archive()
    counts = back_up(app, target.absolute())
    click.echo(
        f"{counts['rows']} rows and {counts['blobs']} files are in {target}. Keep it as safe as the archive."
    )
