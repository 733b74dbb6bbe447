"""`akta disposition`: letting records go, with a second person's release."""

from datetime import date, datetime

import click

from akta.cli.context import open_archive, person, print_json, resolve_record, run_job
from akta.cli.second import AS, acting
from akta.kernel.errors import InvalidError
from retention.disposition.deciding import Decision
from retention.disposition.due import Wanted, count_due
from retention.disposition.proposing import Proposal
from retention.disposition.showing import (
    disposition_data,
    get_disposition,
    items_data,
    list_dispositions,
    require_look,
)

_DAY = click.DateTime(formats=["%Y-%m-%d"])


def _day(value: datetime | None) -> date | None:
    return value.date() if value is not None else None


@click.group("disposition")
def command() -> None:
    """Records whose keeping is over: proposed, reviewed, released by a second person, let go.

    Who proposes, reviews and releases is told apart by account: say --as LOGIN and type its password, or set
    AKTA_TOKEN to a token of your own ('akta token add'). Looking and executing need none.
    """


@command.command("due")
@click.option("--before", type=_DAY, help="Kept through a day before this one; default: today.")
@click.option("--domain", default="")
@click.option("--class", "class_code", default="")
def due(before: datetime | None, domain: str, class_code: str) -> None:
    """Say how many records are due and in no disposition. Nothing is done."""
    app = open_archive()
    principal = person(app)
    require_look(principal)
    today = app.dispositions.today
    with app.database.read() as session:
        count = count_due(session, principal, Wanted(min(_day(before) or today, today), domain, class_code))
    click.echo(f"{count} records are due.")


@command.command("propose")
@click.argument("records", nargs=-1)
@click.option("--title", required=True)
@click.option("--ground", required=True, help="By what right the records go.")
@click.option("--before", type=_DAY, help="Kept through a day before this one; default: today.")
@click.option("--domain", default="")
@click.option("--class", "class_code", default="")
@click.option("--confirm-by", type=_DAY, help="Day by which it should be released; default: in 14 days.")
@AS
def propose(
    records: tuple[str, ...],
    title: str,
    ground: str,
    before: datetime | None,
    domain: str,
    class_code: str,
    confirm_by: datetime | None,
    login: str | None,
) -> None:
    """Propose RECORDS, or all that are due and fit. Nothing happens to them by it."""
    app = open_archive()
    principal = acting(app, login)
    ids = tuple(resolve_record(app, text) for text in records)
    asked = Proposal(title, ground, _day(before), domain, class_code, ids, _day(confirm_by))
    with app.database.write() as session:
        made = app.dispositions.propose(session, principal, asked)
        data = disposition_data(session, principal, made, app.dispositions.today, "en")
    click.echo(f"Disposition {data['id']} proposes {data['counts'].get('records', 0)} records.")


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line and disposition.")
@click.option("--state", default="")
@click.option("--overdue", is_flag=True, help="Only those that nobody released in time.")
def list_(as_json: bool, state: str, overdue: bool) -> None:
    """List dispositions, the newest first."""
    app = open_archive()
    with app.database.read() as session:
        found = list_dispositions(
            session, person(app), app.dispositions.today, "en", state=state, overdue=overdue, limit=500
        )
    for data in found:
        if as_json:
            print_json(data)
        else:
            late = " OVERDUE" if data["overdue"] else ""
            click.echo(
                f"{data['id']}  {data['state']:<10} {data['counts'].get('records', 0):>6} records  "
                f"{data['title']}{late}"
            )


