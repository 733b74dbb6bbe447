"""Business events on a page: what papers propose, recording, correcting, cancelling, and files of events."""

from typing import Annotated

from fastapi import APIRouter, Form, Query, Request, UploadFile
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.responses import Response

from akta.access.roles import Right
from akta.kernel.errors import InvalidError, NotFoundError
from akta.records.models import Case, Record
from akta.records.visibility import visible_to
from api.web.answers import attempt, back_to, said_by_us
from api.web.i18n import translate
from api.web.pages import page
from api.web.session import Visit, VisitDep, check_csrf
from retention.events.days import parse_day
from retention.events.importing import ImportRefusedError, import_events
from retention.events.kinds import kind_name, known_kinds
from retention.events.listing import list_events, many
from retention.events.models import BusinessEvent
from retention.events.recording import (
    RecordEvent,
    cancel_event,
    correct_event,
    decide_proposals,
    record_event,
)
from retention.events.subjects import Subjects

router = APIRouter()
_PROPOSED, _LAST = 100, 100
_MOST_BYTES = 10_000_000
_DONE = ("recorded", "corrected", "cancelled", "confirmed", "dismissed", "imported")


@router.get("/events")
def show(
    request: Request,
    visit: VisitDep,
    problem: Annotated[str, Query(max_length=300)] = "",
    seal: Annotated[str, Query(max_length=64)] = "",
    done: Annotated[str, Query(max_length=20)] = "",
) -> Response:
    """Proposals to decide about, then what was recorded, newest first."""
    visit.principal.require(Right.EVENT)
    with visit.app.database.read() as session:
        proposed = list_events(session, visit.principal, state="proposed", limit=_PROPOSED)
        found = list_events(session, visit.principal, limit=_LAST)
        names = _names(session, visit, [*proposed, *found])
        kinds = sorted(
            ((kind, kind_name(kind, visit.language)) for kind in known_kinds(session)),
            key=lambda pair: pair[1].casefold(),
        )
    return page(
        request,
        "events.html",
        visit,
        proposed=many(proposed, visit.language),
        events=[event for event in many(found, visit.language) if event["state"] != "proposed"],
        names=names,
        kinds=kinds,
        problem=said_by_us(visit, problem, seal),
        done=done if done in _DONE else "",
    )


@router.post("/events")
def record(
    visit: VisitDep,
    csrf: Annotated[str, Form()],
    kind: Annotated[str, Form(max_length=60)],
    subject: Annotated[str, Form(max_length=300)] = "",
    day: Annotated[str, Form(max_length=20)] = "",
    value: Annotated[str, Form(max_length=60)] = "",
    evidence: Annotated[str, Form(max_length=1000)] = "",
) -> Response:
    """Record an event."""
    check_csrf(visit, csrf)

    def run(session: Session) -> None:
        about = Subjects(session, visit.principal).named(subject)
        wanted = RecordEvent(kind, about.kind, about.id, parse_day(day), value, evidence=evidence)
        record_event(session, visit.app.audit, visit.principal, wanted, visit.app.clock.now())

    return back_to(visit, "/events", _told(visit, run), "recorded")


@router.post("/events/decide")
def decide(
    visit: VisitDep,
    csrf: Annotated[str, Form()],
    act: Annotated[str, Form(max_length=10)],
    events: Annotated[list[str], Form()] = [],  # noqa: B006 - the form's way to say none
) -> Response:
    """Confirm or dismiss the proposals that are ticked."""
    check_csrf(visit, csrf)

    def run(session: Session) -> None:
        if act not in ("confirm", "dismiss"):
            raise NotFoundError("There is nothing here.")
        if not events:
            raise InvalidError("Tick the proposals first.")
        decide_proposals(
            session,
            visit.app.audit,
            visit.principal,
            events,
            visit.app.clock.now(),
            confirm=act == "confirm",
        )

    done = "confirmed" if act == "confirm" else "dismissed"
    return back_to(visit, "/events", _told(visit, run), done)


@router.post("/events/import")
def import_file(visit: VisitDep, csrf: Annotated[str, Form()], file: UploadFile) -> Response:
    """Record the events of a CSV file, all or none."""
    check_csrf(visit, csrf)

    def run(session: Session) -> None:
        data = file.file.read(_MOST_BYTES + 1)
        if len(data) > _MOST_BYTES:
            raise InvalidError("The file is too large. Import it in parts.")
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise InvalidError("The file is not in UTF-8. Save it as UTF-8 and try again.") from error
        try:
            import_events(session, visit.app.audit, visit.principal, text, visit.app.clock.now())
        except ImportRefusedError as error:
            error.message = _refused(error, visit.language)
            raise

    return back_to(visit, "/events", _told(visit, run), "imported")


def _refused(error: ImportRefusedError, language: str) -> str:
    """The first mistakes of a file in the language of the page."""
    line = translate("line", language)
    told = [
        f"{line} {e['line']}, {e['column']}: {translate(e['problem'], language)}"
        for e in error.params["errors"][:2]
    ]
    return " ".join([translate("Nothing was recorded.", language), *told])


@router.post("/events/{event_id}/change")
def change(
    event_id: str,
    visit: VisitDep,
    csrf: Annotated[str, Form()],
    act: Annotated[str, Form(max_length=10)],
    reason: Annotated[str, Form(max_length=1000)] = "",
    day: Annotated[str, Form(max_length=20)] = "",
) -> Response:
    """Correct the day of an event, or cancel it."""
    check_csrf(visit, csrf)
    now = visit.app.clock.now()

    def run(session: Session) -> None:
        audit, who = visit.app.audit, visit.principal
        if act == "cancel":
            cancel_event(session, audit, who, event_id, reason, now)
        elif act == "correct":
            effective = parse_day(day)
            correct_event(session, audit, who, event_id, reason=reason, now=now, effective=effective)
        else:
            raise NotFoundError("There is nothing here.")

    done = "cancelled" if act == "cancel" else "corrected"
    return back_to(visit, "/events", _told(visit, run), done)


def _told(visit: Visit, run: object) -> str:
    """What stood in the way; a subject that is not there is said on the page, not instead of it."""

    def careful(session: Session) -> None:
        try:
            run(session)  # type: ignore[operator]
        except NotFoundError as error:
            if error.message == "There is nothing here.":
                raise
            raise InvalidError(error.message) from error

    return attempt(visit, careful)


def _names(session: Session, visit: Visit, events: list[BusinessEvent]) -> dict[str, str]:
    """What subjects are called, as far as the person may see them; others keep their numbers."""
    ids = {kind: {e.subject_id for e in events if e.subject_kind == kind} for kind in ("record", "case")}
    cases = session.execute(select(Case.id, Case.kind, Case.key).where(Case.id.in_(ids["case"])))
    named = dict.fromkeys((e.subject_id for e in events), "")
    named |= {number: f"{kind}/{key}" for number, kind, key in cases}
    seen = select(Record.id, Record.title).where(Record.id.in_(ids["record"]), visible_to(visit.principal))
    return named | {row.id: row.title for row in session.execute(seen)}
