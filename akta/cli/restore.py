"""`akta restore`: a backup becomes an archive again."""

from pathlib import Path

import click

from akta.cli.context import open_archive
from akta.kernel.errors import ConflictError
from akta.operations.backup import restore
from akta.operations.verify import verify_archive
from akta.worker.embedded import executor_runs


@click.command("restore")
@click.argument("source", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.pass_context
def command(context: click.Context, source: Path) -> None:
    """Read a backup into an empty data folder (AKTA_HOME), build the index, and verify it."""
    app = open_archive()
    if executor_runs(app.home):
        raise ConflictError("Akta is running on this data folder. Stop it first.")
    counts = restore(app, source.absolute())
    click.echo(f"{counts['rows']} rows and {counts['blobs']} files restored. Verifying…")
    result = verify_archive(app)
    for check in result.checks:
        for line in check.problems:
            click.echo(f"    {line}")
    click.echo("All holds." if result.holds else "IT DOES NOT HOLD.")
    context.exit(0 if result.holds else 1)
