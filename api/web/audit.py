"""The audit log as a page: who did what to what, when, and whether the log holds."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Form, Query, Request
from starlette.responses import Response

from akta.access.roles import Right
from akta.audit.reading import Entry
from akta.audit.verifier import canonical
from akta.kernel.errors import AktaError, ForbiddenError, InvalidError
from akta.records.auditing import TrailQuery, check_as_data, last_check, names_of, read_trail
from api.numbers import Number
from api.web import labels
from api.web.answers import attempt, back_to
from api.web.i18n import translate
from api.web.pages import page
from api.web.session import VisitDep, check_csrf
from api.web.wording import tell

router = APIRouter()
_PAGE = 100


@router.get("/audit")
def show(
    request: Request,
    visit: VisitDep,
    subject: Annotated[str, Query(max_length=120)] = "",
    person: Annotated[str, Query(max_length=120)] = "",
    action: Annotated[str, Query(max_length=64)] = "",
    first: Annotated[str, Query(alias="from", max_length=10)] = "",
    last: Annotated[str, Query(alias="to", max_length=10)] = "",
    before: Annotated[Number | None, Query(ge=1)] = None,
    done: Annotated[str, Query(max_length=20)] = "",
) -> Response:
    """Entries, the newest first, and what the last verification found."""
    visit.principal.require(Right.AUDIT)
    app, language, problem = visit.app, visit.language, ""
    asked = {"subject": subject, "person": person, "action": action, "from": first, "to": last}
    rows: list[Entry] = []
    names: dict[str, str] = {}
    with app.database.read() as session:
        try:
            query = TrailQuery(subject, person, action, *_span(first, last, app.settings.zone))
            rows = read_trail(session, visit.principal, query, before=before, limit=_PAGE + 1)
            names = names_of(session, rows)
        except ForbiddenError:
            raise
        except AktaError as error:
            problem = tell(error, language)
        check = check_as_data(last_check(session, visit.principal))
    if check is not None:
        for kind in ("problems", "notes"):
            check[kind] = [translate(sentence, language) for sentence in check[kind]]
    given = {name: value for name, value in asked.items() if value}
    more = urlencode({**given, "before": rows[_PAGE - 1].seq}) if len(rows) > _PAGE else ""
    return page(
        request,
        "audit.html",
        visit,
        400 if problem else 200,
        entries=[_told(row, names, language) for row in rows[:_PAGE]],
        asked=asked,
        actions=sorted((labels.action(code, language), code) for code in labels.ACTIONS),
        check=check,
        problem=problem,
        more=more,
        newest=urlencode(given) if before else None,
        asked_now=done == "asked",
    )


@router.post("/audit/check")
def check_log(visit: VisitDep, csrf: Annotated[str, Form()]) -> Response:
    """Have the log verified now."""
    check_csrf(visit, csrf)
    visit.principal.require(Right.AUDIT)
    checker = visit.app.audit_checker
    problem = attempt(visit, lambda session: checker.ask(session, visit.principal.actor))
    return back_to(visit, "/audit", problem, "asked")


def _told(entry: Entry, names: Mapping[str, str], language: str) -> dict[str, Any]:
    kind, _, number = entry.subject.partition(":")
    actor_kind, _, actor = entry.actor.partition(":")
    return {
        "seq": entry.seq,
        "at": entry.at,
        "who": "Akta" if actor_kind == "system" else names.get(entry.actor, actor or entry.actor),
        "actor": entry.actor,
        "what": labels.action(entry.action, language),
        "action": entry.action,
        "about": names.get(entry.subject, number or entry.subject),
        "subject": entry.subject,
        "record": number if kind == "record" else "",
        "details": "" if not entry.details else canonical(entry.details),
        "withheld": entry.details is None,
    }


def _span(first: str, last: str, zone: str) -> tuple[datetime | None, datetime | None]:
    """The days as instants: from the first one's midnight to the end of the last."""
    since, until = _day(first), _day(last)
    return (
        _midnight(since, zone) if since else None,
        _midnight(until + timedelta(days=1), zone) if until else None,
    )


def _midnight(day: date, zone: str) -> datetime:
    return datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text.strip() else None
    except ValueError as error:
        raise InvalidError("Write days like 2026-03-31.") from error
