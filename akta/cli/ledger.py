"""`akta ledger`: what was destroyed and held, outside the database."""

from pathlib import Path

import click

from akta.cli.context import open_archive, print_json
from akta.kernel.errors import ConflictError
from akta.operations.ledger import replay_here
from akta.worker.embedded import executor_runs
from retention.disposition.ledger_lines import lines_of, verify_ledger


@click.group("ledger")
def command() -> None:
    """The ledger of what was destroyed and held.

    It lies outside the database (ledger/ledger.jsonl in the data folder, and where AKTA_LEDGER_COPY says),
    so that a restored backup cannot bring back what was destroyed.
    """


@command.command("verify")
@click.pass_context
def verify(context: click.Context) -> None:
    """Check chain and signatures. Exit code 0 only if they hold."""
    app = open_archive()
    if not app.ledger.file.exists():
        click.echo("Nothing was destroyed or held yet.")
        return
    count, problems = verify_ledger(app.ledger.file, app.audit.public_key)
    for line in problems:
        click.echo(f"    {line}")
    click.echo(f"{count} lines. " + ("It holds." if not problems else "IT DOES NOT HOLD."))
    context.exit(1 if problems else 0)


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def list_(as_json: bool) -> None:
    """List the acts, the oldest first."""
    app = open_archive()
    for line in lines_of(app.ledger.file) if app.ledger.file.exists() else ():
        if as_json:
            print_json({**line.body(), "hash": line.hash})
        else:
            subject = line.data.get("record") or (line.data.get("hold") or {}).get("id") or ""
            click.echo(f"{line.number:>6}  {line.at[:19]}  {line.kind:<11} {subject}")


@command.command("replay")
@click.option(
    "--ledger",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="The ledger or its copy, if it is not in the data folder.",
)
def replay(ledger: Path | None) -> None:
    """Destroy and hold again what the ledger knows: after somebody put an older database back."""
    app = open_archive(restoring=True)
    if executor_runs(app.home):
        raise ConflictError("Akta is running on this data folder. Stop it first.")
    done = replay_here(app, ledger.absolute() if ledger else None)
    click.echo(
        f"{done.lines} lines: {done.destroyed} records destroyed again, {done.holds} holds and "
        f"{done.restricted} restrictions put right; {done.unknown} records are not here."
    )
