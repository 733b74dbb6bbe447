"""The intake desk: drop a pile, watch each paper to its end."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from sqlalchemy import select
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, Response

from akta.access.roles import Right
from akta.kernel.clock import civil_date
from akta.records.models import Receipt, Record
from akta.records.reasons import way_out
from akta.records.reconciliation import Tally, reconcile
from akta.records.visibility import visible_to
from api.uploads import StoredFile, store_upload
from api.web import labels
from api.web.pages import page
from api.web.session import CsrfError, Visit, VisitDep
from ingest.intake import Arrival, receive

router = APIRouter()
_SHOWN = 60


@router.get("/")
def show(request: Request, visit: VisitDep) -> Response:
    """The desk with the latest papers of the person."""
    return page(request, "intake.html", visit, may_add=visit.principal.may(Right.ADD), **_state(visit, None))


@router.post("/intake/files")
async def add_files(request: Request, visit: VisitDep) -> Response:
    """Take files from the drop zone; answers with their receipts."""
    if request.headers.get("x-csrf-token") != visit.csrf:
        raise CsrfError("The page is out of date. Load it again and repeat.")
    visit.principal.require(Right.ADD)
    upload = await store_upload(request, visit.app.store, limit=visit.app.settings.max_upload_bytes)
    receipts = await run_in_threadpool(_receive, visit, upload.files)
    return JSONResponse({"receipts": receipts}, 202)


def _receive(visit: Visit, files: tuple[StoredFile, ...]) -> list[dict[str, Any]]:
    app = visit.app
    with app.database.write() as session:
        receipts = [
            receive(
                session,
                app.audit,
                app.store,
                visit.principal,
                Arrival(file.blob, file.name, "web"),
                app.clock.now(),
            )
            for file in files
        ]
        answer = [
            {"id": r.id, "record": r.record_id, "file_name": r.file_name, "duplicate": r.duplicate}
            for r in receipts
        ]
    app.wake_workers()
    return answer


@router.get("/intake/progress")
def progress(
    visit: VisitDep, receipts: Annotated[str | None, Query(max_length=16_000)] = None
) -> JSONResponse:
    """The state of the person's latest papers, or of the receipts named (comma list)."""
    wanted = [r for r in receipts.split(",") if r][:500] if receipts else None
    return JSONResponse(_state(visit, wanted))


def _state(visit: Visit, wanted: list[str] | None) -> dict[str, Any]:
    app, principal = visit.app, visit.principal
    with app.database.read() as session:
        query = select(Receipt, Record).join(Record, Record.id == Receipt.record_id)
        if wanted is not None:
            query = query.where(Receipt.id.in_(wanted), Receipt.owner_id == principal.user_id)
        elif principal.may(Right.ADD):
            query = query.where(Receipt.owner_id == principal.user_id, Receipt.channel != "unpacked")
        else:
            query = query.where(visible_to(principal), Receipt.channel != "unpacked")
        rows = session.execute(
            query.order_by(Receipt.id.desc()).limit(_SHOWN if wanted is None else 500)
        ).all()
        seen = set(
            session.scalars(
                select(Record.id).where(Record.id.in_([r.id for _, r in rows]), visible_to(principal))
            )
        )
        result = reconcile(session, principal, app.clock.now(), app.settings.zone)
    today = Tally()
    day = civil_date(app.clock.now(), app.settings.zone).isoformat()
    for (group_day, _channel), tally in result.groups.items():
        if group_day == day:
            for name, count in tally.as_dict().items():
                setattr(today, name, getattr(today, name) + count)
    return {
        "papers": [_paper(visit, receipt, record, record.id in seen) for receipt, record in rows],
        "today": today.as_dict(),
        "total": result.total.as_dict(),
    }


def _paper(visit: Visit, receipt: Receipt, record: Record, visible: bool) -> dict[str, Any]:
    language = visit.language
    ended = record.state not in ("received", "reading")
    shown: dict[str, Any] = {
        "receipt": receipt.id,
        "file_name": receipt.file_name,
        "duplicate": receipt.duplicate,
        "state": record.state,
        "state_label": labels.state(record.state, language),
        "ended": ended,
        "record": record.id if visible else None,
        "title": "",
        "kind": "",
        "why": "",
        "way_out": "",
        "page_count": record.page_count,
        "pages_done": record.pages_done,
    }
    if visible:
        shown["title"] = record.title
        if record.doc_type:
            shown["kind"] = (
                f"{labels.domain(record.domain, language)} · {labels.doc_type(record.doc_type, language)}"
            )
        if record.reason:
            shown["why"] = labels.reason(record.reason, record.reason_params, language)
            shown["way_out"] = way_out(record.reason, language)
    return shown
