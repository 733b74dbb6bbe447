"""Is it alive, is it ready, what does it count."""

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, PlainTextResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest
from prometheus_client import REGISTRY as PROCESS_REGISTRY
from sqlalchemy import func, select

from akta.bootstrap import App
from akta.events.models import Job
from akta.operations.health import readiness
from akta.records.models import IndexPending, Record

router = APIRouter(tags=["health"])


@router.get("/health/live", summary="The process answers")
async def live() -> PlainTextResponse:
    """200 as long as the process answers at all; it needs no thread, so no crowd keeps it waiting."""
    return PlainTextResponse("alive\n")


@router.get("/health/ready", summary="Database, storage and index answer")
def ready(request: Request) -> JSONResponse:
    """200 if everything needed answers, 503 with the names of what does not.

    `degraded` names what works, but not as it should.
    """
    found = readiness(request.app.state.akta)
    failed, degraded = list(found.failed), list(found.degraded)
    answer = {"ready": not failed, "failed": failed, "degraded": degraded}
    return JSONResponse(answer, 503 if failed else 200)


@router.get("/metrics", summary="Figures for Prometheus")
def metrics(request: Request) -> Response:
    """Counters of this process, and gauges over the archive. Counts only, no content."""
    app: App = request.app.state.akta
    registry = CollectorRegistry()
    records = Gauge("akta_records", "Records by state", ["state"], registry=registry)
    jobs = Gauge("akta_jobs", "Unfinished jobs by state", ["state"], registry=registry)
    pending = Gauge("akta_index_pending", "Records waiting to be indexed", registry=registry)
    with app.database.read() as session:
        for state, count in session.execute(select(Record.state, func.count()).group_by(Record.state)):
            records.labels(state).set(count)
        for state, count in session.execute(
            select(Job.state, func.count()).where(Job.state != "done").group_by(Job.state)
        ):
            jobs.labels(state).set(count)
        pending.set(session.scalar(select(func.count()).select_from(IndexPending)) or 0)
    body = generate_latest(PROCESS_REGISTRY) + generate_latest(registry)
    return Response(body, media_type=CONTENT_TYPE_LATEST)
