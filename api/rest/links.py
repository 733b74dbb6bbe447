"""Links to a record for colleagues. They widen nothing: who follows one must see the record anyway."""

from datetime import datetime
from typing import Any

from fastapi import APIRouter, Response
from pydantic import AwareDatetime, BaseModel, Field

from akta.records.links import RecordLink, end_link, links_of, make_link
from akta.records.visibility import get_visible
from api.rest.deps import AppDep, Caller

router = APIRouter(tags=["records"])


class LinkIn(BaseModel):
    """`until` is the instant at which the link ends, with its zone; a year from now at most."""

    until: AwareDatetime
    note: str = Field(default="", max_length=2000)


class LinkOut(BaseModel):
    id: str
    path: str
    note: str
    made_by: str
    made_at: datetime
    until: datetime


class LinksOut(BaseModel):
    items: list[LinkOut]


@router.get("/records/{record_id}/links", response_model=LinksOut, summary="Links to a record")
def list_links(record_id: str, app: AppDep, caller: Caller) -> dict[str, Any]:
    """Those that are good, the ones that end first first."""
    with app.database.read() as session:
        record = get_visible(session, caller, record_id)
        return {"items": [_told(link) for link in links_of(session, record.id, app.clock.now())]}


@router.post("/records/{record_id}/links", status_code=201, response_model=LinkOut, summary="Make a link")
def add_link(record_id: str, body: LinkIn, app: AppDep, caller: Caller) -> dict[str, Any]:
    """A link for colleagues who may see the record; everybody else gets 404 by it."""
    with app.database.write() as session:
        link = make_link(
            session,
            app.audit,
            caller,
            record_id,
            until=body.until,
            note=body.note,
            now=app.clock.now(),
        )
        return _told(link)


@router.delete("/records/{record_id}/links/{link_id}", status_code=204, summary="End a link")
def remove_link(record_id: str, link_id: str, app: AppDep, caller: Caller) -> Response:
    """By who made it, or by an officer or clerk. Ending one that is over changes nothing."""
    with app.database.write() as session:
        end_link(session, app.audit, caller, record_id, link_id, app.clock.now())
    return Response(status_code=204)


def _told(link: RecordLink) -> dict[str, Any]:
    return {
        "id": link.id,
        "path": f"/shared/{link.word}",
        "note": link.note,
        "made_by": link.made_by,
        "made_at": link.made_at,
        "until": link.until,
    }
