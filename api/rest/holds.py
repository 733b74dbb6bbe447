"""Legal holds over HTTP."""

from typing import Annotated, Any

from fastapi import APIRouter, Header, Query
from sqlalchemy.orm import Session

from akta.access.roles import Right
from akta.kernel.errors import ForbiddenError
from akta.records.views import summary
from api.rest.deps import AppDep, Caller, check_cursor
from api.rest.hold_schemas import (
    HoldDetailOut,
    HoldEvidenceOut,
    HoldExtendIn,
    HoldIn,
    HoldPlacedOut,
    HoldPreviewOut,
    HoldRecordsOut,
    HoldReleasedOut,
    HoldScopeIn,
    HoldsOut,
    NoticesOut,
    ReleaseIn,
)
from api.rest.idempotency import fingerprint, once
from retention.holds.listing import evidence, hold_records, records_of
from retention.holds.notices import my_notices, notices_of
from retention.holds.placing import ExtendHold, PlaceHold
from retention.holds.scopes import Scope

router = APIRouter(tags=["holds"])


@router.get("/holds", response_model=HoldsOut, summary="All holds")
def list_holds(
    app: AppDep,
    caller: Caller,
    overdue: Annotated[bool, Query(description="only those whose review day is over")] = False,
) -> dict[str, Any]:
    """Holds, released ones too, with how many records each covers of those that the caller may see."""
    with app.database.read() as session:
        return {"items": app.holds.list(session, caller, overdue=overdue)}


@router.post("/holds/preview", response_model=HoldPreviewOut, summary="What a hold would cover")
def preview_hold(body: HoldScopeIn, app: AppDep, caller: Caller) -> dict[str, Any]:
    """Nothing is written."""
    caller.require(Right.HOLD)
    with app.database.read() as session:
        return app.holds.preview(
            session, caller, _scope(body), lambda record: summary(record, caller.language)
        )


@router.post("/holds", status_code=201, response_model=HoldPlacedOut, summary="Place a hold")
def place_hold(
    body: HoldIn,
    app: AppDep,
    caller: Caller,
    idempotency_key: Annotated[str | None, Header()] = None,
) -> dict[str, Any]:
    """From its commit on nothing can change or destroy the records.

    Over cases, parties and queries it is `placing` at first: nothing at all is destroyed until a job has
    found what they reach.
    """
    caller.require(Right.HOLD)

    def work(session: Session) -> dict[str, Any]:
        hold = app.holds.place(
            session,
            caller,
            PlaceHold(
                matter=body.matter,
                reason=body.reason,
                authority=body.authority,
                record_ids=tuple(body.records),
                case_ids=tuple(body.cases),
                party_ids=tuple(body.parties),
                queries=tuple(body.queries),
                review_on=body.review_on,
                owner=body.owner,
                custodians=tuple(body.custodians),
                notice=body.notice,
                remind_days=body.remind_days,
            ),
        )
        named = len(set(body.records))
        return {"id": hold.id, "matter": hold.matter, "state": hold.state, "records": named}

    answer = once(app, caller, idempotency_key, fingerprint("hold", body.model_dump_json()), work)
    app.wake_workers()
    return answer


@router.get("/holds/{hold_id}", response_model=HoldDetailOut, summary="One hold")
def get_hold(hold_id: str, app: AppDep, caller: Caller) -> dict[str, Any]:
    """What it reaches, its frozen searches, and how far custodians and the store are."""
    with app.database.read() as session:
        return app.holds.detail(session, caller, hold_id)


@router.post("/holds/{hold_id}/extend", response_model=HoldPlacedOut, summary="Extend a hold")
def extend_hold(hold_id: str, body: HoldExtendIn, app: AppDep, caller: Caller) -> dict[str, Any]:
    """It reaches further, is reviewed later, or is told to more people."""
    with app.database.write() as session:
        hold = app.holds.extend(
            session,
            caller,
            hold_id,
            ExtendHold(
                record_ids=tuple(body.records),
                case_ids=tuple(body.cases),
                party_ids=tuple(body.parties),
                queries=tuple(body.queries),
                review_on=body.review_on,
                owner=body.owner,
                custodians=tuple(body.custodians),
                remind_days=body.remind_days,
            ),
        )
        answer = {
            "id": hold.id,
            "matter": hold.matter,
            "state": hold.state,
            "records": records_of(session, hold.id),
        }
    app.wake_workers()
    return answer


