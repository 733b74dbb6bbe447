"""`akta quality`: how good Akta's own judgements are, from what people said of them."""

from datetime import date, datetime
from typing import Any

import click

from akta.cli.context import open_archive, print_json, who
from akta.operations.quality.report import period, quality

_SAID = {"changed": "changed", "no_change": "no change", "too_few": "too few"}
_DAY = click.DateTime(["%Y-%m-%d"])


@click.command("quality")
@click.option("--from", "first", type=_DAY, help="First day counted; by default 90 days before the last.")
@click.option("--to", "last", type=_DAY, help="Last day counted; by default today.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
def command(first: datetime | None, last: datetime | None, as_json: bool) -> None:
    """Say how good Akta's own judgements are: by domain, type and field.

    What was filed unseen is judged by spot checks alone, with the 95 % interval; "too few" stands
    where there are not enough answers to say anything.
    """
    app = open_archive()
    zone = app.settings.zone
    asked = period(_day(first), _day(last), app.clock.now(), zone)
    with app.database.snapshot() as session:
        told = quality(session, who(), asked, zone)
    if as_json:
        print_json(told)
        return
    checks = told["total"]["spot_checks"]
    click.echo(f"{told['period']['from']} to {told['period']['to']}")
    click.echo(f"spot checks: {checks['asked']} asked, {checks['waiting']} waiting")
    header = (
        f"{'':<34}{'came':>8}{'unseen':>9}  {'unseen, right':<30}{'doubted, right':<30}{'calibr. error':>13}"
    )
    for title, key, names in (
        ("all", None, ()),
        ("domain", "domains", ("domain",)),
        ("type", "types", ("domain", "doc_type")),
        ("model", "models", ("model",)),
        ("channel", "channels", ("channel",)),
    ):
        click.echo(f"\n{title}\n{header}")
        for group in told[key] if key else [told["total"]]:
            _line("/".join(group[name] for name in names), group)
    click.echo(
        f"\nfield\n{'':<34}{'stated':>8}{'missed':>9}  {'right':<30}{'found':>10}{'calibr. error':>16}"
    )
    for field in told["fields"]:
        click.echo(
            f"  {field['name']:<32}{field['stated']:>8}{field['missed']:>9}  {_estimate(field['right']):<30}"
            f"{_percent(field['coverage']):>10}{_percent(field['calibration_error']):>16}"
        )
    click.echo("\ncalibration: stated confidence, share right")
    for one in told["calibration"]:
        if one["n"]:
            click.echo(
                f"  {one['from']:.1f} to {one['to']:.1f}  {_percent(one['confidence']):>8}"
                f"{_percent(one['right']):>9}  n = {one['n']}"
            )
    click.echo(f"\nagainst {told['before']['from']} to {told['before']['to']}")
    for item in told["drift"]:
        figures = f"{_percent(item['before'])} → {_percent(item['now'])}"
        if "stability" in item:
            index = item["stability"]
            figures = "stability index " + ("-" if index is None else f"{index:.3f}")
        click.echo(f"  {item['name']:<16}{figures:<28}{_SAID[item['said']]}")


def _day(value: datetime | None) -> date | None:
    return value.date() if value else None


def _line(name: str, group: dict[str, Any]) -> None:
    click.echo(
        f"  {name:<32}{group['came']:>8}{_percent(group['coverage']):>9}  "
        f"{_estimate(group['unseen_right']):<30}{_estimate(group['doubted_right']):<30}"
        f"{_percent(group['calibration_error']):>13}"
    )


def _estimate(told: dict[str, Any]) -> str:
    if told["share"] is None:
        return f"too few (n = {told['n']})"
    between = f"{100 * told['low']:.0f}-{100 * told['high']:.0f} %, n = {told['n']}"
    return f"{_percent(told['share'])} ({between})" if told["enough"] else f"too few ({between})"


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.1f} %"
