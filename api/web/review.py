"""The list of papers that wait for a person, whoever brought them in."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.responses import Response

from akta.access.models import User
from akta.access.principal import Principal
from akta.access.roles import Right
from akta.records import spot_checks
from akta.records.masking import told_params
from akta.records.models import Record
from akta.records.queue import ReviewItem
from akta.records.reasons import way_out
from api.web import labels
from api.web.pages import page
from api.web.session import VisitDep
from api.web.waiting import waiting_counts, waits
from ingest.review.desk import why_first
from ingest.review.queue import Wanted, cursor_of, place_of, waiting

router = APIRouter()
_PAGE = 50


@router.get("/review")
def show(
    request: Request,
    visit: VisitDep,
    state: Literal["review", "quarantined"] = "review",
    after: Annotated[str, Query(max_length=60)] = "",
) -> Response:
    """All papers that the person may see, whoever brought them in; in review the most valuable doubt first.

    `after` names the last paper of the page before.
    """
    visit.principal.require(Right.READ)
    language = visit.language
    with visit.app.database.read() as session:
        counts = waiting_counts(session, visit.principal)
        checks = spot_checks.count(session, visit.principal) if visit.principal.may(Right.CORRECT) else 0
        rows = _rows(session, visit.principal, state, after)
        owners = {record.owner_id for record, _ in rows if record.owner_id}
        asked = select(User.id, User.name).where(User.id.in_(owners))
        names = {row.id: row.name for row in session.execute(asked)}
    papers = [
        _paper(record, item, names.get(record.owner_id or "", ""), language) for record, item in rows[:_PAGE]
    ]
    more = ""
    if len(rows) > _PAGE:
        record, item = rows[_PAGE - 1]
        more = cursor_of(item) if item else record.id
    return page(
        request,
        "review.html",
        visit,
        papers=papers,
        counts=counts,
        checks=checks,
        state=state,
        after=after,
        more=more,
    )


def _rows(
    session: Session, principal: Principal, state: str, after: str
) -> list[tuple[Record, ReviewItem | None]]:
    """A page of papers and one more; those in quarantine stand in no queue, the oldest is first."""
    if state == "review":
        place = place_of(after or None)
        return [(record, item) for record, item in waiting(session, principal, Wanted(), place, _PAGE + 1)]
    asked = select(Record).where(*waits(principal, state), Record.id > after)
    return [(record, None) for record in session.scalars(asked.order_by(Record.id).limit(_PAGE + 1))]


def _paper(record: Record, item: ReviewItem | None, owner: str, language: str) -> dict[str, Any]:
    kind = ""
    finest = record.subtype or record.doc_type
    if finest:
        kind = f"{labels.domain(record.domain, language)} · {labels.doc_type(finest, language)}"
    return {
        "id": record.id,
        "title": record.title or record.file_name,
        "file_name": record.file_name,
        "kind": kind,
        "owner": owner,
        "first": [term["text"] for term in why_first(record, item, language) if term["days"] > 0][:2]
        if item
        else [],
        "received_at": record.received_at,
        "why": labels.reason(record.reason, told_params(record), language) if record.reason else "",
        "way_out": way_out(record.reason, language) if record.reason else "",
    }
