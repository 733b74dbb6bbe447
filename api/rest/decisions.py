"""What a person decides about a paper. Each change needs the record's ETag as If-Match."""

from datetime import date
from typing import Any

from fastapi import APIRouter, Response
from sqlalchemy import select

from akta.records.masking import masked_correction, sensitive_on
from akta.records.models import Correction
from akta.records.reads import note_shown
from akta.records.views import detail
from akta.records.visibility import get_visible
from api.rest.deps import AppDep, Caller, ExpectedVersion, ShowSensitive, set_etag
from api.rest.records import note_access
from api.rest.schemas import CorrectIn, ReadAgainIn, RecordDetailOut, RejectIn
from ingest.corrections import newest
from ingest.manner import Manner
from retention.keeping.explaining import explanation

router = APIRouter(tags=["decisions"])

_MOST = 500


@router.patch("/records/{record_id}", response_model=RecordDetailOut, summary="Correct and accept")
def correct(
    record_id: str, body: CorrectIn, app: AppDep, caller: Caller, version: ExpectedVersion, response: Response
) -> dict[str, Any]:
    """Correct domain, type or fields (an empty value removes one); `accept` files a record in review.

    `chosen` and `chosen_type` take suggested alternatives by their number.
    """
    with app.database.write() as session:
        record = app.decisions.correct(
            session,
            caller,
            record_id,
            domain=body.domain,
            doc_type=body.doc_type,
            fields=body.fields,
            chosen=body.chosen,
            chosen_type=body.chosen_type,
            accept=body.accept,
            expected_version=version,
        )
        set_etag(response, record)
        answer = detail(session, caller, record, caller.language)
    app.wake_workers()
    return answer


@router.get("/records/{record_id}/corrections", summary="What people corrected")
def corrections(
    record_id: str, app: AppDep, caller: Caller, show_sensitive: ShowSensitive = False
) -> dict[str, Any]:
    """Newest first: what stood in a field before and after, None where nothing did."""
    if show_sensitive:
        note_shown(app.database, app.audit, app.clock, caller, record_id)
    with app.database.read() as session:
        record = get_visible(session, caller, record_id)
        hidden = frozenset() if show_sensitive else sensitive_on(record)
        asked = select(Correction).where(Correction.record_id == record_id).order_by(Correction.id.desc())
        items = [
            {
                "batch": row.batch,
                "at": row.at.isoformat(),
                "actor": row.actor,
                "field": row.field,
                "before": masked_correction(row.field, row.before, hidden),
                "after": masked_correction(row.field, row.after, hidden),
                "undoes": row.undoes,
            }
            for row in session.scalars(asked.limit(_MOST))
        ]
        undoable = newest(session, record_id)
    note_access(app, caller, record, "record.read")
    return {"items": items, "undoable": undoable}


@router.post(
    "/records/{record_id}/corrections/{batch}/undo",
    response_model=RecordDetailOut,
    summary="Take the newest correction or acceptance back",
)
def undo(
    record_id: str, batch: str, app: AppDep, caller: Caller, version: ExpectedVersion, response: Response
) -> dict[str, Any]:
    """Puts back what stood in the fields before; a conflict if something was corrected since."""
    with app.database.write() as session:
        record = app.decisions.undo(session, caller, record_id, batch, expected_version=version)
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
    "/records/{record_id}/stop-reading", response_model=RecordDetailOut, summary="Stop the reading of a paper"
)
def stop_reading(record_id: str, app: AppDep, caller: Caller, response: Response) -> dict[str, Any]:
    """A paper in progress goes to review with the pages read so far; it can be read again.

    No `If-Match` is asked for: each page that is read makes another version.
    """
    with app.database.write() as session:
        record = app.decisions.stop_reading(session, caller, record_id)
        set_etag(response, record)
        answer = detail(session, caller, record, caller.language)
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
def get_retention(record_id: str, app: AppDep, caller: Caller, as_of: date | None = None) -> dict[str, Any]:
    """The derivation as data and as sentences in the caller's language, now or as it was on a past day."""
    with app.database.read() as session:
        record = get_visible(session, caller, record_id)
        return explanation(
            session,
            record,
            caller.language,
            as_of=as_of,
            zone=app.settings.zone,
            now=app.clock.now(),
            matters=caller.sees_matters,
        )
