"""What a person decides about a paper. Each change needs the record's ETag as If-Match."""

from typing import Any

from fastapi import APIRouter, Response

from akta.records.views import detail
from akta.records.visibility import get_visible
from api.rest.deps import AppDep, Caller, ExpectedVersion, set_etag
from api.rest.schemas import CorrectIn, ReadAgainIn, RecordDetailOut, RejectIn
from ingest.manner import Manner
from retention.explaining import explanation

router = APIRouter(tags=["decisions"])


@router.patch("/records/{record_id}", response_model=RecordDetailOut, summary="Correct and accept")
def correct(
    record_id: str, body: CorrectIn, app: AppDep, caller: Caller, version: ExpectedVersion, response: Response
) -> dict[str, Any]:
    """Correct domain, type or fields (an empty value removes one); `accept` files a record in review."""
    with app.database.write() as session:
        record = app.decisions.correct(
            session,
            caller,
            record_id,
            domain=body.domain,
            doc_type=body.doc_type,
            fields=body.fields,
            accept=body.accept,
            expected_version=version,
        )
        set_etag(response, record)
        answer = detail(session, caller, record, caller.language)
    app.wake_workers()
    return answer


@router.post(
    "/records/{record_id}/read-again",
    status_code=202,
    summary="Read again, with a password or in another manner",
)
def read_again(
    record_id: str, body: ReadAgainIn, app: AppDep, caller: Caller, version: ExpectedVersion
) -> dict[str, Any]:
    """Read the original again; a locked file needs its password, a bad reading perhaps another manner."""
    with app.database.write() as session:
        record = app.decisions.read_again(
            session,
            caller,
            record_id,
            password=body.password,
            manner=Manner.of_payload(body.manner.model_dump()),
            expected_version=version,
        )
        answer = {"record": record.id, "state": record.state}
    app.wake_workers()
    return answer


@router.post(
    "/records/{record_id}/release", response_model=RecordDetailOut, summary="Release from quarantine"
)
def release(
    record_id: str, app: AppDep, caller: Caller, version: ExpectedVersion, response: Response
) -> dict[str, Any]:
    """Take a quarantined file in unread; it goes to review."""
    with app.database.write() as session:
        record = app.decisions.release(session, caller, record_id, expected_version=version)
        set_etag(response, record)
        answer = detail(session, caller, record, caller.language)
    app.wake_workers()
    return answer


@router.post("/records/{record_id}/reject", response_model=RecordDetailOut, summary="Reject")
def reject(
    record_id: str, body: RejectIn, app: AppDep, caller: Caller, version: ExpectedVersion, response: Response
) -> dict[str, Any]:
    """Say that a file is no record, and why."""
    with app.database.write() as session:
        record = app.decisions.reject(session, caller, record_id, body.note, expected_version=version)
        set_etag(response, record)
        answer = detail(session, caller, record, caller.language)
    app.wake_workers()
    return answer


@router.get("/records/{record_id}/retention", summary="Kept until when, and why")
def get_retention(record_id: str, app: AppDep, caller: Caller) -> dict[str, Any]:
    """The derivation as data and as sentences in the caller's language."""
    with app.database.read() as session:
        record = get_visible(session, caller, record_id)
        return explanation(session, record, caller.language)
