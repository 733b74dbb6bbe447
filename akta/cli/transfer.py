"""`akta transfer`: packages for those who take papers over, and their receipts."""

import shutil
from pathlib import Path

import click

from akta.cli.context import open_archive, person, print_json, run_job
from akta.kernel.errors import AktaError, ConflictError, InvalidError
from retention.disposition.showing import transfer_data
from retention.transfer.checking import check_package
from retention.transfer.making import WHY
from retention.transfer.service import list_transfers


@click.group("transfer")
def command() -> None:
    """Packages of papers handed to others (BagIt with METS and PREMIS), and receipts for them.

    Set AKTA_TOKEN to a token of your account.
    """


@command.command("make")
@click.option("--disposition", default="", help="What this disposition hands over.")
@click.option("--case", "case_id", default="", help="All papers of this case.")
@click.option("--request", "request_id", default="", help="What a person is given by this request.")
@click.option(
    "--kind", type=click.Choice(["case", "pl_hr"]), default="case", help="pl_hr: an employee's file."
)
@click.option("--recipient", default="", help="To whom it goes.")
def make(disposition: str, case_id: str, request_id: str, kind: str, recipient: str) -> None:
    """Make a package."""
    if len([text for text in (disposition, case_id, request_id) if text]) != 1:
        raise InvalidError("Say --disposition, --case or --request.")
    app = open_archive()
    who = person(app)
    with app.database.write() as session:
        if disposition:
            made = app.transfers.ask_for_disposition(session, who, disposition, recipient)
        elif case_id:
            made = app.transfers.ask_for_case(session, who, case_id, kind, recipient)
        else:
            made = app.transfers.ask_for_request(session, who, request_id)
        number = made.id
    run_job(app, f"transfer:{number}")
    with app.database.read() as session:
        made = app.transfers.get(session, who, number)
    if made.state == "failed":
        raise AktaError(WHY.get(made.reason or "", WHY["failed"])[0])
    click.echo(f"Package {number}: {made.state}, {made.records} records, {made.size} bytes.")


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line and package.")
def list_(as_json: bool) -> None:
    """List the packages, the newest first."""
    app = open_archive()
    with app.database.read() as session:
        found = [transfer_data(one) for one in list_transfers(session, person(app))]
    for data in found:
        if as_json:
            print_json(data)
        else:
            receipt = data["receipt"]["reference"] if data["receipt"] else "no receipt"
            click.echo(f"{data['id']}  {data['state']:<8} {data['records']:>6} records  {receipt}")


@command.command("save")
@click.argument("number")
@click.option(
    "--to", "target", required=True, type=click.Path(path_type=Path, dir_okay=False), metavar="FILE"
)
def save(number: str, target: Path) -> None:
    """Write a package to FILE, to be handed over."""
    if target.exists():
        raise ConflictError(f"{target} exists already. Give a new name.")
    app = open_archive()
    with app.database.write() as session:
        package = app.transfers.open(session, person(app), number)
    with package.source as source, target.open("xb") as out:
        shutil.copyfileobj(source, out, 1 << 20)
    click.echo(f"{target}: {package.size} bytes")


@command.command("receipt")
@click.argument("number")
@click.option("--reference", required=True, help="The receipt's number, or how it can be found.")
@click.option("--file", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="What they sent.")
def receipt(number: str, reference: str, file: Path | None) -> None:
    """Record that the recipient confirmed to have taken the package over."""
    app = open_archive()
    blob = app.store.put_file(file) if file else None
    with app.database.write() as session:
        app.transfers.record_receipt(session, person(app), number, reference, blob)
    click.echo("Recorded. What was in the package may go now, once it is released.")


@command.command("verify")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.pass_context
def verify(context: click.Context, file: Path) -> None:
    """Check a package FILE to its last byte; no archive is needed. Exit code 0 only if it holds."""
    found = check_package(file)
    for problem in found.problems:
        click.echo(f"    {problem}")
    click.echo(f"{found.files} files. " + ("It holds." if found.holds else "IT DOES NOT HOLD."))
    context.exit(0 if found.holds else 1)
