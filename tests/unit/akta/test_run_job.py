"""A command that carries a job out takes over from one that died with it, and from nobody else."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from akta.bootstrap import App
from akta.cli.context import run_job
from akta.events.jobs import LEASE, claim, enqueue
from akta.events.models import Job


@pytest.mark.parametrize(("ago", "state"), [(2 * LEASE, "done"), (timedelta(0), "running")])
def test_only_an_expired_lease_is_taken_over(app: App, ago: timedelta, state: str) -> None:
    now = app.clock.now()
    with app.database.write() as session:
        enqueue(session, "retention.ledger", {}, key="ledger", now=now - ago, priority=50)
        number = session.scalars(select(Job.id).where(Job.key == "ledger")).one()
        assert claim(session, "elsewhere:1:1", now - ago, job_id=number) is not None
    run_job(app, "ledger")
    with app.database.read() as session:
        left = session.get(Job, number)
        assert (left.state if left is not None else "done") == state
