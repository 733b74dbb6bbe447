"""The record's page: the paper, its fields, why it is kept; correcting, rejecting, reading again."""

from itertools import groupby
from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request
from sqlalchemy import select
from starlette.responses import JSONResponse, Response

from akta.access.roles import Right
from akta.kernel.clock import civil_date
from akta.kernel.errors import NotFoundError
from akta.records.models import IN_PROGRESS, PageText, Record, Rendition, Version
from akta.records.pages import unpack
from akta.records.renditions import EMBEDDED_DATA
from akta.records.views import detail
from akta.records.visibility import get_visible
from api.downloads import blob_response
from api.web import choices, labels, piles
from api.web.answers import attempt, back
from api.web.history import history
from api.web.pages import page
from api.web.session import Visit, VisitDep, check_csrf
from api.web.waiting import next_to_review
from indexer.query import parse
from indexer.snippets import PageWords, marks
from ingest.rendering import cannot_be_shown, request_preview
from retention import holds
from retention.explaining import explanation

router = APIRouter()


@router.get("/records/{record_id}")
def show(
    request: Request,
    record_id: str,
    visit: VisitDep,
    number: Annotated[int, Query(alias="page", ge=1)] = 1,
    q: Annotated[str, Query(max_length=500)] = "",
    problem: Annotated[str, Query(max_length=300)] = "",
    done: Annotated[str, Query(pattern="^(accepted|rejected|)$")] = "",
) -> Response:
    """One record, with the paper in the middle."""
    with visit.app.database.read() as session:
        record = get_visible(session, visit.principal, record_id)
        data = detail(session, visit.principal, record, visit.language)
        kept = explanation(session, record, visit.language)
        number = min(number, max(1, record.page_count))
        row = session.get(PageText, (record_id, number))
        text = row.text if row else ""
        past = history(session, visit.principal, record, visit.language)
        following = None
        if visit.principal.may(Right.CORRECT) and (done or record.state == "review"):
            following = next_to_review(session, visit.principal, record_id)
        covered = {h["id"]: holds.records_of(session, h["id"]) for h in data["holds"]}
    if record.reason and data["reason"]:
        data["reason"]["text"] = labels.reason(record.reason, record.reason_params, visit.language)
    note_read(visit, record)
    today = civil_date(visit.app.clock.now(), visit.app.settings.zone)
    may_change = record.state in ("review", "filed") and not record.held
    return page(
        request,
        "record.html",
        visit,
        record=data,
        kept=kept,
        number=number,
        text=text,
        q=q,
        problem=problem,
        may_correct=may_change and visit.principal.may(Right.CORRECT),
        may_decide=visit.principal.may(Right.DECIDE) and not record.held,
        may_hold=visit.principal.may(Right.HOLD),
        kinds=choices.kinds(record.domain, record.doc_type, visit.language),
        new_fields=choices.new_fields(record.doc_type, {f["name"] for f in data["fields"]}, visit.language),
        over=bool(record.retain_through and record.retain_through < today),
        readings=_readings(data["readers"], visit.language),
        history=past,
        covered=covered,
        moves=piles.offered(record, data) if visit.principal.may(Right.CORRECT) else None,
        done=done,
        following=following,
    )


def _readings(pages: list[dict[str, Any]], language: str) -> list[dict[str, Any]]:
    """How the pages were read, neighbours read the same way together."""
    groups = []
    for how, run in groupby(pages, key=lambda p: labels.reading(p["reader"], p["outcome"], language)):
        read = list(run)
        sure = [p["confidence"] for p in read if p["confidence"] is not None and "tesseract" in p["reader"]]
        groups.append(
            {
                "how": how,
                "first": read[0]["page"],
                "last": read[-1]["page"],
                "sure": sum(sure) / len(sure) if sure else None,
            }
        )
    return groups


@router.get("/records/{record_id}/state")
def state(record_id: str, visit: VisitDep) -> JSONResponse:
    """Where the record is, for a page that waits until it has been read."""
    with visit.app.database.read() as session:
        record = get_visible(session, visit.principal, record_id)
    return JSONResponse(
        {
            "state": record.state,
            "label": labels.state(record.state, visit.language),
            "ended": record.state not in IN_PROGRESS,
            "pages": record.page_count,
            "done": record.pages_done,
        }
    )


