"""Papers that may have come twice, and what a person says of them.

No `If-Match` is asked for: what is decided is a relation of two papers, and saying it twice says it once.
"""

from collections.abc import Callable
from typing import Any

from fastapi import APIRouter, Response
from sqlalchemy.orm import Session

from akta.access.principal import Principal
from akta.records.duplicates import told
from akta.records.models import Record
from akta.records.visibility import get_visible
from api.rest.deps import AppDep, Caller, set_etag
from api.rest.records import note_access
from api.rest.schemas import DuplicatesOut

router = APIRouter(tags=["duplicates"])


@router.get(
    "/records/{record_id}/duplicates", response_model=DuplicatesOut, summary="Papers that may be the same"
)
def list_duplicates(record_id: str, app: AppDep, caller: Caller, response: Response) -> dict[str, Any]:
    """Others that the caller may see with the same bytes, picture or business key, the surest first."""
    with app.database.read() as session:
        record = get_visible(session, caller, record_id)
        set_etag(response, record)
        items = told(session, caller, record_id, caller.language)
    note_access(app, caller, record, "record.read")
    return {"items": items}


@router.post(
    "/records/{record_id}/duplicates/{other_id}/dismiss",
    response_model=DuplicatesOut,
    summary="Say that they are different papers",
)
def dismiss(record_id: str, other_id: str, app: AppDep, caller: Caller, response: Response) -> dict[str, Any]:
    """A paper in review that waited for nothing else is filed."""
    return _decide(app.duplicate_decisions.dismiss, record_id, other_id, app, caller, response)


@router.post(
    "/records/{record_id}/duplicates/{other_id}/confirm",
    response_model=DuplicatesOut,
    summary="Say that they are the same paper",
)
def confirm(record_id: str, other_id: str, app: AppDep, caller: Caller, response: Response) -> dict[str, Any]:
    """The newer one that was never filed is rejected; what was filed stays, and both tell of each other."""
    return _decide(app.duplicate_decisions.confirm, record_id, other_id, app, caller, response)


@router.post(
    "/records/{record_id}/duplicates/{other_id}/reopen",
    response_model=DuplicatesOut,
    summary="Take back what was said of two papers",
)
def reopen(record_id: str, other_id: str, app: AppDep, caller: Caller, response: Response) -> dict[str, Any]:
    """A paper that was rejected as a duplicate is in review again; what was filed since stays filed."""
    return _decide(app.duplicate_decisions.reopen, record_id, other_id, app, caller, response)


def _decide(
    act: Callable[[Session, Principal, str, str], Record],
    record_id: str,
    other_id: str,
    app: AppDep,
    caller: Caller,
    response: Response,
) -> dict[str, Any]:
    with app.database.write() as session:
        set_etag(response, act(session, caller, record_id, other_id))
        items = told(session, caller, record_id, caller.language)
    app.wake_workers()
    return {"items": items}
