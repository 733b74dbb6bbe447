"""`akta restore`: a backup becomes an archive again."""

from pathlib import Path

import click

from akta.cli.context import open_archive
from akta.kernel.errors import ConflictError
from akta.operations.restore import check_backup, restore
from akta.operations.verify import verify_archive
from akta.worker.embedded import executor_runs


@click.command("restore")
@click.argument("source", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.pass_context
def command(context: click.Context, source: Path) -> None:
    """Read a backup into an empty data folder (AKTA_HOME), build the index, and verify it."""
    check_backup(source)
    app = open_archive(restoring=True)
    if executor_runs(app.home):
        raise ConflictError("Akta is running on this data folder. Stop it first.")
    restored = restore(app, source.absolute())
    for record in restored.without_bytes:
        click.echo(f"    {record}: its file was lost or damaged before the backup was made", err=True)
    click.echo(f"{restored.rows} rows and {restored.blobs} files restored. Verifying…")
    result = verify_archive(app)
    for check in result.checks:
        for line in check.problems:
            click.echo(f"    {line}")
    click.echo("All holds." if result.holds else "IT DOES NOT HOLD.")
    context.exit(0 if result.holds else 1)
