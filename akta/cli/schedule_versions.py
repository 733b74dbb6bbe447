"""The part of `akta schedule` that changes what counts: drafts, simulation, publishing, locks."""

from datetime import datetime
from pathlib import Path
from typing import Any, cast

import click

from akta.cli.context import open_archive, print_json, who
from akta.cli.second import AS, acting
from akta.kernel.errors import AktaError, InvalidError
from retention.schedules import drafts, publishing, simulation
from retention.schedules.fixing import lock_class, locks, withdraw_lock
from retention.schedules.models import ScheduleDraft, Simulation


@click.command("draft")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--title", required=True, help="What it is for.")
@click.option("--note", default="", help="Why, and on what legal ground.")
@AS
def draft(file: Path, title: str, note: str, login: str | None) -> None:
    """Take a plan in as a draft. Only its classes change, once it is published by somebody else."""
    app = open_archive()
    principal = acting(app, login)
    try:
        text = file.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidError(f"{file.name} is not in UTF-8. Save it as UTF-8 and try again.") from error
    form = "csv" if file.suffix.lower() == ".csv" else "yaml"
    try:
        with app.database.write() as session:
            made = drafts.add_draft(
                session,
                app.audit,
                principal,
                title=title,
                text=text,
                form=form,
                note=note,
                now=app.clock.now(),
            )
            number = made.id
            changes = drafts.changes_as_data(drafts.changes_of(session, drafts.classes_in(made)), "en")
    except AktaError as error:
        error.message = f"{file.name}: {error.message}"
        raise
    click.echo(f"Drafted as {number}.")
    for change in changes:
        click.echo(f"  {change['class']}, version {change['version']}" + (" (new)" if change["new"] else ""))


@click.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line and draft.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 1000))
def list_(as_json: bool, limit: int) -> None:
    """List drafts with their last simulation, newest first; published and withdrawn ones too."""
    app = open_archive()
    with app.database.read() as session:
        items = [
            {**drafts.as_data(row), "simulation": _simulation(simulation.latest_simulation(session, row.id))}
            for row in drafts.list_drafts(session, who(), limit=limit)
        ]
    for item in items:
        if as_json:
            print_json(item)
        else:
            told = item["simulation"]
            state = f", simulation {told['state']} ({told['seen']} of {told['total']})" if told else ""
            click.echo(f"{item['id']}  {item['state']:<10} {item['title']} by {item['author']}{state}")
    if not items and not as_json:
        click.echo("There are no drafts. 'akta schedule draft FILE --title …' makes one.")


@click.command("versions")
@click.argument("code")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line and version.")
def versions(code: str, as_json: bool) -> None:
    """List the versions of a class: from when to when each counted, who wrote and who approved it."""
    app = open_archive()
    with app.database.read() as session:
        drafts.require_reading(who())
        items = publishing.versions_of(session, code)
        lock = locks(session).get(code)
    for item in items:
        if as_json:
            print_json(item)
        else:
            span = f"{item['valid_from'] or '…'} to {item['valid_to'] or '…'}"
            people = f"{item['author'] or '-'}, approved by {item['approver'] or '-'}"
            click.echo(f"{item['version']:>3}{'*' if item['current'] else ' '} {span:<26} {people}")
    if not as_json and lock is not None:
        click.echo(f"Locked by {lock.locked_by}." if lock.locked_at else "Somebody asked to lock it.")


@click.command("simulate")
@click.argument("number", metavar="DRAFT")
@click.option("--json", "as_json", is_flag=True, help="The result as one JSON object.")
def simulate(number: str, as_json: bool) -> None:
    """Count what DRAFT would change in the whole archive. Nothing is written but the counts.

    A worker does it; asked again, this tells how far it is, and then the result.
    """
    app = open_archive()
    wanted = number.strip().lower()
    with app.database.read() as session:
        found, valid = _latest(session, wanted)
    if found is None or not valid:
        with app.database.write() as session:
            found = simulation.ask_simulation(session, app.audit, who(), wanted, app.clock.now())
            valid = True
        app.wake_workers()
    if as_json:
        with app.database.read() as session:
            print_json(simulation.as_data(session, who(), found, valid))
        return
    if found.state != "done":
        click.echo(f"{found.state}: {found.seen} of {found.total or '?'} records. Ask again for the result.")
        return
    click.echo(f"{found.seen} records under this draft:")
    for code, counts in found.report.get("classes", {}).items():
        told = ", ".join(f"{count} {what.replace('_', ' ')}" for what, count in sorted(counts.items()))
        click.echo(f"  {code:<14} {told}")


@click.command("publish")
@click.argument("number", metavar="DRAFT")
@AS
@click.option("--from", "starts", type=click.DateTime(["%Y-%m-%d"]), help="The first day; today if not said.")
@click.option("--approve-shortened", "shortened", flag_value="approve", help="Records may be kept shorter.")
@click.option(
    "--keep-shortened", "shortened", flag_value="keep", help="They stay until each of them is approved."
)
def publish(number: str, login: str | None, starts: datetime | None, shortened: str | None) -> None:
    """Put DRAFT into force: by an account that is not the author's, whatever it may do otherwise.

    The account is that of --as, or the one whose token AKTA_TOKEN holds.
    """
    app = open_archive()
    principal = acting(app, login)
    with app.database.write() as session:
        made = publishing.publish(
            session,
            app.audit,
            principal,
            number.strip().lower(),
            now=app.clock.now(),
            zone=app.settings.zone,
            shortened=cast(publishing.Shortened | None, shortened),
            valid_from=starts.date() if starts else None,
        )
        day = made.valid_from
    app.wake_workers()
    click.echo(f"Published; it counts from {day}. 'akta retention jobs' tells how far records are.")


@click.command("withdraw")
@click.argument("number", metavar="DRAFT")
@AS
def withdraw(number: str, login: str | None) -> None:
    """Take DRAFT back; it stays on record."""
    app = open_archive()
    principal = acting(app, login)
    with app.database.write() as session:
        drafts.withdraw_draft(session, app.audit, principal, number.strip().lower(), app.clock.now())
    click.echo("Withdrawn.")


@click.command("lock")
@click.argument("code")
@click.option("--withdraw", "back", is_flag=True, help="Take back what was asked and not yet done.")
@AS
def lock(code: str, back: bool, login: str | None) -> None:
    """Lock a class: its rules only become longer and wider. The first asks, another one locks it."""
    app = open_archive()
    principal = acting(app, login)
    with app.database.write() as session:
        if back:
            withdraw_lock(session, app.audit, principal, code, app.clock.now())
            told = "Withdrawn."
        else:
            row = lock_class(session, app.audit, principal, code, app.clock.now())
            told = "Locked." if row.locked_at else "Asked for. Somebody else locks it with the same command."
    app.wake_workers()
    click.echo(told)


def _latest(session: Any, draft_id: str) -> tuple[Simulation | None, bool]:
    row = simulation.latest_simulation(session, draft_id)
    made = session.get(ScheduleDraft, draft_id)
    valid = row is not None and made is not None and row.digest == drafts.digest_now(session, made)
    return row, valid and row is not None and row.state != "failed"


def _simulation(row: Simulation | None) -> dict[str, Any] | None:
    return None if row is None else {"state": row.state, "seen": row.seen, "total": row.total}


COMMANDS = (draft, list_, versions, simulate, publish, withdraw, lock)
