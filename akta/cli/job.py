"""`akta job`: work that waits or was given up."""

import click

from akta.cli.context import open_archive, who
from akta.operations.job_desk import STATES, JobState, cancel_job, list_jobs


@click.group("job")
def command() -> None:
    """Jobs: what waits, runs or was given up."""


@command.command("list")
@click.option("--state", type=click.Choice(list(STATES)), default="parked")
def list_(state: JobState) -> None:
    """List jobs by state."""
    app = open_archive()
    with app.database.read() as session:
        found = list_jobs(session, who(), state)
    for job in found:
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


@command.command("cancel")
@click.argument("job_id")
@click.option("--reason", required=True, help="Why it is left undone.")
def cancel(job_id: str, reason: str) -> None:
    """Leave a job undone; one that the archive relies on (papers, keeping, holds, index) cannot be."""
    app = open_archive()
    with app.database.write() as session:
        cancel_job(session, app.audit, who(), job_id, reason, app.clock.now())
    click.echo("It is left undone.")
