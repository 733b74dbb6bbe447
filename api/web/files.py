"""What a record can be downloaded as: its original and what was made from it."""

from fastapi import APIRouter
from sqlalchemy import select
from starlette.responses import Response

from akta.kernel.errors import NotFoundError
from akta.records.models import Rendition, Version
from akta.records.renditions import EMBEDDED_DATA
from akta.records.versions import version_number
from akta.records.visibility import get_visible
from api.downloads import blob_response, download_headers
from api.numbers import Number
from api.web.session import VisitDep, note_read
from api.web.tables import stored_tables

router = APIRouter()


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


@router.get("/records/{record_id}/versions/{number}")
def version(record_id: str, number: Number, visit: VisitDep) -> Response:
    """The bytes of a version; number 1 is the original."""
    if number == 1:
        return original(record_id, visit)
    with visit.app.database.read() as session:
        record = get_visible(session, visit.principal, record_id)
        found = version_number(session, record_id, number)
    note_read(visit, record, "record.downloaded")
    name = f"{record.file_name.rpartition('.')[0] or record.file_name}-v{number}.pdf"
    return blob_response(visit.app.store, found.sha256, found.size, found.media_type, name)


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


@router.get("/records/{record_id}/tables.xlsx")
def workbook(record_id: str, visit: VisitDep) -> Response:
    """The tables as a workbook, a sheet for each."""
    with visit.app.database.read() as session:
        record = get_visible(session, visit.principal, record_id)
        tables = stored_tables(session, visit.app.store, record_id)
    if not tables:
        raise NotFoundError("No tables were found on this paper.")
    note_read(visit, record, "record.downloaded")
    name = record.file_name.rsplit(".", 1)[0] + ".xlsx"
    from api.web.workbook import as_workbook  # a large library that few requests need

    return Response(as_workbook(tables), headers=download_headers(name))
