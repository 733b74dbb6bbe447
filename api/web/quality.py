"""The quality report and the spot checks as pages."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request
from starlette.responses import Response

from akta.kernel.errors import AktaError, InvalidError
from akta.operations.quality.report import REST, period
from akta.operations.quality.report import quality as report
from akta.records import spot_checks
from api.numbers import Number
from api.web import labels
from api.web.answers import attempt, back
from api.web.i18n import translate
from api.web.pages import page
from api.web.session import VisitDep, check_csrf
from api.web.wording import tell

router = APIRouter()
_PAGE = 50


@router.get("/quality")
def show(
    request: Request,
    visit: VisitDep,
    first: Annotated[str, Query(alias="from", max_length=10)] = "",
    last: Annotated[str, Query(alias="to", max_length=10)] = "",
) -> Response:
    """How good Akta's own judgements are in a period."""
    app, language, problem = visit.app, visit.language, ""
    zone, now = app.settings.zone, app.clock.now()
    try:
        asked = period(_day(first), _day(last), now, zone)
    except AktaError as error:
        problem, asked = tell(error, language), period(None, None, now, zone)
    with app.database.snapshot() as session:
        told = report(session, visit.principal, asked, zone)
    for key in ("domains", "types", "models", "channels"):
        for group in told[key]:
            group["label"] = _label(key, group, language)
    return page(request, "quality.html", visit, 400 if problem else 200, told=told, problem=problem)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text.strip() else None
    except ValueError as error:
        raise InvalidError("Write days like 2026-03-31.") from error


def _label(key: str, group: Mapping[str, Any], language: str) -> str:
    if REST in (group.get("domain"), group.get("model"), group.get("channel")):
        return translate("others, too few to stand alone", language)
    match key:
        case "domains":
            return labels.domain(group["domain"], language)
        case "types":
            return labels.doc_type(group["doc_type"], language)
        case "channels":
            return labels.channel(group["channel"], language)
        case _:
            return str(group["model"])


@router.get("/spot-checks")
def spot_check_list(
    request: Request, visit: VisitDep, after: Annotated[str, Query(max_length=40)] = ""
) -> Response:
    """The papers filed unseen that the person is asked about."""
    with visit.app.database.read() as session:
        found = spot_checks.listed(session, visit.principal, after, _PAGE + 1)
    more = found[_PAGE - 1].id if len(found) > _PAGE else ""
    return page(request, "spot_checks.html", visit, papers=found[:_PAGE], after=after, more=more)


@router.post("/records/{record_id}/confirm")
def confirm(
    record_id: str, visit: VisitDep, csrf: Annotated[str, Form()], version: Annotated[Number, Form()]
) -> Response:
    """Say that what Akta filed unseen is right."""
    check_csrf(visit, csrf)
    decisions = visit.app.decisions
    problem = attempt(
        visit,
        lambda session: decisions.confirm(session, visit.principal, record_id, expected_version=version),
    )
    return back(visit, record_id, problem, "confirmed")
