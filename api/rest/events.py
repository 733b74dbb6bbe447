"""Business events and legal entities over HTTP."""

from typing import Annotated, Any

from fastapi import APIRouter, Query

from api.rest.deps import AppDep, Caller, check_cursor
from api.rest.keeping_schemas import (
    DecideEventsIn,
    EntityChangeIn,
    EntityIn,
    EventChangeIn,
    EventFileIn,
    EventIn,
    ReasonIn,
)
from retention.events.days import parse_day
from retention.events.importing import import_events
from retention.events.listing import as_data, get_event, list_events, many
from retention.events.recording import (
    RecordEvent,
    cancel_event,
    correct_event,
    decide_proposals,
    record_event,
)
from retention.events.subjects import Subjects
from retention.keeping import naming

router = APIRouter(tags=["business events"])


@router.get("/events", summary="Business events")
def get_events(
    app: AppDep,
    caller: Caller,
    state: Annotated[str | None, Query(max_length=20)] = None,
    kind: Annotated[str | None, Query(max_length=60)] = None,
    subject: Annotated[str | None, Query(max_length=300)] = None,
    cursor: str | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> dict[str, Any]:
    """Those about something that the caller may know of, newest first; proposed and cancelled ones too."""
    with app.database.read() as session:
        about = Subjects(session, caller).named(subject) if subject else None
        found = list_events(
            session,
            caller,
            state=state,
            kind=kind,
            subject=about,
            after=check_cursor(cursor),
            limit=limit + 1,
        )
    more = found[limit - 1].id if len(found) > limit else None
    return {"items": many(found[:limit], caller.language), "next_cursor": more}


@router.post("/events", status_code=201, summary="Record a business event")
def post_event(body: EventIn, app: AppDep, caller: Caller) -> dict[str, Any]:
    """It counts from its own day, and what it touches is computed anew. `key` makes a repetition harmless."""
    with app.database.write() as session:
        about = Subjects(session, caller).named(body.subject)
        wanted = RecordEvent(
            body.kind,
            about.kind,
            about.id,
            parse_day(body.date),
            body.value,
            body.record,
            body.evidence,
            body.key,
        )
        told = as_data(record_event(session, app.audit, caller, wanted, app.clock.now()), caller.language)
    app.wake_workers()
    return told


@router.post("/events/import", summary="Record many events from CSV")
def post_import(body: EventFileIn, app: AppDep, caller: Caller) -> dict[str, Any]:
    """All or none; mistakes are told with their lines. The same file twice records nothing twice."""
    with app.database.write() as session:
        made = import_events(session, app.audit, caller, body.csv, app.clock.now())
    app.wake_workers()
    return {"batch": made.batch, "recorded": made.recorded, "known": made.known}


@router.post("/events/confirm", summary="Confirm proposed events")
def confirm_events(body: DecideEventsIn, app: AppDep, caller: Caller) -> dict[str, Any]:
    """All or none; they count from now on."""
    with app.database.write() as session:
        count = decide_proposals(
            session, app.audit, caller, body.events, app.clock.now(), confirm=True, reason=body.reason
        )
    app.wake_workers()
    return {"decided": count}


@router.post("/events/dismiss", summary="Dismiss proposed events")
def dismiss_events(body: DecideEventsIn, app: AppDep, caller: Caller) -> dict[str, Any]:
    """All or none; the same is not proposed again."""
    with app.database.write() as session:
        count = decide_proposals(
            session, app.audit, caller, body.events, app.clock.now(), confirm=False, reason=body.reason
        )
    return {"decided": count}


@router.get("/events/{event_id}", summary="One business event")
def get_one(event_id: str, app: AppDep, caller: Caller) -> dict[str, Any]:
    """With who recorded it and what became of it."""
    with app.database.read() as session:
        return as_data(get_event(session, caller, event_id), caller.language)


@router.post("/events/{event_id}/correct", status_code=201, summary="Correct a business event")
def post_correction(event_id: str, body: EventChangeIn, app: AppDep, caller: Caller) -> dict[str, Any]:
    """Answers with the event that stands in its place; what was recorded stays on record."""
    with app.database.write() as session:
        made = correct_event(
            session,
            app.audit,
            caller,
            event_id,
            reason=body.reason,
            now=app.clock.now(),
            effective=parse_day(body.date) if body.date is not None else None,
            value=body.value,
            evidence=body.evidence,
        )
        told = as_data(made, caller.language)
    app.wake_workers()
    return told


@router.post("/events/{event_id}/cancel", summary="Cancel a business event")
def post_cancel(event_id: str, body: ReasonIn, app: AppDep, caller: Caller) -> dict[str, Any]:
    """It never happened; its row stays."""
    with app.database.write() as session:
        made = cancel_event(session, app.audit, caller, event_id, body.reason, app.clock.now())
        told = as_data(made, caller.language)
    app.wake_workers()
    return told


@router.get("/entities", summary="Legal entities")
def get_entities(app: AppDep, caller: Caller) -> dict[str, Any]:
    """Whose records these are, with their fiscal years."""
    with app.database.read() as session:
        return {"items": [naming.as_data(e) for e in naming.list_entities(session, caller)]}


@router.post("/entities", status_code=201, summary="Enter a legal entity")
def post_entity(body: EntityIn, app: AppDep, caller: Caller) -> dict[str, Any]:
    """Records are computed anew by a job."""
    with app.database.write() as session:
        made = naming.add_entity(
            session,
            app.audit,
            caller,
            name=body.name,
            nip=body.nip,
            years=body.fiscal_years,
            default=body.default,
            now=app.clock.now(),
        )
        told = naming.as_data(made)
    app.wake_workers()
    return told


@router.put("/entities/{entity_id}", summary="Change a legal entity")
def put_entity(entity_id: str, body: EntityChangeIn, app: AppDep, caller: Caller) -> dict[str, Any]:
    """What is not given stays. A change of the fiscal calendar is a year that is shorter or longer."""
    with app.database.write() as session:
        made = naming.change_entity(
            session,
            app.audit,
            caller,
            entity_id,
            app.clock.now(),
            name=body.name,
            nip=body.nip,
            years=body.fiscal_years,
            default=body.default,
        )
        told = naming.as_data(made)
    app.wake_workers()
    return told