@router.get("/records/{record_id}/marks")
def hit_marks(
    record_id: str, visit: VisitDep, number: Annotated[int, Query(alias="page", ge=1)] = 1, q: str = ""
) -> JSONResponse:
    """The boxes to mark on a page for a search: fractions of the page."""
    with visit.app.database.read() as session:
        get_visible(session, visit.principal, record_id)
        row = session.get(PageText, (record_id, number))
    if row is None or not q.strip():
        return JSONResponse({"boxes": []})
    words = PageWords(row.number, row.text, tuple(unpack(row.words)))
    return JSONResponse({"boxes": [list(box) for box in marks(words, parse(q[:500]))]})


@router.get("/records/{record_id}/pages/{number}.jpg")
def picture(record_id: str, number: int, visit: VisitDep) -> Response:
    """The picture of a page: 202 while it is being made, 204 if there can be none."""
    app = visit.app
    with app.database.read() as session:
        record = get_visible(session, visit.principal, record_id)
        found = session.scalars(
            select(Rendition).where(
                Rendition.record_id == record_id, Rendition.kind == "preview", Rendition.page == number
            )
        ).first()
        impossible = found is None and (
            record.state in ("quarantined", "rejected") or cannot_be_shown(session, record, number)
        )
    if found is not None:
        return blob_response(
            app.store,
            found.sha256,
            found.size,
            found.media_type,
            f"{record_id}-{number}.jpg",
            inline=True,
            cache=True,
        )
    if not 1 <= number <= max(1, record.page_count):
        raise NotFoundError("There is no such page.")
    if impossible:
        return Response(status_code=204)
    if record.state not in IN_PROGRESS:
        with app.database.write() as session:
            request_preview(session, record_id, number, app.clock.now())
        app.wake_workers()
    return Response(status_code=202, headers={"retry-after": "1"})


@router.get("/records/{record_id}/original")
def original(record_id: str, visit: VisitDep) -> Response:
    """The bytes as they came in."""
    with visit.app.database.read() as session:
        record = get_visible(session, visit.principal, record_id)
        version = session.scalars(
            select(Version).where(Version.record_id == record_id).order_by(Version.number)
        ).first()
    if version is None:
        raise NotFoundError("The original is gone.")
    note_read(visit, record, "record.downloaded")
    return blob_response(visit.app.store, version.sha256, version.size, record.media_type, record.file_name)


@router.get("/records/{record_id}/searchable.pdf")
def searchable(record_id: str, visit: VisitDep) -> Response:
    """The searchable PDF."""
    with visit.app.database.read() as session:
        record = get_visible(session, visit.principal, record_id)
        found = session.scalars(
            select(Rendition).where(Rendition.record_id == record_id, Rendition.kind == "searchable_pdf")
        ).first()
    if found is None:
        raise NotFoundError("The searchable PDF has not been made yet. Try again in a moment.")
    note_read(visit, record, "record.downloaded")
    name = record.file_name.rsplit(".", 1)[0] + ".pdf"
    return blob_response(visit.app.store, found.sha256, found.size, found.media_type, name)


@router.get("/records/{record_id}/data.xml")
def embedded_data(record_id: str, visit: VisitDep) -> Response:
    """The data that the paper carries inside itself."""
    with visit.app.database.read() as session:
        record = get_visible(session, visit.principal, record_id)
        found = session.scalars(
            select(Rendition).where(Rendition.record_id == record_id, Rendition.kind == EMBEDDED_DATA)
        ).first()
    if found is None:
        raise NotFoundError("This paper has no data inside.")
    note_read(visit, record, "record.downloaded")
    name = record.file_name.rsplit(".", 1)[0] + ".xml"
    return blob_response(visit.app.store, found.sha256, found.size, found.media_type, name)


