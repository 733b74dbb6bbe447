"""`akta review`: papers that wait for a person."""

from typing import Any

import click

from akta.cli.context import open_archive, print_json, resolve_record, who
from akta.kernel.errors import InvalidError
from akta.records.views import summary
from ingest.review import desk, queue


@click.group("review", invoke_without_command=True)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a paper.")
@click.option("--limit", type=click.IntRange(1, 100_000), default=20, show_default=True)
@click.option("--domain", help="Only papers of this domain.")
@click.pass_context
def command(context: click.Context, as_json: bool, limit: int, domain: str | None) -> None:
    """List papers in review, the most valuable doubt first; accept or correct them."""
    if context.invoked_subcommand is not None:
        return
    app = open_archive()
    wanted = queue.Wanted(domain=domain)
    with app.database.read() as session:
        rows = queue.waiting(session, who(), wanted, None, limit)
        total = queue.counts(session, who(), wanted)["total"]
    for record, item in rows:
        told = summary(record)
        reasons = desk.why_first(record, item, "en")
        if as_json:
            print_json({**told, "why_first": reasons})
            continue
        click.echo(f"{record.id}  {record.title or record.file_name}")
        if told["reason"]:
            click.echo(f"    {told['reason']['text']}")
        first = "; ".join(term["text"] for term in reasons if term["days"] > 0)
        click.echo(f"    first because: {first}" if first else f"    {reasons[0]['text']}")
    if not as_json:
        click.echo(
            f"{total} {'paper waits' if total == 1 else 'papers wait'}." if total else "Nothing waits."
        )


@command.command("accept")
@click.argument("record")
def accept(record: str) -> None:
    """File a paper in review as it stands."""
    _decide(record, {"accept": True})


@command.command("correct")
@click.argument("record")
@click.argument("values", nargs=-1, metavar="[FIELD=VALUE]...")
@click.option("--type", "doc_type", help="The type of paper it is, such as invoice.")
@click.option("--accept", "and_accept", is_flag=True, help="File it then.")
def correct(record: str, values: tuple[str, ...], doc_type: str | None, and_accept: bool) -> None:
    """Set fields of a paper, or its type; `FIELD=` removes one, `FIELD=@2` takes its second alternative."""
    fields, chosen = {}, {}
    for text in values:
        name, sign, value = text.partition("=")
        if not sign:
            raise InvalidError(f"'{text}' is not FIELD=VALUE.")
        if value.startswith("@") and value[1:].isdecimal():
            chosen[name] = int(value[1:]) - 1
        else:
            fields[name] = value
    if not (values or doc_type):
        raise InvalidError("Say what is to be corrected: FIELD=VALUE or --type.")
    _decide(record, {"fields": fields, "chosen": chosen, "doc_type": doc_type, "accept": and_accept})


def _decide(record: str, what: dict[str, Any]) -> None:
    app = open_archive()
    record_id = resolve_record(app, record)
    with app.database.write() as session:
        found = app.decisions.correct(session, who(), record_id, **what)
        state, title = found.state, found.title
    app.wake_workers()
    click.echo(f"{record_id}  {state}  {title}")
