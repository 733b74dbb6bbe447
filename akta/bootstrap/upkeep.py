"""What is done now and then."""

import structlog
from sqlalchemy import select

from akta.bootstrap.app import App
from akta.events import jobs
from akta.events.models import Job
from akta.kernel.process import dead_owners
from akta.kernel.scratch import sweep_scratch
from akta.records.orphans import sweep_orphans
from akta.records.stock import keep_stock, stock_file
from indexer.saved.alerts import prune_news
from ingest.intake import resume
from retention.keeping.recomputing import ask_deferred

log = structlog.get_logger("akta.upkeep")


def maintain(app: App) -> None:
    """Upkeep, safe at any time and by several processes.

    Leases, old and lost jobs, left-overs, anchors, ledger, uploads nobody goes on with, deleted searches,
    exports that are over, keeping that waited for the end of a hold or for a day, custodians who have not
    acknowledged, dispositions that nobody released in time, what each domain holds.
    """
    for step in (
        _look_after_jobs,
        _anchor,
        _write_ledger,
        _sweep,
        _look_after_uploads,
        _look_after_searches,
        _look_after_exports,
        _look_after_keeping,
        _look_after_days,
        _look_after_notices,
        _look_after_dispositions,
        _count_stock,
    ):
        try:
            step(app)
        except Exception as error:  # noqa: BLE001 - one that fails must not stop the others
            log.warning("upkeep.failed", step=step.__name__.strip("_"), error=type(error).__name__)


def _look_after_jobs(app: App) -> None:
    now = app.clock.now()
    with app.database.read() as session:
        owners = list(session.scalars(select(Job.owner).where(Job.state == "running").distinct()))
    gone = dead_owners([o for o in owners if o])
    with app.database.write() as session:
        for owner in gone:
            jobs.release_leases(session, owner, now)
        jobs.prune(session, now - jobs.KEEP_DONE)
        resumed = resume(session, app.audit, now)
    if resumed:
        log.warning("records.resumed", count=resumed)
        app.wake_workers()


def _anchor(app: App) -> None:
    app.anchoring.keep(app.database)
    with app.database.write() as session:
        due = app.audit_checker.ask_if_due(session)
    if due:
        app.wake_workers()


def wind_up(app: App) -> None:
    """What is done once more when a process that sees to the upkeep stops: anchor what is new."""
    try:
        app.anchoring.keep(app.database, closing=True)
    except Exception as error:  # noqa: BLE001 - it must not stand in the way of stopping
        log.warning("upkeep.failed", step="wind_up", error=type(error).__name__)


def _write_ledger(app: App) -> None:
    app.ledger.catch_up()


def _look_after_dispositions(app: App) -> None:
    with app.database.write() as session:
        late = app.dispositions.note_overdue(session)
    if late:
        log.warning("dispositions.overdue", count=late)


def _sweep(app: App) -> None:
    app.store.sweep_temporaries(24 * 3600)
    sweep_scratch(app.home / "tmp")
    removed, protected = sweep_orphans(
        app.database, app.store, app.home / "run" / "orphans.json", app.clock.now()
    )
    if removed or protected:
        log.info("blobs.swept", removed=removed, protected=protected)


def _look_after_uploads(app: App) -> None:
    removed = app.uploads.sweep()
    if removed:
        log.info("uploads.swept", removed=removed)


def _look_after_searches(app: App) -> None:
    with app.database.write() as session:
        app.searches.prune(session)
        prune_news(session, app.clock.now())


def _look_after_exports(app: App) -> None:
    with app.database.write() as session:
        ended = app.exports.expire(session)
    with app.database.read() as session:
        removed = app.exports.sweep(session) + app.transfers.sweep(session)
    if ended or removed:
        log.info("exports.swept", ended=ended, files=removed)
        app.wake_workers()


def _look_after_keeping(app: App) -> None:
    with app.database.write() as session:
        asked = ask_deferred(session, "system:upkeep", app.clock.now())
    if asked:
        app.wake_workers()


def _look_after_days(app: App) -> None:
    if app.days.see_to():
        app.wake_workers()


def _look_after_notices(app: App) -> None:
    reminded = app.holds.remind_due(app.database)
    if reminded:
        log.info("holds.reminded", custodians=reminded)


def _count_stock(app: App) -> None:
    if keep_stock(app.database, stock_file(app.home), app.clock.now()):
        log.info("stock.counted")
