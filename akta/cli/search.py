"""`akta search`: find records by anything on them."""

import click

from akta.cli.context import open_archive, print_json, who
from akta.records.views import summary


@click.command("search")
@click.argument("query", nargs=-1, required=True)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line and hit.")
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 1000))
@click.pass_context
def command(context: click.Context, query: tuple[str, ...], as_json: bool, limit: int) -> None:
    """Find records. The query language is described in docs/search.md.

    Exit code 0 if something was found, 1 if nothing.
    """
    app = open_archive()
    page, records = app.index.search(who(), " ".join(query), limit=limit)
    for record in records:
        if as_json:
            print_json({**summary(record), "record": record.id})
        else:
            kept = (
                record.retain_through.isoformat() if record.retain_through else record.retention_state or "-"
            )
            kind = f"{record.domain or '-'}/{record.subtype or record.doc_type or '-'}"
            click.echo(f"{record.id}  {record.state:<11} {kind:<28} kept until {kept:<11} {record.title}")
    if not as_json:
        click.echo(f"{page.total} found" + (f", {len(records)} shown" if page.total > len(records) else ""))
    context.exit(0 if records else 1)
