"""`akta request`: what persons ask about their data."""

from datetime import datetime

import click

from akta.cli.context import open_archive, person, print_json, resolve_record
from akta.kernel.errors import InvalidError
from retention.requests.models import DECISIONS, KINDS
from retention.requests.service import ARTICLES, MOST, ItemDecision, Registration, restrict
from retention.requests.showing import coming_up_again, items_data, list_requests, request_data


@click.group("request")
def command() -> None:
    """Requests of persons about their data (GDPR, art. 15 to 21): registered, found, decided, asked again."""


@command.command("register")
@click.option("--kind", required=True, type=click.Choice(KINDS))
@click.option("--subject", required=True, help="Who asks.")
@click.option("--contact", default="")
@click.option("--received", required=True, type=click.DateTime(formats=["%Y-%m-%d"]))
@click.option("--note", default="")
def register(kind: str, subject: str, contact: str, received: datetime, note: str) -> None:
    """Write a request down; it must be answered within a month."""
    app = open_archive()
    with app.database.write() as session:
        asked = Registration(kind, subject, received.date(), contact, note)
        made = app.requests.register(session, person(app), asked)
        number, due = made.id, made.due_on
    click.echo(f"Request {number}, to be answered by {due}.")


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line and request.")
@click.option("--again", is_flag=True, help="Papers whose decision comes up again: a hold or duty has ended.")
def list_(as_json: bool, again: bool) -> None:
    """List requests, those to be answered first on top."""
    app = open_archive()
    today = app.requests.today
    with app.database.read() as session:
        if again:
            rows = coming_up_again(session, person(app), today, "en")
        else:
            rows = list_requests(session, person(app), today, "en")
    for row in rows:
        if as_json:
            print_json(row)
        elif again:
            click.echo(f"{row['request']}  {row['record']}  {row['decision']} {row['article']}")
        else:
            late = " LATE" if row["late"] else ""
            click.echo(f"{row['id']}  {row['state']:<6} by {row['due_on']}  {row['kind']}{late}")


@command.command("show")
@click.argument("number")
def show(number: str) -> None:
    """Show a request with its records, as JSON."""
    app = open_archive()
    with app.database.read() as session:
        made = app.requests.get(session, person(app), number)
        data = request_data(session, person(app), made, app.requests.today, "en")
        print_json({**data, "items": items_data(session, person(app), made, "en")})


@command.command("identity")
@click.argument("number")
@click.argument("how")
def identity(number: str, how: str) -> None:
    """Record HOW it was made sure that the person is who they say."""
    app = open_archive()
    with app.database.write() as session:
        app.requests.confirm_identity(session, person(app), number, how)
    click.echo("Recorded.")


@command.command("extend")
@click.argument("number")
@click.option("--reason", required=True)
def extend(number: str, reason: str) -> None:
    """Take two more months, once; the person must be told why."""
    app = open_archive()
    with app.database.write() as session:
        due = app.requests.extend(session, person(app), number, reason).due_on
    click.echo(f"To be answered by {due}.")


@command.command("find")
@click.argument("number")
@click.argument("records", nargs=-1)
@click.option("--party", default="", help="All papers that name this party.")
@click.option("--query", default="", help="All papers that fit (docs/search.md).")
def find(number: str, records: tuple[str, ...], party: str, query: str) -> None:
    """Add papers that the request is about: RECORDS, those of a party, or those that fit a query."""
    app = open_archive()
    who = person(app)
    ids = [resolve_record(app, text) for text in records]
    if query:
        page, found = app.index.search(who, query, limit=MOST, sort="oldest")
        if page.total > MOST:
            raise InvalidError(f"More than {MOST} papers fit. Narrow the query.")
        ids += [record.id for record in found]
    added = 0
    with app.database.write() as session:
        if party:
            added += app.requests.add_party(session, who, number, party)
        if ids or not party:
            added += app.requests.add_records(session, who, number, ids)
    click.echo(f"{added} papers added.")


@command.command("decide")
@click.argument("number")
@click.argument("records", nargs=-1, required=True)
@click.option("--decision", required=True, type=click.Choice(DECISIONS))
@click.option("--article", default="", help="To refuse or restrict: " + ", ".join(ARTICLES) + ".")
@click.option("--reason", default="")
def decide(number: str, records: tuple[str, ...], decision: str, article: str, reason: str) -> None:
    """Decide on RECORDS of a request. An erasure is proposed as a disposition."""
    app = open_archive()
    ids = tuple(resolve_record(app, text) for text in records)
    with app.database.write() as session:
        said = ItemDecision(decision, ids, article, reason)
        made = app.requests.decide(session, person(app), number, said)
        proposed = made.id if made else ""
    click.echo(f"Proposed as disposition {proposed}." if proposed else "Decided.")


@command.command("leave")
@click.argument("number")
@click.argument("record")
@click.option("--reason", required=True)
def leave(number: str, record: str, reason: str) -> None:
    """Say that a decision that came up again stays as it is."""
    app = open_archive()
    with app.database.write() as session:
        app.requests.leave(session, person(app), number, resolve_record(app, record), reason)
    click.echo("It stays.")


@command.command("lift")
@click.argument("record")
@click.option("--reason", required=True)
def lift(record: str, reason: str) -> None:
    """Let all see a restricted RECORD again who otherwise may."""
    app = open_archive()
    with app.database.write() as session:
        number = resolve_record(app, record)
        restrict(session, app.audit, person(app), number, False, reason, app.clock.now())
    click.echo("Lifted.")


@command.command("close")
@click.argument("number")
def close(number: str) -> None:
    """End a request that was answered."""
    app = open_archive()
    with app.database.write() as session:
        app.requests.close(session, person(app), number)
    click.echo("Closed.")
