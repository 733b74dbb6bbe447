"""`akta separators`: sheets to print and put between the papers of a pile."""

from pathlib import Path

import click

from akta.kernel.errors import ConflictError


@click.command("separators")
@click.argument("target", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--sheets", type=click.IntRange(1, 200), default=1, show_default=True, help="How many.")
def command(target: Path, sheets: int) -> None:
    """Write separator sheets to a new PDF file, to be printed.

    Put one before each further paper of a pile; Akta splits the scan there.
    """
    from ingest.piles.sheets import separator_sheets  # loads fonts

    if target.exists():
        raise ConflictError(f"{target} exists already. Give a new name.", path=str(target))
    target.write_bytes(separator_sheets(sheets))
    click.echo(f"{target} is ready to print.")
