"""The record's page: the paper, its fields, and why it is kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from starlette.responses import JSONResponse, Response

from akta.access.principal import Principal
from akta.access.roles import Right
from akta.kernel.clock import civil_date
from akta.records import spot_checks
from akta.records.cases import visible_cases
from akta.records.masking import MASK, sensitive_on, told_params
from akta.records.models import IN_PROGRESS, Case, PageText, Record, Rendition
from akta.records.stubs import get_stub
from akta.records.views import detail
from akta.records.visibility import get_visible
from api.numbers import Number
from api.web import choices, labels, piles
from api.web.answers import said_by_us
from api.web.history import history
from api.web.links import shown_links
from api.web.pages import page
from api.web.session import Visit, VisitDep, check_csrf, note_read, note_shown
from api.web.tables import shown as shown_tables
from api.web.tables import stored_tables
from api.web.waiting import next_to_review
from ingest.corrections import newest
from ingest.fields.checks import FAILED
from ingest.fields.names import FIELDS
from retention.holds import placing as holds
from retention.keeping.explaining import explanation

router = APIRouter()

#: What the page says was done, after it was.
DONE = (
    *("accepted", "rejected", "saved", "unchanged", "undone", "held", "released", "stopped"),
    *("confirmed", "different", "same", "reopened", "shared", "unshared"),
)


@router.get("/records/{record_id}")
def show(
    request: Request,
    record_id: str,
    visit: VisitDep,
    number: Annotated[Number, Query(alias="page", ge=1)] = 1,
    q: Annotated[str, Query(max_length=2000)] = "",
    problem: Annotated[str, Query(max_length=300)] = "",
    seal: Annotated[str, Query(max_length=64)] = "",
    done: Annotated[str, Query(max_length=20)] = "",
) -> Response:
    """One record, with the paper in the middle."""
    problem = said_by_us(visit, problem, seal)
    done = done if done in DONE else ""
    with visit.app.database.read() as session:
        gone = session.scalar(select(Record.id).where(Record.id == record_id, Record.state == "destroyed"))
        stub = get_stub(session, visit.principal, record_id) if gone else None
    if stub is not None:
        return page(request, "stub.html", visit, stub=stub)
    return record_page(request, record_id, visit, number=number, q=q, problem=problem, done=done)


@router.post("/records/{record_id}/shown")
def show_sensitive(
    request: Request,
    record_id: str,
    visit: VisitDep,
    csrf: Annotated[str, Form()],
    number: Annotated[Number, Form(alias="page", ge=1)] = 1,
    q: Annotated[str, Form(max_length=2000)] = "",
) -> Response:
    """The record with what its sensitive fields say. That they were shown goes into the audit log."""
    check_csrf(visit, csrf)
    note_shown(visit, record_id)
    return record_page(request, record_id, visit, number=number, q=q, shown=True)


@dataclass(frozen=True, slots=True)
class Typed:
    """The form of a record as somebody sent it.

    `was` and `was_kind` are what the form showed before anything was typed, so that only
    what a person really changed counts as a change.
    """

    version: str
    kind: str
    fields: dict[str, str]
    was: dict[str, str]
    was_kind: str
    new_field: str = ""
    new_value: str = ""

    def base(self, name: str, stored: dict[str, dict[str, Any]]) -> str:
        """What stood in a field of the form; without the form's word, what is stored now."""
        now = str(stored[name]["value"]) if name in stored else ""
        return self.was.get(name, now)


