"""Records, their text, pages, versions and renditions."""

from collections.abc import Iterator
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Response
from fastapi.responses import StreamingResponse
from sqlalchemy import select

from akta.access.principal import Principal
from akta.access.roles import Right
from akta.bootstrap import App
from akta.kernel.errors import NotFoundError
from akta.operations.timeline import KINDS, names_of_actors, timeline
from akta.records.models import PageText, Record, Rendition
from akta.records.pages import unpack
from akta.records.reads import note_read, note_shown
from akta.records.renditions import EMBEDDED_DATA, REDACTED, TABLES
from akta.records.versions import current_version, version_number
from akta.records.views import detail, summary
from akta.records.visibility import get_visible, visible_to
from api.downloads import blob_response
from api.numbers import Number
from api.rest.deps import AppDep, Caller, ShowSensitive, check_cursor, etag, set_etag
from api.rest.schemas import PagesOut, RecordDetailOut, RecordPageOut, TimelineOut

router = APIRouter(tags=["records"])
#: What is told of an entry to everybody who sees the record; the log itself has more.
_FACTS = frozenset(
    {
        *("batch", "channel", "doc_type", "first", "last", "cause", "outcome", "retain_through"),
        *("how", "hold", "matter", "event", "kind", "effective"),
    }
)


@router.get("/records", response_model=RecordPageOut, summary="List records, newest first")
def list_records(
    app: AppDep,
    caller: Caller,
    cursor: str | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    state: str | None = None,
    domain: str | None = None,
) -> dict[str, Any]:
    """The records that the caller may see; go on with `next_cursor`."""
    caller.require(Right.READ)
    query = select(Record).where(visible_to(caller), Record.state != "destroyed")
    if check_cursor(cursor):
        query = query.where(Record.id < cursor)
    if state:
        query = query.where(Record.state == state)
    if domain:
        query = query.where(Record.domain == domain)
    with app.database.read() as session:
        rows = session.scalars(query.order_by(Record.id.desc()).limit(limit + 1)).all()
    items = [summary(record, caller.language) for record in rows[:limit]]
    return {"items": items, "next_cursor": items[-1]["id"] if len(rows) > limit else None}


@router.get("/records/{record_id}", response_model=RecordDetailOut, summary="One record")
def get_record(
    record_id: str,
    app: AppDep,
    caller: Caller,
    response: Response,
    if_none_match: Annotated[str | None, Header()] = None,
    show_sensitive: ShowSensitive = False,
) -> Any:
    """Everything about a record but its text. The ETag is needed to change it.

    Values of fields that are `sensitive` are masked unless `show_sensitive` asks for them.
    """
    if show_sensitive:
        note_shown(app.database, app.audit, app.clock, caller, record_id)
    with app.database.read() as session:
        record = get_visible(session, caller, record_id)
        if if_none_match == etag(record) and not show_sensitive:  # who has the masks has not the values
            return Response(status_code=304, headers={"etag": etag(record)})
        set_etag(response, record)
        answer = detail(session, caller, record, caller.language, show=show_sensitive)
    note_access(app, caller, record, "record.read")
    return answer


@router.get("/records/{record_id}/text", summary="The text that was read", response_class=Response)
def get_text(record_id: str, app: AppDep, caller: Caller) -> StreamingResponse:
    """All pages as plain text, separated by form feeds."""
    with app.database.read() as session:
        record = get_visible(session, caller, record_id)
    note_access(app, caller, record, "record.read")
    return StreamingResponse(_texts(app, record_id), media_type="text/plain; charset=utf-8")


def _texts(app: App, record_id: str) -> Iterator[str]:
    with app.database.read() as session:
        query = select(PageText.text).where(PageText.record_id == record_id).order_by(PageText.number)
        for text in session.scalars(query.execution_options(yield_per=20)):
            yield text + "\n\f"


