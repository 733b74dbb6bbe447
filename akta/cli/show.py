"""`akta show`: everything about a record."""

import click

from akta.cli.context import open_archive, print_json, resolve_record, who
from akta.records.reads import note_read, note_shown
from akta.records.views import detail
from akta.records.visibility import get_visible


@click.command("show")
@click.argument("record")
@click.option("--json", "as_json", is_flag=True)
@click.option("--text", is_flag=True, help="Only the text that was read.")
@click.option(
    "--sensitive", is_flag=True, help="Values of sensitive fields instead of masks; it goes into the log."
)
def command(record: str, as_json: bool, text: bool, sensitive: bool) -> None:
    """Show a record by its number, its receipt's, or the beginning of either."""
    app = open_archive()
    record_id = resolve_record(app, record)
    with app.database.read() as session:
        found = get_visible(session, who(), record_id)
    note_read(app.database, app.audit, app.clock, who(), found)
    if sensitive:
        note_shown(app.database, app.audit, app.clock, who(), record_id)
    with app.database.read() as session:
        if text:
            from sqlalchemy import select

            from akta.records.models import PageText

            for page in session.scalars(
                select(PageText.text).where(PageText.record_id == record_id).order_by(PageText.number)
            ):
                click.echo(page)
            return
        data = detail(session, who(), found, show=sensitive)
    if as_json:
        print_json(data)
        return
    click.echo(f"{data['title']}\n")
    rows = [
        ("record", data["id"]),
        ("state", data["state"]),
        ("why", data["reason"]["text"] if data["reason"] else None),
        ("what to do", data["reason"]["way_out"] if data["reason"] else None),
        ("file", f"{data['file_name']} ({data['media_type'] or 'unread'}, {data['size']} bytes)"),
        (
            "kind",
            f"{data['domain']}/{data['subtype'] or data['doc_type']} ({data['confidence']})"
            if data["doc_type"]
            else None,
        ),
        ("class", f"{data['class']} {data['class_title']}" if data["class"] else None),
        ("kept until", data["retain_through"] or data["retention_state"]),
        ("on hold", ", ".join(h["matter"] or "yes" for h in data["holds"]) or None),
        ("pages", data["pages"]),
        ("received", data["received_at"]),
    ]
    for label, value in rows:
        if value is not None:
            click.echo(f"{label:<12} {value}")
    for twin in data["duplicates"]:
        kinds = ", ".join(f"{k['kind']} {k['sure']:.2f}" for k in twin["kinds"])
        click.echo(f"\nmay be the same paper as {twin['record']} {twin['title']} ({kinds}; {twin['state']})")
        click.echo(f"  {twin['way_out']}")
    if data["fields"]:
        click.echo("\nfields")
        for field in data["fields"]:
            check = f", {field['check']}" if field["check"] else ""
            check += ", as corrected before" if field["reader"] == "sender" else ""
            page = f", page {field['page']}" if field["page"] else ""
            click.echo(f"  {field['name']:<18} {field['value']}   ({field['confidence']:.2f}{page}{check})")