def record_page(
    request: Request,
    record_id: str,
    visit: Visit,
    status: int = 200,
    *,
    number: int = 1,
    q: str = "",
    problem: str = "",
    done: str = "",
    typed: Typed | None = None,
    stale: bool = False,
    doubts: Sequence[dict[str, str]] = (),
    shown: bool = False,
) -> Response:
    """The page of a record; with `typed`, its form as it was sent, beside what is stored now.

    With `shown` sensitive fields are not masked; the caller has written it down. A form that was sent with
    such a field comes back with it.
    """
    language = visit.language
    with visit.app.database.read() as session:
        record = get_visible(session, visit.principal, record_id)
        sensitive = sensitive_on(record)
    if typed is not None and sensitive & typed.fields.keys():
        note_shown(visit, record_id, once=True)
        shown = True
    hidden = frozenset() if shown else sensitive
    with visit.app.database.read() as session:
        record = get_visible(session, visit.principal, record_id)
        data = detail(session, visit.principal, record, language, show=shown)
        zone, now = visit.app.settings.zone, visit.app.clock.now()
        matters = visit.principal.sees_matters
        kept = explanation(session, record, language, zone=zone, now=now, matters=matters)
        number = min(number, max(1, record.page_count))
        row = session.get(PageText, (record_id, number))
        text = row.text if row else ""
        past = history(session, visit.principal, record, language, show=shown)
        made = _made(session, record_id)
        links = shown_links(session, request, visit, record_id)
        case = _case(session, visit.principal, record.case_id)
        undoable = newest(session, record_id)
        asked = spot_checks.asked(session, visit.principal, record_id)
        following = None
        if visit.principal.may(Right.CORRECT) and (
            done in ("accepted", "rejected") or record.state == "review"
        ):
            following = next_to_review(session, visit.principal, record_id)
        tables = stored_tables(session, visit.app.store, record_id)
        covered = {h["id"]: holds.records_of(session, h["id"]) for h in data["holds"]}
    if record.reason and data["reason"]:
        data["reason"]["text"] = labels.reason(record.reason, told_params(record), language)
    note_read(visit, record, once=shown)
    today = civil_date(visit.app.clock.now(), visit.app.settings.zone)
    may_change = record.state in ("review", "filed") and not record.held
    finest = record.subtype or record.doc_type
    stored_kind = f"{record.domain or ''}/{finest}" if finest else ""
    kind = typed.kind if typed and typed.kind and typed.kind != typed.was_kind else stored_kind
    rows = _rows(data["fields"], typed)
    have = {f["name"] for f in rows}
    domain, _, doc_type = kind.partition("/")
    return page(
        request,
        "record.html",
        visit,
        status,
        record=data,
        rows=rows,
        as_typed=typed is not None,
        kind=kind,
        stored_kind=stored_kind,
        new_field=typed.new_field if typed else "",
        new_value=typed.new_value if typed else "",
        parties={p["role"]: p["id"] for p in data["parties"] if p["role"] not in sensitive},
        kept=kept,
        number=number,
        text=text,
        tables=shown_tables(tables, number),
        q=q,
        problem=problem,
        stale=stale,
        doubts=[{**d, "value": MASK} if d["value"] and d["name"] in hidden else d for d in doubts],
        masked=any(f["masked"] for f in data["fields"]) or past["masked"],
        shown=shown and any(f["sensitive"] for f in data["fields"]),
        may_correct=may_change and visit.principal.may(Right.CORRECT),
        may_stop=visit.principal.may(Right.CORRECT) and record.state in IN_PROGRESS and not record.held,
        may_answer=visit.principal.may(Right.CORRECT) and not record.held,
        may_decide=visit.principal.may(Right.DECIDE) and not record.held,
        may_hold=visit.principal.may(Right.HOLD),
        kinds=choices.kinds(domain or None, doc_type or None, language),
        new_fields=choices.new_fields(doc_type or None, have, language),
        over=bool(record.retain_through and record.retain_through < today),
        readings=_readings(data["readers"], language),
        past=past,
        made=made,
        links=links,
        case=case,
        may_see_matters=matters,
        undoable=undoable,
        asked=asked,
        changed=next((e["changes"] for e in past["entries"] if e["batch"] and e["batch"] == undoable), []),
        covered=covered,
        moves=piles.offered(record, data) if visit.principal.may(Right.CORRECT) else None,
        done=done,
        following=following,
        manners=choices.manners(visit.app.pipeline_options.read, data["media_type"], language),
    )


def _made(session: Session, record_id: str) -> list[tuple[str, int]]:
    """What was made from the record: kinds, and how many of each."""
    query = select(Rendition.kind, func.count()).where(Rendition.record_id == record_id)
    return [
        (kind, count)
        for kind, count in session.execute(query.group_by(Rendition.kind).order_by(Rendition.kind))
    ]


def _case(session: Session, principal: Principal, case_id: str | None) -> Case | None:
    """The case that the record is filed in, unless the person may not know of it."""
    if case_id is None:
        return None
    return session.scalars(select(Case).where(Case.id == case_id, visible_cases(principal))).first()


def _rows(stored: list[dict[str, Any]], typed: Typed | None) -> list[dict[str, Any]]:
    """The fields of the form: each with what is stored and what the person changed it to."""
    changed = {}
    if typed is not None:
        now = {f["name"]: f for f in stored}
        changed = {n: v for n, v in typed.fields.items() if v.strip() != typed.base(n, now)}
    rows = [
        {**f, "shown": changed.pop(f["name"], f["value"]), "failed": f["check"] in FAILED} for f in stored
    ]
    gone = {"value": "", "confidence": 1.0, "page": None, "box": None, "check": "", "reader": ""}
    gone |= {"confirmed_by": None, "failed": False, "sensitive": False, "masked": False}
    return rows + [{**gone, "name": n, "shown": v} for n, v in changed.items() if v.strip() and n in FIELDS]


def _readings(pages: list[dict[str, Any]], language: str) -> list[dict[str, Any]]:
    """How the pages were read, neighbours read the same way together."""
    groups = []
    for how, run in groupby(pages, key=lambda p: labels.reading(p["reader"], p["outcome"], language)):
        read = list(run)
        sure = [p["confidence"] for p in read if p["confidence"] is not None and "tesseract" in p["reader"]]
        groups.append(
            {
                "how": how,
                "first": read[0]["page"],
                "last": read[-1]["page"],
                "sure": sum(sure) / len(sure) if sure else None,
            }
        )
    return groups


@router.get("/records/{record_id}/state")
def state(record_id: str, visit: VisitDep) -> JSONResponse:
    """Where the record is, for a page that waits until it has been read."""
    with visit.app.database.read() as session:
        record = get_visible(session, visit.principal, record_id)
    return JSONResponse(
        {
            "state": record.state,
            "label": labels.state(record.state, visit.language),
            "ended": record.state not in IN_PROGRESS,
            "pages": record.page_count,
            "done": record.pages_done,
        }
    )
