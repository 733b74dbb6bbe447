"""`akta model`: versions of the classifier."""

from typing import Any

import click

from akta.cli.context import open_archive, print_json, who
from akta.worker.embedded import ensure_executor

_AS_JSON = click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")


@click.group("model")
def command() -> None:
    """The classifier: train it on reviewed papers, compare, promote, roll back."""


@command.command("list")
@_AS_JSON
def list_(as_json: bool) -> None:
    """List the versions and say which one judges."""
    app = open_archive()
    with app.database.read() as session:
        found = app.models.list(session, who())
    if as_json:
        print_json(found)
        return
    click.echo(f"In force: {found['in_force']}")
    if found["problem"]:
        click.echo(f"The promoted version cannot be used ({found['problem']}).")
    for item in found["items"]:
        on = item["trained_on"]
        click.echo(
            f"{item['version']:<16} {item['state']:<10} {item['made_at'][:16]}  {on['papers']:>5} papers,"
            f" {on['held_back']} held back: {item['metrics']['verdict']}"
        )


@command.command("train")
@click.option("--wait", is_flag=True, help="Until it is trained.")
@_AS_JSON
def train(wait: bool, as_json: bool) -> None:
    """Train a version on papers that people accepted or corrected; by a job, after all other work."""
    app = open_archive()
    with app.database.write() as session:
        count = app.models.ask_to_train(session, who())
    app.wake_workers()
    found: dict[str, Any] = {"reviewed_papers": count}
    if wait:
        with ensure_executor(app):
            app.models.wait_until_trained(app.database)
        with app.database.read() as session:
            listed = app.models.list(session, who())
        found["in_force"] = listed["in_force"]
        found["newest"] = listed["items"][0] if listed["items"] else None
    if as_json:
        print_json(found)
        return
    click.echo(f"Training on {count} reviewed papers.")
    if found.get("newest"):
        _show(found["newest"])
        click.echo(f"In force: {found['in_force']}")
    elif not wait:
        click.echo("'akta model list' shows the version when it is there.")


@command.command("compare")
@click.argument("version")
@_AS_JSON
def compare(version: str, as_json: bool) -> None:
    """Show how a version compared with the one in force when it was trained."""
    app = open_archive()
    with app.database.read() as session:
        found = app.models.one(session, who(), version)
    if as_json:
        print_json(found)
    else:
        _show(found)


@command.command("promote")
@click.argument("version")
@click.option("--force", is_flag=True, help="Even if it compared worse.")
@_AS_JSON
def promote(version: str, force: bool, as_json: bool) -> None:
    """Let a version judge from the next paper on."""
    app = open_archive()
    with app.database.write() as session:
        found = app.models.promote(session, who(), version, force=force)
    if as_json:
        print_json(found)
    else:
        click.echo(f"{version} judges now, in place of {found['replaced']}.")


@command.command("rollback")
@_AS_JSON
def rollback(as_json: bool) -> None:
    """Return to the version that judged before."""
    app = open_archive()
    with app.database.write() as session:
        before = app.models.rollback(session, who())
    if as_json:
        print_json({"in_force": before})
    else:
        click.echo(f"{before} judges again.")


def _show(item: dict[str, Any]) -> None:
    metrics = item["metrics"]
    click.echo(
        f"{item['version']} ({item['state']}) against {metrics['compared_with']}: {metrics['verdict']}"
        + (f", in {', '.join(metrics['worse_in'])}" if metrics["worse_in"] else "")
    )
    for domain, after in sorted(metrics["after"].items()):
        before = metrics["before"][domain]
        click.echo(
            f"  {domain:<11} {after['papers']:>4} papers  type right {before['right']} -> {after['right']}"
            f"  filed {before['filed']} -> {after['filed']}"
            f"  filed wrongly {before['filed_wrong']} -> {after['filed_wrong']}"
        )
