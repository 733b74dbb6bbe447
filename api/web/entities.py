"""Legal entities on a page: whose records these are, and when their fiscal years begin and end."""

import re
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from sqlalchemy.orm import Session
from starlette.responses import Response

from akta.access.roles import Right
from akta.kernel.errors import InvalidError
from api.numbers import Number
from api.web.answers import attempt, back_to, said_by_us
from api.web.pages import page
from api.web.session import VisitDep, check_csrf
from retention.keeping import naming

router = APIRouter()
_DONE = ("added", "changed")
_YEAR = re.compile(r"(\d{4}-\d{2}-\d{2})\s*(?:/|–|-|\s)\s*(\d{4}-\d{2}-\d{2})")


@router.get("/entities")
def show(
    request: Request,
    visit: VisitDep,
    problem: Annotated[str, Query(max_length=300)] = "",
    seal: Annotated[str, Query(max_length=64)] = "",
    done: Annotated[str, Query(max_length=20)] = "",
) -> Response:
    """All legal entities by name, each with its fiscal years."""
    with visit.app.database.read() as session:
        items = [naming.as_data(entity) for entity in naming.list_entities(session, visit.principal)]
    return page(
        request,
        "entities.html",
        visit,
        items=items,
        may_change=visit.principal.may(Right.SCHEDULE),
        problem=said_by_us(visit, problem, seal),
        done=done if done in _DONE else "",
    )


@router.post("/entities")
def add(
    visit: VisitDep,
    csrf: Annotated[str, Form()],
    name: Annotated[str, Form(max_length=300)] = "",
    nip: Annotated[str, Form(max_length=40)] = "",
    years: Annotated[str, Form(max_length=8000)] = "",
    default: Annotated[bool, Form()] = False,
) -> Response:
    """Enter a legal entity."""
    check_csrf(visit, csrf)

    def run(session: Session) -> None:
        naming.add_entity(
            session,
            visit.app.audit,
            visit.principal,
            name=name,
            nip=nip or None,
            years=_years(years),
            default=default,
            now=visit.app.clock.now(),
        )

    return back_to(visit, "/entities", attempt(visit, run), "added")


@router.post("/entities/{entity_id}")
def change(
    entity_id: str,
    visit: VisitDep,
    csrf: Annotated[str, Form()],
    version: Annotated[Number, Form()],
    name: Annotated[str, Form(max_length=300)] = "",
    nip: Annotated[str, Form(max_length=40)] = "",
    years: Annotated[str, Form(max_length=8000)] = "",
    default: Annotated[bool, Form()] = False,
) -> Response:
    """Change one; all of the form counts, so an emptied list of years means calendar years."""
    check_csrf(visit, csrf)

    def run(session: Session) -> None:
        naming.change_entity(
            session,
            visit.app.audit,
            visit.principal,
            entity_id,
            visit.app.clock.now(),
            name=name,
            nip=nip,
            years=_years(years),
            default=default,
            expected_version=version,
        )

    return back_to(visit, "/entities", attempt(visit, run), "changed")


def _years(text: str) -> list[tuple[date, date]]:
    """Fiscal years, one a line, as first and last day. Raises InvalidError."""
    made = []
    for line in filter(None, map(str.strip, text.splitlines())):
        found = _YEAR.fullmatch(line)
        try:
            if found is None:
                raise ValueError(line)
            made.append((date.fromisoformat(found[1]), date.fromisoformat(found[2])))
        except ValueError as error:
            raise InvalidError(
                "A fiscal year is its first and last day, one year a line: 2025-04-01/2026-03-31."
            ) from error
    return made
