"""The relay: waiting jobs become messages that carry their ids.

A job is published when it is due, and again if nobody has taken it for long, so a
broker that lost everything only costs time. Each time "long" is longer: most jobs
that nobody has taken merely wait in the broker's queue, and messages sent again
would only lengthen it. Doubled messages are harmless: a job is claimed once.
"""

import signal
import time
from datetime import datetime, timedelta

import structlog
from kombu.exceptions import OperationalError
from sqlalchemy import bindparam, or_, select, update

from akta.bootstrap import App, maintain, wind_up
from akta.events.jobs import busy
from akta.events.models import Job
from akta.kernel.errors import AktaError
from akta.worker.celery_app import make_celery

log = structlog.get_logger("akta.relay")
#: A job that nobody has taken is published again after this time, then after four times as long…
AGAIN_AFTER = timedelta(minutes=1)
_LONGER = 4
#: …up to this.
_AGAIN_AT_MOST = timedelta(hours=6)
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
    wind_up(app)


def publish_due(app: App, send) -> int:  # type: ignore[no-untyped-def]
    """Send one batch of due jobs; returns how many. `send(name, [id], priority=…)`."""
    now = app.clock.now()
    with app.database.read() as session:
        due = session.execute(
            select(Job.id, Job.kind, Job.publish_at, Job.published_at)
            .where(
                Job.publish_at <= now,
                or_(
                    Job.state == "ready",  # published and run at the same time, unless it is again
                    (Job.state == "running") & (Job.lease_until <= now),
                ),
                # Whoever got its message now could do nothing with it.
                ~busy(now),
            )
            .order_by(Job.publish_at)
            .limit(_BATCH)
        ).all()
    for job_id, kind, _, _ in due:
        send(kind, [job_id])
    if due:
        # A job that was taken since has another time, which stays.
        unchanged = (Job.id == bindparam("job")) & (Job.publish_at == bindparam("was"))
        values = {"published_at": now, "publish_at": bindparam("again")}
        with app.database.write() as session:
            session.connection().execute(
                update(Job).where(unchanged).values(values),
                [
                    {"job": i, "was": at, "again": now + _pause(at, last)}
                    for i, _, at, last in due
                    if at is not None
                ],
            )
    return len(due)


def _pause(publish_at: datetime, published_at: datetime | None) -> timedelta:
    if published_at is None:
        return AGAIN_AFTER
    return min(_AGAIN_AT_MOST, (publish_at - published_at) * _LONGER)
