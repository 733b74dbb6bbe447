"""`akta explain`: why a record is kept until when."""

from datetime import datetime
from typing import Any

import click
from sqlalchemy import select

from akta.cli.context import open_archive, print_json, resolve_record, who
from akta.records.models import Record
from akta.records.stubs import get_stub
from akta.records.visibility import get_visible
from retention.keeping.explaining import explanation

_WORDS = {
    "en": {
        "destroyed": "Destroyed on {day}; its content is gone for good.",
        "disposition": "by disposition {number}: 'akta disposition show {number}'",
        "replayed": "again after a restore, as line {line} of the ledger of destructions says",
        "no_disposition": "by no disposition: {reason}",
        "rule": "under rule {rule}, version {version}, of class {code}",
        "no_rule": "under no rule; its class was {code}",
        "kept": "kept through {day}",
        "basis": "ground: {basis}",
    },
    "pl": {
        "destroyed": "Zniszczony {day}; treści nie da się odzyskać.",
        "disposition": "na podstawie brakowania {number}: „akta disposition show {number}”",
        "replayed": "ponownie po odtworzeniu z kopii, jak mówi wiersz {line} księgi zniszczeń",
        "no_disposition": "bez brakowania: {reason}",
        "rule": "według reguły {rule}, wersja {version}, klasy {code}",
        "no_rule": "bez reguły; należał do klasy {code}",
        "kept": "przechowywany do {day}",
        "basis": "podstawa: {basis}",
    },
}


@click.command("explain")
@click.argument("record")
@click.option("--json", "as_json", is_flag=True, help="The derivation as data.")
@click.option(
    "--as-of",
    type=click.DateTime(["%Y-%m-%d"]),
    help="What had been computed by the end of this day instead of now.",
)
@click.option("--history", is_flag=True, help="Also when it was computed, and why.")
@click.option("--language", type=click.Choice(["en", "pl"]), default="en", show_default=True)
def command(record: str, as_json: bool, as_of: datetime | None, history: bool, language: str) -> None:
    """Say until when a record is kept, and why, step by step.

    Of a destroyed record: when it was destroyed, by which disposition, under which rule.
    """
    app = open_archive()
    record_id = resolve_record(app, record)
    with app.database.read() as session:
        gone = session.scalar(select(Record.id).where(Record.id == record_id, Record.state == "destroyed"))
        if gone is not None:
            stub = get_stub(session, who(), record_id)
    if gone is not None:
        if as_json:
            print_json(stub)
        else:
            _print_stub(stub, language)
        return
    with app.database.read() as session:
        found = get_visible(session, who(), record_id)
        told = explanation(
            session,
            found,
            language,
            as_of=as_of.date() if as_of else None,
            zone=app.settings.zone,
            now=app.clock.now(),
            matters=who().sees_matters,
        )
    if as_json:
        print_json(told)
        return
    click.echo(told["headline"])
    if told["recomputing"]:
        click.echo(f"  ! {told['recomputing']['text']}")
    for number, sentence in enumerate(told["steps"], start=1):
        click.echo(f"  {number}. {sentence}")
    for entry in told["history"] if history else ():
        end = entry["retain_through"] or entry["outcome"]
        click.echo(f"  {entry['at'][:16]}  {end}  {entry['cause']} ({entry['actor']})")


def _print_stub(stub: dict[str, Any], language: str) -> None:
    """What is left of a destroyed record, in sentences."""
    say, authority = _WORDS[language], stub["authority"]
    click.echo(say["destroyed"].format(day=(stub["destroyed_at"] or "-")[:10]))
    if authority.get("disposition"):
        lines = [say["disposition"].format(number=authority["disposition"])]
    else:
        lines = [say["no_disposition"].format(reason=authority.get("reason") or "-")]
    if authority.get("replayed") is not None:
        lines.append(say["replayed"].format(line=authority["replayed"]))
    rule = "rule" if stub["rule"] else "no_rule"
    lines.append(
        say[rule].format(rule=stub["rule"], version=stub["rule_version"] or "-", code=stub["class"] or "-")
    )
    if stub["kept_through"]:
        lines.append(say["kept"].format(day=stub["kept_through"]))
    if authority.get("basis"):
        lines.append(say["basis"].format(basis=authority["basis"]))
    for line in [*lines, f"SHA-256 {stub['sha256']}"]:
        click.echo(f"  {line}")
