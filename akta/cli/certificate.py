"""`akta certificate`: what was let go, signed; and checking one without the archive."""

import shutil
from pathlib import Path

import click
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from akta.cli.context import open_archive, person, print_json
from akta.kernel.errors import ConflictError
from retention.disposition.certifying import read_key, verify_certificate
from retention.disposition.showing import get_certificate, list_certificates


@click.group("certificate")
def command() -> None:
    """Certificates of dispositions: signed, never changed, to be checked by anybody."""


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line and certificate.")
def list_(as_json: bool) -> None:
    """List the certificates, the newest first."""
    app = open_archive()
    with app.database.read() as session:
        found = list_certificates(session, person(app))
    for made in found:
        if as_json:
            data = {"id": made.id, "disposition": made.disposition_id, "sha256": made.sha256}
            print_json({**data, "made_at": made.made_at.isoformat(), "counts": made.counts})
        else:
            click.echo(
                f"{made.id}  {made.made_at:%Y-%m-%d}  {made.counts['destroyed']:>6} destroyed  "
                f"{made.counts['failed']:>4} failed"
            )


@command.command("save")
@click.argument("number")
@click.option(
    "--to", "target", required=True, type=click.Path(path_type=Path, dir_okay=False), metavar="FILE"
)
def save(number: str, target: Path) -> None:
    """Write a certificate to FILE: as JSON, or as a paper if its name ends in .pdf."""
    if target.exists():
        raise ConflictError(f"{target} exists already. Give a new name.")
    app = open_archive()
    with app.database.read() as session:
        made = get_certificate(session, person(app), number)
    name = made.pdf_sha256 if target.suffix.lower() == ".pdf" else made.sha256
    with app.store.open(name) as source, target.open("xb") as out:
        shutil.copyfileobj(source, out)
    click.echo(f"{target}: SHA-256 {name}")


@command.command("key")
def key() -> None:
    """Write the public key that certificates are checked with, as PEM. Give it to those who check."""
    app = open_archive()
    pem = app.audit.public_key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    click.echo(pem.decode("ascii"), nl=False)


@command.command("verify")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option(
    "--key",
    "key_file",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="The archive's public key (PEM or hex), from 'akta certificate key'.",
)
@click.pass_context
def verify(context: click.Context, file: Path, key_file: Path | None) -> None:
    """Check a certificate FILE; no archive is needed. Exit code 0 only if it holds.

    Without --key it is checked with the key inside it: then it is whole, but may be anybody's.
    """
    known = read_key(key_file.read_bytes()) if key_file else None
    found = verify_certificate(file.read_bytes(), known)
    for problem in found.problems:
        click.echo(f"    {problem}")
    counts = found.certificate["counts"]
    click.echo(
        f"Certificate {found.certificate['id']}: {counts['destroyed']} destroyed, "
        f"{counts['transferred']} handed over, {counts['failed']} failed."
    )
    if found.holds and not found.by_given_key:
        click.echo("It is whole. With --key it could be told whose it is.")
    else:
        click.echo("It holds." if found.holds else "IT DOES NOT HOLD.")
    context.exit(0 if found.holds else 1)
