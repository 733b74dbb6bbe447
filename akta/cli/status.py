"""`akta status`: the reconciliation, and what is stuck."""

from typing import Any

import click
from sqlalchemy import func, select

from akta.cli.context import open_archive, print_json, who
from akta.events.models import Job
from akta.records.models import IndexPending
from akta.records.reconciliation import reconcile
from akta.worker.embedded import executor_runs


@click.command("status")
@click.option("--json", "as_json", is_flag=True)
@click.pass_context
def command(context: click.Context, as_json: bool) -> None:
    """Received = filed + in review + quarantined + rejected + destroyed + in progress.

    Exit code 0 if the sums agree, 1 if not.
    """
    app = open_archive()
    with app.database.read() as session:
        result = reconcile(session, who(), app.clock.now(), app.settings.zone, everything=True)
        jobs: dict[str, int] = dict(
            session.execute(
                select(Job.state, func.count()).where(Job.state != "done").group_by(Job.state)
            ).all()
        )
        parked = session.scalars(select(Job).where(Job.state == "parked").limit(50)).all()
        pending = session.scalar(select(func.count()).select_from(IndexPending)) or 0
    running = app.settings.jobs == "celery" or executor_runs(app.home)
    data: dict[str, Any] = {
        "adds_up": result.adds_up,
        "total": result.total.as_dict(),
        "duplicates": result.duplicates,
        "groups": [
            {"day": day, "channel": channel, **tally.as_dict()}
            for (day, channel), tally in result.groups.items()
        ],
        "stuck": result.stuck,
        "jobless": result.jobless,
        "jobs": jobs,
        "parked": [{"job": j.id, "kind": j.kind, "key": j.key, "error": j.error} for j in parked],
        "index_pending": pending,
        "worker_running": running,
    }
    if as_json:
        print_json(data)
        context.exit(0 if result.adds_up else 1)
    header = ["received", "filed", "review", "quarantined", "rejected", "destroyed", "in_progress"]
    click.echo(f"{'day':<12}{'channel':<12}" + "".join(f"{name:>13}" for name in header))
    for (day, channel), tally in result.groups.items():
        numbers = tally.as_dict()
        click.echo(f"{day:<12}{channel:<12}" + "".join(f"{numbers[name]:>13}" for name in header))
    numbers = result.total.as_dict()
    click.echo(f"{'total':<24}" + "".join(f"{numbers[name]:>13}" for name in header))
    click.echo("The sums agree." if result.adds_up else "THE SUMS DO NOT AGREE. Run 'akta verify'.")
    if result.duplicates:
        click.echo(f"{result.duplicates} receipts are for papers that were here already.")
    if pending:
        click.echo(f"{pending} records wait to be indexed.")
    if numbers["in_progress"] and not running:
        click.echo("Nobody is reading papers now: start 'akta serve' or use 'akta ingest --wait'.")
    if result.jobless:
        click.echo(f"{result.jobless} papers in progress have no job; a running worker asks for them again.")
    for item in result.stuck:
        click.echo(f"stuck: {item['record']} {item['file_name']} since {item['since']}: {item['why']}")
    for job in data["parked"]:
        click.echo(f"given up: job {job['job']} ({job['kind']} {job['key']}): {job['error']}")
    context.exit(0 if result.adds_up else 1)
