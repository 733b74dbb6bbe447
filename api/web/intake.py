"""The intake desk: drop a pile, watch each paper to its end."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from sqlalchemy import Select, case, or_, select
from sqlalchemy.orm import aliased
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, RedirectResponse, Response

from akta.access.principal import Principal
from akta.access.roles import Right
from akta.kernel.clock import day_start
from akta.records.masking import told_params
from akta.records.models import IN_PROGRESS, Receipt, Record
from akta.records.reasons import way_out
from akta.records.reconciliation import ENDS, tally_since
from akta.records.visibility import visible_to
from api.uploads import StoredFile, store_upload
from api.web import labels
from api.web.pages import page
from api.web.session import CsrfError, Visit, VisitDep
from api.web.waiting import concerns, waiting_counts
from ingest.intake import Arrival, receive

router = APIRouter()
_SHOWN, _MOST = 60, 500
#: What needs a person comes first.
_ORDER = ("quarantined", "review", "received", "reading", "rejected", "filed", "destroyed")
#: The numbers of the desk, each with the states that it counts.
_COUNTED: dict[str, tuple[str, ...]] = {
    "received": _ORDER,
    **{name: (name,) for name in ENDS},
    "in_progress": IN_PROGRESS,
}


@router.get("/")
def first(request: Request, visit: VisitDep, show: Annotated[str, Query(max_length=20)] = "") -> Response:
    """The first page: this desk for those who bring papers in, home for all others."""
    if not show and not visit.principal.may(Right.ADD):
        return RedirectResponse("/home", 303)
    return desk(request, visit, show)


@router.get("/intake")
def desk(request: Request, visit: VisitDep, show: Annotated[str, Query(max_length=20)] = "") -> Response:
    """The desk with the latest papers of the person, or those that one of its numbers counts."""
    chosen = show if show in _COUNTED else ""
    may_add = visit.principal.may(Right.ADD)
    if may_add:
        visit.app.expect_work()
    state = _state(visit, None, chosen)
    return page(request, "intake.html", visit, may_add=may_add, show=chosen, **state)


@router.post("/intake/files")
async def add_files(request: Request, visit: VisitDep) -> Response:
    """Take files from the drop zone; answers with their receipts."""
    if request.headers.get("x-csrf-token") != visit.csrf:
        raise CsrfError("The page is out of date. Load it again and repeat.")
    visit.principal.require(Right.ADD)
    upload = await store_upload(request, visit.app)
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
    visit: VisitDep,
    receipts: Annotated[str | None, Query(max_length=16_000)] = None,
    show: Annotated[str, Query(max_length=20)] = "",
) -> JSONResponse:
    """The state of the person's latest papers, of those that a number counts, or of the receipts named.

    Named receipts (a comma list) come with those of the papers found inside.
    """
    wanted = [r for r in receipts.split(",") if r][:500] if receipts else None
    return JSONResponse(_state(visit, wanted, show))


def _state(visit: Visit, wanted: list[str] | None, show: str) -> dict[str, Any]:
    app, principal = visit.app, visit.principal
    since = day_start(app.clock.now(), app.settings.zone)
    with app.database.read() as session:
        rows = session.execute(_query(principal, wanted, show, since)).all()
        ids = {r.id for _, r in rows} | {r.parent_id for _, r in rows if r.parent_id}
        names = select(Record.id, Record.file_name).where(Record.id.in_(ids), visible_to(principal))
        seen = {row.id: row.file_name for row in session.execute(names)}
        today = tally_since(session, concerns(principal), since)
        waiting = waiting_counts(session, principal)
    papers = [_paper(visit, receipt, record, seen) for receipt, record in rows]
    return {
        "papers": _nested(papers) if wanted is None and not show else papers,
        "today": today.as_dict(),
        "waiting": waiting,
        "cut": wanted is None and bool(show) and len(rows) == _MOST,
    }


def _query(
    principal: Principal, wanted: list[str] | None, show: str, since: datetime
) -> Select[Receipt, Record]:
    query = select(Receipt, Record).join(Record, Record.id == Receipt.record_id)
    newest = Receipt.id.desc()
    if wanted is not None:
        named = aliased(Receipt)
        inside = Record.parent_id.in_(select(named.record_id).where(named.id.in_(wanted)))
        query = query.where(or_(Receipt.id.in_(wanted), inside), Receipt.owner_id == principal.user_id)
        return query.order_by(newest).limit(_MOST)
    urgent = case({state: rank for rank, state in enumerate(_ORDER)}, value=Record.state)
    if show in _COUNTED:
        states = Record.state.in_(_COUNTED[show])
        query = query.where(concerns(principal), Receipt.received_at >= since, states)
        return query.order_by(urgent, newest).limit(_MOST)
    mine = Receipt.owner_id == principal.user_id if principal.may(Right.ADD) else visible_to(principal)
    return query.where(mine).order_by(newest).limit(_SHOWN)


def _nested(papers: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The same papers, with those found inside another right under it."""
    inside: dict[str, list[dict[str, Any]]] = {}
    keys = {paper["key"] for paper in papers}
    for paper in papers:
        if paper["inside"] in keys:
            inside.setdefault(paper["inside"], []).append(paper)
    ordered: list[dict[str, Any]] = []

    def put(paper: dict[str, Any]) -> None:
        ordered.append(paper)
        for child in inside.pop(paper["key"], []):
            put({**child, "nested": True})

    for paper in papers:
        if paper["inside"] not in keys:
            put(paper)
    return ordered


def _paper(visit: Visit, receipt: Receipt, record: Record, seen: dict[str, str]) -> dict[str, Any]:
    language = visit.language
    visible = record.id in seen
    ended = record.state not in IN_PROGRESS
    shown: dict[str, Any] = {
        "receipt": receipt.id,
        "file_name": receipt.file_name,
        "duplicate": receipt.duplicate,
        "state": record.state,
        "state_label": labels.state(record.state, language),
        "ended": ended,
        "record": record.id if visible else None,
        "key": record.id,
        "inside": record.parent_id,
        "from": seen.get(record.parent_id or "", ""),
        "nested": False,
        "title": "",
        "kind": "",
        "why": "",
        "way_out": "",
        "page_count": record.page_count,
        "pages_done": record.pages_done,
    }
    if visible:
        shown["title"] = record.title
        finest = record.subtype or record.doc_type
        if finest:
            shown["kind"] = f"{labels.domain(record.domain, language)} · {labels.doc_type(finest, language)}"
        if record.reason:
            shown["why"] = labels.reason(record.reason, told_params(record), language)
            shown["way_out"] = way_out(record.reason, language)
    return shown
