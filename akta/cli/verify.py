"""`akta verify`: does the archive hold?"""

import click

from akta.cli.context import open_archive, print_json
from akta.operations.verify import verify_archive


@click.command("verify")
@click.option("--json", "as_json", is_flag=True)
@click.option("--mend", is_flag=True, help="Bring an index that lags behind up to date first.")
@click.pass_context
def command(context: click.Context, as_json: bool, mend: bool) -> None:
    """Check the audit chain, the bytes of every file, and database against files against index.

    Exit code 0 only if all of it holds.
    """
    app = open_archive()
    result = verify_archive(app, mend=mend)
    if as_json:
        print_json(result.as_dict())
    else:
        for check in result.checks:
            verdict = "holds" if not check.problems else f"{len(check.problems)} problems"
            click.echo(f"{check.name:<10}{check.examined:>9} examined   {verdict}")
            for line in check.problems:
                click.echo(f"    {line}")
            for line in check.notes:
                click.echo(f"    note: {line}")
        click.echo("All holds." if result.holds else "IT DOES NOT HOLD.")
    context.exit(0 if result.holds else 1)
