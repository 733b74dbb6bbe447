"""Celery as carrier: its tasks get a job's id, claim the row, and work.

The jobs table is the truth; a message is only a nudge. Both sizes run these
same task objects: the embedded executor calls them itself.
"""

from typing import Any

from celery import Celery
from celery.signals import worker_process_init

from akta.bootstrap import App, build, maintain
from akta.kernel.process import owner_name
from akta.settings import Settings
from akta.worker.runner import Handler, Runner

#: One task for each kind of job, named after it.
QUEUES = {
    **dict.fromkeys(("indexer.catch_up", "indexer.tell", "indexer.remove_exports"), "index"),
    **dict.fromkeys(("ingest.render", "indexer.export"), "render"),
}
DEFAULT_QUEUE = "read"


def make_celery(settings: Settings) -> Any:
    """A Celery application for the broker of the settings, with a task for every kind of job."""
    celery: Any = Celery("akta", broker=settings.broker_url)
    celery.conf.update(
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        worker_prefetch_multiplier=1,
        task_ignore_result=True,
        task_default_queue=DEFAULT_QUEUE,
        task_routes={kind: {"queue": queue} for kind, queue in QUEUES.items()},
        broker_connection_retry_on_startup=True,
        broker_transport_options={"visibility_timeout": 120}
        if settings.broker_url.startswith("redis")
        else {"confirm_publish": True},  # RabbitMQ: sent means that the broker has it safe
        worker_hijack_root_logger=False,
        worker_send_task_events=False,
        accept_content=["json"],
        task_serializer="json",
        enable_utc=True,
    )
    runners: dict[int, Runner] = {}

    def runner() -> Runner:
        import os

        if os.getpid() not in runners:  # each forked process makes its own connections
            runners[os.getpid()] = make_runner(App(settings, pooled=True).wire())
        return runners[os.getpid()]

    for kind in App(settings).wire().handlers():

        def run(job_id: str) -> bool:
            return runner().run_by_id(owner_name(), job_id)

        celery.task(run, name=kind)
    return celery


def make_runner(app: App) -> Runner:
    """The runner of a process over its own application."""
    return Runner(app.database, app.clock, {kind: Handler(*pair) for kind, pair in app.handlers().items()})


def run_worker(settings: Settings) -> int:
    """Run a Celery worker on all queues until told to stop."""
    app = build(settings, pooled=False)
    maintain(app)
    app.close()
    celery = make_celery(settings)

    @worker_process_init.connect(weak=False)  # type: ignore[untyped-decorator]
    def allow_children(**_: Any) -> None:
        # The sandbox forks; a daemonic pool process may do so with os.fork.
        from akta.worker.embedded import load_for_reading, load_for_rendering

        load_for_reading(app)
        load_for_rendering()

    celery.worker_main(
        [
            "worker",
            "--pool=prefork",
            f"--concurrency={settings.workers}",
            "--queues=read,render,index",
            "--without-gossip",
            "--without-mingle",
            f"--loglevel={settings.log_level}",
        ]
    )
    return 0
