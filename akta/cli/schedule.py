"""`akta schedule`: file plans as files, checked, shown and compared."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from akta.cli.context import open_archive, print_json
from akta.cli.schedule_versions import COMMANDS
from akta.kernel.errors import AktaError, InvalidError, NotFoundError
from retention.rules.language import rule_data
from retention.schedules.building import PlanClass
from retention.schedules.checking import check
from retention.schedules.comparing import differences, refusals
from retention.schedules.fileplan import shipped_plans
from retention.schedules.loading import Plan, ScheduleError
from retention.schedules.reading import read_plan
from retention.schedules.stored import current_plan
from retention.schedules.writing import as_csv, as_yaml

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_LANGUAGE = click.option(
    "--language", type=click.Choice(["en", "pl"]), default="en", show_default=True, help="Of what is found."
)


@click.group("schedule")
def command() -> None:
    """Schedules: how long papers of each class are kept, as plans in YAML or CSV.

    A plan is a file of classes with their rules. docs/retention.md explains every key.
    """


for part in COMMANDS:
    command.add_command(part)


@command.command("validate")
@click.argument("file", type=_FILE)
@click.option("--json", "as_json", is_flag=True, help="One JSON object with all that was found.")
@_LANGUAGE
@click.pass_context
def validate(context: click.Context, file: Path, as_json: bool, language: str) -> None:
    """Check a plan; what is found is shown with line and field. Nothing is changed.

    Exit code 0 if it can be used (warnings allowed), 2 if not.
    """
    found: list[dict[str, Any]] = []
    count = 0
    try:
        plan = _plan(file)
    except ScheduleError as error:
        found.append({"level": "error", "code": error.code, "message": error.message, **error.params})
    else:
        count = len(plan.classes)
        found += [
            {
                "level": f.level,
                "code": f.code,
                "message": f"{file.name}: {f.words(language)}",
                "line": f.line,
                "field": f.field,
                "class": f.cls,
                "rule": f.rule,
            }
            for f in check(plan.classes, plan.facts)
        ]
    wrong = [item for item in found if item["level"] == "error"]
    if as_json:
        print_json({"valid": not wrong, "classes": count, "findings": found})
    else:
        for item in found:
            click.echo(f"{item['level']}: {item['message']}")
        if not wrong:
            click.echo(f"{count} class{'' if count == 1 else 'es'}, {_warnings(len(found))}.")
    context.exit(2 if wrong else 0)


@command.command("show")
@click.argument("code", required=False)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line and class.")
@click.option(
    "--format", "form", type=click.Choice(["yaml", "csv"]), help="As a plan that can be read again."
)
@click.option("--shipped", is_flag=True, help="The plans that come with Akta instead of those in use.")
def show(code: str | None, as_json: bool, form: str | None, shipped: bool) -> None:
    """Show the classes in use with their rules, or one class."""
    classes = shipped_plans() if shipped else _in_use()
    if code is not None:
        classes = [cls for cls in classes if cls.code == code]
        if not classes:
            raise NotFoundError(f"There is no class '{code}'. 'akta schedule show' lists them.")
    if form is not None:
        click.echo(as_yaml(classes) if form == "yaml" else as_csv(classes), nl=False)
        return
    for cls in classes:
        if as_json:
            print_json(cls.source)
            continue
        click.echo(f"{cls.code:<12} {cls.domain:<11} {cls.title_pl} / {cls.title_en}")
        for rule in cls.rules:
            data = rule_data(rule)
            parts = [str(data[key]) for key in ("period", "rounding", "action") if key in data]
            click.echo(f"  {rule.id:<20} {rule.kind:<10} {', '.join(parts)} ({rule.status}, {rule.verified})")


@command.command("compare")
@click.argument("old", type=_FILE)
@click.argument("new", type=_FILE)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line and class that differs.")
@_LANGUAGE
def compare(old: Path, new: Path, as_json: bool, language: str) -> None:
    """Say what is different in NEW, and whether a locked class could change so."""
    before = {cls.code: cls for cls in _plan(old).classes}
    after = {cls.code: cls for cls in _plan(new).classes}
    differs = False
    for code in sorted(before | after):
        one, two = before.get(code), after.get(code)
        found = differences(one, two)
        if not found:
            continue
        differs = True
        against = refusals(one, two) if one is not None and two is not None else []
        gone = two is None
        if as_json:
            refused = [{"rule": r.rule, "reason": r.reason, "message": r.words(language)} for r in against]
            told = {"class": code, "differences": [asdict(d) for d in found]}
            print_json({**told, "allowed_when_locked": not against and not gone, "refusals": refused})
            continue
        click.echo(code)
        for difference in found:
            click.echo(f"  {difference.words(language)}")
        for refusal in against:
            click.echo(f"  refused if locked: {refusal.words(language)}")
    if not differs and not as_json:
        click.echo("There is no difference.")


def _plan(file: Path) -> Plan:
    """The plan of a file, errors naming it."""
    try:
        text = file.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidError(f"{file.name} is not in UTF-8. Save it as UTF-8 and try again.") from error
    try:
        return read_plan(text, table=file.suffix.lower() == ".csv")
    except AktaError as error:
        error.message = f"{file.name}: {error.message}"
        raise


def _in_use() -> list[PlanClass]:
    app = open_archive()
    with app.database.read() as session:
        return current_plan(session)


def _warnings(count: int) -> str:
    return "all in order" if count == 0 else "1 warning" if count == 1 else f"{count} warnings"
