"""Legal holds over HTTP."""

from typing import Any

from fastapi import APIRouter

from api.rest.deps import AppDep, Caller
from api.rest.schemas import HoldIn, ReleaseIn
from retention.holds import placing as holds

router = APIRouter(tags=["holds"])


@router.get("/holds", summary="All holds")
def list_holds(app: AppDep, caller: Caller) -> dict[str, Any]:
    """Holds, released ones too, with how many records each covers."""
    with app.database.read() as session:
        return {"items": holds.list_holds(session, caller)}


@router.post("/holds", status_code=201, summary="Place a hold")
def place_hold(body: HoldIn, app: AppDep, caller: Caller) -> dict[str, Any]:
    """From its commit on nothing can change or destroy the records."""
    with app.database.write() as session:
        hold = holds.place_hold(
            session,
            app.audit,
            caller,
            holds.PlaceHold(
                matter=body.matter,
                reason=body.reason,
                authority=body.authority,
                record_ids=tuple(body.records),
            ),
            app.clock.now(),
        )
        answer = {"id": hold.id, "matter": hold.matter, "records": len(set(body.records))}
    app.wake_workers()
    return answer


@router.post("/holds/{hold_id}/release", summary="Release a hold")
def release_hold(hold_id: str, body: ReleaseIn, app: AppDep, caller: Caller) -> dict[str, Any]:
    """Records that another hold covers stay held."""
    with app.database.write() as session:
        holds.release_hold(session, app.audit, caller, hold_id, body.reason, app.clock.now())
    app.wake_workers()
    return {"id": hold_id, "released": True}
