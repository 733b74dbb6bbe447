"""What is due, what has no trigger, what contradicts itself, and what waits for approval, over HTTP."""

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Query
from sqlalchemy import select

from akta.kernel.clock import civil_date
from akta.records.models import Record
from api.rest.deps import AppDep, Caller, check_cursor
from api.rest.keeping_schemas import ExtensionIn, ReasonIn, ShorteningsIn
from retention.keeping import approving, due
from retention.keeping.extensions import cancel_extension, extend
from retention.keeping.models import Recomputation
from retention.keeping.pending import unsettled
from retention.keeping.recomputing import as_data
from retention.keeping.reports import seen_by

router = APIRouter(tags=["retention"])
_Limit = Annotated[int, Query(ge=1, le=500)]


@router.get("/retention/due", summary="What is due")
def get_due(
    app: AppDep,
    caller: Caller,
    on: date | None = None,
    class_: Annotated[str | None, Query(alias="class", max_length=40)] = None,
    domain: Annotated[str | None, Query(max_length=16)] = None,
    action: Annotated[str | None, Query(max_length=24)] = None,
    cursor: Annotated[str | None, Query(max_length=60)] = None,
    limit: _Limit = 100,
) -> dict[str, Any]:
    """Filed records whose keeping ended before `on` (today), the oldest end first. Held ones are marked.

    `recomputing` says that the list may still change, or is wrong as a recomputation failed; so of each line.
    """
    day = on or civil_date(app.clock.now(), app.settings.zone)
    narrow = due.Narrow(class_, domain, action)
    with app.database.read() as session:
        records = due.due(session, caller, day, narrow=narrow, after=cursor, limit=limit + 1)
        more = due.cursor_of(records[limit - 1]) if len(records) > limit else None
        now, zone = app.clock.now(), app.settings.zone
        items = due.lines(session, caller, records[:limit], now, zone, caller.language)
        told = unsettled(session, caller.language, zone)
        return {"on": day.isoformat(), "items": items, "next_cursor": more, "recomputing": told}


@router.get("/retention/open", summary="What has no trigger")
def get_open(app: AppDep, caller: Caller) -> dict[str, Any]:
    """Counts of records kept without end, by class and by what is not known."""
    with app.database.read() as session:
        return {"items": due.no_trigger(session, caller)}


@router.get("/retention/open/records", summary="Records without a trigger")
def get_open_records(
    app: AppDep,
    caller: Caller,
    class_: Annotated[str | None, Query(alias="class", max_length=40)] = None,
    missing: Annotated[str | None, Query(max_length=40)] = None,
    cursor: Annotated[str | None, Query(max_length=300)] = None,
    limit: _Limit = 100,
) -> dict[str, Any]:
    """Those behind a count; `missing` is one of the facts that are not known."""
    with app.database.read() as session:
        records = due.no_trigger_records(
            session,
            caller,
            class_code=class_,
            missing=missing,
            after=cursor,
            limit=limit + 1,
        )
        return _page(
            records[:limit], due.open_cursor_of(records[limit - 1]) if len(records) > limit else None
        )


@router.get("/retention/conflicts", summary="What contradicts itself")
def get_conflicts(
    app: AppDep, caller: Caller, cursor: str | None = None, limit: _Limit = 100
) -> dict[str, Any]:
    """Records that must be kept longer than they may be kept: they are kept, and a person decides."""
    with app.database.read() as session:
        return _by_id(
            due.conflicts(session, caller, after=check_cursor(cursor) or "", limit=limit + 1), limit
        )


@router.get("/retention/without-class", summary="Papers without a class")
def get_without_class(
    app: AppDep, caller: Caller, cursor: str | None = None, limit: _Limit = 100
) -> dict[str, Any]:
    """They are not filed: they wait in review until a class takes them."""
    after = check_cursor(cursor) or ""
    with app.database.read() as session:
        return _by_id(due.without_class(session, caller, after=after, limit=limit + 1), limit)


@router.get("/retention/shortenings", summary="What waits for approval")
def get_shortenings(
    app: AppDep, caller: Caller, cursor: str | None = None, limit: _Limit = 100
) -> dict[str, Any]:
    """Records that a change of the schedule would keep for less time."""
    with app.database.read() as session:
        rows = approving.list_shortenings(session, caller, after=check_cursor(cursor), limit=limit + 1)
        items = [approving.as_data(row, record) for row, record in rows[:limit]]
    more = rows[limit - 1][0].id if len(rows) > limit else None
    return {"items": items, "next_cursor": more}


@router.post("/retention/shortenings", summary="Approve or refuse shorter keeping")
def post_shortenings(body: ShorteningsIn, app: AppDep, caller: Caller) -> dict[str, Any]:
    """All or none; not by whoever wrote the schedule."""
    with app.database.write() as session:
        count = approving.decide_shortenings(
            session,
            app.audit,
            caller,
            body.shortenings,
            app.clock.now(),
            approve=body.approve,
            zone=app.settings.zone,
        )
    app.wake_workers()
    return {"decided": count, "approved": body.approve}


@router.get("/retention/recomputations", summary="What was computed anew")
def get_recomputations(
    app: AppDep, caller: Caller, limit: Annotated[int, Query(ge=1, le=200)] = 50
) -> dict[str, Any]:
    """Newest first: why, how far it is, and what came of it by class."""
    due.require_reading(caller)
    with app.database.read() as session:
        rows = session.scalars(select(Recomputation).order_by(Recomputation.id.desc()).limit(limit))
        items = [as_data(row) for row in rows]
        return {"items": [{**i, "report": seen_by(session, caller, i["report"])} for i in items]}


@router.post("/records/{record_id}/extensions", status_code=201, summary="Extend a record's keeping")
def post_extension(record_id: str, body: ExtensionIn, app: AppDep, caller: Caller) -> dict[str, Any]:
    """A further duty to keep: it never shortens, and what rules say later still counts where it is longer."""
    with app.database.write() as session:
        made = extend(session, app.audit, caller, record_id, body.until, body.reason, app.clock.now())
        told = {"id": made.id, "record": record_id, "until": made.until.isoformat()}
    app.wake_workers()
    return told


@router.post("/extensions/{extension_id}/cancel", summary="Take an extension back")
def post_cancel_extension(extension_id: str, body: ReasonIn, app: AppDep, caller: Caller) -> dict[str, Any]:
    """What the rules say counts again; under a hold, once it has ended."""
    with app.database.write() as session:
        made = cancel_extension(session, app.audit, caller, extension_id, body.reason, app.clock.now())
        told = {"id": made.id, "record": made.record_id, "cancelled": True}
    app.wake_workers()
    return told


def _page(records: list[Record], more: str | None) -> dict[str, Any]:
    return {"items": [due.as_data(record) for record in records], "next_cursor": more}


def _by_id(records: list[Record], limit: int) -> dict[str, Any]:
    return _page(records[:limit], records[limit - 1].id if len(records) > limit else None)
