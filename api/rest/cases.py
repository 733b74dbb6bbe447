"""Cases over HTTP."""

from typing import Annotated, Any

from fastapi import APIRouter, Header, Query
from sqlalchemy.orm import Session

from akta.access.principal import Principal
from akta.kernel.clock import civil_date
from akta.records import cases, gathering
from akta.records.views import summary
from api.rest.deps import AppDep, Caller, check_cursor
from api.rest.idempotency import fingerprint, once
from api.rest.keeping_schemas import CaseIn, CaseQueryIn, CaseRecordsIn, CloseIn, ReasonIn

router = APIRouter(tags=["cases"])


@router.get("/cases", summary="Cases")
def get_cases(
    app: AppDep,
    caller: Caller,
    kind: Annotated[str | None, Query(max_length=40)] = None,
    state: Annotated[str | None, Query(max_length=16)] = None,
    text: Annotated[str, Query(max_length=300, description="in the title or the key")] = "",
    cursor: str | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> dict[str, Any]:
    """Those that the caller may know of, newest first."""
    with app.database.read() as session:
        found = cases.list_cases(
            session, caller, kind=kind, state=state, text=text, after=check_cursor(cursor), limit=limit + 1
        )
    more = found[limit - 1].id if len(found) > limit else None
    return {"items": [cases.as_data(case) for case in found[:limit]], "next_cursor": more}


@router.post("/cases", status_code=201, summary="Open a case")
def post_case(
    body: CaseIn, app: AppDep, caller: Caller, idempotency_key: Annotated[str | None, Header()] = None
) -> dict[str, Any]:
    """Under a key of its kind, as the company numbers it."""

    def work(session: Session) -> dict[str, Any]:
        wanted = cases.OpenCase(
            body.kind, body.key, body.title, body.party, body.domain, body.confidentiality
        )
        return cases.as_data(cases.open_case(session, app.audit, caller, wanted, app.clock.now()))

    return once(app, caller, idempotency_key, fingerprint("case", body.model_dump_json()), work)


@router.get("/cases/{case_id}", summary="One case")
def get_one(
    case_id: str,
    app: AppDep,
    caller: Caller,
    cursor: str | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> dict[str, Any]:
    """With the records in it that the caller may see, and how many these are."""
    after = check_cursor(cursor) or ""
    with app.database.read() as session:
        case = cases.get_case(session, caller, case_id)
        records, count = cases.records_in(session, caller, case.id, after=after, limit=limit + 1)
        told = _told(session, caller, case_id)
    more = records[limit - 1].id if len(records) > limit else None
    items = [summary(record, caller.language) for record in records[:limit]]
    return {**told, "records": count, "items": items, "next_cursor": more}


@router.post("/cases/{case_id}/records", summary="File records into a case")
def post_records(case_id: str, body: CaseRecordsIn, app: AppDep, caller: Caller) -> dict[str, Any]:
    """Out of the case they are in, all or none. 409 for a closed case and for a record under a hold."""
    with app.database.write() as session:
        moved = cases.file_into(session, app.audit, caller, case_id, body.records, app.clock.now())
    app.wake_workers()
    return {"id": case_id, "moved": moved}


@router.post("/cases/{case_id}/records/preview", summary="What a search would file into a case")
def preview_found(case_id: str, body: CaseQueryIn, app: AppDep, caller: Caller) -> dict[str, Any]:
    """How many it finds, the newest ten of those that would move, and what is refused. Nothing is written."""
    told = app.gathering.preview(caller, case_id, body.query, lambda record: summary(record, caller.language))
    refused = [gathering.as_data(one) for one in told.pop("refused_records")]
    return {"id": case_id, **told, "refused_records": refused}


@router.post("/cases/{case_id}/records/found", summary="File what a search finds into a case")
def file_found(
    case_id: str,
    body: CaseQueryIn,
    app: AppDep,
    caller: Caller,
    limit: Annotated[int, Query(ge=1, le=500, description="records filed by one request")] = 500,
) -> dict[str, Any]:
    """Records that may not move stay where they are and are listed: `refused_records` are the first thousand.

    While `left` is above 0, send the same again: what is in the case already is left alone. 409 for a
    closed case.
    """
    told = app.gathering.gather(caller, case_id, body.query, most=limit)
    app.wake_workers()
    return {
        "id": case_id,
        "found": told.found,
        "moved": told.moved,
        "already_in": told.already,
        "left": told.left,
        "refused": told.refused,
        "refused_records": [gathering.as_data(one) for one in told.named],
    }


@router.post("/cases/{case_id}/records/remove", summary="Take records out of a case")
def remove_records(case_id: str, body: CaseRecordsIn, app: AppDep, caller: Caller) -> dict[str, Any]:
    """Those that are not in it are left alone."""
    with app.database.write() as session:
        moved = cases.take_out(session, app.audit, caller, case_id, body.records, app.clock.now())
    app.wake_workers()
    return {"id": case_id, "moved": moved}


@router.post("/cases/{case_id}/close", summary="Close a case")
def close_case(case_id: str, body: CloseIn, app: AppDep, caller: Caller) -> dict[str, Any]:
    """The cut-off: nothing is filed into it any more, and rules may count from that day."""
    now = app.clock.now()
    today = civil_date(now, app.settings.zone)
    with app.database.write() as session:
        cases.close_case(session, app.audit, caller, case_id, today=today, now=now, on=body.on)
        told = _told(session, caller, case_id)
    app.wake_workers()
    return told


@router.post("/cases/{case_id}/reopen", summary="Open a closed case again")
def reopen_case(case_id: str, body: ReasonIn, app: AppDep, caller: Caller) -> dict[str, Any]:
    """Its records are computed anew by a job."""
    with app.database.write() as session:
        cases.reopen_case(session, app.audit, caller, case_id, body.reason, app.clock.now())
        told = _told(session, caller, case_id)
    app.wake_workers()
    return told


def _told(session: Session, caller: Principal, case_id: str) -> dict[str, Any]:
    return cases.as_data(cases.get_case(session, caller, case_id))
