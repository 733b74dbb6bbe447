"""The review queue over HTTP: what waits, the next paper for a person, putting off, accepting many."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from akta.access.principal import Principal
from akta.access.roles import Right
from akta.bootstrap import App
from akta.kernel.errors import AktaError, InvalidError
from akta.records.reads import note_shown
from akta.records.views import detail, summary
from akta.records.visibility import get_visible
from api.rest.deps import AppDep, Caller, ShowSensitive, etag, set_etag
from api.rest.records import note_access
from api.rest.schemas import BatchIn, BatchOut, NextOut, PutOffOut, ReviewPageOut
from ingest.review import desk, queue

router = APIRouter(tags=["review"])

Text = Annotated[str | None, Query(max_length=60)]


def _wanted(
    caller: Principal, domain: str | None, doc_type: str | None, reason: str | None, owner: str | None
) -> queue.Wanted:
    if owner == "me":
        owner = caller.user_id or ""
    return queue.Wanted(domain, doc_type, reason, owner)


@router.get("/review", response_model=ReviewPageOut, summary="Papers in review, most valuable doubt first")
def list_review(
    app: AppDep,
    caller: Caller,
    cursor: Text = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    domain: Text = None,
    doc_type: Text = None,
    reason: Text = None,
    owner: Annotated[str | None, Query(max_length=26, description="a user's number, or `me`")] = None,
    counts: Annotated[bool, Query(description="count all that wait, too")] = True,
) -> dict[str, Any]:
    """Only what the caller may see is listed and counted. The order is explained in `why_first`.

    Go on with `next_cursor`: it names a place in the order, so that papers which come and go
    meanwhile move nothing.
    """
    caller.require(Right.READ)
    wanted = _wanted(caller, domain, doc_type, reason, owner)
    now = app.clock.now()
    with app.database.read() as session:
        found = queue.waiting(session, caller, wanted, queue.place_of(cursor), limit + 1)
        rows = found[:limit]
        put_off = queue.skipped(session, caller, [record.id for record, _ in rows], now)
        counted = queue.counts(session, caller, wanted) if counts else None
    me = queue.person_of(caller)
    items = []
    for record, item in rows:
        taken = item.taken_by is not None and item.taken_until is not None and item.taken_until > now
        items.append(
            {
                **summary(record, caller.language),
                "why_first": desk.why_first(record, item, caller.language),
                "taken": None if not taken else "me" if item.taken_by == me else "other",
                "put_off": record.id in put_off,
            }
        )
    more = queue.cursor_of(rows[-1][1]) if len(found) > limit else None
    return {"items": items, "next_cursor": more, "counts": counted}


@router.get("/review/next", response_model=NextOut, summary="The next paper to look at")
def next_paper(
    app: AppDep,
    caller: Caller,
    response: Response,
    after: Text = None,
    domain: Text = None,
    doc_type: Text = None,
    reason: Text = None,
    owner: Annotated[str | None, Query(max_length=26)] = None,
    show_sensitive: ShowSensitive = False,
) -> dict[str, Any]:
    """The most valuable doubt that nobody else looks at, with all a desk needs.

    It is kept for the caller for some minutes (`taken_until`); the paper they were given before
    is free again. `after` is the `cursor` of an answer before; without it the search begins
    anew and finds the same paper until it is decided, put off or passed. `paper` is null at
    the end.
    """
    response.headers["cache-control"] = "no-store"
    wanted = _wanted(caller, domain, doc_type, reason, owner)
    place = queue.place_of(after)
    with app.database.write() as session:
        taken = queue.take_next(session, caller, wanted, place, app.clock.now())
        if taken is None:
            return {"paper": None, "cursor": None}
        record, item = taken
        set_etag(response, record)
        until = item.taken_until
        answer = {
            "paper": detail(session, caller, record, caller.language, show=show_sensitive),
            "etag": etag(record),
            "doubts": desk.doubts(session, record, caller.language, show=show_sensitive),
            "kinds": desk.kinds(record, caller.language),
            "why_first": desk.why_first(record, item, caller.language),
            "cursor": queue.cursor_of(item),
            "taken_until": until.isoformat() if until else None,
        }
    if show_sensitive:
        note_shown(app.database, app.audit, app.clock, caller, record.id)
    note_access(app, caller, record, "record.read")
    return answer


@router.post("/review/{record_id}/put-off", response_model=PutOffOut, summary="Put a paper off")
def put_off(record_id: str, app: AppDep, caller: Caller) -> dict[str, Any]:
    """For the caller alone: it comes back to them after some hours; others are given it at once."""
    with app.database.write() as session:
        until = queue.put_off(session, caller, record_id, app.clock.now())
    return {"record": record_id, "until": until.isoformat()}


@router.post("/review/batch", response_model=BatchOut, summary="Accept many with the same doubt")
def accept_many(body: BatchIn, app: AppDep, caller: Caller) -> dict[str, Any]:
    """Accept papers that have the one doubt `doubt` and no other, each as the caller saw it.

    Each is done or refused by itself, and `outcomes` tells which. Sent again, what was done
    is told as `filed` and changes nothing.
    """
    caller.require(Right.CORRECT)
    if len({paper.record for paper in body.papers}) != len(body.papers):
        raise InvalidError("A paper is named twice.")
    outcomes = [_accept(app, caller, p.record, p.version, body.doubt) for p in body.papers]
    app.wake_workers()
    return {"accepted": sum(o["outcome"] == "accepted" for o in outcomes), "outcomes": outcomes}


def _accept(app: App, caller: Principal, record_id: str, version: int, doubt: str) -> dict[str, Any]:
    try:
        with app.database.write() as session:
            if get_visible(session, caller, record_id).state == "filed":
                return {"record": record_id, "outcome": "filed", "text": "The paper is filed already."}
            record = app.decisions.correct(
                session, caller, record_id, accept=True, only_doubt=doubt, expected_version=version
            )
            return {"record": record.id, "outcome": "accepted", "version": record.row_version}
    except AktaError as error:
        return {"record": record_id, "outcome": error.code, "text": error.message}
