"""`akta restore`: a backup becomes an archive again."""

from pathlib import Path

import click

from akta.cli.context import open_archive
from akta.kernel.errors import ConflictError, InvalidError
from akta.operations.restore import check_backup, restore
from akta.operations.verify import verify_archive
from akta.settings import load_settings
from akta.worker.embedded import executor_runs
from retention.disposition.ledger import NAME


@click.command("restore")
@click.argument("source", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option(
    "--ledger",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="The archive's ledger as it last was, or its copy; else that in the data folder.",
)
@click.option("--without-ledger", is_flag=True, help="The ledger is lost: what was destroyed may come back.")
@click.pass_context
def command(context: click.Context, source: Path, ledger: Path | None, without_ledger: bool) -> None:
    """Read a backup into an empty data folder (AKTA_HOME), build the index, and verify it.

    What was destroyed, held or released after the backup is so again before anybody sees it: the
    ledger says what that is.
    """
    check_backup(source)
    if ledger is None and not without_ledger and not (load_settings().home / "ledger" / NAME).exists():
        raise InvalidError(
            "Say where the archive's ledger is, so that what was destroyed since stays destroyed: --ledger "
            "FILE (ledger/ledger.jsonl of its data folder, or the copy). If it is lost: --without-ledger."
        )
    app = open_archive(restoring=True)
    if executor_runs(app.home):
        raise ConflictError("Akta is running on this data folder. Stop it first.")
    restored = restore(app, source.absolute(), ledger=ledger.absolute() if ledger else None)
    if restored.over:
        click.echo("This backup was to be deleted by now. Delete it.", err=True)
    done = restored.replayed
    if done.lines:
        click.echo(
            f"Ledger: {done.destroyed} records destroyed again, {done.holds} holds and "
            f"{done.restricted} restrictions put right."
        )
    elif without_ledger:
        click.echo("No ledger: what was destroyed after the backup is back. Destroy it again.", err=True)
    for record in restored.without_bytes:
        click.echo(f"    {record}: its file was lost or damaged before the backup was made", err=True)
    click.echo(f"{restored.rows} rows and {restored.blobs} files restored. Verifying…")
    result = verify_archive(app)
    for check in result.checks:
        for line in check.problems:
            click.echo(f"    {line}")
    click.echo("All holds." if result.holds else "IT DOES NOT HOLD.")
    context.exit(0 if result.holds else 1)
