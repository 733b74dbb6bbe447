"""`akta event`: business events that start or stop the clock of keeping."""

from pathlib import Path

import click

from akta.cli.context import open_archive, print_json, resolve_record, who
from akta.kernel.errors import AktaError, InvalidError
from retention.events.days import parse_day
from retention.events.importing import import_events
from retention.events.listing import as_data, list_events
from retention.events.models import STATES
from retention.events.recording import (
    RecordEvent,
    cancel_event,
    correct_event,
    decide_proposals,
    record_event,
)
from retention.events.subjects import Subjects


@click.group("event")
def command() -> None:
    """Business events: the end of an employment, a tax that fell due, the last entry of a file.

    SUBJECT says what an event is about: record:NUMBER, case:employee/1234, party:NUMBER,
    party:nip/5260001246, class:PL-ACC-05 or entity:NUMBER.
    """


@command.command("record")
@click.argument("kind")
@click.argument("subject")
@click.option("--on", "day", required=True, metavar="DATE", help="The day it happened; past days are usual.")
@click.option("--value", default="", help="yes, no or a word, for events that are no day.")
@click.option("--evidence", default="", help="What proves it.")
@click.option("--record", "proof", help="The record that proves it.")
@click.option("--key", help="Your own number of the event; the same again changes nothing.")
def record(
    kind: str, subject: str, day: str, value: str, evidence: str, proof: str | None, key: str | None
) -> None:
    """Record that KIND happened to SUBJECT."""
    app = open_archive()
    paper = resolve_record(app, proof) if proof else None
    with app.database.write() as session:
        about = Subjects(session, who()).named(subject)
        wanted = RecordEvent(kind, about.kind, about.id, parse_day(day), value, paper, evidence, key)
        number = record_event(session, app.audit, who(), wanted, app.clock.now()).id
    app.wake_workers()
    click.echo(f"Recorded as {number}.")


@command.command("correct")
@click.argument("event")
@click.option("--on", "day", metavar="DATE", help="The day it really happened.")
@click.option("--value", help="What it really was.")
@click.option("--evidence", help="What proves it.")
@click.option("--reason", required=True)
def correct(event: str, day: str | None, value: str | None, evidence: str | None, reason: str) -> None:
    """Put another event in the place of EVENT; what was recorded stays on record."""
    app = open_archive()
    with app.database.write() as session:
        number = correct_event(
            session,
            app.audit,
            who(),
            event.strip().lower(),
            reason=reason,
            now=app.clock.now(),
            effective=parse_day(day) if day is not None else None,
            value=value,
            evidence=evidence,
        ).id
    app.wake_workers()
    click.echo(f"Corrected; it counts as {number}.")


@command.command("cancel")
@click.argument("event")
@click.option("--reason", required=True)
def cancel(event: str, reason: str) -> None:
    """Say that EVENT never happened."""
    app = open_archive()
    with app.database.write() as session:
        cancel_event(session, app.audit, who(), event.strip().lower(), reason, app.clock.now())
    app.wake_workers()
    click.echo("Cancelled.")


@command.command("confirm")
@click.argument("events", nargs=-1, required=True)
def confirm(events: tuple[str, ...]) -> None:
    """Confirm proposed EVENTS: they count from now on."""
    _decide(events, True)


@command.command("dismiss")
@click.argument("events", nargs=-1, required=True)
@click.option("--reason", default="")
def dismiss(events: tuple[str, ...], reason: str) -> None:
    """Dismiss proposed EVENTS: they are not proposed again."""
    _decide(events, False, reason)


@command.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def import_(file: Path) -> None:
    """Record the events of a CSV file, all or none; the same file twice records nothing twice.

    Columns: kind, subject, date; if wanted value, evidence, record, key.
    """
    app = open_archive()
    try:
        text = file.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidError(f"{file.name} is not in UTF-8. Save it as UTF-8 and try again.") from error
    try:
        with app.database.write() as session:
            made = import_events(session, app.audit, who(), text, app.clock.now())
    except AktaError as error:
        for wrong in error.params.get("errors", ()):
            click.echo(f"{file.name}: line {wrong['line']}, {wrong['column']}: {wrong['problem']}", err=True)
        raise
    app.wake_workers()
    click.echo(f"{made.recorded} recorded, {made.known} were there already.")


@command.command("list")
@click.option("--state", type=click.Choice(STATES))
@click.option("--kind")
@click.option("--subject", help="Only events about this.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line and event.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 1000))
def list_(state: str | None, kind: str | None, subject: str | None, as_json: bool, limit: int) -> None:
    """List events, newest first."""
    app = open_archive()
    with app.database.read() as session:
        about = Subjects(session, who()).named(subject) if subject else None
        found = list_events(session, who(), state=state, kind=kind, subject=about, limit=limit)
        items = [as_data(event) for event in found]
    for item in items:
        if as_json:
            print_json(item)
        else:
            value = f" = {item['value']}" if item["value"] else ""
            about_it = f"{item['subject_kind']}:{item['subject']}"
            click.echo(f"{item['id']}  {item['state']:<9} {item['date']}  {item['kind']}{value}  {about_it}")
    if not items and not as_json:
        click.echo("There are no events.")


def _decide(events: tuple[str, ...], confirmed: bool, reason: str = "") -> None:
    app = open_archive()
    ids = [event.strip().lower() for event in events]
    with app.database.write() as session:
        count = decide_proposals(
            session, app.audit, who(), ids, app.clock.now(), confirm=confirmed, reason=reason
        )
    app.wake_workers()
    done = "confirmed" if confirmed else "dismissed"
    click.echo(f"{count} {done}." if count else f"They were {done} already.")
