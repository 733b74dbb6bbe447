"""`akta retention`: what comes due, what never will, and what contradicts itself."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from akta.bootstrap import App
from akta.cli.context import open_archive, print_json, who
from akta.cli.second import AS, acting
from akta.kernel.clock import civil_date
from akta.records.models import Record
from retention.keeping import approving, due
from retention.keeping.models import Recomputation
from retention.keeping.pending import unsettled
from retention.keeping.recomputing import as_data

_JSON = click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
_LIMIT = click.option("--limit", default=100, show_default=True, type=click.IntRange(1, 1_000_000))
_PAGE = 500
Page = Callable[[Session, Record | None, int], list[Record]]


@click.group("retention")
def command() -> None:
    """What comes due, what never will because something is not known, and what contradicts itself."""


@command.command("due")
@click.option("--on", "day", type=click.DateTime(["%Y-%m-%d"]), help="As of this day; today if not said.")
@click.option("--class", "code", help="Only this class.")
@click.option("--domain")
@click.option("--action", help="Only what ends so: destroy, review, transfer…")
@_JSON
@_LIMIT
def due_(
    day: datetime | None, code: str | None, domain: str | None, action: str | None, as_json: bool, limit: int
) -> None:
    """List filed records whose keeping has ended, the oldest end first. Held ones are marked."""
    app = open_archive()
    on = day.date() if day else civil_date(app.clock.now(), app.settings.zone)
    narrow = due.Narrow(code, domain, action)

    def page(session: Session, last: Record | None, size: int) -> list[Record]:
        after = due.cursor_of(last) if last else None
        return due.due(session, who(), on, narrow=narrow, after=after, limit=size)

    _print(app, page, as_json, limit, "Nothing is due.")
    with app.database.read() as session:
        told = unsettled(session, "en", app.settings.zone)
    if told is not None:  # beside the list, which a program may read
        click.echo(told["text"], err=True)


@command.command("open")
@click.option("--class", "code", help="Only this class.")
@click.option("--missing", help="Only where this fact is missing.")
@click.option("--records", "listed", is_flag=True, help="The records instead of their numbers.")
@_JSON
@_LIMIT
def open_(code: str | None, missing: str | None, listed: bool, as_json: bool, limit: int) -> None:
    """Count the records kept without end by class and by what is not known; with --records list them."""
    app = open_archive()
    if listed or code or missing:

        def page(session: Session, last: Record | None, size: int) -> list[Record]:
            after = due.open_cursor_of(last) if last else None
            return due.no_trigger_records(
                session, who(), class_code=code, missing=missing, after=after, limit=size
            )

        _print(app, page, as_json, limit, "There are none.")
        return
    with app.database.read() as session:
        lines = due.no_trigger(session, who())
    for line in lines:
        if as_json:
            print_json(line)
        else:
            click.echo(f"{line['records']:>8}  {line['class']:<14} {', '.join(line['missing'])}")
    if not lines and not as_json:
        click.echo("Of every record it is known when its keeping ends.")


@command.command("conflicts")
@_JSON
@_LIMIT
def conflicts(as_json: bool, limit: int) -> None:
    """List records that must be kept longer than they may be kept."""
    app = open_archive()

    def page(session: Session, last: Record | None, size: int) -> list[Record]:
        return due.conflicts(session, who(), after=last.id if last else "", limit=size)

    _print(app, page, as_json, limit, "Nothing contradicts itself.")


@command.command("shortenings")
@_JSON
@_LIMIT
def shortenings(as_json: bool, limit: int) -> None:
    """List records that a change of the schedule would keep for less time, if somebody agreed."""
    app = open_archive()
    with app.database.read() as session:
        rows = approving.list_shortenings(session, who(), limit=limit)
        items = [approving.as_data(row, record) for row, record in rows]
    for item in items:
        if as_json:
            print_json(item)
        else:
            before, after = (item[k]["retain_through"] or item[k]["outcome"] for k in ("before", "after"))
            click.echo(f"{item['id']}  {item['record']}  {item['class']:<14} {before} -> {after}")
    if not items and not as_json:
        click.echo("Nothing waits for approval.")


@command.command("approve")
@click.argument("numbers", nargs=-1, required=True)
@AS
@click.option("--refuse", is_flag=True, help="Refuse: the records stay as they are.")
def approve(numbers: tuple[str, ...], login: str | None, refuse: bool) -> None:
    """Approve that records are kept for less time (numbers of 'akta retention shortenings')."""
    app = open_archive()
    principal = acting(app, login)
    with app.database.write() as session:
        count = approving.decide_shortenings(
            session,
            app.audit,
            principal,
            [number.strip().lower() for number in numbers],
            app.clock.now(),
            approve=not refuse,
            zone=app.settings.zone,
        )
    app.wake_workers()
    click.echo(f"{count} {'refused' if refuse else 'approved'}.")


@command.command("jobs")
@_JSON
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 1000))
def jobs(as_json: bool, limit: int) -> None:
    """List what was computed anew and how far it is, newest first."""
    app = open_archive()
    with app.database.read() as session:
        rows = session.scalars(select(Recomputation).order_by(Recomputation.id.desc()).limit(limit))
        items = [as_data(row) for row in rows]
    for item in items:
        if as_json:
            print_json(item)
        else:
            about = f"{item['scope']} {item['subject']}".strip()
            click.echo(
                f"{item['id']}  {item['state']:<8} {item['seen']:>8} seen {item['changed']:>8} changed  "
                f"{item['cause']} ({about})"
            )


def _print(app: App, page: Page, as_json: bool, limit: int, nothing: str) -> None:
    shown = 0
    for record, told in _pages(app, page, limit):
        shown += 1
        if as_json:
            print_json(told)
            continue
        title = "".join(c for c in record.title if c.isprintable())[:60]
        marks = " held" if told["held"] else ""
        if told["grace"]:
            grace = told["grace"]
            marks += f" not before {grace['until']}: a hold was released on {grace['released_on']}"
        if told["recomputing"]:
            marks += (
                " FAILED to be computed anew"
                if told["recomputing"]["state"] == "failed"
                else " being computed anew"
            )
        end = told["retain_through"] or ", ".join(told["missing"]) or told["outcome"]
        click.echo(f"{record.id}  {end}  {told['class']:<14} {told['action'] or '-'}{marks}  {title}")
    if not shown and not as_json:
        click.echo(nothing)


def _pages(app: App, page: Page, limit: int) -> Iterator[tuple[Record, dict[str, Any]]]:
    """Page by page, each from a transaction of its own, so that a long list holds nothing up."""
    last: Record | None = None
    while limit > 0:
        with app.database.read() as session:
            records = page(session, last, min(_PAGE, limit))
            told = due.lines(session, who(), records, app.clock.now(), app.settings.zone)
        yield from zip(records, told, strict=True)
        if len(records) < min(_PAGE, limit):
            return
        limit -= len(records)
        last = records[-1]
