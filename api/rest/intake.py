"""Bringing papers in over HTTP, and their receipts."""

from typing import Annotated, Any

from fastapi import APIRouter, Header, Request
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool

from akta.access.principal import Principal
from akta.access.roles import Right
from akta.bootstrap import App
from akta.kernel.errors import NotFoundError
from akta.records.models import Receipt, Record
from akta.records.reconciliation import reconcile
from akta.records.visibility import visible_to
from api.rest import idempotency
from api.rest.deps import AppDep, Caller
from api.rest.schemas import ReceiptOut, StatusOut, UploadOut
from api.uploads import BadUploadError, StoredFile, store_upload
from ingest.intake import Arrival, receive

router = APIRouter(tags=["intake"])

_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {
                        "file": {"type": "array", "items": {"type": "string", "format": "binary"}}
                    },
                }
            }
        },
    }
}


@router.post(
    "/records", status_code=202, response_model=UploadOut, openapi_extra=_BODY, summary="Bring papers in"
)
async def add_records(
    request: Request,
    app: AppDep,
    caller: Caller,
    idempotency_key: Annotated[str | None, Header()] = None,
) -> dict[str, Any]:
    """Send one or more `file` parts. Once this answers, every file is safe and has a receipt.

    With an `Idempotency-Key`, sending the same files again gives the same receipts.
    """
    caller.require(Right.ADD)
    upload = await store_upload(request, app)
    if not upload.files:
        raise BadUploadError("There is no file in the form. Send it as a part named 'file'.")
    return await run_in_threadpool(_receive_all, app, caller, upload.files, "api", idempotency_key)


def _receive_all(
    app: App, caller: Principal, files: tuple[StoredFile, ...], channel: str, key: str | None
) -> dict[str, Any]:
    def work(session: Session) -> dict[str, Any]:
        receipts = []
        for file in files:
            arrival = Arrival(file.blob, file.name, channel)
            receipt = receive(session, app.audit, app.store, caller, arrival, app.clock.now())
            receipts.append(receipt_view(receipt, session.get_one(Record, receipt.record_id)))
        return {"receipts": receipts}

    print_ = idempotency.fingerprint(*(f"{f.name}/{f.blob.sha256}" for f in files))
    result = idempotency.once(app, caller, key, print_, work)
    app.wake_workers()
    return result


@router.get("/receipts/{receipt_id}", response_model=ReceiptOut, summary="Where a file is")
def get_receipt(receipt_id: str, app: AppDep, caller: Caller) -> dict[str, Any]:
    """A receipt of the caller, or of a record that the caller may see."""
    with app.database.read() as session:
        receipt = session.get(Receipt, receipt_id)
        record = session.get(Record, receipt.record_id) if receipt else None
        mine = receipt is not None and caller.user_id is not None and receipt.owner_id == caller.user_id
        if receipt is None or record is None:
            raise NotFoundError("There is no such receipt.")
        if not mine:
            caller.require(Right.READ)
            seen = session.scalar(select(Record.id).where(Record.id == record.id, visible_to(caller)))
            if seen is None:
                raise NotFoundError("There is no such receipt.")
        return receipt_view(receipt, record)


@router.get("/status", response_model=StatusOut, summary="Received = filed + in review + …")
def status(app: AppDep, caller: Caller) -> dict[str, Any]:
    """The reconciliation over the records that the caller may see."""
    caller.require(Right.READ)
    with app.database.read() as session:
        result = reconcile(session, caller, app.clock.now(), app.settings.zone)
    return {
        "adds_up": result.adds_up,
        "total": result.total.as_dict(),
        "duplicates": result.duplicates,
        "groups": [
            {"day": day, "channel": channel, **tally.as_dict()}
            for (day, channel), tally in result.groups.items()
        ],
        "stuck": result.stuck,
    }


def receipt_view(receipt: Receipt, record: Record) -> dict[str, Any]:
    """A receipt as plain data."""
    return {
        "id": receipt.id,
        "record": receipt.record_id,
        "duplicate": receipt.duplicate,
        "file_name": receipt.file_name,
        "sha256": receipt.sha256,
        "size": receipt.size,
        "channel": receipt.channel,
        "received_at": receipt.received_at.isoformat(),
        "state": record.state,
        "reason": record.reason,
    }
