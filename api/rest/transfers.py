"""Packages handed to others, over HTTP."""

from typing import Any

from fastapi import APIRouter, Response

from akta.access.roles import Right
from akta.kernel.errors import InvalidError
from api.downloads import file_response
from api.rest.deps import AppDep, Caller
from api.rest.letting_go_schemas import ReceiptIn, TransferIn
from retention.disposition.showing import transfer_data
from retention.transfer.service import list_transfers

router = APIRouter(tags=["transfers"])


@router.get("/transfers", summary="Packages, newest first")
def get_transfers(app: AppDep, caller: Caller) -> dict[str, Any]:
    """Those of which the caller may see all."""
    with app.database.read() as session:
        return {"items": [transfer_data(one) for one in list_transfers(session, caller)]}


@router.post("/transfers", status_code=202, summary="Have a package made")
def ask_for_transfer(body: TransferIn, app: AppDep, caller: Caller) -> dict[str, Any]:
    """Of what a disposition hands over, of a case, or of what a person is given; a job makes it."""
    caller.require(Right.DISPOSE)
    if len([text for text in (body.disposition, body.case, body.request) if text]) != 1:
        raise InvalidError("Name a disposition, a case, or a request.")
    with app.database.write() as session:
        if body.disposition:
            made = app.transfers.ask_for_disposition(session, caller, body.disposition, body.recipient)
        elif body.case:
            made = app.transfers.ask_for_case(session, caller, body.case, body.kind, body.recipient)
        else:
            made = app.transfers.ask_for_request(session, caller, body.request)
        told = transfer_data(made)
    app.wake_workers()
    return told


@router.get("/transfers/{transfer_id}", summary="One package")
def get_transfer(transfer_id: str, app: AppDep, caller: Caller) -> dict[str, Any]:
    """How far it is, and its receipt."""
    with app.database.read() as session:
        return transfer_data(app.transfers.get(session, caller, transfer_id))


@router.get("/transfers/{transfer_id}/file", summary="Download a package", response_class=Response)
def get_transfer_file(transfer_id: str, app: AppDep, caller: Caller) -> Response:
    """A ZIP with a bag; 'akta transfer verify' checks it anywhere."""
    with app.database.write() as session:
        package = app.transfers.open(session, caller, transfer_id)
    return file_response(package.source, package.size, "application/zip", package.file_name)


@router.post("/transfers/{transfer_id}/receipt", summary="Record a receipt")
def record_receipt(transfer_id: str, body: ReceiptIn, app: AppDep, caller: Caller) -> dict[str, Any]:
    """That the recipient took the package over; only then may what is in it go."""
    caller.require(Right.DISPOSE)
    blob = app.store.put([body.text.encode()]) if body.text else None
    with app.database.write() as session:
        made = app.transfers.record_receipt(session, caller, transfer_id, body.reference, blob, "text/plain")
        return transfer_data(made)


@router.delete("/transfers/{transfer_id}", summary="Delete a package's file")
def remove_transfer(transfer_id: str, app: AppDep, caller: Caller) -> dict[str, Any]:
    """What is said of it stays, its receipt too."""
    with app.database.write() as session:
        app.transfers.remove(session, caller, transfer_id)
    app.wake_workers()
    return {"id": transfer_id, "removed": True}
