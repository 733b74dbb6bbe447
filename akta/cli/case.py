"""`akta case`: what papers belong to together, until their cut-off."""

from datetime import datetime

import click

from akta.bootstrap import App
from akta.cli.context import open_archive, print_json, resolve_record, who
from akta.kernel.clock import civil_date
from akta.kernel.errors import InvalidError
from akta.records import cases
from akta.records.gathering import Gathered, Refused
from akta.records.views import summary

_ON = click.option(
    "--on", type=click.DateTime(["%Y-%m-%d"]), help="The day of the cut-off; today if not said."
)


@click.group("case")
def command() -> None:
    """Cases: the file of an employee, an order, a sample, an asset, a matter.

    CASE is a case's number, or its kind and key: employee/1234.
    """


@command.command("open")
@click.argument("kind", type=click.Choice(list(cases.KINDS)))
@click.argument("key")
@click.option("--title", default="", help="What people call it; the key if not given.")
@click.option("--party", help="The number of the party that it is about.")
@click.option("--domain", help="Who sees the case; by its kind if not given.")
@click.option("--confidentiality", type=click.IntRange(1, 3))
def open_(
    kind: str, key: str, title: str, party: str | None, domain: str | None, confidentiality: int | None
) -> None:
    """Open a case of KIND under KEY, as the company numbers it."""
    app = open_archive()
    wanted = cases.OpenCase(kind, key, title, party, domain, confidentiality)
    with app.database.write() as session:
        made = cases.open_case(session, app.audit, who(), wanted, app.clock.now())
        number = made.id
    click.echo(f"Opened as {number}.")


@command.command("add")
@click.argument("case")
@click.argument("records", nargs=-1)
@click.option("--query", help="File all that this search finds, instead of RECORDS.")
@click.option("--dry-run", is_flag=True, help="With --query: say what it would file, and file nothing.")
@click.pass_context
def add(
    context: click.Context, case: str, records: tuple[str, ...], query: str | None, dry_run: bool
) -> None:
    """File RECORDS into CASE, out of the one they are in; or with --query all that a search finds.

    Named records are filed all or none. Of what a search finds, those that a legal hold covers or that are in
    a closed case stay where they are and are listed: then the exit code is 1. After a crash, say it again.
    """
    if bool(records) == (query is not None):
        raise InvalidError("Name records, or give a search with --query.")
    if dry_run and query is None:
        raise InvalidError("--dry-run goes with --query.")
    app = open_archive()
    if query is not None:
        with app.database.read() as session:
            number = cases.find_case(session, who(), case).id
        if dry_run:
            _preview(app, case, number, query)
        else:
            context.exit(1 if _gather(app, case, number, query) else 0)
        return
    ids = [resolve_record(app, text) for text in records]
    with app.database.write() as session:
        found = cases.find_case(session, who(), case)
        moved = cases.file_into(session, app.audit, who(), found.id, ids, app.clock.now())
    app.wake_workers()
    click.echo(f"{moved} filed into {case}." if moved else "They were in it already.")


def _preview(app: App, case: str, number: str, query: str) -> None:
    told = app.gathering.preview(who(), number, query, summary)
    click.echo(
        f"{told['found']} found: {told['would_move']} would be filed into {case}, "
        f"{told['from_other_cases']} of these out of other cases; {told['already_in']} are in it already."
    )
    for record in told["sample"]:
        click.echo(f"  {record['id']}  {_plain(record['title'])}")
    if told["would_move"] > len(told["sample"]):
        click.echo(f"  … and {told['would_move'] - len(told['sample'])} more")
    _refused(told["refused"], told["refused_records"], "could not be filed")


def _gather(app: App, case: str, number: str, query: str) -> int:
    def after_part(so_far: Gathered) -> None:
        app.wake_workers()
        if so_far.left:
            click.echo(f"{so_far.moved} filed, {so_far.left} to go", err=True)

    told = app.gathering.gather(who(), number, query, after_part=after_part)
    click.echo(f"{told.found} found: {told.moved} filed into {case}, {told.already} were in it already.")
    _refused(told.refused, told.named, "stay where they are")
    return told.refused