@router.post("/records/{record_id}/correct")
async def correct(request: Request, record_id: str, visit: VisitDep) -> Response:
    """Save corrections; with `accept` the paper is filed."""
    form = await request.form(max_files=0, max_fields=300)
    check_csrf(visit, str(form.get("csrf", "")))
    fields = {
        name.removeprefix("field."): str(value) for name, value in form.items() if name.startswith("field.")
    }
    added, value = str(form.get("new_field", "")).strip(), str(form.get("new_value", "")).strip()
    if added and value:
        fields[added] = value
    kind = str(form.get("kind", ""))
    domain, _, doc_type = kind.partition("/")
    with visit.app.database.write() as session:
        current = detail(session, visit.principal, get_visible(session, visit.principal, record_id))
        before = {f["name"]: f["value"] for f in current["fields"]}
        changes = {n: v for n, v in fields.items() if before.get(n, "") != v.strip()}
        problem = attempt(
            lambda: visit.app.decisions.correct(
                session,
                visit.principal,
                record_id,
                domain=domain or None,
                doc_type=doc_type or None,
                fields=changes,
                accept="accept" in form,
                expected_version=int(str(form.get("version", "0"))),
            )
        )
        if problem:
            session.rollback()
    visit.app.wake_workers()
    return back(record_id, problem, "accepted" if "accept" in form else "")


@router.post("/records/{record_id}/decide")
def decide(
    record_id: str,
    visit: VisitDep,
    csrf: Annotated[str, Form()],
    act: Annotated[str, Form()],
    version: Annotated[int, Form()],
    note: Annotated[str, Form(max_length=500)] = "",
    password: Annotated[str, Form(max_length=1000)] = "",
) -> Response:
    """Reject, release or read again."""
    check_csrf(visit, csrf)
    decisions = visit.app.decisions

    def run(session: Any) -> None:
        match act:
            case "reject":
                decisions.reject(session, visit.principal, record_id, note, expected_version=version)
            case "release":
                decisions.release(session, visit.principal, record_id, expected_version=version)
            case "read-again":
                decisions.read_again(
                    session, visit.principal, record_id, password=password or None, expected_version=version
                )
            case _:
                raise NotFoundError("There is no such decision.")

    with visit.app.database.write() as session:
        problem = attempt(lambda: run(session))
        if problem:
            session.rollback()
    visit.app.wake_workers()
    return back(record_id, problem, "rejected" if act == "reject" else "")


@router.post("/records/{record_id}/hold")
def hold(
    record_id: str,
    visit: VisitDep,
    csrf: Annotated[str, Form()],
    matter: Annotated[str, Form(max_length=200)] = "",
    reason: Annotated[str, Form(max_length=2000)] = "",
) -> Response:
    """Place a legal hold on this record."""
    check_csrf(visit, csrf)
    app = visit.app
    wanted = holds.PlaceHold(matter=matter, reason=reason, record_ids=(record_id,))
    with app.database.write() as session:
        problem = attempt(
            lambda: holds.place_hold(session, app.audit, visit.principal, wanted, app.clock.now())
        )
        if problem:
            session.rollback()
    app.wake_workers()
    return back(record_id, problem)


@router.post("/records/{record_id}/release-hold")
def release_hold(
    record_id: str,
    visit: VisitDep,
    csrf: Annotated[str, Form()],
    hold_id: Annotated[str, Form(alias="hold")],
    reason: Annotated[str, Form(max_length=2000)] = "",
) -> Response:
    """Release a legal hold, with all the records that it covers."""
    check_csrf(visit, csrf)
    app = visit.app
    with app.database.write() as session:
        problem = attempt(
            lambda: holds.release_hold(session, app.audit, visit.principal, hold_id, reason, app.clock.now())
        )
        if problem:
            session.rollback()
    app.wake_workers()
    return back(record_id, problem)


def note_read(visit: Visit, record: Record, action: str = "record.read") -> None:
    """Reads of confidential records go into the audit log."""
    if record.confidentiality > 1:
        with visit.app.database.write() as session:
            visit.app.audit.append(
                session,
                at=visit.app.clock.now(),
                actor=visit.principal.actor,
                action=action,
                subject=f"record:{record.id}",
            )
