"""Pages: a pile split into its papers, papers merged, pages reordered, turned or left out.

Each change needs the record's ETag as If-Match and is answered before it is done (202):
follow the record's `state`. What came in stays as version 1.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from akta.access.roles import Right
from akta.records.models import Record
from api.rest.deps import AppDep, Caller, ExpectedVersion
from api.rest.schemas import ArrangeIn, MergeIn, SplitIn

router = APIRouter(tags=["pages"])


@router.post("/records/{record_id}/split", status_code=202, summary="Split a pile into its papers")
def split(
    record_id: str, body: SplitIn, app: AppDep, caller: Caller, version: ExpectedVersion
) -> dict[str, Any]:
    """Cut before each page of `starts`; each part becomes a record found in this one."""
    with app.database.write() as session:
        record = app.page_decisions.split(
            session, caller, record_id, body.starts, password=body.password, expected_version=version
        )
        answer = _answer(record)
    app.wake_workers()
    return answer


@router.post("/records/{record_id}/join", status_code=202, summary="Undo a split")
def join(record_id: str, app: AppDep, caller: Caller, version: ExpectedVersion) -> dict[str, Any]:
    """The batch is one paper again; the papers that were cut out of it end as merged."""
    with app.database.write() as session:
        record = app.page_decisions.join(session, caller, record_id, expected_version=version)
        answer = _answer(record)
    app.wake_workers()
    return answer


@router.post("/records/{record_id}/merge", status_code=202, summary="Append other papers")
def merge(
    record_id: str, body: MergeIn, app: AppDep, caller: Caller, version: ExpectedVersion
) -> dict[str, Any]:
    """Append the pages of `records` as a new version; those records end as merged into this one."""
    with app.database.write() as session:
        record = app.page_decisions.merge(session, caller, record_id, body.records, expected_version=version)
        answer = _answer(record)
    app.wake_workers()
    return answer


@router.put("/records/{record_id}/page-order", status_code=202, summary="Reorder, turn or leave out pages")
def arrange(
    record_id: str, body: ArrangeIn, app: AppDep, caller: Caller, version: ExpectedVersion
) -> dict[str, Any]:
    """Make a new version of `pages`, in that order; pages that are not named are left out of it."""
    with app.database.write() as session:
        record = app.page_decisions.arrange(
            session,
            caller,
            record_id,
            [(page.number, page.turn) for page in body.pages],
            password=body.password,
            expected_version=version,
        )
        answer = _answer(record)
    app.wake_workers()
    return answer


@router.get("/separator-sheets", summary="Separator sheets to print", response_class=Response)
def separators(caller: Caller, sheets: Annotated[int, Query(ge=1, le=200)] = 1) -> Response:
    """A PDF of sheets to put between the papers of a pile."""
    from ingest.piles.sheets import separator_sheets  # loads fonts

    caller.require(Right.READ)
    return Response(
        separator_sheets(sheets),
        media_type="application/pdf",
        headers={"content-disposition": 'attachment; filename="akta-separators.pdf"'},
    )


def _answer(record: Record) -> dict[str, Any]:
    return {"record": record.id, "state": record.state, "version": record.row_version}
