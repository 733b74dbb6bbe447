"""How good Akta is, and the spot checks that tell."""

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from akta.operations.quality.report import period
from akta.operations.quality.report import quality as report
from akta.records import spot_checks
from akta.records.views import detail
from api.rest.deps import AppDep, Caller, ExpectedVersion, check_cursor, set_etag
from api.rest.schemas import RecordDetailOut

router = APIRouter(tags=["quality"])


@router.get("/quality", summary="How good Akta's own judgements are")
def quality(
    app: AppDep,
    caller: Caller,
    first: Annotated[date | None, Query(alias="from", description="first day counted")] = None,
    last: Annotated[date | None, Query(alias="to", description="last day counted")] = None,
) -> dict[str, Any]:
    """Figures only, from what people said: by domain, type, field, model and channel, with drift.

    What was filed unseen is judged by spot checks alone. Without days the last ninety are counted.
    """
    zone = app.settings.zone
    with app.database.snapshot() as session:
        return report(session, caller, period(first, last, app.clock.now(), zone), zone)


@router.get("/spot-checks", summary="Papers filed unseen that a person is asked about")
def list_spot_checks(
    app: AppDep,
    caller: Caller,
    cursor: str | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> dict[str, Any]:
    """The oldest first. Confirm one, or correct its record: both answer."""
    after = check_cursor(cursor) or ""
    with app.database.read() as session:
        found = spot_checks.listed(session, caller, after, limit + 1)
        waiting = spot_checks.count(session, caller)
    items = [spot_checks.as_item(record) for record in found[:limit]]
    return {"items": items, "waiting": waiting, "next": items[-1]["id"] if len(found) > limit else None}


@router.post(
    "/spot-checks/{record_id}/confirm", response_model=RecordDetailOut, summary="Say that a paper is right"
)
def confirm(
    record_id: str, app: AppDep, caller: Caller, version: ExpectedVersion, response: Response
) -> dict[str, Any]:
    """What Akta filed unseen is right as it stands: its type and every field."""
    with app.database.write() as session:
        record = app.decisions.confirm(session, caller, record_id, expected_version=version)
        set_etag(response, record)
        return detail(session, caller, record, caller.language)