@router.get("/records/{record_id}/pages", response_model=PagesOut, summary="Pages with words and boxes")
def get_pages(
    record_id: str,
    app: AppDep,
    caller: Caller,
    first: Annotated[Number, Query(ge=1)] = 1,
    limit: Annotated[int, Query(ge=1, le=50)] = 10,
) -> dict[str, Any]:
    """Pages from `first` on, each with its words: text, box in fractions of the page, confidence, line."""
    with app.database.read() as session:
        record = get_visible(session, caller, record_id)
        rows = session.scalars(
            select(PageText)
            .where(PageText.record_id == record_id, PageText.number >= first)
            .order_by(PageText.number)
            .limit(limit)
        ).all()
    note_access(app, caller, record, "record.read")
    return {
        "items": [
            {
                "number": row.number,
                "width": row.width,
                "height": row.height,
                "outcome": row.outcome,
                "reader": f"{row.reader} {row.reader_version}".strip(),
                "confidence": row.confidence,
                "text": row.text,
                "words": unpack(row.words),
            }
            for row in rows
        ]
    }


@router.get("/records/{record_id}/timeline", response_model=TimelineOut, summary="What happened to a record")
def get_timeline(
    record_id: str,
    app: AppDep,
    caller: Caller,
    kind: Annotated[str, Query(max_length=20, description=", ".join(KINDS))] = "",
    before: Annotated[str, Query(max_length=80, description="`next_cursor` of the page before")] = "",
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> dict[str, Any]:
    """Newest first. Who looked at it is told to readers of the log, what a hold is about to officers."""
    with app.database.read() as session:
        record = get_visible(session, caller, record_id)
        moments, following = timeline(session, caller, record, kind=kind, before=before, limit=limit)
        names = names_of_actors(session, (moment.actor for moment in moments))
    return {
        "items": [
            {
                "at": moment.at.isoformat(),
                "kind": moment.kind,
                "code": moment.code,
                "actor": moment.actor,
                "name": names.get(moment.actor),
                "facts": {k: v for k, v in moment.details.items() if k in _FACTS},
            }
            for moment in moments
        ],
        "next_cursor": following,
    }


@router.get("/records/{record_id}/versions", summary="The versions of a record")
def list_versions(record_id: str, app: AppDep, caller: Caller) -> dict[str, Any]:
    """Number 1 is what came in."""
    with app.database.read() as session:
        record = get_visible(session, caller, record_id)
        return {"items": detail(session, caller, record, caller.language)["versions"]}


@router.get(
    "/records/{record_id}/versions/{number}/content",
    summary="The bytes of a version",
    response_class=Response,
)
def get_content(record_id: str, number: Number, app: AppDep, caller: Caller) -> Response:
    """The bytes exactly as they are kept, as a download. Version 1 is what came in."""
    with app.database.read() as session:
        record = get_visible(session, caller, record_id)
        version = version_number(session, record_id, number)
        newest = current_version(session, record_id).number
    note_access(app, caller, record, "record.downloaded")
    kind = version.media_type or (record.media_type if newest == 1 else None)
    name = record.file_name if number == 1 else f"{record.file_name.rpartition('.')[0]}-v{number}.pdf"
    return blob_response(app.store, version.sha256, version.size, kind, name)


@router.get("/records/{record_id}/renditions", summary="What was made from a record")
def list_renditions(record_id: str, app: AppDep, caller: Caller) -> dict[str, Any]:
    """Searchable PDF, previews, thumbnails."""
    with app.database.read() as session:
        record = get_visible(session, caller, record_id)
        return {"items": detail(session, caller, record, caller.language)["renditions"]}


@router.get("/records/{record_id}/renditions/{kind}/{page}", summary="One rendition", response_class=Response)
def get_rendition(record_id: str, kind: str, page: Number, app: AppDep, caller: Caller) -> Response:
    """`searchable_pdf`, `embedded_data`, `tables` (page 0), `preview`, `thumbnail`, `redacted` (from 1)."""
    with app.database.read() as session:
        record = get_visible(session, caller, record_id)
        found = session.scalars(
            select(Rendition).where(
                Rendition.record_id == record_id, Rendition.kind == kind, Rendition.page == page
            )
        ).first()
    if found is None:
        raise NotFoundError("This rendition has not been made.")
    ending = {"searchable_pdf": ".pdf", REDACTED: ".pdf", EMBEDDED_DATA: ".xml", TABLES: ".json"}.get(kind)
    note_access(app, caller, record, "record.downloaded" if ending else "record.read")
    name = record.file_name.rsplit(".", 1)[0] + (ending or f"-{page}.jpg")
    return blob_response(app.store, found.sha256, found.size, found.media_type, name)


def note_access(app: App, caller: Principal, record: Record, action: str) -> None:
    """Reads of confidential records go into the audit log."""
    note_read(app.database, app.audit, app.clock, caller, record, action)
