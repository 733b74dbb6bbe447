"""`akta hold`: legal holds."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import click
from sqlalchemy import select

from akta.bootstrap import App
from akta.cli.context import open_archive, print_json, resolve_record, who
from akta.events.models import Job
from akta.kernel.process import owner_name
from akta.records.holds import REMIND_DAYS, Hold
from akta.records.views import summary
from akta.worker.celery_app import make_runner
from retention.holds.listing import hold_records
from retention.holds.notices import notices_of
from retention.holds.placing import ExtendHold, PlaceHold
from retention.holds.scopes import Scope

_DAY = click.DateTime(formats=["%Y-%m-%d"])


def _scoped(command: Callable[..., None]) -> Callable[..., None]:
    """The options that say what a hold covers."""
    for option in (
        click.option("--query", "queries", multiple=True, help="What fits, now and later; repeatable."),
        click.option("--party", "parties", multiple=True, metavar="ID", help="Papers naming it; repeatable."),
        click.option("--case", "cases", multiple=True, metavar="ID", help="Papers in it; repeatable."),
        click.argument("records", nargs=-1),
    ):
        command = option(command)
    return command


def _told(command: Callable[..., None]) -> Callable[..., None]:
    for option in (
        click.option(
            "--custodian", "custodians", multiple=True, metavar="LOGIN", help="Who is told; repeatable."
        ),
        click.option("--owner", default="", metavar="LOGIN", help="Who answers for it."),
        click.option(
            "--remind-every",
            "remind_days",
            type=click.IntRange(0, 365),
            metavar="DAYS",
            help="Remind custodians who have not acknowledged so often (7); 0: never by itself.",
        ),
        click.option("--review-on", type=_DAY, help="The day of the next review, YYYY-MM-DD."),
    ):
        command = option(command)
    return command


@click.group("hold")
def command() -> None:
    """Legal holds: while one covers a record, nothing can change or destroy it.

    A hold covers records by their numbers, all papers of a case or naming a party, or what fits
    a query (docs/search.md), those that come later too.
    """


@command.command("preview")
@_scoped
@click.option("--json", "as_json", is_flag=True)
def preview(
    records: tuple[str, ...],
    cases: tuple[str, ...],
    parties: tuple[str, ...],
    queries: tuple[str, ...],
    as_json: bool,
) -> None:
    """Say what a hold would cover. Nothing is written."""
    app = open_archive()
    ids = tuple(resolve_record(app, text) for text in records)
    with app.database.read() as session:
        found = app.holds.preview(session, who(), Scope(ids, cases, parties, queries), summary)
    if as_json:
        print_json(found)
        return
    click.echo(f"{found['records']} records, {found['already_held']} of them held already.")
    for domain, count in found["by_domain"].items():
        click.echo(f"  {count:>8}  {domain}")
    if found["unread"]:
        click.echo(f"{found['unread']} papers that nobody could read would be kept too.")
    if found["destroyed"]:
        click.echo(f"{found['destroyed']} records were destroyed before.")
    for one in found["sample"]:
        click.echo(f"{one['id']}  {_clean(one['title'])}")


@command.command("place")
@_scoped
@click.option("--matter", required=True, help="The name of the matter.")
@click.option("--reason", required=True)
@click.option("--authority", default="", help="On whose order.")
@click.option("--notice", default="", help="What custodians read.")
@_told
def place(
    records: tuple[str, ...],
    cases: tuple[str, ...],
    parties: tuple[str, ...],
    queries: tuple[str, ...],
    review_on: datetime | None,
    custodians: tuple[str, ...],
    remind_days: int | None,
    **said: Any,
) -> None:
    """Place a hold on records, cases, parties or what fits a query."""
    app = open_archive()
    ids = tuple(resolve_record(app, text) for text in records)
    asked = PlaceHold(
        record_ids=ids,
        case_ids=cases,
        party_ids=parties,
        queries=queries,
        review_on=review_on.date() if review_on else None,
        custodians=custodians,
        remind_days=REMIND_DAYS if remind_days is None else remind_days,
        **said,
    )
    with app.database.write() as session:
        hold_id = app.holds.place(session, who(), asked).id
    _finish(app, hold_id)
    _say_state(app, hold_id)


@command.command("extend")
@click.argument("hold_id", metavar="HOLD")
@_scoped
@_told
def extend(
    hold_id: str,
    records: tuple[str, ...],
    cases: tuple[str, ...],
    parties: tuple[str, ...],
    queries: tuple[str, ...],
    review_on: datetime | None,
    owner: str,
    custodians: tuple[str, ...],
    remind_days: int | None,
) -> None:
    """Let a hold reach further, be reviewed later, or be told to more people."""
    app = open_archive()
    ids = tuple(resolve_record(app, text) for text in records)
    day = review_on.date() if review_on else None
    more = ExtendHold(ids, cases, parties, queries, day, owner, custodians, remind_days)
    with app.database.write() as session:
        app.holds.extend(session, who(), hold_id, more)
    _finish(app, hold_id)
    _say_state(app, hold_id)


@command.command("release")
@click.argument("hold_id", metavar="HOLD")
@click.argument("records", nargs=-1)
@click.option("--reason", required=True)
def release(hold_id: str, records: tuple[str, ...], reason: str) -> None:
    """Release a hold, or only RECORDS from it. Records that another hold covers stay held."""
    app = open_archive()
    ids = tuple(resolve_record(app, text) for text in records)
    with app.database.write() as session:
        app.holds.release(session, who(), hold_id, reason, ids)
    _finish(app, hold_id)
    with app.database.read() as session:
        hold = session.get_one(Hold, hold_id)
    if ids:
        click.echo(f"Released {len(ids)} from the hold.")
    elif hold.released_at is None:
        click.echo("It is being released by a worker.")
    else:
        click.echo(f"Released. Nothing of it is destroyed before {hold.grace_until:%Y-%m-%d}.")


@command.command("list")
@click.option("--overdue", is_flag=True, help="Only those whose review day is over.")
@click.option("--json", "as_json", is_flag=True)
def list_(overdue: bool, as_json: bool) -> None:
    """List the holds, released ones too."""
    app = open_archive()
    with app.database.read() as session:
        rows = app.holds.list(session, who(), overdue=overdue)
    for row in rows:
        if as_json:
            print_json(row)
        else:
            state = f"released {row['released_at']}" if row["released_at"] else row["state"]
            late = "  review overdue" if row["overdue"] else ""
            click.echo(f"{row['id']}  {row['records']:>6} records  {state:<12} {row['matter']}{late}")


@command.command("show")
@click.argument("hold_id", metavar="HOLD")
@click.option("--records", "with_records", is_flag=True, help="List its records too, at most 500.")
@click.option("--json", "as_json", is_flag=True)
def show(hold_id: str, with_records: bool, as_json: bool) -> None:
    """Show a hold: what it reaches, its searches, its records."""
    app = open_archive()
    with app.database.read() as session:
        told = app.holds.detail(session, who(), hold_id)
        rows = hold_records(session, who(), hold_id, limit=500)[0] if with_records else []
    items = [
        {"record": record.id, "title": record.title, "how": item.how, "active": item.active}
        for record, item in rows
    ]
    if as_json:
        print_json({**told, "items": items} if with_records else told)
        return
    for name in ("matter", "reason", "authority", "state", "owner", "placed_by", "placed_at", "review_on"):
        click.echo(f"{name:<11} {told[name] or '-'}")
    every = f"every {told['remind_days']} days" if told["remind_days"] else "by hand only"
    click.echo(f"{'reminders':<11} {every}")
    click.echo(f"{'records':<11} {told['held_now']} held, {told['unread_now']} kept unread")
    for scope in told["scopes"]:
        click.echo(f"{scope['kind']:<11} {scope['name'] or scope['value']}")
    for search in told["searches"]:
        click.echo(f"{'searched':<11} {search['at']} {search['found']} found, digest {search['digest']}")
    for one in items:
        mark = "" if one["active"] else " (released)"
        click.echo(f"{one['record']}  {one['how']:<7} {_clean(str(one['title']))}{mark}")


@command.command("notices")
@click.argument("hold_id", metavar="HOLD")
@click.option("--remind", "again", is_flag=True, help="Remind those who have not acknowledged.")
@click.option("--json", "as_json", is_flag=True)
def notices(hold_id: str, again: bool, as_json: bool) -> None:
    """List who was told of a hold and who has acknowledged it."""
    app = open_archive()
    if again:
        with app.database.write() as session:
            app.holds.remind(session, who(), hold_id)
    with app.database.read() as session:
        rows = notices_of(session, who(), hold_id)
    for row in rows:
        if as_json:
            print_json(row)
        else:
            said = row["acknowledged_at"] or f"open, {row['reminders']} reminders"
            if row["next_reminder_at"]:
                said += f", the next on {row['next_reminder_at'][:10]}"
            click.echo(f"{row['login']:<20} {said}")


def _finish(app: App, hold_id: str) -> None:
    """Do the hold's job here and now; if a worker has it already, it goes on there."""
    with app.database.read() as session:
        keys = (f"place-hold:{hold_id}", f"release-hold:{hold_id}")
        job = session.scalar(select(Job.id).where(Job.key.in_(keys), Job.state == "ready"))
    if job is not None:
        app.index.catch_up()
        make_runner(app).run_by_id(owner_name(), job)
    app.wake_workers()


def _say_state(app: App, hold_id: str) -> None:
    with app.database.read() as session:
        told = app.holds.detail(session, who(), hold_id)
    if told["state"] == "placing":
        click.echo(f"Hold {hold_id} is being placed by a worker. Nothing is destroyed until it is.")
        return
    count = told["held_now"]
    click.echo(f"Hold {hold_id} covers {count} {'record' if count == 1 else 'records'}.")


def _clean(text: str) -> str:
    """A title from a paper without characters that would steer a terminal."""
    return "".join(c for c in text if c.isprintable())[:100]
