"""The relay: waiting jobs become messages that carry their ids.

A job is published when it is due and again a minute later if nobody has taken
it, so a broker that lost everything only costs time. Doubled messages are
harmless: a job is claimed once.
"""

import signal
import time
from datetime import timedelta

import structlog
from kombu.exceptions import OperationalError
from sqlalchemy import or_, select, update

from akta.bootstrap import App, maintain
from akta.events.models import Job
from akta.kernel.errors import AktaError
from akta.worker.celery_app import make_celery

log = structlog.get_logger("akta.relay")
AGAIN_AFTER = timedelta(seconds=60)
_BATCH = 200


def run_relay(app: App, *, pause: float = 0.2) -> None:
    """Publish until told to stop (SIGTERM, SIGINT)."""
    stopping = False

    def stop(_signal: int, _frame: object) -> None:
        nonlocal stopping
        stopping = True

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    celery = make_celery(app.settings)
    maintained = 0.0
    while not stopping:
        try:
            sent = publish_due(app, celery.send_task)
            if time.monotonic() - maintained > 30:
                maintain(app)
                maintained = time.monotonic()
        except (OperationalError, AktaError, OSError) as error:
            log.warning("relay.cannot_publish", error=type(error).__name__)
            sent = 0
            time.sleep(1.0)
        if not sent:
            time.sleep(pause)


def publish_due(app: App, send) -> int:  # type: ignore[no-untyped-def]
    """Send one batch of due jobs; returns how many. `send(name, [id], priority=…)`."""
    now = app.clock.now()
    with app.database.read() as session:
        due = session.execute(
            select(Job.id, Job.kind)
            .where(
                or_(
                    (Job.state == "ready") & (Job.run_after <= now),
                    (Job.state == "running") & (Job.lease_until <= now),
                ),
                or_(
                    Job.published_at.is_(None),
                    Job.published_at < now - AGAIN_AFTER,
                    Job.published_at < Job.run_after,
                ),
            )
            .order_by(Job.priority, Job.run_after)
            .limit(_BATCH)
        ).all()
    for job_id, kind in due:
        send(kind, [job_id])
    if due:
        with app.database.write() as session:
            session.execute(
                update(Job).where(Job.id.in_([job_id for job_id, _ in due])).values(published_at=now)
            )
    return len(due)
