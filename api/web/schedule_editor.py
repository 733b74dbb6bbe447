"""Writing a plan: from classes in use or from the beginning, checked and compared before it is drafted."""

from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request
from sqlalchemy.orm import Session
from starlette.responses import RedirectResponse, Response

from akta.access.roles import Right
from akta.kernel.errors import AktaError
from api.web.pages import page
from api.web.session import Visit, VisitDep, check_csrf
from api.web.wording import tell
from retention.schedules import drafts
from retention.schedules.building import PlanClass, ScheduleError
from retention.schedules.checking import check
from retention.schedules.reading import read_plan
from retention.schedules.stored import current_plan
from retention.schedules.writing import as_yaml

router = APIRouter()
#: Findings that are listed; a plan of thousands of lines can be wrong in each.
_LISTED = 50
#: What a first plan looks like; it says nothing until its words are replaced.
_BEGINNING = """\
jurisdiction: PL
classes:
  - code: OWN-01
    domain: accounting
    title: {pl: Nazwa po polsku, en: Name in English}
    doc_types: [invoice]
    rules:
      - id: OWN-01
        trigger: fiscal_year_end
        rounding: start_of_next_fiscal_year
        period: 5y
        action: destroy
        basis: ""
"""


@router.get("/schedules/new")
def write(
    request: Request,
    visit: VisitDep,
    take: Annotated[list[str], Query(max_length=200)] = [],  # noqa: B006
) -> Response:
    """An empty editor, or one with the classes `take` as they count now."""
    visit.principal.require(Right.SCHEDULE)
    text = _BEGINNING
    if take:
        with visit.app.database.read() as session:
            text = as_yaml([cls for cls in current_plan(session) if cls.code in take])
    return _editor(request, visit, text=text)


@router.post("/schedules")
def hand_in(
    request: Request,
    visit: VisitDep,
    csrf: Annotated[str, Form()],
    title: Annotated[str, Form(max_length=400)] = "",
    text: Annotated[str, Form(max_length=2_000_000)] = "",
    form: Annotated[str, Form(max_length=4)] = "yaml",
    note: Annotated[str, Form(max_length=4000)] = "",
    act: Annotated[str, Form(max_length=10)] = "draft",
) -> Response:
    """Check a plan, which writes nothing, or take it in as a draft; what is wrong leaves the text there."""
    check_csrf(visit, csrf)
    visit.principal.require(Right.SCHEDULE)
    plan = text.replace("\r\n", "\n")
    typed = {"title": title, "text": plan, "form": form, "note": note}
    findings, classes = _read(plan, form, visit.language)
    wrong = [one for one in findings if one["error"]]
    if act == "check" or wrong:
        changes = [] if wrong else _changes(visit, classes)
        return _editor(
            request,
            visit,
            422 if wrong and act != "check" else 200,
            findings=findings[:_LISTED],
            further=max(0, len(findings) - _LISTED),
            changes=changes,
            checked=not wrong,
            **typed,
        )
    try:
        with visit.app.database.write() as session:
            made = _draft(visit, session, typed)
    except AktaError as error:
        return _editor(request, visit, 422, problem=tell(error, visit.language), **typed)
    return RedirectResponse(f"/schedules/{made}?done=drafted", 303)


def _draft(visit: Visit, session: Session, typed: dict[str, str]) -> str:
    app = visit.app
    return drafts.add_draft(session, app.audit, visit.principal, now=app.clock.now(), **typed).id


def _editor(request: Request, visit: Visit, status_code: int = 200, **values: Any) -> Response:
    shown = {
        "title": "",
        "note": "",
        "form": "yaml",
        "findings": [],
        "changes": [],
        "further": 0,
        "checked": False,
    }
    return page(request, "schedule_new.html", visit, status_code, **{"problem": "", **shown, **values})


def _read(text: str, form: str, language: str) -> tuple[list[dict[str, Any]], list[PlanClass]]:
    """What is wrong or doubtful, errors first, each with its line (0: of the whole); and the classes."""
    try:
        plan = read_plan(text, table=form == "csv")
        found = check(plan.classes, plan.facts)
    except ScheduleError as error:
        wrong = {"line": error.params.get("line") or 0, "said": tell(error, language), "error": True}
        return [wrong], []
    told = [{"line": f.line, "said": f.words(language), "error": f.level == "error"} for f in found]
    return sorted(told, key=lambda one: not one["error"]), list(plan.classes)


def _changes(visit: Visit, classes: list[PlanClass]) -> list[dict[str, Any]]:
    with visit.app.database.read() as session:
        found = drafts.changes_of(session, classes)
        return drafts.changes_as_data(found, visit.language)
