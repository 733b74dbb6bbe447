"""`akta types`: the tree of document types, and those of your own."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import click

from akta.cli.context import open_archive, print_json, who
from akta.kernel.errors import AktaError, NotFoundError
from akta.records.doctypes.current import refresh
from ingest.doctypes.loading import read_types, written
from ingest.doctypes.service import defined, in_order, view

T = TypeVar("T")
_FILE = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))


@click.group("types")
def command() -> None:
    """Document types: those that come with Akta, and your own, which need no programming."""


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line and type.")
@click.option("--own", is_flag=True, help="Only those defined here.")
def list_(as_json: bool, own: bool) -> None:
    """List the types, finer ones under the types they belong to."""
    app = open_archive()
    with app.database.read() as session:
        tree = refresh(session)
    for depth, found in in_order(tree):
        if own and not found.own:
            continue
        if as_json:
            print_json(view(tree, found))
            continue
        marks = [f"version {found.version}"] if found.own else []
        marks += [] if tree.given(found.code) else ["disabled"]
        code = "  " * depth + found.code
        told = f" ({', '.join(marks)})" if marks else ""
        name = f"{found.pl} / {found.en}"
        click.echo(f"{found.domain:<11} {code:<30} {name}{told}")


@command.command("show")
@click.argument("code")
@click.option("--json", "as_json", is_flag=True)
def show(code: str, as_json: bool) -> None:
    """Show a type; one of your own as it could be imported."""
    app = open_archive()
    with app.database.read() as session:
        tree = refresh(session)
    found = tree.get(code)
    if found is None:
        raise NotFoundError(f"There is no document type '{code}'.")
    if as_json:
        print_json(view(tree, found))
        return
    click.echo(f"{found.code}: {found.pl} / {found.en}")
    click.echo(f"  place  {found.domain} > {' > '.join(reversed(tree.path(code)))}")
    click.echo(f"  given  {'yes' if tree.given(code) else 'no, disabled'}")
    if found.own:
        click.echo(f"  version {found.version}\n")
        click.echo(written([dict(found.definition)]), nl=False)


@command.command("validate")
@_FILE
def validate(file: Path) -> None:
    """Check a file of definitions; a mistake is shown with line and key. Nothing is changed."""
    app = open_archive()
    with app.database.read() as session:
        made = _pointing_at(file, lambda: app.doctypes.checked(session, who(), read_types(_text(file))))
    click.echo(f"{len(made)} types, all in order.")


@command.command("import")
@_FILE
def import_(file: Path) -> None:
    """Define the types of a file, all or none. The next paper can be of them."""
    app = open_archive()
    with app.database.write() as session:
        changed = _pointing_at(file, lambda: app.doctypes.define(session, who(), read_types(_text(file))))
    click.echo(f"Defined: {', '.join(changed)}." if changed else "They were so already; nothing changed.")


@command.command("export")
def export() -> None:
    """Write your own types to standard output, as a file that can be imported."""
    app = open_archive()
    with app.database.read() as session:
        items = defined(refresh(session))
    if items:
        click.echo(written(items), nl=False)


@command.command("disable")
@click.argument("code")
def disable(code: str) -> None:
    """Give no more papers this type, nor its finer kinds. Records that have it keep it."""
    _set(code, False)


@command.command("enable")
@click.argument("code")
def enable(code: str) -> None:
    """Give papers a disabled type again."""
    _set(code, True)


def _set(code: str, active: bool) -> None:
    app = open_archive()
    with app.database.write() as session:
        changed = app.doctypes.set_active(session, who(), code, active)
    state = "enabled" if active else "disabled"
    click.echo(f"{code} is {state}." if changed else f"{code} was {state} already.")


def _text(file: Path) -> str:
    try:
        return file.read_text("utf-8")
    except UnicodeDecodeError as error:
        raise AktaError("The file is not in UTF-8.") from error


def _pointing_at(file: Path, work: Callable[[], list[T]]) -> list[T]:
    try:
        return work()
    except AktaError as error:
        error.message = f"{file.name}: {error.message}"
        raise
