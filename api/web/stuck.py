"""What is stuck: papers in progress for long, work that was given up, parts that do not answer."""

from datetime import datetime
from typing import Any

from fastapi import APIRouter, Request
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session
from starlette.responses import Response

from akta.access.principal import Principal
from akta.access.roles import Right
from akta.bootstrap import App
from akta.events.models import Job
from akta.kernel.errors import ForbiddenError
from akta.operations.health import silent
from akta.records.auditing import last_check
from akta.records.models import IN_PROGRESS, Record
from akta.records.reconciliation import STUCK_AFTER
from akta.records.visibility import visible_to
from api.web.pages import page
from api.web.session import VisitDep

router = APIRouter()
_MOST = 100


def _slow(principal: Principal, now: datetime) -> tuple[ColumnElement[bool], ...]:
    """The condition on `Record` for papers in progress for long that somebody may see."""
    return visible_to(principal), Record.state.in_(IN_PROGRESS), Record.received_at < now - STUCK_AFTER


def stuck_counts(session: Session, app: App, principal: Principal) -> list[dict[str, Any]]:
    """What is stuck, by name with its count (at most a hundred and one) and where it is listed."""
    told: list[tuple[str, int, str]] = []
    if principal.may(Right.READ):
        query = select(Record.id).where(*_slow(principal, app.clock.now())).limit(_MOST + 1)
        told.append(("slow", len(session.scalars(query).all()), "/stuck"))
    if principal.may(Right.SYSTEM):
        query = select(Job.id).where(Job.state == "parked").limit(_MOST + 1)
        told.append(("given_up", len(session.scalars(query).all()), "/stuck#given-up"))
        told.append(("silent", len(silent(app)), "/stuck#silent"))
        told.append(("model", int(bool(app.live_model.problem(session))), "/quality"))
    if principal.may(Right.AUDIT):
        check = last_check(session, principal)
        told.append(("log", int(check is not None and bool(check.problems)), "/audit"))
    return [{"name": name, "count": count, "href": href} for name, count, href in told if count]


@router.get("/stuck")
def show(request: Request, visit: VisitDep) -> Response:
    """The lists behind those counts."""
    app, who = visit.app, visit.principal
    runs = who.may(Right.SYSTEM)
    if not (runs or who.may(Right.READ)):
        raise ForbiddenError("This needs the right 'read', which you do not have.", right="read")
    with app.database.read() as session:
        slow = select(Record).where(*_slow(who, app.clock.now())).order_by(Record.id).limit(_MOST)
        papers = list(session.scalars(slow)) if who.may(Right.READ) else []
        parked = select(Job).where(Job.state == "parked").order_by(Job.id.desc()).limit(_MOST)
        jobs = list(session.scalars(parked)) if runs else []
    return page(
        request, "stuck.html", visit, papers=papers, jobs=jobs, runs=runs, silent=silent(app) if runs else []
    )
