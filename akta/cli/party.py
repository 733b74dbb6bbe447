"""`akta party`: companies and persons that papers name."""

from typing import Any

import click

from akta.cli.context import open_archive, print_json, who
from akta.records.parties.suggestions import list_suggestions
from akta.records.parties.visible import list_parties, party_detail


@click.group("party")
def command() -> None:
    """Companies and persons that papers name, each under all its spellings."""


@command.command("list")
@click.argument("words", nargs=-1)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line and party.")
@click.option("--suggestions", is_flag=True, help="Pairs that are likely the same instead.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 1000))
def list_(words: tuple[str, ...], as_json: bool, suggestions: bool, limit: int) -> None:
    """List parties, those whose name or number fits WORDS if some are given."""
    app = open_archive()
    with app.database.read() as session:
        if suggestions:
            for pair in list_suggestions(session, who(), limit=limit)[0]:
                if as_json:
                    print_json(pair)
                    continue
                one, other = pair["parties"]
                why = ", ".join(pair["shared"])
                click.echo(f"{one['id']}  {_clean(one['name'])}")
                click.echo(f"{other['id']}  {_clean(other['name'])}")
                click.echo(f"  names alike {pair['likeness']:.0%}" + (f"; both have: {why}" if why else ""))
            return
        items, more = list_parties(session, who(), " ".join(words), limit=limit)
    for item in items:
        if as_json:
            print_json(item)
        else:
            number = ", ".join(item["nip"]) or "-"
            click.echo(f"{item['id']}  {_count(item):>6} papers  {number:<14} {_clean(item['name'])}")
    if more and not as_json:
        click.echo("There are more; give words of a name, or a higher --limit.")


@command.command("show")
@click.argument("party")
@click.option("--json", "as_json", is_flag=True)
def show(party: str, as_json: bool) -> None:
    """Show one party: spellings, numbers, papers, and what was merged."""
    app = open_archive()
    with app.database.read() as session:
        told = party_detail(session, who(), party.strip().lower(), limit=50)
    if as_json:
        print_json(told)
        return
    click.echo(f"{_clean(told['name'])}  ({told['kind']}, {_count(told)} papers)")
    for mark in told["identifiers"]:
        click.echo(f"  {mark['kind']:<6} {mark['value']}")
    for spelling in told["spellings"]:
        click.echo(
            f"  spelt  {_clean(spelling['name'])}  ({spelling['papers']}, last {spelling['last_seen'][:10]})"
        )
    for row in told["merges"]:
        click.echo(f"  {row['kind']:<6} {row['id']}  {row['at'][:16]}  {_said(row)}")
    for record in told["records"]:
        click.echo(f"  paper  {record['id']}  {', '.join(record['roles']):<8} {_clean(record['title'])}")


@command.command("merge")
@click.argument("into")
@click.argument("others", nargs=-1, required=True)
@click.option("--reason", default="")
def merge(into: str, others: tuple[str, ...], reason: str) -> None:
    """Say that OTHERS are the party INTO."""
    app = open_archive()
    with app.database.write() as session:
        row = app.party_decisions.merge(session, who(), into.lower(), [o.lower() for o in others], reason)
        merge_id, count = row.id, len(row.moved)
    parties = "party" if count == 1 else "parties"
    click.echo(f"Merged {count} {parties}. To take it back: akta party undo {merge_id}")


@command.command("undo")
@click.argument("merge_id")
def undo(merge_id: str) -> None:
    """Take a merge, a link that Akta made, or a split back."""
    app = open_archive()
    with app.database.write() as session:
        app.party_decisions.undo(session, who(), merge_id.strip().lower())
    click.echo("Taken back.")


def _said(row: dict[str, Any]) -> str:
    return _clean("; ".join(row["names"]) + (f" ({row['reason']})" if row["reason"] else ""))


def _count(party: dict[str, Any]) -> str:
    return f"{party['papers']}{'+' if party['more'] else ''}"


def _clean(text: str) -> str:
    """A name from a paper without characters that would steer a terminal."""
    return "".join(c for c in text if c.isprintable())[:100]
