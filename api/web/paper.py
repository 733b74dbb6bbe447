"""The paper of a record as the page shows it: pictures, words to select, boxes to mark."""

from typing import Annotated

from fastapi import APIRouter, Query
from sqlalchemy import select
from starlette.responses import JSONResponse, Response

from akta.kernel.errors import NotFoundError
from akta.records.models import IN_PROGRESS, PageText, Rendition
from akta.records.pages import unpack
from akta.records.visibility import get_visible
from api.downloads import blob_response
from api.numbers import Number
from api.web.session import VisitDep, note_read
from indexer.query import parse
from indexer.snippets import PageWords, marks
from ingest.rendering import cannot_be_shown, request_preview

router = APIRouter()


@router.get("/records/{record_id}/words")
def words(
    record_id: str, visit: VisitDep, number: Annotated[Number, Query(alias="page", ge=1)] = 1
) -> JSONResponse:
    """The words of a page with their places, to lay over its picture.

    Each is its text, its box (x0, y0, x1, y1) in fractions of the page, and the number of its line.
    """
    with visit.app.database.read() as session:
        record = get_visible(session, visit.principal, record_id)
        row = session.get(PageText, (record_id, number))
    if row is None:
        return JSONResponse({"words": []})
    note_read(visit, record, once=True)
    return JSONResponse({"words": [[text, list(box), line] for text, box, _, line in unpack(row.words)]})


@router.get("/records/{record_id}/marks")
def hit_marks(
    record_id: str, visit: VisitDep, number: Annotated[Number, Query(alias="page", ge=1)] = 1, q: str = ""
) -> JSONResponse:
    """The boxes to mark on a page for a search: fractions of the page."""
    with visit.app.database.read() as session:
        record = get_visible(session, visit.principal, record_id)
        row = session.get(PageText, (record_id, number))
    if row is None or not q.strip():
        return JSONResponse({"boxes": []})
    note_read(visit, record, once=True)
    words = PageWords(row.number, row.text, tuple(unpack(row.words)))
    return JSONResponse({"boxes": [list(box) for box in marks(words, parse(q[:2000]))]})


@router.get("/records/{record_id}/pages/{number}.jpg")
def picture(record_id: str, number: Number, visit: VisitDep) -> Response:
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
        note_read(visit, record, once=True)
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
