"""Disposition on pages: proposing, reviewing, releasing, and what became of it."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from sqlalchemy.orm import Session
from starlette.responses import Response

from akta.access.roles import DOMAINS, Right
from akta.kernel.errors import AktaError, InvalidError, NotFoundError
from api.downloads import blob_response, file_response
from api.web.answers import attempt, back_to, said_by_us
from api.web.i18n import translate
from api.web.pages import page
from api.web.session import VisitDep, check_csrf
from api.web.wording import tell
from retention.disposition import showing
from retention.disposition.deciding import Decision
from retention.disposition.due import Wanted, count_due
from retention.disposition.models import Disposition
from retention.disposition.needs import RECEIPT
from retention.disposition.proposing import Proposal
from retention.transfer.making import WHY

router = APIRouter()
_SHOWN = 200
_DONE = (
    *("proposed", "reviewed", "released", "withdrawn", "cancelled", "started", "recorded", "packing"),
    *("removed",),
)


@router.get("/dispositions")
def show_list(
    request: Request,
    visit: VisitDep,
    problem: Annotated[str, Query(max_length=300)] = "",
    seal: Annotated[str, Query(max_length=64)] = "",
    done: Annotated[str, Query(max_length=20)] = "",
) -> Response:
    """What is due, what waits for somebody, what was done."""
    today = visit.app.dispositions.today
    with visit.app.database.read() as session:
        items = showing.list_dispositions(session, visit.principal, today, visit.language, limit=_SHOWN)
        waiting = count_due(session, visit.principal, Wanted(today))
    return page(
        request,
        "dispositions.html",
        visit,
        items=items,
        due=waiting,
        domains=DOMAINS,
        today=today.isoformat(),
        may_dispose=visit.principal.may(Right.DISPOSE),
        problem=said_by_us(visit, problem, seal),
        done=done if done in _DONE else "",
    )


@router.post("/dispositions")
def propose(
    visit: VisitDep,
    csrf: Annotated[str, Form()],
    title: Annotated[str, Form(max_length=200)],
    ground: Annotated[str, Form(max_length=4000)],
    before: Annotated[str, Form(max_length=10)] = "",
    domain: Annotated[str, Form(max_length=16)] = "",
    class_code: Annotated[str, Form(max_length=40)] = "",
) -> Response:
    """Propose all that is due and fits."""
    check_csrf(visit, csrf)
    made = ""

    def run(session: Session) -> None:
        nonlocal made
        asked = Proposal(title, ground, _day(before), domain, class_code.strip())
        made = visit.app.dispositions.propose(session, visit.principal, asked).id

    problem = attempt(visit, run)
    return back_to(visit, "/dispositions" if problem else f"/dispositions/{made}", problem, "proposed")


@router.get("/dispositions/{disposition_id}")
def show(
    request: Request,
    disposition_id: str,
    visit: VisitDep,
    after: Annotated[str, Query(max_length=26)] = "",
    decision: Annotated[str, Query(max_length=12)] = "",
    problem: Annotated[str, Query(max_length=300)] = "",
    seal: Annotated[str, Query(max_length=64)] = "",
    done: Annotated[str, Query(max_length=20)] = "",
) -> Response:
    """One disposition with its records."""
    language = visit.language
    with visit.app.database.read() as session:
        made = showing.get_disposition(session, visit.principal, disposition_id)
        data = showing.disposition_data(
            session, visit.principal, made, visit.app.dispositions.today, language
        )
        rows = showing.items_data(
            session, visit.principal, made, language, decision=decision, limit=_SHOWN + 1, after=after
        )
        waits = made.state == "proposed" and visit.principal.may(Right.DISPOSE)
        not_you = visit.app.dispositions.why_not_release(session, visit.principal, made) if waits else ""
    for one in data["transfers"]:
        why = WHY.get(one["reason"] or "", WHY["failed"])
        one["why"] = why[1] if language == "pl" else why[0]
    return page(
        request,
        "disposition.html",
        visit,
        made=data,
        not_you=translate(not_you, language),
        rows=rows[:_SHOWN],
        more=rows[_SHOWN - 1]["record"] if len(rows) > _SHOWN else "",
        decision=decision,
        receipt=RECEIPT,
        hands_over=any(need["need"] == RECEIPT for need in data["needs"]),
        may_dispose=visit.principal.may(Right.DISPOSE),
        problem=said_by_us(visit, problem, seal),
        done=done if done in _DONE else "",
    )


@router.post("/dispositions/{disposition_id}/review")
def review(
    disposition_id: str,
    visit: VisitDep,
    csrf: Annotated[str, Form()],
    decision: Annotated[str, Form(max_length=12)],
    whole: Annotated[str, Form(max_length=3)] = "",
    records: Annotated[list[str], Form()] = [],  # noqa: B006 - the form's way to say none
    reason: Annotated[str, Form(max_length=2000)] = "",
    until: Annotated[str, Form(max_length=10)] = "",
    class_code: Annotated[str, Form(max_length=40)] = "",
    action: Annotated[str, Form(max_length=12)] = "",
) -> Response:
    """Decide on the records that were ticked, or on all that nobody has reviewed."""
    check_csrf(visit, csrf)

    def run(session: Session) -> None:
        if not records and not whole:
            raise InvalidError("Tick the records that you decide on.")
        ids = None if whole else tuple(records)
        said = Decision(decision, ids, reason, _day(until), class_code, action)
        visit.app.dispositions.decide(session, visit.principal, disposition_id, said)

    return _back(visit, disposition_id, attempt(visit, run), "reviewed")


@router.post("/dispositions/{disposition_id}/consent")
def consent(
    disposition_id: str,
    visit: VisitDep,
    csrf: Annotated[str, Form()],
    need: Annotated[str, Form(max_length=40)],
    reference: Annotated[str, Form(max_length=400)],
) -> Response:
    """Record what somebody outside has said."""
    check_csrf(visit, csrf)

    def run(session: Session) -> None:
        visit.app.dispositions.record_consent(session, visit.principal, disposition_id, need, reference)

    return _back(visit, disposition_id, attempt(visit, run), "recorded")


@router.post("/dispositions/{disposition_id}/decide")
def decide(
    disposition_id: str,
    visit: VisitDep,
    csrf: Annotated[str, Form()],
    act: Annotated[str, Form(max_length=10)],
    digest: Annotated[str, Form(max_length=64)] = "",
    reason: Annotated[str, Form(max_length=2000)] = "",
) -> Response:
    """Release what this page showed, take that back, carry it out, or cancel."""
    check_csrf(visit, csrf)
    desk, who = visit.app.dispositions, visit.principal
    done = {"release": "released", "withdraw": "withdrawn", "execute": "started"}.get(act, "cancelled")

    def run(session: Session) -> None:
        made: Disposition
        match act:
            case "release":
                made = desk.release(session, who, disposition_id, digest)
            case "withdraw":
                made = desk.withdraw(session, who, disposition_id, reason)
            case "execute":
                made = desk.execute(session, who, disposition_id)
            case "cancel":
                made = desk.cancel(session, who, disposition_id, reason)
            case _:
                raise NotFoundError("There is nothing here.")
        assert made

    return _back(visit, disposition_id, attempt(visit, run), done)


@router.post("/dispositions/{disposition_id}/package")
def package(
    disposition_id: str,
    visit: VisitDep,
    csrf: Annotated[str, Form()],
    recipient: Annotated[str, Form(max_length=200)],
) -> Response:
    """Have a package made of what is handed over."""
    check_csrf(visit, csrf)

    def run(session: Session) -> None:
        visit.app.transfers.ask_for_disposition(session, visit.principal, disposition_id, recipient)

    return _back(visit, disposition_id, attempt(visit, run), "packing")


@router.post("/transfers/{transfer_id}/receipt")
def receipt(
    transfer_id: str,
    visit: VisitDep,
    csrf: Annotated[str, Form()],
    reference: Annotated[str, Form(max_length=200)],
) -> Response:
    """Record that somebody took a package over."""
    check_csrf(visit, csrf)
    place = "/dispositions"

    def run(session: Session) -> None:
        nonlocal place
        made = visit.app.transfers.record_receipt(session, visit.principal, transfer_id, reference)
        place = (
            f"/dispositions/{made.disposition_id}" if made.disposition_id else f"/requests/{made.request_id}"
        )

    problem = attempt(visit, run)
    return back_to(visit, place, problem, "recorded")


@router.get("/transfers/{transfer_id}/file")
def download_package(transfer_id: str, visit: VisitDep) -> Response:
    """The package's file; where it is not there any more, the list says why."""
    try:
        with visit.app.database.write() as session:
            found = visit.app.transfers.open(session, visit.principal, transfer_id)
    except NotFoundError:
        raise
    except AktaError as error:
        return back_to(visit, "/dispositions", tell(error, visit.language))
    return file_response(found.source, found.size, "application/zip", found.file_name)


@router.get("/certificates/{certificate_id}/{form}")
def certificate(certificate_id: str, form: str, visit: VisitDep) -> Response:
    """A certificate, as `json` or `pdf`."""
    with visit.app.database.read() as session:
        made = showing.get_certificate(session, visit.principal, certificate_id)
    if form not in ("json", "pdf"):
        raise NotFoundError("There is nothing here.")
    sha256, size = (made.pdf_sha256, made.pdf_size) if form == "pdf" else (made.sha256, made.size)
    kind = "application/pdf" if form == "pdf" else None
    return blob_response(visit.app.store, sha256, size, kind, f"akta-{made.id}.{form}")


def _back(visit: VisitDep, disposition_id: str, problem: str, done: str) -> Response:
    return back_to(visit, f"/dispositions/{disposition_id}", problem, done)


def _day(text: str) -> date | None:
    if not text.strip():
        return None
    try:
        return date.fromisoformat(text.strip())
    except ValueError as error:
        raise InvalidError("Write a day as year-month-day, for example 2026-12-31.") from error