@command.command("show")
@click.argument("number")
@click.option("--json", "as_json", is_flag=True, help="One JSON object, with all records.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 10_000))
def show(number: str, as_json: bool, limit: int) -> None:
    """Show one disposition, its records, what is missing, and the hash to release it with."""
    app = open_archive()
    principal = person(app)
    with app.database.read() as session:
        made = get_disposition(session, principal, number)
        data = disposition_data(session, principal, made, app.dispositions.today, "en")
        items = items_data(session, principal, made, "en", limit=10_000 if as_json else limit)
    if as_json:
        print_json({**data, "items": items})
        return
    click.echo(f"{data['id']}  {data['state']}  {data['title']}")
    click.echo(f"  ground      {data['ground']}")
    click.echo(f"  proposed    {data['proposed_by']}, {data['proposed_at'][:10]}")
    click.echo(f"  reviewed    {', '.join(data['reviewed_by']) or '-'}")
    click.echo(f"  released    {data['released_by'] or '-'}")
    click.echo(f"  digest      {data['digest']}")
    for need in data["needs"]:
        given = need["given"]["reference"] if need["given"] else "MISSING"
        click.echo(f"  {need['need']:<18} {given}")
    for item in items:
        told = item["failure"]["text"] if item["failure"] else item["outcome"] or item["decision"]
        click.echo(f"    {item['record']}  {item['action']:<9} {told}")


@command.command("review")
@click.argument("number")
@click.argument("records", nargs=-1)
@click.option("--decision", required=True, type=click.Choice(["accept", "extend", "relabel", "exclude"]))
@click.option("--reason", default="")
@click.option("--until", type=_DAY, help="With extend: keep it through this day.")
@click.option("--class", "class_code", default="", help="With relabel: the class it belongs to.")
@click.option("--action", default="", help="With accept: destroy, erase or transfer.")
@click.option("--all", "everything", is_flag=True, help="All that nobody has reviewed yet.")
@AS
def review(
    number: str,
    records: tuple[str, ...],
    decision: str,
    reason: str,
    until: datetime | None,
    class_code: str,
    action: str,
    everything: bool,
    login: str | None,
) -> None:
    """Decide on RECORDS of a disposition, or with --all on all that wait."""
    if bool(records) == everything:
        raise InvalidError("Name records, or say --all.")
    app = open_archive()
    principal = acting(app, login)
    ids = None if everything else tuple(resolve_record(app, text) for text in records)
    said = Decision(decision, ids, reason, _day(until), class_code, action)
    with app.database.write() as session:
        _, count = app.dispositions.decide(session, principal, number, said)
    click.echo(f"{count} records: {decision}.")


@command.command("consent")
@click.argument("number")
@click.argument("need")
@click.argument("reference")
@AS
def consent(number: str, need: str, reference: str, login: str | None) -> None:
    """Record what somebody outside has said: NEED is archive_consent, declared_no_value, archive_opinion."""
    app = open_archive()
    principal = acting(app, login)
    with app.database.write() as session:
        app.dispositions.record_consent(session, principal, number, need, reference)
    click.echo("Recorded.")


@command.command("release")
@click.argument("number")
@click.option("--digest", required=True, help="The hash that 'show' gives: what you looked at.")
@AS
def release(number: str, digest: str, login: str | None) -> None:
    """Release a disposition as a second person: not its proposer, no reviewer, no owner of a record in it."""
    app = open_archive()
    principal = acting(app, login)
    with app.database.write() as session:
        app.dispositions.release(session, principal, number, digest.strip().lower())
    click.echo("Released. 'akta disposition execute' carries it out.")


@command.command("withdraw")
@click.argument("number")
@click.option("--reason", required=True)
@AS
def withdraw(number: str, reason: str, login: str | None) -> None:
    """Take a release back before it is carried out."""
    app = open_archive()
    principal = acting(app, login)
    with app.database.write() as session:
        app.dispositions.withdraw(session, principal, number, reason)
    click.echo("Taken back.")


@command.command("cancel")
@click.argument("number")
@click.option("--reason", required=True)
@AS
def cancel(number: str, reason: str, login: str | None) -> None:
    """End a disposition with nothing done."""
    app = open_archive()
    principal = acting(app, login)
    with app.database.write() as session:
        app.dispositions.cancel(session, principal, number, reason)
    click.echo("Cancelled.")


@command.command("execute")
@click.argument("number")
@AS
@click.pass_context
def execute(context: click.Context, number: str, login: str | None) -> None:
    """Carry a released disposition out, and write its certificate. Exit code 1 if records failed."""
    app = open_archive()
    principal = acting(app, login)
    with app.database.write() as session:
        app.dispositions.execute(session, principal, number)
    run_job(app, f"disposition:{number}")
    with app.database.read() as session:
        made = get_disposition(session, principal, number)
        data = disposition_data(session, principal, made, app.dispositions.today, "en")
    counts = data["counts"]
    if data["certificate"] is None:
        click.echo(
            f"It is {data['state']}; a worker goes on with it." if not data["ending"] else data["ending"]
        )
        context.exit(0 if data["state"] == "running" else 1)
    click.echo(
        f"{counts.get('destroyed', 0)} destroyed, {counts.get('transferred', 0)} handed over, "
        f"{counts.get('failed', 0)} failed. Certificate {data['certificate']['id']}."
    )
    context.exit(1 if counts.get("failed") else 0)
