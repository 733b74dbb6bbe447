"""`akta worker`: run jobs."""

import click

from akta.operations.logs import configure_logging
from akta.settings import load_settings


@click.command("worker")
@click.option("--celery", is_flag=True, help="As a Celery worker (grown-up size).")
@click.option("--until-idle", is_flag=True, help="Stop when there is nothing left to do.")
@click.option("--parent", type=int, hidden=True, help="Stop when this process is gone.")
@click.pass_context
def command(context: click.Context, celery: bool, until_idle: bool, parent: int | None) -> None:
    """Read papers and do the other work that waits.

    'akta serve' runs one by itself in the embedded size.
    """
    settings = load_settings()
    configure_logging(settings)
    if celery:
        from akta.worker.celery_app import run_worker

        context.exit(run_worker(settings))
    from akta.worker.embedded import run_executor

    if not run_executor(settings, parent=parent, until_idle=until_idle):
        click.echo("A worker runs on this data folder already.", err=True)
        context.exit(0 if parent else 3)
