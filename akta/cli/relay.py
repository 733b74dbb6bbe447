"""`akta relay`: publish the ids of waiting jobs to the broker (grown-up size)."""

import click

from akta.cli.context import open_archive


@click.command("relay")
def command() -> None:
    """Tell Celery workers which jobs wait. One runs; more do no harm."""
    from akta.worker.relay import run_relay

    run_relay(open_archive())
