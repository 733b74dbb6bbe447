"""The list of papers that wait for a person, whoever brought them in."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from sqlalchemy import select
from starlette.responses import Response

from akta.access.models import User
from akta.access.roles import Right
from akta.records.models import Record
from akta.records.reasons import way_out
from api.web import labels
from api.web.pages import page
from api.web.session import VisitDep
from api.web.waiting import waiting_counts, waits

router = APIRouter()
_PAGE = 50


@router.get("/review")
def show(
    request: Request,
    visit: VisitDep,
    state: Literal["review", "quarantined"] = "review",
    after: Annotated[str, Query(max_length=40)] = "",
) -> Response:
    """All papers in review that the person may see, whoever brought them in; the oldest first.

    `after` is the number of the last record of the page before.
    """
    visit.principal.require(Right.READ)
    language = visit.language
    with visit.app.database.read() as session:
        counts = waiting_counts(session, visit.principal)
        rows = session.execute(
            select(Record, User.name)
            .outerjoin(User, User.id == Record.owner_id)
            .where(*waits(visit.principal, state), Record.id > after)
            .order_by(Record.id)
            .limit(_PAGE + 1)
        ).all()
    papers = [_paper(record, owner, language) for record, owner in rows[:_PAGE]]
    more = papers[-1]["id"] if len(rows) > _PAGE else ""
    return page(
        request, "review.html", visit, papers=papers, counts=counts, state=state, after=after, more=more
    )


def _paper(record: Record, owner: str | None, language: str) -> dict[str, Any]:
    kind = ""
    if record.doc_type:
        kind = f"{labels.domain(record.domain, language)} · {labels.doc_type(record.doc_type, language)}"
    return {
        "id": record.id,
        "title": record.title or record.file_name,
        "file_name": record.file_name,
        "kind": kind,
        "owner": owner or "",
        "received_at": record.received_at,
        "why": labels.reason(record.reason, record.reason_params, language) if record.reason else "",
        "way_out": way_out(record.reason, language) if record.reason else "",
    }
