"""A record laid out for paper: its pages, each under a line that says what it is and who printed it when."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import Response

from akta.kernel.errors import InvalidError
from akta.records.views import current_class
from akta.records.visibility import get_visible
from api.numbers import Number
from api.web.pages import page
from api.web.session import VisitDep, check_csrf

router = APIRouter()
#: Pages laid out at once: each is a picture that the browser holds in memory until it is printed.
MOST_PAGES = 100


@router.post("/records/{record_id}/print")
def lay_out(
    request: Request,
    record_id: str,
    visit: VisitDep,
    csrf: Annotated[str, Form()] = "",
    first: Annotated[Number, Form()] = 1,
    last: Annotated[Number, Form()] = 1,
) -> Response:
    """The pages from `first` to `last`, ready to print. That they were laid out goes into the audit log.

    Whether a printer followed cannot be known: an entry stands for each time somebody could have printed.
    """
    check_csrf(visit, csrf)
    app = visit.app
    now = app.clock.now()
    with app.database.write() as session:
        record = get_visible(session, visit.principal, record_id)
        pages = max(1, record.page_count)
        if not 1 <= first <= last <= pages:
            raise InvalidError(f"Say pages from 1 to {pages}, the first one first.")
        if last - first >= MOST_PAGES:
            raise InvalidError(f"At most {MOST_PAGES} pages can be printed at once.")
        cls = current_class(session, record.class_code)
        app.audit.append(
            session,
            at=now,
            actor=visit.principal.actor,
            action="record.printed",
            subject=f"record:{record.id}",
            details={"first": first, "last": last},
        )
    title = (cls.title_pl if visit.language == "pl" else cls.title_en) if cls else ""
    return page(
        request,
        "print.html",
        visit,
        record=record,
        class_title=title,
        numbers=range(first, last + 1),
        printed_at=now,
    )
