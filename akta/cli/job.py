"""`akta job`: work that was given up."""

import click
from sqlalchemy import select

from akta.cli.context import open_archive, who
from akta.events.models import Job


@click.group("job")
def command() -> None:
    """Jobs: what waits, runs or was given up."""


@command.command("list")
@click.option("--state", type=click.Choice(["ready", "running", "parked", "cancelled"]), default="parked")
def list_(state: str) -> None:
    """List jobs by state."""
    app = open_archive()
    with app.database.read() as session:
        for job in session.scalars(select(Job).where(Job.state == state).order_by(Job.id).limit(200)):
            click.echo(f"{job.id}  {job.kind:<18} {job.key:<40} try {job.attempt}  {job.error or ''}")


@command.command("retry")
@click.argument("job_id")
def retry(job_id: str) -> None:
    """Try a job that was given up again."""
    app = open_archive()
    with app.database.write() as session:
        app.decisions.retry_job(session, who(), job_id)
    app.wake_workers()
    click.echo("It will be tried again.")
