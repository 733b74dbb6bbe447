"""Links to a record for colleagues: made and ended on its page, followed by whoever is given one."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Form, Request
from sqlalchemy.orm import Session
from starlette.responses import RedirectResponse, Response

from akta.kernel.clock import civil_date
from akta.kernel.errors import InvalidError
from akta.operations.timeline import names_of_actors
from akta.records.links import end_link, follow, links_of, make_link, may_end
from api.web.session import Visit, VisitDep, check_csrf

router = APIRouter()
#: So many days from today a new link is good unless another day is said.
_USUAL = 14


@router.post("/records/{record_id}/links")
def make(
    record_id: str,
    visit: VisitDep,
    csrf: Annotated[str, Form()] = "",
    until: Annotated[str, Form(max_length=10)] = "",
    note: Annotated[str, Form(max_length=2000)] = "",
) -> Response:
    """A new link, good through the day `until`."""
    check_csrf(visit, csrf)
    app = visit.app
    try:
        day = date.fromisoformat(until)
        end = datetime.combine(day + timedelta(days=1), time(), ZoneInfo(app.settings.zone))
    except (ValueError, OverflowError) as error:
        raise InvalidError("A day is written YYYY-MM-DD.") from error
    with app.database.write() as session:
        make_link(
            session,
            app.audit,
            visit.principal,
            record_id,
            until=end.astimezone(UTC),
            note=note,
            now=app.clock.now(),
        )
    return RedirectResponse(f"/records/{record_id}?done=shared#links", 303)


@router.post("/records/{record_id}/links/{link_id}/end")
def end(record_id: str, link_id: str, visit: VisitDep, csrf: Annotated[str, Form()] = "") -> Response:
    """End a link before its time."""
    check_csrf(visit, csrf)
    app = visit.app
    with app.database.write() as session:
        end_link(session, app.audit, visit.principal, record_id, link_id, app.clock.now())
    return RedirectResponse(f"/records/{record_id}?done=unshared#links", 303)


@router.get("/shared/{word}")
def shared(word: str, visit: VisitDep) -> Response:
    """To the record that a link leads to, for whoever may see it."""
    app = visit.app
    with app.database.write() as session:
        record_id = follow(session, app.audit, visit.principal, word, app.clock.now())
    return RedirectResponse(f"/records/{record_id}", 303)


def shown_links(session: Session, request: Request, visit: Visit, record_id: str) -> dict[str, Any]:
    """The record's links as its page tells of them, and the days to choose from for a new one."""
    app = visit.app
    now = app.clock.now()
    today = civil_date(now, app.settings.zone)
    links = links_of(session, record_id, now)
    names = names_of_actors(session, (link.made_by for link in links))
    return {
        "good": [
            {
                "id": link.id,
                "address": str(request.base_url) + f"shared/{link.word}",
                "note": link.note,
                "who": names.get(link.made_by, link.made_by.partition(":")[2]),
                "through": civil_date(link.until - timedelta(seconds=1), app.settings.zone),
                "may_end": may_end(visit.principal, link),
            }
            for link in links
        ],
        "first": today.isoformat(),
        "usual": (today + timedelta(days=_USUAL)).isoformat(),
        "last": (today + timedelta(days=364)).isoformat(),
    }