def _refused(count: int, named: list[Refused], what: str) -> None:
    if count:
        click.echo(f"{count} {what}:")
    for one in named:
        click.echo(f"  {one.record_id}  {_plain(one.title)}: {one.error.message}")
    if count > len(named):
        click.echo(f"  … and {count - len(named)} more")


def _plain(title: str) -> str:
    return "".join(c for c in title if c.isprintable())[:80]


@command.command("remove")
@click.argument("case")
@click.argument("records", nargs=-1, required=True)
def remove(case: str, records: tuple[str, ...]) -> None:
    """Take RECORDS out of CASE."""
    app = open_archive()
    ids = [resolve_record(app, text) for text in records]
    with app.database.write() as session:
        found = cases.find_case(session, who(), case)
        moved = cases.take_out(session, app.audit, who(), found.id, ids, app.clock.now())
    app.wake_workers()
    click.echo(f"{moved} taken out of {case}.")


@command.command("close")
@click.argument("case")
@_ON
def close(case: str, on: datetime | None) -> None:
    """Close CASE: nothing is filed into it any more, and rules may count from that day."""
    app = open_archive()
    now = app.clock.now()
    with app.database.write() as session:
        found = cases.find_case(session, who(), case)
        made = cases.close_case(
            session,
            app.audit,
            who(),
            found.id,
            today=civil_date(now, app.settings.zone),
            now=now,
            on=on.date() if on else None,
        )
        day = made.closed_on
    app.wake_workers()
    click.echo(f"Closed on {day}.")


@command.command("reopen")
@click.argument("case")
@click.option("--reason", required=True)
def reopen(case: str, reason: str) -> None:
    """Open CASE again; its records are computed anew."""
    app = open_archive()
    with app.database.write() as session:
        found = cases.find_case(session, who(), case)
        cases.reopen_case(session, app.audit, who(), found.id, reason, app.clock.now())
    app.wake_workers()
    click.echo("Open again.")


@command.command("show")
@click.argument("case")
@click.option("--json", "as_json", is_flag=True)
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 1000))
def show(case: str, as_json: bool, limit: int) -> None:
    """Show CASE and its records."""
    app = open_archive()
    with app.database.read() as session:
        found = cases.find_case(session, who(), case)
        records, count = cases.records_in(session, who(), found.id, limit=limit)
        told = {**cases.as_data(found), "records": count}
    if as_json:
        print_json({**told, "items": [summary(record) for record in records]})
        return
    click.echo(f"{told['kind']}/{told['key']}: {told['title']} ({told['state']}, {count} records)")
    if told["closed_on"]:
        click.echo(f"  closed on {told['closed_on']}")
    for record in records:
        end = record.retain_through or record.retention_state or "-"
        click.echo(f"  {record.id}  {end}  {_plain(record.title)}")


@command.command("list")
@click.option("--kind", type=click.Choice(list(cases.KINDS)))
@click.option("--state", type=click.Choice(["open", "closed"]))
@click.option("--text", default="", help="Only those with this in the title or the key.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line and case.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 1000))
def list_(kind: str | None, state: str | None, text: str, as_json: bool, limit: int) -> None:
    """List cases, newest first."""
    app = open_archive()
    with app.database.read() as session:
        found = [
            cases.as_data(case)
            for case in cases.list_cases(session, who(), kind=kind, state=state, text=text, limit=limit)
        ]
    for case in found:
        if as_json:
            print_json(case)
        else:
            click.echo(f"{case['id']}  {case['state']:<7} {case['kind']}/{case['key']}: {case['title']}")
    if not found and not as_json:
        click.echo("There are no cases. 'akta case open KIND KEY' opens one.")
