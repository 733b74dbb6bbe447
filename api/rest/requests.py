"""Requests of persons about their data, redactions and restrictions, vital records, over HTTP."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from sqlalchemy.orm import Session

from akta.access.principal import Principal
from akta.access.roles import Right
from akta.bootstrap import App
from akta.kernel.errors import InvalidError
from api.rest.deps import AppDep, Caller
from api.rest.letting_go_schemas import (
    IdentityIn,
    ReasonIn,
    RedactionIn,
    RequestDecisionIn,
    RequestIn,
    RequestRecordsIn,
    RestrictionIn,
    VitalIn,
    VitalReviewIn,
)
from retention.requests import showing
from retention.requests.models import SubjectRequest
from retention.requests.service import MOST, ItemDecision, Registration, restrict
from retention.vital.service import list_vital

router = APIRouter(tags=["requests"])


def _told(app: App, session: Session, caller: Principal, made: SubjectRequest) -> dict[str, Any]:
    return showing.request_data(session, caller, made, app.requests.today, caller.language or "en")


@router.get("/requests", summary="Requests of persons")
def list_requests(app: AppDep, caller: Caller) -> dict[str, Any]:
    """Those to be answered first on top."""
    with app.database.read() as session:
        rows = showing.list_requests(session, caller, app.requests.today, caller.language or "en")
    return {"items": rows}


@router.post("/requests", status_code=201, summary="Register a request")
def register(body: RequestIn, app: AppDep, caller: Caller) -> dict[str, Any]:
    """It must be answered within a month of its receipt."""
    with app.database.write() as session:
        asked = Registration(body.kind, body.subject, body.received_on, body.contact, body.note)
        return _told(app, session, caller, app.requests.register(session, caller, asked))


@router.get("/requests/again", summary="Decisions that come up again")
def get_again(app: AppDep, caller: Caller) -> dict[str, Any]:
    """Papers refused or restricted because of a hold or a duty that has ended since."""
    with app.database.read() as session:
        rows = showing.coming_up_again(session, caller, app.requests.today, caller.language or "en")
    return {"items": rows}


@router.get("/requests/{request_id}", summary="One request")
def get_request(request_id: str, app: AppDep, caller: Caller) -> dict[str, Any]:
    """With the papers that it is about, of those that the caller may see."""
    with app.database.read() as session:
        made = app.requests.get(session, caller, request_id)
        items = showing.items_data(session, caller, made, caller.language or "en")
        return {**_told(app, session, caller, made), "items": items}


@router.post("/requests/{request_id}/identity", summary="Record an identity check")
def confirm_identity(request_id: str, body: IdentityIn, app: AppDep, caller: Caller) -> dict[str, Any]:
    """How it was made sure that the person is who they say; before that nothing is given out or erased."""
    with app.database.write() as session:
        made = app.requests.confirm_identity(session, caller, request_id, body.how)
        return _told(app, session, caller, made)


@router.post("/requests/{request_id}/extend", summary="Take two more months")
def extend(request_id: str, body: ReasonIn, app: AppDep, caller: Caller) -> dict[str, Any]:
    """Once, within the first month; the person must be told why."""
    with app.database.write() as session:
        return _told(app, session, caller, app.requests.extend(session, caller, request_id, body.reason))


@router.post("/requests/{request_id}/records", summary="Add papers to a request")
def add_records(request_id: str, body: RequestRecordsIn, app: AppDep, caller: Caller) -> dict[str, Any]:
    """Named ones, those of a party, or those that fit a query."""
    caller.require(Right.DISPOSE)
    ids = list(body.records)
    if body.query.strip():
        page, found = app.index.search(caller, body.query, limit=MOST, sort="oldest")
        if page.total > MOST:
            raise InvalidError(f"More than {MOST} papers fit. Narrow the query.")
        ids += [record.id for record in found]
    with app.database.write() as session:
        added = 0
        if body.party:
            added += app.requests.add_party(session, caller, request_id, body.party)
        if ids or not body.party:
            added += app.requests.add_records(session, caller, request_id, ids)
    return {"id": request_id, "added": added}


@router.post("/requests/{request_id}/decisions", summary="Decide on papers")
def decide(request_id: str, body: RequestDecisionIn, app: AppDep, caller: Caller) -> dict[str, Any]:
    """An erasure is proposed as a disposition, which a second person must release."""
    with app.database.write() as session:
        said = ItemDecision(body.decision, body.records, body.article, body.reason)
        made = app.requests.decide(session, caller, request_id, said)
        answer = {"id": request_id, "disposition": made.id if made else None}
    app.wake_workers()
    return answer


@router.post("/requests/{request_id}/records/{record_id}/leave", summary="Leave a decision as it is")
def leave(request_id: str, record_id: str, body: ReasonIn, app: AppDep, caller: Caller) -> dict[str, Any]:
    """One that came up again."""
    with app.database.write() as session:
        app.requests.leave(session, caller, request_id, record_id, body.reason)
    return {"id": request_id, "record": record_id}


@router.post("/requests/{request_id}/close", summary="Close a request")
def close(request_id: str, app: AppDep, caller: Caller) -> dict[str, Any]:
    """Once every paper of it is decided on."""
    with app.database.write() as session:
        return _told(app, session, caller, app.requests.close(session, caller, request_id))


@router.post("/records/{record_id}/redactions", status_code=202, summary="Have a redacted copy made")
def redact(record_id: str, body: RedactionIn, app: AppDep, caller: Caller) -> dict[str, Any]:
    """The areas become black in a rendition `redacted`; the original stays as it is."""
    with app.database.write() as session:
        areas = [(area.page, area.box) for area in body.areas]
        made = app.redactions.ask(session, caller, record_id, areas, body.reason)
        answer = {"id": made.id, "record": record_id, "state": made.state}
    app.wake_workers()
    return answer


@router.put("/records/{record_id}/restriction", summary="Restrict a record, or lift that")
def put_restriction(record_id: str, body: RestrictionIn, app: AppDep, caller: Caller) -> dict[str, Any]:
    """A restricted record is there for officers only."""
    with app.database.write() as session:
        now = app.clock.now()
        made = restrict(session, app.audit, caller, record_id, body.restricted, body.reason, now)
        answer = {"id": record_id, "restricted": made.restricted}
    app.wake_workers()
    return answer


@router.get("/vital-records", tags=["vital records"], summary="Vital records")
def get_vital(app: AppDep, caller: Caller, late: Annotated[bool, Query()] = False) -> dict[str, Any]:
    """Those to be reviewed first on top; `late` leaves out what is in order."""
    with app.database.read() as session:
        rows = list_vital(session, caller, app.vital.today)
    return {"items": [row for row in rows if not late or row["late"] or row["copy_late"]]}


@router.put("/vital-records/{record_id}", tags=["vital records"], summary="Flag a record as vital")
def flag_vital(record_id: str, body: VitalIn, app: AppDep, caller: Caller) -> dict[str, Any]:
    """Again changes reason, cycle and place of the copy."""
    with app.database.write() as session:
        made = app.vital.flag(session, caller, record_id, body.reason, body.every_months, body.copy_place)
        return {"record": record_id, "review_on": made.review_on.isoformat()}


@router.post("/vital-records/{record_id}/review", tags=["vital records"], summary="Note a review")
def review_vital(record_id: str, body: VitalReviewIn, app: AppDep, caller: Caller) -> dict[str, Any]:
    """And whether somebody saw that the copy lies where it should."""
    with app.database.write() as session:
        made = app.vital.review(session, caller, record_id, copy_seen=body.copy_seen)
        return {"record": record_id, "review_on": made.review_on.isoformat()}


@router.post("/vital-records/{record_id}/unflag", tags=["vital records"], summary="Not vital any more")
def unflag_vital(record_id: str, body: ReasonIn, app: AppDep, caller: Caller) -> dict[str, Any]:
    """With the reason."""
    with app.database.write() as session:
        app.vital.unflag(session, caller, record_id, body.reason)
    return {"record": record_id, "vital": False}
