"""Dispositions and their certificates over HTTP."""

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from sqlalchemy.orm import Session

from akta.access.principal import Principal
from akta.access.roles import Right
from akta.bootstrap import App
from akta.records.stubs import get_stub
from api.downloads import blob_response
from api.rest.deps import AppDep, Caller, check_cursor
from api.rest.letting_go_schemas import ConsentIn, DecisionIn, DigestIn, ProposalIn, ReasonIn
from retention.disposition import showing
from retention.disposition.deciding import Decision
from retention.disposition.due import Wanted, count_due
from retention.disposition.models import Disposition
from retention.disposition.proposing import Proposal

router = APIRouter(tags=["dispositions"])


def _told(app: App, session: Session, caller: Principal, made: Disposition) -> dict[str, Any]:
    return showing.disposition_data(session, caller, made, app.dispositions.today, caller.language or "en")


@router.get("/dispositions", summary="Dispositions, newest first")
def list_dispositions(
    app: AppDep,
    caller: Caller,
    state: Annotated[str, Query(max_length=12)] = "",
    overdue: Annotated[bool, Query(description="only those that nobody released in time")] = False,
    cursor: str | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> dict[str, Any]:
    """Those of which the caller may see a record, or that are the caller's own."""
    with app.database.read() as session:
        rows = showing.list_dispositions(
            session,
            caller,
            app.dispositions.today,
            caller.language or "en",
            state=state,
            overdue=overdue,
            limit=limit + 1,
            before=check_cursor(cursor) or "",
        )
    return {"items": rows[:limit], "next_cursor": rows[limit - 1]["id"] if len(rows) > limit else None}


@router.get("/dispositions/due", summary="How many records are due")
def get_due(
    app: AppDep,
    caller: Caller,
    before: date | None = None,
    domain: Annotated[str, Query(max_length=16)] = "",
    class_code: Annotated[str, Query(max_length=40)] = "",
) -> dict[str, Any]:
    """Of those that the caller may see and that no disposition holds. Asking does nothing."""
    showing.require_look(caller)
    day = min(before or app.dispositions.today, app.dispositions.today)
    with app.database.read() as session:
        count = count_due(session, caller, Wanted(day, domain, class_code))
    return {"before": day.isoformat(), "records": count}


@router.post("/dispositions", status_code=201, summary="Propose records to be let go")
def propose(body: ProposalIn, app: AppDep, caller: Caller) -> dict[str, Any]:
    """Nothing happens to them by it."""
    caller.require(Right.DISPOSE)
    with app.database.write() as session:
        asked = Proposal(
            body.title,
            body.ground,
            body.before,
            body.domain,
            body.class_code,
            body.records,
            body.confirm_by,
        )
        made = app.dispositions.propose(session, caller, asked)
        return _told(app, session, caller, made)


@router.get("/dispositions/{disposition_id}", summary="One disposition")
def get_disposition(disposition_id: str, app: AppDep, caller: Caller) -> dict[str, Any]:
    """With its sums, what is missing, and the hash to release it with."""
    with app.database.read() as session:
        made = showing.get_disposition(session, caller, disposition_id)
        return _told(app, session, caller, made)


@router.get("/dispositions/{disposition_id}/items", summary="The records of a disposition")
def get_items(
    disposition_id: str,
    app: AppDep,
    caller: Caller,
    decision: Annotated[str, Query(max_length=12)] = "",
    cursor: str | None = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> dict[str, Any]:
    """Those that the caller may see, with what was decided and what became of them."""
    with app.database.read() as session:
        made = showing.get_disposition(session, caller, disposition_id)
        rows = showing.items_data(
            session,
            caller,
            made,
            caller.language or "en",
            decision=decision,
            limit=limit + 1,
            after=check_cursor(cursor) or "",
        )
    return {"items": rows[:limit], "next_cursor": rows[limit - 1]["record"] if len(rows) > limit else None}


@router.post("/dispositions/{disposition_id}/decisions", summary="Review records")
def decide(disposition_id: str, body: DecisionIn, app: AppDep, caller: Caller) -> dict[str, Any]:
    """Accept, keep longer, move, or leave out; a release that was not carried out is void by it."""
    said = Decision(body.decision, body.records, body.reason, body.until, body.class_code, body.action)
    with app.database.write() as session:
        made, count = app.dispositions.decide(session, caller, disposition_id, said)
        told = {**_told(app, session, caller, made), "decided": count}
    app.wake_workers()
    return told


@router.post("/dispositions/{disposition_id}/consents", summary="Record a consent or declaration")
def record_consent(disposition_id: str, body: ConsentIn, app: AppDep, caller: Caller) -> dict[str, Any]:
    """Such as the state archive's consent, with the reference by which it can be found."""
    with app.database.write() as session:
        made = app.dispositions.record_consent(session, caller, disposition_id, body.need, body.reference)
        return _told(app, session, caller, made)


@router.post("/dispositions/{disposition_id}/release", summary="Release a disposition")
def release(disposition_id: str, body: DigestIn, app: AppDep, caller: Caller) -> dict[str, Any]:
    """By a second person, for exactly the list with this hash. 412 if it is not the list any more."""
    with app.database.write() as session:
        made = app.dispositions.release(session, caller, disposition_id, body.digest)
        return _told(app, session, caller, made)


@router.post("/dispositions/{disposition_id}/withdraw", summary="Take a release back")
def withdraw(disposition_id: str, body: ReasonIn, app: AppDep, caller: Caller) -> dict[str, Any]:
    """Before it is carried out."""
    with app.database.write() as session:
        made = app.dispositions.withdraw(session, caller, disposition_id, body.reason)
        return _told(app, session, caller, made)


@router.post("/dispositions/{disposition_id}/cancel", summary="Cancel a disposition")
def cancel(disposition_id: str, body: ReasonIn, app: AppDep, caller: Caller) -> dict[str, Any]:
    """With nothing done."""
    with app.database.write() as session:
        made = app.dispositions.cancel(session, caller, disposition_id, body.reason)
        return _told(app, session, caller, made)


@router.post("/dispositions/{disposition_id}/execute", status_code=202, summary="Carry a disposition out")
def execute(disposition_id: str, app: AppDep, caller: Caller) -> dict[str, Any]:
    """A job lets each record go that still may; the certificate comes last. Again changes nothing."""
    with app.database.write() as session:
        made = app.dispositions.execute(session, caller, disposition_id)
        told = _told(app, session, caller, made)
    app.wake_workers()
    return told


@router.get("/certificates", summary="Certificates, newest first")
def list_certificates(app: AppDep, caller: Caller) -> dict[str, Any]:
    """Of dispositions whose every record the caller may see or might have seen."""
    with app.database.read() as session:
        found = showing.list_certificates(session, caller)
    return {
        "items": [
            {
                "id": made.id,
                "disposition": made.disposition_id,
                "made_at": made.made_at.isoformat(),
                "sha256": made.sha256,
                "counts": made.counts,
            }
            for made in found
        ]
    }


@router.get("/certificates/{certificate_id}", summary="A certificate as JSON", response_class=Response)
def get_certificate(certificate_id: str, app: AppDep, caller: Caller) -> Response:
    """The signed file, byte by byte; 'akta certificate verify' checks it anywhere."""
    with app.database.read() as session:
        made = showing.get_certificate(session, caller, certificate_id)
    return blob_response(app.store, made.sha256, made.size, None, f"akta-certificate-{made.id}.json")


@router.get("/certificates/{certificate_id}/pdf", summary="A certificate as a paper", response_class=Response)
def get_certificate_pdf(certificate_id: str, app: AppDep, caller: Caller) -> Response:
    """In Polish and English."""
    with app.database.read() as session:
        made = showing.get_certificate(session, caller, certificate_id)
    name = f"akta-certificate-{made.id}.pdf"
    return blob_response(app.store, made.pdf_sha256, made.pdf_size, "application/pdf", name)


@router.get("/records/{record_id}/stub", summary="What is left of a destroyed record")
def get_stub_of(record_id: str, app: AppDep, caller: Caller) -> dict[str, Any]:
    """Number, class, dates, hash of the original, and by what right it went; for officers and auditors."""
    with app.database.read() as session:
        return get_stub(session, caller, record_id)
