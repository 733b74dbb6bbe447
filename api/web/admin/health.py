"""Whether everything answers, and when the archive was last secured."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from akta.kernel.clock import civil_date
from akta.operations.health import index_state, last_backup, readiness
from akta.operations.job_desk import count_jobs
from api.web.admin.visits import SystemVisit, admin_page

router = APIRouter()
#: Days after which a backup is called old: one a week is the least that operators are advised.
_OLD_BACKUP = 7


@router.get("/admin/health")
def show(request: Request, visit: SystemVisit) -> Response:
    """The same questions as `/health/ready`, and what it does not ask."""
    app = visit.app
    now = app.clock.now()
    with app.database.read() as session:
        counts = count_jobs(session, visit.principal)
    backup, anchor = last_backup(app.home), app.anchoring.last()
    today = civil_date(now, app.settings.zone)
    return admin_page(
        request,
        "health.html",
        visit,
        ready=readiness(app),
        index=index_state(app),
        counts=counts,
        backup=backup,
        backup_old=backup is not None and (now - backup.at).days > _OLD_BACKUP,
        backup_over=backup is not None and today > backup.delete_after,
        anchor=anchor,
        anchor_old=anchor is not None and (now - anchor.at).days > 1,
        stamps=bool(app.settings.tsa_url),
    )
