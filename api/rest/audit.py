"""The audit log over HTTP: reading it, having it verified, and taking it away to verify it elsewhere."""

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from fastapi.responses import StreamingResponse

from akta.access.principal import Principal
from akta.access.roles import Right
from akta.audit.exporting import Span, export_lines
from akta.bootstrap import App
from akta.kernel.errors import InvalidError
from akta.records.auditing import (
    TrailQuery,
    as_data,
    check_as_data,
    last_check,
    names_of,
    read_trail,
    require_all,
)
from akta.records.reads import note_shown
from akta.records.states import replay
from akta.records.visibility import get_visible
from api.numbers import Number
from api.rest.deps import AppDep, Caller, ShowSensitive
from api.rest.records import note_access

router = APIRouter(tags=["audit"])


@router.get("/audit", summary="Read the audit log, newest first")
def read_log(
    app: AppDep,
    caller: Caller,
    subject: Annotated[str, Query(max_length=120, description="a record, or kind:number")] = "",
    person: Annotated[str, Query(max_length=120, description="a sign-in name, or kind:number")] = "",
    action: Annotated[str, Query(max_length=64, description="for example record.filed, or hold.*")] = "",
    since: Annotated[datetime | None, Query(description="from this instant on")] = None,
    until: Annotated[datetime | None, Query(description="before this instant")] = None,
    cursor: Annotated[Number | None, Query(ge=1, description="as given by next_cursor")] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
) -> dict[str, Any]:
    """Who did what to what, when. Details about records that the caller may not see are withheld."""
    if any(at is not None and at.tzinfo is None for at in (since, until)):
        raise InvalidError("Give instants with their time zone, as 2026-03-31T12:00:00Z.")
    query = TrailQuery(subject, person, action, since, until)
    with app.database.read() as session:
        rows = read_trail(session, caller, query, before=cursor, limit=limit + 1)
        names = names_of(session, rows)
    items = [as_data(row, names) for row in rows[:limit]]
    return {"items": items, "next_cursor": items[-1]["seq"] if len(rows) > limit else None}


@router.get("/audit/check", summary="What the last verification of the log found")
def get_check(app: AppDep, caller: Caller) -> dict[str, Any]:
    """`check` is null before the first one. The log is verified once a day while it grows."""
    with app.database.read() as session:
        return {"check": check_as_data(last_check(session, caller))}


@router.post("/audit/check", status_code=202, summary="Have the log verified now")
def ask_check(app: AppDep, caller: Caller) -> dict[str, Any]:
    """A job does it; `GET /v1/audit/check` tells what it found."""
    caller.require(Right.AUDIT)
    with app.database.write() as session:
        app.audit_checker.ask(session, caller.actor)
    app.wake_workers()
    return {"asked": True}


@router.get("/audit/key", summary="The key that the log is signed with", response_class=Response)
def get_key(app: AppDep, caller: Caller) -> Response:
    """The public key (PEM), for whoever verifies exports."""
    caller.require(Right.AUDIT)
    return Response(app.audit.public_pem, media_type="application/x-pem-file")


@router.get("/audit/export", summary="The log as a file that anybody can verify", response_class=Response)
def export(
    app: AppDep,
    caller: Caller,
    first: Annotated[Number | None, Query(ge=1, description="number of the first entry")] = None,
    last: Annotated[Number | None, Query(ge=1, description="number of the last entry")] = None,
) -> StreamingResponse:
    """JSON lines with signatures, anchors and the public key. `akta/audit/verifier.py` checks them alone.

    A span is widened to whole transactions. As it holds every entry whole, it needs a grant for all.
    """
    require_all(caller)
    lines = exported(app, caller, Span(first, last))
    begin = next(lines)  # what is wrong with the span is said before the answer begins
    return StreamingResponse(
        _followed(begin, lines),
        media_type="application/jsonl",
        headers={
            "content-disposition": 'attachment; filename="akta-audit.jsonl"',
            "cache-control": "no-store",
        },
    )


def exported(app: App, caller: Principal, span: Span) -> Iterator[bytes]:
    """The export's lines. That it was asked for is written first, so that it is in it."""
    now = app.clock.now()
    with app.database.write() as session:
        app.audit.note(
            session, now, caller.actor, "audit.exported", "audit:log", first=span.first, last=span.last
        )
    with app.database.snapshot() as session:
        yield from export_lines(session, app.audit, app.anchoring, span, by=caller.actor, now=now)


def _followed(begin: bytes, lines: Iterator[bytes]) -> Iterator[bytes]:
    yield begin
    yield from lines


@router.get("/records/{record_id}/replay", summary="What a record said at a point of the log")
def replay_record(
    record_id: str,
    app: AppDep,
    caller: Caller,
    at: Annotated[Number | None, Query(ge=1, description="number of an entry; none: the last")] = None,
    show_sensitive: ShowSensitive = False,
) -> dict[str, Any]:
    """Kind, fields and version as they were when entry `at` had been written, proved by the log."""
    if show_sensitive:
        note_shown(app.database, app.audit, app.clock, caller, record_id)
    with app.database.read() as session:
        record = get_visible(session, caller, record_id)
        answer = replay(session, caller, record_id, at, show=show_sensitive)
    note_access(app, caller, record, "record.read")
    return answer
