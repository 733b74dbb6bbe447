"""Exports over HTTP: a request becomes a job, the job a file, the file a download for some days."""

from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Response
from sqlalchemy.orm import Session

from akta.access.roles import Right
from api.downloads import file_response
from api.rest.deps import AppDep, Caller
from api.rest.idempotency import fingerprint, once
from api.rest.saved_schemas import ExportIn, ExportOut, ExportsOut
from indexer.exports.service import ExportDraft, as_data

router = APIRouter(tags=["exports"])


@router.get("/exports", response_model=ExportsOut, summary="One's own exports")
def list_exports(
    app: AppDep, caller: Caller, limit: Annotated[int, Query(ge=1, le=200)] = 50
) -> dict[str, Any]:
    """The newest first, with how far they are."""
    with app.database.read() as session:
        found = app.exports.list(session, caller, limit=limit)
    return {"items": [as_data(one, caller.language, app.clock.now()) for one in found]}


@router.post("/exports", status_code=202, response_model=ExportOut, summary="Export a result")
def ask_for_export(
    body: ExportIn,
    app: AppDep,
    caller: Caller,
    response: Response,
    idempotency_key: Annotated[str | None, Header()] = None,
) -> dict[str, Any]:
    """A job makes the file, with the rights that the caller has then; follow it under its address."""
    caller.require(Right.READ)
    draft = ExportDraft(
        body.query,
        body.format,
        body.sort,
        body.language or caller.language or "en",
        body.for_excel,
        body.sensitive,
    )

    def work(session: Session) -> dict[str, Any]:
        return as_data(app.exports.ask(session, caller, draft), caller.language, app.clock.now())

    told = once(app, caller, idempotency_key, fingerprint("export", body.model_dump_json()), work)
    app.wake_workers()
    response.headers["location"] = f"/v1/exports/{told['id']}"
    return told


@router.get("/exports/{export_id}", response_model=ExportOut, summary="One export")
def get_export(export_id: str, app: AppDep, caller: Caller) -> dict[str, Any]:
    """How far it is, or why it failed."""
    with app.database.read() as session:
        return as_data(app.exports.get(session, caller, export_id), caller.language, app.clock.now())


@router.post("/exports/{export_id}/cancel", response_model=ExportOut, summary="Stop an export")
def cancel_export(export_id: str, app: AppDep, caller: Caller) -> dict[str, Any]:
    """While it waits or is being made."""
    with app.database.write() as session:
        made = app.exports.cancel(session, caller, export_id)
        return as_data(made, caller.language, app.clock.now())


@router.delete("/exports/{export_id}", summary="Delete an export")
def delete_export(export_id: str, app: AppDep, caller: Caller) -> dict[str, Any]:
    """With its file, before it ends by itself after seven days."""
    with app.database.write() as session:
        app.exports.remove(session, caller, export_id)
    app.wake_workers()
    return {"id": export_id, "deleted": True}


@router.get("/exports/{export_id}/file", summary="Download an export", response_class=Response)
def get_export_file(export_id: str, app: AppDep, caller: Caller) -> Response:
    """409 while it is made or with a record that the caller may not see any more; 410 once it is over."""
    with app.database.write() as session:
        found = app.exports.open(session, caller, export_id)
    return file_response(found.source, found.size, found.media_type, found.file_name)
