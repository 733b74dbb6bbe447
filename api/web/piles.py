"""What the record page offers for pages: split, put together again, append, turn, take out."""

from typing import Annotated, Any

from fastapi import APIRouter, Form
from sqlalchemy.orm import Session
from starlette.responses import Response

from akta.access.principal import Principal
from akta.kernel.errors import InvalidError, NotFoundError
from akta.records.models import Record
from akta.records.visibility import get_visible
from api.numbers import Number
from api.web.answers import attempt, back
from api.web.session import VisitDep, check_csrf
from ingest.piles.plan import has_pages

router = APIRouter(include_in_schema=False)

_TURNS = {"left": 270, "right": 90, "over": 180}


def offered(record: Record, data: dict[str, Any]) -> dict[str, Any] | None:
    """What can be done with the pages of a record; None where nothing can."""
    if not has_pages(record.media_type) or record.state not in ("review", "filed") or record.held:
        return None
    starts = record.reason_params.get("starts", "") if record.reason == "may_be_several" else ""
    parts = [c for c in data["children"] if c["channel"] == "split" and c["state"] != "rejected"]
    return {"starts": starts, "papers": starts.count(",") + 2 if starts else 0, "parts": len(parts)}


@router.post("/records/{record_id}/pages")
def change(
    record_id: str,
    visit: VisitDep,
    csrf: Annotated[str, Form()],
    act: Annotated[str, Form()],
    version: Annotated[Number, Form()],
    page: Annotated[Number, Form()] = 1,
    starts: Annotated[str, Form(max_length=2000)] = "",
    other: Annotated[str, Form(max_length=100)] = "",
) -> Response:
    """Do one of them; a job carries it out while the page waits."""
    check_csrf(visit, csrf)
    decisions = visit.app.page_decisions
    who = visit.principal

    def run(session: Session) -> None:
        count = get_visible(session, who, record_id).page_count
        match act:
            case "split":
                decisions.split(session, who, record_id, _numbers(starts), expected_version=version)
            case "split-here":
                decisions.split(session, who, record_id, [page], expected_version=version)
            case "join":
                decisions.join(session, who, record_id, expected_version=version)
            case "append":
                others = [_known(session, who, one) for one in other.split()]
                decisions.merge(session, who, record_id, others, expected_version=version)
            case "left" | "right" | "over":
                pages = [(n, _TURNS[act] if n == page else 0) for n in range(1, count + 1)]
                decisions.arrange(session, who, record_id, pages, expected_version=version)
            case "take-out":
                pages = [(n, 0) for n in range(1, count + 1) if n != page]
                decisions.arrange(session, who, record_id, pages, expected_version=version)
            case _:
                raise NotFoundError("There is no such decision.")

    return back(visit, record_id, attempt(visit, run))


def _known(session: Session, who: Principal, typed: str) -> str:
    """The number of a record as somebody typed it; the page says it if there is none."""
    try:
        return get_visible(session, who, typed.strip().lower()).id
    except NotFoundError as error:
        raise InvalidError(f"There is no record '{typed[:40]}' that you may see.") from error


def _numbers(text: str) -> list[int]:
    parts = text.replace(",", " ").split()
    if not all(part.isdecimal() and len(part) < 6 for part in parts):
        raise InvalidError("Say the pages as numbers, such as 3, 7.")
    return [int(part) for part in parts]