@router.post("/holds/{hold_id}/release", response_model=HoldReleasedOut, summary="Release a hold")
def release_hold(hold_id: str, body: ReleaseIn, app: AppDep, caller: Caller) -> dict[str, Any]:
    """All of it or some records. Records that another hold covers stay held; nothing is destroyed by it."""
    with app.database.write() as session:
        hold = app.holds.release(session, caller, hold_id, body.reason, tuple(body.records))
        answer = {
            "id": hold_id,
            "state": hold.state,
            "released": hold.released_at is not None,
            "grace_until": hold.grace_until.isoformat() if hold.grace_until else None,
        }
    app.wake_workers()
    return answer


@router.get("/holds/{hold_id}/records", response_model=HoldRecordsOut, summary="Records of a hold")
def get_records(
    hold_id: str,
    app: AppDep,
    caller: Caller,
    cursor: str | None = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> dict[str, Any]:
    """Also those that were released from it: membership stays on record."""
    after = check_cursor(cursor)
    with app.database.read() as session:
        rows, more = hold_records(session, caller, hold_id, after=after, limit=limit)
    items = [
        {
            **summary(record, caller.language),
            "how": item.how,
            "active": item.active,
            "provisional": item.provisional,
            "added_at": item.added_at.isoformat(),
            "sha256": item.sha256,
            "left_at": item.released_at.isoformat() if item.released_at else None,
            "grace_until": item.grace_until.isoformat() if item.grace_until else None,
        }
        for record, item in rows
    ]
    return {"items": items, "next_cursor": more}


@router.get("/holds/{hold_id}/evidence", response_model=HoldEvidenceOut, summary="What a hold's search found")
def get_evidence(
    hold_id: str,
    app: AppDep,
    caller: Caller,
    cursor: str | None = None,
    limit: Annotated[int, Query(ge=1, le=5000)] = 1000,
) -> dict[str, Any]:
    """Query, time, numbers and hashes as they were, and the digest that the audit log has."""
    after = check_cursor(cursor)
    with app.database.read() as session:
        return evidence(session, caller, hold_id, after=after, limit=limit)


@router.get("/holds/{hold_id}/notices", response_model=NoticesOut, summary="Who was told of a hold")
def get_notices(hold_id: str, app: AppDep, caller: Caller) -> dict[str, Any]:
    """And who has acknowledged it."""
    with app.database.read() as session:
        return {"items": notices_of(session, caller, hold_id)}


@router.post("/holds/{hold_id}/notices/remind", summary="Remind custodians")
def remind(hold_id: str, app: AppDep, caller: Caller) -> dict[str, Any]:
    """Those who have not acknowledged, at once. Nothing is sent by e-mail: it stands on their pages."""
    with app.database.write() as session:
        return {"id": hold_id, "reminded": app.holds.remind(session, caller, hold_id)}


@router.post("/holds/{hold_id}/acknowledge", summary="Acknowledge one's notice")
def acknowledge(hold_id: str, app: AppDep, caller: Caller) -> dict[str, Any]:
    """Of a hold that the caller was told of. Twice is the same as once."""
    with app.database.write() as session:
        notice = app.holds.acknowledge(session, caller, hold_id)
        at = notice.acknowledged_at
    return {"id": hold_id, "acknowledged_at": at.isoformat() if at else None}


@router.get("/hold-notices", response_model=NoticesOut, summary="One's own notices of holds")
def get_my_notices(app: AppDep, caller: Caller) -> dict[str, Any]:
    """Those to be acknowledged first."""
    if not caller.rights:
        raise ForbiddenError("You have no rights in this archive. Ask an administrator.")
    with app.database.read() as session:
        return {"items": my_notices(session, caller)}


def _scope(body: HoldScopeIn) -> Scope:
    return Scope(tuple(body.records), tuple(body.cases), tuple(body.parties), tuple(body.queries))
