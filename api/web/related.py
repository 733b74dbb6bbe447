"""Papers like one, and those that belong with it."""

from collections.abc import Iterable
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from akta.access.roles import Right
from akta.records.models import Record
from akta.records.views import summary
from akta.records.visibility import get_visible
from api.web.pages import page, part
from api.web.session import VisitDep

router = APIRouter()
_LIMIT = 8


@router.get("/records/{record_id}/related")
def related(
    request: Request, record_id: str, visit: VisitDep, alone: Annotated[bool, Query()] = False
) -> Response:
    """Papers of the same case, with the same number or party, and like this one; each once.

    `alone` gives the lists without a page around them, for the record's page.
    """
    visit.principal.require(Right.READ)
    with visit.app.database.read() as session:
        record = get_visible(session, visit.principal, record_id)
    found = visit.app.index.related(visit.principal, record_id, limit=_LIMIT)
    taken: set[str] = set()

    def told(pairs: Iterable[tuple[Record, str]]) -> list[dict[str, Any]]:
        fresh = [(r, shared) for r, shared in pairs if r.id not in taken]
        taken.update(r.id for r, _ in fresh)
        return [{**summary(r, visit.language), "shared": shared} for r, shared in fresh]

    lists = {
        "case": told((r, "") for r in found.case),
        "numbers": told(found.numbers),
        "similar": told((r, "") for r, _ in found.similar),
        "parties": told(found.parties),
    }
    values: dict[str, Any] = {"record": summary(record, visit.language), "lists": lists}
    if alone:
        return part(request, "related_lists.html", visit, **values)
    return page(request, "related.html", visit, **values)
