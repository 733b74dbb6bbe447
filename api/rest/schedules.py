"""Schedules over HTTP: drafts, simulation, publishing by a second person, locks."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from sqlalchemy.orm import Session

from akta.access.principal import Principal
from api.rest.deps import AppDep, Caller
from api.rest.keeping_schemas import DraftIn, PublishIn
from retention.schedules import drafts, publishing, simulation
from retention.schedules.fixing import lock_class, locks, withdraw_lock
from retention.schedules.models import ScheduleDraft
from retention.schedules.stored import current_plan

router = APIRouter(tags=["schedules"])


@router.get("/schedules", summary="Classes and drafts")
def get_schedules(
    app: AppDep, caller: Caller, limit: Annotated[int, Query(ge=1, le=200)] = 50
) -> dict[str, Any]:
    """The classes in use with their rules and locks, and the newest drafts."""
    with app.database.read() as session:
        found = drafts.list_drafts(session, caller, limit=limit)
        fixed = locks(session)
        classes = [
            {**cls.source, "locked": cls.code in fixed and fixed[cls.code].locked_at is not None}
            for cls in current_plan(session)
        ]
    return {"classes": classes, "drafts": [drafts.as_data(draft) for draft in found]}


@router.post("/schedules", status_code=201, summary="Draft a schedule")
def post_draft(body: DraftIn, app: AppDep, caller: Caller) -> dict[str, Any]:
    """A plan in YAML or CSV. Only its classes change, once somebody else has published it."""
    with app.database.write() as session:
        made = drafts.add_draft(
            session,
            app.audit,
            caller,
            title=body.title,
            text=body.text,
            form=body.format,
            note=body.note,
            now=app.clock.now(),
        )
        return _told(session, caller, made)


@router.get("/schedules/classes/{code}", summary="Versions of a class")
def get_versions(code: str, app: AppDep, caller: Caller) -> dict[str, Any]:
    """From when to when each counted, who wrote and who approved it, and whether the class is locked."""
    with app.database.read() as session:
        drafts.require_reading(caller)
        lock = locks(session).get(code)
        return {
            "class": code,
            "locked": lock is not None and lock.locked_at is not None,
            "lock_asked_by": lock.asked_actor if lock is not None else None,
            "versions": publishing.versions_of(session, code),
        }


@router.post("/schedules/classes/{code}/lock", summary="Lock a class")
def post_lock(code: str, app: AppDep, caller: Caller) -> dict[str, Any]:
    """The first person to say so asks for it, another one locks it. Nothing unlocks it."""
    with app.database.write() as session:
        row = lock_class(session, app.audit, caller, code, app.clock.now())
        told = {"class": code, "locked": row.locked_at is not None, "asked_by": row.asked_actor}
    app.wake_workers()
    return told


@router.delete("/schedules/classes/{code}/lock", summary="Take back a lock that was asked for")
def delete_lock(code: str, app: AppDep, caller: Caller) -> dict[str, Any]:
    """While nobody has agreed to it."""
    with app.database.write() as session:
        withdraw_lock(session, app.audit, caller, code, app.clock.now())
    return {"class": code, "locked": False}


@router.get("/schedules/{draft_id}", summary="One draft")
def get_draft(draft_id: str, app: AppDep, caller: Caller) -> dict[str, Any]:
    """With what it changes in words, and its last simulation."""
    with app.database.read() as session:
        return _told(session, caller, drafts.get_draft(session, caller, draft_id))


@router.post("/schedules/{draft_id}/simulate", status_code=202, summary="Simulate a draft")
def post_simulation(draft_id: str, app: AppDep, caller: Caller) -> dict[str, Any]:
    """Counts what it would change in the whole archive; nothing is written but the counts."""
    with app.database.write() as session:
        row = simulation.ask_simulation(session, app.audit, caller, draft_id, app.clock.now())
        told = simulation.as_data(session, caller, row, True)
    app.wake_workers()
    return told


@router.post("/schedules/{draft_id}/publish", summary="Publish a draft")
def post_publish(draft_id: str, body: PublishIn, app: AppDep, caller: Caller) -> dict[str, Any]:
    """By an account that is not the author's, whatever it may do otherwise."""
    with app.database.write() as session:
        made = publishing.publish(
            session,
            app.audit,
            caller,
            draft_id,
            now=app.clock.now(),
            zone=app.settings.zone,
            shortened=body.shortened,
            valid_from=body.valid_from,
        )
        told = drafts.as_data(made)
    app.wake_workers()
    return told


@router.post("/schedules/{draft_id}/withdraw", summary="Withdraw a draft")
def post_withdraw(draft_id: str, app: AppDep, caller: Caller) -> dict[str, Any]:
    """It stays on record."""
    with app.database.write() as session:
        return drafts.as_data(drafts.withdraw_draft(session, app.audit, caller, draft_id, app.clock.now()))


def _told(session: Session, caller: Principal, draft: ScheduleDraft) -> dict[str, Any]:
    changes = drafts.changes_of(session, drafts.classes_in(draft)) if draft.state == "draft" else []
    row = simulation.latest_simulation(session, draft.id)
    valid = row is not None and row.digest == drafts.digest_now(session, draft)
    return {
        **drafts.as_data(draft),
        "text": draft.text,
        "changes": drafts.changes_as_data(changes, caller.language),
        "simulation": simulation.as_data(session, caller, row, valid) if row is not None else None,
    }
